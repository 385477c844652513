//! Fuzzes the CSV readers of `moue eval`; what is checked stands in `moue_fuzz::fer2013_csv`.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("a folder for the file that is read"));

fuzz_target!(|bytes: &[u8]| {
    moue_fuzz::fer2013_csv::check(bytes, FOLDER.path());
});
