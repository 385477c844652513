//! The `arm` suite: tests on ARM64 CPUs that QEMU emulates, one for each of our kernel sets: the engine's, and the golden vectors. The target
//! links against musl with the linker that comes with Rust, so that neither a cross compiler nor a foreign system library is needed.

use std::process::Command;

use crate::process::{run, succeeds};
use crate::suites::{Outcome, cargo};
use crate::tools;
use crate::workspace::Workspace;

const TARGET: &str = "aarch64-unknown-linux-musl";

/// Without dot products, with them, and with everything that the emulator knows, matrix products included.
const CPUS: &[&str] = &["cortex-a53", "cortex-a76", "max"];

/// What runs on each: the arguments of `cargo test`, run by run.
const TESTS: &[&[&str]] = &[
    &[
        "--package=moue-nn",
        "--lib",
        "--test=kernels",
        "--test=golden",
        "--test=guard_pages",
        "--test=allocation",
    ],
    &["--package=moue-ffi", "--lib", "golden"],
];

/// Compiles once and runs on every CPU.
pub fn suite(workspace: &Workspace) -> Outcome {
    let tools = tools::rustup_target(workspace, TARGET).and_then(|()| emulator());
    if let Err(missing) = tools {
        return Outcome::Skipped(missing);
    }
    let mut failures = Vec::new();
    for (cpu, tests) in CPUS
        .iter()
        .flat_map(|cpu| TESTS.iter().map(move |tests| (cpu, tests)))
    {
        println!("-- {cpu}");
        let tested = run(cargo(workspace)
            .args(["test", "--locked", "--no-fail-fast", "--target", TARGET])
            .args(*tests)
            .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld")
            .env(
                "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER",
                "qemu-aarch64",
            )
            // Emulated, the tests' own code costs more than it takes to optimise it.
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "2")
            .env("MOUE_EMULATED", "1")
            .env("QEMU_CPU", cpu));
        failures.extend(tested.err().map(|why| format!("on {cpu}: {why}")));
    }
    if failures.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed(failures.join("; "))
    }
}

fn emulator() -> Result<(), String> {
    let is_there = || succeeds(Command::new("qemu-aarch64").arg("--version"));
    if is_there() {
        return Ok(());
    }
    tools::debian_package("qemu-user")
}
