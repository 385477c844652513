//! The record of one frame and how it maps to the types of the live state.
//!
//! Each conversion takes its source apart by name, so a field that is added can't be forgotten here.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::header::BudgetRecord;
use crate::align::FACE_POINTS;
use crate::expression::{Expression, Scores};
use crate::geometry::{Point, Rect, Size};
use crate::live::budget::Thermal;
use crate::live::observe::{Command, Counts, Found, Observations, Read, Sighting, StageTimes};
use crate::pose::Pose;
use crate::quality::Quality;
use crate::track::TrackId;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ThermalRecord {
    Nominal,
    Fair,
    Serious,
    Critical,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CommandRecord {
    Calibrate(u64),
    ForgetBaseline(u64),
    Budget(BudgetRecord),
    Thermal(ThermalRecord),
}

/// One analysed frame.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrameRecord {
    timestamp_ns: u64,
    /// Width and height.
    frame: [u32; 2],
    buffer_width: u32,
    searched: bool,
    faces: Vec<FaceRecord>,
    times_ns: TimesRecord,
    analyzed: u64,
    dropped: u64,
    commands: Vec<CommandRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimesRecord {
    turn: u64,
    search: u64,
    follow: u64,
    read: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaceRecord {
    points: [[f32; 2]; FACE_POINTS],
    doubtful: bool,
    found: Option<FoundRecord>,
    read: Option<ReadRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FoundRecord {
    score: f32,
    /// Left, top, width, height.
    bounds: [f32; 4],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadRecord {
    quality: QualityRecord,
    scores: [f32; 7],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct QualityRecord {
    side: f32,
    side_in_frame: f32,
    eye_distance: f32,
    brightness: f32,
    contrast: f32,
    sharpness: f32,
    /// Yaw, pitch, roll.
    pose: Option<[f32; 3]>,
}

impl From<Command> for CommandRecord {
    fn from(command: Command) -> Self {
        match command {
            Command::Calibrate(track) => Self::Calibrate(track.0),
            Command::ForgetBaseline(track) => Self::ForgetBaseline(track.0),
            Command::Budget(budget) => Self::Budget(budget.into()),
            Command::Thermal(thermal) => Self::Thermal(match thermal {
                Thermal::Nominal => ThermalRecord::Nominal,
                Thermal::Fair => ThermalRecord::Fair,
                Thermal::Serious => ThermalRecord::Serious,
                Thermal::Critical => ThermalRecord::Critical,
            }),
        }
    }
}

impl From<CommandRecord> for Command {
    fn from(command: CommandRecord) -> Self {
        match command {
            CommandRecord::Calibrate(track) => Self::Calibrate(TrackId(track)),
            CommandRecord::ForgetBaseline(track) => Self::ForgetBaseline(TrackId(track)),
            CommandRecord::Budget(budget) => Self::Budget(budget.into()),
            CommandRecord::Thermal(thermal) => Self::Thermal(match thermal {
                ThermalRecord::Nominal => Thermal::Nominal,
                ThermalRecord::Fair => Thermal::Fair,
                ThermalRecord::Serious => Thermal::Serious,
                ThermalRecord::Critical => Thermal::Critical,
            }),
        }
    }
}

impl From<&Observations> for FrameRecord {
    fn from(seen: &Observations) -> Self {
        let Observations {
            timestamp,
            frame_size,
            buffer_width,
            searched,
            sightings,
            times,
            counts,
            commands,
        } = seen;
        let StageTimes {
            turn,
            search,
            follow,
            read,
        } = times;
        let [turn, search, follow, read] =
            [turn, search, follow, read].map(|time| time.as_nanos().try_into().unwrap_or(u64::MAX));
        let Counts { analyzed, dropped } = *counts;
        Self {
            timestamp_ns: *timestamp,
            frame: [frame_size.width, frame_size.height],
            buffer_width: *buffer_width,
            searched: *searched,
            faces: sightings
                .iter()
                .filter(|sighting| sighting.is_sound())
                .map(|sighting| FaceRecord::from(*sighting))
                .collect(),
            times_ns: TimesRecord {
                turn,
                search,
                follow,
                read,
            },
            analyzed,
            dropped,
            commands: commands
                .iter()
                .map(|command| CommandRecord::from(*command))
                .collect(),
        }
    }
}

impl From<FrameRecord> for Observations {
    fn from(record: FrameRecord) -> Self {
        let FrameRecord {
            timestamp_ns,
            frame: [width, height],
            buffer_width,
            searched,
            faces,
            times_ns,
            analyzed,
            dropped,
            commands,
        } = record;
        let TimesRecord {
            turn,
            search,
            follow,
            read,
        } = times_ns;
        let [turn, search, follow, read] = [turn, search, follow, read].map(Duration::from_nanos);
        Self {
            timestamp: timestamp_ns,
            frame_size: Size::new(width, height),
            buffer_width,
            searched,
            sightings: faces.into_iter().map(Sighting::from).collect(),
            times: StageTimes {
                turn,
                search,
                follow,
                read,
            },
            counts: Counts { analyzed, dropped },
            commands: commands.into_iter().map(Command::from).collect(),
        }
    }
}

impl From<Sighting> for FaceRecord {
    fn from(sighting: Sighting) -> Self {
        let Sighting {
            points,
            is_doubtful,
            found,
            read,
        } = sighting;
        Self {
            points: points.map(|point| [point.x, point.y]),
            doubtful: is_doubtful,
            found: found.map(|Found { score, bounds }| {
                let Rect {
                    x,
                    y,
                    width,
                    height,
                } = bounds;
                FoundRecord {
                    score,
                    bounds: [x, y, width, height],
                }
            }),
            read: read.map(|Read { quality, scores }| ReadRecord {
                quality: quality.into(),
                scores: Expression::ALL.map(|expression| scores[expression]),
            }),
        }
    }
}

impl From<FaceRecord> for Sighting {
    fn from(record: FaceRecord) -> Self {
        let FaceRecord {
            points,
            doubtful,
            found,
            read,
        } = record;
        Self {
            points: points.map(|[x, y]| Point::new(x, y)),
            is_doubtful: doubtful,
            found: found.map(|FoundRecord { score, bounds }| {
                let [x, y, width, height] = bounds;
                Found {
                    score,
                    bounds: Rect::new(x, y, width, height),
                }
            }),
            read: read.map(|ReadRecord { quality, scores }| Read {
                quality: quality.into(),
                scores: Scores::from_array(scores),
            }),
        }
    }
}

impl From<Quality> for QualityRecord {
    fn from(quality: Quality) -> Self {
        let Quality {
            side,
            side_in_frame,
            eye_distance,
            brightness,
            contrast,
            sharpness,
            pose,
        } = quality;
        Self {
            side,
            side_in_frame,
            eye_distance,
            brightness,
            contrast,
            sharpness,
            pose: pose.map(|Pose { yaw, pitch, roll }| [yaw, pitch, roll]),
        }
    }
}

impl From<QualityRecord> for Quality {
    fn from(record: QualityRecord) -> Self {
        let QualityRecord {
            side,
            side_in_frame,
            eye_distance,
            brightness,
            contrast,
            sharpness,
            pose,
        } = record;
        Self {
            side,
            side_in_frame,
            eye_distance,
            brightness,
            contrast,
            sharpness,
            pose: pose.map(|[yaw, pitch, roll]| Pose { yaw, pitch, roll }),
        }
    }
}
