//! Replays what fuzzing the CSV readers has found worth keeping (`fuzz/README.md`), with the same checks.

#[path = "../../../fuzz/src/fer2013_csv.rs"]
mod fer2013_csv;

use std::fs;
use std::path::Path;

#[test]
fn every_table_of_the_corpus_is_read_or_refused_in_few_words() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/fer2013_csv");
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (mut read, mut refused) = (0, 0);
    for entry in fs::read_dir(corpus).expect("the corpus is in the repository") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
        if fer2013_csv::check(&bytes, folder.path()) {
            read += 1;
        } else {
            refused += 1;
        }
    }
    assert!(read >= 5 && refused >= 10, "{read} read, {refused} refused");
}
