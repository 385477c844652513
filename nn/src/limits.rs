//! How much a model file may ask for. Each limit is checked before memory is taken for what it counts.

use crate::Error;

/// Upper bounds on what a file and a plan may need. Start from [`Limits::default`] and change single fields.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the file. Default 64 MiB.
    pub file_bytes: usize,
    /// Nodes of the graph. Default 4,096.
    pub nodes: usize,
    /// Initialisers of the graph. Default 32,768: eight a node.
    pub initializers: usize,
    /// Entries of the metadata. Default 256.
    pub metadata_entries: usize,
    /// Outputs of the graph. Default 64.
    pub outputs: usize,
    /// Elements of one tensor, initialiser or intermediate. Default 16 Mi.
    pub tensor_elements: usize,
    /// Weights and biases of all convolutions; an initialiser that several nodes share counts each time, since each packs its own copy.
    /// Default 32 Mi.
    pub parameters: usize,
    /// Bytes that a plan needs to run: intermediate tensors, scratch and outputs. Default 256 MiB.
    pub arena_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes: 64 << 20,
            nodes: 4096,
            initializers: 32_768,
            metadata_entries: 256,
            outputs: 64,
            tensor_elements: 16 << 20,
            parameters: 32 << 20,
            arena_bytes: 256 << 20,
        }
    }
}

/// Fails when `found` is more than `limit`. `what` is a plural noun for the message.
pub(crate) fn check(what: &'static str, found: usize, limit: usize) -> Result<(), Error> {
    if found > limit {
        Err(Error::Limit {
            what,
            found: found as u64,
            limit: limit as u64,
        })
    } else {
        Ok(())
    }
}
