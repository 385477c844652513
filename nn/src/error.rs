//! What can go wrong between a file's bytes and an output. Every message says what was found, what is allowed and, where a node is to
//! blame, which one. Deciding what to do about it (another backend, a message on a screen) is left to the caller.

use std::fmt;

use crate::KernelSet;

/// Why a model can't be read, planned or run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a sound ONNX file: broken protobuf, or a graph that contradicts itself. No other reader will do better.
    Malformed {
        /// Where and what, in a sentence.
        problem: String,
    },
    /// A sound ONNX file with an operator outside the grammar. Another backend may be able to run it.
    UnsupportedOperator {
        /// The operator's type, with its domain in front when that is not the default one.
        operator: String,
        /// The node that uses it.
        node: String,
    },
    /// A known operator used in a way that the grammar doesn't have. Another backend may be able to run the file.
    Grammar {
        /// The node at which it shows.
        node: String,
        /// The node's operator type.
        operator: String,
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: String,
    },
    /// Something outside the grammar that belongs to the file as a whole, such as its operator set or its input.
    Model {
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: String,
    },
    /// More than the [`Limits`](crate::Limits) allow. Nothing was allocated for it.
    Limit {
        /// What was counted, as a plural.
        what: &'static str,
        /// How many there are, or the first count that was too many.
        found: u64,
        /// How many may be.
        limit: u64,
    },
    /// The model can't be planned for a picture of this size.
    Size {
        /// Rows asked for.
        height: usize,
        /// Columns asked for.
        width: usize,
        /// Why not, and which sizes would do.
        problem: String,
    },
    /// The picture handed to [`Plan::run`](crate::Plan::run) doesn't have the planned size.
    Input {
        /// Bytes handed over.
        found: usize,
        /// Rows planned for.
        height: usize,
        /// Columns planned for.
        width: usize,
    },
    /// This CPU can't run the kernels that were asked for.
    Kernels {
        /// Their name.
        name: &'static str,
    },
}

impl Error {
    /// Whether the file may be a sound ONNX model that only this engine can't run, or is too large or too tangled for it, so that trying another
    /// backend, which has limits of its own, makes sense.
    pub fn is_outside_grammar(&self) -> bool {
        matches!(
            self,
            Error::UnsupportedOperator { .. }
                | Error::Grammar { .. }
                | Error::Model { .. }
                | Error::Limit { .. }
        )
    }

    pub(crate) fn malformed(problem: impl Into<String>) -> Self {
        Error::Malformed {
            problem: problem.into(),
        }
    }

    pub(crate) fn model(found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Error::Model {
            found: found.into(),
            allowed: allowed.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Malformed { problem } => write!(f, "not a sound ONNX file: {problem}"),
            Error::UnsupportedOperator { operator, node } => write!(
                f,
                "node {}: operator {} is not in the model format; allowed: {OPERATORS}",
                quote(node),
                quote(operator)
            ),
            Error::Grammar {
                node,
                operator,
                found,
                allowed,
            } => {
                write!(
                    f,
                    "node {} ({operator}): found {found}; allowed: {allowed}",
                    quote(node)
                )
            }
            Error::Model { found, allowed } => {
                write!(f, "model: found {found}; allowed: {allowed}")
            }
            Error::Limit { what, found, limit } => {
                write!(f, "too many {what}: {found}; allowed: at most {limit}")
            }
            Error::Size {
                height,
                width,
                problem,
            } => {
                write!(
                    f,
                    "no plan for a picture of {height} rows and {width} columns: {problem}"
                )
            }
            Error::Input {
                found,
                height,
                width,
            } => write!(
                f,
                "{found} bytes of luma given; the plan takes exactly {} ({height} rows of {width})",
                height * width
            ),
            Error::Kernels { name } => {
                let supported: Vec<&str> = KernelSet::all()
                    .filter(KernelSet::is_supported)
                    .map(|kernels| kernels.name())
                    .collect();
                write!(
                    f,
                    "this CPU can't run the {name} kernels; it can run: {}",
                    supported.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for Error {}

/// The grammar's operators, for messages.
const OPERATORS: &str =
    "QuantizeLinear, DequantizeLinear, Conv, Relu, Clip, Add, GlobalAveragePool, Flatten";

/// Characters of a name that a message repeats. Names come from the file and can be of any length.
const LONGEST_NAME: usize = 80;

/// A name from a file, quoted, escaped and cut to a length that fits in a message.
pub(crate) fn quote(name: &str) -> String {
    if name.chars().nth(LONGEST_NAME).is_none() {
        return format!("{name:?}");
    }
    let start: String = name.chars().take(LONGEST_NAME).collect();
    format!("{start:?}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_and_a_control_character_is_escaped() {
        assert_eq!(quote("a\u{7}"), "\"a\\u{7}\"");
        let long = quote(&"é".repeat(1_000));
        assert_eq!(long.chars().count(), LONGEST_NAME + 3);
        assert!(long.ends_with("\"…"));
    }
}
