//! What a live session says of one frame, as records of plain values. Times are nanoseconds.

use std::time::Duration;

use crate::face::{Face, Size};

/// How far a face's calibration has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Calibration {
    /// Not asked for: readings are those of any face.
    None,
    /// The relaxed face is being read; readings are still those of any face.
    Running,
    /// Readings are relative to the person's relaxed face.
    Done,
}

/// An estimated distance from the camera to the middle between the eyes, for an adult.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Distance {
    /// Metres.
    pub meters: f32,
    /// One standard deviation, in metres.
    pub deviation: f32,
}

/// A face that is followed through the video.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct LiveFace {
    /// Which face: the same in every frame that shows it, and never used for another.
    pub track: u64,
    /// The face. Its box, points and reading are steadied; what was measured on it is from the frame in which it was last read.
    pub face: Face,
    /// Nanoseconds since the frame in which the expression was read: 0 for this one.
    pub reading_age_ns: u64,
    /// Nanoseconds since the frame that showed the face: 0 for this one.
    pub unseen_ns: u64,
    /// Whether the reading is relative to the person's relaxed face.
    pub calibration: Calibration,
    /// How far away the face is, where the camera's field of view is known and the eyes can be seen.
    pub distance: Option<Distance>,
}

/// How long the stages of one frame took, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct StageTimes {
    /// Turning the reduced picture upright.
    pub turn_ns: u64,
    /// Searching the whole picture for faces.
    pub search_ns: u64,
    /// Following faces from their last points.
    pub follow_ns: u64,
    /// Cutting, measuring and reading faces.
    pub read_ns: u64,
    /// All of them together.
    pub total_ns: u64,
}

/// How many frames there have been, this one included, and what the session did and has used lately.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct Activity {
    /// Frames that were analysed.
    pub analyzed: u64,
    /// Frames that weren't: replaced by a newer one, passed over to keep the budget, or submitted during a pause.
    pub dropped: u64,
    /// Whether the whole picture was searched for faces.
    pub searched: bool,
    /// Faces seen.
    pub seen: u32,
    /// Faces read.
    pub read: u32,
    /// Results a second, over the last second or so; 0 for the first frame.
    pub rate: f32,
    /// Share of one core used by the analysis, over the last second or so; 0 for the first frame.
    pub load: f32,
    /// Nanoseconds that the budget leaves between two results now; 0 for as many as can be.
    pub interval_ns: u64,
}

/// What is said of one frame.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct FrameResult {
    /// The camera's own time of the frame.
    pub timestamp_ns: i64,
    /// Size of the whole frame once upright: the space of all coordinates here.
    pub frame_size: Size,
    /// The faces, the one known longest first.
    pub faces: Vec<LiveFace>,
    /// How long the stages took.
    pub times: StageTimes,
    /// What was done, and what it costs.
    pub activity: Activity,
}

impl From<moue::LiveFace> for LiveFace {
    fn from(live: moue::LiveFace) -> Self {
        let moue::LiveFace {
            track,
            face,
            reading_age,
            unseen,
            calibration,
            distance,
            ..
        } = live;
        Self {
            track: track.0,
            face: face.into(),
            reading_age_ns: reading_age,
            unseen_ns: unseen,
            calibration: match calibration {
                moue::Calibration::None => Calibration::None,
                moue::Calibration::Running => Calibration::Running,
                moue::Calibration::Done => Calibration::Done,
                other => unreachable!("the bindings don't know {other:?}"),
            },
            distance: distance.map(
                |moue::Distance {
                     meters, deviation, ..
                 }| Distance { meters, deviation },
            ),
        }
    }
}

impl From<&moue::FrameResult> for FrameResult {
    fn from(result: &moue::FrameResult) -> Self {
        let moue::FrameResult {
            timestamp,
            frame_size,
            faces,
            times,
            counts,
            activity,
            ..
        } = result;
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let moue::live::Counts { analyzed, dropped } = *counts;
        let moue::live::Activity {
            searched,
            seen,
            read,
            rate,
            load,
            interval,
            ..
        } = *activity;
        Self {
            // It came as one.
            timestamp_ns: i64::try_from(*timestamp).unwrap_or(i64::MAX),
            frame_size: (*frame_size).into(),
            faces: faces.iter().copied().map(LiveFace::from).collect(),
            times: StageTimes {
                turn_ns: nanoseconds(times.turn),
                search_ns: nanoseconds(times.search),
                follow_ns: nanoseconds(times.follow),
                read_ns: nanoseconds(times.read),
                total_ns: nanoseconds(times.total()),
            },
            activity: Activity {
                analyzed,
                dropped,
                searched,
                seen: seen as u32,
                read: read as u32,
                rate,
                load,
                interval_ns: interval,
            },
        }
    }
}
