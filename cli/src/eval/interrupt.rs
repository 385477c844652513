//! Ctrl-C and termination: the first asks for an orderly end, the second ends at once.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

use crate::output::note;

/// The exit status of a command that a signal ended, as shells have it for SIGINT.
const INTERRUPTED: i32 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens from now on.
///
/// # Errors
///
/// Where the system lets nobody listen.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            process::exit(INTERRUPTED);
        }
        note("stopping; once more ends at once");
    })
    .context("Ctrl-C can't be listened for")
}

/// Whether an end was asked for.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
