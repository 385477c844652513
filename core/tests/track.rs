//! Identities along made-up paths: crossing, occlusion, cuts, misses, noise, at several frame rates.

mod support;

use moue::Point;
use moue::track::{LONGEST_OCCLUSION, Seen, Track, TrackId, Tracker};
use proptest::prelude::*;
use support::live::{Random, SECOND, face_at};

const RATES: [u64; 3] = [10, 30, 60];
const EYES: f32 = 60.0;

type Face = [Point; 5];

/// A face's points at a time in seconds; `None` while it can't be seen.
type Path<'a> = &'a dyn Fn(f32) -> Option<Face>;

/// Hands in faces that can all be seen well.
fn update(tracker: &mut Tracker, time: u64, faces: &[Face], ids: &mut Vec<TrackId>) {
    let seen: Vec<Seen> = faces.iter().map(|&face| face.into()).collect();
    tracker.update(time, &seen, ids);
}

/// The ids of each path's face in every frame of `length` seconds, each point off by `noise` pixels.
fn follow(paths: &[Path<'_>], rate: u64, length: f32, noise: f32) -> Vec<Vec<Option<TrackId>>> {
    let mut tracker = Tracker::new(8);
    let mut random = Random(rate);
    let mut ids = Vec::new();
    (0..(length * rate as f32) as u64)
        .map(|index| {
            let time = index as f32 / rate as f32;
            let seen: Vec<Option<Face>> = paths.iter().map(|path| path(time)).collect();
            let faces: Vec<Face> = seen
                .iter()
                .flatten()
                .map(|face| {
                    face.map(|point| {
                        Point::new(
                            point.x + noise * random.normal(),
                            point.y + noise * random.normal(),
                        )
                    })
                })
                .collect();
            update(&mut tracker, index * SECOND / rate, &faces, &mut ids);
            let mut ids = ids.iter();
            seen.iter()
                .map(|face| face.and_then(|_| ids.next().copied()))
                .collect()
        })
        .collect()
}

/// The only id that the face of path `index` ever had.
fn only_id(frames: &[Vec<Option<TrackId>>], index: usize) -> TrackId {
    let mut ids: Vec<TrackId> = frames.iter().filter_map(|frame| frame[index]).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    ids[0]
}

#[test]
fn a_moving_growing_shaking_face_is_one_face_at_every_frame_rate() {
    for rate in RATES {
        let path = |t: f32| {
            let shake = 12.0 * libm::sinf(t * 9.0);
            Some(face_at(
                100.0 + 180.0 * t,
                300.0 + shake,
                EYES * (1.0 + 0.4 * t),
            ))
        };
        let frames = follow(&[&path], rate, 2.5, 1.5);
        assert_eq!(only_id(&frames, 0), TrackId(1));
    }
}

#[test]
fn faces_that_cross_keep_their_identities() {
    for rate in RATES {
        for speed in [180.0, 240.0, 400.0] {
            // The second goes behind the first: it isn't seen while they overlap.
            let middle = 640.0;
            let meet = 1.2;
            let front = |t: f32| Some(face_at(middle + speed * (t - meet), 300.0, EYES));
            let back = |t: f32| {
                let apart = (2.0 * speed * (t - meet)).abs();
                (apart > 1.2 * EYES).then(|| face_at(middle - speed * (t - meet), 310.0, EYES))
            };
            let frames = follow(&[&front, &back], rate, 2.4, 1.0);
            assert_ne!(
                only_id(&frames, 0),
                only_id(&frames, 1),
                "{speed} at {rate}"
            );
        }
    }
}

#[test]
fn faces_that_cross_in_plain_sight_keep_their_identities() {
    for rate in RATES {
        let one = |t: f32| Some(face_at(200.0 + 200.0 * t, 300.0, EYES));
        let other = |t: f32| Some(face_at(800.0 - 200.0 * t, 320.0, 1.1 * EYES));
        let frames = follow(&[&one, &other], rate, 3.0, 1.0);
        assert_ne!(only_id(&frames, 0), only_id(&frames, 1), "at {rate}");
    }
}

#[test]
fn a_covered_face_that_is_taken_for_whole_teaches_no_wrong_course() {
    for rate in RATES {
        let (speed, meet) = (4.5 * EYES, 1.0);
        let front = |t: f32| Some(face_at(640.0 + speed * (t - meet), 300.0, EYES));
        let at = |t: f32| face_at(640.0 - speed * (t - meet), 315.0, 1.2 * EYES);
        // What is left to see of the face behind stays where it went in, then nothing is; it comes out where it would have got to.
        let enters = meet - 0.12;
        let back = |t: f32| {
            let hidden = t - enters;
            if !(0.0..=0.5).contains(&hidden) {
                Some(at(t))
            } else {
                (hidden < 0.2).then(|| at(enters))
            }
        };
        let frames = follow(&[&front, &back], rate, 2.0, 0.5);
        assert_ne!(only_id(&frames, 0), only_id(&frames, 1), "at {rate}");
    }
}

#[test]
fn a_face_hidden_for_up_to_half_a_second_is_the_same_and_after_a_second_a_new_one() {
    for rate in RATES {
        for (hidden, is_same) in [(0.1, true), (0.3, true), (0.45, true), (1.0, false)] {
            let path = |t: f32| {
                let is_hidden = t > 1.0 && t < 1.0 + hidden;
                (!is_hidden).then(|| face_at(100.0 + 150.0 * t, 300.0, EYES))
            };
            let frames = follow(&[&path], rate, 3.0, 1.0);
            let (first, last) = (frames[0][0], frames[frames.len() - 1][0]);
            assert_eq!(first == last, is_same, "{hidden} s at {rate}");
        }
    }
}

#[test]
fn one_missed_detection_or_a_blink_makes_no_new_identity() {
    for rate in RATES {
        let path = |t: f32| {
            let frame = (t * rate as f32).round() as u64;
            let mut face = face_at(400.0, 300.0, EYES);
            if frame % 11 == 5 {
                // Closed eyes are found a little lower.
                face[0].y += 0.12 * EYES;
                face[1].y += 0.12 * EYES;
            }
            (frame % 7 != 6).then_some(face)
        };
        only_id(&follow(&[&path], rate, 5.0, 1.0), 0);
    }
}

#[test]
fn after_a_cut_to_other_places_all_faces_are_new_and_no_id_comes_back() {
    let mut tracker = Tracker::new(8);
    let (mut before, mut after, mut back) = (Vec::new(), Vec::new(), Vec::new());
    let scene = [face_at(200.0, 200.0, EYES), face_at(500.0, 220.0, EYES)];
    let other = [
        face_at(350.0, 400.0, EYES),
        face_at(200.0, 210.0, 3.0 * EYES),
    ];
    for frame in 0..30 {
        update(&mut tracker, frame * SECOND / 30, &scene, &mut before);
    }
    update(&mut tracker, SECOND, &other, &mut after);
    assert!(after.iter().all(|id| !before.contains(id)), "{after:?}");
    update(&mut tracker, 2 * SECOND, &scene, &mut back);
    assert!(
        back.iter()
            .all(|id| !before.contains(id) && !after.contains(id))
    );
    tracker.clear();
    let mut later = Vec::new();
    update(&mut tracker, 2 * SECOND + 1, &scene, &mut later);
    assert!(later.iter().all(|id| !back.contains(id)));
}

#[test]
fn a_larger_picture_of_the_same_scene_keeps_identities() {
    let mut tracker = Tracker::new(8);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    update(&mut tracker, 0, &[face_at(200.0, 200.0, EYES)], &mut before);
    tracker.scale(3.0);
    update(
        &mut tracker,
        1,
        &[face_at(600.0, 600.0, 3.0 * EYES)],
        &mut after,
    );
    assert_eq!(before, after);
}

#[test]
fn the_expected_place_goes_on_with_the_velocity_seen() {
    let mut tracker = Tracker::new(8);
    let mut ids = Vec::new();
    for frame in 0..30 {
        let x = 100.0 + 10.0 * frame as f32;
        update(
            &mut tracker,
            frame * SECOND / 30,
            &[face_at(x, 300.0, EYES)],
            &mut ids,
        );
    }
    let expected = tracker.tracks()[0].expected(33 * SECOND / 30);
    for (found, wanted) in expected.iter().zip(face_at(430.0, 300.0, EYES)) {
        assert!(found.distance(wanted) < 0.5, "{found:?} for {wanted:?}");
    }
}

#[test]
fn a_face_that_is_half_covered_goes_on_as_it_came() {
    let mut tracker = Tracker::new(8);
    let mut ids = Vec::new();
    for frame in 0..30 {
        let x = 100.0 + 10.0 * frame as f32;
        update(
            &mut tracker,
            frame * SECOND / 30,
            &[face_at(x, 300.0, EYES)],
            &mut ids,
        );
    }
    for frame in 30..36 {
        // What can be seen of it stays at the edge of what covers it.
        let seen = Seen {
            points: face_at(395.0, 305.0, 0.8 * EYES),
            is_doubtful: true,
        };
        tracker.update(frame * SECOND / 30, &[seen], &mut ids);
    }
    let expected = tracker.tracks()[0].expected(36 * SECOND / 30);
    assert!(
        (expected[2].x - face_at(460.0, 300.0, EYES)[2].x).abs() < 1.0,
        "{expected:?}"
    );
    update(
        &mut tracker,
        36 * SECOND / 30,
        &[face_at(460.0, 300.0, EYES)],
        &mut ids,
    );
    assert_eq!(ids, [TrackId(1)]);
}

#[test]
fn a_crowd_that_changes_in_every_frame_takes_no_more_room_and_no_memory() {
    let mut tracker = Tracker::new(8);
    let mut ids = Vec::with_capacity(8);
    let mut random = Random(5);
    let crowd = |random: &mut Random| -> [Face; 8] {
        std::array::from_fn(|_| face_at(4000.0 * random.unit(), 4000.0 * random.unit(), EYES))
    };
    let mut step = |frame: u64| {
        tracker.update(
            frame * SECOND / 60,
            &crowd(&mut random).map(Seen::from),
            &mut ids,
        );
        assert!(tracker.tracks().len() <= 16);
    };
    (0..200).for_each(&mut step);
    let counted = allocation_counter::measure(|| (200..400).for_each(&mut step));
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

proptest! {
    #[test]
    fn the_order_of_faces_changes_nothing(
        frames in proptest::collection::vec(
            proptest::collection::vec((0..40_u8, 0..40_u8, 1..4_u8), 0..6),
            1..8,
        ),
        seed: u64,
    ) {
        let mut random = Random(seed);
        let (mut plain, mut shuffled) = (Tracker::new(8), Tracker::new(8));
        let (mut plain_ids, mut shuffled_ids) = (Vec::new(), Vec::new());
        for (index, places) in frames.iter().enumerate() {
            // On a coarse grid, so that equal costs happen.
            let mut places = places.clone();
            places.sort_unstable();
            places.dedup();
            let faces: Vec<Face> = places.iter().map(|&(x, y, size)| {
                face_at(30.0 * f32::from(x), 30.0 * f32::from(y), EYES * f32::from(size))
            }).collect();
            let mut order: Vec<usize> = (0..faces.len()).collect();
            for last in (1..order.len()).rev() {
                order.swap(last, (random.unit() * (last + 1) as f32) as usize);
            }
            let other: Vec<Face> = order.iter().map(|&index| faces[index]).collect();
            let time = index as u64 * SECOND / 10;
            update(&mut plain, time, &faces, &mut plain_ids);
            update(&mut shuffled, time, &other, &mut shuffled_ids);
            for (place, &index) in order.iter().enumerate() {
                prop_assert_eq!(shuffled_ids[place], plain_ids[index]);
            }
        }
    }

    #[test]
    fn each_face_has_one_id_of_its_own_and_unseen_tracks_end(
        frames in proptest::collection::vec(
            (proptest::collection::vec((0.0..900.0_f32, 0.0..900.0_f32, 20.0..200.0_f32), 0..8), 1..900_000_000_u64),
            1..12,
        ),
    ) {
        let mut tracker = Tracker::new(8);
        let (mut time, mut ids) = (0, Vec::new());
        let mut highest = 0;
        for (places, gap) in frames {
            time += gap;
            let known: Vec<TrackId> = tracker.tracks().iter().map(Track::id).collect();
            let faces: Vec<Face> = places.iter().map(|&(x, y, eyes)| face_at(x, y, eyes)).collect();
            update(&mut tracker, time, &faces, &mut ids);
            prop_assert_eq!(ids.len(), faces.len());
            let mut distinct = ids.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), ids.len());
            for id in &ids {
                prop_assert!(known.contains(id) || id.0 > highest, "an id came back");
            }
            highest = ids.iter().map(|id| id.0).fold(highest, u64::max);
            for track in tracker.tracks() {
                prop_assert!(time - track.last_seen() <= LONGEST_OCCLUSION);
            }
        }
    }
}
