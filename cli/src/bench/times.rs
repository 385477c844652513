//! The times of one stage in a few numbers.

use std::time::Duration;

use serde::Serialize;

/// How long one stage took, over all rounds. A percentile is the shortest time that so many in a hundred rounds didn't exceed (nearest
/// rank): a time that was really seen.
#[derive(Debug, Serialize)]
pub struct Times {
    /// The stage's name.
    pub stage: &'static str,
    /// The shortest.
    pub min_ms: f64,
    /// The median.
    pub p50_ms: f64,
    /// The 90th percentile.
    pub p90_ms: f64,
    /// The 99th percentile; the longest where there are fewer than 100 rounds.
    pub p99_ms: f64,
}

impl Times {
    /// Sums up a stage's rounds, at least one.
    pub fn of(stage: &'static str, rounds: &[Duration]) -> Self {
        let mut sorted = rounds.to_vec();
        sorted.sort_unstable();
        let percentile = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            milliseconds(sorted[rank - 1])
        };
        Self {
            stage,
            min_ms: percentile(0),
            p50_ms: percentile(50),
            p90_ms: percentile(90),
            p99_ms: percentile(99),
        }
    }
}

/// A time in milliseconds.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rounds: impl IntoIterator<Item = u64>) -> [f64; 4] {
        let rounds: Vec<_> = rounds.into_iter().map(Duration::from_millis).collect();
        let times = Times::of("stage", &rounds);
        [times.min_ms, times.p50_ms, times.p90_ms, times.p99_ms]
    }

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        // The usual example of the nearest-rank method: of 15, 20, 35, 40, 50 the median is 35 and the 90th percentile 50.
        assert_eq!(numbers([50, 20, 35, 15, 40]), [15.0, 35.0, 50.0, 50.0]);
        assert_eq!(numbers(1..=200), [1.0, 100.0, 180.0, 198.0]);
        assert_eq!(numbers([7]), [7.0; 4]);
    }
}
