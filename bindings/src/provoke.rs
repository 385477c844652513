//! A panic on request, so that tests in every language can see what becomes of one. Only in tests and with the feature `provoke-panic`, which
//! nothing that ships has.
#![allow(unsafe_code)]

#[cfg(not(test))]
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(not(test))]
static REQUESTED: AtomicBool = AtomicBool::new(false);

#[cfg(test)]
thread_local! {
    /// Tests run side by side, so each thread has its own.
    static REQUESTED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Makes the next `analyze`, `submit` or `next` panic in the middle of its work, on whatever thread it is called.
// SAFETY: the name is of this crate alone.
#[unsafe(no_mangle)]
pub extern "C" fn moue_ffi_panic_in_next_call() {
    #[cfg(not(test))]
    REQUESTED.store(true, Ordering::SeqCst);
    #[cfg(test)]
    REQUESTED.set(true);
}

/// Where a call panics if it was asked to.
pub fn here() {
    #[cfg(not(test))]
    let requested = REQUESTED.swap(false, Ordering::SeqCst);
    #[cfg(test)]
    let requested = REQUESTED.replace(false);
    assert!(!requested, "provoked by a test");
}
