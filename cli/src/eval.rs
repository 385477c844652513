//! `moue eval`: expression models against labelled faces. From the command line to a finished [`Evaluation`]: reading the data is `dataset`'s
//! work, the figures are `metrics`', how they look `table`'s and `json`'s.

mod corruption;
mod faces;
mod json;
mod judging;
mod models;
mod page;
mod robustness;
mod source;
mod table;
mod words;

use std::env;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use moue::ExpressionSet;

use crate::args::EvalArguments;
use crate::choices::{backend, members};
use crate::description::NAME_ITS_FILE;
use crate::evaluation::{Comparison, Evaluation, Figures, ModelFacts, Robustness};
use crate::failure::Ended;
use crate::interrupt;
use crate::metrics::{Outcome, Readings, mcnemar};
use crate::output::{note, print};
use corruption::Corruption;
use judging::{Judged, Plan, judge};
use models::Model;
use page::Report;
use robustness::robustness;
use source::Source;

/// What is said where Ctrl-C came before the first figure.
const STOPPED_EARLY: &str = "stopped before a face was judged: there are no figures";

/// Measures the models that the arguments name and prints their figures.
///
/// # Errors
///
/// Where the data can't be read, a model can't be used, or no face is left to judge by.
pub fn run(arguments: &EvalArguments) -> Result<Ended> {
    let source = Source::chosen(arguments)?;
    let report = arguments
        .report
        .as_deref()
        .map(Report::planned)
        .transpose()?;
    let head = source.head(arguments.reading.head)?;
    let set: ExpressionSet = arguments.reading.expressions.into();
    // A model that can't be used is told before minutes of reading.
    let models = models(arguments, set)?;
    let facts = models
        .iter()
        .map(Model::facts)
        .collect::<Result<Vec<_>>>()?;

    interrupt::listen()?;
    let selection = source.read(set)?;
    let plan = Plan {
        models: &models,
        head,
        set,
        faces: source.faces(),
        corruptions: if arguments.corrupt {
            &Corruption::ALL
        } else {
            &[]
        },
    };
    let start = Instant::now();
    let judged = judge(&selection.cases, &plan, interrupt::asked)?;
    let seconds = start.elapsed().as_secs_f64();
    let photos = selection.cases.len();
    let has_faces = !judged.outcomes[0].is_empty();
    ensure!(has_faces || !judged.stopped, STOPPED_EARLY);
    ensure!(
        has_faces,
        "{}: none of the {photos} photos shows a face that can be judged",
        arguments.data.display()
    );

    let mut data = source.facts();
    data.left_out = selection.left_out;
    data.left_out.without_face += judged.without_face;
    data.left_out.unreadable += judged.unreadable;
    let mut measured = facts
        .into_iter()
        .enumerate()
        .map(|(model, facts)| Measured::new(&judged, model, facts, &plan));
    let first = measured.next().expect("one model or two");
    let comparison = measured
        .next()
        .map(|second| compared(&judged.outcomes, second));
    let evaluation = Evaluation {
        command: command_line(),
        model: first.model,
        data,
        head,
        classes: members(set),
        faces: judged.outcomes[0].len(),
        stopped_of: judged.stopped.then_some(photos),
        figures: first.figures,
        robustness: first.robustness,
        comparison,
        mistakes: judged.mistakes,
        seconds,
    };
    if let Some(words) = words::left_out(&evaluation.data.left_out) {
        note(words);
    }
    // Neither is lost where the other can't be written.
    let written = report.map_or(Ok(()), |report| report.write(&evaluation));
    let printed = print(if arguments.json {
        json::object(&evaluation)
    } else {
        table::text(&evaluation)
    });
    written?;
    printed?;
    let is_whole = !judged.stopped && evaluation.data.left_out.unreadable == 0;
    Ok(if is_whole {
        Ended::Well
    } else {
        Ended::WithFailures
    })
}

/// The model that is judged, or the two that are compared; they must know the expressions of `set`.
fn models(arguments: &EvalArguments, set: ExpressionSet) -> Result<Vec<Model>> {
    let reading = &arguments.reading;
    let open = |file: Option<&Path>| Model::open(file, backend(reading.backend));
    let description = reading.description.description();
    let models = match (&arguments.compare, &reading.model) {
        (Some(files), _) => {
            let models: Result<Vec<Model>> = files
                .iter()
                .map(|file| Ok(open(Some(file))?.described_if_foreign(&description)))
                .collect();
            let models = models?;
            if models.iter().all(Model::describes_itself) {
                reading
                    .description
                    .check_unused("both files that are compared describe themselves")?;
            }
            models
        }
        (None, Some(file)) => vec![open(Some(file))?.described(description)],
        (None, None) => {
            reading.description.check_unused(NAME_ITS_FILE)?;
            vec![open(None)?]
        }
    };
    for model in &models {
        model.check_expressions(set)?;
    }
    Ok(models)
}

/// As it would be typed again.
fn command_line() -> String {
    let arguments: Vec<String> = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let words = ["moue"]
        .into_iter()
        .chain(arguments.iter().map(String::as_str));
    shlex::try_join(words).expect("an argument holds no null character")
}

/// One model's part of an evaluation.
struct Measured {
    model: ModelFacts,
    figures: Figures,
    robustness: Option<Robustness>,
}

impl Measured {
    fn new(judged: &Judged, model: usize, facts: ModelFacts, plan: &Plan<'_>) -> Self {
        let outcomes = &judged.outcomes[model];
        Self {
            model: facts,
            figures: Readings::new(outcomes).figures(&members(plan.set)),
            robustness: (!plan.corruptions.is_empty())
                .then(|| robustness(outcomes, &judged.corrupted[model])),
        }
    }
}

/// Model B beside model A, whose outcomes on the same faces come first.
fn compared(outcomes: &[Vec<Outcome>], second: Measured) -> Comparison {
    let (a, b) = (&outcomes[0], &outcomes[1]);
    let count = |a_right: bool, b_right: bool| {
        let pairs = a.iter().zip(b);
        pairs
            .filter(|(a, b)| (a.is_right(), b.is_right()) == (a_right, b_right))
            .count() as u64
    };
    let (only_a_right, only_b_right) = (count(true, false), count(false, true));
    Comparison {
        model: second.model,
        figures: second.figures,
        robustness: second.robustness,
        both_right: count(true, true),
        only_a_right,
        only_b_right,
        both_wrong: count(false, false),
        p_value: mcnemar::exact_p_value(only_a_right, only_b_right),
        difference: Readings::new(a).difference(&Readings::new(b)),
    }
}
