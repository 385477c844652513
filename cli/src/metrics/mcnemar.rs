//! McNemar's exact test: whether two models that read the same faces differ by more than chance.

/// The two-sided p-value: how likely it is that of all faces on which only one of two equally good models is right, the fewer side has as few
/// as here. 1 where the models never differ.
///
/// McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages", with the binomial distribution
/// itself instead of its approximation: `min(1, 2 P(X <= min(a, b)))` for `X ~ Binomial(a + b, 1/2)`.
pub fn exact_p_value(only_a_right: u64, only_b_right: u64) -> f64 {
    let flips = only_a_right + only_b_right;
    let fewer = only_a_right.min(only_b_right);
    if only_a_right == only_b_right {
        return 1.0;
    }
    // In logarithms, since 2^flips is beyond every float from 1,024 flips on.
    let ways = |count: u64| libm::lgamma(count as f64 + 1.0);
    let at_most = (0..=fewer).map(|count| {
        libm::exp(
            ways(flips) - ways(count) - ways(flips - count) - flips as f64 * std::f64::consts::LN_2,
        )
    });
    (2.0 * at_most.sum::<f64>()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_those_of_scipy() {
        // SciPy 1.17.1: binomtest(min(a, b), a + b, 0.5).pvalue
        for (a, b, expected) in [
            (1, 0, 1.0),
            (3, 9, 0.145_996_093_75),
            (40, 60, 0.056_887_933_640_980_89),
            (150, 212, 0.001_313_528_247_641_855_4),
            (1200, 1300, 0.047_681_865_221_043_444),
            (9000, 9500, 0.000_243_570_685_569_881_14),
            (10, 300, 1.934_236_511_189_764_5e-75),
        ] {
            let found = exact_p_value(a, b);
            assert!(
                (found - expected).abs() <= 1e-9 * expected,
                "{a} and {b}: {found} is not {expected}"
            );
            assert_eq!(found, exact_p_value(b, a));
        }
    }

    #[test]
    fn models_that_never_differ_are_not_told_apart() {
        assert_eq!(exact_p_value(0, 0), 1.0);
        assert_eq!(exact_p_value(5, 5), 1.0);
    }
}
