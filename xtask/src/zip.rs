//! ZIP files as Android wants its packages: entries copied from other ZIP files as they are, files stored without compression, and the data of
//! both aligned. It knows nothing of what the entries are, takes no ZIP64, and compresses nothing.
//!
//! The format: PKWARE's APPNOTE.TXT. The extra field that keeps an alignment through signing is Android's own (`apksig`, `0xd935`).

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END_OF_CENTRAL_DIRECTORY: u32 = 0x0605_4b50;
const LOCAL_HEADER_SIZE: usize = 30;
const CENTRAL_HEADER_SIZE: usize = 46;
const END_SIZE: usize = 22;

/// The method of an entry that isn't compressed.
const STORED: u16 = 0;

/// The extra field that says to what its entry is aligned: id, size, the alignment, then padding.
const ALIGNMENT_FIELD: u16 = 0xd935;
const ALIGNMENT_FIELD_SIZE: usize = 6;

/// Names are UTF-8.
const UTF8: u16 = 1 << 11;

/// 1 January 1980, the first date there is: the same content gives the same file.
const EPOCH: u16 = 0x21;

/// One file in a ZIP file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path, with `/` between folders.
    pub name: String,
    method: u16,
    checksum: u32,
    size: u32,
    /// As it lies in the file: compressed where the method says so.
    data: Vec<u8>,
    /// Where `data` lay in the file that it was read from; 0 for a new one.
    pub offset: usize,
}

impl Entry {
    /// A file to be stored as it is.
    ///
    /// # Errors
    ///
    /// A sentence, where it is too large for a ZIP file.
    pub fn stored(name: impl Into<String>, data: Vec<u8>) -> Result<Self, String> {
        let name = name.into();
        let size = u32::try_from(data.len()).map_err(|_| {
            format!(
                "{name} has {} bytes, more than a ZIP file takes",
                data.len()
            )
        })?;
        Ok(Self {
            name,
            method: STORED,
            checksum: checksum(&data),
            size,
            data,
            offset: 0,
        })
    }

    /// Whether it isn't compressed.
    pub fn is_stored(&self) -> bool {
        self.method == STORED
    }
}

/// The entries of a ZIP file, in the order of its directory; folders are left out.
///
/// # Errors
///
/// A sentence that says where the file ends too early or is no ZIP file.
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let end = (0..=bytes.len().saturating_sub(END_SIZE))
        .rev()
        .find(|&at| u32_at(bytes, at) == Ok(END_OF_CENTRAL_DIRECTORY))
        .ok_or("it has no central directory, so it is no ZIP file")?;
    let count = u16_at(bytes, end + 10)?;
    let mut at = u32_at(bytes, end + 16)? as usize;
    let mut entries = Vec::new();
    for _ in 0..count {
        if u32_at(bytes, at)? != CENTRAL_HEADER {
            return Err(format!("its central directory is broken at byte {at}"));
        }
        let (name, extra, comment) = (
            usize::from(u16_at(bytes, at + 28)?),
            usize::from(u16_at(bytes, at + 30)?),
            usize::from(u16_at(bytes, at + 32)?),
        );
        let name_bytes = slice(bytes, at + CENTRAL_HEADER_SIZE, name)?;
        let local = u32_at(bytes, at + 42)? as usize;
        let offset = local
            + LOCAL_HEADER_SIZE
            + usize::from(u16_at(bytes, local + 26)?)
            + usize::from(u16_at(bytes, local + 28)?);
        let compressed = u32_at(bytes, at + 20)? as usize;
        let entry = Entry {
            name: String::from_utf8_lossy(name_bytes).into_owned(),
            method: u16_at(bytes, at + 10)?,
            checksum: u32_at(bytes, at + 16)?,
            size: u32_at(bytes, at + 24)?,
            data: slice(bytes, offset, compressed)?.to_vec(),
            offset,
        };
        if !entry.name.ends_with('/') {
            entries.push(entry);
        }
        at += CENTRAL_HEADER_SIZE + name + extra + comment;
    }
    Ok(entries)
}

/// A ZIP file of `entries`, the data of each stored one at a multiple of what `alignment` says for it.
///
/// # Errors
///
/// A sentence, where there is more than a ZIP file takes.
pub fn write(entries: &[Entry], alignment: impl Fn(&Entry) -> u16) -> Result<Vec<u8>, String> {
    let too_much = |_| "there is more than a ZIP file takes".to_owned();
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let local = u32::try_from(file.len()).map_err(too_much)?;
        let name = u16::try_from(entry.name.len()).map_err(too_much)?;
        let before = file.len() + LOCAL_HEADER_SIZE + entry.name.len();
        let extra = if entry.is_stored() {
            alignment_field(before, alignment(entry))
        } else {
            Vec::new()
        };
        // From the version that is needed to the size: the same in both headers.
        let mut common = Vec::new();
        for word in [20, UTF8, entry.method, 0, EPOCH] {
            common.extend(u16::to_le_bytes(word));
        }
        let compressed = u32::try_from(entry.data.len()).map_err(too_much)?;
        for word in [entry.checksum, compressed, entry.size] {
            common.extend(word.to_le_bytes());
        }
        common.extend(name.to_le_bytes());

        file.extend(LOCAL_HEADER.to_le_bytes());
        file.extend(&common);
        file.extend(
            u16::try_from(extra.len())
                .map_err(|_| "an extra field is too long")?
                .to_le_bytes(),
        );
        file.extend(entry.name.as_bytes());
        file.extend(extra);
        file.extend(&entry.data);

        directory.extend(CENTRAL_HEADER.to_le_bytes());
        directory.extend(20_u16.to_le_bytes());
        directory.extend(common);
        // No extra field, comment, disk or attributes.
        directory.extend([0; 12]);
        directory.extend(local.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let count = u16::try_from(entries.len()).map_err(too_much)?;
    let start = u32::try_from(file.len()).map_err(too_much)?;
    let size = u32::try_from(directory.len()).map_err(too_much)?;
    file.extend(directory);
    file.extend(END_OF_CENTRAL_DIRECTORY.to_le_bytes());
    file.extend([0; 4]);
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(size.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0; 2]);
    Ok(file)
}

/// The extra field after which data that would begin at `before` lies at a multiple of `alignment`.
fn alignment_field(before: usize, alignment: u16) -> Vec<u8> {
    let step = usize::from(alignment.max(1));
    let padding = (step - (before + ALIGNMENT_FIELD_SIZE) % step) % step;
    let mut field = Vec::new();
    field.extend(ALIGNMENT_FIELD.to_le_bytes());
    // Two bytes for the alignment; at most 16 KB of padding, so it fits.
    field.extend(((2 + padding) as u16).to_le_bytes());
    field.extend(alignment.to_le_bytes());
    field.resize(ALIGNMENT_FIELD_SIZE + padding, 0);
    field
}

/// CRC-32 as in ZIP and PNG: reflected, polynomial 0xedb88320.
fn checksum(data: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|byte| {
            (0..8).fold(byte, |value, _| {
                if value & 1 == 1 {
                    (value >> 1) ^ 0xedb8_8320
                } else {
                    value >> 1
                }
            })
        })
        .collect();
    !data.iter().fold(u32::MAX, |value, &byte| {
        (value >> 8) ^ table[((value ^ u32::from(byte)) & 0xff) as usize]
    })
}

fn slice(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], String> {
    at.checked_add(length)
        .and_then(|end| bytes.get(at..end))
        .ok_or_else(|| format!("it ends before byte {}", at.saturating_add(length)))
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, String> {
    let bytes = slice(bytes, at, 2)?;
    Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, String> {
    let bytes = slice(bytes, at, 4)?;
    Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_published_check_value() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn what_is_written_is_read_again_and_lies_where_it_was_asked_to() {
        let entries = [
            Entry::stored("a.txt", b"short".to_vec()).expect("small"),
            Entry::stored("lib/b.so", vec![7; 40_000]).expect("small"),
            Entry::stored("c", Vec::new()).expect("small"),
        ];
        let file = write(&entries, |entry| {
            if entry.name.ends_with(".so") {
                16_384
            } else {
                4
            }
        })
        .expect("small");
        let read = read(&file).expect("a ZIP file");
        assert_eq!(read.len(), 3);
        for (read, written) in read.iter().zip(&entries) {
            assert_eq!(
                (&read.name, &read.data, read.checksum),
                (&written.name, &written.data, written.checksum)
            );
            assert_eq!(read.offset % 4, 0);
        }
        assert_eq!(read[1].offset % 16_384, 0);
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error_or_no_zip_file() {
        let entries = [Entry::stored("a", b"b".to_vec()).expect("small")];
        let file = write(&entries, |_| 4).expect("small");
        for length in 0..file.len() {
            assert!(read(&file[..length]).is_err(), "{length}");
        }
    }
}
