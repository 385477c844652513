//! The report of an evaluation: one HTML page that holds everything it shows and asks for nothing from outside. What stands on it is in
//! `sections`, its plots in `plots`; this file finds it a place.

mod plots;
mod sections;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::evaluation::Evaluation;
use crate::output::write_atomically;

/// The page's file in the report's folder.
const PAGE: &str = "index.html";

/// What every page of ours says of its maker near its beginning, and no other page does.
const MAKER: &str = "moue eval --report";

/// Bytes of an existing page in which its maker must be named.
const BEGINNING: u64 = 2048;

/// Where a report goes.
#[derive(Debug)]
pub struct Report {
    folder: PathBuf,
    page: PathBuf,
}

impl Report {
    /// A page in `folder`, which is created when the page is written. Asked before minutes of work.
    ///
    /// # Errors
    ///
    /// Where there is something that is no folder, or a page of another maker.
    pub fn planned(folder: &Path) -> Result<Self> {
        let report = Self {
            folder: folder.to_owned(),
            page: folder.join(PAGE),
        };
        match fs::metadata(folder) {
            Ok(found) if !found.is_dir() => bail!(
                "{}: a file stands there; name a folder for the report",
                folder.display()
            ),
            Ok(_) => report.check_page()?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| folder.display().to_string());
            }
        }
        Ok(report)
    }

    /// An existing page must be one of ours to be replaced.
    fn check_page(&self) -> Result<()> {
        let page = self.page.display();
        let file = match fs::File::open(&self.page) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| page.to_string()),
        };
        let mut beginning = Vec::new();
        file.take(BEGINNING)
            .read_to_end(&mut beginning)
            .with_context(|| page.to_string())?;
        if String::from_utf8_lossy(&beginning).contains(MAKER) {
            return Ok(());
        }
        bail!(
            "{page} is no report of moue and won't be replaced; name another folder, or move it away"
        )
    }

    /// Writes the page, whole or not at all. Other files of the folder stay as they are.
    ///
    /// # Errors
    ///
    /// Where the folder or the page can't be written.
    pub fn write(&self, evaluation: &Evaluation) -> Result<()> {
        let html = sections::page(evaluation)?;
        let is_new = !self.folder.exists();
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("{} can't be created", self.folder.display()))?;
        let written = self.check_page().and_then(|()| {
            write_atomically(&self.page, |writer| Ok(writer.write_all(html.as_bytes())?))
        });
        if written.is_err() && is_new {
            // Empty as it was made; if even that fails, the error that follows says why nothing is there.
            let _ = fs::remove_dir(&self.folder);
        }
        written
    }
}
