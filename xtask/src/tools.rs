//! The tools that suites need: found, or installed where that is possible, or named as missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{output, run, succeeds};
use crate::suites::cargo;
use crate::workspace::Workspace;

/// The cargo-deny that `deny.toml` was written for.
const CARGO_DENY_VERSION: &str = "0.20.2";

/// Makes sure that `cargo <subcommand>` is there, which comes with rustup's `component`.
///
/// # Errors
///
/// A sentence that says what is missing.
pub fn rustup_component(
    workspace: &Workspace,
    subcommand: &str,
    component: &str,
) -> Result<(), String> {
    let is_there = || succeeds(cargo(workspace).args([subcommand, "--version"]));
    if is_there()
        || (run(Command::new("rustup").args(["component", "add", component])).is_ok() && is_there())
    {
        return Ok(());
    }
    Err(format!(
        "{component} is missing: rustup component add {component}"
    ))
}

/// Makes sure that the standard library for `target` is there, which rustup installs.
///
/// # Errors
///
/// A sentence that says what is missing.
pub fn rustup_target(workspace: &Workspace, target: &str) -> Result<(), String> {
    let is_there = || {
        output(Command::new("rustc").current_dir(&workspace.root).args([
            "--print",
            "target-libdir",
            "--target",
            target,
        ]))
        .is_some_and(|folder| Path::new(&folder).is_dir())
    };
    if is_there()
        || (run(Command::new("rustup")
            .current_dir(&workspace.root)
            .args(["target", "add", target]))
        .is_ok()
            && is_there())
    {
        return Ok(());
    }
    Err(format!(
        "the standard library for {target} is missing: rustup target add {target}"
    ))
}

/// Makes sure that the source of the standard library is there, for targets whose built one can't be had.
///
/// # Errors
///
/// A sentence that says what is missing.
pub fn standard_library_source(workspace: &Workspace) -> Result<(), String> {
    let is_there = || {
        output(
            Command::new("rustc")
                .current_dir(&workspace.root)
                .args(["--print", "sysroot"]),
        )
        .is_some_and(|root| {
            Path::new(&root)
                .join("lib/rustlib/src/rust/library/std")
                .is_dir()
        })
    };
    if is_there()
        || (run(Command::new("rustup").current_dir(&workspace.root).args([
            "component",
            "add",
            "rust-src",
        ]))
        .is_ok()
            && is_there())
    {
        return Ok(());
    }
    Err("rust-src is missing: rustup component add rust-src".to_owned())
}

/// The path of cargo-deny: the one on `PATH` where its version is the right one, else the one in the cache, installed there first if need be.
///
/// # Errors
///
/// A sentence that says what is missing.
pub fn cargo_deny(workspace: &Workspace) -> Result<PathBuf, String> {
    let expected = format!("cargo-deny {CARGO_DENY_VERSION}");
    let fits = |program: &Path| {
        output(Command::new(program).arg("--version")).is_some_and(|version| version == expected)
    };

    let tools = workspace.cache.join("tools");
    let cached = tools
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    for program in [PathBuf::from("cargo-deny"), cached.clone()] {
        if fits(&program) {
            return Ok(program);
        }
    }
    // A target folder of its own: its build must not replace what the workspace has built with other features.
    let install = run(cargo(workspace)
        .args([
            "install",
            "--locked",
            "--quiet",
            "cargo-deny",
            "--version",
            CARGO_DENY_VERSION,
            "--root",
        ])
        .arg(&tools)
        .env("CARGO_TARGET_DIR", tools.join("build")));
    match install {
        Ok(()) if fits(&cached) => Ok(cached),
        _ => Err(format!(
            "cargo-deny is missing: cargo install --locked cargo-deny --version {CARGO_DENY_VERSION}"
        )),
    }
}

/// Makes sure that ffmpeg is there, which encodes and decodes the clips of the tests of live video.
///
/// # Errors
///
/// A sentence that says what is missing.
pub fn ffmpeg() -> Result<(), String> {
    if succeeds(Command::new("ffmpeg").arg("-version")) {
        return Ok(());
    }
    debian_package("ffmpeg")
}

/// Installs a Debian package where that is possible: on Debian or a descendant, as root.
///
/// # Errors
///
/// A sentence that says what to install by hand.
pub fn debian_package(package: &str) -> Result<(), String> {
    let by_hand = || {
        format!("{package} is missing: install Debian's `{package}`, or what your system calls it")
    };
    let is_root = output(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    if !is_root || !succeeds(Command::new("apt-get").arg("--version")) {
        return Err(by_hand());
    }
    let apt_get = |arguments: &[&str]| {
        run(Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(arguments))
    };
    apt_get(&["update", "--quiet"])
        .and_then(|()| {
            apt_get(&[
                "install",
                "--yes",
                "--quiet",
                "--no-install-recommends",
                package,
            ])
        })
        .map_err(|error| format!("{} ({error})", by_hand()))
}
