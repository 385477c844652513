//! `cargo xtask bindings`: the Kotlin and Swift that speak to `moue-ffi`, generated and committed; and the suite that generates them again
//! and compares.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::run;
use crate::suites::{Outcome, cargo};
use crate::workspace::Workspace;

/// What is generated: the file as the generator names it, and where it stands in the checkout. The header and the module map have a folder of
/// their own, named after their module, so that they lie beside those of other libraries in an app.
const FILES: &[(&str, &str)] = &[
    (
        "kotlin/dev/moue/ffi/moue_ffi.kt",
        "android/ffi/src/main/kotlin/dev/moue/ffi/moue_ffi.kt",
    ),
    ("swift/MoueFFI.swift", "ios/MoueFFI/MoueFFI.swift"),
    (
        "swift/moue_ffiFFI.h",
        "ios/MoueFFI/Headers/moue_ffiFFI/moue_ffiFFI.h",
    ),
    (
        "swift/moue_ffiFFI.modulemap",
        "ios/MoueFFI/Headers/moue_ffiFFI/module.modulemap",
    ),
];

/// Generates the files and writes them into the checkout.
///
/// # Errors
///
/// A sentence that says what failed.
pub fn write(workspace: &Workspace) -> Result<(), String> {
    let made = generate(workspace)?;
    for (name, place) in FILES {
        let text = read(&made.join(name))?;
        let path = workspace.root.join(place);
        let parent = path.parent().ok_or("a generated file has no folder")?;
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{} can't be written: {error}", path.display()))?;
        println!("wrote {place}");
    }
    Ok(())
}

/// The suite: what is committed is what the generator writes.
pub fn suite(workspace: &Workspace) -> Outcome {
    compare(workspace).into()
}

fn compare(workspace: &Workspace) -> Result<(), String> {
    let made = generate(workspace)?;
    let mut stale = Vec::new();
    for (name, place) in FILES {
        if read(&workspace.root.join(place)).ok() != Some(read(&made.join(name))?) {
            stale.push(*place);
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "not what moue-ffi asks for: {}; run `cargo xtask bindings` and commit",
            stale.join(", ")
        ))
    }
}

/// Builds the library for this machine, and generates into the target folder.
fn generate(workspace: &Workspace) -> Result<PathBuf, String> {
    run(cargo(workspace).args([
        "build",
        "--locked",
        "--package",
        "moue-ffi",
        "--package",
        "moue-bindgen",
    ]))?;
    let made = workspace.target.join("bindings");
    if made.exists() {
        fs::remove_dir_all(&made)
            .map_err(|error| format!("{} can't be removed: {error}", made.display()))?;
    }
    let built = workspace.target.join("debug");
    // Not with `cargo run`, which would build the generator once more for itself alone.
    let generator = format!("moue-bindgen{}", std::env::consts::EXE_SUFFIX);
    run(Command::new(built.join(generator))
        .current_dir(&workspace.root)
        .arg(built.join(host_library()))
        .arg(made.join("kotlin"))
        .arg(made.join("swift")))?;
    Ok(made)
}

/// The file name of the library as this machine's linker calls it.
pub fn host_library() -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}moue_ffi{DLL_SUFFIX}")
}

/// A generated file without what its generator leaves at the ends of lines.
fn read(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_end().to_owned() + "\n")
}
