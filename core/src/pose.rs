//! Which way a head is turned, from five points.
//!
//! The points are taken as a weak-perspective picture of one mean face, so the angles are good to about ten degrees: enough to tell a face
//! that looks away, not to follow a gaze.

use crate::align::FACE_POINTS;
use crate::geometry::Point;

/// The mean face in centimetres, x to the right of the picture, y down, z away from the camera, in the order of the five points.
///
/// From MediaPipe's canonical face model (`canonical_face_model.obj`, Apache-2.0): each eye the middle of its corners (vertices 33 and 133,
/// 362 and 263), the nose vertex 1, the mouth corners 61 and 291, with y and z turned round.
const MEAN_FACE: [[f64; 3]; FACE_POINTS] = [
    [-3.151_146, -2.624_618, -3.465_663],
    [3.151_146, -2.624_618, -3.465_663],
    [0.0, 1.126_865, -7.475_604],
    [-2.456_206, 4.342_621, -4.283_884],
    [2.456_206, 4.342_621, -4.283_884],
];

/// Squared sine of the angle between the picture's images of the face's axes below which the points show no turn: they lie on a line.
const LEAST_SPREAD: f64 = 1e-6;

/// How a head is turned, in degrees. All three are 0 for a face that looks straight into the camera.
///
/// The head is first nodded (pitch), then turned (yaw), then tilted in the picture's plane (roll).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Turned to a side: positive where the face looks to the right of the picture, -90 to 90.
    pub yaw: f32,
    /// Nodded: positive where the face looks up, -180 to 180.
    pub pitch: f32,
    /// Tilted: positive clockwise as the picture shows it, -180 to 180.
    pub roll: f32,
}

impl Pose {
    /// The pose that shows the five points (image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner), in
    /// pixels of any upright, unmirrored picture.
    ///
    /// `None` for points that aren't finite, lie in one place or on one line.
    ///
    /// The affine camera that takes the mean face closest to the points by least squares (Tomasi and Kanade's model, 1992) is brought to
    /// the nearest scaled rotation by the polar decomposition.
    pub fn from_points(points: &[Point; FACE_POINTS]) -> Option<Self> {
        let camera = affine_camera(points);
        let [right, down] = nearest_rows(camera)?;
        let away = cross(right, down);
        let yaw = libm::atan2(away[0], (right[0] * right[0] + down[0] * down[0]).sqrt());
        let pitch = libm::atan2(-away[1], away[2]);
        let roll = libm::atan2(down[0], right[0]);
        let [yaw, pitch, roll] = [yaw, pitch, roll].map(|angle| angle.to_degrees() as f32);
        Some(Self { yaw, pitch, roll })
    }
}

/// The 2x3 matrix that takes the centred mean face closest to the centred points.
fn affine_camera(points: &[Point; FACE_POINTS]) -> [[f64; 3]; 2] {
    let count = FACE_POINTS as f64;
    let mut face_mean = [0.0; 3];
    for corner in &MEAN_FACE {
        for (mean, value) in face_mean.iter_mut().zip(corner) {
            *mean += value / count;
        }
    }
    // The face is symmetric about x = 0, so its scatter matrix has no terms that mix x with y or z.
    let (mut xx, mut yy, mut yz, mut zz) = (0.0, 0.0, 0.0, 0.0);
    let mut moments = [[0.0; 3]; 2];
    for (corner, point) in MEAN_FACE.iter().zip(points) {
        let [x, y, z] = [0, 1, 2].map(|axis| corner[axis] - face_mean[axis]);
        xx += x * x;
        yy += y * y;
        yz += y * z;
        zz += z * z;
        for (moment, value) in moments.iter_mut().zip([point.x, point.y].map(f64::from)) {
            moment[0] += value * x;
            moment[1] += value * y;
            moment[2] += value * z;
        }
    }
    let determinant = yy * zz - yz * yz;
    moments.map(|[x, y, z]| {
        [
            x / xx,
            (zz * y - yz * z) / determinant,
            (yy * z - yz * y) / determinant,
        ]
    })
}

/// The two orthonormal rows closest to a scaled pair: `(M Mᵀ)^(-1/2) M`, by the closed form of a 2x2 square root.
fn nearest_rows(rows: [[f64; 3]; 2]) -> Option<[[f64; 3]; 2]> {
    let [first, second] = rows;
    let (a, b, d) = (dot(first, first), dot(first, second), dot(second, second));
    let determinant = a * d - b * b;
    let usable = determinant > LEAST_SPREAD * a * d && determinant.is_finite();
    if !usable {
        return None;
    }
    // sqrt(G) = (G + s I) / t with s = sqrt(det G), t = sqrt(trace G + 2 s); its determinant is s.
    let s = determinant.sqrt();
    let t = (a + d + 2.0 * s).sqrt();
    let inverse = [(d + s) / (s * t), -b / (s * t), (a + s) / (s * t)];
    let combine = |p: f64, q: f64| [0, 1, 2].map(|axis| p * first[axis] + q * second[axis]);
    Some([
        combine(inverse[0], inverse[1]),
        combine(inverse[1], inverse[2]),
    ])
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}
