//! What binutils, LLVM and strace print, read as far as the `mobile` suite asks: the parts of a library, and what a process did.

use std::path::Path;
use std::process::Command;

use crate::process::{output, succeeds};
use crate::tools;

/// What a shared library for Linux or Android says of itself.
#[derive(Debug, Default)]
pub struct Elf {
    /// Alignment of each loaded segment, in bytes.
    pub alignments: Vec<u64>,
    /// The libraries that it needs.
    pub needed: Vec<String>,
    /// Names that it looks for in them, without their versions.
    pub undefined: Vec<String>,
    /// Names that it has for others.
    pub defined: Vec<String>,
}

impl Elf {
    /// Reads a library with `readelf`.
    ///
    /// # Errors
    ///
    /// A sentence where `readelf` is missing or can't read the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        if !succeeds(Command::new("readelf").arg("--version")) {
            tools::debian_package("binutils")?;
        }
        let text = output(
            Command::new("readelf")
                .args(["--wide", "--segments", "--dynamic", "--dyn-syms"])
                .arg(path)
                .env("LC_ALL", "C"),
        )
        .ok_or_else(|| format!("readelf can't read {}", path.display()))?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut library = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["LOAD", .., alignment] => library.alignments.extend(hexadecimal(alignment)),
                [_, "(NEEDED)", "Shared", "library:", name] => library
                    .needed
                    .push(name.trim_matches(['[', ']']).to_owned()),
                // Number, value, size, type, binding, visibility, section, name and perhaps a version's number.
                [number, _, _, _, "GLOBAL" | "WEAK", _, section, name, ..]
                    if number.ends_with(':') =>
                {
                    let name = name.split('@').next().unwrap_or(name).to_owned();
                    if section == "UND" {
                        library.undefined.push(name);
                    } else {
                        library.defined.push(name);
                    }
                }
                _ => {}
            }
        }
        library
    }
}

fn hexadecimal(word: &str) -> Option<u64> {
    u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

/// The names that a static library looks for outside of itself, sorted, by what `nm` prints of it.
///
/// # Errors
///
/// A sentence where `nm` fails.
pub fn open_symbols(nm: &mut Command) -> Result<Vec<String>, String> {
    let text = output(nm).ok_or("nm can't read the static library")?;
    Ok(parse_open_symbols(&text))
}

fn parse_open_symbols(text: &str) -> Vec<String> {
    let (mut open, mut defined) = (Vec::new(), Vec::new());
    for line in text.lines() {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["U", name] => open.push(name),
            [_, _, name] => defined.push(name),
            _ => {}
        }
    }
    defined.sort_unstable();
    open.sort_unstable();
    open.dedup();
    open.retain(|name| defined.binary_search(name).is_err());
    open.into_iter().map(str::to_owned).collect()
}

/// Calls of a process that touch a file without changing one.
const HARMLESS: &[&str] = &[
    "access",
    "chdir",
    "close",
    "dup",
    "dup2",
    "dup3",
    "execve",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fcntl",
    "fgetxattr",
    "flock",
    "fstat",
    "fstatfs",
    "getcwd",
    "getdents64",
    "getxattr",
    "ioctl",
    "lseek",
    "lstat",
    "mmap",
    "newfstatat",
    "poll",
    "ppoll",
    "pread64",
    "read",
    "readahead",
    "readlink",
    "readlinkat",
    "readv",
    "stat",
    "statfs",
    "statx",
    "epoll_create1",
    "eventfd2",
    "pipe2",
];

/// The line of strace, where it tells of a socket or of a file that is opened for writing, made, moved or removed. Writing to what a test
/// harness has opened (its output) is no such thing: 0, 1 and 2.
pub fn leaves_a_trace(line: &str) -> Option<&str> {
    let call = line
        .split_once(' ')
        .map_or(line, |(_, call)| call.trim_start());
    let (name, arguments) = call.split_once('(')?;
    let is_call = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let harmless = match name {
        "open" | "openat" | "openat2" => !["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
            .iter()
            .any(|flag| arguments.contains(flag)),
        "write" | "writev" | "pwrite64" => ["1,", "2,"]
            .iter()
            .any(|output| arguments.starts_with(output)),
        _ => HARMLESS.contains(&name),
    };
    (is_call && !harmless).then_some(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_library_are_read() {
        let library = Elf::parse(
            "  LOAD           0x000000 0x0000000000000000 0x0000000000000000 0x2e1d50 0x2e1d50 R   0x4000\n\
             \x20 GNU_STACK      0x000000 0x0000000000000000 0x0000000000000000 0x000000 0x000000 RW  0x0\n\
             \x200x0000000000000001 (NEEDED)             Shared library: [libc.so]\n\
             \x20    1: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND connect@LIBC (2)\n\
             \x20    2: 0000000000000000     0 NOTYPE  WEAK   DEFAULT  UND getrandom\n\
             \x20   12: 00000000001f4a10    40 FUNC    GLOBAL DEFAULT   12 JNI_OnLoad\n",
        );
        assert_eq!(library.alignments, [16_384]);
        assert_eq!(library.needed, ["libc.so"]);
        assert_eq!(library.undefined, ["connect", "getrandom"]);
        assert_eq!(library.defined, ["JNI_OnLoad"]);
    }

    #[test]
    fn what_a_static_library_defines_itself_is_not_open() {
        let text = "\na.o:\n                 U _memcpy\n                 U _inside\n\nb.o:\n0000000000000000 T _inside\n                 U _memcpy\n";
        assert_eq!(parse_open_symbols(text), ["_memcpy"]);
    }

    #[test]
    fn sockets_and_changed_files_leave_a_trace() {
        for line in [
            "12 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3",
            "12 openat(AT_FDCWD, \"/tmp/x\", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 3",
            "12 connect(3, {sa_family=AF_UNIX}, 110 <unfinished ...>",
            "12 unlink(\"/tmp/x\") = 0",
            "12 write(5, \"x\", 1) = 1",
        ] {
            assert!(leaves_a_trace(line).is_some(), "{line}");
        }
    }

    #[test]
    fn reading_and_printing_leave_none() {
        for line in [
            "12 openat(AT_FDCWD, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3",
            "12 write(1, \"test result\", 11) = 11",
            "12 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f",
            "12 +++ exited with 0 +++",
            "12 <... read resumed>\"\", 32) = 0",
        ] {
            assert_eq!(leaves_a_trace(line), None, "{line}");
        }
    }
}
