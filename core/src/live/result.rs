//! What a session says of one frame.

use super::observe::{Counts, StageTimes};
use crate::baseline::Calibration;
use crate::distance::Distance;
use crate::face::Face;
use crate::geometry::Size;
use crate::track::TrackId;

/// A face that is followed through the video.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LiveFace {
    /// Which face: the same in every frame that shows it, and never used for another.
    pub track: TrackId,
    /// The face, in pixels of the upright, unmirrored full-size frame. Its box, points and reading are steadied; what was measured on it is
    /// from the frame in which it was last read, its score from the last search that found it.
    pub face: Face,
    /// Nanoseconds since the frame in which the expression was read: 0 for this one.
    pub reading_age: u64,
    /// Nanoseconds since the frame that showed the face: 0 for this one. A face that one frame misses stays for a tenth of a second, where it
    /// was, so that it doesn't flicker.
    pub unseen: u64,
    /// Whether the reading is relative to the person's relaxed face.
    pub calibration: Calibration,
    /// How far away the face is, where the camera's field of view is known and the eyes can be seen.
    pub distance: Option<Distance>,
}

/// What is said of one frame.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FrameResult {
    /// The camera's own time of the frame, in nanoseconds.
    pub timestamp: u64,
    /// Size of the whole upright frame: the space of all coordinates here.
    pub frame_size: Size,
    /// The faces, the one known longest first.
    pub faces: Vec<LiveFace>,
    /// How long the stages took.
    pub times: StageTimes,
    /// How many frames there have been, this one included.
    pub counts: Counts,
    /// What was done, and what it costs.
    pub activity: Activity,
}

/// What a session did for a frame and has used lately.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Activity {
    /// Whether the whole picture was searched for faces.
    pub searched: bool,
    /// Faces seen.
    pub seen: usize,
    /// Faces read.
    pub read: usize,
    /// Results a second, over the last second or so; 0 for the first frame.
    pub rate: f32,
    /// Share of one core used by the analysis, over the last second or so; 0 for the first frame.
    pub load: f32,
    /// Nanoseconds that the budget leaves between two results now; 0 for as many as can be.
    pub interval: u64,
}
