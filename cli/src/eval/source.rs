//! What the command line names as data: a CSV file's split or a folder of photos, and by which truth its faces are judged.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use moue::{ExpressionSet, Head};

use super::STOPPED_EARLY;
use crate::args::{EvalArguments, FacesName, HeadName, SplitName};
use crate::dataset::fer2013::{self, Split, Wanted};
use crate::dataset::votes::Votes;
use crate::dataset::{Selection, folder};
use crate::evaluation::{DataFacts, LeftOut};
use crate::failure::UsageError;
use crate::interrupt;

impl From<SplitName> for Split {
    fn from(name: SplitName) -> Self {
        match name {
            SplitName::Training => Self::Training,
            SplitName::PublicTest => Self::PublicTest,
            SplitName::PrivateTest => Self::PrivateTest,
        }
    }
}

/// Where labelled faces come from.
pub struct Source<'a> {
    path: &'a Path,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Csv {
        split: Split,
        votes: Option<&'a Path>,
    },
    Folder {
        faces: FacesName,
        leave_out: &'a [String],
    },
}

impl<'a> Source<'a> {
    /// What the arguments name.
    ///
    /// # Errors
    ///
    /// Where it isn't there; a [`UsageError`] for options that are missing or don't go with it.
    pub fn chosen(arguments: &'a EvalArguments) -> Result<Self> {
        let path = arguments.data.as_path();
        if arguments.faces.is_some() {
            // Said of folders: one that is missing shouldn't be told as a CSV file without a split.
            fs::metadata(path).with_context(|| format!("{} can't be opened", path.display()))?;
        }
        let kind = if path.is_dir() {
            Kind::folder(arguments)
        } else {
            Kind::csv(arguments)
        };
        Ok(Self {
            path,
            kind: kind.map_err(|problem| UsageError(problem.to_owned()))?,
        })
    }

    /// The head that speaks: that by whose kind of truth the faces are labelled.
    ///
    /// # Errors
    ///
    /// A [`UsageError`] where another one was asked for.
    pub fn head(&self, asked: Option<HeadName>) -> Result<Head> {
        let votes = match self.kind {
            Kind::Csv { votes, .. } => votes,
            // Who labelled photos isn't known: any head may be asked.
            Kind::Folder { .. } => return Ok(asked.map_or(Head::Fer2013, Head::from)),
        };
        match (asked, votes) {
            (None | Some(HeadName::Fer2013), None) => Ok(Head::Fer2013),
            (None | Some(HeadName::Consensus), Some(_)) => Ok(Head::Consensus),
            (Some(HeadName::Consensus), None) => {
                bail!(UsageError("the consensus head is judged by the FER+ votes: name their file with --votes fer2013new.csv".to_owned()))
            }
            (Some(HeadName::Fer2013), Some(_)) => {
                bail!(UsageError("the fer2013 head is judged by FER-2013's own labels: leave --votes out, or choose --head consensus".to_owned()))
            }
        }
    }

    /// How faces are got from its pictures.
    pub fn faces(&self) -> FacesName {
        match self.kind {
            Kind::Csv { .. } => FacesName::Crop,
            Kind::Folder { faces, .. } => faces,
        }
    }

    /// The faces whose true expression is in `set`.
    ///
    /// # Errors
    ///
    /// Where a file can't be read, or no face is left; where the user has asked for an end.
    pub fn read(&self, set: ExpressionSet) -> Result<Selection> {
        match self.kind {
            Kind::Csv { split, votes } => {
                let votes = votes.map(Votes::read).transpose()?;
                let wanted = Wanted {
                    split,
                    set,
                    votes: votes.as_ref(),
                };
                fer2013::read(self.path, &wanted, || {
                    ensure!(!interrupt::asked(), STOPPED_EARLY);
                    Ok(())
                })
            }
            Kind::Folder { leave_out, .. } => folder::read(self.path, set, leave_out),
        }
    }

    /// What a report says of it; that nothing was left out, to begin with.
    pub fn facts(&self) -> DataFacts {
        let (split, votes) = match &self.kind {
            Kind::Csv { split, votes } => (Some(split), votes.as_ref()),
            Kind::Folder { .. } => (None, None),
        };
        DataFacts {
            path: self.path.display().to_string(),
            split: split.map(Split::to_string),
            votes: votes.map(|path| path.display().to_string()),
            left_out: LeftOut::default(),
        }
    }
}

impl<'a> Kind<'a> {
    fn csv(arguments: &'a EvalArguments) -> Result<Self, &'static str> {
        if arguments.faces == Some(FacesName::Find) {
            return Err(
                "--faces find: the faces of a CSV file have been cut out; leave it out, or name a folder of photos",
            );
        }
        if !arguments.leave_out.is_empty() {
            return Err("--leave-out: a CSV file has no folders that could be left out");
        }
        let split = arguments.split.ok_or(
            "--split is missing: a CSV file's faces belong to Training, PublicTest or PrivateTest; name one of them",
        )?;
        Ok(Self::Csv {
            split: split.into(),
            votes: arguments.votes.as_deref(),
        })
    }

    fn folder(arguments: &'a EvalArguments) -> Result<Self, &'static str> {
        if arguments.split.is_some() {
            return Err(
                "--split: a folder has no column of splits; name the split's own folder, such as test",
            );
        }
        if arguments.votes.is_some() {
            return Err(
                "--votes: the votes belong to the rows of fer2013.csv; a folder's photos are labelled by its names",
            );
        }
        let faces = arguments.faces.ok_or(
            "--faces is missing: choose --faces crop where each photo is a face that has been cut out, --faces find where the largest face is to be found and cut",
        )?;
        Ok(Self::Folder {
            faces,
            leave_out: &arguments.leave_out,
        })
    }
}
