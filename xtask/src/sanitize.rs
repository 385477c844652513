//! The `sanitize` suite: the engine's kernels with every access to memory checked, by the compiler (AddressSanitizer, nightly only) and by an
//! emulator (Valgrind, which knows AVX2 but not AVX-512: what it lacks is named as skipped in its output).

use std::process::Command;

use crate::process::{output, run, succeeds};
use crate::suites::{Outcome, cargo};
use crate::tools;
use crate::workspace::Workspace;

/// The tests that call every kernel, on an eighth of their cases.
const TESTS: &[&str] = &["test", "--locked", "--package=moue-nn", "--test=kernels"];

/// Runs the checks whose tools are there; skipped where one is missing and none failed.
pub fn suite(workspace: &Workspace) -> Outcome {
    let Some(host) = host() else {
        return Outcome::Skipped("rustc doesn't say what machine this is".to_owned());
    };
    let (mut failures, mut missing) = (Vec::new(), Vec::new());
    for check in [address_sanitizer, valgrind] {
        match check(workspace, &host) {
            Outcome::Passed => {}
            Outcome::Failed(why) => failures.push(why),
            Outcome::Skipped(why) => missing.push(why),
        }
    }
    match (failures.is_empty(), missing.is_empty()) {
        (false, _) => Outcome::Failed(failures.join("; ")),
        (true, false) => Outcome::Skipped(missing.join("; ")),
        (true, true) => Outcome::Passed,
    }
}

/// The target that cargo builds for here.
fn host() -> Option<String> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))?;
    Some(host.to_owned())
}

fn address_sanitizer(workspace: &Workspace, host: &str) -> Outcome {
    if !succeeds(Command::new("rustup").args(["run", "nightly", "rustc", "--version"])) {
        return Outcome::Skipped(
            "a nightly Rust is missing: rustup toolchain install nightly --profile minimal"
                .to_owned(),
        );
    }
    run(Command::new("rustup")
        .current_dir(&workspace.root)
        .args(["run", "nightly", "cargo"])
        .args(TESTS)
        // With a target named, build scripts do without the sanitizer.
        .args(["--target", host])
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env("MOUE_EMULATED", "1"))
    .into()
}

fn valgrind(workspace: &Workspace, host: &str) -> Outcome {
    let is_there = || succeeds(Command::new("valgrind").arg("--version"));
    if !is_there()
        && let Err(missing) = tools::debian_package("valgrind")
    {
        return Outcome::Skipped(missing);
    }
    let runner = format!(
        "CARGO_TARGET_{}_RUNNER",
        host.to_uppercase().replace(['-', '.'], "_")
    );
    run(cargo(workspace)
        .args(TESTS)
        .env(runner, "valgrind --quiet --error-exitcode=1")
        .env("MOUE_EMULATED", "1"))
    .into()
}
