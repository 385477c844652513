//! A known 3D face turned by known angles, projected and read back. The rotation matrices are the test's own.

use moue::{Point, Pose};
use proptest::prelude::*;

/// MediaPipe's canonical face (`canonical_face_model.obj`): x right, y up, z towards the camera, in centimetres. Eyes are the middles of
/// vertices 33 and 133, 362 and 263; the nose is vertex 1, the mouth corners 61 and 291.
const CANONICAL: [[f64; 3]; 5] = [
    [
        (-4.445859 - 1.856432) / 2.0,
        (2.663991 + 2.585245) / 2.0,
        (3.173422 + 3.757904) / 2.0,
    ],
    [
        (4.445859 + 1.856432) / 2.0,
        (2.663991 + 2.585245) / 2.0,
        (3.173422 + 3.757904) / 2.0,
    ],
    [0.0, -1.126865, 7.475604],
    [-2.456206, -4.342621, 4.283884],
    [2.456206, -4.342621, 4.283884],
];

/// Nods, turns, then tilts a face in its own axes (y up, z towards the camera) and looks at it from `distance`, or from afar.
fn seen(
    face: &[[f64; 3]; 5],
    yaw: f64,
    pitch: f64,
    roll: f64,
    distance: Option<f64>,
) -> [Point; 5] {
    let turn = |angle: f64, [u, v]: [f64; 2]| {
        let (sine, cosine) = libm::sincos(angle.to_radians());
        [cosine * u - sine * v, sine * u + cosine * v]
    };
    face.map(|[x, y, z]| {
        // Looking up takes the nose (z) towards y.
        let [z, y] = turn(pitch, [z, y]);
        // Looking to the picture's right takes the nose (z) towards x.
        let [z, x] = turn(yaw, [z, x]);
        // Clockwise as seen takes up (y) towards the right (x).
        let [y, x] = turn(roll, [y, x]);
        let nearness = distance.map_or(1.0, |distance| distance / (distance - z));
        Point::new(
            (200.0 + 11.0 * nearness * x) as f32,
            (150.0 - 11.0 * nearness * y) as f32,
        )
    })
}

fn assert_pose(
    points: &[Point; 5],
    yaw: f64,
    pitch: f64,
    roll: f64,
    tolerance: f64,
) -> Result<(), TestCaseError> {
    let pose = Pose::from_points(points).expect("the points show a face");
    for (name, found, known) in [
        ("yaw", pose.yaw, yaw),
        ("pitch", pose.pitch, pitch),
        ("roll", pose.roll, roll),
    ] {
        prop_assert!(
            (f64::from(found) - known).abs() < tolerance,
            "{name} {found} for {known}"
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_mean_face_from_afar_is_read_exactly(yaw in -70.0..70.0, pitch in -50.0..50.0, roll in -170.0..170.0) {
        assert_pose(&seen(&CANONICAL, yaw, pitch, roll, None), yaw, pitch, roll, 0.1)?;
    }

    #[test]
    fn a_face_half_a_metre_away_is_read_within_ten_degrees(yaw in -50.0..50.0, pitch in -30.0..30.0, roll in -40.0..40.0) {
        assert_pose(&seen(&CANONICAL, yaw, pitch, roll, Some(50.0)), yaw, pitch, roll, 10.0)?;
    }

    #[test]
    fn an_uneven_face_is_read_within_ten_degrees(yaw in -45.0..45.0, pitch in -20.0..20.0, roll in -30.0..30.0, shifts: [[i8; 3]; 5]) {
        // Every point up to 3 mm from the mean face's in each direction, 5 % of the eye distance.
        let mut face = CANONICAL;
        for (value, shift) in face.iter_mut().flatten().zip(shifts.iter().flatten()) {
            *value += 0.3 * f64::from(*shift) / 128.0;
        }
        assert_pose(&seen(&face, yaw, pitch, roll, None), yaw, pitch, roll, 10.0)?;
    }

    #[test]
    fn mirroring_turns_yaw_and_roll_round(yaw in -60.0..60.0, pitch in -40.0..40.0, roll in -40.0..40.0) {
        let points = seen(&CANONICAL, yaw, pitch, roll, None);
        let [left_eye, right_eye, nose, left_mouth, right_mouth] = points.map(|point| Point::new(400.0 - point.x, point.y));
        assert_pose(&[right_eye, left_eye, nose, right_mouth, left_mouth], -yaw, pitch, -roll, 0.1)?;
    }
}

#[test]
fn points_that_show_no_face_have_no_pose() {
    let line = [0.0, 10.0, 20.0, 30.0, 40.0].map(|at| Point::new(at, 2.0 * at));
    assert_eq!(Pose::from_points(&line), None);
    assert_eq!(Pose::from_points(&[Point::new(7.0, 7.0); 5]), None);
    let mut points = seen(&CANONICAL, 0.0, 0.0, 0.0, None);
    points[0].y = f32::NAN;
    assert_eq!(Pose::from_points(&points), None);
}
