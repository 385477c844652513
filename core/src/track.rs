//! Which face of this frame is which of the frames before: stable identities from points and times alone.
//!
//! Nothing is known here of what a face looks like, so two people who change places while both are out of sight for an instant can't be told
//! apart, and neither can a cut to a face of the same size in the same place. Steadying what is shown is `steady`'s work.

use std::cmp::Ordering;
use std::fmt;

use crate::align::FACE_POINTS;
use crate::geometry::Point;
use crate::steady::{SECOND, seconds};

/// How long a face may be out of sight and keep its identity, in nanoseconds.
pub const LONGEST_OCCLUSION: u64 = SECOND / 2;

/// Eye distances, as [`Shape::unit`] has them, that a face may be from where it was expected.
const GATE: f32 = 1.0;

/// Eye distances by which the gate grows for each second out of sight.
const GATE_GROWTH: f32 = 1.5;

/// How many times as large or small as expected a face may be.
const MOST_SIZE_RATIO: f32 = 1.7;

/// What a size off by a factor of e costs, in eye distances.
const SIZE_COST: f32 = 1.0;

/// Two tracks whose costs for one face differ by less could both be that face.
const AMBIGUOUS: f32 = 0.35;

/// Faces whose middles are expected to be closer, in eye distances of the larger, cover each other.
pub(crate) const COVERING: f32 = 1.3;

/// Time constant of the velocity, in seconds.
const VELOCITY_TIME: f64 = 0.1;

/// How many times as large or small a face may be expected to get while it is out of sight.
const MOST_GROWTH: f64 = 1.5;

/// The eye distance of the mean face over the root mean square distance of its points from their middle.
const EYES_PER_SPREAD: f32 = 1.6;

/// Which face: a number that is never used again in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrackId(pub u64);

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The middle of a face's points and their spread around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    pub middle: Point,
    /// The eye distance of a mean face with this spread, whichever way it looks.
    pub unit: f32,
}

impl Shape {
    pub fn of(points: &[Point; FACE_POINTS]) -> Self {
        let count = FACE_POINTS as f32;
        let (x, y) = points
            .iter()
            .fold((0.0, 0.0), |(x, y), point| (x + point.x, y + point.y));
        let middle = Point::new(x / count, y / count);
        let squares: f32 = points
            .iter()
            .map(|point| {
                let distance = point.distance(middle);
                distance * distance
            })
            .sum();
        Self {
            middle,
            unit: EYES_PER_SPREAD * (squares / count).sqrt(),
        }
    }
}

/// A face in one frame, to be tied to a track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner.
    pub points: [Point; FACE_POINTS],
    /// Whether the face may be half covered or none: it keeps a track alive, but how it moves isn't learned from it.
    pub is_doubtful: bool,
}

/// A face that can be seen well.
impl From<[Point; FACE_POINTS]> for Seen {
    fn from(points: [Point; FACE_POINTS]) -> Self {
        Self {
            points,
            is_doubtful: false,
        }
    }
}

/// Where a face was last seen for certain, and how it moved then.
#[derive(Clone, Copy, Debug)]
struct Motion {
    time: u64,
    points: [Point; FACE_POINTS],
    shape: Shape,
    /// Pixels a second to the right and down; 0 for a face seen once.
    velocity: (f64, f64),
    /// By what share of its size the face grows in a second.
    growth: f64,
}

impl Motion {
    fn first(time: u64, points: &[Point; FACE_POINTS]) -> Self {
        Self {
            time,
            points: *points,
            shape: Shape::of(points),
            velocity: (0.0, 0.0),
            growth: 0.0,
        }
    }

    fn update(&mut self, time: u64, points: &[Point; FACE_POINTS]) {
        let shape = Shape::of(points);
        let elapsed = seconds(time.saturating_sub(self.time));
        if elapsed > 0.0 {
            let step = |to: f32, from: f32| (f64::from(to) - f64::from(from)) / elapsed;
            let (x, y) = (
                step(shape.middle.x, self.shape.middle.x),
                step(shape.middle.y, self.shape.middle.y),
            );
            let growth = step(shape.unit, self.shape.unit) / f64::from(self.shape.unit);
            let weight = 1.0 - libm::exp(-elapsed / VELOCITY_TIME);
            let mixed = |old: f64, new: f64| old + weight * (new - old);
            self.velocity = (mixed(self.velocity.0, x), mixed(self.velocity.1, y));
            self.growth = mixed(self.growth, growth);
        }
        (self.time, self.points, self.shape) = (time, *points, shape);
    }

    /// Where the points are at `time` if the face goes on as it went.
    fn at(&self, time: u64) -> [Point; FACE_POINTS] {
        let elapsed = seconds(time.saturating_sub(self.time));
        let scale = (1.0 + self.growth * elapsed).clamp(1.0 / MOST_GROWTH, MOST_GROWTH) as f32;
        let (x, y) = self.velocity;
        let middle = self.shape.middle;
        let moved = Point::new(
            middle.x + (x * elapsed) as f32,
            middle.y + (y * elapsed) as f32,
        );
        self.points.map(|point| {
            Point::new(
                moved.x + scale * (point.x - middle.x),
                moved.y + scale * (point.y - middle.y),
            )
        })
    }

    fn scale(&mut self, factor: f32) {
        let scaled = |point: Point| Point::new(factor * point.x, factor * point.y);
        self.points = self.points.map(scaled);
        self.shape = Shape {
            middle: scaled(self.shape.middle),
            unit: factor * self.shape.unit,
        };
        let factor = f64::from(factor);
        self.velocity = (factor * self.velocity.0, factor * self.velocity.1);
    }
}

/// A face that is followed, or was until a moment ago.
#[derive(Clone, Copy, Debug)]
pub struct Track {
    id: TrackId,
    motion: Motion,
    last_seen: u64,
}

impl Track {
    /// Which face.
    pub fn id(&self) -> TrackId {
        self.id
    }

    /// The time of the frame that showed the face last, in nanoseconds.
    pub fn last_seen(&self) -> u64 {
        self.last_seen
    }

    /// Where the five points are expected at `time`, with the velocity and growth of the frames before.
    pub fn expected(&self, time: u64) -> [Point; FACE_POINTS] {
        self.motion.at(time)
    }
}

/// A track and a face that may be one, by their places.
#[derive(Clone, Copy, Debug)]
struct Pair {
    cost: f32,
    track: usize,
    face: usize,
}

/// Ties the faces of each frame to those of the frames before.
///
/// The order in which faces are handed in changes nothing. Nothing is allocated once as many faces have been seen as are allowed.
#[derive(Debug)]
pub struct Tracker {
    most_faces: usize,
    tracks: Vec<Track>,
    next: u64,
    pairs: Vec<Pair>,
    /// For each face of this frame its track, once it has one.
    track_of: Vec<Option<usize>>,
    is_taken: Vec<bool>,
    newcomers: Vec<usize>,
}

impl Tracker {
    /// A tracker that has seen nothing. At most `most_faces` are in sight at a time; as many again may be out of sight for a moment.
    pub fn new(most_faces: usize) -> Self {
        Self {
            most_faces,
            tracks: Vec::with_capacity(3 * most_faces),
            next: 1,
            pairs: Vec::with_capacity(4 * most_faces),
            track_of: Vec::with_capacity(most_faces),
            is_taken: Vec::with_capacity(3 * most_faces),
            newcomers: Vec::with_capacity(most_faces),
        }
    }

    /// The faces that are followed, those out of sight for a moment included, the oldest first.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// Ties the `faces` seen at `time` (nanoseconds, later than the last) to tracks: `ids` gets one for each face, in their order. Each
    /// entry of `faces` is one face, found once; at most as many as [`Self::new`] was told.
    ///
    /// Pairs of a track and a face are taken by their cost, the cheapest first: the mean distance of the points from where they are expected,
    /// in eye distances, and the logarithm of the sizes' ratio. What lies too far off is never paired. A face without a track gets a new
    /// one; a track without a face for half a second ends.
    pub fn update(&mut self, time: u64, faces: &[Seen], ids: &mut Vec<TrackId>) {
        self.tracks
            .retain(|track| time.saturating_sub(track.last_seen) <= LONGEST_OCCLUSION);
        self.find_pairs(time, faces);
        self.track_of.clear();
        self.track_of.resize(faces.len(), None);
        self.is_taken.clear();
        self.is_taken.resize(self.tracks.len(), false);
        for index in 0..self.pairs.len() {
            let Pair { track, face, cost } = self.pairs[index];
            if self.is_taken[track] || self.track_of[face].is_some() {
                continue;
            }
            self.is_taken[track] = true;
            self.track_of[face] = Some(track);
            let could_be_another = self.pairs.iter().any(|other| {
                other.face == face && other.track != track && other.cost - cost < AMBIGUOUS
            });
            let is_covering = self.meets_another(track, time);
            let track = &mut self.tracks[track];
            track.last_seen = time;
            // While faces pass each other or are half covered, each keeps the course on which it came.
            let is_recent = time.saturating_sub(track.motion.time) <= LONGEST_OCCLUSION;
            let is_unsure = could_be_another || is_covering || faces[face].is_doubtful;
            if !(is_unsure && is_recent) {
                track.motion.update(time, &faces[face].points);
            }
        }
        self.welcome(time, faces);
        ids.clear();
        ids.extend(
            self.track_of
                .iter()
                .map(|track| self.tracks[track.expect("every face has a track by now")].id),
        );
        // Last, since it moves tracks: no more are kept out of sight than may be in sight.
        let spare = self.tracks.len().saturating_sub(2 * self.most_faces);
        for _ in 0..spare {
            let longest_unseen = (0..self.tracks.len())
                .min_by_key(|&index| (self.tracks[index].last_seen, self.tracks[index].id));
            if let Some(index) = longest_unseen {
                self.tracks.remove(index);
            }
        }
    }

    /// Ends every track: after a cut, or where the picture has another shape. Their identities aren't used again.
    pub fn clear(&mut self) {
        self.tracks.clear();
    }

    /// Ends one track.
    pub fn forget(&mut self, id: TrackId) {
        self.tracks.retain(|track| track.id != id);
    }

    /// Goes on in a picture `factor` times as large.
    pub fn scale(&mut self, factor: f32) {
        for track in &mut self.tracks {
            track.motion.scale(factor);
        }
    }

    /// Whether another face is expected so near to this track's that one covers the other.
    fn meets_another(&self, track: usize, time: u64) -> bool {
        let shape = |index: usize| Shape::of(&self.tracks[index].expected(time));
        let mine = shape(track);
        (0..self.tracks.len())
            .filter(|&other| other != track)
            .any(|other| {
                let other = shape(other);
                mine.middle.distance(other.middle) < COVERING * mine.unit.max(other.unit)
            })
    }

    /// Fills `pairs` with those that may be one face, the cheapest first; equal costs in an order that doesn't depend on that of the faces.
    fn find_pairs(&mut self, time: u64, faces: &[Seen]) {
        self.pairs.clear();
        for (track_index, track) in self.tracks.iter().enumerate() {
            let expected = track.expected(time);
            let unseen = seconds(time.saturating_sub(track.last_seen)) as f32;
            let gate = GATE + GATE_GROWTH * unseen;
            for (face_index, face) in faces.iter().enumerate() {
                if let Some(cost) = cost(&expected, &face.points, gate) {
                    self.pairs.push(Pair {
                        cost,
                        track: track_index,
                        face: face_index,
                    });
                }
            }
        }
        let tracks = &self.tracks;
        self.pairs.sort_unstable_by(|a, b| {
            let by_age = || tracks[a.track].id.cmp(&tracks[b.track].id);
            a.cost
                .total_cmp(&b.cost)
                .then_with(by_age)
                .then_with(|| by_place(&faces[a.face].points, &faces[b.face].points))
        });
    }

    /// Starts a track for each face without one, from the left to the right of the picture.
    fn welcome(&mut self, time: u64, faces: &[Seen]) {
        self.newcomers.clear();
        self.newcomers
            .extend((0..faces.len()).filter(|&face| self.track_of[face].is_none()));
        self.newcomers
            .sort_unstable_by(|&a, &b| by_place(&faces[a].points, &faces[b].points));
        for &face in &self.newcomers {
            self.track_of[face] = Some(self.tracks.len());
            self.tracks.push(Track {
                id: TrackId(self.next),
                motion: Motion::first(time, &faces[face].points),
                last_seen: time,
            });
            self.next += 1;
        }
    }
}

/// What it costs to take the face at `points` for the one expected at `expected`; `None` where it can't be.
fn cost(expected: &[Point; FACE_POINTS], points: &[Point; FACE_POINTS], gate: f32) -> Option<f32> {
    let (expected_unit, unit) = (Shape::of(expected).unit, Shape::of(points).unit);
    let ratio = unit.max(expected_unit) / unit.min(expected_unit);
    let distances = expected.iter().zip(points).map(|(a, b)| a.distance(*b));
    let distance = distances.sum::<f32>() / FACE_POINTS as f32 / unit.max(expected_unit);
    // Written so that numbers that aren't any fail too.
    (distance <= gate && ratio <= MOST_SIZE_RATIO).then(|| distance + SIZE_COST * libm::logf(ratio))
}

/// From the left to the right of the picture, and from the top down.
fn by_place(a: &[Point; FACE_POINTS], b: &[Point; FACE_POINTS]) -> Ordering {
    let keys = |points: &[Point; FACE_POINTS]| points.map(|point| [point.x, point.y]);
    keys(a)
        .iter()
        .flatten()
        .zip(keys(b).iter().flatten())
        .map(|(a, b)| a.total_cmp(b))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
