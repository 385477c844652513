//! FER-2013 and FER+ in their public CSV formats, read with every oddity named by its line. What a model makes of the faces is `eval`'s
//! business.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{Read, Take};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use csv::StringRecord;
use moue::Expression;

/// Width and height of a face, in pixels.
const SIDE: usize = 48;

/// Bytes of a face: 48 rows of 48 grey values.
pub const FACE_BYTES: usize = SIDE * SIDE;

/// The longest table that is read, in bytes; the public one has 301 million.
const MAX_TABLE_BYTES: u64 = 1 << 29;

/// FER+'s columns of votes; `None` for what is no expression of ours.
const VOTE_COLUMNS: [(&str, Option<Expression>); 10] = [
    ("neutral", Some(Expression::Neutral)),
    ("happiness", Some(Expression::Happy)),
    ("surprise", Some(Expression::Surprise)),
    ("sadness", Some(Expression::Sad)),
    ("anger", Some(Expression::Angry)),
    ("disgust", Some(Expression::Disgust)),
    ("fear", Some(Expression::Fear)),
    ("contempt", None),
    ("unknown", None),
    ("NF", None),
];

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

/// One row of FER-2013.
pub struct Face {
    /// 48 rows of 48 grey values, top left first.
    pub pixels: Box<[u8; FACE_BYTES]>,
    /// FER-2013's own label.
    pub label: Expression,
    /// Where the row belongs.
    pub split: Split,
}

/// What the voters of FER+ made of a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Majority {
    /// The one expression that got more votes than anything else.
    Expression(Expression),
    /// None: two or more got as many votes, nobody voted, or contempt, "unknown" or "not a face" came first.
    None,
}

/// Reads `fer2013.csv`: columns `emotion` (0 to 6), `pixels` (2,304 numbers from 0 to 255 between spaces) and `Usage`, in any order.
///
/// # Errors
///
/// With the number of the first line that is wrong, and what is wrong with it.
pub fn read_faces(path: &Path) -> Result<Vec<Face>> {
    let mut table = Table::open(path)?;
    let [emotion, pixels, usage] = table.columns(["emotion", "pixels", "Usage"])?;
    let mut faces = Vec::new();
    table.rows(|row| {
        faces.push(Face {
            pixels: parse_pixels(&row[pixels])?,
            label: parse_label(&row[emotion])?,
            split: parse_split(&row[usage])?,
        });
        Ok(())
    })?;
    ensure!(
        !faces.is_empty(),
        "{} holds a header and no face",
        path.display()
    );
    Ok(faces)
}

/// Reads `fer2013new.csv`, whose rows stand in the order of FER-2013's.
///
/// # Errors
///
/// With the number of the first line that is wrong, or where the rows aren't those of `faces`.
pub fn read_votes(path: &Path, faces: &[Face]) -> Result<Vec<Majority>> {
    let mut table = Table::open(path)?;
    let [usage] = table.columns(["Usage"])?;
    let columns = table.columns(VOTE_COLUMNS.map(|(name, _)| name))?;
    let mut majorities = Vec::new();
    table.rows(|row| {
        let split = parse_split(&row[usage])?;
        let Some(face) = faces.get(majorities.len()) else { bail!("more rows than faces ({})", faces.len()) };
        ensure!(split == face.split, "the row is of {split}, the face in the same place of {}: are both files whole and unsorted?", face.split);
        let mut votes = [0; VOTE_COLUMNS.len()];
        for (votes, (column, (name, _))) in votes.iter_mut().zip(columns.iter().zip(VOTE_COLUMNS)) {
            let text = row[*column].trim();
            *votes = text.parse().ok().with_context(|| format!("{name}: \"{text}\" is not a number of votes"))?;
        }
        majorities.push(majority(&votes));
        Ok(())
    })?;
    ensure!(
        majorities.len() == faces.len(),
        "{} has {} rows for {} faces: are both files whole?",
        path.display(),
        majorities.len(),
        faces.len()
    );
    Ok(majorities)
}

/// For each face, whether a row of `Training` has the same pixels, byte by byte. `None` where there is no such row to compare with.
pub fn seen_in_training(faces: &[Face]) -> Option<Vec<bool>> {
    let training: HashSet<&[u8; FACE_BYTES]> = faces
        .iter()
        .filter(|face| face.split == Split::Training)
        .map(|face| &*face.pixels)
        .collect();
    if training.is_empty() {
        return None;
    }
    Some(
        faces
            .iter()
            .map(|face| training.contains(&*face.pixels))
            .collect(),
    )
}

fn majority(votes: &[u32; VOTE_COLUMNS.len()]) -> Majority {
    let most = votes.iter().copied().max().unwrap_or(0);
    let mut winners = votes
        .iter()
        .zip(VOTE_COLUMNS)
        .filter(|&(&count, _)| count == most && count > 0);
    match (winners.next(), winners.next()) {
        (Some((_, (_, Some(expression)))), None) => Majority::Expression(expression),
        _ => Majority::None,
    }
}

fn parse_pixels(text: &str) -> Result<Box<[u8; FACE_BYTES]>> {
    let mut pixels = Box::new([0; FACE_BYTES]);
    let mut count = 0;
    for value in text.split_ascii_whitespace() {
        if let Some(pixel) = pixels.get_mut(count) {
            *pixel = value.parse().ok().with_context(|| {
                format!(
                    "pixel {}: \"{value}\" is not a number from 0 to 255",
                    count + 1
                )
            })?;
        }
        count += 1;
    }
    ensure!(
        count == FACE_BYTES,
        "{count} pixels, {FACE_BYTES} ({SIDE} x {SIDE}) are needed"
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
            "emotion \"{text}\" is not a number from 0 to {}",
            Expression::ALL.len() - 1
        )
    })
}

fn parse_split(text: &str) -> Result<Split> {
    let split = Split::ALL
        .into_iter()
        .find(|split| split.to_string() == text.trim());
    split.with_context(|| format!("Usage \"{text}\" is none of Training, PublicTest, PrivateTest"))
}

/// A CSV file whose header has been read. Byte order marks, CRLF and quotes are the csv crate's work.
struct Table {
    name: String,
    reader: csv::Reader<Take<File>>,
    header: StringRecord,
}

impl Table {
    fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let cannot = || format!("{name} can't be opened");
        let file = File::open(path).with_context(cannot)?;
        let length = file.metadata().with_context(cannot)?.len();
        ensure!(
            length <= MAX_TABLE_BYTES,
            "{name} has {length} bytes: at most {MAX_TABLE_BYTES} are read"
        );
        // What has no length, such as a device, ends there all the same.
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(file.take(MAX_TABLE_BYTES));
        let header = reader
            .headers()
            .with_context(|| format!("{name} line 1 can't be read"))?
            .clone();
        Ok(Self {
            name,
            reader,
            header,
        })
    }

    /// Where these columns stand.
    fn columns<const COUNT: usize>(&self, names: [&str; COUNT]) -> Result<[usize; COUNT]> {
        let mut places = [0; COUNT];
        for (place, name) in places.iter_mut().zip(names) {
            let found = self.header.iter().position(|column| column.trim() == name);
            *place =
                found.with_context(|| format!("{} line 1 has no column \"{name}\"", self.name))?;
        }
        Ok(places)
    }

    /// Hands over every row, which has as many fields as the header.
    fn rows(&mut self, mut take: impl FnMut(&StringRecord) -> Result<()>) -> Result<()> {
        let mut row = StringRecord::new();
        loop {
            let more = self
                .reader
                .read_record(&mut row)
                .with_context(|| format!("{} can't be read", self.name))?;
            if !more {
                return Ok(());
            }
            let line = row.position().map_or(0, csv::Position::line);
            let fits = if row.len() == self.header.len() {
                take(&row)
            } else {
                Err(anyhow::anyhow!(
                    "{} fields, {} are needed",
                    row.len(),
                    self.header.len()
                ))
            };
            fits.with_context(|| format!("{} line {line}", self.name))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const HEADER: &str = "emotion,pixels,Usage";

    fn pixels(value: u8) -> String {
        vec![value.to_string(); FACE_BYTES].join(" ")
    }

    fn read(text: &str) -> Result<Vec<Face>> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("fer2013.csv");
        fs::write(&file, text).expect("a file in it");
        read_faces(&file)
    }

    fn error(text: &str) -> String {
        format!("{:#}", read(text).err().expect("an error"))
    }

    #[test]
    fn faces_are_read_with_their_labels_and_splits() {
        let faces = read(&format!(
            "{HEADER}\n0,{},Training\n6,{},PublicTest\n",
            pixels(7),
            pixels(255)
        ))
        .expect("faces");
        assert_eq!(
            faces
                .iter()
                .map(|face| (face.label, face.split))
                .collect::<Vec<_>>(),
            [
                (Expression::Angry, Split::Training),
                (Expression::Neutral, Split::PublicTest)
            ]
        );
        assert_eq!(*faces[1].pixels, [255; FACE_BYTES]);
    }

    #[test]
    fn byte_order_marks_carriage_returns_and_quotes_are_no_trouble() {
        let faces = read(&format!(
            "\u{feff}emotion, Usage, pixels\r\n3,Training,\"{}\"\r\n",
            pixels(1)
        ))
        .expect("faces");
        assert_eq!((faces.len(), faces[0].label), (1, Expression::Happy));
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
        ] {
            let message = error(&format!("{HEADER}\n{good}{row}\n{good}"));
            assert!(
                message.contains("fer2013.csv line 3") && message.contains(problem),
                "{message}"
            );
        }
    }

    #[test]
    fn a_file_without_the_columns_or_without_rows_is_an_error() {
        assert!(error("label,pixels,Usage\n").contains("no column \"emotion\""));
        assert!(error("").contains("no column \"emotion\""));
        assert!(error(&format!("{HEADER}\n")).contains("no face"));
    }

    #[test]
    fn the_majority_is_the_single_best_of_all_ten_columns() {
        //                   neutral, happy, surprise, sad, angry, disgust, fear, contempt, unknown, not a face
        assert_eq!(
            majority(&[1, 5, 0, 4, 0, 0, 0, 0, 0, 0]),
            Majority::Expression(Expression::Happy)
        );
        assert_eq!(
            majority(&[0, 5, 0, 5, 0, 0, 0, 0, 0, 0]),
            Majority::None,
            "a tie"
        );
        assert_eq!(
            majority(&[0, 4, 0, 0, 0, 0, 0, 4, 0, 2]),
            Majority::None,
            "a tie with contempt"
        );
        assert_eq!(
            majority(&[0, 4, 0, 0, 0, 0, 0, 0, 5, 1]),
            Majority::None,
            "unknown comes first"
        );
        assert_eq!(majority(&[0; 10]), Majority::None, "nobody voted");
    }

    #[test]
    fn votes_that_do_not_belong_to_the_faces_are_an_error() {
        let faces = read(&format!(
            "{HEADER}\n0,{},Training\n6,{},PublicTest\n",
            pixels(7),
            pixels(255)
        ))
        .expect("faces");
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("fer2013new.csv");
        let header = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF";
        let first = "Training,fer0000000.png,1,9,0,0,0,0,0,0,0,0";
        let outcome = |rows: &[&str]| {
            fs::write(&file, [&[header], rows].concat().join("\n")).expect("a file in it");
            read_votes(&file, &faces).map_err(|error| format!("{error:#}"))
        };
        let second = "PublicTest,,0,0,0,0,10,0,0,0,0,0";
        assert_eq!(
            outcome(&[first, second]).expect("votes"),
            [
                Majority::Expression(Expression::Happy),
                Majority::Expression(Expression::Angry)
            ]
        );
        assert!(
            outcome(&[first])
                .expect_err("too short")
                .contains("1 rows for 2 faces")
        );
        assert!(
            outcome(&[first, second, second])
                .expect_err("too long")
                .contains("more rows than faces (2)")
        );
        assert!(
            outcome(&[second, first])
                .expect_err("another order")
                .contains("line 2: the row is of PublicTest")
        );
        assert!(
            outcome(&[first, "PublicTest,,x,0,0,0,10,0,0,0,0,0"])
                .expect_err("no number")
                .contains("line 3: neutral: \"x\"")
        );
    }

    #[test]
    fn a_face_was_seen_in_training_only_if_every_pixel_is_the_same() {
        let nearly = pixels(7).replacen('7', "8", 1);
        let row = |pixels: &str, split| format!("0,{pixels},{split}\n");
        let text = [
            HEADER,
            "\n",
            &row(&pixels(7), "Training"),
            &row(&pixels(7), "PublicTest"),
            &row(&nearly, "PublicTest"),
        ]
        .concat();
        assert_eq!(
            seen_in_training(&read(&text).expect("faces")),
            Some(vec![true, true, false])
        );
        let text = [HEADER, "\n", &row(&nearly, "PublicTest")].concat();
        assert_eq!(seen_in_training(&read(&text).expect("faces")), None);
    }
}
