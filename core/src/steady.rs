//! Steadies what is seen of one face over time, by times and never by numbers of frames: boxes and points, and the expression.
//!
//! Which face is which is `track`'s to say. Every function takes the time since the last call in nanoseconds, so the same motion or the same
//! change looks alike at 10 and at 60 frames a second.

mod evidence;
mod one_euro;

pub use evidence::Evidence;
pub(crate) use evidence::LEAST_PROBABILITY;
pub use one_euro::{OneEuro, SteadyFace};

/// Nanoseconds in a second.
pub(crate) const SECOND: u64 = 1_000_000_000;

/// A span of time in seconds.
pub(crate) fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / SECOND as f64
}
