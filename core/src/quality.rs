//! Whether a face is good enough to read: its size, light, sharpness and pose, and the reason where it isn't.
//!
//! The aligned crop is measured, since that is what the classifier sees. Whether the classifier's own scores are clear enough
//! ([`Reason::Ambiguous`]) is `expression`'s to judge.

use std::fmt;

use crate::align::{FACE_POINTS, Similarity};
use crate::error::Error;
use crate::geometry::Point;
use crate::pose::Pose;
use crate::resample::LumaView;

/// Side of the crop that is measured, in pixels: the thresholds of sharpness are for this size. Where a network looks at another size, the
/// face is cut once more.
pub const CROP_SIDE: u32 = 48;

/// Why a reading is unsure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
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

impl Reason {
    /// The name in machine-readable output: `too_small`, `too_dark`, `too_bright`, `blurred`, `turned_away` or `ambiguous`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooSmall => "too_small",
            Self::TooDark => "too_dark",
            Self::TooBright => "too_bright",
            Self::Blurred => "blurred",
            Self::TurnedAway => "turned_away",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// The reason in words: `too small`, `turned away`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooSmall => "too small",
            Self::TooDark => "too dark",
            Self::TooBright => "too bright",
            Self::Blurred => "blurred",
            Self::TurnedAway => "turned away",
            Self::Ambiguous => "ambiguous",
        })
    }
}

/// What was measured on one face.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Quality {
    /// Side of the square that was cut out for the classifier, in pixels of the working picture.
    pub side: f32,
    /// The same side in pixels of the full-size frame.
    pub side_in_frame: f32,
    /// Distance between the eyes, in pixels of the full-size frame.
    pub eye_distance: f32,
    /// Mean luma of the crop, from 0 (black) to 1 (white).
    pub brightness: f32,
    /// Standard deviation of the crop's luma on the same scale; at most 0.5.
    pub contrast: f32,
    /// Mean square of the crop's Laplacian over the variance of its luma: 0 for a flat crop, 20 for white noise. Neither light nor contrast
    /// changes it. Sharp portraits at 48x48 have 0.1 to 0.5, blurred by a Gaussian of one pixel 0.04, of two pixels 0.01.
    pub sharpness: f32,
    /// Where the head is turned; `None` where the points lie on a line, as in a face seen edge-on.
    pub pose: Option<Pose>,
}

impl Quality {
    /// Measures a face.
    ///
    /// `crop` is its aligned square and `to_picture` the transform along which it was cut out of the working picture; `points` are its five
    /// points in the working picture, each of whose pixels is `factor` pixels of the frame wide.
    pub fn measure(
        crop: LumaView<'_>,
        to_picture: &Similarity,
        points: &[Point; FACE_POINTS],
        factor: u32,
    ) -> Self {
        let [left_eye, right_eye, ..] = *points;
        let side = (f64::from(crop.size().width) * to_picture.scale()) as f32;
        let light = Light::of(crop);
        Self {
            side,
            side_in_frame: side * factor as f32,
            eye_distance: left_eye.distance(right_eye) * factor as f32,
            brightness: (light.mean / f64::from(u8::MAX)) as f32,
            contrast: (light.variance.sqrt() / f64::from(u8::MAX)) as f32,
            sharpness: sharpness(crop, light.variance),
            pose: Pose::from_points(points),
        }
    }

    /// The first reason, in the order of [`Reason`], why this face can't be read well; `None` where it can.
    pub fn reason(&self, thresholds: &Thresholds) -> Option<Reason> {
        let flat = self.contrast < thresholds.least_contrast;
        let turned_away = self.pose.is_none_or(|pose| {
            pose.yaw.abs() > thresholds.most_yaw || pose.pitch.abs() > thresholds.most_pitch
        });
        if self.side < thresholds.least_side {
            Some(Reason::TooSmall)
        } else if flat && self.brightness < thresholds.least_brightness {
            Some(Reason::TooDark)
        } else if flat && self.brightness > thresholds.most_brightness {
            Some(Reason::TooBright)
        } else if self.sharpness < thresholds.least_sharpness {
            Some(Reason::Blurred)
        } else if turned_away {
            Some(Reason::TurnedAway)
        } else {
            None
        }
    }
}

/// From where on a face isn't read with certainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Least [`Quality::side`], in pixels of the working picture. Default 24: half of what the classifier looks at.
    pub least_side: f32,
    /// Mean luma below which a crop of too little contrast is too dark, 0 to 1. Default 0.15.
    pub least_brightness: f32,
    /// Mean luma above which a crop of too little contrast is too bright, 0 to 1. Default 0.85.
    pub most_brightness: f32,
    /// Contrast below which a dark or bright crop counts as unreadable, 0 to 0.5. Default 0.05. A well-lit dark face keeps its contrast,
    /// an underexposed one doesn't: so it is the light that is judged, not the skin.
    pub least_contrast: f32,
    /// Least [`Quality::sharpness`]. Default 0.02: about a Gaussian blur of 1.5 pixels of a crop of 48.
    pub least_sharpness: f32,
    /// Most degrees of yaw to either side. Default 45, as far as the detector is made for.
    pub most_yaw: f32,
    /// Most degrees of pitch up or down. Default 35.
    pub most_pitch: f32,
    /// Least probability of the best expression, 0 to 1; below it the reading is [`Reason::Ambiguous`]. Default 0.5: more likely than not.
    pub least_score: f32,
}

impl Thresholds {
    /// Fails for a number outside the range that its field documents.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (option, value, most) in [
            ("thresholds.least_side", self.least_side, f32::MAX),
            ("thresholds.least_brightness", self.least_brightness, 1.0),
            ("thresholds.most_brightness", self.most_brightness, 1.0),
            ("thresholds.least_contrast", self.least_contrast, 0.5),
            ("thresholds.least_sharpness", self.least_sharpness, 20.0),
            ("thresholds.most_yaw", self.most_yaw, 180.0),
            ("thresholds.most_pitch", self.most_pitch, 180.0),
            ("thresholds.least_score", self.least_score, 1.0),
        ] {
            Error::check_option(option, value, 0.0, most)?;
        }
        Ok(())
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            least_side: 24.0,
            least_brightness: 0.15,
            most_brightness: 0.85,
            least_contrast: 0.05,
            least_sharpness: 0.02,
            most_yaw: 45.0,
            most_pitch: 35.0,
            least_score: 0.5,
        }
    }
}

/// Mean and variance of luma, in grey levels.
struct Light {
    mean: f64,
    variance: f64,
}

impl Light {
    fn of(crop: LumaView<'_>) -> Self {
        let (mut sum, mut squares) = (0_u64, 0_u64);
        for &pixel in crop.pixels() {
            let pixel = u64::from(pixel);
            sum += pixel;
            squares += pixel * pixel;
        }
        let count = crop.pixels().len() as f64;
        let mean = sum as f64 / count;
        Self {
            mean,
            variance: (squares as f64 / count - mean * mean).max(0.0),
        }
    }
}

/// Mean square of the 4-neighbour Laplacian inside the crop, over the variance.
fn sharpness(crop: LumaView<'_>, variance: f64) -> f32 {
    let (width, height) = (crop.size().width as usize, crop.size().height as usize);
    if width < 3 || height < 3 || variance <= 0.0 {
        return 0.0;
    }
    let mut squares = 0_i64;
    let pixels = crop.pixels();
    let row = |y: usize| &pixels[y * width..][..width];
    for y in 1..height - 1 {
        let (above, row, below) = (row(y - 1), row(y), row(y + 1));
        for x in 1..width - 1 {
            let around = i64::from(above[x])
                + i64::from(below[x])
                + i64::from(row[x - 1])
                + i64::from(row[x + 1]);
            let laplacian = 4 * i64::from(row[x]) - around;
            squares += laplacian * laplacian;
        }
    }
    let count = ((width - 2) * (height - 2)) as f64;
    (squares as f64 / count / variance) as f32
}
