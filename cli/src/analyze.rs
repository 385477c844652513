//! `moue analyze`: photos and folders in, a report each out, in the order of the inputs. Photos are spread over the CPU's cores, an
//! analyzer each; how a report looks is in `report`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use anyhow::{Error, Result};
use indicatif::{ProgressBar, ProgressStyle};
use moue::{Analyzer, Expression, Options};
use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::annotate;
use crate::args::AnalyzeArguments;
use crate::choices::{analyzer_options, members, refused};
use crate::failure::{Ended, guarded};
use crate::files::{self, Input};
use crate::interrupt;
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
    let options = analyzer_options(&arguments.finding, &arguments.reading)?;
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
    interrupt::listen()?;
    let mut ended = Ended::Well;
    let reported = job.run(|input, outcome| {
        if outcome.report.is_err() || outcome.copy.is_err() {
            ended = Ended::WithFailures;
        }
        let result = bar.suspend(|| show(arguments, &input.path, outcome));
        bar.inc(1);
        result
    })?;
    bar.finish_and_clear();
    if reported < job.inputs.len() {
        note(format_args!(
            "interrupted: {reported} of {} photos are done",
            job.inputs.len()
        ));
        return Ok(Ended::Interrupted);
    }
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
    /// there. Stops when `take` fails; begins no further input once interrupted. Gives back how many outcomes were handed over.
    fn run(&self, mut take: impl FnMut(&Input, &Outcome) -> Result<()>) -> Result<usize> {
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                // Bridged, not split: inputs are begun in their order, so that the first results come first.
                let stopped = self
                    .inputs
                    .iter()
                    .zip(&self.copies)
                    .enumerate()
                    .take_while(|_| !interrupt::asked())
                    .par_bridge()
                    .try_for_each_init(
                        || None,
                        |analyzer, (index, (input, copy))| {
                            let outcome = self
                                .process(analyzer, input, copy.as_deref())
                                .unwrap_or_else(|error| Outcome {
                                    report: Err(error),
                                    copy: Ok(()),
                                });
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
                    // Inputs are begun in their order and every one that is begun sends an outcome: when none comes any more, the work was
                    // interrupted, and nothing behind this input was begun.
                    let Some((arrived, outcome)) = outcomes.next() else {
                        return Ok(index);
                    };
                    waiting.insert(arrived, outcome);
                };
                take(input, &outcome)?;
            }
            Ok(self.inputs.len())
        })
    }

    /// Reads, analyses and draws one photo. `analyzer` is made where there is none.
    fn process(
        &self,
        analyzer: &mut Option<Analyzer>,
        input: &Input,
        copy: Option<&Path>,
    ) -> Result<Outcome> {
        if let Some(problem) = &input.problem {
            return Err(Error::msg(problem.clone()));
        }
        let photo = guarded("the decoder gave up on the picture", || {
            Photo::read(&input.path)
        })?;
        // An analyzer that has panicked isn't put back: its buffers may hold anything.
        let mut ready = match analyzer.take() {
            Some(analyzer) => analyzer,
            None => Analyzer::new(self.options.clone())?,
        };
        let report = guarded("the analysis gave up on the picture", || {
            let frame = photo.frame()?;
            Ok(Report {
                size: frame.upright_size(),
                faces: ready.analyze(&frame)?.to_vec(),
                expressions: self.expressions.clone(),
            })
        });
        if report.as_ref().is_ok() {
            *analyzer = Some(ready);
        }
        let report = report?;
        let copy = copy.map_or(Ok(()), |copy| {
            guarded("the picture can't be drawn or encoded", || {
                let (picture, _memory) = photo.into_upright();
                let drawn = annotate::draw(&picture, &report.drawings())?;
                annotate::save(&drawn, copy)
            })
        });
        Ok(Outcome {
            report: Ok(report),
            copy,
        })
    }
}
