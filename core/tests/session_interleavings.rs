//! A live session under every interleaving of the threads that call it: loom finds them all, and a thread that would wait for ever.
//!
//! The sources of the session and its slot are compiled here as they ship, with loom's locks in the place of the standard library's and a
//! worker that only writes down what it is handed in the place of the networks.

mod sync {
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
}

#[path = "../src/live/session.rs"]
#[allow(
    dead_code,
    reason = "the tests call what threads may contend for, not every method"
)]
mod session;
#[path = "../src/live/slot.rs"]
mod slot;

mod error {
    pub(crate) use moue::Error;
}
mod frame {
    pub(crate) use moue::Frame;
}
mod track {
    pub(crate) use moue::TrackId;
}

/// Budgets without ranges: nothing of them is the session's business.
mod budget {
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) struct Budget;

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) struct Thermal;

    impl Budget {
        pub fn check(self) -> Result<(), moue::Error> {
            Ok(())
        }
    }
}

mod observe {
    pub(crate) use moue::TrackId;

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) enum Command {
        Calibrate(TrackId),
        ForgetBaseline(TrackId),
        Budget(super::budget::Budget),
        Thermal(super::budget::Thermal),
    }

    #[derive(Clone, Debug)]
    pub(crate) struct Observations;
}

mod luma {
    use moue::{Error, Frame};

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct WorkingSize;

    /// The frame's width, written in two steps, so that half a picture can be told.
    #[derive(Debug)]
    pub(crate) struct ReducedPicture(pub [u32; 2]);

    impl ReducedPicture {
        pub fn new() -> Self {
            Self([0; 2])
        }

        pub fn update(&mut self, frame: &Frame<'_>, _: WorkingSize) -> Result<(), Error> {
            let width = frame.upright_size().width;
            self.0[0] = width;
            loom::thread::yield_now();
            self.0[1] = width;
            Ok(())
        }
    }
}

mod result {
    /// Of which frame the result is, how many were dropped until then, and how many commands have come.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct FrameResult {
        pub timestamp: u64,
        pub dropped: u64,
        pub commands: usize,
    }
}

mod options {
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicBool;

    #[derive(Clone, Debug, Default)]
    pub(crate) struct LiveOptions {
        pub options: Options,
        /// Told by the test once `close` has returned.
        pub is_closed: Arc<AtomicBool>,
        /// Frames of these times have no room in the budget.
        pub passed_over: Vec<u64>,
    }

    #[derive(Clone, Debug, Default)]
    pub(crate) struct Options;

    impl Options {
        pub fn working_size(&self) -> crate::luma::WorkingSize {
            crate::luma::WorkingSize
        }
    }
}

mod worker {
    use loom::sync::atomic::Ordering;
    use moue::Error;

    use super::luma::ReducedPicture;
    use super::observe::{Command, Observations};
    use super::options::LiveOptions;
    use super::result::FrameResult;

    #[derive(Debug)]
    pub(crate) struct Worker {
        options: LiveOptions,
        commands: Vec<Command>,
        obeyed: usize,
        begun_after_close: usize,
        passed_over: u64,
        pub seen: Observations,
    }

    impl Worker {
        pub fn new(options: LiveOptions) -> Result<Self, Error> {
            Ok(Self {
                options,
                commands: Vec::new(),
                obeyed: 0,
                begun_after_close: 0,
                passed_over: 0,
                seen: Observations,
            })
        }

        pub fn commands(&mut self) -> &mut Vec<Command> {
            &mut self.commands
        }

        pub fn look(
            &mut self,
            picture: &mut ReducedPicture,
            timestamp: u64,
            dropped: u64,
            result: &mut FrameResult,
        ) -> Result<bool, Error> {
            if self.options.is_closed.load(Ordering::SeqCst) {
                self.begun_after_close += 1;
            }
            assert!(
                self.begun_after_close <= 1,
                "only the frame that was taken before may still be looked at"
            );
            assert_eq!(picture.0, [timestamp as u32; 2], "half a picture");
            if self.options.passed_over.contains(&timestamp) {
                self.passed_over += 1;
                return Ok(false);
            }
            self.obeyed += self.commands.drain(..).count();
            result.commands = self.obeyed;
            result.timestamp = timestamp;
            result.dropped = dropped + self.passed_over;
            Ok(true)
        }
    }
}

use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use moue::{Error, Frame, Size, TrackId};
use options::LiveOptions;
use result::FrameResult;
use session::{LiveSession, Next, Submitted};

/// So long that there is no deadline.
const FOREVER: Duration = Duration::MAX;

fn session() -> Arc<LiveSession> {
    Arc::new(LiveSession::new(LiveOptions::default()).expect("nothing is loaded"))
}

/// Submits a frame whose width is its time.
fn submit(session: &LiveSession, time: u64) -> Submitted {
    let bytes = vec![0; time as usize];
    let frame = Frame::luma(&bytes, Size::new(time as u32, 1)).expect("a row of pixels");
    session.submit(&frame, time).expect("newer than the last")
}

/// Runs until the session is closed; the results.
fn watch(session: &LiveSession) -> Vec<FrameResult> {
    let mut results = Vec::new();
    let mut result = FrameResult::default();
    loop {
        match session.next(FOREVER, &mut result).expect("the only next") {
            Next::Result => results.push(result.clone()),
            Next::Closed => return results,
            Next::TimedOut => unreachable!("there is no deadline"),
        }
    }
}

#[test]
fn a_waiting_next_returns_after_close_and_nothing_begins_that_wasnt_taken_before() {
    loom::model(|| {
        let is_closed = Arc::new(AtomicBool::new(false));
        let options = LiveOptions {
            is_closed: Arc::clone(&is_closed),
            ..LiveOptions::default()
        };
        let session = Arc::new(LiveSession::new(options).expect("nothing is loaded"));
        let watcher = thread::spawn({
            let session = Arc::clone(&session);
            move || watch(&session)
        });
        let camera = thread::spawn({
            let session = Arc::clone(&session);
            move || [1, 2].map(|time| submit(&session, time))
        });
        session.close();
        is_closed.store(true, Ordering::SeqCst);
        let results = watcher.join().unwrap();
        let submitted = camera.join().unwrap();
        assert!(results.is_sorted_by(|a, b| a.timestamp < b.timestamp));
        let accepted = submitted.iter().filter(|&&each| each != Submitted::Closed);
        assert!(results.len() <= accepted.count());
        assert_eq!(submit(&session, 3), Submitted::Closed);
    });
}

#[test]
fn frames_that_the_budget_passes_over_let_next_wait_on_and_close_ends_it() {
    loom::model(|| {
        let options = LiveOptions {
            passed_over: vec![1, 2],
            ..LiveOptions::default()
        };
        let session = Arc::new(LiveSession::new(options).expect("nothing is loaded"));
        let watcher = thread::spawn({
            let session = Arc::clone(&session);
            move || watch(&session)
        });
        submit(&session, 1);
        submit(&session, 2);
        submit(&session, 3);
        session.close();
        for result in watcher.join().unwrap() {
            // Whether they were replaced or passed over, both count as dropped.
            assert_eq!((result.timestamp, result.dropped), (3, 2));
        }
    });
}

#[test]
fn every_frame_is_a_result_or_dropped_whenever_a_pause_comes_and_goes() {
    loom::model(|| {
        let session = session();
        let app = thread::spawn({
            let session = Arc::clone(&session);
            move || {
                session.pause();
                session.resume();
            }
        });
        let watcher = thread::spawn({
            let session = Arc::clone(&session);
            move || {
                let mut result = FrameResult::default();
                let next = session.next(Duration::ZERO, &mut result);
                u64::from(next.expect("the only next") == Next::Result)
            }
        });
        submit(&session, 1);
        app.join().unwrap();
        // No wakeup is lost: the session runs again.
        submit(&session, 2);
        let early = watcher.join().unwrap();
        submit(&session, 3);
        let mut result = FrameResult::default();
        assert_eq!(session.next(FOREVER, &mut result).unwrap(), Next::Result);
        assert_eq!(result.timestamp, 3);
        assert_eq!(early + 1 + result.dropped, 3);
    });
}

#[test]
fn a_pause_lets_next_wait_until_a_frame_comes_after_it() {
    loom::model(|| {
        let session = session();
        session.pause();
        let watcher = thread::spawn({
            let session = Arc::clone(&session);
            move || {
                let mut result = FrameResult::default();
                let next = session.next(FOREVER, &mut result).expect("the only next");
                (next, result.timestamp, result.dropped)
            }
        });
        assert_eq!(submit(&session, 1), Submitted::Paused);
        session.resume();
        assert_eq!(submit(&session, 2), Submitted::Waiting);
        assert_eq!(watcher.join().unwrap(), (Next::Result, 2, 1));
    });
}

#[test]
fn of_two_nexts_at_once_one_is_told_that_the_other_runs_and_no_frame_is_looked_at_twice() {
    loom::model(|| {
        let session = session();
        submit(&session, 1);
        let look = |session: &LiveSession| {
            let mut result = FrameResult::default();
            session
                .next(Duration::ZERO, &mut result)
                .map(|next| (next, result.timestamp))
        };
        let other = thread::spawn({
            let session = Arc::clone(&session);
            move || look(&session)
        });
        let outcomes = [look(&session), other.join().unwrap()];
        let results = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Ok((Next::Result, 1))));
        assert_eq!(results.count(), 1);
        for outcome in &outcomes {
            assert!(matches!(
                outcome,
                Ok((Next::Result, 1) | (Next::TimedOut, 0)) | Err(Error::Busy)
            ));
        }
        assert!(session.observations().is_ok());
    });
}

#[test]
fn a_command_reaches_the_worker_once_whenever_it_comes() {
    loom::model(|| {
        let session = session();
        let app = thread::spawn({
            let session = Arc::clone(&session);
            move || session.calibrate(TrackId(1))
        });
        let mut result = FrameResult::default();
        submit(&session, 1);
        session.next(FOREVER, &mut result).unwrap();
        app.join().unwrap();
        submit(&session, 2);
        session.next(FOREVER, &mut result).unwrap();
        assert_eq!(result.commands, 1);
    });
}
