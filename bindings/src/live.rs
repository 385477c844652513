//! The door for live video. The platform owns the threads: one submits, another asks for results.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, TryLockError};
use std::time::Duration;

use moue::live::trace;

use crate::error::NativeError;
use crate::frame::FrameLayout;
use crate::guard::{guarded, may_panic_in_tests};
use crate::options::{Budget, LiveOptions, Thermal};
use crate::registry::{Handle, SESSIONS};
use crate::result::FrameResult;

/// What became of a submitted frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
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
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum Next {
    /// A frame has been analysed.
    Result {
        /// What it shows.
        frame: FrameResult,
    },
    /// No frame came in time.
    TimedOut,
    /// The session is closed: there will be no more.
    Closed,
}

/// Follows the faces of a video. All methods may be called from any thread at any time; only one `next` or `trace_line` at a time.
///
/// After an internal error the session is closed: `submit` and `next` say so.
#[derive(Debug, uniffi::Object)]
pub struct LiveSession {
    session: moue::LiveSession,
    /// Used again from frame to frame.
    result: Mutex<moue::FrameResult>,
    rules: moue::live::Rules,
    handle: OnceLock<Handle>,
}

#[uniffi::export]
impl LiveSession {
    /// Loads the networks: some milliseconds, so not on the main thread.
    ///
    /// # Errors
    ///
    /// [`NativeError::BadInput`] for an option outside its range, [`NativeError::BadModel`] for a model that can't be used.
    #[uniffi::constructor]
    pub fn new(options: LiveOptions) -> Result<Arc<Self>, NativeError> {
        guarded(
            || (),
            || {
                let options = moue::LiveOptions::from(options);
                let rules = options.rules();
                Ok(Arc::new(Self {
                    session: moue::LiveSession::new(options)?,
                    result: Mutex::default(),
                    rules,
                    handle: OnceLock::new(),
                }))
            },
        )
    }

    /// Copies a reduced picture out of the frame and returns, usually within a millisecond; `pixels` aren't needed any more then. A frame that
    /// waits is replaced. Never waits for an analysis.
    ///
    /// `timestamp_ns` is the camera's own, in nanoseconds from any origin, not negative, and must rise from frame to frame.
    ///
    /// # Errors
    ///
    /// [`NativeError::BadInput`] where the buffer doesn't fit the layout or the timestamp doesn't rise; the frame is passed over.
    pub fn submit(
        &self,
        pixels: &[u8],
        layout: FrameLayout,
        timestamp_ns: i64,
    ) -> Result<Submitted, NativeError> {
        self.guarded(|| {
            let timestamp = u64::try_from(timestamp_ns).map_err(|_| {
                NativeError::BadInput(format!(
                    "the frame's timestamp is {timestamp_ns} ns: it can't be negative; pass the camera's own"
                ))
            })?;
            may_panic_in_tests();
            let submitted = self.session.submit(&layout.frame(pixels)?, timestamp)?;
            Ok(submitted.into())
        })
    }

    /// Waits for a frame, at most so many milliseconds, analyses it and says what it shows. Frames that the budget has no room for are
    /// passed over, and the wait goes on, as it does during a pause.
    ///
    /// # Errors
    ///
    /// [`NativeError::Busy`] while another `next` runs, [`NativeError::BadModel`] where a network fails; that frame is lost then.
    pub fn next(&self, timeout_ms: u32) -> Result<Next, NativeError> {
        self.guarded(|| {
            let mut result = self.result()?;
            may_panic_in_tests();
            let timeout = Duration::from_millis(timeout_ms.into());
            let next = self.session.next(timeout, &mut result)?;
            Ok(match next {
                moue::Next::Result => Next::Result {
                    frame: FrameResult::from(&*result),
                },
                moue::Next::TimedOut => Next::TimedOut,
                moue::Next::Closed => Next::Closed,
                other => unreachable!("the bindings don't know {other:?}"),
            })
        })
    }

    /// Drops the waiting frame and those that come until `resume`. An analysis that runs is finished.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn pause(&self) -> Result<(), NativeError> {
        self.guarded(|| {
            self.session.pause();
            Ok(())
        })
    }

    /// Ends a pause.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn resume(&self) -> Result<(), NativeError> {
        self.guarded(|| {
            self.session.resume();
            Ok(())
        })
    }

    /// Closes the session: once this has returned no analysis begins any more, and a waiting `next` returns closed. May be called again. Frees
    /// nothing. Not named `close`, which in Kotlin is what frees the object.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn end(&self) -> Result<(), NativeError> {
        self.guarded(|| {
            self.session.close();
            Ok(())
        })
    }

    /// From the next frame on, reads this person's relaxed face for a second and then gives readings relative to it. A person who isn't there
    /// is passed over.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn calibrate(&self, track: u64) -> Result<(), NativeError> {
        self.guarded(|| {
            self.session.calibrate(moue::TrackId(track));
            Ok(())
        })
    }

    /// From the next frame on, gives this person's readings as those of any face again.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn forget_baseline(&self, track: u64) -> Result<(), NativeError> {
        self.guarded(|| {
            self.session.forget_baseline(moue::TrackId(track));
            Ok(())
        })
    }

    /// Keeps another budget from the next frame on.
    ///
    /// # Errors
    ///
    /// [`NativeError::BadInput`] for a budget outside its range.
    pub fn set_budget(&self, budget: Budget) -> Result<(), NativeError> {
        self.guarded(|| Ok(self.session.set_budget(budget.into())?))
    }

    /// Tells how warm the device is: from the next frame on the session does less when it is hot.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn set_thermal(&self, thermal: Thermal) -> Result<(), NativeError> {
        self.guarded(|| {
            self.session.set_thermal(thermal.into());
            Ok(())
        })
    }

    /// The number by which Android's fast path for frames (`NativeSubmit`) finds this session, for as long as it lives. The same each time.
    ///
    /// # Errors
    ///
    /// [`NativeError::Internal`] once four billion sessions live at the same time.
    pub fn submit_handle(self: Arc<Self>) -> Result<i64, NativeError> {
        self.guarded(|| {
            if let Some(&handle) = self.handle.get() {
                return Ok(handle.into());
            }
            let handle = SESSIONS.insert(&self).ok_or_else(|| {
                NativeError::Internal("there are too many sessions: close some".to_owned())
            })?;
            // Another thread may have been faster; its number stays then.
            if self.handle.set(handle).is_err() {
                SESSIONS.remove(handle);
            }
            Ok(self.handle.get().copied().unwrap_or(handle).into())
        })
    }

    /// The first line of a trace of this session, without its line break.
    ///
    /// A trace holds where faces lay and what was read in them, which is biometric data: ask before one is kept. It holds no pixel.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn trace_header(&self) -> Result<String, NativeError> {
        self.guarded(|| Ok(trace::header(&self.rules)))
    }

    /// The line of a trace for the result that `next` gave last, without its line break; from the thread that calls `next`.
    ///
    /// # Errors
    ///
    /// [`NativeError::Busy`] while `next` runs.
    pub fn trace_line(&self) -> Result<String, NativeError> {
        self.guarded(|| Ok(trace::line(&self.session.observations()?)))
    }
}

impl LiveSession {
    /// Runs `work`; a panic in it closes the session.
    fn guarded<T>(&self, work: impl FnOnce() -> Result<T, NativeError>) -> Result<T, NativeError> {
        guarded(|| self.session.close(), work)
    }

    fn result(&self) -> Result<MutexGuard<'_, moue::FrameResult>, NativeError> {
        match self.result.try_lock() {
            Ok(result) => Ok(result),
            Err(TryLockError::WouldBlock) => Err(moue::Error::Busy.into()),
            // The session is closed then, and will write nothing into it.
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
        }
    }
}

impl Drop for LiveSession {
    fn drop(&mut self) {
        if let Some(&handle) = self.handle.get() {
            SESSIONS.remove(handle);
        }
    }
}

impl From<moue::Submitted> for Submitted {
    fn from(submitted: moue::Submitted) -> Self {
        match submitted {
            moue::Submitted::Waiting => Self::Waiting,
            moue::Submitted::Replaced => Self::Replaced,
            moue::Submitted::Paused => Self::Paused,
            moue::Submitted::Closed => Self::Closed,
            other => unreachable!("the bindings don't know {other:?}"),
        }
    }
}
