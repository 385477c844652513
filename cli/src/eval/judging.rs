//! Reads every face with every model, on all cores, with a bar that tells the rate and the time left. Which figures come of it, `metrics` says.

use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use moue::{Expression, ExpressionReader, ExpressionSet, Head, Reading, Thresholds, Verdict};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rayon::iter::{ParallelBridge, ParallelIterator};

use super::corruption::Corruption;
use super::faces::{Cut, FaceSource, Opened, resized};
use super::models::Model;
use crate::args::FacesName;
use crate::choices::members;
use crate::dataset::Case;
use crate::evaluation::{MISTAKE_SIDE, MOST_MISTAKES, Mistake};
use crate::metrics::Outcome;
use crate::output::note;

/// Seed of the order in which faces are judged. Data often stands sorted by label: what has been judged when a run is stopped should be like
/// the whole.
const ORDER_SEED: u64 = 48;

/// How faces are read.
pub struct Plan<'a> {
    /// The models; the first is the one whose mistakes are kept.
    pub models: &'a [Model],
    /// The head that speaks.
    pub head: Head,
    /// The expressions that compete.
    pub set: ExpressionSet,
    /// How faces are got from photos.
    pub faces: FacesName,
    /// What else is done to each face.
    pub corruptions: &'a [Corruption],
}

/// What came of it, in the order of the data.
#[derive(Debug)]
pub struct Judged {
    /// For each model, what it read in each face that was judged.
    pub outcomes: Vec<Vec<Outcome>>,
    /// For each model and each corruption, whether it was right in each of these faces.
    pub corrupted: Vec<Vec<Vec<bool>>>,
    /// The first model's most confident mistakes.
    pub mistakes: Vec<Mistake>,
    /// Photos in which no face was found.
    pub without_face: usize,
    /// Photos that can't be read.
    pub unreadable: usize,
    /// Whether the run was stopped before all were looked at.
    pub stopped: bool,
}

/// What came of one case.
enum Found {
    Judgement(Judgement),
    NoFace,
    Unreadable(anyhow::Error),
}

#[derive(Default)]
struct Judgement {
    /// A model each.
    outcomes: Vec<Outcome>,
    /// A model and a corruption each.
    corrupted: Vec<Vec<bool>>,
    /// The first model's mistake, where it made one.
    mistake: Option<Mistake>,
}

/// Reads the faces of the cases until all are done or `stop` says so.
///
/// # Errors
///
/// Where a model can't be loaded or fails. A photo that can't be read is told and counted.
pub fn judge(cases: &[Case], plan: &Plan<'_>, stop: impl Fn() -> bool + Sync) -> Result<Judged> {
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(ORDER_SEED));
    let bar = progress_bar(cases.len());
    let (sender, receiver) = mpsc::channel();
    let mut collected = Collected::new(cases.len());
    thread::scope(|scope| {
        let stop = &stop;
        scope.spawn(move || {
            // Stopped, or the receiver is gone, which has its own error.
            let _ended_early = order.into_iter().par_bridge().try_for_each_init(
                || Judge::new(plan),
                |judge, index| {
                    if stop() {
                        return Err(());
                    }
                    let found = match judge {
                        Ok(judge) => judge.judge(&cases[index]),
                        Err(error) => Err(anyhow!("{error:#}")),
                    };
                    sender.send((index, found)).map_err(drop)
                },
            );
        });
        for (index, found) in receiver {
            let found = found?;
            if let Found::Unreadable(error) = &found {
                let source = cases[index].picture.source();
                bar.suspend(|| note(format_args!("{source}: {error:#}")));
            }
            collected.add(index, found);
            bar.inc(1);
        }
        anyhow::Ok(())
    })?;
    bar.finish_and_clear();
    Ok(collected.finish(plan))
}

fn progress_bar(faces: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} faces, {per_sec}, {eta} left")
        .expect("the template is well-formed");
    ProgressBar::new(faces as u64).with_style(style)
}

/// One thread's models and buffers.
struct Judge<'a> {
    plan: &'a Plan<'a>,
    source: FaceSource,
    readers: Vec<ExpressionReader>,
    classes: Vec<Expression>,
}

impl<'a> Judge<'a> {
    fn new(plan: &'a Plan<'a>) -> Result<Self> {
        Ok(Self {
            plan,
            source: FaceSource::new(plan.faces)?,
            readers: plan
                .models
                .iter()
                .map(Model::reader)
                .collect::<Result<_>>()?,
            classes: members(plan.set),
        })
    }

    fn judge(&mut self, case: &Case) -> Result<Found> {
        match self.source.open(&case.picture) {
            Ok(Opened::Face) => {}
            Ok(Opened::NoFace) => return Ok(Found::NoFace),
            Err(error) => return Ok(Found::Unreadable(error)),
        }
        let mut judgement = Judgement::default();
        for model in 0..self.readers.len() {
            let reader = &self.readers[model];
            let cut = match self.source.cut(reader.side(), reader.template()) {
                Ok(cut) => cut,
                Err(error) => return Ok(Found::Unreadable(error)),
            };
            let plan = self.plan;
            let named = || format!("{}, {}", plan.models[model].name, case.picture.source());
            let (outcome, crop) = self.read(model, &cut, case).with_context(named)?;
            if model == 0 && !outcome.is_right() {
                judgement.mistake = Some(self.mistake(case, &outcome, &crop)?);
            }
            judgement.outcomes.push(outcome);
            judgement
                .corrupted
                .push(self.read_corrupted(model, &cut, case).with_context(named)?);
        }
        Ok(Found::Judgement(judgement))
    }

    /// What a model reads in a face, and the face as the model saw it.
    fn read(&mut self, model: usize, cut: &Cut, case: &Case) -> Result<(Outcome, Vec<u8>)> {
        let reader = &mut self.readers[model];
        let side = reader.side();
        let crop = resized(&cut.pixels, cut.side, side, &mut self.source.resampler)?;
        let scores = reader.read(&crop, self.plan.head, self.plan.set)?;
        let quality = cut.quality(side, &mut self.source.resampler)?;
        let reading = Reading::new(scores, &quality, &Thresholds::default());
        let best = scores.best();
        let outcome = Outcome {
            truth: self.class(case.truth),
            read: self.class(best),
            confidence: scores[best],
            certain: matches!(reading.verdict, Verdict::Certain(_)),
            seen: case.seen,
        };
        Ok((outcome, crop))
    }

    /// For each corruption whether a model is right all the same.
    fn read_corrupted(&mut self, model: usize, cut: &Cut, case: &Case) -> Result<Vec<bool>> {
        let reader = &mut self.readers[model];
        let (side, template) = (reader.side(), *reader.template());
        let resampler = &mut self.source.resampler;
        let corruptions = self.plan.corruptions.iter();
        corruptions
            .map(|corruption| {
                let spoiled = corruption.apply(&cut.pixels, cut.side, &template, resampler)?;
                let crop = resized(&spoiled, cut.side, side, resampler)?;
                let scores = reader.read(&crop, self.plan.head, self.plan.set)?;
                Ok(scores.best() == case.truth)
            })
            .collect()
    }

    fn mistake(&mut self, case: &Case, outcome: &Outcome, crop: &[u8]) -> Result<Mistake> {
        let side = self.readers[0].side();
        Ok(Mistake {
            source: case.picture.source(),
            pixels: resized(crop, side, MISTAKE_SIDE, &mut self.source.resampler)?,
            truth: case.truth,
            read: self.classes[outcome.read],
            confidence: f64::from(outcome.confidence),
        })
    }

    fn class(&self, expression: Expression) -> usize {
        let place = self.classes.iter().position(|&class| class == expression);
        place.expect("faces outside the set were left out, and others score 0")
    }
}

/// What has come in so far.
struct Collected {
    judgements: Vec<Option<Judgement>>,
    /// The most confident so far, each with the place of its case.
    mistakes: Vec<(usize, Mistake)>,
    without_face: usize,
    unreadable: usize,
    looked_at: usize,
}

impl Collected {
    fn new(cases: usize) -> Self {
        let mut judgements = Vec::new();
        judgements.resize_with(cases, || None);
        Self {
            judgements,
            mistakes: Vec::new(),
            without_face: 0,
            unreadable: 0,
            looked_at: 0,
        }
    }

    fn add(&mut self, index: usize, found: Found) {
        self.looked_at += 1;
        match found {
            Found::NoFace => self.without_face += 1,
            Found::Unreadable(_) => self.unreadable += 1,
            Found::Judgement(mut judgement) => {
                if let Some(mistake) = judgement.mistake.take() {
                    self.keep(index, mistake);
                }
                self.judgements[index] = Some(judgement);
            }
        }
    }

    /// Keeps a mistake if it is one of the most confident; of equals the earlier in the data, whichever came in first.
    fn keep(&mut self, index: usize, mistake: Mistake) {
        let place = self.mistakes.partition_point(|(other, kept)| {
            mistake
                .confidence
                .total_cmp(&kept.confidence)
                .then(other.cmp(&index))
                .is_lt()
        });
        self.mistakes.insert(place, (index, mistake));
        self.mistakes.truncate(MOST_MISTAKES);
    }

    fn finish(self, plan: &Plan<'_>) -> Judged {
        let cases = self.judgements.len();
        let judgements: Vec<Judgement> = self.judgements.into_iter().flatten().collect();
        let models = 0..plan.models.len();
        let right = |model: usize, corruption: usize| {
            let judgements = judgements.iter();
            judgements
                .map(|judgement| judgement.corrupted[model][corruption])
                .collect()
        };
        Judged {
            outcomes: models
                .clone()
                .map(|model| {
                    judgements
                        .iter()
                        .map(|found| found.outcomes[model])
                        .collect()
                })
                .collect(),
            corrupted: models
                .map(|model| {
                    let corruptions = 0..plan.corruptions.len();
                    corruptions
                        .map(|corruption| right(model, corruption))
                        .collect()
                })
                .collect(),
            mistakes: self
                .mistakes
                .into_iter()
                .map(|(_, mistake)| mistake)
                .collect(),
            without_face: self.without_face,
            unreadable: self.unreadable,
            stopped: self.looked_at < cases,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Picture;
    use moue::Backend;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Ten different pictures for each of the seven labels, sorted by label. No faces, but a network reads something in anything.
    fn cases() -> Vec<Case> {
        let pixel = |case: usize, place: usize| ((place % 48) * case + (place / 48) * 7) as u8;
        (0..70)
            .map(|case| Case {
                truth: Expression::ALL[case / 10],
                seen: None,
                picture: Picture::Row {
                    line: case as u64 + 2,
                    pixels: Box::new(std::array::from_fn(|place| pixel(case, place))),
                },
            })
            .collect()
    }

    fn judged(stop: impl Fn() -> bool + Sync) -> Judged {
        let models = [Model::open(None, Backend::Auto).expect("the built-in model")];
        let plan = Plan {
            models: &models,
            head: Head::Fer2013,
            set: ExpressionSet::Seven,
            faces: FacesName::Crop,
            corruptions: &[],
        };
        judge(&cases(), &plan, stop).expect("figures")
    }

    #[test]
    fn a_run_that_is_stopped_leaves_what_was_judged_until_then_of_all_labels() {
        let asked = AtomicUsize::new(0);
        let found = judged(|| asked.fetch_add(1, Ordering::Relaxed) >= 25);
        assert!(found.stopped);
        let outcomes = &found.outcomes[0];
        assert_eq!(outcomes.len(), 25);
        let mut labels: Vec<usize> = outcomes.iter().map(|outcome| outcome.truth).collect();
        assert!(labels.is_sorted(), "in the order of the data");
        labels.dedup();
        assert!(labels.len() >= 5, "{labels:?}");
    }

    #[test]
    fn the_surest_mistakes_are_kept_with_where_they_come_from() {
        let found = judged(|| false);
        assert!(!found.stopped);
        let wrong = found.outcomes[0].iter().enumerate();
        let mut wrong: Vec<(usize, Outcome)> = wrong
            .filter(|(_, outcome)| !outcome.is_right())
            .map(|(case, outcome)| (case, *outcome))
            .collect();
        wrong.sort_by(|(_, a), (_, b)| b.confidence.total_cmp(&a.confidence));
        assert!(wrong.len() > MOST_MISTAKES);
        let expected: Vec<(String, f64)> = wrong[..MOST_MISTAKES]
            .iter()
            .map(|(case, outcome)| (format!("line {}", case + 2), f64::from(outcome.confidence)))
            .collect();
        let kept = found.mistakes.iter();
        let kept: Vec<(String, f64)> = kept
            .map(|mistake| (mistake.source.clone(), mistake.confidence))
            .collect();
        assert_eq!(kept, expected);
        let first = &found.mistakes[0];
        let Picture::Row { pixels, .. } = &cases()[wrong[0].0].picture else {
            panic!("a row")
        };
        assert_eq!(first.pixels, pixels.as_slice());
    }

    #[test]
    fn the_same_faces_give_the_same_readings_again() {
        assert_eq!(judged(|| false).outcomes, judged(|| false).outcomes);
    }
}
