//! A budget of memory that the photos in work share, however many cores work on them. How much a photo needs, `photo` says.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that may be reserved at a time. First come, first served: a large reservation isn't overtaken for ever by small ones.
#[derive(Debug)]
pub struct Budget {
    total: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    free: u64,
    /// The ticket of whoever asks next.
    next: u64,
    /// The ticket whose turn it is.
    serving: u64,
}

/// Reserved bytes, given back when dropped.
#[derive(Debug)]
#[must_use = "the memory is given back at once"]
pub struct Reservation<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    /// A budget of so many bytes, all free.
    pub const fn new(total: u64) -> Self {
        Self {
            total,
            state: Mutex::new(State {
                free: total,
                next: 0,
                serving: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// Waits until so many bytes are free and takes them; of more than the whole budget, the whole. A thread that holds a reservation of
    /// this budget must not ask for another: it might wait for itself.
    pub fn reserve(&self, bytes: u64) -> Reservation<'_> {
        let bytes = bytes.min(self.total);
        let mut state = self.lock();
        let ticket = state.next;
        state.next += 1;
        while state.serving != ticket || state.free < bytes {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.free -= bytes;
        state.serving += 1;
        drop(state);
        self.changed.notify_all();
        Reservation {
            budget: self,
            bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation<'_> {
    /// Whether it is as much as asking for `bytes` would give.
    pub fn covers(&self, bytes: u64) -> bool {
        self.bytes >= bytes.min(self.budget.total)
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.budget.lock().free += self.bytes;
        self.budget.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    #[test]
    fn never_more_than_the_budget_is_reserved_and_everybody_gets_a_turn() {
        let budget = Budget::new(100);
        let (used, most, turns) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for thread in 0..8_u64 {
                let (budget, used, most, turns) = (&budget, &used, &most, &turns);
                scope.spawn(move || {
                    for round in 0..200 {
                        // 10 to 140 bytes; what is over the budget counts as the whole.
                        let bytes = 10 + (thread * 37 + round * 53) % 131;
                        let held = budget.reserve(bytes);
                        assert!(held.covers(bytes));
                        let now = used.fetch_add(bytes.min(100), Ordering::SeqCst) + bytes.min(100);
                        most.fetch_max(now, Ordering::SeqCst);
                        thread::yield_now();
                        used.fetch_sub(bytes.min(100), Ordering::SeqCst);
                        turns.fetch_add(1, Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
        assert!((90..=100).contains(&most.into_inner()));
        assert_eq!(turns.into_inner(), 8 * 200);
    }

    #[test]
    fn what_is_reserved_is_free_again_after_a_panic() {
        let budget = Budget::new(10);
        let panicked = std::panic::catch_unwind(|| {
            let _held = budget.reserve(10);
            panic!("in the middle of the work");
        });
        assert!(panicked.is_err());
        assert!(budget.reserve(10).covers(10));
    }
}
