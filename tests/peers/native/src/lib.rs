//! A C interface to Moue and tract for `tests/peers/bench.py`, which loads this library with ctypes: what runs in one process can be timed
//! round robin. No logic of its own, and nothing here ships.
//!
//! Handles come from a `*_load` function and go back to the matching `*_free`. A function that fails returns null, or -1, and leaves a sentence
//! for [`peers_error`]. Nothing here may be called from two threads at once.

mod analyzer;
mod engine;
mod session;
#[cfg(feature = "tract")]
mod tract;

use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::fmt::Display;

thread_local! {
    static ERROR: RefCell<CString> = RefCell::default();
}

/// Why the latest call failed, as text that lives until the next failing call.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub extern "C" fn peers_error() -> *const c_char {
    ERROR.with_borrow(|message| message.as_ptr())
}

/// Keeps the message for [`peers_error`] and returns the value that tells of the failure.
fn failed<T>(result: Result<T, impl Display>, otherwise: T) -> T {
    result.unwrap_or_else(|error| {
        let text = format!("{error:#}").replace('\0', " ");
        ERROR.set(CString::new(text).unwrap_or_default());
        otherwise
    })
}

/// The caller's bytes.
///
/// # Safety
///
/// `data` points to `length` bytes that nobody changes while the result lives.
unsafe fn bytes<'a>(data: *const u8, length: usize) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(data, length) }
}
