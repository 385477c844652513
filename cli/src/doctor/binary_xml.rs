//! Android's binary XML, as `aapt2` writes manifests: the elements in their order, each with its attributes. Text and namespaces are left
//! out. The format stands in `ResourceTypes.h` of the Android sources. Every offset is checked.

use std::cell::Cell;

use anyhow::{Context, Result, bail, ensure};

/// The kinds of chunks that are read; others are passed over.
const XML: u16 = 0x0003;
const STRING_POOL: u16 = 0x0001;
const RESOURCE_MAP: u16 = 0x0180;
const START_ELEMENT: u16 = 0x0102;
/// A chunk's header: kind, length of the header, length of the chunk.
const CHUNK_HEADER: usize = 8;
/// The string pool's header.
const POOL_HEADER: usize = 28;
const UTF8: u32 = 1 << 8;
/// What stands before the attributes' description in a start element: chunk header, line, comment, namespace, name.
const ELEMENT_NAME_AT: usize = 20;
const ATTRIBUTES_AT: usize = 16;
const ATTRIBUTE: usize = 20;
/// "No string."
const NONE: u32 = u32::MAX;
/// The most bytes of strings that are read of a file, again and again where it names them again.
const MOST_STRING_BYTES: usize = 32 << 20;
/// Kinds of values.
const TYPE_STRING: u8 = 0x03;
const TYPE_BOOLEAN: u8 = 0x12;

/// An element as it begins.
#[derive(Debug, PartialEq, Eq)]
pub struct Element {
    /// Its name, such as `uses-permission`.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

/// An attribute of an element.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name without the namespace. Tools may leave it empty where there is a resource.
    pub name: String,
    /// The framework resource that stands for the name, where there is one.
    pub resource: Option<u32>,
    /// What it says.
    pub value: Value,
}

/// The values that are told apart.
#[derive(Debug, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// Numbers, references to resources and the like.
    Other,
}

/// The elements of a file, in the order in which they begin.
///
/// # Errors
///
/// Where it is no binary XML, or damaged.
pub fn read_elements(bytes: &[u8]) -> Result<Vec<Element>> {
    let (kind, header, document) = chunk(bytes, 0)?;
    ensure!(kind == XML, "it is no binary XML");
    let mut strings = None;
    let mut resources: &[u8] = &[];
    let mut elements = Vec::new();
    let mut at = header;
    while at < document.len() {
        let (kind, header, chunk) = chunk(document, at)?;
        at += chunk.len();
        match kind {
            STRING_POOL if strings.is_none() => strings = Some(Strings::open(chunk)?),
            RESOURCE_MAP => resources = &chunk[header..],
            START_ELEMENT => {
                let strings = strings
                    .as_ref()
                    .context("an element stands before its names")?;
                elements.push(element(chunk, strings, resources)?);
            }
            _ => {}
        }
    }
    Ok(elements)
}

/// The kind of the chunk that begins at `at`, the length of its header, and all its bytes.
fn chunk(bytes: &[u8], at: usize) -> Result<(u16, usize, &[u8])> {
    let rest = bytes.get(at..).context("a chunk is cut off")?;
    let kind = u16_at(rest, 0)?;
    let header = usize::from(u16_at(rest, 2)?);
    let length = u32_at(rest, 4)? as usize;
    ensure!(
        header >= CHUNK_HEADER && header <= length && length <= rest.len(),
        "a chunk's length is wrong"
    );
    Ok((kind, header, &rest[..length]))
}

fn element(chunk: &[u8], strings: &Strings, resources: &[u8]) -> Result<Element> {
    let name = strings.get(u32_at(chunk, ELEMENT_NAME_AT)?)?;
    let node_header = usize::from(u16_at(chunk, 2)?);
    let first = node_header + usize::from(u16_at(chunk, node_header + 8)?);
    let item = usize::from(u16_at(chunk, node_header + 10)?);
    let count = usize::from(u16_at(chunk, node_header + 12)?);
    ensure!(
        first >= node_header + ATTRIBUTES_AT && item >= ATTRIBUTE,
        "an element's attributes are damaged"
    );
    let mut attributes = Vec::new();
    for index in 0..count {
        let at = first + index * item;
        let name = u32_at(chunk, at + 4)?;
        let raw = u32_at(chunk, at + 8)?;
        let kind = *chunk.get(at + 15).context("an attribute is cut off")?;
        let data = u32_at(chunk, at + 16)?;
        let value = match kind {
            TYPE_STRING => Value::Text(strings.get(data)?),
            TYPE_BOOLEAN => Value::Boolean(data != 0),
            _ if raw != NONE => Value::Text(strings.get(raw)?),
            _ => Value::Other,
        };
        attributes.push(Attribute {
            name: strings.get(name)?,
            resource: u32_at(resources, name as usize * 4).ok(),
            value,
        });
    }
    Ok(Element { name, attributes })
}

/// The pool of strings that a file names by number.
struct Strings<'a> {
    chunk: &'a [u8],
    count: u32,
    start: usize,
    is_utf8: bool,
    read: Cell<usize>,
}

impl<'a> Strings<'a> {
    fn open(chunk: &'a [u8]) -> Result<Self> {
        let count = u32_at(chunk, 8)?;
        ensure!(
            POOL_HEADER + count as usize * 4 <= chunk.len(),
            "its table of strings reaches past its end"
        );
        Ok(Self {
            chunk,
            count,
            start: u32_at(chunk, 20)? as usize,
            is_utf8: u32_at(chunk, 16)? & UTF8 != 0,
            read: Cell::new(0),
        })
    }

    fn get(&self, index: u32) -> Result<String> {
        ensure!(index < self.count, "it names a string that isn't there");
        let offset = u32_at(self.chunk, POOL_HEADER + index as usize * 4)? as usize;
        let rest = self
            .start
            .checked_add(offset)
            .and_then(|at| self.chunk.get(at..))
            .context("a string is cut off")?;
        let bytes = if self.is_utf8 {
            // Its length in UTF-16 comes first, then that in bytes.
            let (_, first) = short_length(rest)?;
            let (length, second) = short_length(&rest[first..])?;
            rest.get(first + second..first + second + length)
        } else {
            let (length, first) = match u16_at(rest, 0)? {
                high if high & 0x8000 != 0 => {
                    let low = usize::from(u16_at(rest, 2)?);
                    ((usize::from(high & 0x7fff) << 16) | low, 4)
                }
                length => (usize::from(length), 2),
            };
            rest.get(first..first + 2 * length)
        };
        let bytes = bytes.context("a string is cut off")?;
        let read = self.read.get() + bytes.len();
        ensure!(
            read <= MOST_STRING_BYTES,
            "its strings take more than {MOST_STRING_BYTES} bytes"
        );
        self.read.set(read);
        if self.is_utf8 {
            return Ok(String::from_utf8_lossy(bytes).into_owned());
        }
        let units = bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        Ok(char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect())
    }
}

/// A length of one byte, or of two where the first one's highest bit is set; and how many bytes it took.
fn short_length(bytes: &[u8]) -> Result<(usize, usize)> {
    match *bytes {
        [first, second, ..] if first & 0x80 != 0 => {
            Ok(((usize::from(first & 0x7f) << 8) | usize::from(second), 2))
        }
        [first, ..] if first & 0x80 == 0 => Ok((usize::from(first), 1)),
        _ => bail!("a string is cut off"),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16> {
    let bytes = at.checked_add(2).and_then(|end| bytes.get(at..end));
    let bytes = bytes.context("it is cut off")?;
    Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32> {
    let bytes = at.checked_add(4).and_then(|end| bytes.get(at..end));
    let bytes = bytes.context("it is cut off")?;
    Ok(u32::from_le_bytes(bytes.try_into().expect("four bytes")))
}
