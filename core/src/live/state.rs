//! The state of a live session: what to look at next, and what all that was seen amounts to.

use super::budget::Pacer;
use super::observe::{Command, Observations, Sighting};
use super::options::Rules;
use super::result::{Activity, FrameResult};
use crate::align::FACE_POINTS;
use crate::error::Error;
use crate::geometry::{Point, Size};
use crate::steady::SECOND;
use crate::track::{COVERING, Seen, Shape, TrackId, Tracker};
use person::Person;

mod person;

/// The least time between two searches for a lost or doubtful face, a second look at a newcomer, or in an empty picture, in nanoseconds.
const LEAST_SEARCH_INTERVAL: u64 = SECOND / 10;

/// How far the shapes of two pictures may differ, as a share, for one to be a larger version of the other.
const SAME_SHAPE: f64 = 0.01;

/// When to search the whole picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Search {
    /// In this frame.
    Always,
    /// In this frame, if a face that should be followed isn't found or is doubtful.
    IfLost,
    /// Not in this frame.
    #[default]
    Never,
}

/// A face to look for where it is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Follow {
    /// Which face.
    pub track: TrackId,
    /// Where its points are expected, in pixels of the upright full-size frame.
    pub expected: [Point; FACE_POINTS],
    /// When it was last read, in nanoseconds; `None` for never.
    last_read: Option<u64>,
}

/// What to look at in a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// When to search the whole picture.
    pub search: Search,
    /// The faces to follow; the one whose reading is oldest first.
    pub follow: Vec<Follow>,
    /// How many faces to read: first those that the search has just found, then those followed, in their order.
    pub readings: usize,
}

/// State in, state out: no pixels, no clock, the same to the last bit on every CPU.
///
/// The times that it goes by are the frames' own.
#[derive(Debug)]
pub struct LiveState {
    rules: Rules,
    tracker: Tracker,
    people: Vec<Person>,
    pacer: Pacer,
    frame_size: Option<Size>,
    last: Option<u64>,
    last_search: Option<u64>,
    /// Buffers of one update.
    sound: Vec<Sighting>,
    seen: Vec<Seen>,
    ids: Vec<TrackId>,
}

impl LiveState {
    /// A state that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`] for a rule outside its range.
    pub fn new(rules: Rules) -> Result<Self, Error> {
        rules.check()?;
        let most = rules.most_faces;
        Ok(Self {
            tracker: Tracker::new(most),
            people: Vec::with_capacity(3 * most),
            pacer: Pacer::new(rules.budget),
            frame_size: None,
            last: None,
            last_search: None,
            sound: Vec::with_capacity(most),
            seen: Vec::with_capacity(most),
            ids: Vec::with_capacity(most),
            rules,
        })
    }

    /// Says in `plan` what to look at in a frame of this time and upright size. `false`: at nothing, the budget has no room for it.
    ///
    /// This changes nothing: what becomes of the plan is told to [`Self::update`].
    pub fn plan(&self, timestamp: u64, frame_size: Size, plan: &mut Plan) -> bool {
        plan.follow.clear();
        plan.search = Search::Never;
        plan.readings = self.pacer.readings(self.rules.most_readings);
        if !self.pacer.is_due(timestamp) {
            return false;
        }
        let growth = self
            .frame_size
            .map_or(Some(1.0), |from| growth(from, frame_size));
        if let Some(growth) = growth {
            plan.follow
                .extend(self.tracker.tracks().iter().map(|track| {
                    let scaled = |point: Point| Point::new(growth * point.x, growth * point.y);
                    Follow {
                        track: track.id(),
                        expected: track.expected(timestamp).map(scaled),
                        last_read: self.person(track.id()).and_then(Person::last_read),
                    }
                }));
        }
        plan.follow
            .sort_unstable_by_key(|follow| (follow.last_read, follow.track));
        let searched = self.last_search.map(|last| timestamp.saturating_sub(last));
        let is_unconfirmed = |person: &Person| !person.is_confirmed();
        let is_asked = self.people.iter().any(is_unconfirmed);
        let was_lost = self
            .tracker
            .tracks()
            .iter()
            .any(|track| Some(track.last_seen()) != self.last);
        plan.search = match searched {
            Some(ago) if growth.is_some() => {
                if ago >= self.rules.search_interval {
                    Search::Always
                } else if ago < LEAST_SEARCH_INTERVAL {
                    Search::Never
                } else if plan.follow.is_empty() || was_lost || is_asked {
                    Search::Always
                } else {
                    Search::IfLost
                }
            }
            _ => Search::Always,
        };
        true
    }

    /// Takes in what was seen in a frame and says in `result` what it amounts to.
    ///
    /// # Errors
    ///
    /// [`Error::Timestamp`] for a frame that isn't newer than the last one, [`Error::OptionOutOfRange`] for a budget that can't be kept; nothing
    /// is changed then.
    pub fn update(&mut self, seen: &Observations, result: &mut FrameResult) -> Result<(), Error> {
        let time = seen.timestamp;
        if let Some(last) = self.last
            && time <= last
        {
            return Err(Error::Timestamp { given: time, last });
        }
        for command in &seen.commands {
            if let Command::Budget(budget) = command {
                budget.check()?;
            }
        }
        for command in &seen.commands {
            self.obey(*command, time);
        }
        self.resize(seen.frame_size);
        let read = self.take_in(seen);
        self.last = Some(time);
        if seen.searched {
            self.last_search = Some(time);
        }
        let cost = seen.times.total().as_nanos();
        self.pacer.count(time, cost.try_into().unwrap_or(u64::MAX));

        result.timestamp = time;
        result.frame_size = seen.frame_size;
        result.times = seen.times;
        result.counts = seen.counts;
        result.activity = Activity {
            searched: seen.searched,
            seen: self.sound.len(),
            read,
            rate: self.pacer.rate(),
            load: self.pacer.load(),
            interval: self.pacer.interval(),
        };
        result.faces.clear();
        let faces = self.people.iter().filter_map(|person| person.face(time));
        result.faces.extend(faces.take(self.rules.most_faces));
        let camera = (seen.buffer_width, seen.frame_size);
        person::measure_distances(&mut result.faces, self.rules.field_of_view, camera)
    }

    /// Ties the sightings to people and steadies them; returns how many were read.
    fn take_in(&mut self, seen: &Observations) -> usize {
        let time = seen.timestamp;
        self.sound.clear();
        let sound = seen.sightings.iter().filter(|sighting| sighting.is_sound());
        self.sound.extend(sound.take(self.rules.most_faces));
        self.seen.clear();
        self.seen.extend(self.sound.iter().map(|sighting| Seen {
            points: sighting.points,
            is_doubtful: sighting.is_doubtful,
        }));
        self.tracker.update(time, &self.seen, &mut self.ids);
        for (sighting, &id) in self.sound.iter().zip(&self.ids) {
            if is_covered(sighting, &self.sound) && self.person(id).is_some() {
                continue;
            }
            let thresholds = &self.rules.thresholds;
            match self.people.iter_mut().find(|person| person.track == id) {
                Some(person) => person.update(sighting, time, thresholds),
                None => {
                    let mut person = Person::new(id, sighting, time, thresholds);
                    if self.last.is_none() {
                        // The first frame says what a photo does.
                        person.confirm();
                    }
                    self.people.push(person);
                }
            }
        }
        for person in &self.people {
            if person.is_refuted(time, seen.searched) {
                self.tracker.forget(person.track);
            }
        }
        let tracks = self.tracker.tracks();
        self.people
            .retain(|person| tracks.iter().any(|track| track.id() == person.track));
        self.people.sort_unstable_by_key(|person| person.track);
        self.sound
            .iter()
            .filter(|sighting| sighting.read.is_some())
            .count()
    }

    fn obey(&mut self, command: Command, time: u64) {
        match command {
            // People who have left meanwhile need neither.
            Command::Calibrate(track) => self.with_person(track, |person| person.calibrate(time)),
            Command::ForgetBaseline(track) => self.with_person(track, Person::forget_baseline),
            Command::Budget(budget) => self.pacer.budget = budget,
            Command::Thermal(thermal) => self.pacer.thermal = thermal,
        }
    }

    /// A larger or smaller picture of the same shape shows the same people; one of another shape starts anew.
    fn resize(&mut self, size: Size) {
        let before = self.frame_size.replace(size);
        match before.map_or(Some(1.0), |before| growth(before, size)) {
            Some(1.0) => {}
            Some(factor) => {
                self.tracker.scale(factor);
                for person in &mut self.people {
                    person.scale(factor);
                }
            }
            None => {
                self.tracker.clear();
                self.people.clear();
            }
        }
    }

    fn person(&self, track: TrackId) -> Option<&Person> {
        self.people.iter().find(|person| person.track == track)
    }

    fn with_person(&mut self, track: TrackId, change: impl FnOnce(&mut Person)) {
        if let Some(person) = self.people.iter_mut().find(|person| person.track == track) {
            change(person);
        }
    }
}

/// Whether this may be what is left to see of a face behind another one. Half of the one in front passes for it just as well, so it keeps the
/// track alive and isn't shown: its face counts as out of sight.
fn is_covered(sighting: &Sighting, all: &[Sighting]) -> bool {
    let shape = Shape::of(&sighting.points);
    sighting.is_doubtful
        && all.iter().any(|other| {
            let front = Shape::of(&other.points);
            !other.is_doubtful
                && shape.middle.distance(front.middle) < COVERING * shape.unit.max(front.unit)
        })
}

/// By how much a picture of size `to` is larger than one of size `from`; `None` where their shapes differ.
fn growth(from: Size, to: Size) -> Option<f32> {
    let ratio = |to: u32, from: u32| f64::from(to) / f64::from(from.max(1));
    let (across, down) = (ratio(to.width, from.width), ratio(to.height, from.height));
    ((across - down).abs() <= SAME_SHAPE * down).then_some(across as f32)
}
