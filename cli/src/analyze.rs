//! `moue analyze`: photos and folders in, a report each out, in the order of the inputs. Photos are spread over the CPU's cores, an
//! analyzer each; how a report looks is in `report`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use anyhow::{Error, Result, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use moue::{Analyzer, Expression, Options};
use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::annotate;
use crate::args::AnalyzeArguments;
use crate::choices::{analyzer_options, members, refused};
use crate::failure::Ended;
use crate::files::{self, Input};
use crate::output::{note, print};
use crate::photo::Photo;
use crate::report::{Report, error_json};

/// What became of one photo.
struct Outcome {
    report: Result<Report>,
    /// Why its annotated copy is missing.
    copy: Result<()>,
}

/// Analyses everything that the arguments name.
///
/// # Errors
///
/// Where nothing can be done at all: wrong options, a model that can't be used, no place for annotated pictures, nobody to read the
/// results. What goes wrong with one photo is reported in its place.
pub fn run(arguments: &AnalyzeArguments) -> Result<Ended> {
    let options = analyzer_options(arguments)?;
    // Wrong options are one error, not one for each photo.
    Analyzer::new(options.clone()).map_err(refused)?;
    let inputs = files::find(&arguments.paths);
    let copies = match &arguments.annotate {
        Some(out) => files::annotated(&inputs, &arguments.paths, out)?
            .into_iter()
            .map(Some)
            .collect(),
        None => vec![None; inputs.len()],
    };
    let job = Job {
        inputs,
        copies,
        options,
        expressions: members(arguments.reading.expressions.into()),
    };

    let bar = progress_bar(job.inputs.len());
    let mut ended = Ended::Well;
    job.run(|input, outcome| {
        if outcome.report.is_err() || outcome.copy.is_err() {
            ended = Ended::WithFailures;
        }
        let result = bar.suspend(|| show(arguments, &input.path, outcome));
        bar.inc(1);
        result
    })?;
    bar.finish_and_clear();
    Ok(ended)
}

fn show(arguments: &AnalyzeArguments, photo: &Path, outcome: &Outcome) -> Result<()> {
    if let Err(error) = &outcome.copy {
        note(format_args!("{}: {error:#}", photo.display()));
    }
    match (&outcome.report, arguments.json) {
        (Ok(report), true) => print(report.json(photo)),
        (Ok(report), false) => print(report.table(photo)),
        (Err(error), true) => print(error_json(photo, &format!("{error:#}"))),
        (Err(error), false) => {
            note(format_args!("{}: {error:#}", photo.display()));
            Ok(())
        }
    }
}

fn progress_bar(photos: usize) -> ProgressBar {
    // Hidden by itself where standard error is no terminal; a single photo is done before a bar could be read.
    if photos < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} photos, {eta} left")
        .expect("the template is well-formed");
    ProgressBar::new(photos as u64).with_style(style)
}

struct Job {
    inputs: Vec<Input>,
    /// For each input where its annotated copy goes, if anywhere.
    copies: Vec<Option<PathBuf>>,
    options: Options,
    expressions: Vec<Expression>,
}

impl Job {
    /// Works through the inputs in parallel and hands each outcome to `take` in the inputs' order, as soon as it and all before it are
    /// there. Stops when `take` fails.
    fn run(&self, mut take: impl FnMut(&Input, &Outcome) -> Result<()>) -> Result<()> {
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                // Bridged, not split: inputs are begun in their order, so that the first results come first.
                let stopped = self
                    .inputs
                    .iter()
                    .zip(&self.copies)
                    .enumerate()
                    .par_bridge()
                    .try_for_each_init(
                        || Analyzer::new(self.options.clone()),
                        |analyzer, (index, (input, copy))| {
                            let outcome = match analyzer {
                                Ok(analyzer) => self.process(analyzer, input, copy.as_deref()),
                                Err(error) => Outcome {
                                    report: Err(anyhow!("{error}")),
                                    copy: Ok(()),
                                },
                            };
                            sender.send((index, outcome))
                        },
                    );
                // The receiver is gone once `take` has failed, which says why; what is left of the work is dropped.
                drop(stopped);
            });

            let mut waiting = BTreeMap::new();
            let mut outcomes = receiver.into_iter();
            for (index, input) in self.inputs.iter().enumerate() {
                let outcome = loop {
                    if let Some(outcome) = waiting.remove(&index) {
                        break outcome;
                    }
                    let (arrived, outcome) = outcomes.next().expect("every input sends an outcome");
                    waiting.insert(arrived, outcome);
                };
                take(input, &outcome)?;
            }
            Ok(())
        })
    }

    fn process(&self, analyzer: &mut Analyzer, input: &Input, copy: Option<&Path>) -> Outcome {
        match self.analyze(analyzer, input) {
            Ok((photo, report)) => {
                let copy = copy.map_or(Ok(()), |copy| {
                    let drawn = annotate::draw(&photo.into_upright(), &report.drawings())?;
                    annotate::save(&drawn, copy)
                });
                Outcome {
                    report: Ok(report),
                    copy,
                }
            }
            Err(error) => Outcome {
                report: Err(error),
                copy: Ok(()),
            },
        }
    }

    fn analyze(&self, analyzer: &mut Analyzer, input: &Input) -> Result<(Photo, Report)> {
        if let Some(problem) = &input.problem {
            return Err(Error::msg(problem.clone()));
        }
        let photo = Photo::read(&input.path)?;
        let frame = photo.frame()?;
        let size = frame.upright_size();
        let faces = analyzer.analyze(&frame)?.to_vec();
        Ok((
            photo,
            Report {
                size,
                faces,
                expressions: self.expressions.clone(),
            },
        ))
    }
}
