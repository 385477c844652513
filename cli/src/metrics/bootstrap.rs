//! 95 % intervals by the bootstrap: the faces are drawn again and again, with replacement, and the figure is computed anew each time. The same
//! faces give the same intervals, on any number of cores.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;

use crate::evaluation::Interval;

/// How often the faces are drawn.
pub const RESAMPLES: u64 = 2000;

/// Seed of the first draw; each further one has the next number.
pub const SEED: u64 = 2013;

/// The share below and above the interval.
const TAIL: f64 = 0.025;

/// The intervals of several figures over `faces` faces, between the 2.5th and the 97.5th percentile (Efron's percentile method).
///
/// `figures` computes them from how often each face was drawn; where it has none, that draw doesn't count. Figures that are computed from the
/// same draws may be subtracted from each other: that pairs them.
pub fn intervals<const COUNT: usize>(
    faces: usize,
    figures: impl Fn(&[u32]) -> [Option<f64>; COUNT] + Sync,
) -> [Option<Interval>; COUNT] {
    if faces == 0 {
        return [None; COUNT];
    }
    let samples: Vec<[Option<f64>; COUNT]> = (0..RESAMPLES)
        .into_par_iter()
        .map_init(
            || vec![0; faces],
            |times, sample| {
                draw(sample, times);
                figures(times)
            },
        )
        .collect();
    std::array::from_fn(|figure| {
        let mut values: Vec<f64> = samples.iter().filter_map(|sample| sample[figure]).collect();
        values.sort_unstable_by(f64::total_cmp);
        (!values.is_empty()).then(|| Interval {
            low: percentile(&values, TAIL),
            high: percentile(&values, 1.0 - TAIL),
        })
    })
}

/// How often each face is drawn in one sample of as many faces as there are.
fn draw(sample: u64, times: &mut [u32]) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED + sample);
    times.fill(0);
    for _ in 0..times.len() {
        times[random.random_range(0..times.len())] += 1;
    }
}

/// Between the two nearest of the sorted values, as NumPy's `percentile` has it.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share_of(right: &[bool]) -> impl Fn(&[u32]) -> [Option<f64>; 1] + Sync + '_ {
        |times| {
            let hits = right.iter().zip(times).filter(|(right, _)| **right);
            let hits: u32 = hits.map(|(_, times)| times).sum();
            [Some(f64::from(hits) / right.len() as f64)]
        }
    }

    #[test]
    fn the_interval_of_a_share_is_near_the_normal_distributions() {
        let right: Vec<bool> = (0..1000).map(|face| face % 5 < 3).collect();
        let [Some(interval)] = intervals(right.len(), share_of(&right)) else {
            panic!("there is an interval")
        };
        // 0.6 -/+ 1.96 sqrt(0.6 * 0.4 / 1000), by hand.
        assert!((interval.low - 0.5696).abs() < 0.004, "{interval:?}");
        assert!((interval.high - 0.6304).abs() < 0.004, "{interval:?}");
    }

    #[test]
    fn the_same_faces_give_the_same_interval_on_any_number_of_threads() {
        let right: Vec<bool> = (0..200).map(|face| face % 3 == 0).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().expect("threads");
            pool.install(|| intervals(right.len(), share_of(&right)))
        };
        assert_eq!(with(1), with(5));
    }

    #[test]
    fn every_sample_holds_as_many_faces_as_there_are_and_no_two_are_alike() {
        let (mut first, mut second) = (vec![7; 50], vec![7; 50]);
        draw(0, &mut first);
        draw(1, &mut second);
        assert_eq!(first.iter().sum::<u32>(), 50);
        assert_eq!(second.iter().sum::<u32>(), 50);
        assert_ne!(first, second);
    }

    #[test]
    fn percentiles_are_those_of_numpy() {
        // NumPy 2.4.6: percentile([1, 2, 4, 8], [2.5, 50, 97.5])
        let values = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [(0.025, 1.075), (0.5, 3.0), (0.975, 7.7)] {
            assert!((percentile(&values, share) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn without_faces_or_figures_there_is_no_interval() {
        assert_eq!(intervals(0, |_| [Some(1.0)]), [None]);
        assert_eq!(intervals(3, |_| [None]), [None]);
    }
}
