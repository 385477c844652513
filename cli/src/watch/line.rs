//! The line of JSON that `watch --json` and `replay --json` print of a frame.

use std::time::Duration;

use moue::live::StageTimes;
use moue::{Expression, FrameResult, LiveFace};
use serde::Serialize;

use crate::report::FaceObject;

#[derive(Serialize)]
struct FrameObject<'a> {
    /// Nanoseconds.
    timestamp: u64,
    faces: Vec<TrackObject<'a>>,
    analyzed: u64,
    dropped: u64,
    milliseconds: TimesObject,
}

#[derive(Serialize)]
struct TrackObject<'a> {
    track: u64,
    #[serde(flatten)]
    face: FaceObject<'a>,
    distance: Option<DistanceObject>,
}

#[derive(Serialize)]
struct DistanceObject {
    meters: f32,
    deviation: f32,
}

#[derive(Serialize)]
struct TimesObject {
    turn: f64,
    follow: f64,
    search: f64,
    read: f64,
}

/// A frame as one line, with the scores of these expressions.
pub fn json(result: &FrameResult, expressions: &[Expression]) -> String {
    // From whole nanoseconds: as few digits as there are.
    let milliseconds = |time: Duration| time.as_nanos() as f64 / 1e6;
    let StageTimes {
        turn,
        search,
        follow,
        read,
    } = result.times;
    let object = FrameObject {
        timestamp: result.timestamp,
        faces: result
            .faces
            .iter()
            .map(|face| TrackObject::new(face, expressions))
            .collect(),
        analyzed: result.counts.analyzed,
        dropped: result.counts.dropped,
        milliseconds: TimesObject {
            turn: milliseconds(turn),
            follow: milliseconds(follow),
            search: milliseconds(search),
            read: milliseconds(read),
        },
    };
    serde_json::to_string(&object).expect("numbers, texts and lists have a JSON form")
}

impl<'a> TrackObject<'a> {
    fn new(face: &LiveFace, expressions: &'a [Expression]) -> Self {
        Self {
            track: face.track.0,
            face: FaceObject::new(&face.face, expressions),
            distance: face.distance.map(|distance| DistanceObject {
                meters: distance.meters,
                deviation: distance.deviation,
            }),
        }
    }
}
