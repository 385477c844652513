//! Ctrl-C, and SIGTERM, which means the same: long commands ask here whether to stop, end what they have begun, and say that they were
//! interrupted. A second one ends at once. Neither leaves a half-written file behind.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

use crate::output;

/// The exit status of a command that Ctrl-C ended, as shells have it: 128 and the signal's number.
pub const STATUS: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Takes Ctrl-C and SIGTERM over: from now on they stop nothing by themselves. For commands that ask often enough.
///
/// # Errors
///
/// Where the system lets nobody listen.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(stop).context("Ctrl-C can't be listened for")?;
    #[cfg(unix)]
    {
        use signal_hook::consts::SIGTERM;
        use signal_hook::iterator::Signals;
        let mut signals = Signals::new([SIGTERM]).context("SIGTERM can't be listened for")?;
        std::thread::spawn(move || signals.forever().for_each(|_| stop()));
    }
    Ok(())
}

fn stop() {
    if ASKED.swap(true, Ordering::Relaxed) {
        let _nothing_begins = output::discard_unfinished();
        process::exit(STATUS.into());
    }
    output::note("stopping; once more ends at once");
}

/// Whether an end was asked for: begin nothing new.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
