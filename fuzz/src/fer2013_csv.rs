//! Hands a fuzzer's bytes to the readers of `fer2013.csv` and `fer2013new.csv`. Whatever the bytes are: no panic, an error names a line or
//! the file and stays short, and faces that were read are the same when they are written down plainly and read again.

use std::fs;
use std::path::Path;

use anyhow::{Error, Result};
use moue::{Expression, ExpressionSet};

use crate::dataset::fer2013::{self, Split, Wanted};
use crate::dataset::votes::Votes;
use crate::dataset::{Picture, Selection};

/// Longer than any error should be: a sentence, a path, and a value from the file that was cut to what a person reads.
const LONGEST_MESSAGE: usize = 1000;

/// Reads the bytes as faces and as votes, in a file of this folder. Whether they were one of the two.
///
/// # Panics
///
/// Where a reader breaks a promise.
pub fn check(bytes: &[u8], folder: &Path) -> bool {
    let file = folder.join("given.csv");
    fs::write(&file, bytes).expect("the folder can be written to");
    let is_votes = match Votes::read(&file) {
        Ok(votes) => {
            // Rows in the place of any face, or an error about it.
            for index in 0..4 {
                let _ = votes
                    .majority(index, Split::Training)
                    .map_err(assert_worded);
            }
            let _ = faces(&file, Some(&votes)).map_err(assert_worded);
            true
        }
        Err(error) => {
            assert_worded(error);
            false
        }
    };
    let is_faces = match faces(&file, None) {
        Ok(found) => {
            assert!(!found.cases.is_empty());
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
            let is_packed = bytes.starts_with(&[0x1F, 0x8B]);
            fs::write(&file, plainly(&found, lines, is_packed)).expect("as before");
            let again = faces(&file, None).expect("what is written plainly can be read");
            assert_eq!(contents(&again), contents(&found));
            true
        }
        Err(error) => {
            assert_worded(error);
            false
        }
    };
    is_faces || is_votes
}

fn faces(file: &Path, votes: Option<&Votes>) -> Result<Selection> {
    let wanted = Wanted {
        split: Split::PublicTest,
        set: ExpressionSet::Seven,
        votes,
    };
    fer2013::read(file, &wanted, || Ok(()))
}

/// The faces as a file without quotes, spaces or anything else that need not be.
fn plainly(found: &Selection, lines: u64, is_packed: bool) -> String {
    let mut text = "emotion,pixels,Usage\n".to_owned();
    let mut before = 1;
    for case in &found.cases {
        let Picture::Row { line, pixels } = &case.picture else {
            panic!("a row became a photo")
        };
        assert!(
            before < *line && (is_packed || *line <= lines),
            "line {line} of {lines}"
        );
        before = *line;
        let label = Expression::ALL.iter().position(|&one| one == case.truth);
        let pixels: Vec<String> = pixels.iter().map(u8::to_string).collect();
        let label = label.expect("one of the seven");
        text += &format!("{label},{},PublicTest\n", pixels.join(" "));
    }
    text
}

fn contents(found: &Selection) -> Vec<(Expression, &[u8])> {
    found
        .cases
        .iter()
        .map(|case| match &case.picture {
            Picture::Row { pixels, .. } => (case.truth, &pixels[..]),
            Picture::Photo { .. } => panic!("a row became a photo"),
        })
        .collect()
}

fn assert_worded(error: Error) {
    let words = format!("{error:#}");
    assert!(words.contains("given.csv"), "{words}");
    assert!(
        words.len() < LONGEST_MESSAGE,
        "{} bytes of message: {words:.300}",
        words.len()
    );
}
