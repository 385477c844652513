//! The one place where a frame waits: a newer one replaces it, whoever takes it gets the newest, and nobody waits for the other's work.
//!
//! Only a lock, a condition and a few numbers, whatever is carried: what a frame is and what becomes of it is for others to know.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::sync::{Condvar, Mutex, MutexGuard};

/// A slot for one value of `T`. The buffers of both sides are exchanged, never made anew.
#[derive(Debug)]
pub(super) struct Slot<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: T,
    /// When what waits is from; `None` where nothing waits.
    order: Option<u64>,
    /// The order of the last value put, taken or not.
    last: Option<u64>,
    dropped: u64,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    Paused,
    Closed,
}

/// What became of a value that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It waits, and nothing had waited before.
    Waiting,
    /// It waits in the place of an older one.
    Replaced,
    /// The slot is paused: it counts as dropped.
    Paused,
    /// The slot is closed.
    Closed,
    /// It isn't newer than the last one.
    NotNewer {
        /// The last one's order.
        last: u64,
    },
}

/// What came of waiting for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The newest value, of this order; so many have been dropped until then.
    Value {
        order: u64,
        dropped: u64,
    },
    TimedOut,
    Closed,
}

impl<T> Slot<T> {
    /// An open, empty slot with the buffer for what will wait in it.
    pub fn new(buffer: T) -> Self {
        Self {
            state: Mutex::new(State {
                waiting: buffer,
                order: None,
                last: None,
                dropped: 0,
                phase: Phase::Open,
            }),
            changed: Condvar::new(),
        }
    }

    /// Has `write` write a value that is newer than all before into the slot. Where `write` fails, what waited goes on waiting: it must leave
    /// the buffer as it was.
    pub fn put<E>(
        &self,
        order: u64,
        write: impl FnOnce(&mut T) -> Result<(), E>,
    ) -> Result<Put, E> {
        let mut state = self.lock();
        if state.phase == Phase::Closed {
            return Ok(Put::Closed);
        }
        if let Some(last) = state.last
            && order <= last
        {
            return Ok(Put::NotNewer { last });
        }
        if state.phase == Phase::Paused {
            state.last = Some(order);
            state.dropped += 1;
            return Ok(Put::Paused);
        }
        // Empty while it is written: should `write` panic, half a value is never taken.
        let waited = state.order.take();
        if let Err(error) = write(&mut state.waiting) {
            state.order = waited;
            return Err(error);
        }
        (state.order, state.last) = (Some(order), Some(order));
        let put = if waited.is_some() {
            state.dropped += 1;
            Put::Replaced
        } else {
            Put::Waiting
        };
        drop(state);
        self.changed.notify_all();
        Ok(put)
    }

    /// Waits for a value and exchanges it for `own`, until `deadline`; `None` waits as long as it takes. A pause is waited through.
    pub fn take(&self, own: &mut T, deadline: Option<Instant>) -> Taken {
        let mut state = self.lock();
        loop {
            if state.phase == Phase::Closed {
                return Taken::Closed;
            }
            if let Some(order) = state.order.take() {
                std::mem::swap(&mut state.waiting, own);
                return Taken::Value {
                    order,
                    dropped: state.dropped,
                };
            }
            state = match deadline.map(|deadline| deadline.checked_duration_since(Instant::now())) {
                Some(None | Some(Duration::ZERO)) => return Taken::TimedOut,
                Some(Some(left)) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.changed.wait(state);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    /// Takes nothing in until [`Self::resume`]; what waits is dropped. Does nothing to a closed slot.
    pub fn pause(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Open {
            state.phase = Phase::Paused;
            if state.order.take().is_some() {
                state.dropped += 1;
            }
        }
    }

    /// Ends a pause. Does nothing to a closed slot.
    pub fn resume(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Paused {
            state.phase = Phase::Open;
        }
    }

    /// Takes nothing in and gives nothing out any more, and wakes who waits.
    pub fn close(&self) {
        let mut state = self.lock();
        state.phase = Phase::Closed;
        state.order = None;
        drop(state);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Every change of the state is whole at each point where a panic could happen.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
