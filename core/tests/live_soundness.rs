//! Whatever a live state is given, also what no session would see, its results are sound.

mod support;

use std::time::Duration;

use moue::live::{
    Command, Counts, Found, FrameResult, LiveState, Observations, Plan, Read, Rules, Sighting,
    StageTimes,
};
use moue::{Budget, Point, Rect, Scores, Size, Thermal, TrackId};
use proptest::prelude::*;
use support::live::{SECOND, dark_quality, face_at, good_quality};
use support::world::FRAME;

/// Any number: places in a picture mostly, and what no picture holds.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![8 => -100.0..2000.0_f32, 1 => any::<f32>()]
}

fn sighting() -> impl Strategy<Value = Sighting> {
    let face = (0.0..1200.0_f32, 0.0..700.0_f32, 5.0..300.0_f32)
        .prop_map(|(x, y, eyes)| face_at(x, y, eyes));
    let any_points = proptest::array::uniform10(number()).prop_map(|numbers| {
        std::array::from_fn(|index| Point::new(numbers[2 * index], numbers[2 * index + 1]))
    });
    let found = proptest::option::of((number(), number(), number(), number(), number()));
    let read = proptest::option::of((any::<bool>(), proptest::array::uniform7(0.0..1.0_f32)));
    (
        prop_oneof![6 => face, 1 => any_points],
        any::<bool>(),
        found,
        read,
    )
        .prop_map(|(points, is_doubtful, found, read)| Sighting {
            points,
            is_doubtful,
            found: found.map(|(score, x, y, width, height)| Found {
                score,
                bounds: Rect::new(x, y, width, height),
            }),
            read: read.map(|(is_dark, scores)| Read {
                quality: if is_dark {
                    dark_quality()
                } else {
                    good_quality()
                },
                scores: Scores::from_array(scores),
            }),
        })
}

fn observations() -> impl Strategy<Value = Observations> {
    let sizes = prop_oneof![8 => Just(FRAME), 1 => Just(Size::new(640, 360)), 1 => (1..3000_u32, 1..3000_u32).prop_map(|(width, height)| Size::new(width, height))];
    let commands = prop_oneof![4 => Just(Vec::new()), 1 => (0..9_u64).prop_map(|track| vec![Command::Calibrate(TrackId(track)), Command::Thermal(Thermal::Serious)])];
    let gap = prop_oneof![6 => 1..200_000_000_u64, 1 => any::<u32>().prop_map(|gap| u64::from(gap) << 20)];
    (
        gap,
        sizes,
        any::<bool>(),
        proptest::collection::vec(sighting(), 0..9),
        any::<u64>(),
        commands,
    )
        .prop_map(
            |(timestamp, frame_size, searched, sightings, time, commands)| Observations {
                timestamp,
                frame_size,
                buffer_width: frame_size.width,
                searched,
                sightings,
                times: StageTimes {
                    read: Duration::from_nanos(time),
                    ..StageTimes::default()
                },
                counts: Counts::default(),
                commands,
            },
        )
}

proptest! {
    #[test]
    fn whatever_is_seen_results_are_sound(mut frames in proptest::collection::vec(observations(), 1..12)) {
        let rules = Rules { most_faces: 5, field_of_view: Some(60.0), budget: Budget::Load(0.5), ..Rules::default() };
        let mut state = LiveState::new(rules).unwrap();
        let (mut plan, mut result) = (Plan::default(), FrameResult::default());
        let mut time = 0_u64;
        for seen in &mut frames {
            time += seen.timestamp.max(1);
            seen.timestamp = time;
            state.plan(time, seen.frame_size, &mut plan);
            prop_assert!(plan.readings >= 1);
            prop_assert!(plan.follow.iter().all(|follow| follow.expected.iter().all(|point| point.x.is_finite() && point.y.is_finite())));
            state.update(seen, &mut result).unwrap();
            prop_assert!(result.faces.len() <= 5 && result.activity.seen <= 5);
            prop_assert!(result.faces.is_sorted_by(|a, b| a.track < b.track));
            for face in &result.faces {
                prop_assert!(face.unseen <= SECOND / 10 && face.reading_age <= time);
                let bounds = face.face.bounds;
                prop_assert!(bounds.width >= 0.0 && bounds.height >= 0.0 && bounds.area().is_finite());
                prop_assert!(face.face.reading.scores.iter().all(|(_, score)| score.is_finite()));
                if let Some(distance) = face.distance {
                    prop_assert!(distance.meters > 0.0 && distance.deviation > 0.0);
                }
            }
        }
    }
}
