//! Which photos were asked for, where their annotated copies go, and files as bytes. Nothing here knows what is in a file.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use walkdir::{DirEntry, WalkDir};

use crate::failure::UsageError;
use crate::photo::{EXTENSIONS, has_known_extension};

/// One photo to look at.
#[derive(Debug)]
pub struct Input {
    /// The path as it was given, or as it was found in a folder that was given.
    pub path: PathBuf,
    /// The path from the folder that was given, or the file's name.
    pub relative: PathBuf,
    /// Why there is nothing to read at that path, where that is known already.
    pub problem: Option<String>,
}

/// The photos behind the given paths, in the given order; a folder's photos sorted by name, its folders searched as well. Hidden files and
/// files that don't end like a photo are left out, unless they were named themselves.
pub fn find(paths: &[PathBuf]) -> Vec<Input> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = inputs.len();
            inputs.extend(walk(path));
            if inputs.len() == before {
                let problem = format!(
                    "holds no photo: none of its files ends in {}",
                    EXTENSIONS.join(", ")
                );
                inputs.push(Input {
                    path: path.clone(),
                    relative: PathBuf::new(),
                    problem: Some(problem),
                });
            }
        } else {
            let relative = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
            inputs.push(Input {
                path: path.clone(),
                relative,
                problem: None,
            });
        }
    }
    inputs
}

fn walk(folder: &Path) -> impl Iterator<Item = Input> {
    let is_visible = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let entries = WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(is_visible);
    entries.filter_map(move |entry| match entry {
        Ok(entry) if entry.file_type().is_file() && has_known_extension(entry.path()) => {
            let relative = entry
                .path()
                .strip_prefix(folder)
                .unwrap_or(entry.path())
                .to_path_buf();
            Some(Input {
                path: entry.into_path(),
                relative,
                problem: None,
            })
        }
        Ok(_) => None,
        Err(error) => {
            let path = error.path().unwrap_or(folder).to_path_buf();
            let problem = error.io_error().map_or_else(
                || "the link leads back to a folder above it".to_owned(),
                |error| format!("the folder can't be read: {error}"),
            );
            Some(Input {
                path,
                relative: PathBuf::new(),
                problem: Some(problem),
            })
        }
    })
}

/// The annotated copy of each input: `out` itself for a single photo, else files in the folder `out`, which is created. Two photos of
/// the same name get different copies, none has the name of a folder that others need, and no photo is replaced by its own copy.
///
/// JPEG files stay JPEG; any other format becomes PNG.
///
/// # Errors
///
/// A [`UsageError`] where `out` is neither a picture file for one photo nor a folder, or would replace a photo that is read; else where the
/// folder can't be created.
pub fn annotated(inputs: &[Input], given: &[PathBuf], out: &Path) -> Result<Vec<PathBuf>> {
    let shown = out.display();
    let is_single_photo = matches!(given, [path] if !path.is_dir());
    if is_single_photo && !out.is_dir() && out.extension().is_some() {
        if !has_known_extension(out) {
            let known = EXTENSIONS.join(", ");
            bail!(UsageError(format!(
                "--annotate {shown}: the ending tells the format, and this one isn't known; allowed are {known}, or a folder"
            )));
        }
        let copies = vec![out.to_path_buf()];
        refuse_to_replace(inputs, &copies)?;
        return Ok(copies);
    }
    if !out.is_dir() && has_known_extension(out) {
        bail!(UsageError(format!(
            "--annotate {shown}: a picture file takes one photo only; name a folder for folders and several photos"
        )));
    }
    let copies = in_folder(inputs, out);
    refuse_to_replace(inputs, &copies)?;
    for folder in copies.iter().filter_map(|copy| copy.parent()) {
        fs::create_dir_all(folder)
            .with_context(|| format!("--annotate {shown}: the folder can't be created"))?;
    }
    Ok(copies)
}

fn in_folder(inputs: &[Input], folder: &Path) -> Vec<PathBuf> {
    // Names that differ in case alone, or in bytes that are no text, are one name to some file systems.
    let name = |path: &Path| path.to_string_lossy().to_lowercase();
    let mut taken: HashSet<String> = inputs
        .iter()
        .flat_map(|input| input.relative.ancestors().skip(1))
        .map(name)
        .collect();
    let mut unused = |path: &Path| taken.insert(name(path));
    inputs
        .iter()
        .map(|input| {
            let is_jpeg = input.relative.extension().is_some_and(|extension| {
                extension.eq_ignore_ascii_case("jpg") || extension.eq_ignore_ascii_case("jpeg")
            });
            let plain = if is_jpeg {
                input.relative.clone()
            } else {
                input.relative.with_extension("png")
            };
            let stem = plain
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let ending = plain
                .extension()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let mut copy = plain.clone();
            let mut number = 1;
            while !unused(&copy) {
                number += 1;
                copy = plain.with_file_name(format!("{stem}-{number}.{ending}"));
            }
            folder.join(copy)
        })
        .collect()
}

fn refuse_to_replace(inputs: &[Input], copies: &[PathBuf]) -> Result<()> {
    let photos: HashSet<PathBuf> = inputs
        .iter()
        .filter(|input| input.problem.is_none())
        .filter_map(|input| input.path.canonicalize().ok())
        .collect();
    match copies
        .iter()
        .find(|copy| copy.canonicalize().is_ok_and(|copy| photos.contains(&copy)))
    {
        None => Ok(()),
        Some(copy) => bail!(UsageError(format!(
            "--annotate: {} is one of the photos and would be replaced; name another file or folder",
            copy.display()
        ))),
    }
}

/// The length of a file in bytes.
///
/// # Errors
///
/// Where there is none, or it is no regular file: a pipe could keep us waiting for ever, and a device never ends.
pub fn regular_length(path: &Path) -> Result<u64> {
    let found = fs::metadata(path).context("the file can't be opened")?;
    ensure!(!found.is_dir(), "it is a folder: a file is needed");
    ensure!(
        found.is_file(),
        "it is a pipe, a device or the like: a regular file is needed; save its content to one first"
    );
    Ok(found.len())
}

/// The bytes of a regular file of at most `most` bytes.
///
/// # Errors
///
/// Where the file can't be read, is longer or no regular file; no more than `most` bytes are taken into memory.
pub fn read_whole(path: &Path, most: u64) -> Result<Vec<u8>> {
    regular_length(path)?;
    let file = File::open(path).context("the file can't be opened")?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too long from one that just fits, whatever its length claims to be.
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .context("the file can't be read")?;
    ensure!(
        bytes.len() as u64 <= most,
        "the file is longer than {most} bytes, the most that is read"
    );
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(names: &[&str]) -> Vec<Input> {
        names
            .iter()
            .map(|name| Input {
                path: PathBuf::from(name),
                relative: PathBuf::from(name),
                problem: None,
            })
            .collect()
    }

    #[test]
    fn photos_of_the_same_name_get_different_copies() {
        let copies = in_folder(
            &inputs(&["a.bmp", "a.png", "A.PNG", "b/a.png", "a.jpg"]),
            Path::new("out"),
        );
        let expected = [
            "out/a.png",
            "out/a-2.png",
            "out/A-3.png",
            "out/b/a.png",
            "out/a.jpg",
        ];
        assert_eq!(copies, expected.map(PathBuf::from));
    }

    #[test]
    fn no_copy_has_the_name_of_a_folder_that_another_needs() {
        let copies = in_folder(
            &inputs(&["A.png", "a.PNG/b.png", "a.png/c/d.png", "a.png/C.png"]),
            Path::new("out"),
        );
        let expected = [
            "out/A-2.png",
            "out/a.PNG/b.png",
            "out/a.png/c/d.png",
            "out/a.png/C.png",
        ];
        assert_eq!(copies, expected.map(PathBuf::from));
    }

    #[test]
    fn a_folder_is_searched_in_the_order_of_names_and_other_files_are_left_out() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        fs::create_dir(folder.path().join("b")).expect("a folder in it");
        for name in ["c.PNG", "b/1.jpg", "notes.txt", ".hidden.jpg", "a.tiff"] {
            fs::write(folder.path().join(name), "").expect("a file in it");
        }
        let found = find(&[folder.path().to_path_buf()]);
        let relative: Vec<&Path> = found.iter().map(|input| input.relative.as_path()).collect();
        assert_eq!(relative, ["a.tiff", "b/1.jpg", "c.PNG"].map(Path::new));
    }

    #[test]
    fn a_folder_without_photos_is_a_problem_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let found = find(&[folder.path().to_path_buf()]);
        assert!(
            found[0]
                .problem
                .as_ref()
                .is_some_and(|problem| problem.contains("holds no photo"))
        );
    }

    #[test]
    fn a_photo_is_never_replaced_by_its_annotated_copy() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let photo = folder.path().join("a.jpg");
        fs::write(&photo, "").expect("a file in it");
        let given = [photo.clone()];
        assert!(annotated(&find(&given), &given, &photo).is_err());
        assert!(annotated(&find(&given), &given, folder.path()).is_err());
    }
}
