//! The library of an XCFramework's slice: for which CPUs and which system it was built. A static library (an ar archive of object files), a
//! dynamic one, or several of one kind for different CPUs in one file. Read with the crate `object`, which checks every offset.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use object::macho::{
    CPU_TYPE_ARM64, CPU_TYPE_X86_64, CpuType, PLATFORM_IOS, PLATFORM_IOSSIMULATOR, PLATFORM_MACOS,
    Platform,
};
use object::read::archive::ArchiveFile;
use object::read::macho::{
    FatArch, LoadCommandVariant, MachHeader, MachOFatFile32, MachOFatFile64,
};
use object::{Endianness, FileKind};

/// What a library was built for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// CPUs, by Apple's names.
    pub architectures: BTreeSet<String>,
    /// Systems: `ios`, `ios-simulator`, `macos`, or a number of Apple's. Object files of old tools name none.
    pub platforms: BTreeSet<String>,
}

/// Reads a library.
///
/// # Errors
///
/// Where it is none for Apple's systems, or damaged.
pub fn read(bytes: &[u8]) -> Result<Built> {
    let mut built = Built::default();
    match FileKind::parse(bytes).context("it is no library")? {
        FileKind::MachOFat32 => {
            let file = MachOFatFile32::parse(bytes).context("it is damaged")?;
            for arch in file.arches() {
                read_thin(arch.data(bytes).context("it is damaged")?, &mut built)?;
            }
        }
        FileKind::MachOFat64 => {
            let file = MachOFatFile64::parse(bytes).context("it is damaged")?;
            for arch in file.arches() {
                read_thin(arch.data(bytes).context("it is damaged")?, &mut built)?;
            }
        }
        _ => read_thin(bytes, &mut built)?,
    }
    ensure!(
        !built.architectures.is_empty(),
        "it holds no object file for Apple's systems"
    );
    Ok(built)
}

/// One CPU's library.
fn read_thin(bytes: &[u8], built: &mut Built) -> Result<()> {
    match FileKind::parse(bytes).context("it is no library")? {
        FileKind::Archive => {
            let archive = ArchiveFile::parse(bytes).context("it is damaged")?;
            for member in archive.members() {
                let member = member.context("it is damaged")?;
                let data = member.data(bytes).context("it is damaged")?;
                // Archives hold other things than object files too: Rust's metadata, for one.
                if matches!(FileKind::parse(data), Ok(FileKind::MachO64)) {
                    read_object(data, built)?;
                }
            }
            Ok(())
        }
        FileKind::MachO64 => read_object(bytes, built),
        _ => bail!("it is neither a static nor a dynamic library of a 64-bit system of Apple's"),
    }
}

fn read_object(bytes: &[u8], built: &mut Built) -> Result<()> {
    let damaged = "an object file in it is damaged";
    let header = object::macho::MachHeader64::<Endianness>::parse(bytes, 0).context(damaged)?;
    let endian = header.endian().context(damaged)?;
    built
        .architectures
        .insert(architecture(header.cputype(endian)));
    let mut commands = header.load_commands(endian, bytes, 0).context(damaged)?;
    while let Some(command) = commands.next().context(damaged)? {
        if let Ok(LoadCommandVariant::BuildVersion(version, _)) = command.variant() {
            built
                .platforms
                .insert(platform(version.platform.get(endian)));
        }
    }
    Ok(())
}

fn architecture(cpu: CpuType) -> String {
    match cpu {
        CPU_TYPE_ARM64 => "arm64".to_owned(),
        CPU_TYPE_X86_64 => "x86_64".to_owned(),
        other => format!("CPU type {}", other.0),
    }
}

fn platform(platform: Platform) -> String {
    match platform {
        PLATFORM_IOS => "ios".to_owned(),
        PLATFORM_IOSSIMULATOR => "ios-simulator".to_owned(),
        PLATFORM_MACOS => "macos".to_owned(),
        other => format!("platform {}", other.0),
    }
}
