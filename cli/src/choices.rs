//! From the command line's words to `moue`'s types. Which values are allowed is for `args` and `moue` to say.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use moue::{Backend, Expression, ExpressionSet, Head, Kind, Options};

use crate::args::{BackendName, ExpressionCount, FindingArguments, HeadName, ReadingArguments};
use crate::description::NAME_ITS_FILE;
use crate::failure::UsageError;
use crate::files::read_whole;

/// The longest model file that is read, in bytes.
const MAX_MODEL_BYTES: u64 = moue::MAX_MODEL_BYTES as u64;

impl From<HeadName> for Head {
    fn from(name: HeadName) -> Self {
        match name {
            HeadName::Consensus => Self::Consensus,
            HeadName::Fer2013 => Self::Fer2013,
        }
    }
}

impl From<ExpressionCount> for ExpressionSet {
    fn from(count: ExpressionCount) -> Self {
        match count {
            ExpressionCount::Seven => Self::Seven,
            ExpressionCount::Six => Self::Six,
            ExpressionCount::Five => Self::Five,
        }
    }
}

/// The backend that was asked for, or the choice left to `moue`.
pub fn backend(name: Option<BackendName>) -> Backend {
    match name {
        None => Backend::Auto,
        Some(BackendName::Int8) => Backend::Int8,
        Some(BackendName::Tract) => Backend::Tract,
    }
}

/// The expressions of a set, in the order of [`Expression::ALL`].
pub fn members(set: ExpressionSet) -> Vec<Expression> {
    Expression::ALL
        .into_iter()
        .filter(|&expression| set.contains(expression))
        .collect()
}

/// The bytes of a model file.
///
/// # Errors
///
/// With the file's name, where it can't be read or is too long.
pub fn read_model(path: &Path) -> Result<Vec<u8>> {
    read_whole(path, MAX_MODEL_BYTES).with_context(|| path.display().to_string())
}

/// The options of an analyzer.
///
/// # Errors
///
/// Where the model file can't be read. Values outside their range are found when the analyzer is made.
pub fn analyzer_options(finding: &FindingArguments, reading: &ReadingArguments) -> Result<Options> {
    let ReadingArguments {
        head,
        expressions,
        model,
        backend: name,
        description,
    } = reading;
    let mut options = Options::default()
        .expressions((*expressions).into())
        .backend(backend(*name));
    if let Some(head) = *head {
        options = options.head(head.into());
    }
    if let Some(share) = finding.smallest_face {
        options = options.smallest_face(share);
    }
    if let Some(count) = finding.most_faces {
        options = options.most_faces(count);
    }
    if let Some(path) = model {
        options = options
            .model(Kind::Expression, read_model(path)?)
            .model_description(description.description());
    } else {
        description.check_unused(NAME_ITS_FILE)?;
    }
    Ok(options)
}

/// What `moue` says of choices that it doesn't take: a usage error where it is about the choice itself, a failure where it is about a file.
/// What a file leaves open gets the option that says it, which the library doesn't know.
pub fn refused(error: moue::Error) -> anyhow::Error {
    match error {
        moue::Error::Undescribed { what, .. } | moue::Error::Misdescribed { what, .. } => {
            anyhow!("{error}; the option for it is --{what}")
        }
        moue::Error::OptionOutOfRange { .. } => UsageError(error.to_string()).into(),
        other => other.into(),
    }
}
