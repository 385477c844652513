//! Sessions on clips made from the photos: who is who and what is said while people move, cross, hide, and the light changes.

mod support;

use std::time::Duration;

use image::{GrayImage, imageops};
use moue::{
    Analyzer, Expression, FrameResult, LiveOptions, LiveSession, Next, Options, Point, Reason,
    Rotation, TrackId, Verdict,
};
use support::live::{Random, SECOND, scene, turned_head};
use support::{frame, photo};

const SIZE: (u32, u32) = (640, 480);
const LONG: Duration = Duration::from_secs(60);

fn session() -> LiveSession {
    LiveSession::new(LiveOptions::default()).expect("the embedded models load")
}

/// Submits a picture and waits for its result.
fn look(session: &LiveSession, picture: &GrayImage, timestamp: u64) -> FrameResult {
    let mut result = FrameResult::default();
    session
        .submit(&frame(picture), timestamp)
        .expect("a valid frame, newer than the last");
    let next = session.next(LONG, &mut result).expect("no other next runs");
    assert_eq!(next, Next::Result);
    assert_eq!(result.timestamp, timestamp);
    result
}

/// The results of a clip of `count` frames at 30 a second.
fn watch(
    session: &LiveSession,
    count: u64,
    picture: impl Fn(u64) -> GrayImage,
) -> Vec<FrameResult> {
    (0..count)
        .map(|index| look(session, &picture(index), (index + 1) * SECOND / 30))
        .collect()
}

fn only_track(result: &FrameResult) -> TrackId {
    assert_eq!(result.faces.len(), 1, "{result:#?}");
    result.faces[0].track
}

#[test]
fn the_first_frame_says_what_a_photo_does() {
    let photo = photo("grace_hopper.jpg");
    let mut analyzer = Analyzer::new(Options::default()).unwrap();
    let expected = analyzer.analyze(&frame(&photo)).unwrap()[0];
    let result = look(&session(), &photo, 7);
    assert_eq!(result.faces.len(), 1);
    assert_eq!(result.faces[0].face, expected);
    assert_eq!(result.faces[0].unseen, 0);
}

#[test]
fn a_face_that_moves_and_grows_keeps_its_identity_and_label_and_is_hardly_searched_for() {
    let photo = photo("astronaut.jpg");
    let session = session();
    let place = |index: u64| {
        let t = index as f32 / 30.0;
        (
            1.0 + 0.25 * t,
            220.0 + 120.0 * t,
            300.0 + 15.0 * libm::sinf(8.0 * t),
        )
    };
    let results = watch(&session, 60, |index| {
        let (scale, x, y) = place(index);
        scene(SIZE, &[(&photo, scale, x, y)], 2.0, &mut Random(index))
    });
    for (index, result) in results.iter().enumerate() {
        assert_eq!(only_track(result), TrackId(1));
        let face = &result.faces[0].face;
        assert_eq!(face.reading.verdict, Verdict::Certain(Expression::Happy));
        // The nose tip, marked by hand at (224, 127) in the photo of 512 pixels.
        let (scale, x, y) = place(index as u64);
        let nose = Point::new(x + scale * (224.0 - 256.0), y + scale * (127.0 - 256.0));
        let off = face.points.nose.distance(nose) / (43.0 * scale);
        assert!(off < 0.2, "frame {index}: {off} eye distances");
        assert!(face.bounds.contains(nose));
    }
    let searches = results
        .iter()
        .filter(|result| result.activity.searched)
        .count();
    assert!((4..=6).contains(&searches), "{searches}");
}

#[test]
fn a_cut_makes_a_new_identity_at_once() {
    let (astronaut, hopper) = (photo("astronaut.jpg"), photo("grace_hopper.jpg"));
    let session = session();
    let results = watch(&session, 30, |index| {
        let shot = if index < 20 {
            (&astronaut, 1.0, 200.0, 256.0)
        } else {
            (&hopper, 0.7, 420.0, 260.0)
        };
        scene(SIZE, &[shot], 1.0, &mut Random(index))
    });
    assert_eq!(only_track(&results[19]), TrackId(1));
    let newcomer = |result: &FrameResult| result.faces.iter().any(|face| face.track == TrackId(2));
    assert!(results[20..24].iter().any(newcomer));
    assert_eq!(only_track(&results[29]), TrackId(2));
}

#[test]
fn a_face_behind_a_pillar_is_the_same_afterwards() {
    let photo = photo("astronaut.jpg");
    let session = session();
    let results = watch(&session, 60, |index| {
        let x = 160.0 + 5.0 * index as f32;
        let mut picture = scene(SIZE, &[(&photo, 1.0, x, 300.0)], 1.0, &mut Random(index));
        if (25..36).contains(&index) {
            imageops::overlay(
                &mut picture,
                &GrayImage::from_pixel(400, 480, image::Luma([60])),
                120,
                0,
            );
        }
        picture
    });
    assert!(results[33].faces.is_empty());
    assert_eq!(only_track(&results[24]), TrackId(1));
    assert_eq!(only_track(&results[59]), TrackId(1));
}

#[test]
fn two_people_who_cross_keep_their_identities() {
    let (astronaut, hopper) = (photo("astronaut.jpg"), photo("grace_hopper.jpg"));
    let face = imageops::crop_imm(&astronaut, 150, 30, 150, 170).to_image();
    let other = imageops::crop_imm(&hopper, 165, 100, 200, 240).to_image();
    let session = session();
    let results = watch(&session, 75, |index| {
        let (left, right) = (120.0 + 5.4 * index as f32, 520.0 - 5.4 * index as f32);
        let people = [(&other, 0.7, right, 240.0), (&face, 0.9, left, 250.0)];
        scene(SIZE, &people, 1.0, &mut Random(index))
    });
    // The smile goes from the left to the right.
    let smile = |result: &FrameResult| {
        assert_eq!(result.faces.len(), 2, "{result:#?}");
        let [a, b] = [0, 1].map(|index| &result.faces[index]);
        let (left, right) = if a.face.points.nose.x < b.face.points.nose.x {
            (a, b)
        } else {
            (b, a)
        };
        (left.track, right.track)
    };
    let (first, last) = (smile(&results[10]), smile(&results[74]));
    assert_eq!(first, (last.1, last.0));
}

#[test]
fn a_still_face_under_sensor_noise_keeps_its_label_and_its_place() {
    for name in ["astronaut.jpg", "grace_hopper.jpg"] {
        let photo = photo(name);
        let session = session();
        let results = watch(&session, 60, |index| {
            scene(
                SIZE,
                &[(&photo, 0.8, 320.0, 240.0)],
                6.0,
                &mut Random(index),
            )
        });
        let first = results[0].faces[0].face;
        for result in &results {
            let face = result.faces[0].face;
            assert_eq!(face.reading.verdict, first.reading.verdict, "{name}");
            let eyes = first.quality.eye_distance;
            assert!(
                face.points.nose.distance(first.points.nose) < 0.08 * eyes,
                "{name}"
            );
        }
    }
}

#[test]
fn a_fade_to_dark_ends_in_too_dark_or_no_face_and_comes_back() {
    let photo = photo("astronaut.jpg");
    let session = session();
    let results = watch(&session, 90, |index| {
        let light = (index as f32 - 40.0).abs() / 40.0;
        let mut picture = scene(SIZE, &[(&photo, 1.0, 320.0, 256.0)], 0.0, &mut Random(1));
        for pixel in picture.iter_mut() {
            *pixel = (f32::from(*pixel) * light.min(1.0)) as u8;
        }
        picture
    });
    let verdict = |result: &FrameResult| result.faces.first().map(|face| face.face.reading.verdict);
    assert!(matches!(
        verdict(&results[45]),
        None | Some(Verdict::Unsure(Reason::TooDark))
    ));
    assert_eq!(
        verdict(&results[89]),
        Some(Verdict::Certain(Expression::Happy))
    );
}

#[test]
fn size_and_orientation_may_change_in_mid_stream() {
    let photo = photo("astronaut.jpg");
    let session = session();
    let small = scene(
        (640, 480),
        &[(&photo, 0.8, 300.0, 240.0)],
        0.0,
        &mut Random(1),
    );
    let large = imageops::resize(&small, 1280, 960, imageops::FilterType::Triangle);
    let first = look(&session, &small, SECOND);
    let second = look(&session, &large, SECOND + SECOND / 30);
    assert_eq!(only_track(&first), only_track(&second));
    let (a, b) = (
        first.faces[0].face.points.nose,
        second.faces[0].face.points.nose,
    );
    assert!(
        Point::new(2.0 * a.x, 2.0 * a.y).distance(b) < 10.0,
        "{a:?} {b:?}"
    );
    // The phone is turned: another shape, so faces are found anew.
    let sideways = imageops::rotate270(&scene(
        (480, 640),
        &[(&photo, 0.8, 240.0, 300.0)],
        0.0,
        &mut Random(1),
    ));
    let turned = frame(&sideways).rotated(Rotation::Deg90);
    session.submit(&turned, 2 * SECOND).unwrap();
    let mut third = FrameResult::default();
    assert_eq!(session.next(LONG, &mut third).unwrap(), Next::Result);
    assert_eq!(only_track(&third), TrackId(2));
    assert!(third.activity.searched);
}

#[test]
fn a_front_camera_that_mirrors_and_a_phone_on_its_side_give_the_same_faces_to_the_last_bit() {
    let photo = photo("astronaut.jpg");
    let clip: Vec<GrayImage> = (0..20)
        .map(|index| {
            let x = 250.0 + 6.0 * index as f32;
            scene(SIZE, &[(&photo, 1.0, x, 280.0)], 1.0, &mut Random(index))
        })
        .collect();
    let upright = watch(&session(), 20, |index| clip[index as usize].clone());
    let (mirroring, sideways) = (session(), session());
    for (index, expected) in upright.iter().enumerate() {
        let mut result = FrameResult::default();
        let mirrored = imageops::flip_horizontal(&clip[index]);
        let turned = imageops::rotate270(&clip[index]);
        let frames = [
            (&mirroring, frame(&mirrored).mirrored(true)),
            (&sideways, frame(&turned).rotated(Rotation::Deg90)),
        ];
        for (session, frame) in frames {
            session.submit(&frame, expected.timestamp).unwrap();
            assert_eq!(session.next(LONG, &mut result).unwrap(), Next::Result);
            assert_eq!(result.faces, expected.faces, "frame {index}");
        }
    }
}

#[test]
fn a_shaken_camera_with_frames_at_odd_times_keeps_identity_and_label() {
    let photo = photo("astronaut.jpg");
    let session = session();
    let mut random = Random(17);
    let mut time = 0;
    for index in 0..60 {
        // From 8 to 120 ms apart, and up to a quarter of the eye distance off in each direction.
        time += 8_000_000 + (112e6 * random.unit()) as u64;
        let (x, y) = (
            320.0 + 20.0 * (random.unit() - 0.5),
            280.0 + 20.0 * (random.unit() - 0.5),
        );
        let picture = scene(SIZE, &[(&photo, 1.0, x, y)], 2.0, &mut Random(index));
        let result = look(&session, &picture, time);
        assert_eq!(only_track(&result), TrackId(1), "frame {index}");
        let verdict = result.faces[0].face.reading.verdict;
        assert_eq!(
            verdict,
            Verdict::Certain(Expression::Happy),
            "frame {index}"
        );
    }
}

#[test]
fn a_head_that_tilts_from_side_to_side_is_followed() {
    let photo = photo("grace_hopper.jpg");
    let session = session();
    // 30 degrees to either side within a second.
    let angle = |index: u64| 30.0 * libm::sinf(index as f32 / 30.0 * std::f32::consts::PI);
    let upright = look(&session, &photo, 1).faces[0].face.quality.pose;
    let upright = upright.expect("a face seen from the front").roll;
    let results = watch(&session, 60, |index| {
        let (sine, cosine) = libm::sincosf(angle(index).to_radians());
        let (cx, cy) = (256.0, 300.0);
        GrayImage::from_fn(photo.width(), photo.height(), |x, y| {
            let (dx, dy) = (x as f32 + 0.5 - cx, y as f32 + 0.5 - cy);
            let (sx, sy) = (cosine * dx + sine * dy + cx, cosine * dy - sine * dx + cy);
            *photo.get_pixel((sx.max(0.0) as u32).min(511), (sy.max(0.0) as u32).min(599))
        })
    });
    for (index, result) in results.iter().enumerate() {
        assert_eq!(only_track(result), TrackId(1), "frame {index}");
        let pose = result.faces[0].face.quality.pose;
        let roll = pose.expect("a face seen from the front").roll;
        assert!(
            (roll - upright - angle(index as u64)).abs() < 6.0,
            "frame {index}: {roll}"
        );
    }
}

#[test]
fn a_head_that_looks_from_side_to_side_keeps_identity_and_label() {
    let photo = photo("astronaut.jpg");
    let session = session();
    let yaw = |index: u64| 25.0 * libm::sinf(index as f32 / 30.0 * std::f32::consts::PI);
    let results = watch(&session, 60, |index| {
        let turned = turned_head(&photo, (224.0, 118.0), (60.0, 95.0), yaw(index));
        scene(
            SIZE,
            &[(&turned, 1.2, 340.0, 320.0)],
            1.0,
            &mut Random(index),
        )
    });
    for (index, result) in results.iter().enumerate() {
        assert_eq!(only_track(result), TrackId(1), "frame {index}");
        let verdict = result.faces[0].face.reading.verdict;
        assert_eq!(
            verdict,
            Verdict::Certain(Expression::Happy),
            "frame {index}"
        );
        let pose = result.faces[0].face.quality.pose;
        let (seen, given) = (pose.expect("both eyes are seen").yaw, yaw(index as u64));
        // An egg has no nose, so the turn looks smaller than it is.
        if given.abs() > 15.0 {
            let share = seen / given;
            assert!(
                (0.3..1.1).contains(&share),
                "frame {index}: {seen} of {given}"
            );
        }
    }
}
