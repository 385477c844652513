//! A package's files by name: a zip archive (APK, AAR, a zipped XCFramework), or a folder. Every count and length is checked before memory
//! is taken for it; what is in a file is nobody's business here.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use flate2::read::DeflateDecoder;
use rawzip::{
    CompressionMethod, FileReader, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder, ZipReader,
};
use walkdir::WalkDir;

use crate::files::{read_whole, regular_length};

/// The most files in a package. The largest apps hold some 50,000.
const MOST_ENTRIES: usize = 200_000;

/// The most bytes of all their names together.
const MOST_NAME_BYTES: usize = 32 << 20;

/// The most bytes that are unpacked of one package, all files that are looked into together.
const MOST_UNPACKED: u64 = 4 << 30;

/// Takes any header of a zip's directory: a name, extra fields and a comment of 65,535 bytes each, and what stands before them.
const DIRECTORY_BUFFER: usize = 256 << 10;

/// How a file stands in a zip archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// As it is, its first byte so far from the archive's first.
    Stored {
        /// In bytes.
        offset: u64,
    },
    /// Compressed.
    Compressed,
    /// Not in an archive but in a folder.
    Folder,
}

/// One file of a package.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Bytes in the package.
    pub packed: u64,
    /// Bytes once unpacked, as the package says.
    pub unpacked: u64,
    /// How it stands there.
    pub storage: Storage,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Zip(ZipArchiveEntryWayfinder, CompressionMethod, Encryption),
    Path(PathBuf),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Plain,
    Encrypted,
}

/// The files of a package by name, with `/` between folders.
#[derive(Debug)]
pub struct Contents {
    /// All files, folders left out.
    pub entries: BTreeMap<String, Entry>,
}

impl Contents {
    /// Whether there is a file of this name.
    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The files whose names begin so.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        self.entries
            .range(prefix.to_owned()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, entry)| (name.as_str(), entry))
    }
}

/// An opened package.
pub struct Package {
    /// What is in it.
    pub contents: Contents,
    archive: Option<ZipArchive<FileReader>>,
    unpacked: Cell<u64>,
}

impl Package {
    /// Opens a zip archive or a folder and lists it; nothing is unpacked yet.
    ///
    /// # Errors
    ///
    /// Where it is neither, can't be read, is damaged, or holds more files than a package does.
    pub fn open(path: &Path) -> Result<Self> {
        if path.is_dir() {
            let contents = list_folder(path)?;
            return Ok(Self {
                contents,
                archive: None,
                unpacked: Cell::new(0),
            });
        }
        ensure!(regular_length(path)? > 0, "the file is empty");
        let file = File::open(path).context("the file can't be opened")?;
        let mut buffer = vec![0; DIRECTORY_BUFFER];
        let archive = ZipArchive::from_file(file, &mut buffer).map_err(|error| {
            anyhow!("it is no zip archive, as APK and AAR files are, or it is cut off: {error}")
        })?;
        let contents = list_archive(&archive, &mut buffer)?;
        Ok(Self {
            contents,
            archive: Some(archive),
            unpacked: Cell::new(0),
        })
    }

    /// The bytes of a file of at most `most` bytes.
    ///
    /// # Errors
    ///
    /// Where there is none, or it is longer, damaged, encrypted or compressed in an unusual way.
    pub fn read(&self, name: &str, most: u64) -> Result<Vec<u8>> {
        let entry = self
            .contents
            .entries
            .get(name)
            .with_context(|| format!("{name} is missing"))?;
        let budget = MOST_UNPACKED - self.unpacked.get();
        ensure!(
            entry.unpacked <= most,
            "{name} takes {} bytes: at most {most} are read",
            entry.unpacked
        );
        ensure!(
            entry.unpacked <= budget,
            "the files to look into take more than {MOST_UNPACKED} bytes together: no app that can be installed does"
        );
        let bytes = match (&entry.place, &self.archive) {
            (Place::Path(path), _) => read_whole(path, most),
            (Place::Zip(place, method, encryption), Some(archive)) => {
                ensure!(*encryption == Encryption::Plain, "{name} is encrypted");
                unpack(archive, *place, *method, entry.unpacked)
            }
            (Place::Zip(..), None) => Err(anyhow!("its archive is gone")),
        }
        .with_context(|| format!("{name} can't be read"))?;
        self.unpacked.set(self.unpacked.get() + bytes.len() as u64);
        Ok(bytes)
    }
}

/// The names of the files in a zip archive within a package, such as `classes.jar`.
///
/// # Errors
///
/// Where it is damaged, or holds more files than a package does.
pub fn names_in_archive(bytes: &[u8]) -> Result<Vec<String>> {
    let archive = ZipArchive::from_slice(bytes)
        .map_err(|error| anyhow!("it is no zip archive: {error}"))?
        .into_reader_archive();
    let contents = list_archive(&archive, &mut vec![0; DIRECTORY_BUFFER])?;
    Ok(contents.entries.into_keys().collect())
}

fn list_archive<R: ReaderAt>(archive: &ZipArchive<R>, buffer: &mut [u8]) -> Result<Contents> {
    let mut entries = BTreeMap::new();
    let mut name_bytes = 0;
    let mut records = archive.entries(buffer);
    loop {
        let record = records
            .next_entry()
            .map_err(|error| anyhow!("its directory is damaged: {error}"))?;
        let Some(record) = record else { break };
        let name = record.file_path().as_bytes();
        name_bytes += name.len();
        ensure_sane(entries.len(), name_bytes)?;
        if record.is_dir() {
            continue;
        }
        let name = String::from_utf8_lossy(name).into_owned();
        let place = record.wayfinder();
        let method = record.compression_method();
        let encryption = if record.flags().is_encrypted() {
            Encryption::Encrypted
        } else {
            Encryption::Plain
        };
        let storage = if method == CompressionMethod::STORE {
            let (offset, _) = archive
                .get_entry(place)
                .map_err(|error| anyhow!("{name} isn't where the directory says: {error}"))?
                .compressed_data_range();
            Storage::Stored { offset }
        } else {
            Storage::Compressed
        };
        let entry = Entry {
            packed: record.compressed_size_hint(),
            unpacked: record.uncompressed_size_hint(),
            storage,
            place: Place::Zip(place, method, encryption),
        };
        if entries.insert(name.clone(), entry).is_some() {
            bail!("it holds {name} twice, and readers disagree about which one counts");
        }
    }
    Ok(Contents { entries })
}

fn list_folder(folder: &Path) -> Result<Contents> {
    let mut entries = BTreeMap::new();
    let mut name_bytes = 0;
    for found in WalkDir::new(folder) {
        let found = found.context("the folder can't be read")?;
        if !found.file_type().is_file() {
            continue;
        }
        let relative = found
            .path()
            .strip_prefix(folder)
            .expect("what is found lies in the folder");
        let parts: Vec<_> = relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        let name = parts.join("/");
        name_bytes += name.len();
        ensure_sane(entries.len(), name_bytes)?;
        let bytes = found.metadata().context("the folder can't be read")?.len();
        let entry = Entry {
            packed: bytes,
            unpacked: bytes,
            storage: Storage::Folder,
            place: Place::Path(found.into_path()),
        };
        entries.insert(name, entry);
    }
    Ok(Contents { entries })
}

fn ensure_sane(entries: usize, name_bytes: usize) -> Result<()> {
    ensure!(
        entries < MOST_ENTRIES && name_bytes <= MOST_NAME_BYTES,
        "it holds more than {MOST_ENTRIES} files or {MOST_NAME_BYTES} bytes of names: no package does"
    );
    Ok(())
}

fn unpack(
    archive: &ZipArchive<FileReader>,
    place: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    announced: u64,
) -> Result<Vec<u8>> {
    let entry = archive
        .get_entry(place)
        .map_err(|error| anyhow!("{error}"))?;
    let packed: ZipReader<_> = entry.reader();
    // One byte more than announced is enough to see that the announcement was wrong.
    let most = announced + 1;
    let mut bytes = Vec::new();
    if method == CompressionMethod::STORE {
        entry
            .verifying_reader(packed)
            .take(most)
            .read_to_end(&mut bytes)?;
    } else if method == CompressionMethod::DEFLATE {
        entry
            .verifying_reader(DeflateDecoder::new(packed))
            .take(most)
            .read_to_end(&mut bytes)?;
    } else {
        bail!("it is compressed by {method}: Android knows stored and deflated files only");
    }
    Ok(bytes)
}
