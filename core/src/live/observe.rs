//! What was seen in one frame: all that the live state takes in, without a pixel.

use std::time::Duration;

use super::budget::{Budget, Thermal};
use crate::align::FACE_POINTS;
use crate::expression::Scores;
use crate::geometry::{Point, Rect, Size};
use crate::pose::Pose;
use crate::quality::Quality;
use crate::track::{Shape, TrackId};

/// The farthest from the frame's origin that anything of a face is looked for, in pixels along an axis: as far as crops are cut.
const FARTHEST: f32 = (1 << 20) as f32;

/// The least eye distance of a face, in pixels.
const LEAST_EYE_DISTANCE: f32 = 0.01;

/// What was seen in one frame, and what was asked of the session before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observations {
    /// The camera's own time of the frame, in nanoseconds.
    pub timestamp: u64,
    /// Size of the whole upright frame: the space of all coordinates here.
    pub frame_size: Size,
    /// Width of the frame as it lay in its buffer, before any turn: what the field of view spans.
    pub buffer_width: u32,
    /// Whether the whole picture was searched for faces.
    pub searched: bool,
    /// The faces seen, each once.
    pub sightings: Vec<Sighting>,
    /// How long the stages took.
    pub times: StageTimes,
    /// How many frames there have been.
    pub counts: Counts,
    /// What was asked of the session since the frame before, in this order.
    pub commands: Vec<Command>,
}

impl Default for Observations {
    fn default() -> Self {
        Self {
            timestamp: 0,
            frame_size: Size::new(1, 1),
            buffer_width: 1,
            searched: false,
            sightings: Vec::new(),
            times: StageTimes::default(),
            counts: Counts::default(),
            commands: Vec::new(),
        }
    }
}

/// One face as one frame shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner.
    pub points: [Point; FACE_POINTS],
    /// Whether the face may be half covered or none: it was followed, but not clearly seen, and not searched for in this frame.
    pub is_doubtful: bool,
    /// What the search found there; `None` for a face that was followed without a search.
    pub found: Option<Found>,
    /// What was read; `None` where the reading was left for another frame.
    pub read: Option<Read>,
}

/// A face in a search's eyes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// How sure the detector is that this is a face, 0 to 1.
    pub score: f32,
    /// The face from forehead to chin.
    pub bounds: Rect,
}

/// A face's reading in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Read {
    /// What was measured on the face.
    pub quality: Quality,
    /// The probabilities that the network gave.
    pub scores: Scores,
}

/// How long the stages of one frame took, by the session's own clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// Turning the working picture upright.
    pub turn: Duration,
    /// Searching the whole picture for faces.
    pub search: Duration,
    /// Following faces from their last points.
    pub follow: Duration,
    /// Cutting, measuring and reading faces.
    pub read: Duration,
}

impl StageTimes {
    /// All of them together.
    pub fn total(&self) -> Duration {
        [self.search, self.follow, self.read]
            .into_iter()
            .fold(self.turn, Duration::saturating_add)
    }
}

/// How many frames have been submitted, this one included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames that were analysed.
    pub analyzed: u64,
    /// Frames that weren't: replaced by a newer one while they waited, passed over to keep the budget, or submitted during a pause.
    pub dropped: u64,
}

/// Something asked of a session while it runs; it takes effect with the next frame.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// Read this person's relaxed face for a second, then give readings relative to it.
    Calibrate(TrackId),
    /// Give this person's readings without a baseline again.
    ForgetBaseline(TrackId),
    /// Keep another budget.
    Budget(Budget),
    /// The device has become warmer or cooler.
    Thermal(Thermal),
}

impl Sighting {
    /// Whether all numbers are finite, the points span a face, a box has an area, and both lie near the frame. Anything else is passed over.
    pub(crate) fn is_sound(&self) -> bool {
        // Written so that numbers that aren't any fail too.
        let is_near = |value: f32| value.abs() <= FARTHEST;
        let is_box = |found: &Found| {
            let Rect {
                x,
                y,
                width,
                height,
            } = found.bounds;
            found.score.is_finite()
                && [x, y, width, height].into_iter().all(is_near)
                && width > 0.0
                && height > 0.0
        };
        let is_read = |read: &Read| {
            let Quality {
                side,
                side_in_frame,
                eye_distance,
                brightness,
                contrast,
                sharpness,
                pose,
            } = read.quality;
            let Pose { yaw, pitch, roll } = pose.unwrap_or_default();
            let scores = read.scores.iter().map(|(_, score)| score);
            [
                side,
                side_in_frame,
                eye_distance,
                brightness,
                contrast,
                sharpness,
                yaw,
                pitch,
                roll,
            ]
            .into_iter()
            .chain(scores)
            .all(f32::is_finite)
        };
        self.points
            .iter()
            .all(|point| is_near(point.x) && is_near(point.y))
            && Shape::of(&self.points).unit >= LEAST_EYE_DISTANCE
            && self.found.as_ref().is_none_or(is_box)
            && self.read.as_ref().is_none_or(is_read)
    }
}
