//! `moue doctor`: whether a package that holds Moue is in order: an app (APK), the Android library (AAR), or the Apple library
//! (XCFramework, as a folder or zipped). This file tells the kinds apart and shows what was found; what is looked at stands in the module
//! of each kind. Nothing in a package is ever run, and none of it is believed before its bounds are checked.

mod android;
mod binary_xml;
mod dex;
mod finding;
mod keep;
mod manifest;
mod native;
mod package;
mod static_library;
mod xcframework;

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::args::DoctorArguments;
use crate::failure::{Ended, UsageError};
use crate::output::print;

use finding::{CHECKS, Finding, Findings, State};
use package::{Contents, Package};

/// What a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum Kind {
    #[serde(rename = "apk")]
    App,
    #[serde(rename = "aar")]
    AndroidLibrary,
    #[serde(rename = "xcframework")]
    XcFramework,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::App => "APK",
            Self::AndroidLibrary => "AAR",
            Self::XcFramework => "XCFramework",
        }
    }
}

/// All that is said of a package, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Diagnosis<'a> {
    package: &'a str,
    kind: Kind,
    in_order: bool,
    findings: &'a [Finding],
    parts: &'a [Part],
}

/// A part of a package and what it takes.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Part {
    part: String,
    /// Bytes in the package, compressed where it is.
    packed: u64,
    /// Bytes once unpacked.
    unpacked: u64,
}

/// Looks at a package and prints what was found.
///
/// # Errors
///
/// Where the file can't be read or is none of the packages that are known; a [`UsageError`] where `--allow` names no check.
pub fn run(arguments: &DoctorArguments) -> Result<Ended> {
    for allowed in &arguments.allow {
        if !CHECKS.contains(&allowed.as_str()) {
            bail!(UsageError(format!(
                "--allow {allowed}: there is no such check; there are {}",
                CHECKS.join(", ")
            )));
        }
    }
    let shown = arguments.package.display().to_string();
    let (kind, findings, parts) = examine(arguments).with_context(|| shown.clone())?;
    let problems = findings.count(State::Problem);
    let findings = findings.sorted();
    if arguments.json {
        let diagnosis = Diagnosis {
            package: &shown,
            kind,
            in_order: problems == 0,
            findings: &findings,
            parts: &parts,
        };
        print(serde_json::to_string(&diagnosis).expect("text and numbers are valid JSON"))?;
    } else {
        print(table(&shown, kind, problems, &findings, &parts))?;
    }
    Ok(if problems == 0 {
        Ended::Well
    } else {
        Ended::WithFailures
    })
}

fn examine(arguments: &DoctorArguments) -> Result<(Kind, Findings, Vec<Part>)> {
    let package = Package::open(&arguments.package)?;
    let kind = kind_of(&package.contents)?;
    let mut findings = Findings::new(arguments.allow.clone());
    let parts = match kind {
        Kind::App => android::examine_app(&package, &mut findings)?,
        Kind::AndroidLibrary => android::examine_library(&package, &mut findings)?,
        Kind::XcFramework => xcframework::examine(&package, &mut findings)?,
    };
    Ok((kind, findings, parts))
}

fn kind_of(contents: &Contents) -> Result<Kind> {
    if contents.has("BundleConfig.pb") {
        bail!(
            "it is an app bundle (AAB), which phones never see: build the APK of all devices from it (bundletool build-apks --mode=universal) and look at that"
        );
    }
    let has_manifest = contents.has("AndroidManifest.xml");
    if has_manifest && contents.has("classes.jar") {
        Ok(Kind::AndroidLibrary)
    } else if has_manifest {
        Ok(Kind::App)
    } else if xcframework::root(contents).is_some() {
        Ok(Kind::XcFramework)
    } else {
        bail!(
            "it is no APK, AAR or XCFramework: there is neither an AndroidManifest.xml nor the Info.plist of an XCFramework in it"
        )
    }
}

fn table(shown: &str, kind: Kind, problems: usize, findings: &[Finding], parts: &[Part]) -> String {
    let verdict = match problems {
        0 => "in order".to_owned(),
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    };
    let mut text = format!("{shown}  {}, {verdict}", kind.name());
    let column = findings
        .iter()
        .map(|finding| finding.check.len())
        .max()
        .unwrap_or(0);
    // Writing to a string can't fail.
    for finding in findings {
        let state = finding.state.name();
        let _ = write!(
            text,
            "\n  {state:7}  {:column$}  {}",
            finding.check, finding.says
        );
        if let Some(remedy) = &finding.remedy {
            let _ = write!(text, "\n  {:7}  {:column$}  remedy: {remedy}", "", "");
        }
    }
    let name = parts
        .iter()
        .map(|part| part.part.chars().count())
        .max()
        .unwrap_or(0);
    let _ = write!(
        text,
        "\n  {:name$}  {:>12}  {:>12}",
        "part", "packed bytes", "unpacked"
    );
    for part in parts {
        let _ = write!(
            text,
            "\n  {:name$}  {:>12}  {:>12}",
            part.part, part.packed, part.unpacked
        );
    }
    text
}
