//! Steadying against sequences: faces at rest and in motion, readings that are noisy and readings that change, at several frame rates.

mod support;

use moue::baseline::{Baseline, CALIBRATION_TIME};
use moue::steady::{Evidence, OneEuro};
use moue::{Calibration, Expression, Reason, Scores, Thresholds, Verdict};
use support::live::{Random, SECOND, dark_quality, good_quality, scores_of};

const RATES: [u64; 3] = [10, 30, 60];

/// Feeds readings at `rate` frames a second for `time` nanoseconds; returns when the verdict first became something else, if it did.
fn first_change(
    evidence: &mut Evidence,
    rate: u64,
    time: u64,
    mut reading: impl FnMut(u64) -> (Scores, bool),
) -> Option<(u64, Verdict)> {
    let before = evidence.reading().verdict;
    let frame = SECOND / rate;
    for at in (1..=time / frame).map(|index| index * frame) {
        let (scores, is_dark) = reading(at);
        let quality = if is_dark {
            dark_quality()
        } else {
            good_quality()
        };
        evidence.update(&scores, &quality, &Thresholds::default(), frame);
        let verdict = evidence.reading().verdict;
        if verdict != before {
            return Some((at, verdict));
        }
    }
    None
}

fn settled(scores: &Scores) -> Evidence {
    Evidence::new(scores, &good_quality(), &Thresholds::default())
}

#[test]
fn a_real_change_shows_within_300_ms_at_every_frame_rate_and_not_at_once() {
    let changes = [
        (Expression::Neutral, 0.9, Expression::Happy, 0.9),
        (Expression::Happy, 0.95, Expression::Surprise, 0.7),
        (Expression::Neutral, 0.65, Expression::Sad, 0.62),
    ];
    for (before, sure, after, then) in changes {
        for rate in RATES {
            let mut evidence = settled(&scores_of(before, sure));
            let changed = first_change(&mut evidence, rate, SECOND, |_| {
                (scores_of(after, then), false)
            });
            let (at, verdict) = changed.expect("the face has changed");
            // The face may have changed right after the frame before the first that shows it.
            assert!(at <= 3 * SECOND / 10, "{after} at {rate}: {at} ns");
            assert!(at > SECOND / 20, "{after} at {rate}: {at} ns");
            assert_eq!(verdict, Verdict::Certain(after), "at {rate}");
        }
    }
}

#[test]
fn an_expression_twice_as_likely_shows_within_300_ms_and_one_hardly_ahead_never() {
    let two = |happy: f32, neutral: f32| {
        let mut scores = [(1.0 - happy - neutral) / 5.0; 7];
        scores[Expression::Happy as usize] = happy;
        scores[Expression::Neutral as usize] = neutral;
        Scores::from_array(scores)
    };
    for rate in RATES {
        let mut evidence = settled(&two(0.3, 0.6));
        let changed = first_change(&mut evidence, rate, SECOND, |_| (two(0.6, 0.3), false));
        let (at, verdict) = changed.expect("the face has changed");
        assert!(at <= 3 * SECOND / 10, "{at} at {rate}");
        assert_eq!(verdict, Verdict::Certain(Expression::Happy), "at {rate}");

        let mut evidence = settled(&two(0.42, 0.52));
        let hardly = |_| (two(0.52, 0.42), false);
        assert_eq!(first_change(&mut evidence, rate, 60 * SECOND, hardly), None);
    }
}

#[test]
fn changes_take_as_long_at_60_frames_a_second_as_at_30_and_10() {
    let times = RATES.map(|rate| {
        let mut evidence = settled(&scores_of(Expression::Neutral, 0.8));
        first_change(&mut evidence, rate, SECOND, |_| {
            (scores_of(Expression::Happy, 0.8), false)
        })
        .expect("the face has changed")
        .0
    });
    let spread = times.iter().max().unwrap() - times.iter().min().unwrap();
    assert!(spread <= SECOND / 10, "{times:?}");
}

#[test]
fn a_still_face_under_noise_never_changes_its_label() {
    // Two expressions almost tied: the hardest case. Logits move by 0.2 from reading to reading.
    let logits = [-2.0, -3.0, -2.5, 1.2, -1.0, -2.0, 1.0];
    for rate in RATES {
        let mut random = Random(rate);
        let noisy = |random: &mut Random| {
            Scores::from_array(support::live::softmax(
                logits.map(|logit| logit + 0.2 * random.normal()),
            ))
        };
        let thresholds = Thresholds {
            least_score: 0.3,
            ..Thresholds::default()
        };
        let mut evidence = Evidence::new(
            &Scores::from_array(support::live::softmax(logits)),
            &good_quality(),
            &thresholds,
        );
        for index in 0..60 * rate {
            evidence.update(
                &noisy(&mut random),
                &good_quality(),
                &thresholds,
                SECOND / rate,
            );
            let verdict = evidence.reading().verdict;
            assert_eq!(
                verdict,
                Verdict::Certain(Expression::Happy),
                "frame {index} at {rate}"
            );
        }
    }
}

#[test]
fn one_stray_reading_changes_nothing_however_sure_and_however_long_the_last_is_ago() {
    for gap in [SECOND / 60, SECOND / 10, SECOND, 100 * SECOND] {
        let mut evidence = settled(&scores_of(Expression::Neutral, 0.8));
        let mut update = |expression, elapsed| {
            let scores = scores_of(expression, 0.99);
            evidence.update(&scores, &good_quality(), &Thresholds::default(), elapsed);
            evidence.reading().verdict
        };
        update(Expression::Happy, gap);
        for _ in 0..60 {
            let verdict = update(Expression::Neutral, SECOND / 60);
            assert_ne!(verdict, Verdict::Certain(Expression::Happy), "{gap}");
        }
        assert_eq!(
            update(Expression::Neutral, SECOND / 60),
            Verdict::Certain(Expression::Neutral)
        );
    }
}

#[test]
fn darkness_is_said_soon_and_a_single_dark_reading_isnt() {
    let happy = scores_of(Expression::Happy, 0.9);
    for rate in RATES {
        let mut evidence = settled(&happy);
        let flash = first_change(&mut evidence, rate, SECOND, |at| {
            (happy, at == SECOND / rate)
        });
        assert_eq!(flash, None, "at {rate}");
        let (at, verdict) = first_change(&mut evidence, rate, SECOND, |_| (happy, true))
            .expect("it has become dark");
        assert_eq!(verdict, Verdict::Unsure(Reason::TooDark));
        assert!(at <= 3 * SECOND / 10, "{at} at {rate}");
        let (at, verdict) = first_change(&mut evidence, rate, SECOND, |_| (happy, false))
            .expect("it has become light");
        assert_eq!(verdict, Verdict::Certain(Expression::Happy));
        assert!(at <= 3 * SECOND / 10, "{at} at {rate}");
    }
}

#[test]
fn an_even_field_becomes_ambiguous_and_a_score_that_hovers_at_the_threshold_doesnt_flicker() {
    let mut evidence = settled(&scores_of(Expression::Happy, 0.9));
    let even = Scores::from_array([1.0 / 7.0; 7]);
    let (_, verdict) = first_change(&mut evidence, 30, SECOND, |_| (even, false)).unwrap();
    assert_eq!(verdict, Verdict::Unsure(Reason::Ambiguous));
    let mut hovering = settled(&scores_of(Expression::Happy, 0.51));
    let changed = first_change(&mut hovering, 30, 10 * SECOND, |at| {
        let score = if (at / (SECOND / 30)).is_multiple_of(2) {
            0.46
        } else {
            0.53
        };
        (scores_of(Expression::Happy, score), false)
    });
    assert_eq!(changed, None);
}

#[test]
fn a_value_at_rest_trembles_less_and_a_moving_one_hardly_trails() {
    const UNIT: f32 = 100.0;
    for rate in RATES {
        let frame = SECOND / rate;
        let mut random = Random(7);
        let mut filter = OneEuro::new(300.0);
        let (mut raw, mut steady) = (0.0, 0.0);
        for _ in 0..20 * rate {
            let noise = random.normal();
            raw += noise * noise;
            let off = filter.update(300.0 + noise, frame, UNIT) - 300.0;
            steady += off * off;
        }
        // At 10 frames a second little is left to average over.
        let least = if rate == 10 { 0.8 } else { 0.5 };
        assert!(steady < least * raw, "{steady} of {raw} at {rate}");

        // Three face sizes a second, as fast as heads move.
        let mut filter = OneEuro::new(0.0);
        let mut trail: f32 = 0.0;
        for index in 1..=2 * rate {
            let place = 3.0 * UNIT * index as f32 / rate as f32;
            trail = place - filter.update(place, frame, UNIT);
        }
        assert!((0.0..0.04 * UNIT).contains(&trail), "{trail} at {rate}");
    }
}

#[test]
fn a_filter_goes_where_the_value_stays_and_never_beyond() {
    let mut filter = OneEuro::new(0.0);
    let mut last = 0.0;
    for _ in 0..300 {
        let value = filter.update(10.0, SECOND / 30, 50.0);
        assert!(value >= last && value <= 10.0, "{value} after {last}");
        last = value;
    }
    assert!((last - 10.0).abs() < 1e-3);
    assert_eq!(filter.update(99.0, 0, 50.0), last);
}

#[test]
fn a_face_that_looks_sad_at_rest_is_neutral_once_calibrated_and_still_smiles() {
    let mut relaxed = [0.02; 7];
    relaxed[Expression::Sad as usize] = 0.5;
    relaxed[Expression::Neutral as usize] = 0.4;
    let relaxed = Scores::from_array(relaxed);
    for rate in RATES {
        let mut baseline = Baseline::start(5 * SECOND);
        let mut time = 5 * SECOND;
        while time < 5 * SECOND + CALIBRATION_TIME {
            baseline.apply(&relaxed, time);
            assert_eq!(baseline.state(), Calibration::Running);
            time += SECOND / rate;
        }
        baseline.apply(&relaxed, time);
        assert_eq!(baseline.state(), Calibration::Done, "at {rate}");
        let calibrated = baseline.apply(&relaxed, time);
        assert_eq!(calibrated.best(), Expression::Neutral);
        assert!(calibrated[Expression::Neutral] > 0.85);
        let sum: f32 = calibrated.iter().map(|(_, score)| score).sum();
        assert!((sum - 1.0).abs() < 1e-5);
        for expression in [Expression::Happy, Expression::Surprise, Expression::Angry] {
            let shown = scores_of(expression, 0.9);
            assert_eq!(baseline.apply(&shown, time).best(), expression);
        }
        // Deeply sad is another matter than looking a little so at rest.
        let sad = scores_of(Expression::Sad, 0.995);
        assert_eq!(baseline.apply(&sad, time).best(), Expression::Sad);
    }
}

#[test]
fn a_face_that_reads_as_neutral_at_rest_is_read_as_before() {
    let mut baseline = Baseline::start(0);
    let relaxed = scores_of(Expression::Neutral, 0.95);
    for index in 0..=30 {
        baseline.apply(&relaxed, index * SECOND / 30);
    }
    assert_eq!(baseline.state(), Calibration::Done);
    for (expression, score) in [(Expression::Happy, 0.3), (Expression::Sad, 0.7)] {
        let raw = scores_of(expression, score);
        let relative = baseline.apply(&raw, 2 * SECOND);
        for ((_, raw), (_, relative)) in raw.iter().zip(relative.iter()) {
            assert!((raw - relative).abs() < 1e-5);
        }
    }
}

#[test]
fn expressions_that_dont_compete_stay_at_zero() {
    let five = Scores::from_array([0.1, 0.0, 0.0, 0.1, 0.5, 0.1, 0.2]);
    let mut baseline = Baseline::start(0);
    for index in 0..=30 {
        baseline.apply(&five, index * SECOND / 30);
    }
    let relative = baseline.apply(&five, 2 * SECOND);
    assert_eq!(relative[Expression::Disgust], 0.0);
    assert_eq!(relative[Expression::Fear], 0.0);
    assert_eq!(relative.best(), Expression::Neutral);
}
