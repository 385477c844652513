//! Live video: faces that keep their identity, readings that don't flicker, work that fits a budget, a camera that never waits.
//!
//! [`LiveSession`] is the door: `submit` from the camera's thread, `next` from another. Below its slot everything is state in, state out:
//! [`LiveState::plan`] says what to look at in a frame, and [`LiveState::update`] turns what was seen into a result. No pixel and no clock
//! reaches the state, so a recording of what it was given gives the same results again, to the last bit.
//!
//! Which face is which is `track`'s work, steadying `steady`'s, looking at pixels `stages`'.

mod budget;
mod observe;
mod options;
mod result;
mod session;
mod slot;
mod state;
#[cfg(feature = "trace")]
pub mod trace;
mod worker;

/// What the slot and the session lock with. Their tests have a `sync` of their own, from loom, which tries every interleaving.
mod sync {
    pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
}

pub use budget::{Budget, Thermal};
pub use observe::{Command, Counts, Found, Observations, Read, Sighting, StageTimes};
pub use options::{LiveOptions, Rules};
pub use result::{Activity, FrameResult, LiveFace};
pub use session::{LiveSession, Next, Submitted};
pub use state::{Follow, LiveState, Plan, Search};
