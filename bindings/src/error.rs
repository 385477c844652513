//! The one error that crosses the border: a kind that a program can act on, and the core's message for people.

use std::fmt;

/// Why a call failed. The message says what was given, what is allowed and what to do.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
#[uniffi(flat_error)]
pub enum NativeError {
    /// A frame, an option or a timestamp that can't be used. Nothing has changed; the next call may do better.
    BadInput(String),
    /// A model file that can't be used, or that fails on a frame.
    BadModel(String),
    /// The object is closed, by its owner or by an earlier internal error: make a new one.
    Closed(String),
    /// Another thread is in a call that only one may be in at a time.
    Busy(String),
    /// A fault of Moue's own. The object in which it happened is closed.
    Internal(String),
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadInput(message)
            | Self::BadModel(message)
            | Self::Closed(message)
            | Self::Busy(message)
            | Self::Internal(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for NativeError {}

impl From<moue::Error> for NativeError {
    fn from(error: moue::Error) -> Self {
        use moue::Error;
        let message = error.to_string();
        match error {
            Error::Model { .. }
            | Error::MissingMetadata { .. }
            | Error::InvalidMetadata { .. }
            | Error::ModelKind { .. }
            | Error::ModelShape { .. }
            | Error::Undescribed { .. }
            | Error::Misdescribed { .. }
            | Error::Labels { .. } => Self::BadModel(message),
            Error::Busy => Self::Busy(message),
            // Pictures and transforms that no caller has a hand in.
            Error::PictureLength { .. } | Error::Transform { .. } => Self::Internal(message),
            _ => Self::BadInput(message),
        }
    }
}
