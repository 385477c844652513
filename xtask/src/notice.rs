//! `cargo xtask notice`: the crates inside `libmoue_ffi.so`, named with their licences in the Android library's notice and in a bill of
//! materials beside it; and the suite that fails where either doesn't name them all.
//!
//! What is named is what the library asks for: a crate of which nothing is linked in the end stands there too. What lies beside the native
//! library (JNA, Kotlin) is written by hand in the notice, and Gradle's CycloneDX plugin makes a bill of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use crate::android_native::ABIS;
use crate::process::output;
use crate::suites::{Outcome, cargo};
use crate::workspace::Workspace;

/// The notice, as it lies in the AAR.
const NOTICE: &str = "android/moue/src/main/resources/META-INF/moue/NOTICE";

/// The bill of materials beside it, in CycloneDX 1.5.
const BILL: &str = "android/moue/src/main/resources/META-INF/moue/native.cdx.json";

/// The line of the notice after which the crates stand, up to the next empty line.
const HEADING: &str = "In libmoue_ffi.so, beside Rust's standard library, under MIT or Apache-2.0 unless said otherwise:";

/// What UniFFI's licence asks to be told.
const MPL: &str = "MPL-2.0";

/// A crate of somebody else's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    /// An SPDX expression.
    license: String,
}

/// Writes both files.
///
/// # Errors
///
/// A sentence that says what failed.
pub fn write(workspace: &Workspace) -> Result<(), String> {
    for (place, text) in made(workspace)? {
        fs::write(workspace.root.join(place), text)
            .map_err(|error| format!("{place} can't be written: {error}"))?;
        println!("wrote {place}");
    }
    Ok(())
}

/// The suite: what is committed names the crates that are asked for today.
pub fn suite(workspace: &Workspace) -> Outcome {
    compare(workspace).into()
}

fn compare(workspace: &Workspace) -> Result<(), String> {
    let mut stale = Vec::new();
    for (place, text) in made(workspace)? {
        if read(workspace, place).ok() != Some(text) {
            stale.push(place);
        }
    }
    if stale.is_empty() {
        println!("the notice and the bill of materials name every crate in libmoue_ffi.so");
        return Ok(());
    }
    Err(format!(
        "{} doesn't name the crates that libmoue_ffi.so is made of now: run `cargo xtask notice`, and read what it changes",
        stale.join(" and ")
    ))
}

/// Both files as they should be.
fn made(workspace: &Workspace) -> Result<[(&'static str, String); 2], String> {
    let crates = crates(workspace)?;
    let notice = with_crates(&read(workspace, NOTICE)?, &crates)?;
    Ok([(NOTICE, notice), (BILL, bill(&crates))])
}

fn read(workspace: &Workspace, place: &str) -> Result<String, String> {
    fs::read_to_string(workspace.root.join(place))
        .map_err(|error| format!("{place} can't be read: {error}"))
}

/// What the library asks for on any ABI, without what only runs while it is compiled.
fn crates(workspace: &Workspace) -> Result<BTreeSet<Crate>, String> {
    let mut crates = BTreeSet::new();
    for abi in ABIS {
        let tree = output(
            cargo(workspace)
                .args(["tree", "--locked", "--package", "moue-ffi"])
                .args(["--edges", "normal,no-proc-macro", "--target", abi.target])
                .args(["--prefix", "none", "--format", "{p}|{l}"]),
        )
        .ok_or("cargo tree failed")?;
        crates.extend(parse(&tree)?);
    }
    Ok(crates)
}

/// The crates of others in lines as `name v1.2.3|MIT OR Apache-2.0`; ours have a path behind the version.
fn parse(tree: &str) -> Result<BTreeSet<Crate>, String> {
    let mut crates = BTreeSet::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let odd = || format!("cargo tree says what isn't understood: {line}");
        let (package, license) = line.split_once('|').ok_or_else(odd)?;
        let (name, version) = package.split_once(" v").ok_or_else(odd)?;
        if version.contains(" (/") {
            continue;
        }
        // `(*)`: its own crates stand elsewhere.
        let license = license.trim_end_matches("(*)").trim().replace('/', " OR ");
        if license.is_empty() {
            return Err(format!("{name} names no licence"));
        }
        crates.insert(Crate {
            name: name.to_owned(),
            version: version.to_owned(),
            license,
        });
    }
    Ok(crates)
}

/// The notice with `crates` in the place of those that it names.
fn with_crates(notice: &str, crates: &BTreeSet<Crate>) -> Result<String, String> {
    let (before, rest) = notice
        .split_once(HEADING)
        .ok_or_else(|| format!("{NOTICE} has no line \"{HEADING}\""))?;
    let (_, after) = rest
        .split_once("\n\n")
        .ok_or_else(|| format!("{NOTICE} has no empty line after its crates"))?;
    let mut list = String::new();
    for Crate { name, license, .. } in crates {
        let alternatives: Vec<&str> = license.split(" OR ").collect();
        let words = if ["MIT", "Apache-2.0"]
            .iter()
            .all(|one| alternatives.contains(one))
        {
            String::new()
        } else if license == MPL {
            format!(" ({MPL}; unchanged, source: crates.io)")
        } else {
            format!(" ({})", alternatives.join(" or "))
        };
        write!(list, "\n    {name}{words}").expect("a string takes any line");
    }
    Ok(format!("{before}{HEADING}{list}\n\n{after}"))
}

/// A bill of materials in CycloneDX 1.5, of the names alone: no time and no random number, so that the same crates make the same file.
fn bill(crates: &BTreeSet<Crate>) -> String {
    let components: Vec<String> = crates
        .iter()
        .map(
            |Crate {
                 name,
                 version,
                 license,
             }| {
                let reference = format!("pkg:cargo/{name}@{version}");
                format!(
                    r#"    {{ "type": "library", "bom-ref": "{reference}", "name": "{name}", "version": "{version}", "licenses": [{{ "expression": "{license}" }}], "purl": "{reference}" }}"#
                )
            },
        )
        .collect();
    format!(
        r#"{{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {{ "component": {{ "type": "library", "bom-ref": "libmoue_ffi.so", "name": "libmoue_ffi.so", "version": "{version}" }} }},
  "components": [
{components}
  ]
}}
"#,
        version = env!("CARGO_PKG_VERSION"),
        components = components.join(",\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "moue v0.1.0 (/somewhere/core)|MIT OR Apache-2.0\nbytes v1.12.2|MIT\nlog v0.4.35|MIT OR Apache-2.0\n\
        log v0.4.35|MIT OR Apache-2.0 (*)\nold v1.0.0|Apache-2.0/MIT\nuniffi v0.32.2|MPL-2.0\n";

    #[test]
    fn each_crate_of_others_is_named_once_and_its_licence_where_it_isnt_the_usual_choice() {
        let crates = parse(TREE).unwrap();
        let notice = with_crates(
            &format!("Ours.\n\n{HEADING}\n    gone\n\nBeside it.\n"),
            &crates,
        );
        assert_eq!(
            notice.unwrap(),
            format!(
                "Ours.\n\n{HEADING}\n    bytes (MIT)\n    log\n    old\n    uniffi (MPL-2.0; unchanged, source: crates.io)\n\nBeside it.\n"
            )
        );
        let bill = bill(&crates);
        assert!(bill.contains(r#""purl": "pkg:cargo/old@1.0.0""#), "{bill}");
        assert!(
            bill.contains(r#""expression": "Apache-2.0 OR MIT""#),
            "{bill}"
        );
        assert!(!bill.contains("somewhere"), "{bill}");
    }

    #[test]
    fn a_crate_without_a_licence_is_refused() {
        assert!(parse("nobody v1.0.0|\n").unwrap_err().contains("nobody"));
    }
}
