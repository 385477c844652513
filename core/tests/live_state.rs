//! The live state against made-up worlds: no pixels, so that every frame rate and every number of faces can be had.

mod support;

use std::time::Duration;

use moue::live::{Command, FrameResult, LiveState, Plan, Rules, Sighting};
use moue::{Budget, Calibration, Expression, Scores, Size, Thermal, TrackId, Verdict};
use support::live::{Random, SECOND, face_at, scores_of};
use support::world::{FRAME, Person, Watched, crowd, happy};

#[test]
fn a_change_of_face_shows_within_300_ms_at_10_30_and_60_frames_a_second() {
    for rate in [10, 30, 60] {
        let mut watched = Watched::new(Rules::default());
        let mut shown = None;
        for index in 0..3 * rate {
            let time = index * SECOND / rate;
            let is_changed = time > SECOND;
            let expression = if is_changed {
                Expression::Surprise
            } else {
                Expression::Neutral
            };
            let person = (face_at(600.0, 300.0, 80.0), scores_of(expression, 0.8));
            watched.look(time, FRAME, &[person], &[]);
            let expected = if shown.is_some() {
                Expression::Surprise
            } else {
                Expression::Neutral
            };
            if watched.verdict() == Verdict::Certain(Expression::Surprise) {
                shown.get_or_insert(time - SECOND);
            } else {
                assert_eq!(
                    watched.verdict(),
                    Verdict::Certain(expected),
                    "{time} at {rate}"
                );
            }
        }
        let shown = shown.expect("the face has changed");
        assert!(shown <= 3 * SECOND / 10, "{shown} at {rate}");
    }
}

#[test]
fn what_is_left_to_see_of_a_face_behind_another_is_not_shown_and_keeps_its_name() {
    let mut watched = Watched::new(Rules::default());
    let people = [600.0, 690.0].map(|x| (face_at(x, 300.0, 80.0), happy()));
    for index in 0..90 {
        let time = index * SECOND / 30;
        let is_covered = (SECOND..2 * SECOND).contains(&time);
        watched.doubtful = is_covered.then_some(1);
        watched.look(time, FRAME, &people, &[]);
        let shown: Vec<TrackId> = watched.result.faces.iter().map(|face| face.track).collect();
        let for_a_tenth_of_a_second_more = time < 11 * SECOND / 10;
        if !is_covered || for_a_tenth_of_a_second_more {
            assert_eq!(shown, [TrackId(1), TrackId(2)], "{time}");
        } else {
            assert_eq!(shown, [TrackId(1)], "{time}");
        }
    }
}

#[test]
fn searches_go_by_time_and_a_lost_face_is_searched_for_at_once() {
    for rate in [10, 30, 60] {
        let mut watched = Watched::new(Rules::default());
        let person = |_| [(face_at(600.0, 300.0, 80.0), happy())];
        let mut searches = Vec::new();
        for index in 0..4 * rate {
            let time = index * SECOND / rate;
            // Hidden from 2.2 s to 2.5 s.
            let is_hidden = (22 * SECOND / 10..25 * SECOND / 10).contains(&time);
            let people = person(index);
            watched.look(time, FRAME, if is_hidden { &[] } else { &people }, &[]);
            if watched.result.activity.searched {
                searches.push(time);
            }
            for face in &watched.result.faces {
                assert_eq!(face.track, TrackId(1));
            }
        }
        assert_eq!(searches[0], 0);
        let calm: Vec<&u64> = searches
            .iter()
            .filter(|&&time| time < 22 * SECOND / 10)
            .collect();
        assert_eq!(calm.len(), 5, "{searches:?} at {rate}");
        let first_hidden = (0..)
            .map(|index| index * SECOND / rate)
            .find(|&time| time >= 22 * SECOND / 10);
        assert!(
            searches.contains(&first_hidden.unwrap()),
            "{searches:?} at {rate}"
        );
        for pair in searches.windows(2) {
            assert!(pair[1] - pair[0] >= SECOND / 10, "{searches:?} at {rate}");
        }
    }
}

#[test]
fn a_newcomer_is_found_within_the_search_interval_and_an_empty_picture_is_searched_often() {
    let mut watched = Watched::new(Rules::default());
    let crowd = crowd(2);
    let mut found = [None; 3];
    for index in 0..120 {
        let time = index * SECOND / 30;
        let people = match time {
            time if time < SECOND => &crowd[..0],
            time if time < 2 * SECOND => &crowd[..1],
            _ => &crowd[..2],
        };
        watched.look(time, FRAME, people, &[]);
        found[watched.result.faces.len()].get_or_insert(time);
    }
    assert!(found[1].unwrap() - SECOND <= SECOND / 10 + SECOND / 30);
    assert!(found[2].unwrap() - 2 * SECOND <= SECOND / 2 + SECOND / 30);
}

#[test]
fn a_newcomer_that_the_detector_doubts_is_shown_once_a_second_search_finds_it() {
    for rate in [10, 30, 60] {
        let mut watched = Watched::new(Rules::default());
        watched.score = 0.4;
        let (mut found, mut shown) = (None, None);
        for index in 0..3 * rate {
            let time = index * SECOND / rate;
            let people = if time < SECOND { 0 } else { 1 };
            watched.look(time, FRAME, &crowd(people), &[]);
            let seen = watched.result.activity.seen;
            if seen == 1 {
                found.get_or_insert(time);
            }
            if !watched.result.faces.is_empty() {
                shown.get_or_insert(time);
            }
        }
        let wait = shown.expect("it is a face") - found.expect("it is searched for");
        assert!(
            wait > 0 && wait <= SECOND / 10 + SECOND / rate,
            "{wait} at {rate}"
        );
        assert_eq!(watched.result.faces[0].track, TrackId(1), "at {rate}");
    }
}

#[test]
fn a_place_that_one_search_alone_takes_for_a_face_is_never_shown_and_no_longer_followed() {
    for is_followed in [true, false] {
        let mut state = LiveState::new(Rules::default()).unwrap();
        let (mut plan, mut result) = (Plan::default(), FrameResult::default());
        let mut world = Watched::new(Rules::default());
        world.score = 0.4;
        world.look(0, FRAME, &crowd(1), &[]);
        let mut seen = world.frames[0].clone();
        let face = seen.sightings.remove(0);
        state.update(&seen, &mut result).unwrap();
        for index in 1..20 {
            seen.timestamp = index * SECOND / 30;
            // The refiner goes on taking it for a face; the detector doesn't.
            seen.searched = matches!(index, 5 | 9);
            seen.sightings.clear();
            if index == 5 {
                seen.sightings.push(face);
            } else if is_followed && index < 10 && index > 5 {
                seen.sightings.push(Sighting {
                    found: None,
                    ..face
                });
            }
            state.update(&seen, &mut result).unwrap();
            assert!(result.faces.is_empty(), "frame {index}");
            state.plan(seen.timestamp + 1, FRAME, &mut plan);
            let is_open = index == 5 || is_followed && (5..9).contains(&index);
            assert_eq!(plan.follow.len(), usize::from(is_open), "frame {index}");
        }
    }
}

#[test]
fn many_faces_take_turns_in_being_read_and_tell_how_old_their_readings_are() {
    let rules = Rules {
        most_readings: 4,
        ..Rules::default()
    };
    let mut watched = Watched::new(rules);
    let people = crowd(20);
    for index in 0..60 {
        let time = index * SECOND / 30;
        watched.look(time, FRAME, &people, &[]);
        assert!(watched.result.activity.read <= 4);
        if index >= 5 {
            assert_eq!(watched.result.faces.len(), 20, "{index}");
            // Twenty faces, four at a time: each in every fifth frame.
            let oldest = watched
                .result
                .faces
                .iter()
                .map(|face| face.reading_age)
                .max();
            assert!(
                oldest.unwrap() <= 4 * SECOND / 30 + 4,
                "{oldest:?} in {index}"
            );
            let fresh = watched
                .result
                .faces
                .iter()
                .filter(|face| face.reading_age == 0);
            assert_eq!(fresh.count(), 4);
        }
    }
}

#[test]
fn no_more_faces_than_allowed_are_told() {
    let rules = Rules {
        most_faces: 3,
        ..Rules::default()
    };
    let mut watched = Watched::new(rules);
    for index in 0..30 {
        watched.look(index * SECOND / 30, FRAME, &crowd(9), &[]);
        assert!(watched.result.faces.len() <= 3);
    }
    assert_eq!(watched.result.faces.len(), 3);
}

#[test]
fn results_a_second_and_shares_of_a_core_are_kept_and_heat_lowers_them() {
    // A frame costs 5 ms here; the camera has 60 a second.
    for (budget, thermal, wanted) in [
        (Budget::Unlimited, Thermal::Nominal, 60.0),
        (Budget::Unlimited, Thermal::Serious, 20.0),
        (Budget::Results(30.0), Thermal::Nominal, 30.0),
        (Budget::Results(20.0), Thermal::Serious, 10.0),
        (Budget::Load(0.1), Thermal::Nominal, 20.0),
        (Budget::Load(0.1), Thermal::Critical, 5.0),
    ] {
        let mut watched = Watched::new(Rules {
            budget,
            ..Rules::default()
        });
        watched.times.follow = Duration::from_millis(5);
        let mut random = Random(3);
        let mut analyzed = 0;
        for index in 0..600_u64 {
            // A camera that doesn't keep time exactly.
            let time = index * SECOND / 60 + (random.unit() * 3e6) as u64;
            let commands = [Command::Thermal(thermal)];
            analyzed += u32::from(watched.look(time, FRAME, &crowd(1), &commands));
        }
        let rate = f64::from(analyzed) / 10.0;
        assert!(
            (rate / wanted - 1.0).abs() < 0.08,
            "{budget:?} {thermal:?}: {rate}"
        );
        let activity = watched.result.activity;
        assert!(
            (f64::from(activity.rate) / wanted - 1.0).abs() < 0.15,
            "{activity:?}"
        );
        let load = 0.005 * wanted;
        assert!(
            (f64::from(activity.load) / load - 1.0).abs() < 0.15,
            "{activity:?}"
        );
    }
}

#[test]
fn a_calibrated_face_is_read_against_itself_and_its_neighbour_isnt() {
    let mut watched = Watched::new(Rules::default());
    let mut gloomy = [0.02; 7];
    gloomy[Expression::Sad as usize] = 0.6;
    gloomy[Expression::Neutral as usize] = 0.3;
    let gloomy = Scores::from_array(gloomy);
    let people = [
        (face_at(300.0, 300.0, 80.0), gloomy),
        (face_at(900.0, 300.0, 80.0), gloomy),
    ];
    for index in 0..90 {
        let commands = [
            Command::Calibrate(TrackId(2)),
            Command::Calibrate(TrackId(99)),
        ];
        let commands = if index == 10 { &commands[..] } else { &[] };
        watched.look(index * SECOND / 30, FRAME, &people, commands);
        let expected = match index {
            0..10 => Calibration::None,
            10..40 => Calibration::Running,
            _ => Calibration::Done,
        };
        assert_eq!(watched.result.faces[1].calibration, expected, "{index}");
    }
    let verdicts =
        |watched: &Watched| [0, 1].map(|index| watched.result.faces[index].face.reading.verdict);
    assert_eq!(
        verdicts(&watched),
        [
            Verdict::Certain(Expression::Sad),
            Verdict::Certain(Expression::Neutral)
        ]
    );
    for index in 90..120 {
        let commands = [Command::ForgetBaseline(TrackId(2))];
        let commands = if index == 90 { &commands[..] } else { &[] };
        watched.look(index * SECOND / 30, FRAME, &people, commands);
    }
    assert_eq!(verdicts(&watched), [Verdict::Certain(Expression::Sad); 2]);
    assert_eq!(watched.result.faces[1].calibration, Calibration::None);
}

#[test]
fn distance_is_told_where_the_field_of_view_is_known() {
    let person = (face_at(640.0, 360.0, 80.0), happy());
    let mut blind = Watched::new(Rules::default());
    blind.look(0, FRAME, &[person], &[]);
    assert_eq!(blind.result.faces[0].distance, None);
    let mut watched = Watched::new(Rules {
        field_of_view: Some(90.0),
        ..Rules::default()
    });
    watched.look(0, FRAME, &[person], &[]);
    let distance = watched.result.faces[0].distance.unwrap();
    // Ninety degrees over 1280 pixels: a focal length of 640 pixels, so 63 mm that span 80 pixels are 640 / 80 * 63 mm away.
    assert!((distance.meters - 0.504).abs() < 0.02, "{distance:?}");
    assert!(
        distance.deviation > 0.02 && distance.deviation < 0.1,
        "{distance:?}"
    );
}

#[test]
fn another_resolution_keeps_identities_and_another_shape_doesnt() {
    let mut watched = Watched::new(Rules::default());
    let scene = |factor: f32| {
        [(
            face_at(400.0 * factor, 300.0 * factor, 80.0 * factor),
            happy(),
        )]
    };
    watched.look(0, FRAME, &scene(1.0), &[]);
    watched.look(SECOND / 30, Size::new(1920, 1080), &scene(1.5), &[]);
    assert_eq!(watched.result.faces[0].track, TrackId(1));
    let nose = watched.result.faces[0].face.points.nose;
    assert!(nose.distance(scene(1.5)[0].0[2]) < 1.0, "{nose:?}");
    watched.look(2 * SECOND / 30, Size::new(720, 1280), &scene(1.0), &[]);
    assert_eq!(watched.result.faces.len(), 1);
    assert_eq!(watched.result.faces[0].track, TrackId(2));
}

#[test]
fn frames_out_of_order_change_nothing_and_unsound_sightings_are_passed_over() {
    let mut watched = Watched::new(Rules::default());
    watched.look(SECOND, FRAME, &crowd(1), &[]);
    let mut seen = watched.frames[0].clone();
    assert!(watched.state.update(&seen, &mut watched.result).is_err());
    seen.timestamp = SECOND + 1;
    seen.sightings[0].points[3].x = f32::NAN;
    watched.state.update(&seen, &mut watched.result).unwrap();
    assert_eq!(watched.result.activity.seen, 0);
    // One missed frame: the face stays where it was.
    assert_eq!(watched.result.faces.len(), 1);
    assert_eq!(watched.result.faces[0].unseen, 1);
}

#[test]
fn the_same_observations_give_the_same_results_to_the_last_bit() {
    let mut watched = Watched::new(Rules::default());
    let mut random = Random(11);
    let mut results = Vec::new();
    for index in 0..200_u64 {
        let t = index as f32 / 30.0;
        let mut people: Vec<Person> = Vec::new();
        for person in 0..4 {
            let x = 200.0 + 250.0 * person as f32 + 90.0 * libm::sinf(t + person as f32);
            let scores = support::live::softmax(std::array::from_fn(|_| random.normal()));
            let points = face_at(x + random.normal(), 300.0 + random.normal(), 60.0);
            if random.unit() > 0.05 {
                people.push((points, Scores::from_array(scores)));
            }
        }
        if watched.look(index * SECOND / 30, FRAME, &people, &[]) {
            results.push(watched.result.clone());
        }
    }
    let mut again = LiveState::new(Rules::default()).unwrap();
    let mut result = FrameResult::default();
    for (seen, expected) in watched.frames.iter().zip(&results) {
        again.update(seen, &mut result).unwrap();
        assert_eq!(&result, expected);
    }
}
