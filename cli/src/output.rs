//! Where results go: lines to standard output, files as a whole or not at all.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

use crate::failure::ReaderGone;

/// Files that are being written beside their final places.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Writes one line, or a block of lines, of results to standard output.
///
/// # Errors
///
/// [`ReaderGone`], or why else it can't be written (a full disk).
pub fn print(text: impl Display) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(ReaderGone.into()),
        result => result.context("the results can't be written to standard output"),
    }
}

/// Writes a line for people to standard error. Where nobody can read it (a full disk, a closed pipe), it is lost and the work goes on.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "moue: {text}");
}

/// Writes a file so that nobody ever sees half of it: beside its final place first, then renamed.
///
/// # Errors
///
/// Where the folder can't be written to, or `fill` fails; then nothing is left behind, and a file that stood there stays as it was.
pub fn write_atomically(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> Result<()>,
) -> Result<()> {
    let cannot = || format!("{} can't be written", path.display());
    let draft = Draft::beside(path)?;
    let mut writer = BufWriter::new(draft.file());
    fill(&mut writer).with_context(cannot)?;
    writer.flush().with_context(cannot)?;
    drop(writer);
    draft.publish()
}

/// A file that is being written beside its final place. Dropped before it is published, it is gone.
#[derive(Debug)]
pub struct Draft {
    file: tempfile::NamedTempFile,
    // Behind the file, so that it is deleted before it is off the list.
    _listed: Unfinished,
    target: PathBuf,
}

impl Draft {
    /// Begins a file that will stand at `path`; its own name ends as that does.
    ///
    /// # Errors
    ///
    /// Where the folder can't be written to.
    pub fn beside(path: &Path) -> Result<Self> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let ending = path.extension().map(|ending| {
            let mut dotted = OsString::from(".");
            dotted.push(ending);
            dotted
        });
        let ending = ending.unwrap_or_default();
        let mut builder = tempfile::Builder::new();
        builder.prefix(".moue-").suffix(&ending);
        #[cfg(unix)]
        {
            // As any new file, up to the umask; temporary files are the owner's alone otherwise.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let (file, listed) = Unfinished::list(|| builder.tempfile_in(folder))
            .with_context(|| format!("{} can't be written", path.display()))?;
        Ok(Self {
            file,
            _listed: listed,
            target: path.to_path_buf(),
        })
    }

    /// What is written to.
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Where it stands until it is published.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Where it will stand.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the file in its place, where it replaces another one.
    ///
    /// # Errors
    ///
    /// Where that can't be done; then it is gone, and a file that stood there stays as it was.
    pub fn publish(self) -> Result<()> {
        self.file
            .persist(&self.target)
            .with_context(|| format!("{} can't be written", self.target.display()))?;
        Ok(())
    }
}

/// Deletes what is half written and, as long as the result is held, lets no further file begin: for a process that is about to end.
#[must_use = "once it is dropped, files begin again"]
pub fn discard_unfinished() -> impl Drop {
    let files = unfinished();
    for path in files.iter() {
        // Gone already, or on a disk that is: nothing more can be done.
        let _ = fs::remove_file(path);
    }
    files
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The entry of a file in the list of those that are being written.
#[derive(Debug)]
struct Unfinished(PathBuf);

impl Unfinished {
    /// Creates a file and lists it in one step, so that none is missed by [`discard_unfinished`].
    fn list(
        create: impl FnOnce() -> io::Result<tempfile::NamedTempFile>,
    ) -> io::Result<(tempfile::NamedTempFile, Self)> {
        let mut files = unfinished();
        let file = create()?;
        files.insert(file.path().to_path_buf());
        let listed = Self(file.path().to_path_buf());
        Ok((file, listed))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_neither_a_new_file_nor_a_changed_one() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let target = folder.path().join("out.png");
        fs::write(&target, "old").expect("a file in it");
        let result = write_atomically(&target, |writer| {
            writer.write_all(b"half")?;
            anyhow::bail!("the rest is missing")
        });
        assert!(result.is_err());
        assert_eq!(fs::read(&target).expect("it still stands"), b"old");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    }
}
