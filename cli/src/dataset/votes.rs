//! FER+: ten people's votes for each face of FER-2013, and the expression that most of them saw.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use moue::Expression;

use super::fer2013::{Split, parse_split};
use super::table::{Table, quoted};

/// The most rows that are read; the public file has 35,887.
const MAX_ROWS: usize = 1 << 20;

/// The columns of votes; `None` for what is no expression of ours.
const COLUMNS: [(&str, Option<Expression>); 10] = [
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

/// What the voters made of a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Majority {
    /// The one expression that got more votes than anything else.
    Expression(Expression),
    /// None: two or more got as many votes, nobody voted, or contempt, "unknown" or "not a face" came first.
    None,
}

/// The votes for all faces of a file, in the order of its rows.
#[derive(Debug)]
pub struct Votes {
    name: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    line: u64,
    split: Split,
    majority: Majority,
}

impl Votes {
    /// Reads `fer2013new.csv`.
    ///
    /// # Errors
    ///
    /// With the number of the first line that is wrong, and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self> {
        let mut table = Table::open(path)?;
        let [usage] = table.columns(["Usage"])?;
        let columns = table.columns(COLUMNS.map(|(name, _)| name))?;
        let mut rows = Vec::new();
        table.rows(|line, record| {
            ensure!(
                rows.len() < MAX_ROWS,
                "more than {MAX_ROWS} rows, the most that are read"
            );
            let mut votes = [0; COLUMNS.len()];
            for (votes, (column, (name, _))) in votes.iter_mut().zip(columns.iter().zip(COLUMNS)) {
                let text = record.text(*column)?.trim();
                *votes = text.parse().ok().with_context(|| {
                    format!("{name}: {} is not a number of votes", quoted(text))
                })?;
            }
            rows.push(Row {
                line,
                split: parse_split(record.text(usage)?)?,
                majority: majority(&votes),
            });
            Ok(())
        })?;
        Ok(Self {
            name: table.name().to_owned(),
            rows,
        })
    }

    /// What the voters made of the face in row `index` of the faces, which belongs to `split`.
    ///
    /// # Errors
    ///
    /// Where there is no such row of votes, or it belongs to another split.
    pub fn majority(&self, index: usize, split: Split) -> Result<Majority> {
        let row = self.rows.get(index).with_context(|| {
            format!(
                "{} has votes for {} faces only: are both files whole?",
                self.name,
                self.rows.len()
            )
        })?;
        ensure!(
            row.split == split,
            "the face is of {split}, the votes in the same place ({} line {}) of {}: are both files whole and unsorted?",
            self.name,
            row.line,
            row.split
        );
        Ok(row.majority)
    }

    /// Fails where there are votes for other than so many faces.
    ///
    /// # Errors
    ///
    /// With both numbers.
    pub fn check_count(&self, faces: usize) -> Result<()> {
        ensure!(
            self.rows.len() == faces,
            "{} has {} rows for {faces} faces: are both files whole?",
            self.name,
            self.rows.len()
        );
        Ok(())
    }
}

fn majority(votes: &[u32; COLUMNS.len()]) -> Majority {
    let most = votes.iter().copied().max().unwrap_or(0);
    let mut winners = votes
        .iter()
        .zip(COLUMNS)
        .filter(|&(&count, _)| count == most && count > 0);
    match (winners.next(), winners.next()) {
        (Some((_, (_, Some(expression)))), None) => Majority::Expression(expression),
        _ => Majority::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const HEADER: &str = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF";

    fn read(rows: &[&str]) -> Result<Votes> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("fer2013new.csv");
        fs::write(&file, [&[HEADER], rows].concat().join("\n")).expect("a file in it");
        Votes::read(&file)
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
    fn votes_are_asked_for_by_the_place_of_the_face() {
        let votes = read(&[
            "Training,fer0000000.png,1,9,0,0,0,0,0,0,0,0",
            "PublicTest,,0,0,0,0,10,0,0,0,0,0",
        ])
        .expect("votes");
        let of = |index, split| {
            votes
                .majority(index, split)
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            of(1, Split::PublicTest),
            Ok(Majority::Expression(Expression::Angry))
        );
        let message = of(0, Split::PublicTest).expect_err("another split");
        assert!(
            message.contains("fer2013new.csv line 2) of Training"),
            "{message}"
        );
        let message = of(2, Split::PublicTest).expect_err("no such row");
        assert!(message.contains("votes for 2 faces only"), "{message}");
        assert!(votes.check_count(2).is_ok());
        let message = votes.check_count(1).expect_err("a row too many");
        assert!(message.to_string().contains("2 rows for 1 faces"));
    }

    #[test]
    fn a_vote_that_is_no_number_is_named_by_its_line() {
        let error = read(&[
            "Training,,1,9,0,0,0,0,0,0,0,0",
            "PublicTest,,x,0,0,0,10,0,0,0,0,0",
        ]);
        let message = format!("{:#}", error.expect_err("no number"));
        assert!(message.contains("line 3: neutral: \"x\""), "{message}");
    }
}
