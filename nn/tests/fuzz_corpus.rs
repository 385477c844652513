//! Replays what fuzzing the ONNX reader has found worth keeping (`fuzz/README.md`), with the same checks: no panic, bounded memory, and the
//! same numbers from every set of kernels that this CPU has.

#[path = "../../fuzz/src/onnx_reader.rs"]
mod onnx_reader;

use std::fs;
use std::path::Path;

use onnx_reader::Fate;

#[test]
fn every_file_of_the_corpus_keeps_the_readers_promises() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/onnx_reader");
    let mut fates = Vec::new();
    for entry in fs::read_dir(corpus).expect("the corpus is in the repository") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
        fates.push(onnx_reader::check(&bytes));
    }
    for fate in [Fate::Refused, Fate::Ran] {
        let count = fates.iter().filter(|&&found| found == fate).count();
        assert!(count >= 10, "{fate:?}: {count} of {}", fates.len());
    }
}
