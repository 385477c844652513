//! All that is remembered of one face while it is followed.

use crate::align::FACE_POINTS;
use crate::baseline::Baseline;
use crate::distance::Pinhole;
use crate::error::Error;
use crate::face::Face;
use crate::geometry::{Point, Rect, Size};
use crate::live::observe::{Found, Read, Sighting};
use crate::live::result::LiveFace;
use crate::pose::Pose;
use crate::quality::{Quality, Thresholds};
use crate::steady::{Evidence, SECOND, SteadyFace};
use crate::track::{Shape, TrackId};

/// How long a face that isn't seen stays in the results, in nanoseconds.
const SHOWN_UNSEEN: u64 = SECOND / 10;

/// The detector's score from which on a newcomer is believed at once: at 0.52 the detector makes 3 false boxes on 100 photos by itself, at its own
/// threshold 19 (its card).
const SURE: f32 = 0.52;

/// A face's box against the middle of its points, in its eye distances, where a search hasn't said yet: what the detector finds around the
/// two test photos' faces, on average.
const USUAL_BOX: RelativeBox = RelativeBox {
    x: -1.0,
    y: -1.35,
    width: 2.0,
    height: 2.6,
};

/// A face in the results and in memory.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub track: TrackId,
    /// Whether this is believed to be a face, and shown: a doubtful newcomer waits for a second search that finds it too.
    is_confirmed: bool,
    score: f32,
    relative_box: RelativeBox,
    steady: SteadyFace,
    shown: (Rect, [Point; FACE_POINTS]),
    first_seen: u64,
    last_seen: u64,
    baseline: Baseline,
    read: Option<LastRead>,
}

#[derive(Clone, Copy, Debug)]
struct LastRead {
    time: u64,
    quality: Quality,
    evidence: Evidence,
}

impl Person {
    pub fn new(track: TrackId, sighting: &Sighting, time: u64, thresholds: &Thresholds) -> Self {
        let shape = Shape::of(&sighting.points);
        let (score, bounds, relative_box) = match sighting.found {
            Some(found) => (found.score, found.bounds, RelativeBox::of(&found, &shape)),
            None => (0.0, USUAL_BOX.around(&shape), USUAL_BOX),
        };
        let mut person = Self {
            track,
            is_confirmed: score >= SURE,
            score,
            relative_box,
            steady: SteadyFace::new(bounds, &sighting.points),
            shown: (bounds, sighting.points),
            first_seen: time,
            last_seen: time,
            baseline: Baseline::default(),
            read: None,
        };
        person.take_reading(sighting.read, time, thresholds);
        person
    }

    pub fn update(&mut self, sighting: &Sighting, time: u64, thresholds: &Thresholds) {
        let shape = Shape::of(&sighting.points);
        if let Some(found) = sighting.found {
            self.is_confirmed = true;
            self.score = found.score;
            self.relative_box = RelativeBox::of(&found, &shape);
        }
        let bounds = self.relative_box.around(&shape);
        let elapsed = time.saturating_sub(self.last_seen);
        self.shown = self.steady.update(bounds, &sighting.points, elapsed);
        self.last_seen = time;
        self.take_reading(sighting.read, time, thresholds);
    }

    fn take_reading(&mut self, read: Option<Read>, time: u64, thresholds: &Thresholds) {
        let Some(Read { quality, scores }) = read else {
            return;
        };
        let scores = self.baseline.apply(&scores, time);
        let evidence = match self.read {
            Some(mut last) => {
                let elapsed = time.saturating_sub(last.time);
                last.evidence.update(&scores, &quality, thresholds, elapsed);
                last.evidence
            }
            None => Evidence::new(&scores, &quality, thresholds),
        };
        self.read = Some(LastRead {
            time,
            quality,
            evidence,
        });
    }

    /// Believes that this is a face.
    pub fn confirm(&mut self) {
        self.is_confirmed = true;
    }

    pub fn is_confirmed(&self) -> bool {
        self.is_confirmed
    }

    /// Whether the frame of this time, of which everything has been taken in, shows that this is no face: a newcomer that isn't confirmed
    /// must be seen in every frame, and a search must find it.
    pub fn is_refuted(&self, time: u64, searched: bool) -> bool {
        let is_new = self.first_seen == time;
        !self.is_confirmed && !is_new && (searched || self.last_seen != time)
    }

    /// What is shown at `time`; `None` for a face that isn't confirmed, hasn't been read yet or has been out of sight too long.
    pub fn face(&self, time: u64) -> Option<LiveFace> {
        let unseen = time.saturating_sub(self.last_seen);
        let is_shown = self.is_confirmed && unseen <= SHOWN_UNSEEN;
        let read = self.read.filter(|_| is_shown)?;
        let (bounds, points) = self.shown;
        Some(LiveFace {
            track: self.track,
            face: Face {
                bounds,
                score: self.score,
                points: points.into(),
                quality: read.quality,
                reading: read.evidence.reading(),
            },
            reading_age: time.saturating_sub(read.time),
            unseen,
            calibration: self.baseline.state(),
            distance: None,
        })
    }

    pub fn last_read(&self) -> Option<u64> {
        self.read.map(|read| read.time)
    }

    pub fn calibrate(&mut self, time: u64) {
        self.baseline = Baseline::start(time);
    }

    pub fn forget_baseline(&mut self) {
        self.baseline = Baseline::default();
    }

    /// Goes on in a picture `factor` times as large.
    pub fn scale(&mut self, factor: f32) {
        self.steady.scale(f64::from(factor));
        let (bounds, points) = &mut self.shown;
        let Rect {
            x,
            y,
            width,
            height,
        } = *bounds;
        *bounds = Rect::new(factor * x, factor * y, factor * width, factor * height);
        for point in points {
            *point = Point::new(factor * point.x, factor * point.y);
        }
    }
}

/// Gives each face its distance, where the field of view is known, for a frame whose buffer has this width and whose upright size is this.
pub(super) fn measure_distances(
    faces: &mut [LiveFace],
    field_of_view: Option<f32>,
    (buffer_width, frame_size): (u32, Size),
) -> Result<(), Error> {
    let Some(degrees) = field_of_view else {
        return Ok(());
    };
    let camera = Pinhole::new(degrees, buffer_width, frame_size)?;
    for face in faces {
        let points = face.face.points.to_array();
        let [left_eye, right_eye, ..] = points;
        face.distance =
            Pose::from_points(&points).and_then(|pose| camera.distance(left_eye, right_eye, &pose));
    }
    Ok(())
}

/// A box against the middle of a face's points, in the face's eye distances.
#[derive(Clone, Copy, Debug)]
struct RelativeBox {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

impl RelativeBox {
    fn of(found: &Found, shape: &Shape) -> Self {
        let Rect {
            x,
            y,
            width,
            height,
        } = found.bounds;
        Self {
            x: (x - shape.middle.x) / shape.unit,
            y: (y - shape.middle.y) / shape.unit,
            width: width / shape.unit,
            height: height / shape.unit,
        }
    }

    fn around(&self, shape: &Shape) -> Rect {
        Rect::new(
            shape.middle.x + self.x * shape.unit,
            shape.middle.y + self.y * shape.unit,
            self.width * shape.unit,
            self.height * shape.unit,
        )
    }
}
