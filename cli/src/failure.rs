//! How a command can end other than well, where the difference shows in the exit status; and how one bad photo doesn't end it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Result, anyhow};

/// How a command that ran to its end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All was done.
    Well,
    /// Something was reported as failed, the rest was done.
    WithFailures,
    /// Ctrl-C was pressed; what was reported is whole, the rest was not begun.
    Interrupted,
}

/// The command line asks for something that can't be meant: exit status 2, like an unknown option.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// The reader of our standard output is gone (`moue … | head`): nobody is left to tell, so the command ends quietly.
#[derive(Debug)]
pub struct ReaderGone;

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reader of the results is gone")
    }
}

impl std::error::Error for ReaderGone {}

/// Does `work` on one photo. A panic in it, as decoders have them on files that nobody thought of, is this photo's error and not the end
/// of all.
///
/// # Errors
///
/// Those of `work`; after a panic `what`, and the panic's own words.
pub fn guarded<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(anyhow!(
            "{what}: {}",
            words.unwrap_or("for no stated reason")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_repeats_its_words() {
        let panics: [(fn(), &str); 3] = [
            (
                || panic_of("chunk 3 is missing".to_owned()),
                "chunk 3 is missing",
            ),
            (|| panic_of("no chunk"), "no chunk"),
            (|| panic_of(7), "no stated reason"),
        ];
        for (panic, words) in panics {
            let error = guarded("the decoder gave up", || {
                panic();
                Ok(())
            });
            let message = error.expect_err("it panicked").to_string();
            assert!(
                message.starts_with("the decoder gave up: ") && message.ends_with(words),
                "{message}"
            );
        }
    }

    fn panic_of(payload: impl Send + 'static) {
        std::panic::panic_any(payload)
    }
}
