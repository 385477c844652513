//! Distances against geometry: a head of known size, turned, placed and projected by the test's own pinhole camera.

use moue::{Pinhole, Point, Pose, Size};
use proptest::prelude::*;

const FRAME: Size = Size::new(1280, 720);
const FIELD_OF_VIEW: f32 = 66.0;

/// MediaPipe's canonical face (`canonical_face_model.obj`, x right, y up, z towards the camera) in metres: the middles of the eyes' corners, the tip of
/// the nose, the mouth corners. Its eyes are 63.0 mm apart.
const HEAD: [[f64; 3]; 5] = [
    [-0.031_511, 0.026_246, 0.034_657],
    [0.031_511, 0.026_246, 0.034_657],
    [0.0, -0.011_269, 0.074_756],
    [-0.024_562, -0.043_426, 0.042_839],
    [0.024_562, -0.043_426, 0.042_839],
];

/// A head whose middle between the eyes lies `distance` from the camera in the direction of the pixel `toward`, nodded, turned and tilted
/// about that middle, `scale` times as large as the mean head.
struct Placed {
    distance: f64,
    toward: (f64, f64),
    angles: [f64; 3],
    scale: f64,
}

fn project(placed: &Placed, frame: Size, focal: f64) -> [Point; 5] {
    let turn = |angle: f64, [u, v]: [f64; 2]| {
        let (sine, cosine) = libm::sincos(angle.to_radians());
        [cosine * u - sine * v, sine * u + cosine * v]
    };
    let (center_x, center_y) = (f64::from(frame.width) / 2.0, f64::from(frame.height) / 2.0);
    let ray = [
        (placed.toward.0 - center_x) / focal,
        (placed.toward.1 - center_y) / focal,
        1.0,
    ];
    let length = ray.iter().map(|v| v * v).sum::<f64>().sqrt();
    let at = ray.map(|v| v * placed.distance / length);
    let [yaw, pitch, roll] = placed.angles;
    HEAD.map(|corner| {
        let eyes = [0.0, HEAD[0][1], HEAD[0][2]];
        let [x, y, z] = [0, 1, 2].map(|axis| placed.scale * (corner[axis] - eyes[axis]));
        let [z, y] = turn(pitch, [z, y]);
        let [z, x] = turn(yaw, [z, x]);
        let [y, x] = turn(roll, [y, x]);
        let (x, y, z) = (at[0] + x, at[1] - y, at[2] - z);
        Point::new(
            (center_x + focal * x / z) as f32,
            (center_y + focal * y / z) as f32,
        )
    })
}

fn focal(frame_width: u32) -> f64 {
    f64::from(frame_width) / 2.0 / libm::tan(f64::from(FIELD_OF_VIEW).to_radians() / 2.0)
}

fn yawed(yaw: f32) -> Pose {
    Pose {
        yaw,
        ..Pose::default()
    }
}

proptest! {
    #[test]
    fn a_mean_head_that_faces_the_camera_axis_is_as_far_as_it_was_put(
        distance in 0.3..4.0, yaw in -50.0..50.0, pitch in -30.0..30.0, roll in -90.0..90.0,
    ) {
        let toward = (640.0, 360.0);
        let points = project(&Placed { distance, toward, angles: [yaw, pitch, roll], scale: 1.0 }, FRAME, focal(1280));
        let camera = Pinhole::new(FIELD_OF_VIEW, 1280, FRAME).unwrap();
        let found = camera.distance(points[0], points[1], &yawed(yaw as f32)).unwrap();
        // A turned head has one eye nearer than the other: 3.1 cm at most, which shows close by.
        prop_assert!((f64::from(found.meters) - distance).abs() < 0.002 + 0.001 * distance, "{found:?} for {distance}");
    }

    #[test]
    fn with_the_pose_from_the_points_the_truth_lies_within_two_deviations(
        distance in 0.4..3.0, x in 200.0..1080.0, y in 150.0..570.0,
        yaw in -40.0..40.0, pitch in -20.0..20.0, roll in -40.0..40.0, scale in 0.9..1.1,
    ) {
        let points = project(&Placed { distance, toward: (x, y), angles: [yaw, pitch, roll], scale }, FRAME, focal(1280));
        let camera = Pinhole::new(FIELD_OF_VIEW, 1280, FRAME).unwrap();
        let pose = Pose::from_points(&points).unwrap();
        // A turned head at the edge of the picture and close by is seen from further aside.
        let Some(found) = camera.distance(points[0], points[1], &pose) else {
            prop_assert!(pose.yaw.abs() > 60.0, "{pose:?}");
            return Ok(());
        };
        prop_assert!((f64::from(found.meters) - distance).abs() < 2.0 * f64::from(found.deviation), "{found:?} for {distance}, {pose:?}");
        prop_assert!(found.deviation < 0.2 * found.meters);
    }

    #[test]
    fn a_turned_phone_sees_a_face_as_far_away_as_one_held_level(distance in 0.3..3.0) {
        // The same sensor, 1280 pixels along its long side, held upright: the field of view still spans the buffer's width.
        let upright = FRAME.transposed();
        let points = project(&Placed { distance, toward: (300.0, 700.0), angles: [0.0; 3], scale: 1.0 }, upright, focal(1280));
        let camera = Pinhole::new(FIELD_OF_VIEW, 1280, upright).unwrap();
        let found = camera.distance(points[0], points[1], &Pose::default()).unwrap();
        prop_assert!((f64::from(found.meters) - distance).abs() < 0.01 * distance, "{found:?} for {distance}");
    }
}

#[test]
fn what_shows_no_distance_gives_none() {
    let camera = Pinhole::new(FIELD_OF_VIEW, 1280, FRAME).unwrap();
    let (a, b) = (Point::new(600.0, 300.0), Point::new(660.0, 300.0));
    assert!(camera.distance(a, b, &Pose::default()).is_some());
    assert_eq!(camera.distance(a, a, &Pose::default()), None);
    assert_eq!(
        camera.distance(a, Point::new(f32::NAN, 0.0), &Pose::default()),
        None
    );
    assert_eq!(camera.distance(a, b, &yawed(75.0)), None);
    assert_eq!(camera.distance(a, b, &yawed(f32::NAN)), None);
}

#[test]
fn a_field_of_view_that_no_lens_has_is_named() {
    for degrees in [0.0, 5.0, 175.0, f32::NAN] {
        let message = Pinhole::new(degrees, 1280, FRAME).unwrap_err().to_string();
        assert!(
            message.contains("field_of_view") && message.contains("10 to 160"),
            "{message}"
        );
    }
}
