//! What the command line names as a clip: a file, a camera or standard input. What is in it, `clip` finds out.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::failure::UsageError;

/// Where a clip comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// A camera.
    Device(PathBuf),
}

impl Origin {
    /// What the command line names.
    ///
    /// # Errors
    ///
    /// Where it isn't there, or is something that no clip can be read from.
    pub fn named(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            if io::stdin().is_terminal() {
                bail!(UsageError(
                    "- reads the clip from standard input, which is a terminal here: send it one, as in `moue watch - < clip.y4m`".to_owned()
                ));
            }
            return Ok(Self::Stdin);
        }
        let shown = path.display();
        let found = fs::metadata(path).with_context(|| format!("{shown} can't be opened"))?;
        if found.is_file() {
            return Ok(Self::File(path.to_owned()));
        }
        if found.is_dir() {
            bail!("{shown} is a folder: name a clip in it");
        }
        if is_camera(&found) {
            return Ok(Self::Device(path.to_owned()));
        }
        bail!(
            "{shown} is a pipe or the like: send it to standard input, as in `moue watch - < {shown}`"
        )
    }

    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Device(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
        }
    }

    /// Whether it goes on by itself, watched or not.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Device(_))
    }
}

#[cfg(target_os = "linux")]
fn is_camera(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    /// The kernel's number for devices of Video4Linux.
    const VIDEO4LINUX: u64 = 81;
    found.file_type().is_char_device() && found.rdev() >> 8 & 0xFFF == VIDEO4LINUX
}

#[cfg(not(target_os = "linux"))]
fn is_camera(_found: &fs::Metadata) -> bool {
    false
}
