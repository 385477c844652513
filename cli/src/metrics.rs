//! How good readings are against the truth. Classes are numbers here: which expressions they stand for, and where the truth comes from,
//! the caller knows.

/// Bins of equal width over the top probability, 0 to 1, for the calibration error; 15 as in Guo et al. 2017, "On Calibration of Modern
/// Neural Networks".
const CALIBRATION_BINS: usize = 15;

/// One reading with its truth.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The true class.
    pub truth: usize,
    /// The probability of each class; they sum to 1.
    pub scores: Vec<f32>,
    /// Whether the reading calls itself certain.
    pub certain: bool,
}

impl Judged {
    /// The class with the highest probability; the first of several.
    pub fn predicted(&self) -> usize {
        let mut best = 0;
        for (class, score) in self.scores.iter().enumerate() {
            if *score > self.scores[best] {
                best = class;
            }
        }
        best
    }

    fn is_right(&self) -> bool {
        self.predicted() == self.truth
    }

    fn confidence(&self) -> f64 {
        f64::from(self.scores[self.predicted()])
    }
}

/// Figures over a set of readings. Shares are 0 to 1, and `None` where there is nothing to share.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    /// Share of readings whose likeliest class is the true one.
    pub accuracy: Option<f64>,
    /// Mean over the classes that occur in the truth of the share found (recall).
    pub balanced_accuracy: Option<f64>,
    /// Mean of F1 over the classes that occur in the truth or among the predictions; a class never found right has 0.
    pub macro_f1: Option<f64>,
    /// Expected calibration error: the gap between confidence and accuracy in each of 15 bins of equal width, weighted by the readings in it.
    pub ece: Option<f64>,
    /// Share of readings that call themselves certain.
    pub coverage: Option<f64>,
    /// Accuracy of those.
    pub accuracy_when_certain: Option<f64>,
    /// Counts: a row for each true class, a column for each predicted one.
    pub confusion: Vec<Vec<u64>>,
}

impl Metrics {
    /// The figures over readings of `classes` classes.
    pub fn of(readings: &[Judged], classes: usize) -> Self {
        let mut confusion = vec![vec![0; classes]; classes];
        for reading in readings {
            confusion[reading.truth][reading.predicted()] += 1;
        }
        let certain: Vec<&Judged> = readings.iter().filter(|reading| reading.certain).collect();
        Self {
            accuracy: accuracy(readings),
            balanced_accuracy: balanced_accuracy(&confusion),
            macro_f1: macro_f1(&confusion),
            ece: expected_calibration_error(readings),
            coverage: share(certain.len(), readings.len()),
            accuracy_when_certain: accuracy(certain),
            confusion,
        }
    }
}

/// Share of readings whose likeliest class is the true one; `None` without readings.
pub fn accuracy<'a>(readings: impl IntoIterator<Item = &'a Judged>) -> Option<f64> {
    let (mut right, mut all) = (0, 0);
    for reading in readings {
        all += 1;
        right += usize::from(reading.is_right());
    }
    share(right, all)
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn balanced_accuracy(confusion: &[Vec<u64>]) -> Option<f64> {
    let rows = confusion
        .iter()
        .enumerate()
        .map(|(class, row)| (row[class], row.iter().sum::<u64>()));
    mean(
        rows.filter(|&(_, all)| all > 0)
            .map(|(found, all)| found as f64 / all as f64),
    )
}

fn macro_f1(confusion: &[Vec<u64>]) -> Option<f64> {
    let classes = confusion.iter().enumerate().map(|(class, row)| {
        let is_true: u64 = row.iter().sum();
        let is_predicted: u64 = confusion.iter().map(|row| row[class]).sum();
        (row[class], is_true + is_predicted)
    });
    // F1 = 2 TP / (2 TP + FP + FN), and the truths and predictions of a class are (TP + FN) + (TP + FP).
    mean(
        classes
            .filter(|&(_, both)| both > 0)
            .map(|(found, both)| 2.0 * found as f64 / both as f64),
    )
}

fn expected_calibration_error(readings: &[Judged]) -> Option<f64> {
    if readings.is_empty() {
        return None;
    }
    // Each bin is open below and closed above, so that a confidence of 1 has a place.
    let mut gaps = [0.0; CALIBRATION_BINS];
    for reading in readings {
        let bin = (reading.confidence() * CALIBRATION_BINS as f64).ceil() as usize;
        let gap = &mut gaps[bin.clamp(1, CALIBRATION_BINS) - 1];
        *gap += f64::from(u8::from(reading.is_right())) - reading.confidence();
    }
    // The weight, n / N, times the gap between two means of n readings leaves the gap between their sums over N.
    Some(gaps.iter().map(|gap| gap.abs()).sum::<f64>() / readings.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight readings of three classes, one of them never true: the same as in the scikit-learn session quoted below.
    fn readings() -> Vec<Judged> {
        [
            (0, [0.8, 0.1, 0.1], true),
            (0, [0.7, 0.2, 0.1], true),
            (0, [0.2, 0.5, 0.3], false),
            (0, [0.1, 0.3, 0.6], true),
            (1, [0.1, 0.9, 0.0], true),
            (1, [0.5, 0.4, 0.1], false),
            (1, [0.3, 0.4, 0.3], false),
            (1, [0.0, 1.0, 0.0], true),
        ]
        .map(|(truth, scores, certain)| Judged {
            truth,
            scores: scores.to_vec(),
            certain,
        })
        .to_vec()
    }

    fn close(value: Option<f64>, expected: f64) {
        let value = value.expect("there are readings");
        assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
    }

    #[test]
    fn figures_are_those_of_scikit_learn() {
        let metrics = Metrics::of(&readings(), 3);
        // scikit-learn 1.9.1, y_true = [0,0,0,0,1,1,1,1], y_pred = [0,0,1,2,1,0,1,1]
        close(metrics.accuracy, 0.625); // accuracy_score
        close(metrics.balanced_accuracy, 0.625); // balanced_accuracy_score
        close(metrics.macro_f1, 0.440_476_190); // f1_score(average="macro")
        assert_eq!(metrics.confusion, [[2, 1, 1], [1, 3, 0], [0, 0, 0]]); // confusion_matrix
    }

    #[test]
    fn certain_readings_are_counted_and_judged_apart() {
        let metrics = Metrics::of(&readings(), 3);
        close(metrics.coverage, 5.0 / 8.0);
        close(metrics.accuracy_when_certain, 4.0 / 5.0);
    }

    #[test]
    fn the_calibration_error_is_that_of_a_sum_by_hand() {
        // Right: 0.8, 0.7, 0.9, 0.4, 1.0; wrong: 0.5, 0.6, 0.5. Only the two of 0.5 share a bin of a fifteenth, so (right - confidence)
        // sums up to 0.2, 0.3, 0.1, 0.6, 0, -0.6 and, for the shared bin, -1.0.
        close(
            Metrics::of(&readings(), 3).ece,
            (0.2 + 0.3 + 0.1 + 0.6 + 0.0 + 0.6 + 1.0) / 8.0,
        );
    }

    #[test]
    fn gaps_of_opposite_sign_in_one_bin_cancel() {
        let reading = |truth| Judged {
            truth,
            scores: vec![0.5, 0.5],
            certain: true,
        };
        close(Metrics::of(&[reading(0), reading(1)], 2).ece, 0.0);
    }

    #[test]
    fn without_readings_there_are_no_figures() {
        let metrics = Metrics::of(&[], 2);
        assert_eq!(
            (
                metrics.accuracy,
                metrics.macro_f1,
                metrics.ece,
                metrics.coverage
            ),
            (None, None, None, None)
        );
        assert_eq!(metrics.confusion, [[0, 0], [0, 0]]);
    }
}
