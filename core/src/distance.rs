//! How far a face is from the camera, from the distance between its eyes and the camera's field of view.
//!
//! Nothing is known of whose face it is, so the estimate holds for an adult of mean eye distance, and says how far off that may be.

use crate::error::Error;
use crate::geometry::{Point, Size};
use crate::pose::Pose;

/// Mean distance between the pupils of adults, in metres: Dodgson, "Variation and extrema of human interpupillary distance", 2004.
const EYE_DISTANCE: f64 = 0.063;

/// Standard deviation of that distance among adults, in metres: chosen, not taken from a survey. The paper's summary has most adults between
/// 50 and 75 mm, which is three and a half deviations.
const EYE_DISTANCE_DEVIATION: f64 = 0.0036;

/// Standard deviation of the eye distance seen, as a share of it: two points off by 4.56 % of it each on average (the refiner's card), of
/// which the part along one axis counts.
const SEEN_DEVIATION: f64 = 0.05;

/// Standard deviation of the yaw in radians: five degrees, half of what [`Pose`] promises at most.
const YAW_DEVIATION: f64 = 0.0873;

/// Degrees of yaw from which on the eyes are seen too much from the side to tell a distance.
const MOST_YAW: f64 = 60.0;

/// Degrees that a horizontal field of view may span.
const FIELDS_OF_VIEW: (f32, f32) = (10.0, 160.0);

/// An estimated distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// From the camera to the middle between the eyes, in metres.
    pub meters: f32,
    /// One standard deviation of that, in metres. An adult's distance lies within two of them 19 times out of 20; a child's face is nearer
    /// than it seems.
    pub deviation: f32,
}

/// A pinhole camera with square pixels and its axis through the middle of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pinhole {
    /// Focal length in pixels.
    focal: f64,
    center: (f64, f64),
}

impl Pinhole {
    /// The camera of an upright frame of `frame_size`, whose buffer, before any turn, is `buffer_width` pixels wide and spans
    /// `field_of_view` degrees from its left edge to its right one.
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`] for a field of view outside 10 to 160 degrees.
    pub fn new(field_of_view: f32, buffer_width: u32, frame_size: Size) -> Result<Self, Error> {
        check_field_of_view(field_of_view)?;
        let half = 0.5 * f64::from(field_of_view).to_radians();
        Ok(Self {
            focal: 0.5 * f64::from(buffer_width) / libm::tan(half),
            center: (
                0.5 * f64::from(frame_size.width),
                0.5 * f64::from(frame_size.height),
            ),
        })
    }

    /// The distance of a face with these eyes, in pixels of the upright frame, and this pose.
    ///
    /// `None` for eyes in one place or not finite, and for a head turned more than 60 degrees to a side.
    ///
    /// The two eyes span an angle as seen from the camera, and an isosceles triangle over their distance, foreshortened by the yaw, has its
    /// tip there: `distance = cos(yaw) * 0.063 m / 2 / tan(angle / 2)`. Roll and pitch turn the line between the eyes about the camera's
    /// axis and about itself, so neither changes the angle.
    pub fn distance(
        &self,
        image_left_eye: Point,
        image_right_eye: Point,
        pose: &Pose,
    ) -> Option<Distance> {
        let yaw = f64::from(pose.yaw);
        if yaw.is_nan() || yaw.abs() > MOST_YAW {
            return None;
        }
        let (sine, cosine) = libm::sincos(yaw.to_radians());
        let (a, b) = (self.ray(image_left_eye), self.ray(image_right_eye));
        // For unit vectors |a - b| / |a + b| is the tangent of half the angle between them.
        let tangent = length(add(a, b, -1.0)) / length(add(a, b, 1.0));
        let meters = cosine * EYE_DISTANCE / 2.0 / tangent;
        if !(tangent > 0.0 && meters.is_finite()) {
            return None;
        }
        let by_person = EYE_DISTANCE_DEVIATION / EYE_DISTANCE;
        let by_yaw = sine / cosine * YAW_DEVIATION;
        let relative =
            (by_person * by_person + SEEN_DEVIATION * SEEN_DEVIATION + by_yaw * by_yaw).sqrt();
        Some(Distance {
            meters: meters as f32,
            deviation: (meters * relative) as f32,
        })
    }

    /// The direction in which the camera sees a point, of length 1.
    fn ray(&self, point: Point) -> [f64; 3] {
        let ray = [
            f64::from(point.x) - self.center.0,
            f64::from(point.y) - self.center.1,
            self.focal,
        ];
        let length = length(ray);
        ray.map(|value| value / length)
    }
}

/// Fails for a horizontal field of view outside 10 to 160 degrees.
pub(crate) fn check_field_of_view(degrees: f32) -> Result<(), Error> {
    let (least, most) = FIELDS_OF_VIEW;
    Error::check_option("field_of_view", degrees, least, most)
}

fn add(a: [f64; 3], b: [f64; 3], factor: f64) -> [f64; 3] {
    [0, 1, 2].map(|axis| a[axis] + factor * b[axis])
}

fn length(vector: [f64; 3]) -> f64 {
    vector.iter().map(|value| value * value).sum::<f64>().sqrt()
}
