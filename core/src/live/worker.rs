//! Looks at one frame as the live state plans it: follows, searches, reads, and hands the state what was seen.
//!
//! It decides nothing that a later frame depends on: that is `state`'s.

use std::time::{Duration, Instant};

use super::observe::{Command, Found, Observations, Read, Sighting, StageTimes};
use super::options::LiveOptions;
use super::result::FrameResult;
use super::state::{LiveState, Plan, Search};
use crate::align::FACE_POINTS;
use crate::error::Error;
use crate::geometry::Point;
use crate::luma::{ReducedPicture, WorkingPicture};
use crate::stages::{Stages, is_same_face};
use crate::track::Shape;

/// A followed face whose score is below this share of the refiner's threshold is lost.
const LOST: f32 = 0.5;

/// The side of a session that looks at pixels. Its buffers stay.
#[derive(Debug)]
pub(super) struct Worker {
    stages: Stages,
    state: LiveState,
    plan: Plan,
    picture: WorkingPicture,
    /// Faces of the frame in pixels of the working picture.
    faces: Vec<Seen>,
    known: Vec<[Point; FACE_POINTS]>,
    /// Sizes of the faces, to choose the largest by.
    sizes: Vec<f32>,
    /// What was asked for and hasn't reached the state yet.
    commands: Vec<Command>,
    analyzed: u64,
    passed_over: u64,
    /// What the last result was made from.
    pub seen: Observations,
}

/// A face in the frame that is looked at.
#[derive(Clone, Copy, Debug)]
struct Seen {
    points: [Point; FACE_POINTS],
    is_doubtful: bool,
    score: f32,
    found: Option<Found>,
}

impl Worker {
    pub fn new(options: LiveOptions) -> Result<Self, Error> {
        let rules = options.rules();
        let state = LiveState::new(rules)?;
        // Room for those followed and as many newcomers.
        let room = 3 * rules.most_faces;
        Ok(Self {
            stages: Stages::new(options.options)?,
            state,
            plan: Plan {
                follow: Vec::with_capacity(room),
                ..Plan::default()
            },
            picture: WorkingPicture::new(),
            faces: Vec::with_capacity(room),
            known: Vec::with_capacity(room),
            sizes: Vec::with_capacity(room),
            commands: Vec::new(),
            analyzed: 0,
            passed_over: 0,
            seen: Observations {
                sightings: Vec::with_capacity(rules.most_faces),
                ..Observations::default()
            },
        })
    }

    /// Where what is asked of the session waits for the next frame that is looked at.
    pub fn commands(&mut self) -> &mut Vec<Command> {
        &mut self.commands
    }

    /// Looks at a frame, of which `dropped` went before; `false` where the budget has no room for it.
    pub fn look(
        &mut self,
        frame: &mut ReducedPicture,
        timestamp: u64,
        dropped: u64,
        result: &mut FrameResult,
    ) -> Result<bool, Error> {
        if !self
            .state
            .plan(timestamp, frame.frame_size(), &mut self.plan)
        {
            self.passed_over += 1;
            return Ok(false);
        }
        let mut clock = Clock::start();
        self.picture.take(frame);
        let turn = clock.lap();
        let has_doubt = self.follow()?;
        let follow = clock.lap();
        let searched = match self.plan.search {
            Search::Always => true,
            Search::IfLost => has_doubt,
            Search::Never => false,
        };
        if searched {
            self.search()?;
        }
        let search = clock.lap();
        self.read()?;
        let read = clock.lap();
        self.analyzed += 1;
        self.seen.commands.clear();
        self.seen.commands.append(&mut self.commands);
        self.seen.timestamp = timestamp;
        self.seen.frame_size = self.picture.frame_size();
        self.seen.buffer_width = self.picture.buffer_width();
        self.seen.searched = searched;
        self.seen.times = StageTimes {
            turn,
            search,
            follow,
            read,
        };
        self.seen.counts.analyzed = self.analyzed;
        self.seen.counts.dropped = dropped + self.passed_over;
        self.state.update(&self.seen, result)?;
        log::debug!(
            "{} faces, {} dropped",
            result.faces.len(),
            result.counts.dropped
        );
        Ok(true)
    }

    /// Looks for each face where it is expected; says whether one is lost or doubtful.
    fn follow(&mut self) -> Result<bool, Error> {
        self.faces.clear();
        let lost = LOST * self.stages.face_threshold();
        let doubtful = self.stages.follow_threshold();
        let mut has_doubt = false;
        for follow in &self.plan.follow {
            let expected = follow.expected.map(|point| self.picture.from_frame(point));
            let refined = self.stages.follow(self.picture.view(), &expected)?;
            let Some(refined) = refined.filter(|refined| refined.score >= lost) else {
                has_doubt = true;
                continue;
            };
            let seen = Seen {
                points: refined.points,
                is_doubtful: refined.score < doubtful,
                score: refined.score,
                found: None,
            };
            has_doubt |= seen.is_doubtful;
            // Two faces that pass each other can end in one place: the one in front.
            let twin = self
                .faces
                .iter_mut()
                .find(|other| is_same_face(&other.points, &seen.points));
            match twin {
                Some(twin) => {
                    has_doubt = true;
                    if seen.score > twin.score {
                        *twin = seen;
                    }
                }
                None => self.faces.push(seen),
            }
        }
        Ok(has_doubt)
    }

    /// Searches the whole picture; newcomers go before those followed. A doubtful face is one only if the search finds it.
    fn search(&mut self) -> Result<(), Error> {
        self.faces.retain(|face| !face.is_doubtful);
        self.known.clear();
        self.known.extend(self.faces.iter().map(|face| face.points));
        self.stages.search(self.picture.view(), &self.known)?;
        let followed = self.faces.len();
        for candidate in self.stages.candidates() {
            let found = Some(Found {
                score: candidate.score,
                bounds: self.picture.rect_to_frame(candidate.bounds),
            });
            match candidate.known {
                Some(index) => self.faces[index].found = found,
                None => self.faces.push(Seen {
                    points: candidate.points,
                    is_doubtful: false,
                    score: candidate.face_score,
                    found,
                }),
            }
        }
        self.faces.rotate_left(followed);
        Ok(())
    }

    /// Reads as many faces as are planned and writes down what was seen of each.
    fn read(&mut self) -> Result<(), Error> {
        let most = self.stages.options.most_faces;
        keep_largest(&mut self.faces, &mut self.sizes, most);
        self.seen.sightings.clear();
        let mut left = self.plan.readings;
        for face in &self.faces {
            let mut read = None;
            if left > 0 && !face.is_doubtful {
                left -= 1;
                let Some((quality, scores)) = self.stages.read(&self.picture, &face.points)? else {
                    continue;
                };
                read = Some(Read { quality, scores });
            }
            self.seen.sightings.push(Sighting {
                points: face.points.map(|point| self.picture.to_frame(point)),
                is_doubtful: face.is_doubtful,
                found: face.found,
                read,
            });
        }
        Ok(())
    }
}

/// Leaves the `most` largest faces, in their order: by it they take turns in being read.
fn keep_largest(faces: &mut Vec<Seen>, sizes: &mut Vec<f32>, most: usize) {
    if faces.len() <= most {
        return;
    }
    let size = |face: &Seen| Shape::of(&face.points).unit;
    sizes.clear();
    sizes.extend(faces.iter().map(size));
    sizes.sort_unstable_by(|a, b| b.total_cmp(a));
    let least = sizes[most - 1];
    let mut of_the_least = sizes[..most].iter().filter(|&&size| size == least).count();
    faces.retain(|face| {
        let size = size(face);
        if size == least && of_the_least > 0 {
            of_the_least -= 1;
            return true;
        }
        size > least
    });
}

/// Times one stage after the other.
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the last lap.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let time = now.duration_since(self.0);
        self.0 = now;
        time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_faces_stay_in_their_order() {
        let face = |eyes: f32| Seen {
            points: [
                [0.0, 0.0],
                [eyes, 0.0],
                [0.5 * eyes, 0.6 * eyes],
                [0.1 * eyes, eyes],
                [0.9 * eyes, eyes],
            ]
            .map(|[x, y]| Point::new(x, y)),
            is_doubtful: false,
            score: 1.0,
            found: None,
        };
        let kept = |eyes: &[f32], most: usize| -> Vec<f32> {
            let mut faces: Vec<Seen> = eyes.iter().map(|&eyes| face(eyes)).collect();
            keep_largest(&mut faces, &mut Vec::new(), most);
            faces.iter().map(|face| face.points[1].x).collect()
        };
        assert_eq!(kept(&[20.0, 50.0, 30.0, 40.0], 3), [50.0, 30.0, 40.0]);
        assert_eq!(kept(&[20.0, 50.0, 30.0, 40.0], 4), [20.0, 50.0, 30.0, 40.0]);
        assert_eq!(kept(&[20.0, 30.0, 20.0, 20.0], 2), [20.0, 30.0]);
    }
}
