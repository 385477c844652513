//! A person's relaxed face as the zero from which readings are counted.
//!
//! Some faces look sad or angry at rest. Once a relaxed face has been read for a second, later readings of it tell what differs from that.
//! The baseline lives in memory with its track and ends with it.

use crate::expression::{Expression, Scores};
use crate::steady::{LEAST_PROBABILITY, SECOND};

/// How long a relaxed face is read, in nanoseconds.
pub const CALIBRATION_TIME: u64 = SECOND;

/// Readings that the window must hold at least, so that a slow camera doesn't calibrate on one or two.
const LEAST_READINGS: u32 = 5;

/// How sure of neutral a reading of the relaxed face is once calibrated; the rest is shared out evenly.
const RELAXED_NEUTRAL: f32 = 0.9;

/// The most that a baseline moves a log-probability, either way: a factor of 20. A smile taken for the relaxed face can still be undone by a
/// real one.
const MOST_SHIFT: f64 = 3.0;

/// How far a face's calibration has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Calibration {
    /// Not asked for: readings are those of any face.
    #[default]
    None,
    /// The relaxed face is being read; readings are still those of any face.
    Running,
    /// Readings are relative to the person's relaxed face.
    Done,
}

/// One face's baseline, or what has been gathered for it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Baseline {
    state: Calibration,
    start: u64,
    readings: u32,
    /// Sums of log-probabilities while running, the shift of each when done.
    logarithms: [f64; 7],
}

impl Baseline {
    /// Starts to read the relaxed face at `time`, in nanoseconds. A baseline from before holds no longer.
    pub fn start(time: u64) -> Self {
        Self {
            state: Calibration::Running,
            start: time,
            ..Self::default()
        }
    }

    /// How far the calibration has come.
    pub fn state(&self) -> Calibration {
        self.state
    }

    /// Takes in a raw reading at `time`, and says what it is relative to the baseline: the same while there is none.
    ///
    /// With `p` the reading, `m` the mean of `ln p` over the window and `n` the probabilities of a relaxed face (0.9 neutral, the rest even),
    /// it is the softmax of `ln p + s`, where `s` is `ln n - m`, at least 0 for neutral and at most 0 for the others, and at most 3 either
    /// way. So what the relaxed face seems to show is taken off, the odds of a change against it are kept, and a face that reads as neutral
    /// anyway is read as before.
    pub fn apply(&mut self, scores: &Scores, time: u64) -> Scores {
        if self.state == Calibration::Running {
            for (sum, (_, score)) in self.logarithms.iter_mut().zip(scores.iter()) {
                *sum += f64::from(logarithm(score));
            }
            self.readings += 1;
            let elapsed = time.saturating_sub(self.start);
            if elapsed >= CALIBRATION_TIME && self.readings >= LEAST_READINGS {
                self.finish(scores);
            }
        }
        if self.state != Calibration::Done {
            return *scores;
        }
        let mut shifted = [0.0; 7];
        let mut sum = 0.0;
        for (expression, score) in scores.iter() {
            if score > 0.0 {
                let shift = self.logarithms[expression as usize] as f32;
                shifted[expression as usize] = score.max(LEAST_PROBABILITY) * libm::expf(shift);
                sum += shifted[expression as usize];
            }
        }
        Scores::from_array(shifted.map(|score| score / sum))
    }

    /// Turns the sums into shifts. `scores` tells which expressions compete: the others are 0.
    fn finish(&mut self, scores: &Scores) {
        let others = scores
            .iter()
            .filter(|&(expression, score)| expression != Expression::Neutral && score > 0.0)
            .count()
            .max(1);
        let count = f64::from(self.readings);
        for (expression, sum) in Expression::ALL.into_iter().zip(&mut self.logarithms) {
            let shift_to = |relaxed: f32| f64::from(libm::logf(relaxed)) - *sum / count;
            *sum = if expression == Expression::Neutral {
                shift_to(RELAXED_NEUTRAL).clamp(0.0, MOST_SHIFT)
            } else {
                shift_to((1.0 - RELAXED_NEUTRAL) / others as f32).clamp(-MOST_SHIFT, 0.0)
            };
        }
        self.state = Calibration::Done;
    }
}

fn logarithm(score: f32) -> f32 {
    libm::logf(score.max(LEAST_PROBABILITY))
}
