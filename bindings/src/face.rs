//! What is found in a frame, as records of plain values.
//!
//! Coordinates are pixels of the upright, unmirrored full-size frame, origin at its top left corner.

use crate::both_ways::both_ways;

/// A facial expression. This says what a face shows, not what a person feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Expression {
    /// Lowered brows, tight lips.
    Angry,
    /// Wrinkled nose, raised upper lip.
    Disgust,
    /// Raised and drawn brows, wide eyes.
    Fear,
    /// A smile or a laugh.
    Happy,
    /// Lowered mouth corners, raised inner brows.
    Sad,
    /// Raised brows, open mouth.
    Surprise,
    /// A relaxed face.
    Neutral,
}

/// Why a reading is unsure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Reason {
    /// The face covers too few pixels.
    TooSmall,
    /// The face is so dark that little of it can be told apart.
    TooDark,
    /// The face is so bright that little of it can be told apart.
    TooBright,
    /// The face is out of focus, moved, or was enlarged.
    Blurred,
    /// The face looks too far to a side, up or down.
    TurnedAway,
    /// The picture is good, but no expression stands out.
    Ambiguous,
}

/// What is said of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Verdict {
    /// The face shows this expression.
    Certain {
        /// The expression.
        expression: Expression,
    },
    /// The face can't be read with certainty. The scores are there all the same.
    Unsure {
        /// Why.
        reason: Reason,
    },
}

/// A probability for each expression; they sum to 1, and those outside the chosen set are 0.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Scores {
    /// Probability of [`Expression::Angry`].
    pub angry: f32,
    /// Probability of [`Expression::Disgust`].
    pub disgust: f32,
    /// Probability of [`Expression::Fear`].
    pub fear: f32,
    /// Probability of [`Expression::Happy`].
    pub happy: f32,
    /// Probability of [`Expression::Sad`].
    pub sad: f32,
    /// Probability of [`Expression::Surprise`].
    pub surprise: f32,
    /// Probability of [`Expression::Neutral`].
    pub neutral: f32,
}

/// A place in a picture.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Point {
    /// From the left edge to the right.
    pub x: f32,
    /// From the top edge down.
    pub y: f32,
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// From the left edge to the right one; not negative.
    pub width: f32,
    /// From the top edge to the bottom one; not negative.
    pub height: f32,
}

/// Width and height in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Five points of a face, named by the side of the picture they lie on: in an unmirrored picture, `image_left_eye` is the person's right eye.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
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

/// Where a head is turned, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Pose {
    /// Around the vertical axis; positive when the face looks to the right of the picture.
    pub yaw: f32,
    /// Around the axis through the ears; positive when the face looks up.
    pub pitch: f32,
    /// Tilt in the picture's plane; positive clockwise.
    pub roll: f32,
}

/// What was measured on one face.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Quality {
    /// Side of the square that was cut out for the classifier, in pixels of the reduced picture that Moue works on.
    pub side: f32,
    /// The same side in pixels of the full-size frame.
    pub side_in_frame: f32,
    /// Distance between the eyes, in pixels of the full-size frame.
    pub eye_distance: f32,
    /// Mean luma of the crop, from 0 (black) to 1 (white).
    pub brightness: f32,
    /// Standard deviation of the crop's luma on the same scale; at most 0.5.
    pub contrast: f32,
    /// Mean square of the crop's Laplacian over the variance of its luma: 0 for a flat crop, 20 for white noise.
    pub sharpness: f32,
    /// Where the head is turned; left out where the points lie on a line.
    pub pose: Option<Pose>,
}

/// A verdict with the scores behind it.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Reading {
    /// The expression, or why there is none.
    pub verdict: Verdict,
    /// The probabilities, also where the verdict is unsure.
    pub scores: Scores,
}

/// A face with its reading.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Face {
    /// The face from forehead to chin, upright whatever the head's tilt; may reach beyond the frame.
    pub bounds: Rect,
    /// How sure the detector is that this is a face, 0 to 1.
    pub score: f32,
    /// The five points.
    pub points: Points,
    /// What was measured on the face.
    pub quality: Quality,
    /// The expression, or why it is unsure, with the scores.
    pub reading: Reading,
}

/// The word for an expression in model files and machine-readable output: `happy`. Text for people is the wrapper's, in their language.
///
/// # Errors
///
/// None today.
#[uniffi::export]
pub fn expression_name(expression: Expression) -> Result<String, crate::NativeError> {
    Ok(moue::Expression::from(expression).name().to_owned())
}

/// The word for a reason in machine-readable output: `too_small`. Text for people is the wrapper's, in their language.
///
/// # Errors
///
/// None today.
#[uniffi::export]
pub fn reason_name(reason: Reason) -> Result<String, crate::NativeError> {
    Ok(moue::Reason::from(reason).name().to_owned())
}

both_ways!(
    moue::Expression,
    Expression,
    Angry,
    Disgust,
    Fear,
    Happy,
    Sad,
    Surprise,
    Neutral
);
both_ways!(
    moue::Reason,
    Reason,
    TooSmall,
    TooDark,
    TooBright,
    Blurred,
    TurnedAway,
    Ambiguous
);

impl From<moue::Verdict> for Verdict {
    fn from(verdict: moue::Verdict) -> Self {
        match verdict {
            moue::Verdict::Certain(expression) => Self::Certain {
                expression: expression.into(),
            },
            moue::Verdict::Unsure(reason) => Self::Unsure {
                reason: reason.into(),
            },
        }
    }
}

impl From<moue::Scores> for Scores {
    fn from(scores: moue::Scores) -> Self {
        use moue::Expression;
        Self {
            angry: scores[Expression::Angry],
            disgust: scores[Expression::Disgust],
            fear: scores[Expression::Fear],
            happy: scores[Expression::Happy],
            sad: scores[Expression::Sad],
            surprise: scores[Expression::Surprise],
            neutral: scores[Expression::Neutral],
        }
    }
}

impl From<moue::Point> for Point {
    fn from(moue::Point { x, y }: moue::Point) -> Self {
        Self { x, y }
    }
}

impl From<moue::Rect> for Rect {
    fn from(rect: moue::Rect) -> Self {
        let moue::Rect {
            x,
            y,
            width,
            height,
        } = rect;
        Self {
            x,
            y,
            width,
            height,
        }
    }
}

impl From<moue::Size> for Size {
    fn from(moue::Size { width, height }: moue::Size) -> Self {
        Self { width, height }
    }
}

impl From<moue::Points> for Points {
    fn from(points: moue::Points) -> Self {
        let moue::Points {
            image_left_eye,
            image_right_eye,
            nose,
            image_left_mouth,
            image_right_mouth,
        } = points;
        Self {
            image_left_eye: image_left_eye.into(),
            image_right_eye: image_right_eye.into(),
            nose: nose.into(),
            image_left_mouth: image_left_mouth.into(),
            image_right_mouth: image_right_mouth.into(),
        }
    }
}

impl From<moue::Pose> for Pose {
    fn from(
        moue::Pose {
            yaw, pitch, roll, ..
        }: moue::Pose,
    ) -> Self {
        Self { yaw, pitch, roll }
    }
}

impl From<moue::Quality> for Quality {
    fn from(quality: moue::Quality) -> Self {
        let moue::Quality {
            side,
            side_in_frame,
            eye_distance,
            brightness,
            contrast,
            sharpness,
            pose,
            ..
        } = quality;
        Self {
            side,
            side_in_frame,
            eye_distance,
            brightness,
            contrast,
            sharpness,
            pose: pose.map(Into::into),
        }
    }
}

impl From<moue::Reading> for Reading {
    fn from(
        moue::Reading {
            verdict, scores, ..
        }: moue::Reading,
    ) -> Self {
        Self {
            verdict: verdict.into(),
            scores: scores.into(),
        }
    }
}

impl From<moue::Face> for Face {
    fn from(face: moue::Face) -> Self {
        let moue::Face {
            bounds,
            score,
            points,
            quality,
            reading,
            ..
        } = face;
        Self {
            bounds: bounds.into(),
            score,
            points: points.into(),
            quality: quality.into(),
            reading: reading.into(),
        }
    }
}
