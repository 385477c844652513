//! The `swift` suite: the Swift package on Linux, against this machine's native library. `ios/README.md` says what
//! that proves, and what only a Mac would.

mod snippets;
mod stubs;
mod toolchain;

use crate::process::run;
use crate::suites::{Outcome, cargo};
use crate::workspace::Workspace;
use toolchain::Toolchain;

/// What is checked for its format: all but what is generated, and the stand-ins, whose names are Apple's.
const SOURCES: &[&str] = &["Package.swift", "ios/Moue", "ios/Sample", "ios/Tests"];

/// One of the suite's checks.
type Check = fn(&Workspace, &Toolchain) -> Result<(), String>;

/// Builds the native library, then checks all of the Swift.
pub fn suite(workspace: &Workspace) -> Outcome {
    let library = workspace.target.join("debug");
    let toolchain = match Toolchain::find(workspace, &library) {
        Ok(toolchain) => toolchain,
        Err(missing) => return Outcome::Skipped(missing),
    };
    // By itself, so that features of other packages don't get in; with a way to provoke a panic, of which tests see what becomes.
    let build = [
        "build",
        "--locked",
        "--package",
        "moue-ffi",
        "--features",
        "provoke-panic",
    ];
    if let Err(why) = run(cargo(workspace).args(build)) {
        return Outcome::Failed(why);
    }
    let checks: &[Check] = &[
        format,
        stubs::check,
        stubs::documentation,
        snippets::check,
        stubs::run,
        tests,
        thread_sanitizer,
    ];
    let failures: Vec<String> = checks
        .iter()
        .filter_map(|check| check(workspace, &toolchain).err())
        .collect();
    if failures.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed(failures.join("; "))
    }
}

fn format(_: &Workspace, toolchain: &Toolchain) -> Result<(), String> {
    let lint = [
        "swift",
        "format",
        "lint",
        "--strict",
        "--recursive",
        "--parallel",
    ];
    toolchain.run(lint.into_iter().chain(SOURCES.iter().copied()))
}

/// The wrapper's tests, with complete concurrency checking: its targets are in Swift 6 mode.
fn tests(_: &Workspace, toolchain: &Toolchain) -> Result<(), String> {
    toolchain.run([
        "swift",
        "test",
        "--jobs",
        "1",
        "--scratch-path",
        "/build/plain",
    ])
}

/// The same with every access to memory watched for races. The native library isn't compiled so: what it does inside isn't seen.
fn thread_sanitizer(_: &Workspace, toolchain: &Toolchain) -> Result<(), String> {
    toolchain.run([
        "env",
        "MOUE_SANITIZED=1",
        "swift",
        "test",
        "--jobs",
        "1",
        "--sanitize",
        "thread",
        "--scratch-path",
        "/build/thread",
    ])
}
