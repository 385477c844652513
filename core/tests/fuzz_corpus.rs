//! Replays what fuzzing frames has found worth keeping (`fuzz/README.md`), with the same checks: no panic, and a working picture that is what
//! a plain loop over its definition makes of the frame.

#[path = "../../fuzz/src/frames.rs"]
mod frames;

use std::fs;
use std::path::Path;

#[test]
fn every_frame_of_the_corpus_is_refused_or_reduced_as_defined() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/frames");
    let (mut reduced, mut refused) = (0, 0);
    for entry in fs::read_dir(corpus).expect("the corpus is in the repository") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
        if frames::check(&bytes) {
            reduced += 1;
        } else {
            refused += 1;
        }
    }
    assert!(
        reduced >= 10 && refused >= 10,
        "{reduced} reduced, {refused} refused"
    );
}
