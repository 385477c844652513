//! How good readings are against the truth. Classes are numbers here: which expressions they stand for, and where the truth comes from,
//! the caller knows.

pub mod bootstrap;
pub mod mcnemar;
mod tally;

use moue::Expression;

use crate::evaluation::{CoveragePoint, Difference, Figure, Figures, Interval};
use tally::Tally;

/// Points of the coverage curve: one for each hundredth of the faces.
const CURVE_POINTS: usize = 100;

/// What was read in one face, and the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The true class.
    pub truth: usize,
    /// The class with the highest probability.
    pub read: usize,
    /// Its probability, 0 to 1.
    pub confidence: f32,
    /// Whether the reading calls itself certain.
    pub certain: bool,
    /// Whether the same pixels stand in the training rows, where that can be told.
    pub seen: Option<bool>,
}

impl Outcome {
    /// Whether the class read is the true one.
    pub fn is_right(&self) -> bool {
        self.read == self.truth
    }
}

/// A model's readings, ranked by their confidence once, so that figures over any part or sample of them are quick.
pub struct Readings<'a> {
    outcomes: &'a [Outcome],
    /// Indices into `outcomes`, the most confident first.
    ranking: Vec<usize>,
}

impl<'a> Readings<'a> {
    /// Ranks them.
    pub fn new(outcomes: &'a [Outcome]) -> Self {
        let mut ranking: Vec<usize> = (0..outcomes.len()).collect();
        ranking.sort_by(|&a, &b| outcomes[b].confidence.total_cmp(&outcomes[a].confidence));
        Self { outcomes, ranking }
    }

    /// All figures, over readings of these classes.
    pub fn figures(&self, classes: &[Expression]) -> Figures {
        let once = vec![1; self.outcomes.len()];
        let tally = self.tally(&once);
        let intervals = bootstrap::intervals(once.len(), |times| self.tally(times).shares());
        let [
            accuracy,
            accuracy_clean,
            balanced_accuracy,
            macro_f1,
            ece,
            coverage,
            accuracy_when_certain,
            accuracy_at_80,
        ] = paired(tally.shares(), intervals);
        Figures {
            accuracy,
            accuracy_clean,
            balanced_accuracy,
            macro_f1,
            ece,
            coverage,
            accuracy_when_certain,
            accuracy_at_80,
            per_class: tally.per_class(classes),
            confusion: tally.confusion(classes.len()),
            reliability: tally.reliability(),
            coverage_curve: self.coverage_curve(),
        }
    }

    /// By how much the figures of `other` on the same faces are higher than these.
    pub fn difference(&self, other: &Readings<'_>) -> Difference {
        let differences = |times: &[u32]| {
            let (here, there) = (self.tally(times), other.tally(times));
            let minus = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
            [
                minus(there.accuracy(), here.accuracy()),
                minus(there.balanced_accuracy(), here.balanced_accuracy()),
                minus(there.macro_f1(), here.macro_f1()),
                minus(there.calibration_error(), here.calibration_error()),
            ]
        };
        let faces = self.outcomes.len();
        let intervals = bootstrap::intervals(faces, differences);
        let [accuracy, balanced_accuracy, macro_f1, ece] =
            paired(differences(&vec![1; faces]), intervals);
        Difference {
            accuracy,
            balanced_accuracy,
            macro_f1,
            ece,
        }
    }

    /// Counts over a sample that holds each reading so many times.
    fn tally(&self, times: &[u32]) -> Tally {
        let mut tally = Tally::default();
        for (outcome, &times) in self.outcomes.iter().zip(times) {
            tally.add(outcome, u64::from(times));
        }
        let all: u64 = times.iter().map(|&times| u64::from(times)).sum();
        // Four fifths, rounded up.
        let most = (4 * all).div_ceil(5);
        let (mut right, mut passed) = (0.0, 0);
        for equals in self.equals() {
            let (right_here, here) = self.right_of(equals, times);
            let taken = here.min(most - passed);
            right += right_of_part(right_here, here, taken);
            passed += taken;
        }
        tally.accuracy_at_80 = (most > 0).then(|| right / most as f64);
        tally
    }

    /// The readings in groups of equal confidence, the most confident first.
    fn equals(&self) -> impl Iterator<Item = &[usize]> {
        let confidence = |index: usize| self.outcomes[index].confidence;
        self.ranking
            .chunk_by(move |&a, &b| confidence(a) == confidence(b))
    }

    /// How many of these readings are right, and how many they are, in a sample that holds each so many times.
    fn right_of(&self, indices: &[usize], times: &[u32]) -> (u64, u64) {
        indices.iter().fold((0, 0), |(right, all), &index| {
            let times = u64::from(times[index]);
            let is_right = u64::from(self.outcomes[index].is_right());
            (right + is_right * times, all + times)
        })
    }

    fn coverage_curve(&self) -> Vec<CoveragePoint> {
        let all = self.ranking.len();
        let mut points: Vec<CoveragePoint> = Vec::with_capacity(CURVE_POINTS);
        let once = vec![1; all];
        let mut groups = self.equals();
        // Right and all of the groups that are whole, and of the one that is being passed.
        let (mut right, mut passed, mut right_here, mut here) = (0, 0, 0, 0);
        let mut before = 0;
        for point in 1..=CURVE_POINTS {
            let until = (point * all).div_ceil(CURVE_POINTS);
            if until == before {
                continue;
            }
            before = until;
            while passed + here < until as u64 {
                (right, passed) = (right + right_here, passed + here);
                let group = groups.next().expect("they hold all readings");
                (right_here, here) = self.right_of(group, &once);
            }
            let part = right_of_part(right_here, here, until as u64 - passed);
            points.push(CoveragePoint {
                coverage: until as f64 / all as f64,
                confidence: f64::from(self.outcomes[self.ranking[until - 1]].confidence),
                accuracy: (right as f64 + part) / until as f64,
            });
        }
        points
    }
}

/// How many are right of a part of readings of equal confidence: their order says nothing, so as large a share as of all of them.
fn right_of_part(right: u64, all: u64, part: u64) -> f64 {
    if part == 0 {
        return 0.0;
    }
    right as f64 * part as f64 / all as f64
}

/// Puts each figure together with its interval; a figure that isn't there has none.
pub fn paired<const COUNT: usize>(
    values: [Option<f64>; COUNT],
    intervals: [Option<Interval>; COUNT],
) -> [Figure; COUNT] {
    std::array::from_fn(|figure| Figure {
        value: values[figure],
        interval: intervals[figure].filter(|_| values[figure].is_some()),
    })
}

/// A part of a whole, 0 to 1; `None` of nothing.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The mean; `None` of nothing.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three classes; their names don't matter here.
    const CLASSES: [Expression; 3] = [Expression::Angry, Expression::Disgust, Expression::Fear];

    /// Eight readings of three classes, one of them never true: the same as in the scikit-learn session quoted below.
    fn outcomes() -> Vec<Outcome> {
        [
            (0, 0, 0.8, true),
            (0, 0, 0.7, true),
            (0, 1, 0.5, false),
            (0, 2, 0.6, true),
            (1, 1, 0.9, true),
            (1, 0, 0.5, false),
            (1, 1, 0.4, false),
            (1, 1, 1.0, true),
        ]
        .map(|(truth, read, confidence, certain)| Outcome {
            truth,
            read,
            confidence,
            certain,
            seen: None,
        })
        .to_vec()
    }

    fn figures(outcomes: &[Outcome]) -> Figures {
        Readings::new(outcomes).figures(&CLASSES)
    }

    fn close(value: Option<f64>, expected: f64) {
        let value = value.expect("there is a figure");
        assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
    }

    #[test]
    fn figures_are_those_of_scikit_learn() {
        let found = figures(&outcomes());
        // scikit-learn 1.9.1, y_true = [0,0,0,0,1,1,1,1], y_pred = [0,0,1,2,1,0,1,1]
        close(found.accuracy.value, 0.625); // accuracy_score
        close(found.balanced_accuracy.value, 0.625); // balanced_accuracy_score
        close(found.macro_f1.value, 0.440_476_190); // f1_score(average="macro")
        assert_eq!(found.confusion, [[2, 1, 1], [1, 3, 0], [0, 0, 0]]); // confusion_matrix
        // precision_recall_fscore_support, which puts 0 for the recall of a class that is never true
        let of_class = |class: usize| {
            let figures = found.per_class[class];
            (
                figures.precision,
                figures.recall,
                figures.f1,
                figures.support,
            )
        };
        let (precision, recall, f1, support) = of_class(0);
        close(precision, 0.666_666_667);
        close(recall, 0.5);
        close(f1, 0.571_428_571);
        assert_eq!(support, 4);
        assert_eq!(of_class(1), (Some(0.75), Some(0.75), Some(0.75), 4));
        assert_eq!(of_class(2), (Some(0.0), None, Some(0.0), 0));
    }

    #[test]
    fn certain_readings_are_counted_and_judged_apart() {
        let found = figures(&outcomes());
        close(found.coverage.value, 5.0 / 8.0);
        close(found.accuracy_when_certain.value, 4.0 / 5.0);
    }

    #[test]
    fn the_clean_figure_is_over_the_faces_that_are_known_to_be_unseen() {
        let mut outcomes = outcomes();
        assert_eq!(figures(&outcomes).accuracy_clean, Figure::default());
        for (index, outcome) in outcomes.iter_mut().enumerate() {
            outcome.seen = Some(index < 3);
        }
        close(figures(&outcomes).accuracy_clean.value, 3.0 / 5.0);
    }

    #[test]
    fn the_calibration_error_is_that_of_a_sum_by_hand() {
        // Right: 0.8, 0.7, 0.9, 0.4, 1.0; wrong: 0.5, 0.6, 0.5. Only the two of 0.5 share a bin of a fifteenth, so (right - confidence)
        // sums up to 0.2, 0.3, 0.1, 0.6, 0, -0.6 and, for the shared bin, -1.0.
        close(
            figures(&outcomes()).ece.value,
            (0.2 + 0.3 + 0.1 + 0.6 + 0.0 + 0.6 + 1.0) / 8.0,
        );
    }

    #[test]
    fn the_reliability_bins_hold_every_reading_once_with_its_confidence() {
        let found = figures(&outcomes());
        assert_eq!(found.reliability.len(), 15);
        let faces: Vec<u64> = found.reliability.iter().map(|bin| bin.faces).collect();
        // 0.4, 0.6 and 0.8 are upper edges of bins, and as floats a little above them: each falls into the next bin.
        assert_eq!(faces, [0, 0, 0, 0, 0, 0, 1, 2, 0, 1, 1, 0, 1, 1, 1]);
        let shared = found.reliability[7];
        assert_eq!((shared.confidence, shared.accuracy), (Some(0.5), Some(0.0)));
        assert_eq!(found.reliability[0].accuracy, None);
    }

    #[test]
    fn gaps_of_opposite_sign_in_one_bin_cancel() {
        let reading = |truth| Outcome {
            truth,
            read: 0,
            confidence: 0.5,
            certain: true,
            seen: None,
        };
        close(figures(&[reading(0), reading(1)]).ece.value, 0.0);
    }

    #[test]
    fn accuracy_against_coverage_takes_the_most_confident_first() {
        let found = figures(&outcomes());
        // Right or wrong, from 1.0 down: right, right, right, right, wrong, and two wrong of 0.5, right of 0.4.
        let curve: Vec<(f64, f64)> = found
            .coverage_curve
            .iter()
            .map(|point| (point.coverage, point.accuracy))
            .collect();
        let expected = [
            (0.125, 1.0),
            (0.25, 1.0),
            (0.375, 1.0),
            (0.5, 1.0),
            (0.625, 0.8),
            (0.75, 4.0 / 6.0),
            (0.875, 4.0 / 7.0),
            (1.0, 5.0 / 8.0),
        ];
        assert_eq!(curve, expected);
        // Four fifths of eight, rounded up, are seven.
        close(found.accuracy_at_80.value, 4.0 / 7.0);
        assert_eq!(found.coverage_curve[4].confidence, f64::from(0.6_f32));
    }

    #[test]
    fn readings_of_equal_confidence_count_alike_whatever_their_order() {
        // A model that always says the same, on faces sorted by label: a third of any part is right.
        let reading = |face: usize| Outcome {
            truth: face / 20,
            read: 0,
            confidence: 1.0,
            certain: true,
            seen: None,
        };
        let found = figures(&(0..60).map(reading).collect::<Vec<_>>());
        close(found.accuracy_at_80.value, 1.0 / 3.0);
        assert_eq!(found.coverage_curve.len(), 60);
        for point in found.coverage_curve {
            close(Some(point.accuracy), 1.0 / 3.0);
        }
    }

    #[test]
    fn a_figure_lies_in_its_interval_and_more_faces_make_it_narrower() {
        let few = figures(&outcomes());
        let many = figures(&outcomes().repeat(50));
        let width = |figure: Figure| {
            let (value, interval) = (figure.value, figure.interval);
            let (value, interval) = value.zip(interval).expect("a figure and its interval");
            assert!(
                interval.low <= value && value <= interval.high,
                "{figure:?}"
            );
            interval.high - interval.low
        };
        for (few, many) in [
            (few.accuracy, many.accuracy),
            (few.balanced_accuracy, many.balanced_accuracy),
            (few.macro_f1, many.macro_f1),
            (few.accuracy_at_80, many.accuracy_at_80),
        ] {
            assert!(width(many) < width(few) / 4.0);
        }
    }

    #[test]
    fn a_difference_is_the_other_models_figure_minus_ones_own_on_the_same_faces() {
        let (a, mut b) = (outcomes(), outcomes());
        b[2].read = 0; // now right
        let (a, b) = (Readings::new(&a), Readings::new(&b));
        let found = a.difference(&b);
        close(found.accuracy.value, 1.0 / 8.0);
        close(found.balanced_accuracy.value, 1.0 / 8.0);
        // The draws are the same for both: B is never behind, however they fall.
        let interval = found.accuracy.interval.expect("an interval");
        assert!(interval.low >= 0.0, "{interval:?}");
        let none = a.difference(&a).accuracy;
        let interval = none.interval.expect("an interval");
        assert_eq!(
            (none.value, interval.low, interval.high),
            (Some(0.0), 0.0, 0.0)
        );
    }

    #[test]
    fn without_readings_there_are_no_figures() {
        let found = figures(&[]);
        let none = Figure::default();
        assert_eq!([found.accuracy, found.macro_f1, found.ece], [none; 3]);
        assert_eq!(found.coverage_curve, []);
        assert_eq!(found.confusion, [[0; 3]; 3]);
    }
}
