//! What readings add up to, each of them counted as often as a sample holds it: the formulas of all figures, once.

use moue::Expression;

use super::{Outcome, mean, share};
use crate::evaluation::{ClassFigures, ReliabilityBin};

/// The most classes that compete.
const MOST_CLASSES: usize = Expression::ALL.len();

/// Bins of equal width over the top probability, 0 to 1, for the calibration error; 15 as in Guo et al. 2017, "On Calibration of Modern
/// Neural Networks".
const CALIBRATION_BINS: usize = 15;

type Confusion = [[u64; MOST_CLASSES]; MOST_CLASSES];

/// Readings that agree with the truth among a number of readings.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    right: u64,
    all: u64,
}

impl Share {
    fn add(&mut self, right: bool, times: u64) {
        self.right += u64::from(right) * times;
        self.all += times;
    }

    fn value(self) -> Option<f64> {
        share(self.right, self.all)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    share: Share,
    confidence: f64,
}

/// What a sample of readings adds up to.
#[derive(Debug, Default)]
pub struct Tally {
    all: Share,
    clean: Share,
    certain: Share,
    /// Share of the most confident 80 % that is right.
    pub accuracy_at_80: Option<f64>,
    confusion: Confusion,
    bins: [Bin; CALIBRATION_BINS],
}

impl Tally {
    /// Adds a reading `times` times.
    pub fn add(&mut self, outcome: &Outcome, times: u64) {
        let right = outcome.is_right();
        self.all.add(right, times);
        if outcome.seen == Some(false) {
            self.clean.add(right, times);
        }
        if outcome.certain {
            self.certain.add(right, times);
        }
        self.confusion[outcome.truth][outcome.read] += times;
        // Each bin is open below and closed above, so that a confidence of 1 has a place.
        let confidence = f64::from(outcome.confidence);
        let bin = (confidence * CALIBRATION_BINS as f64).ceil() as usize;
        let bin = &mut self.bins[bin.clamp(1, CALIBRATION_BINS) - 1];
        bin.share.add(right, times);
        bin.confidence += confidence * times as f64;
    }

    /// The figures that have an interval, in the order of `Figures`' fields.
    pub fn shares(&self) -> [Option<f64>; 8] {
        [
            self.accuracy(),
            self.clean.value(),
            self.balanced_accuracy(),
            self.macro_f1(),
            self.calibration_error(),
            share(self.certain.all, self.all.all),
            self.certain.value(),
            self.accuracy_at_80,
        ]
    }

    /// Share of readings whose class is the true one.
    pub fn accuracy(&self) -> Option<f64> {
        self.all.value()
    }

    /// Mean recall of the classes that occur in the truth.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        mean((0..MOST_CLASSES).filter_map(|class| counts(&self.confusion, class).recall()))
    }

    /// Mean F1 of the classes that occur in the truth or among the readings.
    pub fn macro_f1(&self) -> Option<f64> {
        mean((0..MOST_CLASSES).filter_map(|class| counts(&self.confusion, class).f1()))
    }

    /// Expected calibration error: the gap between confidence and accuracy in each bin, weighted by the readings in it.
    pub fn calibration_error(&self) -> Option<f64> {
        // The weight, n / N, times the gap between two means of n readings leaves the gap between their sums over N.
        let gaps = self.bins.iter();
        let gaps = gaps.map(|bin| (bin.share.right as f64 - bin.confidence).abs());
        (self.all.all > 0).then(|| gaps.sum::<f64>() / self.all.all as f64)
    }

    /// Each class by itself.
    pub fn per_class(&self, classes: &[Expression]) -> Vec<ClassFigures> {
        let classes = classes.iter().enumerate();
        classes
            .map(|(class, &expression)| {
                let counts = counts(&self.confusion, class);
                ClassFigures {
                    expression,
                    precision: counts.precision(),
                    recall: counts.recall(),
                    f1: counts.f1(),
                    support: counts.is_true,
                }
            })
            .collect()
    }

    /// Counts: a row for each of the first so many true classes, a column for each class read.
    pub fn confusion(&self, classes: usize) -> Vec<Vec<u64>> {
        let rows = self.confusion[..classes].iter();
        rows.map(|row| row[..classes].to_vec()).collect()
    }

    /// Confidence against accuracy, bin by bin.
    pub fn reliability(&self) -> Vec<ReliabilityBin> {
        let edge = |index: usize| index as f64 / CALIBRATION_BINS as f64;
        let bins = self.bins.iter().enumerate();
        bins.map(|(index, bin)| ReliabilityBin {
            low: edge(index),
            high: edge(index + 1),
            faces: bin.share.all,
            confidence: (bin.share.all > 0).then(|| bin.confidence / bin.share.all as f64),
            accuracy: bin.share.value(),
        })
        .collect()
    }
}

/// How often a class was found, was the truth, and was read.
struct Counts {
    found: u64,
    is_true: u64,
    is_read: u64,
}

fn counts(confusion: &Confusion, class: usize) -> Counts {
    Counts {
        found: confusion[class][class],
        is_true: confusion[class].iter().sum(),
        is_read: confusion.iter().map(|row| row[class]).sum(),
    }
}

impl Counts {
    fn precision(&self) -> Option<f64> {
        share(self.found, self.is_read)
    }

    fn recall(&self) -> Option<f64> {
        share(self.found, self.is_true)
    }

    fn f1(&self) -> Option<f64> {
        // 2 TP / (2 TP + FP + FN), and the truths and readings of a class are (TP + FN) + (TP + FP).
        share(2 * self.found, self.is_true + self.is_read)
    }
}
