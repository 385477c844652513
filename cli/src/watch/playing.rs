//! A clip through a live session: frame by frame with nothing dropped, or as a camera plays it, from a thread of its own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result};
use moue::{FrameResult, LiveSession, Next};

use super::clip::{Clip, Step};
use super::picture::Picture;
use crate::interrupt;

/// Bytes of pictures that wait for their results when a clip is played, at most; the oldest go first, but two always stay.
const MOST_WAITING: usize = 256 << 20;
const LEAST_WAITING: usize = 2;

/// How long nothing is heard of an end at most.
const PATIENCE: Duration = Duration::from_millis(50);

/// How a clip ended, if not by an error of our own.
#[derive(Debug, Default)]
pub struct Ending {
    /// What is wrong with the clip.
    pub problem: Option<Error>,
    /// What is to be said of a clip that was read to its end all the same.
    pub complaint: Option<String>,
    /// Ctrl-C.
    pub interrupted: bool,
    /// Frames that had no later time than the one before and were left out, and the number of the first, from 1.
    pub untimely: u64,
    pub first_untimely: u64,
    /// Frames that were submitted.
    pub submitted: u64,
}

impl Ending {
    fn leave_out(&mut self, number: u64) {
        if self.untimely == 0 {
            self.first_untimely = number;
        }
        self.untimely += 1;
    }

    /// Takes in the clip's last step.
    fn end(&mut self, step: Result<Step>) {
        match step {
            Ok(Step::Picture(_)) => unreachable!("a picture isn't the end"),
            Ok(Step::End(complaint)) => self.complaint = complaint,
            Ok(Step::Interrupted) => self.interrupted = true,
            Err(problem) => self.problem = Some(problem),
        }
    }
}

/// Who takes the results, each with its picture where that is still there.
pub trait Audience {
    /// Takes a result.
    ///
    /// # Errors
    ///
    /// Where it can't be passed on; the clip is ended then.
    fn take(
        &mut self,
        session: &LiveSession,
        result: &FrameResult,
        picture: Option<&mut Picture>,
    ) -> Result<()>;

    /// Whether pictures are wanted.
    fn wants_pictures(&self) -> bool;
}

/// How pictures are taken from a clip.
#[derive(Debug, Clone, Copy)]
pub struct Camera {
    /// Whether they show the scene as a mirror does.
    pub mirrored: bool,
    /// Whether they come at their own times by themselves.
    pub is_live: bool,
}

/// Looks at each frame as long as it takes. Gives back how the clip ended, and what went wrong on our side.
pub fn each(
    clip: &Clip,
    session: &LiveSession,
    camera: Camera,
    audience: &mut impl Audience,
) -> (Ending, Result<()>) {
    let mut ending = Ending::default();
    let mut result = FrameResult::default();
    let mut number = 0;
    loop {
        let mut picture = match clip.next() {
            Ok(Step::Picture(picture)) => picture,
            end => {
                ending.end(end);
                return (ending, Ok(()));
            }
        };
        number += 1;
        let looked = look(session, camera, &picture, &mut result);
        match looked.with_context(|| format!("frame {number}")) {
            Ok(Looked::TooLate) => ending.leave_out(number),
            Ok(Looked::PassedOver) => ending.submitted += 1,
            Ok(Looked::Result) => {
                ending.submitted += 1;
                if let Err(error) = audience.take(session, &result, Some(&mut picture)) {
                    return (ending, Err(error));
                }
            }
            Err(error) => return (ending, Err(error)),
        }
        clip.give_back(picture);
    }
}

enum Looked {
    Result,
    /// To keep the budget.
    PassedOver,
    /// Not later than the frame before.
    TooLate,
}

fn look(
    session: &LiveSession,
    camera: Camera,
    picture: &Picture,
    result: &mut FrameResult,
) -> Result<Looked> {
    if !submit(session, camera, picture)? {
        return Ok(Looked::TooLate);
    }
    // It waits in the slot: without a result at once there is none.
    Ok(match session.next(Duration::ZERO, result)? {
        Next::Result => Looked::Result,
        _ => Looked::PassedOver,
    })
}

/// Whether the frame is later than the one before.
fn submit(session: &LiveSession, camera: Camera, picture: &Picture) -> Result<bool> {
    match session.submit(&picture.frame(camera.mirrored)?, picture.timestamp) {
        Ok(_) => Ok(true),
        Err(moue::Error::Timestamp { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Plays the clip: each frame is submitted at its time, whether the one before has been looked at or not.
pub fn played(
    clip: Clip,
    session: &LiveSession,
    camera: Camera,
    audience: &mut (impl Audience + Send),
) -> (Ending, Result<()>) {
    let waiting = audience.wants_pictures().then(Waiting::default);
    let (is_over, has_failed) = (AtomicBool::new(false), AtomicBool::new(false));
    let submitted = AtomicU64::new(0);
    let stage = Stage {
        session,
        camera,
        waiting: waiting.as_ref(),
        has_failed: &has_failed,
        submitted: &submitted,
    };
    thread::scope(|scope| {
        let is_over = &is_over;
        let feeder = scope.spawn(move || {
            let ended = stage.play(&clip);
            is_over.store(true, Ordering::Release);
            ended
        });
        let taken = take_results(session, audience, waiting.as_ref(), is_over);
        has_failed.store(true, Ordering::Release);
        let mut ending = feeder.join().unwrap_or_else(|_| Ending {
            problem: Some(Error::msg("the thread that plays the clip gave up on it")),
            ..Ending::default()
        });
        ending.submitted = submitted.load(Ordering::Relaxed);
        (ending, taken)
    })
}

fn take_results(
    session: &LiveSession,
    audience: &mut impl Audience,
    waiting: Option<&Waiting>,
    is_over: &AtomicBool,
) -> Result<()> {
    let mut result = FrameResult::default();
    loop {
        // Asked before the wait: what was submitted last is still looked at.
        let was_over = is_over.load(Ordering::Acquire);
        match session.next(PATIENCE, &mut result)? {
            Next::Result => {
                let mut picture = waiting.and_then(|waiting| waiting.take(result.timestamp));
                audience.take(session, &result, picture.as_mut())?;
            }
            _ if was_over => return Ok(()),
            _ => {}
        }
    }
}

/// Pictures that have been submitted and whose results may still come.
#[derive(Debug, Default)]
struct Waiting(Mutex<VecDeque<Picture>>);

impl Waiting {
    /// Submits a picture and keeps it where that succeeds. Its result can't be looked for in between.
    fn put(&self, picture: Picture, submit: impl FnOnce(&Picture) -> Result<bool>) -> Result<bool> {
        let mut pictures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !submit(&picture)? {
            return Ok(false);
        }
        let most = (MOST_WAITING / picture.bytes.len().max(1)).max(LEAST_WAITING);
        pictures.push_back(picture);
        while pictures.len() > most {
            pictures.pop_front();
        }
        Ok(true)
    }

    /// The picture of this time. Older ones have no results any more.
    fn take(&self, timestamp: u64) -> Option<Picture> {
        let mut pictures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(picture) = pictures.pop_front() {
            if picture.timestamp == timestamp {
                return Some(picture);
            }
        }
        None
    }
}

/// Where frames are played from.
struct Stage<'a> {
    session: &'a LiveSession,
    camera: Camera,
    waiting: Option<&'a Waiting>,
    has_failed: &'a AtomicBool,
    submitted: &'a AtomicU64,
}

impl Stage<'_> {
    fn play(&self, clip: &Clip) -> Ending {
        let mut ending = Ending::default();
        let mut start = None;
        let mut number = 0;
        loop {
            let picture = match clip.next() {
                Ok(Step::Picture(picture)) => picture,
                end => {
                    ending.end(end);
                    return ending;
                }
            };
            number += 1;
            let (began, first) = *start.get_or_insert((Instant::now(), picture.timestamp));
            let offset = Duration::from_nanos(picture.timestamp.saturating_sub(first));
            if !self.camera.is_live && !self.wait_until(began + offset) {
                ending.interrupted = interrupt::asked();
                return ending;
            }
            if self.has_failed.load(Ordering::Acquire) {
                return ending;
            }
            let submit = |picture: &Picture| submit(self.session, self.camera, picture);
            let submitted = match self.waiting {
                Some(waiting) => waiting.put(picture, submit),
                None => {
                    let submitted = submit(&picture);
                    clip.give_back(picture);
                    submitted
                }
            };
            match submitted {
                Ok(true) => {
                    self.submitted.fetch_add(1, Ordering::Relaxed);
                }
                Ok(false) => ending.leave_out(number),
                Err(error) => {
                    ending.problem = Some(error.context(format!("frame {number}")));
                    return ending;
                }
            }
        }
    }

    /// `false` where the wait was ended.
    fn wait_until(&self, time: Instant) -> bool {
        loop {
            if interrupt::asked() || self.has_failed.load(Ordering::Acquire) {
                return false;
            }
            let left = time.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(PATIENCE));
        }
    }
}
