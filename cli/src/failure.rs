//! How a command can end other than well, where the difference shows in the exit status.

use std::fmt;

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
