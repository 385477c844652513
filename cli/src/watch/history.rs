//! What each face showed over time, in bounded memory: the longer it is, the coarser. The summary and the timeline are made from it.

use moue::track::LONGEST_OCCLUSION;
use moue::{Expression, FrameResult, LiveFace, Scores, TrackId, Verdict};

/// Spans that a history is divided into, at most: more than a timeline has columns.
const MOST_SPANS: u64 = 1024;

/// Length of a span at first, in nanoseconds: shorter than any frame lasts.
const FIRST_SPAN: u64 = 4_000_000;

/// Faces that are gone and remembered, at most: those that were there in the most frames.
const MOST_LANES: usize = 64;

/// What a face showed in one span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Span {
    /// Frames that showed the face.
    pub frames: u32,
    /// Sums of its scores, in the order of [`Expression::ALL`].
    scores: [f32; 7],
    /// Frames with this verdict, in the same order; the last is for unsure ones.
    verdicts: [u32; 8],
}

impl Span {
    /// The mean of its scores.
    pub fn scores(&self) -> Scores {
        let frames = self.frames.max(1) as f32;
        Scores::from_array(self.scores.map(|sum| sum / frames))
    }

    /// The expression that most frames showed; `None` for unsure.
    pub fn verdict(&self) -> Option<Expression> {
        self.shares().first().and_then(|&(verdict, _)| verdict)
    }

    /// Verdicts, `None` for unsure, with the shares of the frames that had them; the most frequent first.
    pub fn shares(&self) -> Vec<(Option<Expression>, f64)> {
        let verdicts = Expression::ALL.into_iter().map(Some).chain([None]);
        let mut shares: Vec<_> = verdicts
            .zip(self.verdicts)
            .filter(|&(_, frames)| frames > 0)
            .map(|(verdict, frames)| (verdict, f64::from(frames) / f64::from(self.frames)))
            .collect();
        shares.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        shares
    }

    fn add(&mut self, face: &LiveFace) {
        let reading = face.face.reading;
        self.frames += 1;
        for (sum, (_, score)) in self.scores.iter_mut().zip(reading.scores.iter()) {
            *sum += score;
        }
        let index = match reading.verdict {
            Verdict::Certain(expression) => Expression::ALL
                .into_iter()
                .position(|other| other == expression),
            Verdict::Unsure(_) => None,
        };
        self.verdicts[index.unwrap_or(Expression::ALL.len())] += 1;
    }

    /// Both together.
    pub fn merged(mut self, other: &Self) -> Self {
        self.frames += other.frames;
        for (sum, score) in self.scores.iter_mut().zip(other.scores) {
            *sum += score;
        }
        for (sum, frames) in self.verdicts.iter_mut().zip(other.verdicts) {
            *sum += frames;
        }
        self
    }
}

/// One face's history.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Which face.
    pub track: TrackId,
    /// When it was first and last there, in nanoseconds.
    pub first: u64,
    /// The same.
    pub last: u64,
    /// All of it as one span.
    pub whole: Span,
    /// Spans that show it, each with its number.
    spans: Vec<(u64, Span)>,
}

/// The history of all faces.
#[derive(Debug)]
pub struct History {
    /// Time of the first frame and of the last, in nanoseconds.
    times: Option<(u64, u64)>,
    frames: u64,
    /// Nanoseconds of a span.
    span: u64,
    lanes: Vec<Lane>,
    forgotten: u64,
}

impl History {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            times: None,
            frames: 0,
            span: FIRST_SPAN,
            lanes: Vec::new(),
            forgotten: 0,
        }
    }

    /// Takes in a frame. Frames come in the order of their times.
    pub fn add(&mut self, result: &FrameResult) {
        let time = result.timestamp;
        let first = self.times.map_or(time, |(first, _)| first);
        self.times = Some((first, time));
        self.frames += 1;
        while (time - first) / self.span >= MOST_SPANS {
            self.coarsen();
        }
        let number = (time - first) / self.span;
        for face in &result.faces {
            let lane = self.lane(face.track, time);
            lane.last = time;
            lane.whole.add(face);
            match lane.spans.last_mut() {
                Some((last, span)) if *last == number => span.add(face),
                _ => {
                    let mut span = Span::default();
                    span.add(face);
                    lane.spans.push((number, span));
                }
            }
        }
    }

    /// Frames that were taken in.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Time of the first frame and of the last, in nanoseconds; `None` without a frame.
    pub fn times(&self) -> Option<(u64, u64)> {
        self.times
    }

    /// The faces, the first first.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// How many faces aren't among them any more, since others were there for longer.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// A face's spans: middle of each in nanoseconds, what it shows, and whether it follows the one before without a gap.
    pub fn spans<'a>(
        &self,
        lane: &'a Lane,
    ) -> impl Iterator<Item = (u64, &'a Span, bool)> + use<'a> {
        let (first, last) = self.times.unwrap_or_default();
        // Frames are so far apart on the whole; a face that is away for as long as a track may last comes back.
        let spacing = (last - first) / self.frames.saturating_sub(1).max(1);
        let gap = LONGEST_OCCLUSION.max(2 * spacing) + self.span;
        let length = self.span;
        let mut before = None;
        lane.spans.iter().map(move |(number, span)| {
            let middle = first + number * length + length / 2;
            let follows = before.is_some_and(|before| middle - before <= gap);
            before = Some(middle);
            (middle, span, follows)
        })
    }

    fn lane(&mut self, track: TrackId, time: u64) -> &mut Lane {
        if let Some(index) = self.lanes.iter().position(|lane| lane.track == track) {
            return &mut self.lanes[index];
        }
        // Only those that are gone are compared: a newcomer is the shortest of all, whatever becomes of it.
        let gone = |lane: &Lane| time - lane.last > LONGEST_OCCLUSION;
        if self.lanes.iter().filter(|lane| gone(lane)).count() > MOST_LANES {
            let shortest = (0..self.lanes.len())
                .filter(|&index| gone(&self.lanes[index]))
                .min_by_key(|&index| self.lanes[index].whole.frames)
                .expect("some are gone");
            self.lanes.remove(shortest);
            self.forgotten += 1;
        }
        self.lanes.push(Lane {
            track,
            first: time,
            last: time,
            whole: Span::default(),
            spans: Vec::new(),
        });
        self.lanes.last_mut().expect("it was just put there")
    }

    /// Makes one span of two.
    fn coarsen(&mut self) {
        self.span *= 2;
        for lane in &mut self.lanes {
            let mut merged: Vec<(u64, Span)> = Vec::with_capacity(lane.spans.len());
            for (number, span) in lane.spans.drain(..) {
                match merged.last_mut() {
                    Some((last, sum)) if *last == number / 2 => *sum = sum.merged(&span),
                    _ => merged.push((number / 2, span)),
                }
            }
            lane.spans = merged;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moue::live::Rules;
    use moue::live::trace::{Replay, header};

    const SECOND: u64 = 1_000_000_000;

    /// The history of frames at these times, in nanoseconds, each with so many smiling faces side by side. No picture is needed: they are
    /// replayed.
    fn history(times: impl Iterator<Item = u64>, shown: impl Fn(u64) -> usize) -> History {
        let face = |place: usize| {
            let points = [[20, 80], [60, 80], [40, 104], [24, 122], [56, 122]];
            let points = points.map(|[x, y]| [x + 100 * place, y]);
            let left = 100 * place;
            format!(
                r#"{{"points":{points:?},"doubtful":false,"found":{{"score":0.9,"bounds":[{left},40,80,110]}},"read":{{"quality":{{"side":90,
                "side_in_frame":0.3,"eye_distance":40,"brightness":0.5,"contrast":0.3,"sharpness":0.2,"pose":[0,0,0]}},
                "scores":[0.01,0.01,0.01,0.9,0.02,0.02,0.03]}}}}"#
            )
        };
        let mut replay = Replay::new(&header(&Rules::default())).expect("a header");
        let (mut history, mut result) = (History::new(), FrameResult::default());
        for time in times {
            let faces: Vec<String> = (0..shown(time)).map(face).collect();
            let faces = faces.join(",");
            let line = format!(
                r#"{{"timestamp_ns":{time},"frame":[320,240],"buffer_width":320,"searched":true,"faces":[{faces}],
                "times_ns":{{"turn":0,"search":0,"follow":0,"read":0}},"analyzed":1,"dropped":0,"commands":[]}}"#
            );
            replay.frame(&line, &mut result).expect("a frame");
            history.add(&result);
        }
        history
    }

    #[test]
    fn a_long_history_is_coarser_and_forgets_no_frame() {
        for seconds in [1, 60, 3600] {
            let times = (0..30 * seconds).step_by(if seconds > 60 { 6 } else { 1 });
            let history = history(times.map(|index| index * SECOND / 30), |_| 1);
            let [lane] = history.lanes() else {
                panic!("one face: {:?}", history.lanes())
            };
            let spans: Vec<_> = history.spans(lane).collect();
            assert!(spans.len() as u64 <= MOST_SPANS, "{}", spans.len());
            let frames: u32 = spans.iter().map(|(_, span, _)| span.frames).sum();
            assert_eq!(frames, lane.whole.frames);
            // A newcomer may be held back until a second look confirms it.
            assert!(history.frames() - u64::from(frames) < 15);
            assert_eq!(spans.iter().filter(|(.., follows)| !follows).count(), 1);
            assert!(spans.is_sorted_by_key(|(middle, ..)| *middle));
            assert_eq!(lane.whole.verdict(), Some(Expression::Happy));
        }
    }

    #[test]
    fn of_many_faces_as_many_are_remembered_as_memory_is_meant_for() {
        // So far apart that each frame shows a face of its own, and the last one is still there.
        let history = history((0..200).map(|index| index * SECOND), |_| 1);
        assert_eq!(history.lanes().len(), MOST_LANES + 1);
        assert_eq!(history.forgotten(), 199 - MOST_LANES as u64);
        assert_eq!(history.frames(), 200);
    }

    #[test]
    fn those_who_come_late_and_stay_together_are_remembered() {
        // Each second but the last twenty shows a face for five frames.
        let many = 2 * MOST_LANES as u64;
        let times = (0..30 * (many + 20)).map(|index| index * SECOND / 30);
        let history = history(times, |time| match time % SECOND {
            _ if time >= many * SECOND => 2,
            part if part < SECOND / 6 => 1,
            _ => 0,
        });
        let long = history
            .lanes()
            .iter()
            .filter(|lane| lane.whole.frames > 500);
        assert_eq!(long.count(), 2);
        assert_eq!(history.lanes().len() as u64 + history.forgotten(), many + 2);
    }

    #[test]
    fn a_face_that_was_away_has_a_gap() {
        let times = (0..120).map(|index| index * SECOND / 30);
        let history = history(times, |time| {
            usize::from(!(SECOND..3 * SECOND).contains(&time))
        });
        let gaps: usize = history
            .lanes()
            .iter()
            .map(|lane| {
                let spans = history.spans(lane);
                spans.filter(|(.., follows)| !follows).count()
            })
            .sum();
        assert_eq!(gaps, 2, "before and after: {:?}", history.lanes());
    }
}
