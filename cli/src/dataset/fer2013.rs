//! FER-2013 in its public CSV format. Only the faces that are judged stay in memory; of the Training rows a hash of the pixels does, to tell
//! which faces a model may have seen.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use moue::{Expression, ExpressionSet};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

use super::table::{Table, quoted};
use super::votes::{Majority, Votes};
use super::{Case, Picture, Selection};
use crate::evaluation::LeftOut;

/// Width and height of a face, in pixels.
pub const FACE_SIDE: u32 = 48;

/// Bytes of a face: 48 rows of 48 grey values.
pub const FACE_BYTES: usize = (FACE_SIDE * FACE_SIDE) as usize;

/// The splits, as named in the column `Usage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// What models are trained on.
    Training,
    /// What models are chosen by.
    PublicTest,
    /// What a released model is judged by, once.
    PrivateTest,
}

impl Split {
    const ALL: [Self; 3] = [Self::Training, Self::PublicTest, Self::PrivateTest];
}

/// The name as in the column `Usage`.
impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Which faces of a file are judged.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Those of this split.
    pub split: Split,
    /// Those whose true expression is in this set.
    pub set: ExpressionSet,
    /// Whose truth counts: the voters', or the file's own labels.
    pub votes: Option<&'a Votes>,
}

/// Reads the wanted faces of `fer2013.csv`: columns `emotion` (0 to 6), `pixels` (2,304 numbers from 0 to 255 between spaces) and `Usage`, in
/// any order. All rows are checked, wanted or not. `each_row` is called before every row and may end the reading.
///
/// # Errors
///
/// With the number of the first line that is wrong, and what is wrong with it; what `each_row` says; or where no face is left to judge.
pub fn read(
    path: &Path,
    wanted: &Wanted<'_>,
    mut each_row: impl FnMut() -> Result<()>,
) -> Result<Selection> {
    let mut table = Table::open(path)?;
    let [emotion, pixels, usage] = table.columns(["emotion", "pixels", "Usage"])?;
    let mut rows = 0;
    let mut left_out = LeftOut::default();
    let mut training = HashSet::new();
    let mut cases = Vec::new();
    let mut hashes = Vec::new();
    table.rows(|line, record| {
        each_row()?;
        let face = parse_pixels(record.text(pixels)?)?;
        let label = parse_label(record.text(emotion)?)?;
        let split = parse_split(record.text(usage)?)?;
        let majority = match wanted.votes {
            None => Majority::Expression(label),
            Some(votes) => votes.majority(rows, split)?,
        };
        rows += 1;
        if split == wanted.split {
            match majority {
                Majority::None => left_out.without_majority += 1,
                Majority::Expression(truth) if !wanted.set.contains(truth) => {
                    left_out.outside_set += 1;
                }
                Majority::Expression(truth) => {
                    hashes.push(hash(&face));
                    cases.push(Case {
                        truth,
                        seen: None,
                        picture: Picture::Row {
                            line,
                            pixels: Box::new(face),
                        },
                    });
                }
            }
        } else if split == Split::Training {
            training.insert(hash(&face));
        }
        Ok(())
    })?;
    let name = path.display();
    ensure!(rows > 0, "{name} holds a header and no face");
    if let Some(votes) = wanted.votes {
        votes.check_count(rows)?;
    }
    ensure!(
        !cases.is_empty(),
        "{name}: no face of {} is left to judge by ({rows} rows in all)",
        wanted.split
    );
    // Where Training itself is judged, or isn't there, nothing was collected, and a clean figure has no meaning.
    if !training.is_empty() {
        for (case, hash) in cases.iter_mut().zip(&hashes) {
            case.seen = Some(training.contains(hash));
        }
    }
    Ok(Selection { cases, left_out })
}

/// 128 bits stand for the 2,304 bytes: two different faces of the same hash aren't to be expected in any file that can be read.
fn hash(face: &[u8; FACE_BYTES]) -> u128 {
    let mut hasher = SipHasher13::new();
    hasher.write(face);
    hasher.finish128().as_u128()
}

fn parse_pixels(text: &str) -> Result<[u8; FACE_BYTES]> {
    let mut pixels = [0; FACE_BYTES];
    let mut count = 0;
    for value in text.split_ascii_whitespace() {
        if let Some(pixel) = pixels.get_mut(count) {
            *pixel = value.parse().ok().with_context(|| {
                format!(
                    "pixel {}: {} is not a number from 0 to 255",
                    count + 1,
                    quoted(value)
                )
            })?;
        }
        count += 1;
    }
    ensure!(
        count == FACE_BYTES,
        "{count} pixels, {FACE_BYTES} ({FACE_SIDE} x {FACE_SIDE}) are needed"
    );
    Ok(pixels)
}

fn parse_label(text: &str) -> Result<Expression> {
    let label = text
        .trim()
        .parse()
        .ok()
        .and_then(|number: usize| Expression::ALL.get(number).copied());
    label.with_context(|| {
        format!(
            "emotion {} is not a number from 0 to {}",
            quoted(text),
            Expression::ALL.len() - 1
        )
    })
}

/// The split of that name.
///
/// # Errors
///
/// For any other text.
pub fn parse_split(text: &str) -> Result<Split> {
    let split = Split::ALL
        .into_iter()
        .find(|split| split.to_string() == text.trim());
    split.with_context(|| {
        format!(
            "Usage {} is none of Training, PublicTest, PrivateTest",
            quoted(text)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::fs;
    use std::io::Write;

    const HEADER: &str = "emotion,pixels,Usage";

    const TEST_FACES: Wanted<'static> = Wanted {
        split: Split::PublicTest,
        set: ExpressionSet::Seven,
        votes: None,
    };

    fn pixels(value: u8) -> String {
        vec![value.to_string(); FACE_BYTES].join(" ")
    }

    fn read_bytes(bytes: &[u8]) -> Result<Selection> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("fer2013.csv");
        fs::write(&file, bytes).expect("a file in it");
        read(&file, &TEST_FACES, || Ok(()))
    }

    fn error(text: &str) -> String {
        format!("{:#}", read_bytes(text.as_bytes()).expect_err("an error"))
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).expect("memory");
        packed.finish().expect("memory")
    }

    /// The labels, and the first pixel of each face.
    fn summary(selection: &Selection) -> Vec<(Expression, u8)> {
        let cases = selection.cases.iter();
        cases
            .map(|case| match &case.picture {
                Picture::Row { pixels, .. } => (case.truth, pixels[0]),
                Picture::Photo { .. } => panic!("a row was read"),
            })
            .collect()
    }

    #[test]
    fn the_faces_of_the_split_are_read_with_their_labels() {
        let text = format!(
            "{HEADER}\n0,{},Training\n6,{},PublicTest\n3,{},PrivateTest\n",
            pixels(7),
            pixels(255),
            pixels(9)
        );
        let found = read_bytes(text.as_bytes()).expect("faces");
        assert_eq!(summary(&found), [(Expression::Neutral, 255)]);
        assert_eq!(found.cases[0].picture.source(), "line 3");
    }

    #[test]
    fn byte_order_marks_carriage_returns_quotes_and_empty_lines_are_no_trouble() {
        let text = format!(
            "\u{feff}emotion, Usage, pixels\r\n\r\n3,PublicTest,\"{}\"\r\n\n2,\"PublicTest\",{}",
            pixels(1),
            pixels(2)
        );
        let found = read_bytes(text.as_bytes()).expect("faces");
        assert_eq!(
            summary(&found),
            [(Expression::Happy, 1), (Expression::Fear, 2)]
        );
        assert_eq!(found.cases[1].picture.source(), "line 5");
    }

    #[test]
    fn gzip_is_unpacked_also_in_several_parts() {
        let row = |label: u8| format!("{label},{},PublicTest\n", pixels(label));
        let whole = read_bytes(&gzip(&format!("{HEADER}\n{}{}", row(3), row(4))));
        let parts = [gzip(&format!("{HEADER}\n{}", row(3))), gzip(&row(4))].concat();
        let expected = [(Expression::Happy, 3), (Expression::Sad, 4)];
        assert_eq!(summary(&whole.expect("faces")), expected);
        assert_eq!(summary(&read_bytes(&parts).expect("faces")), expected);
    }

    #[test]
    fn gzip_that_is_cut_off_is_an_error() {
        let text = format!(
            "{HEADER}\n{}",
            format!("3,{},PublicTest\n", pixels(3)).repeat(20)
        );
        let packed = gzip(&text);
        let error = read_bytes(&packed[..packed.len() - 9]).expect_err("a part is missing");
        let message = format!("{error:#}");
        assert!(
            message.contains("line") && message.contains("is it whole?"),
            "{message}"
        );
    }

    #[test]
    fn an_error_names_the_line_and_what_is_wrong_there() {
        let good = format!("0,{},Training\n", pixels(0));
        for (row, problem) in [
            (
                "0,1 2 3,Training".to_owned(),
                "3 pixels, 2304 (48 x 48) are needed",
            ),
            (format!("0,{} x,Training", pixels(0)), "2305 pixels"),
            (
                format!("0,{},Training", pixels(0).replacen('0', "256", 1)),
                "pixel 1: \"256\" is not a number from 0 to 255",
            ),
            (
                format!("7,{},Training", pixels(0)),
                "emotion \"7\" is not a number from 0 to 6",
            ),
            (format!("happy,{},Training", pixels(0)), "emotion \"happy\""),
            (
                format!("0,{},Holiday", pixels(0)),
                "Usage \"Holiday\" is none of",
            ),
            (format!("0,{}", pixels(0)), "2 fields, 3 are needed"),
            (format!("0,\"{},Training", pixels(0)), "a quote is opened"),
            (format!("0\r{},Training", pixels(0)), "a carriage return"),
            (
                format!("0,{},\u{1b}[2J{}", pixels(0), "x".repeat(9_000)),
                "xxx\"… is none of",
            ),
            (",".repeat(64), "more than 64 fields"),
            (" ".repeat(1 << 17), "longer than 65536 bytes"),
        ] {
            let message = error(&format!("{HEADER}\n{good}{row}\n{good}"));
            assert!(
                message.contains("fer2013.csv line 3") && message.contains(problem),
                "{message}"
            );
            assert!(
                message.len() < 500 && !message.contains('\u{1b}'),
                "{message}"
            );
        }
    }

    #[test]
    fn text_in_another_encoding_is_named_by_its_line() {
        let mut bytes = format!("{HEADER}\n0,{},Public", pixels(0)).into_bytes();
        bytes.extend(b"\xE9\n");
        let message = format!("{:#}", read_bytes(&bytes).expect_err("Latin-1"));
        assert!(message.contains("line 2: field 3 is no UTF-8"), "{message}");
    }

    #[test]
    fn a_file_without_the_columns_or_without_rows_is_an_error() {
        assert!(error("label,pixels,Usage\n").contains("no column \"emotion\""));
        assert!(error("").contains("no column \"emotion\""));
        assert!(error(&format!("{HEADER}\n")).contains("no face"));
    }

    #[test]
    fn reading_ends_when_it_is_asked_to() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("fer2013.csv");
        fs::write(&file, format!("{HEADER}\n0,{},PublicTest\n", pixels(0))).expect("a file");
        let error = read(&file, &TEST_FACES, || anyhow::bail!("stopped"));
        assert!(format!("{:#}", error.expect_err("an end")).contains("stopped"));
    }

    #[test]
    fn a_face_was_seen_in_training_only_if_every_pixel_is_the_same() {
        let nearly = pixels(7).replacen('7', "8", 1);
        let row = |pixels: &str, split| format!("0,{pixels},{split}\n");
        let seen = |text: &str| {
            let found = read_bytes(text.as_bytes()).expect("faces");
            found.cases.iter().map(|case| case.seen).collect::<Vec<_>>()
        };
        let text = [
            HEADER,
            "\n",
            &row(&pixels(7), "PublicTest"),
            &row(&pixels(7), "Training"),
            &row(&nearly, "PublicTest"),
        ]
        .concat();
        assert_eq!(seen(&text), [Some(true), Some(false)]);
        let text = [HEADER, "\n", &row(&nearly, "PublicTest")].concat();
        assert_eq!(seen(&text), [None]);
    }
}
