//! The `size` suite: what Moue adds to an app, weighed as a stripped shared library and compared with `tests/sizes.txt`.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::process::{output, run};
use crate::suites::{Outcome, cargo};
use crate::tools;
use crate::workspace::Workspace;

/// Where the sizes stand that were looked at and found right.
const REVIEWED: &str = "tests/sizes.txt";

/// Cargo's profile of what ships: stripped.
const PROFILE: &str = "ship";

/// Percent by which a size may differ from the reviewed one: compilers of other versions come close, a new dependency doesn't.
const TOLERANCE: u64 = 10;

/// What the standard library asks the linker for.
const SYSTEM_LIBRARIES: &[&str] = &["c", "dl", "gcc_s", "m", "pthread", "rt", "util"];

/// The bindings as they ship, which the `mobile` suite links and weighs.
pub const FFI: &str = "ffi";

/// The libraries by their names in the file, and cargo's options for each.
const LIBRARIES: &[(&str, &[&str])] = &[("analyzer", &[]), ("engine", &["--no-default-features"])];

/// Builds every library that the reviewed file names, for every target that can be built here, and compares.
pub fn suite(workspace: &Workspace) -> Outcome {
    weigh_all(workspace).into()
}

fn weigh_all(workspace: &Workspace) -> Result<(), String> {
    let path = workspace.root.join(REVIEWED);
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    let host = host_target()?;
    let mut wrong = Vec::new();
    for (target, name, reviewed) in parse(&text)? {
        // Weighed by the suite that links it.
        if name == FFI {
            continue;
        }
        let (_, options) = LIBRARIES
            .iter()
            .find(|(library, _)| *library == name)
            .ok_or_else(|| format!("{REVIEWED} names `{name}`, which no library is called"))?;
        let foreign = (target != host).then_some(target);
        if let Some(Err(missing)) = foreign.map(|target| can_link(workspace, target)) {
            println!("{target} {name}: skipped: {missing}");
            continue;
        }
        let bytes = weigh(workspace, options, foreign)?;
        println!("{target} {name}: {bytes} bytes, reviewed {reviewed}");
        if is_off(bytes, reviewed) {
            wrong.push(off(target, name, bytes, reviewed));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("; "))
    }
}

/// Compares what a library of another suite weighs with the reviewed size: what is wrong with it, if anything.
///
/// # Errors
///
/// A sentence where the file of sizes can't be read or doesn't name the library.
pub fn compare(
    workspace: &Workspace,
    target: &str,
    name: &str,
    bytes: u64,
) -> Result<Result<(), String>, String> {
    let path = workspace.root.join(REVIEWED);
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    let (_, _, reviewed) = parse(&text)?
        .into_iter()
        .find(|(of, library, _)| (*of, *library) == (target, name))
        .ok_or_else(|| format!("{REVIEWED} has no `{target} {name}`; it weighs {bytes} bytes"))?;
    println!("{target} {name}: {bytes} bytes, reviewed {reviewed}");
    Ok(if is_off(bytes, reviewed) {
        Err(off(target, name, bytes, reviewed))
    } else {
        Ok(())
    })
}

fn off(target: &str, name: &str, bytes: u64, reviewed: u64) -> String {
    format!(
        "{name} for {target} has {bytes} bytes, more than {TOLERANCE} % off {reviewed}: if that is right, write it to {REVIEWED}"
    )
}

/// The target that cargo builds for here.
fn host_target() -> Result<String, String> {
    let text = output(Command::new("rustc").arg("-vV")).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| "`rustc -vV` tells no host".to_owned())
}

/// Whether a library for another target can be linked here: with Rust's own linker, which needs ELF.
fn can_link(workspace: &Workspace, target: &str) -> Result<(), String> {
    if !target.contains("linux") {
        return Err("Rust's own linker can't link for it from here".to_owned());
    }
    tools::rustup_target(workspace, target)
}

/// Builds a library as it ships and returns its bytes.
fn weigh(workspace: &Workspace, options: &[&str], foreign: Option<&str>) -> Result<u64, String> {
    let mut build = cargo(workspace);
    build.args([
        "rustc",
        "--locked",
        "--profile",
        PROFILE,
        "--package",
        "moue-size",
    ]);
    build.args(options);
    if let Some(target) = foreign {
        let variable = target.to_uppercase().replace('-', "_");
        build
            .args(["--target", target])
            .env(format!("CARGO_TARGET_{variable}_LINKER"), "rust-lld");
    }
    if foreign.is_some() {
        build
            .args(["--", "-L"])
            .arg(format!("native={}", stand_ins(workspace)?.display()));
    }
    run(&mut build)?;
    let (prefix, suffix) = foreign.map_or((DLL_PREFIX, DLL_SUFFIX), |_| ("lib", ".so"));
    let file = workspace
        .target
        .join(foreign.unwrap_or_default())
        .join(PROFILE)
        .join(format!("{prefix}moue_size{suffix}"));
    fs::metadata(&file)
        .map(|metadata| metadata.len())
        .map_err(|error| format!("{} can't be read: {error}", file.display()))
}

/// A folder of empty linker scripts in the stead of a foreign system's libraries: a shared library may leave their functions open, so it can be
/// weighed without them.
fn stand_ins(workspace: &Workspace) -> Result<PathBuf, String> {
    let folder = workspace.target.join("stand-ins");
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(&folder)?;
        for name in SYSTEM_LIBRARIES {
            fs::write(folder.join(format!("lib{name}.so")), "/* empty */\n")?;
        }
        Ok(())
    };
    write().map_err(|error| format!("{} can't be written: {error}", folder.display()))?;
    Ok(folder)
}

fn is_off(bytes: u64, reviewed: u64) -> bool {
    bytes.abs_diff(reviewed) * 100 > reviewed * TOLERANCE
}

/// The lines `TARGET LIBRARY BYTES`; `#` begins a comment.
fn parse(text: &str) -> Result<Vec<(&str, &str, u64)>, String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                [target, name, bytes] => bytes.parse().map(|bytes| (target, name, bytes)).ok(),
                _ => None,
            }
            .ok_or_else(|| format!("{REVIEWED}: `{line}` is not `TARGET LIBRARY BYTES`"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_more_or_less_is_allowed() {
        assert!(!is_off(1100, 1000));
        assert!(!is_off(900, 1000));
        assert!(is_off(1101, 1000));
        assert!(is_off(899, 1000));
    }

    #[test]
    fn a_broken_line_is_shown() {
        let Err(why) = parse("# sizes\n\nx86_64-unknown-linux-gnu engine\n") else {
            panic!("accepted")
        };
        assert!(why.contains("x86_64-unknown-linux-gnu engine"));
    }
}
