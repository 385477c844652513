//! The door for live video: frames in on the camera's thread, results out on another.

use std::sync::{PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::budget::{Budget, Thermal};
use super::observe::{Command, Observations};
use super::options::LiveOptions;
use super::result::FrameResult;
use super::slot::{Put, Slot, Taken};
use super::sync::{Mutex, MutexGuard};
use super::worker::Worker;
use crate::error::Error;
use crate::frame::Frame;
use crate::luma::{ReducedPicture, WorkingSize};
use crate::track::TrackId;

/// The most commands that wait for the next frame; more push the oldest out.
const MOST_COMMANDS: usize = 64;

/// Follows the faces of a video.
///
/// The platform owns the threads. One calls [`Self::submit`] with each frame of the camera, another calls [`Self::next`] in a loop. A frame
/// waits in one slot until `next` takes it, and a newer one replaces it there.
///
/// All methods take `&self`, and any of them may run at the same time as any other, from any thread, with one exception: only one
/// [`Self::next`] or [`Self::observations`] runs at a time, another meanwhile is [`Error::Busy`]. `submit` never waits for an analysis, only
/// for another `submit` at most. Frames of several threads are taken in the order of their calls, so their timestamps must rise in that order.
///
/// ```
/// use std::time::Duration;
/// use moue::{Frame, FrameResult, LiveOptions, LiveSession, Next, Size};
///
/// # fn main() -> Result<(), moue::Error> {
/// # let plane = vec![128; 640 * 480];
/// let session = LiveSession::new(LiveOptions::default().field_of_view(66.0))?;
/// session.submit(&Frame::luma(&plane, Size::new(640, 480))?, 1_000_000)?;
/// let mut result = FrameResult::default();
/// if session.next(Duration::from_millis(500), &mut result)? == Next::Result {
///     for face in &result.faces {
///         println!("{}: {:?}", face.track, face.face.reading.verdict);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LiveSession {
    slot: Slot<ReducedPicture>,
    analysis: Mutex<Analysis>,
    commands: Mutex<Vec<Command>>,
    working_size: WorkingSize,
}

/// What `next` works with.
#[derive(Debug)]
struct Analysis {
    worker: Worker,
    /// The frame that is looked at, or was last.
    frame: ReducedPicture,
}

/// What became of a submitted frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Submitted {
    /// It waits to be analysed.
    Waiting,
    /// It waits in the place of an older one, which is dropped.
    Replaced,
    /// The session is paused; the frame is dropped.
    Paused,
    /// The session is closed; nothing is done any more.
    Closed,
}

/// What came of waiting for a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// The result of a frame has been written.
    Result,
    /// No frame came in time. The result is as it was.
    TimedOut,
    /// The session is closed: there will be no more. The result is as it was.
    Closed,
}

impl LiveSession {
    /// Loads the networks.
    ///
    /// # Errors
    ///
    /// Those of [`Analyzer::new`](crate::Analyzer::new), and [`Error::OptionOutOfRange`] for a live option outside its range.
    pub fn new(options: LiveOptions) -> Result<Self, Error> {
        Ok(Self {
            slot: Slot::new(ReducedPicture::new()),
            working_size: options.options.working_size(),
            analysis: Mutex::new(Analysis {
                worker: Worker::new(options)?,
                frame: ReducedPicture::new(),
            }),
            commands: Mutex::new(Vec::with_capacity(MOST_COMMANDS)),
        })
    }

    /// Copies a reduced picture out of the frame and returns; the frame's buffer isn't needed any more then. It doesn't turn the picture and
    /// allocates nothing once frames of a size have been seen. Size, orientation and format may change from frame to frame.
    ///
    /// `timestamp` is the camera's own, in nanoseconds from any origin, and must rise from frame to frame.
    ///
    /// # Errors
    ///
    /// [`Error::Timestamp`] for a timestamp that isn't above the last one's, and those of [`Frame::check`]. The frame is passed over then,
    /// and the one that waited goes on waiting.
    pub fn submit(&self, frame: &Frame<'_>, timestamp: u64) -> Result<Submitted, Error> {
        let put = self.slot.put(timestamp, |picture| {
            picture.update(frame, self.working_size)
        })?;
        match put {
            Put::Waiting => Ok(Submitted::Waiting),
            Put::Replaced => Ok(Submitted::Replaced),
            Put::Paused => Ok(Submitted::Paused),
            Put::Closed => Ok(Submitted::Closed),
            Put::NotNewer { last } => Err(Error::Timestamp {
                given: timestamp,
                last,
            }),
        }
    }

    /// Waits for a frame, at most for `timeout`, analyses it and writes what it shows into `result`, whose buffers are used again.
    ///
    /// Frames that the budget has no room for are passed over, and the wait goes on. During a pause it waits too.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] while another `next` runs, [`Error::Model`] where a network fails; the frame is lost then, the next one is not.
    pub fn next(&self, timeout: Duration, result: &mut FrameResult) -> Result<Next, Error> {
        let mut analysis = self.analysis()?;
        let Analysis { worker, frame } = &mut *analysis;
        let deadline = Instant::now().checked_add(timeout);
        loop {
            match self.slot.take(frame, deadline) {
                Taken::TimedOut => return Ok(Next::TimedOut),
                Taken::Closed => return Ok(Next::Closed),
                Taken::Value { order, dropped } => {
                    self.hand_over(worker.commands());
                    if worker.look(frame, order, dropped, result)? {
                        return Ok(Next::Result);
                    }
                }
            }
        }
    }

    /// Drops the waiting frame and those that come until [`Self::resume`]. An analysis that runs is finished.
    pub fn pause(&self) {
        self.slot.pause();
    }

    /// Ends a pause. Faces that were followed before are still known if it was shorter than half a second.
    pub fn resume(&self) {
        self.slot.resume();
    }

    /// Ends the session. Once this has returned no analysis begins any more, and a waiting [`Self::next`] returns [`Next::Closed`]. One that
    /// has taken a frame before finishes it and returns its result.
    pub fn close(&self) {
        self.slot.close();
    }

    /// From the next frame on, reads this person's relaxed face for a second and then gives readings relative to it, until the person has
    /// been out of sight for half a second. A person who isn't there is passed over. In memory only.
    pub fn calibrate(&self, track: TrackId) {
        self.command(Command::Calibrate(track));
    }

    /// From the next frame on, gives this person's readings as those of any face again.
    pub fn forget_baseline(&self, track: TrackId) {
        self.command(Command::ForgetBaseline(track));
    }

    /// Keeps another budget from the next frame on.
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`] for a budget outside its range.
    pub fn set_budget(&self, budget: Budget) -> Result<(), Error> {
        budget.check()?;
        self.command(Command::Budget(budget));
        Ok(())
    }

    /// Tells how warm the device is: from the next frame on the session does less when it is hot.
    pub fn set_thermal(&self, thermal: Thermal) {
        self.command(Command::Thermal(thermal));
    }

    /// All that the last result was made from: what a trace holds of its frame.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] while [`Self::next`] runs.
    pub fn observations(&self) -> Result<Observations, Error> {
        Ok(self.analysis()?.worker.seen.clone())
    }

    fn command(&self, command: Command) {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        if commands.len() == MOST_COMMANDS {
            commands.remove(0);
        }
        commands.push(command);
    }

    fn hand_over(&self, to: &mut Vec<Command>) {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        to.append(&mut commands);
        // Those of frames that weren't analysed have waited there.
        to.drain(..to.len().saturating_sub(MOST_COMMANDS));
    }

    fn analysis(&self) -> Result<MutexGuard<'_, Analysis>, Error> {
        match self.analysis.try_lock() {
            Ok(analysis) => Ok(analysis),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            // What was seen of one frame may be lost; the next is looked at anew.
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
        }
    }
}
