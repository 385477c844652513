//! A native library of an Android app: for which CPU it is, how its segments are aligned, and which names it exports. Read with the crate
//! `object`, which checks every offset.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use object::elf::{EM_386, EM_AARCH64, EM_ARM, EM_RISCV, EM_X86_64, PT_LOAD};
use object::read::elf::{ElfFile32, ElfFile64, FileHeader, ProgramHeader};
use object::{Endianness, FileKind, Object, ObjectSymbol};

/// The page size of Android 15 on new phones, in bytes: https://developer.android.com/guide/practices/page-sizes.
pub const PAGE: u64 = 16 << 10;

/// The most bytes of exported names that are read of a library: names may share their letters in the file, so its length bounds nothing.
/// Moue's own has some ten thousand.
const MOST_NAME_BYTES: usize = 8 << 20;

/// What is needed of a native library.
#[derive(Debug)]
pub struct Library {
    /// The ABI it is for, as folders in an APK are called; nothing for a CPU that Android doesn't run on.
    pub abi: Option<&'static str>,
    /// Why its segments can't be laid on pages of [`PAGE`] bytes, where they can't.
    pub misaligned: Option<String>,
    /// The names that it exports, where they were asked for.
    pub exports: BTreeSet<String>,
}

impl Library {
    /// Reads an ELF shared library, with its exported names if they are asked for.
    ///
    /// # Errors
    ///
    /// Where it is none, or is damaged.
    pub fn read(bytes: &[u8], with_exports: bool) -> Result<Self> {
        let read = match FileKind::parse(bytes) {
            Ok(FileKind::Elf32) => ElfFile32::<Endianness>::parse(bytes).map(|file| {
                let segments = segments(file.elf_header(), file.elf_program_headers());
                (
                    file.elf_header().e_machine(file.endian()),
                    segments,
                    exports(&file, with_exports),
                )
            }),
            Ok(FileKind::Elf64) => ElfFile64::<Endianness>::parse(bytes).map(|file| {
                let segments = segments(file.elf_header(), file.elf_program_headers());
                (
                    file.elf_header().e_machine(file.endian()),
                    segments,
                    exports(&file, with_exports),
                )
            }),
            _ => bail!("it is no ELF library"),
        };
        let (machine, segments, exports) = read.context("it is damaged")?;
        let exports = exports?;
        let abi = match machine {
            EM_AARCH64 => Some("arm64-v8a"),
            EM_ARM => Some("armeabi-v7a"),
            EM_X86_64 => Some("x86_64"),
            EM_386 => Some("x86"),
            EM_RISCV => Some("riscv64"),
            _ => None,
        };
        Ok(Self {
            abi,
            misaligned: segments.iter().find_map(Segment::misaligned),
            exports,
        })
    }
}

/// A segment that is mapped into memory.
struct Segment {
    align: u64,
    offset: u64,
    address: u64,
}

impl Segment {
    fn misaligned(&self) -> Option<String> {
        if self.align < PAGE || !self.align.is_multiple_of(PAGE) {
            Some(format!("a segment is aligned to {} bytes", self.align))
        } else if self.offset % PAGE != self.address % PAGE {
            Some(format!(
                "a segment stands at {:#x} in the file and at {:#x} in memory, which aren't the same place of a page",
                self.offset, self.address
            ))
        } else {
            None
        }
    }
}

fn segments<Header: FileHeader<Endian = Endianness>>(
    header: &Header,
    programs: &[Header::ProgramHeader],
) -> Vec<Segment> {
    let Ok(endian) = header.endian() else {
        return Vec::new();
    };
    programs
        .iter()
        .filter(|program| program.p_type(endian) == PT_LOAD)
        .map(|program| Segment {
            align: program.p_align(endian).into(),
            offset: program.p_offset(endian).into(),
            address: program.p_vaddr(endian).into(),
        })
        .collect()
}

fn exports<'data>(file: &impl Object<'data>, are_wanted: bool) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    if !are_wanted {
        return Ok(names);
    }
    let mut read = 0;
    for symbol in file.dynamic_symbols() {
        if let Ok(name) = symbol.name()
            && symbol.is_definition()
            && symbol.is_global()
        {
            read += name.len();
            ensure!(
                read <= MOST_NAME_BYTES,
                "its exported names take more than {MOST_NAME_BYTES} bytes"
            );
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

/// The class (with dots) and the method that a JNI export names, where it names one by the rules of the Java Native Interface
/// specification, "Resolving Native Method Names".
pub fn jni_method(export: &str) -> Option<(String, String)> {
    let mangled = export.strip_prefix("Java_")?;
    // An overloaded method's arguments follow after two underscores.
    let mangled = mangled.split("__").next().unwrap_or(mangled);
    let mut name = String::new();
    let mut rest = mangled.chars();
    while let Some(letter) = rest.next() {
        if letter != '_' {
            name.push(letter);
            continue;
        }
        match rest.clone().next() {
            Some('1') => name.push('_'),
            Some('2') => name.push(';'),
            Some('3') => name.push('['),
            Some('0') => {
                let digits: String = rest.clone().skip(1).take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok()?;
                name.push(char::from_u32(code)?);
                rest.nth(3);
            }
            _ => {
                name.push('.');
                continue;
            }
        }
        rest.next();
    }
    let (class, method) = name.rsplit_once('.')?;
    Some((class.to_owned(), method.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jni_names_are_undone_as_the_specification_tells() {
        for (export, expected) in [
            ("Java_p_q_r_A_f", Some(("p.q.r.A", "f"))),
            // The specification's own example, without and with its arguments.
            ("Java_Cls_f__ILjava_lang_String_2", Some(("Cls", "f"))),
            (
                "Java_dev_moue_ffi_Fast_1Path_a_00024b",
                Some(("dev.moue.ffi.Fast_Path", "a$b")),
            ),
            ("JNI_OnLoad", None),
            ("Java_", None),
            ("Java_a_0zzzz", None),
        ] {
            let expected = expected.map(|(class, method)| (class.to_owned(), method.to_owned()));
            assert_eq!(jni_method(export), expected, "{export}");
        }
    }

    #[test]
    fn what_is_no_library_is_an_error() {
        for bytes in [
            &b""[..],
            b"\x7fELF",
            &[0x7f, b'E', b'L', b'F', 2, 1, 1, 0],
            b"text",
        ] {
            assert!(Library::read(bytes, true).is_err());
        }
    }
}
