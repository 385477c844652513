//! From what was read in corrupted faces to the harm that each corruption does.

use super::corruption::Corruption;
use crate::evaluation::{CorruptionLoss, Robustness};
use crate::metrics::{self, Outcome, bootstrap, mean, share};

const CORRUPTIONS: usize = Corruption::ALL.len();

/// An accuracy and a loss for each corruption, and the mean loss.
const FIGURES: usize = 2 * CORRUPTIONS + 1;

/// The accuracies under all corruptions, and what they lose against the untouched faces. `corrupted` holds, for each corruption in
/// [`Corruption::ALL`]'s order, whether each face was read right.
pub fn robustness(outcomes: &[Outcome], corrupted: &[Vec<bool>]) -> Robustness {
    let right: Vec<bool> = outcomes.iter().map(Outcome::is_right).collect();
    let figures = |times: &[u32]| {
        let all: u64 = times.iter().map(|&times| u64::from(times)).sum();
        let accuracy = |right: &[bool]| {
            let hits = right.iter().zip(times).filter(|(right, _)| **right);
            share(hits.map(|(_, &times)| u64::from(times)).sum(), all)
        };
        let untouched = accuracy(&right);
        let mut figures = [None; FIGURES];
        for (corruption, right) in corrupted.iter().enumerate() {
            let spoiled = accuracy(right);
            figures[corruption] = spoiled;
            figures[CORRUPTIONS + corruption] = untouched.zip(spoiled).map(|(a, b)| a - b);
        }
        let losses = figures[CORRUPTIONS..2 * CORRUPTIONS].iter();
        figures[FIGURES - 1] = mean(losses.copied().flatten());
        figures
    };
    let intervals = bootstrap::intervals(outcomes.len(), figures);
    let found = metrics::paired(figures(&vec![1; outcomes.len()]), intervals);
    let corruptions = Corruption::ALL.iter().enumerate();
    Robustness {
        corruptions: corruptions
            .map(|(index, corruption)| CorruptionLoss {
                name: corruption.name(),
                what: corruption.what(),
                accuracy: found[index],
                loss: found[CORRUPTIONS + index],
            })
            .collect(),
        mean_loss: found[FIGURES - 1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_the_untouched_accuracy_minus_the_corrupted_one() {
        let outcome = |read| Outcome {
            truth: 0,
            read,
            confidence: 0.9,
            certain: true,
            seen: None,
        };
        // Three of four are right untouched; the first corruption leaves one of them and repairs none, the others change nothing.
        let outcomes = [0, 0, 0, 1].map(outcome);
        let mut corrupted = vec![vec![true, true, true, false]; CORRUPTIONS];
        corrupted[0] = vec![true, false, false, false];
        let found = robustness(&outcomes, &corrupted);
        let first = &found.corruptions[0];
        assert_eq!(first.accuracy.value, Some(0.25));
        assert_eq!(first.loss.value, Some(0.5));
        assert_eq!(found.corruptions[1].loss.value, Some(0.0));
        assert_eq!(found.mean_loss.value, Some(0.5 / CORRUPTIONS as f64));
        // Paired draws: where a corruption changes no reading, there is no doubt that it costs nothing.
        let unchanged = found.corruptions[1].loss.interval.expect("an interval");
        assert_eq!((unchanged.low, unchanged.high), (0.0, 0.0));
    }
}
