//! What the fuzz targets do with their bytes. The ordinary tests include the same files and replay the saved corpus.
#![forbid(unsafe_code)]

pub mod fer2013_csv;
pub mod frames;
pub mod onnx_mutator;
pub mod onnx_reader;

/// The command has no library: what is fuzzed is included from its sources, with all that it leans on.
#[path = "../../cli/src"]
#[allow(dead_code, unused_imports, reason = "the targets use a part")]
mod command {
    pub mod dataset;
    pub mod evaluation;
    pub mod failure;
    pub mod files;
    pub mod memory;
    pub mod output;
    pub mod photo;
}
// Under the names by which they call each other.
use command::{dataset, evaluation, failure, files, memory, output, photo};
