//! `cargo xtask ios`: the XCFramework that a Swift package links, with slices for devices, simulators and Macs. Needs a Mac with Xcode.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{run, succeeds};
use crate::suites::cargo;
use crate::tools;
use crate::workspace::Workspace;

/// The oldest iOS that apps may have.
pub const DEPLOYMENT_TARGET: &str = "15.0";

/// The oldest macOS, as `Package.swift` says it too.
const MAC_DEPLOYMENT_TARGET: &str = "12.0";

/// Where the XCFramework goes; `Package.swift` looks there.
const FRAMEWORK: &str = "target/ios/Moue.xcframework";

/// Header and module map, in a folder of their own name: two libraries with a `module.modulemap` each would collide in an app otherwise.
const HEADERS: &str = "ios/MoueFFI/Headers";

/// What Moue says of the data that it takes: none.
const PRIVACY_MANIFEST: &str = "ios/Moue/Resources/PrivacyInfo.xcprivacy";

/// Each slice with its targets; a slice of two is one library of both.
const SLICES: &[(&str, &[&str])] = &[
    ("device", &["aarch64-apple-ios"]),
    ("simulator", &["aarch64-apple-ios-sim", "x86_64-apple-ios"]),
    ("mac", &["aarch64-apple-darwin", "x86_64-apple-darwin"]),
];

/// Builds the slices and the framework around them.
///
/// # Errors
///
/// A sentence that names what is missing, or what failed.
pub fn build(workspace: &Workspace) -> Result<(), String> {
    if !cfg!(target_os = "macos") {
        return Err(
            "an XCFramework can only be made on a Mac: it needs Xcode's lipo and xcodebuild. Here, `cargo xtask test --suite mobile` checks the code for iOS"
                .to_owned(),
        );
    }
    if !succeeds(Command::new("xcodebuild").arg("-version")) {
        return Err("Xcode is missing: install it, then `sudo xcode-select --switch /Applications/Xcode.app`".to_owned());
    }
    let framework = workspace.root.join(FRAMEWORK);
    let mut create = Command::new("xcodebuild");
    create.arg("-create-xcframework");
    for (slice, targets) in SLICES {
        create
            .arg("-library")
            .arg(library(workspace, slice, targets)?)
            .arg("-headers")
            .arg(workspace.root.join(HEADERS));
    }
    if framework.exists() {
        fs::remove_dir_all(&framework)
            .map_err(|error| format!("{} can't be removed: {error}", framework.display()))?;
    }
    run(create.arg("-output").arg(&framework))?;
    // A static library's manifest is read from the package's resources; here it tells those who look at the framework alone.
    let manifest = framework.join("PrivacyInfo.xcprivacy");
    fs::copy(workspace.root.join(PRIVACY_MANIFEST), &manifest)
        .map_err(|error| format!("{} can't be written: {error}", manifest.display()))?;
    println!("wrote {FRAMEWORK}");
    Ok(())
}

/// One static library for all targets of a slice.
fn library(workspace: &Workspace, slice: &str, targets: &[&str]) -> Result<PathBuf, String> {
    let mut libraries = Vec::new();
    for target in targets {
        tools::rustup_target(workspace, target)?;
        libraries.push(static_library(workspace, target)?);
    }
    let joined = workspace
        .target
        .join("ios")
        .join(slice)
        .join("libmoue_ffi.a");
    let folder = joined.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .map_err(|error| format!("{} can't be made: {error}", folder.display()))?;
    run(Command::new("lipo")
        .arg("-create")
        .args(&libraries)
        .arg("-output")
        .arg(&joined))?;
    Ok(joined)
}

/// Builds the static library of one target as it ships. Nothing is linked, so that this works on any machine.
///
/// # Errors
///
/// A sentence with the command that failed.
pub fn static_library(workspace: &Workspace, target: &str) -> Result<PathBuf, String> {
    let mut build = cargo(workspace);
    build
        .args([
            "rustc",
            "--locked",
            "--profile",
            "ship",
            "--package",
            "moue-ffi",
            "--lib",
        ])
        .args(["--crate-type", "staticlib", "--target", target])
        .env("IPHONEOS_DEPLOYMENT_TARGET", DEPLOYMENT_TARGET)
        .env("MACOSX_DEPLOYMENT_TARGET", MAC_DEPLOYMENT_TARGET);
    if !cfg!(target_os = "macos") {
        // Rust asks Xcode for the SDK where nothing else says where it is.
        build.env("SDKROOT", no_sdk(workspace)?);
    }
    run(&mut build)?;
    Ok(workspace.target.join(target).join("ship/libmoue_ffi.a"))
}

/// An empty folder in the stead of an SDK.
///
/// # Errors
///
/// Where it can't be made.
pub fn no_sdk(workspace: &Workspace) -> Result<PathBuf, String> {
    let folder = workspace.target.join("no-sdk");
    fs::create_dir_all(&folder)
        .map_err(|error| format!("{} can't be made: {error}", folder.display()))?;
    Ok(folder)
}
