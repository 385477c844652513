//! A made-up world that a live state watches.
#![allow(dead_code, reason = "each test file uses its own part")]

use moue::live::{
    Command, Counts, Found, FrameResult, LiveState, Observations, Plan, Read, Rules, Search,
    Sighting, StageTimes,
};
use moue::{Expression, Point, Rect, Scores, Size, Verdict};

use super::live::{face_at, good_quality, scores_of};

pub const FRAME: Size = Size::new(1280, 720);

/// A face of the world: its points and what a network would say of it.
pub type Person = ([Point; 5], Scores);

/// A world that is looked at as a session does: faces are followed where they are expected, and searched for as planned.
pub struct Watched {
    pub state: LiveState,
    plan: Plan,
    pub result: FrameResult,
    pub frames: Vec<Observations>,
    /// What a search, a look at one face and a reading take.
    pub times: StageTimes,
    /// What the detector makes of every face.
    pub score: f32,
    /// Who is in doubt wherever followed, and found by no search.
    pub doubtful: Option<usize>,
}

impl Watched {
    pub fn new(rules: Rules) -> Self {
        Self {
            state: LiveState::new(rules).expect("the rules are in their ranges"),
            plan: Plan::default(),
            result: FrameResult::default(),
            frames: Vec::new(),
            times: StageTimes::default(),
            score: 0.9,
            doubtful: None,
        }
    }

    /// Looks at the world at `time`; `false` where the budget has no room.
    pub fn look(&mut self, time: u64, size: Size, people: &[Person], commands: &[Command]) -> bool {
        if !self.state.plan(time, size, &mut self.plan) {
            return false;
        }
        let eyes = |points: &[Point; 5]| points[0].distance(points[1]);
        let mut order: Vec<usize> = Vec::new();
        for follow in &self.plan.follow {
            let near = people.iter().position(|(points, _)| {
                points[2].distance(follow.expected[2]) < 0.4 * eyes(points)
            });
            order.extend(near.filter(|near| !order.contains(near)));
        }
        let is_lost = order.len() < self.plan.follow.len();
        let searched = match self.plan.search {
            Search::Always => true,
            Search::IfLost => is_lost,
            Search::Never => false,
        };
        let mut newcomers: Vec<usize> = Vec::new();
        if searched {
            newcomers.extend((0..people.len()).filter(|index| !order.contains(index)));
        }
        let mut left = self.plan.readings;
        let sightings = newcomers
            .iter()
            .chain(&order)
            .filter(|&&index| !searched || self.doubtful != Some(index))
            .map(|&index| {
                let (points, scores) = people[index];
                let is_doubtful = self.doubtful == Some(index);
                let is_read = left > 0 && !is_doubtful;
                left -= usize::from(is_read);
                Sighting {
                    points,
                    is_doubtful,
                    found: searched.then(|| {
                        let unit = eyes(&points);
                        let nose = points[2];
                        Found {
                            score: self.score,
                            bounds: Rect::new(
                                nose.x - 1.2 * unit,
                                nose.y - 1.7 * unit,
                                2.4 * unit,
                                3.0 * unit,
                            ),
                        }
                    }),
                    read: is_read.then(|| Read {
                        quality: good_quality(),
                        scores,
                    }),
                }
            })
            .collect();
        let counts = Counts {
            analyzed: self.frames.len() as u64 + 1,
            dropped: 0,
        };
        let seen = Observations {
            timestamp: time,
            frame_size: size,
            buffer_width: size.width,
            searched,
            sightings,
            times: self.times,
            counts,
            commands: commands.to_vec(),
        };
        self.state
            .update(&seen, &mut self.result)
            .expect("each frame is newer than the last");
        self.frames.push(seen);
        true
    }

    /// What is said of the only face.
    pub fn verdict(&self) -> Verdict {
        assert_eq!(self.result.faces.len(), 1);
        self.result.faces[0].face.reading.verdict
    }
}

/// A clear smile.
pub fn happy() -> Scores {
    scores_of(Expression::Happy, 0.9)
}

/// So many small faces in rows.
pub fn crowd(count: usize) -> Vec<Person> {
    (0..count)
        .map(|index| {
            let (x, y) = (
                60.0 + 120.0 * (index % 10) as f32,
                80.0 + 150.0 * (index / 10) as f32,
            );
            (face_at(x, y, 30.0), happy())
        })
        .collect()
}
