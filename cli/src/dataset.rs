//! Labelled faces from outside, read with every oddity named: which faces are judged, and by which truth. What a model makes of them is
//! `eval`'s business.

pub mod fer2013;
pub mod folder;
#[cfg(test)]
mod replay;
mod table;
pub mod votes;

use std::path::PathBuf;

use moue::Expression;

use crate::evaluation::LeftOut;

pub use fer2013::FACE_SIDE;

/// The faces that are judged, and what was left out.
#[derive(Debug)]
pub struct Selection {
    /// In the data's own order.
    pub cases: Vec<Case>,
    /// What isn't among them.
    pub left_out: LeftOut,
}

/// A face, or a photo of one, with its true expression.
#[derive(Debug)]
pub struct Case {
    /// The true expression, one of those that compete.
    pub truth: Expression,
    /// Whether the same pixels also stand in `Training`; `None` where that can't be told.
    pub seen: Option<bool>,
    /// Where the pixels are.
    pub picture: Picture,
}

/// Where the pixels of a case are.
#[derive(Debug)]
pub enum Picture {
    /// In memory.
    Row {
        /// The line of the CSV file.
        line: u64,
        /// 48 rows of 48 grey values, top left first.
        pixels: Box<[u8; fer2013::FACE_BYTES]>,
    },
    /// In a photo that is read when its turn comes.
    Photo {
        /// The file.
        path: PathBuf,
        /// Its path in the folder that was given.
        relative: PathBuf,
    },
}

impl Picture {
    /// What people look for when they want to see the picture: `line 12`, or the photo's path in its folder.
    pub fn source(&self) -> String {
        match self {
            Self::Row { line, .. } => format!("line {line}"),
            Self::Photo { relative, .. } => relative.display().to_string(),
        }
    }
}
