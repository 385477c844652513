//! What is looked at in an app (APK) and in the Android library (AAR).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::Part;
use super::finding::Findings;
use super::keep::{self, some_of};
use super::manifest::{self, Manifest};
use super::native::{Library, PAGE};
use super::package::{Entry, Package, Storage, names_in_archive};
use super::{dex, package::Contents};

/// Moue's native library, and that of JNA, through which it is called.
const MOUE: &str = "libmoue_ffi.so";
const JNA: &str = "libjnidispatch.so";

/// The ABIs for which Moue is built.
const BUILT_FOR: [&str; 3] = ["arm64-v8a", "armeabi-v7a", "x86_64"];
/// ABIs whose systems may use pages of 16 KiB.
const LARGE_PAGES: [&str; 2] = ["arm64-v8a", "x86_64"];

/// The longest native library, dex file and other file that are read, in bytes.
const MOST_LIBRARY: u64 = 512 << 20;
const MOST_DEX: u64 = 256 << 20;
const MOST_CLASSES: u64 = 256 << 20;
const MOST_TEXT: u64 = 1 << 20;

const CAMERA: &str = "android.permission.CAMERA";
const INTERNET: &str = "android.permission.INTERNET";

const SEGMENTS_REMEDY: &str = "build it with NDK r28 or newer, or link it with -Wl,-z,max-page-size=16384; another maker's library needs a newer version";

/// Looks at an app.
///
/// # Errors
///
/// Where something in it is damaged.
pub fn examine_app(package: &Package, findings: &mut Findings) -> Result<Vec<Part>> {
    let manifest =
        Manifest::read_binary(&package.read("AndroidManifest.xml", manifest::MOST_BYTES)?)
            .context("AndroidManifest.xml")?;
    let libraries = libraries(package, "lib/")?;
    examine_abis(&libraries, findings);
    examine_segments(&libraries, findings);
    examine_storage(&libraries, &manifest, findings);

    let mut classes = BTreeMap::new();
    let dex_files = || package.contents.entries.keys().filter(|name| is_dex(name));
    for name in dex_files() {
        let bytes = package.read(name, MOST_DEX)?;
        dex::read_classes(&bytes, keep::is_of_interest, &mut classes)
            .with_context(|| name.clone())?;
    }
    if dex_files().next().is_none() {
        findings.problem(
            "classes",
            "there is no dex file in the app",
            "look at the APK of the whole app, not at one of its parts (bundletool build-apks --mode=universal)",
        );
    } else {
        let exports = libraries
            .iter()
            .find(|library| library.file() == MOUE)
            .map(|library| &library.library.exports);
        keep::examine(&classes, exports, findings);
    }

    if manifest.permissions.contains(CAMERA) {
        findings.ok("camera", "the app may ask for the camera");
    } else {
        findings.problem(
            "camera",
            "the manifest doesn't ask for the camera",
            "add <uses-permission android:name=\"android.permission.CAMERA\"/>, or --allow camera where only photos are read",
        );
    }
    examine_internet(&manifest, findings);
    Ok(app_parts(&package.contents))
}

/// Looks at the Android library.
///
/// # Errors
///
/// Where something in it is damaged.
pub fn examine_library(package: &Package, findings: &mut Findings) -> Result<Vec<Part>> {
    let manifest =
        Manifest::read_plain(&package.read("AndroidManifest.xml", manifest::MOST_BYTES)?)
            .context("AndroidManifest.xml")?;
    let libraries = libraries(package, "jni/")?;
    let missing: Vec<String> = BUILT_FOR
        .iter()
        .filter(|abi| !libraries.iter().any(|library| library.is(abi, MOUE)))
        .map(|abi| (*abi).to_owned())
        .collect();
    if missing.is_empty() {
        findings.ok(
            "abis",
            format!("{MOUE} is there for {}", BUILT_FOR.join(", ")),
        );
    } else {
        findings.problem(
            "abis",
            format!("{MOUE} is missing for {}", missing.join(", ")),
            "build the native code for all of them before the AAR: cargo xtask android",
        );
    }
    examine_places(&libraries, findings);
    examine_segments(&libraries, findings);

    let names =
        names_in_archive(&package.read("classes.jar", MOST_CLASSES)?).context("classes.jar")?;
    if names
        .iter()
        .any(|name| name.starts_with("dev/moue/") && name.ends_with(".class"))
    {
        findings.ok("classes", "classes.jar holds the package dev.moue");
    } else {
        findings.problem(
            "classes",
            "classes.jar holds no class of dev.moue",
            "build the AAR from android/moue",
        );
    }
    examine_rules(package, findings)?;
    let is_notice = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or(name);
        file.starts_with("NOTICE")
    };
    if package
        .contents
        .entries
        .keys()
        .map(String::as_str)
        .chain(names.iter().map(String::as_str))
        .any(is_notice)
    {
        findings.ok(
            "notice",
            "the NOTICE with the licences of what is linked is there",
        );
    } else {
        findings.problem(
            "notice",
            "there is no NOTICE with the licences of what is linked",
            "put it at META-INF/NOTICE of the AAR's Java resources",
        );
    }
    examine_internet(&manifest, findings);
    Ok(library_parts(&package.contents))
}

/// A native library in the package.
struct Found<'a> {
    name: &'a str,
    entry: &'a Entry,
    library: Library,
}

impl Found<'_> {
    /// The ABI's folder, and the file in it.
    fn place(&self) -> (&str, &str) {
        let mut parts = self.name.rsplitn(3, '/');
        let file = parts.next().unwrap_or_default();
        (parts.next().unwrap_or_default(), file)
    }

    fn abi(&self) -> &str {
        self.place().0
    }

    fn file(&self) -> &str {
        self.place().1
    }

    fn is(&self, abi: &str, file: &str) -> bool {
        self.place() == (abi, file)
    }
}

/// The native libraries that Android takes: `lib/ABI/NAME.so`, or `jni/ABI/NAME.so`.
fn libraries<'a>(package: &'a Package, folder: &'a str) -> Result<Vec<Found<'a>>> {
    package
        .contents
        .under(folder)
        .filter(|(name, _)| name.ends_with(".so") && name.matches('/').count() == 2)
        .map(|(name, entry)| {
            let bytes = package.read(name, MOST_LIBRARY)?;
            let is_ours = name.rsplit('/').next() == Some(MOUE);
            let library = Library::read(&bytes, is_ours).with_context(|| name.to_owned())?;
            Ok(Found {
                name,
                entry,
                library,
            })
        })
        .collect()
}

fn examine_abis(libraries: &[Found], findings: &mut Findings) {
    let abis: BTreeSet<&str> = libraries.iter().map(Found::abi).collect();
    let lacking = |file: &str| -> Vec<&str> {
        abis.iter()
            .filter(|abi| !libraries.iter().any(|library| library.is(abi, file)))
            .copied()
            .collect()
    };
    let listed = |abis: &[&str]| abis.join(", ");
    if abis.is_empty() {
        findings.problem(
            "abis",
            format!("there is no native library in the app, {MOUE} neither"),
            "depend on dev.moue:moue; of an app that is installed in parts, look at the APK of all devices (bundletool build-apks --mode=universal)",
        );
        return;
    }
    let without_moue = lacking(MOUE);
    if without_moue.is_empty() {
        let all: Vec<&str> = abis.iter().copied().collect();
        findings.ok(
            "abis",
            format!("{MOUE} is there for each ABI of the app: {}", listed(&all)),
        );
    } else {
        findings.problem(
            "abis",
            format!("{MOUE} is missing for {}, where the app has other native code: there it starts and then fails", listed(&without_moue)),
            "leave out the ABIs that Moue isn't built for: ndk { abiFilters += listOf(\"arm64-v8a\", \"armeabi-v7a\", \"x86_64\") }",
        );
    }
    let without_jna: Vec<&str> = lacking(JNA)
        .into_iter()
        .filter(|abi| !without_moue.contains(abi))
        .collect();
    if without_jna.is_empty() {
        findings.ok("jna", format!("{JNA} stands beside it"));
    } else {
        findings.problem(
            "jna",
            format!(
                "{JNA} is missing beside {MOUE} for {}",
                listed(&without_jna)
            ),
            "depend on net.java.dev.jna:jna as an AAR (…:jna:VERSION@aar), not as a JAR",
        );
    }
    if !abis.contains("arm64-v8a") {
        findings.problem(
            "abis",
            "arm64-v8a is missing, the ABI of today's phones",
            "add arm64-v8a to the ABIs that are built",
        );
    }
    examine_places(libraries, findings);
}

/// A library in another ABI's folder fails as it is loaded.
fn examine_places(libraries: &[Found], findings: &mut Findings) {
    let astray: Vec<String> = libraries
        .iter()
        // Processors before ARMv7 and MIPS are long gone from Android; their folders are never loaded from.
        .filter(|library| {
            BUILT_FOR.contains(&library.abi()) && library.library.abi != Some(library.abi())
        })
        .map(|library| {
            format!(
                "{} is for {}",
                library.name,
                library.library.abi.unwrap_or("another CPU")
            )
        })
        .collect();
    if !astray.is_empty() {
        findings.problem(
            "abis",
            format!(
                "a library stands in another ABI's folder: {}",
                some_of(&astray)
            ),
            "build it for the folder's ABI",
        );
    }
}

fn examine_segments(libraries: &[Found], findings: &mut Findings) {
    let wide: Vec<&Found> = libraries
        .iter()
        .filter(|library| LARGE_PAGES.contains(&library.abi()))
        .collect();
    for library in &wide {
        if let Some(why) = &library.library.misaligned {
            findings.problem(
                "page-size",
                format!(
                    "{}: {why}, and phones with pages of {PAGE} bytes won't load it",
                    library.name
                ),
                SEGMENTS_REMEDY,
            );
        }
    }
    if !wide.is_empty()
        && wide
            .iter()
            .all(|library| library.library.misaligned.is_none())
    {
        findings.ok(
            "page-size",
            format!(
                "the segments of all {} 64-bit libraries fit pages of {PAGE} bytes",
                wide.len()
            ),
        );
    }
}

fn examine_storage(libraries: &[Found], manifest: &Manifest, findings: &mut Findings) {
    /// What stored 32-bit libraries are aligned to: their systems' page size.
    const SMALL_PAGE: u64 = 4 << 10;
    let mut stored = 0;
    let mut compressed = Vec::new();
    let mut is_fine = true;
    for library in libraries {
        let page = if LARGE_PAGES.contains(&library.abi()) {
            PAGE
        } else {
            SMALL_PAGE
        };
        match library.entry.storage {
            Storage::Stored { offset } if offset % page == 0 => stored += 1,
            Storage::Stored { offset } => {
                is_fine = false;
                findings.problem(
                    "zip-alignment",
                    format!("{} is stored at byte {offset} of the APK, which is no multiple of {page}", library.name),
                    "align the APK before it is signed: zipalign -P 16 -f 4 IN OUT (build tools 35), or AGP 8.5.1 or newer",
                );
            }
            Storage::Compressed => compressed.push(library.name.to_owned()),
            Storage::Folder => {}
        }
    }
    if stored > 0 && is_fine {
        findings.ok(
            "zip-alignment",
            format!("all {stored} stored libraries begin on a page"),
        );
    }
    if compressed.is_empty() {
        return;
    }
    let said = format!("compressed: {}", some_of(&compressed));
    if manifest.extracts_native_libs == Some(false) {
        findings.problem(
            "zip-alignment",
            format!("libraries are {said}, and the manifest says that they are loaded from the APK as they are: it can't be installed"),
            "store them uncompressed, or set android:extractNativeLibs=\"true\"",
        );
    } else {
        findings.note(
            "zip-alignment",
            format!(
                "libraries are {said}: they are unpacked at installation and take their space twice"
            ),
            "packaging { jniLibs { useLegacyPackaging = false } } stores them",
        );
    }
}

fn examine_internet(manifest: &Manifest, findings: &mut Findings) {
    if manifest.permissions.contains(INTERNET) {
        findings.problem(
            "internet",
            "the manifest asks for the network, which Moue never needs",
            "take it out: <uses-permission android:name=\"android.permission.INTERNET\" tools:node=\"remove\"/>, or --allow internet where the app itself needs it",
        );
    } else {
        findings.ok("internet", "no permission for the network is asked for");
    }
}

fn examine_rules(package: &Package, findings: &mut Findings) -> Result<()> {
    let remedy = "name consumer-rules.pro in consumerProguardFiles of the library's defaultConfig";
    if !package.contents.has("proguard.txt") {
        findings.problem(
            "rules",
            "there are no consumer rules for R8 (proguard.txt)",
            remedy,
        );
        return Ok(());
    }
    let rules = package.read("proguard.txt", MOST_TEXT)?;
    let rules = String::from_utf8_lossy(&rules);
    let rules: Vec<&str> = rules
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .collect();
    let missing: Vec<String> = ["com.sun.jna.", "dev.moue.ffi."]
        .iter()
        .filter(|package| {
            !rules
                .iter()
                .any(|line| line.trim_start().starts_with("-keep") && line.contains(**package))
        })
        .map(|package| format!("{package}**"))
        .collect();
    if missing.is_empty() {
        findings.ok(
            "rules",
            "the consumer rules for R8 keep JNA's classes and the bindings'",
        );
    } else {
        findings.problem(
            "rules",
            format!(
                "the consumer rules for R8 don't keep {}",
                missing.join(" and ")
            ),
            remedy,
        );
    }
    Ok(())
}

/// `classes.dex`, `classes2.dex` and so on, where Android looks for them.
fn is_dex(name: &str) -> bool {
    name.strip_prefix("classes")
        .and_then(|rest| rest.strip_suffix(".dex"))
        .is_some_and(|number| number.chars().all(|digit| digit.is_ascii_digit()))
}

fn app_parts(contents: &Contents) -> Vec<Part> {
    parts(contents, |name| {
        if let Some(native) = native_part(name, "lib/") {
            native
        } else if is_dex(name) {
            "code (dex)".to_owned()
        } else if name.starts_with("res/") || name == "resources.arsc" {
            "resources".to_owned()
        } else if name.starts_with("assets/") {
            "assets".to_owned()
        } else {
            "everything else".to_owned()
        }
    })
}

fn library_parts(contents: &Contents) -> Vec<Part> {
    parts(contents, |name| {
        if let Some(native) = native_part(name, "jni/") {
            native
        } else if name == "classes.jar" {
            "classes.jar".to_owned()
        } else if name.starts_with("res/") {
            "resources".to_owned()
        } else {
            "everything else".to_owned()
        }
    })
}

/// `arm64-v8a: libmoue_ffi.so`, and other makers' libraries of an ABI together.
fn native_part(name: &str, folder: &str) -> Option<String> {
    let (abi, file) = name.strip_prefix(folder)?.split_once('/')?;
    Some(match file {
        MOUE | JNA => format!("{abi}: {file}"),
        _ => format!("{abi}: other libraries"),
    })
}

/// Adds up the files of each part.
pub fn parts(contents: &Contents, part_of: impl Fn(&str) -> String) -> Vec<Part> {
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (name, entry) in &contents.entries {
        let (packed, unpacked) = sums.entry(part_of(name)).or_default();
        *packed = packed.saturating_add(entry.packed);
        *unpacked = unpacked.saturating_add(entry.unpacked);
    }
    sums.into_iter()
        .map(|(part, (packed, unpacked))| Part {
            part,
            packed,
            unpacked,
        })
        .collect()
}
