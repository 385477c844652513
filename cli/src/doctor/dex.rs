//! The classes of a dex file, with the names that native code and reflection look for: fields, and methods that are native.
//! Of the format only what that takes is read: https://source.android.com/docs/core/runtime/dex-format. Every offset is checked.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};

/// Length of the header that all versions share, in bytes.
const HEADER: usize = 0x70;
/// Where the header says in which order numbers' bytes stand, and the value for little-endian.
const ENDIAN_AT: usize = 40;
const LITTLE_ENDIAN: u32 = 0x1234_5678;
/// Where in the header the tables stand: each a count, then an offset.
const STRINGS_AT: usize = 56;
const TYPES_AT: usize = 64;
const FIELDS_AT: usize = 80;
const METHODS_AT: usize = 88;
const CLASSES_AT: usize = 96;
/// Lengths of a table's items in bytes.
const STRING_ITEM: usize = 4;
const TYPE_ITEM: usize = 4;
const MEMBER_ITEM: usize = 8;
const CLASS_ITEM: usize = 32;
/// Access flag of a native method.
const NATIVE: u32 = 0x100;
/// Versions from 35 (Android 5) to 40 (Android 14) are alike in all that is read here; 41 puts several dex files into one.
const VERSIONS: std::ops::RangeInclusive<u32> = 35..=40;

/// The most bytes of names that are read of a file, again and again where it names them again. 65,536 classes and their members take a
/// tenth of it.
const MOST_NAME_BYTES: usize = 64 << 20;

/// The members of a class.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Class {
    /// Names of its fields.
    pub fields: BTreeSet<String>,
    /// Names of its methods.
    pub methods: BTreeSet<String>,
    /// Names of those that are native.
    pub native_methods: BTreeSet<String>,
}

/// Adds the classes that a dex file defines and `wanted` picks, by name with dots (`com.sun.jna.Structure$ByValue`).
///
/// # Errors
///
/// Where the file is no dex file, of a version that isn't known, or damaged.
pub fn read_classes(
    bytes: &[u8],
    wanted: impl Fn(&str) -> bool,
    classes: &mut BTreeMap<String, Class>,
) -> Result<()> {
    let dex = Dex::open(bytes)?;
    for index in 0..dex.classes.count {
        let item = dex.classes.at + index * CLASS_ITEM;
        let name = dex.class_name(dex.number(item)?)?;
        if wanted(&name) {
            let data = dex.number(item + 24)? as usize;
            let class = dex.class(data).with_context(|| format!("class {name}"))?;
            classes.insert(name, class);
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Table {
    count: usize,
    at: usize,
}

struct Dex<'a> {
    bytes: &'a [u8],
    strings: Table,
    types: Table,
    fields: Table,
    methods: Table,
    classes: Table,
    name_bytes: Cell<usize>,
}

impl<'a> Dex<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self> {
        ensure!(bytes.len() >= HEADER, "it is cut off in its header");
        let version = bytes
            .strip_prefix(b"dex\n")
            .and_then(|rest| rest.get(..3))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| digits.parse::<u32>().ok())
            .context("it is no dex file")?;
        ensure!(
            VERSIONS.contains(&version),
            "it is of dex version {version}: {} to {} are known",
            VERSIONS.start(),
            VERSIONS.end()
        );
        let empty = Table { count: 0, at: 0 };
        let mut dex = Self {
            bytes,
            strings: empty,
            types: empty,
            fields: empty,
            methods: empty,
            classes: empty,
            name_bytes: Cell::new(0),
        };
        ensure!(
            dex.number(ENDIAN_AT)? == LITTLE_ENDIAN,
            "its numbers are big-endian, which Android never takes"
        );
        dex.strings = dex.table(STRINGS_AT, STRING_ITEM)?;
        dex.types = dex.table(TYPES_AT, TYPE_ITEM)?;
        dex.fields = dex.table(FIELDS_AT, MEMBER_ITEM)?;
        dex.methods = dex.table(METHODS_AT, MEMBER_ITEM)?;
        dex.classes = dex.table(CLASSES_AT, CLASS_ITEM)?;
        Ok(dex)
    }

    /// A table that lies within the file as a whole.
    fn table(&self, header: usize, item: usize) -> Result<Table> {
        let count = self.number(header)? as usize;
        let at = self.number(header + 4)? as usize;
        let end = count
            .checked_mul(item)
            .and_then(|bytes| at.checked_add(bytes));
        ensure!(
            end.is_some_and(|end| end <= self.bytes.len()),
            "a table reaches past its end"
        );
        Ok(Table { count, at })
    }

    fn number(&self, at: usize) -> Result<u32> {
        let end = at.checked_add(4).context("it is damaged")?;
        let bytes = self.bytes.get(at..end).context("it is cut off")?;
        Ok(u32::from_le_bytes(bytes.try_into().expect("four bytes")))
    }

    fn string(&self, index: u32) -> Result<String> {
        let index = index as usize;
        ensure!(
            index < self.strings.count,
            "it names a string that isn't there"
        );
        let mut cursor = Cursor {
            bytes: self.bytes,
            at: self.number(self.strings.at + index * STRING_ITEM)? as usize,
        };
        let _utf16_length = cursor.uleb128()?;
        let rest = self.bytes.get(cursor.at..).context("it is cut off")?;
        let end = rest
            .iter()
            .position(|&byte| byte == 0)
            .context("a string has no end")?;
        let read = self.name_bytes.get() + end;
        ensure!(
            read <= MOST_NAME_BYTES,
            "its names take more than {MOST_NAME_BYTES} bytes"
        );
        self.name_bytes.set(read);
        // Modified UTF-8; what we look for is ASCII, and other names only have to stay apart from it.
        Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
    }

    /// `Lcom/sun/jna/Native;` as `com.sun.jna.Native`.
    fn class_name(&self, type_index: u32) -> Result<String> {
        let index = type_index as usize;
        ensure!(index < self.types.count, "it names a type that isn't there");
        let descriptor = self.string(self.number(self.types.at + index * TYPE_ITEM)?)?;
        let Some(name) = descriptor
            .strip_prefix('L')
            .and_then(|name| name.strip_suffix(';'))
        else {
            bail!("it defines {descriptor}, which is no class");
        };
        Ok(name.replace('/', "."))
    }

    fn member(&self, table: Table, index: usize) -> Result<String> {
        ensure!(index < table.count, "it names a member that isn't there");
        self.string(self.number(table.at + index * MEMBER_ITEM + 4)?)
    }

    fn class(&self, data: usize) -> Result<Class> {
        let mut class = Class::default();
        if data == 0 {
            return Ok(class);
        }
        let mut cursor = Cursor {
            bytes: self.bytes,
            at: data,
        };
        let mut counts = [0; 4];
        for count in &mut counts {
            *count = cursor.uleb128()?;
        }
        let [
            static_fields,
            instance_fields,
            direct_methods,
            virtual_methods,
        ] = counts;
        for count in [static_fields, instance_fields] {
            let mut index = 0_usize;
            for _ in 0..count {
                index = index.saturating_add(cursor.uleb128()? as usize);
                let _access = cursor.uleb128()?;
                class.fields.insert(self.member(self.fields, index)?);
            }
        }
        for count in [direct_methods, virtual_methods] {
            let mut index = 0_usize;
            for _ in 0..count {
                index = index.saturating_add(cursor.uleb128()? as usize);
                let access = cursor.uleb128()?;
                let _code = cursor.uleb128()?;
                let name = self.member(self.methods, index)?;
                if access & NATIVE != 0 {
                    class.native_methods.insert(name.clone());
                }
                class.methods.insert(name);
            }
        }
        Ok(class)
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// A number of at most 32 bits in groups of seven, the lowest first.
    fn uleb128(&mut self) -> Result<u32> {
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = *self.bytes.get(self.at).context("it is cut off")?;
            self.at += 1;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        bail!("a number is longer than 32 bits")
    }
}
