//! What is looked at in the Apple library: the XCFramework's property list against what is in its folders.

use std::collections::BTreeSet;
use std::io::Cursor;

use anyhow::{Context, Result, ensure};
use plist::{Dictionary, Value};

use super::Part;
use super::android::parts;
use super::finding::Findings;
use super::keep::some_of;
use super::package::{Contents, Package};
use super::static_library;

/// The longest property list, module map and library that are read, in bytes. Lists nest at most as deep as they are long, and are
/// taken apart level by level.
const MOST_PROPERTIES: u64 = 16 << 10;
const MOST_MODULE_MAP: u64 = 64 << 10;
const MOST_LIBRARY: u64 = 512 << 20;

const PRIVACY: &str = "PrivacyInfo.xcprivacy";
/// The keys that Apple asks for in a privacy manifest.
const PRIVACY_KEYS: [&str; 4] = [
    "NSPrivacyTracking",
    "NSPrivacyTrackingDomains",
    "NSPrivacyCollectedDataTypes",
    "NSPrivacyAccessedAPITypes",
];

const BUILD: &str = "build it anew on a Mac: cargo xtask ios";

/// The folder of the XCFramework within the package, with a `/` at its end where it isn't the package itself.
pub fn root(contents: &Contents) -> Option<String> {
    let mut roots = contents.entries.keys().filter_map(|name| {
        let folder = name.strip_suffix("Info.plist")?;
        let is_root = folder.is_empty()
            || (folder.ends_with(".xcframework/") && folder.matches('/').count() == 1);
        is_root.then(|| folder.to_owned())
    });
    roots.next()
}

/// One slice, as the property list tells of it.
struct Slice {
    identifier: String,
    library: String,
    headers: Option<String>,
    platform: String,
    architectures: BTreeSet<String>,
}

impl Slice {
    fn read(value: &Value) -> Result<Self> {
        let library = value
            .as_dictionary()
            .context("a library in Info.plist is no dictionary")?;
        let text = |key: &str| {
            library
                .get(key)
                .and_then(Value::as_string)
                .map(str::to_owned)
        };
        let needed =
            |key: &str| text(key).with_context(|| format!("a library in Info.plist has no {key}"));
        let architectures = library
            .get("SupportedArchitectures")
            .and_then(Value::as_array)
            .context("a library in Info.plist has no SupportedArchitectures")?;
        let platform = match text("SupportedPlatformVariant") {
            None => needed("SupportedPlatform")?,
            Some(variant) => format!("{}-{variant}", needed("SupportedPlatform")?),
        };
        Ok(Self {
            identifier: needed("LibraryIdentifier")?,
            library: needed("LibraryPath")?,
            headers: text("HeadersPath"),
            platform,
            architectures: architectures
                .iter()
                .filter_map(Value::as_string)
                .map(str::to_owned)
                .collect(),
        })
    }
}

/// Looks at an XCFramework.
///
/// # Errors
///
/// Where something in it is damaged.
pub fn examine(package: &Package, findings: &mut Findings) -> Result<Vec<Part>> {
    let contents = &package.contents;
    let root = root(contents).context("Info.plist is missing")?;
    let properties = properties(package, &format!("{root}Info.plist"))?;
    ensure!(
        properties
            .get("CFBundlePackageType")
            .and_then(Value::as_string)
            == Some("XFWK"),
        "its Info.plist isn't that of an XCFramework: CFBundlePackageType is to be XFWK"
    );
    let slices = properties
        .get("AvailableLibraries")
        .and_then(Value::as_array)
        .context("Info.plist lists no AvailableLibraries")?
        .iter()
        .map(Slice::read)
        .collect::<Result<Vec<_>>>()?;
    examine_slices(contents, &root, &slices, findings);
    for slice in &slices {
        let folder = format!("{root}{}/", slice.identifier);
        if contents.under(&folder).next().is_some() {
            examine_library(package, &folder, slice, findings)?;
            examine_headers(package, &folder, slice, findings)?;
        }
    }
    examine_privacy(package, &root, findings)?;
    Ok(parts(contents, |name| {
        let inner = name.strip_prefix(&root).unwrap_or(name);
        match inner.split_once('/') {
            Some((slice, rest)) if rest.ends_with(".h") || rest.ends_with(".modulemap") => {
                format!("{slice}: headers")
            }
            Some((slice, _)) => format!("{slice}: library"),
            None => "everything else".to_owned(),
        }
    }))
}

fn examine_slices(contents: &Contents, root: &str, slices: &[Slice], findings: &mut Findings) {
    let mut is_fine = true;
    for (platform, words) in [
        ("ios", "iPhones (ios, arm64)"),
        ("ios-simulator", "the simulator (ios-simulator, arm64)"),
    ] {
        let is_there = slices
            .iter()
            .any(|slice| slice.platform == platform && slice.architectures.contains("arm64"));
        if !is_there {
            is_fine = false;
            findings.problem("slices", format!("there is no slice for {words}"), BUILD);
        }
    }
    let listed: BTreeSet<&str> = slices
        .iter()
        .map(|slice| slice.identifier.as_str())
        .collect();
    let found: BTreeSet<&str> = contents
        .under(root)
        .filter_map(|(name, _)| name[root.len()..].split_once('/'))
        .map(|(folder, _)| folder)
        // What a signed XCFramework holds beside its slices.
        .filter(|folder| *folder != "_CodeSignature")
        .collect();
    for missing in listed.difference(&found) {
        is_fine = false;
        findings.problem(
            "slices",
            format!("Info.plist lists the slice {missing}, which is missing"),
            BUILD,
        );
    }
    for unlisted in found.difference(&listed) {
        is_fine = false;
        findings.problem(
            "slices",
            format!("Info.plist doesn't list the folder {unlisted}: Xcode won't see it"),
            BUILD,
        );
    }
    if is_fine {
        let all: Vec<&str> = listed.into_iter().collect();
        findings.ok(
            "slices",
            format!("all slices are there: {}", all.join(", ")),
        );
    }
}

fn examine_library(
    package: &Package,
    folder: &str,
    slice: &Slice,
    findings: &mut Findings,
) -> Result<()> {
    let named = format!("{folder}{}", slice.library);
    // A framework is a folder around its library.
    let name = match slice.library.strip_suffix(".framework") {
        Some(stem) => format!("{named}/{stem}"),
        None => named,
    };
    if !package.contents.has(&name) {
        findings.problem(
            "architecture",
            format!("{name}, the library of the slice, is missing"),
            BUILD,
        );
        return Ok(());
    }
    let built =
        static_library::read(&package.read(&name, MOST_LIBRARY)?).with_context(|| name.clone())?;
    let listed = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    if built.architectures != slice.architectures {
        findings.problem(
            "architecture",
            format!(
                "{name} is for {}, and Info.plist says {}",
                listed(&built.architectures),
                listed(&slice.architectures)
            ),
            BUILD,
        );
    } else if built
        .platforms
        .iter()
        .any(|platform| *platform != slice.platform)
    {
        findings.problem(
            "architecture",
            format!("{name} is for {}, and Info.plist says {}", listed(&built.platforms), slice.platform),
            "device and simulator slices are built apart: aarch64-apple-ios and aarch64-apple-ios-sim",
        );
    } else {
        findings.ok(
            "architecture",
            format!(
                "{name} is for {} on {}",
                listed(&built.architectures),
                slice.platform
            ),
        );
    }
    Ok(())
}

fn examine_headers(
    package: &Package,
    folder: &str,
    slice: &Slice,
    findings: &mut Findings,
) -> Result<()> {
    let headers = match &slice.headers {
        Some(headers) => format!("{folder}{headers}/"),
        None => format!("{folder}{}/", slice.library),
    };
    let Some(map) = package
        .contents
        .under(&headers)
        .map(|(name, _)| name)
        .find(|name| name.ends_with("module.modulemap"))
    else {
        findings.problem(
            "module-map",
            format!("{headers} holds no module.modulemap: Swift can't import the library"),
            "put module.modulemap beside the generated header, as cargo xtask ios does",
        );
        return Ok(());
    };
    let text = package.read(map, MOST_MODULE_MAP)?;
    let text = String::from_utf8_lossy(&text);
    let beside = &map[..map.len() - "module.modulemap".len()];
    // A framework's module map stands in Modules, its headers in Headers.
    let places = [beside.to_owned(), format!("{headers}Headers/")];
    let named = header_names(&text);
    let missing: Vec<String> = named
        .iter()
        .filter(|header| {
            !places
                .iter()
                .any(|place| package.contents.has(&format!("{place}{header}")))
        })
        .cloned()
        .collect();
    if named.is_empty() {
        findings.problem("module-map", format!("{map} names no header"), BUILD);
    } else if missing.is_empty() {
        findings.ok("module-map", format!("{map} and its headers are there"));
    } else {
        findings.problem(
            "module-map",
            format!(
                "{map} names headers that are missing: {}",
                some_of(&missing)
            ),
            BUILD,
        );
    }
    if slice.headers.is_some() && beside == headers {
        findings.note(
            "headers",
            format!("{map} stands at the top of the headers, where it clashes with that of any other such XCFramework in an app"),
            "put headers and module map into a folder of their own, such as Headers/moue_ffiFFI",
        );
    }
    Ok(())
}

/// The headers that a module map names: `header "name.h"`, `umbrella header "name.h"`.
fn header_names(map: &str) -> Vec<String> {
    map.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .flat_map(|line| line.split("header").skip(1))
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn examine_privacy(package: &Package, root: &str, findings: &mut Findings) -> Result<()> {
    let manifests: Vec<&str> = package
        .contents
        .under(root)
        .map(|(name, _)| name)
        .filter(|name| name.rsplit('/').next() == Some(PRIVACY))
        .collect();
    if manifests.is_empty() {
        findings.problem(
            "privacy",
            format!("there is no privacy manifest ({PRIVACY})"),
            "copy ios/Moue/Resources/PrivacyInfo.xcprivacy into the XCFramework before it is zipped",
        );
    }
    for name in manifests {
        let manifest = properties(package, name)?;
        let missing: Vec<String> = PRIVACY_KEYS
            .iter()
            .filter(|key| !manifest.contains_key(key))
            .map(|key| (*key).to_owned())
            .collect();
        let tracks = manifest
            .get("NSPrivacyTracking")
            .and_then(Value::as_boolean)
            == Some(true);
        let is_empty = |key: &str| {
            manifest
                .get(key)
                .and_then(Value::as_array)
                .is_none_or(Vec::is_empty)
        };
        if !missing.is_empty() {
            findings.problem(
                "privacy",
                format!("{name} doesn't say {}", missing.join(", ")),
                "take the manifest that Moue ships with",
            );
        } else if tracks
            || !is_empty("NSPrivacyTrackingDomains")
            || !is_empty("NSPrivacyCollectedDataTypes")
        {
            findings.problem(
                "privacy",
                format!("{name} says that data is collected or people are tracked, and Moue does neither"),
                "take the manifest that Moue ships with",
            );
        } else {
            findings.ok(
                "privacy",
                format!("{name} says that nothing is collected and nobody is tracked"),
            );
        }
    }
    Ok(())
}

/// A property list, XML or binary.
fn properties(package: &Package, name: &str) -> Result<Dictionary> {
    let bytes = package.read(name, MOST_PROPERTIES)?;
    let value = Value::from_reader(Cursor::new(bytes))
        .with_context(|| format!("{name} is no property list"))?;
    value
        .into_dictionary()
        .with_context(|| format!("{name} is no dictionary"))
}
