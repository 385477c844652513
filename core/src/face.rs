//! What is found of one face, in pixels of the upright, unmirrored full-size frame.

use crate::align::FACE_POINTS;
use crate::expression::Reading;
use crate::geometry::{Point, Rect};
use crate::quality::Quality;

/// Five points of a face, named by the side of the picture they lie on: in an unmirrored picture, `image_left_eye` is the person's right eye.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Points {
    /// Centre of the eye further to the left in the picture, for an upright head.
    pub image_left_eye: Point,
    /// Centre of the other eye.
    pub image_right_eye: Point,
    /// Tip of the nose.
    pub nose: Point,
    /// Mouth corner on the side of `image_left_eye`.
    pub image_left_mouth: Point,
    /// Mouth corner on the side of `image_right_eye`.
    pub image_right_mouth: Point,
}

impl Points {
    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner.
    pub const fn to_array(self) -> [Point; FACE_POINTS] {
        [
            self.image_left_eye,
            self.image_right_eye,
            self.nose,
            self.image_left_mouth,
            self.image_right_mouth,
        ]
    }
}

impl From<[Point; FACE_POINTS]> for Points {
    fn from(points: [Point; FACE_POINTS]) -> Self {
        let [
            image_left_eye,
            image_right_eye,
            nose,
            image_left_mouth,
            image_right_mouth,
        ] = points;
        Self {
            image_left_eye,
            image_right_eye,
            nose,
            image_left_mouth,
            image_right_mouth,
        }
    }
}

/// A face with its reading.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Face {
    /// The face from forehead to chin, upright whatever the head's tilt; may reach beyond the frame.
    pub bounds: Rect,
    /// How sure the detector is that this is a face, 0 to 1.
    pub score: f32,
    /// The five points.
    pub points: Points,
    /// What was measured on the face; its pose is there too.
    pub quality: Quality,
    /// The expression, or why it is unsure, with the scores.
    pub reading: Reading,
}
