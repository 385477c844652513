//! The suites of `cargo xtask test`: what each one runs. How their tools get installed is in `tools` and `python`.

use std::env;
use std::process::Command;

use crate::process::run;
use crate::workspace::Workspace;
use crate::{android, apk, arm, bindings, mobile, notice, python, sanitize, size, swift, tools};

/// How a suite ended.
pub enum Outcome {
    /// Everything in it held.
    Passed,
    /// Something in it did not hold, in a sentence.
    Failed(String),
    /// It could not run here, and what is missing.
    Skipped(String),
}

impl From<Result<(), String>> for Outcome {
    fn from(result: Result<(), String>) -> Self {
        result.map_or_else(Self::Failed, |()| Self::Passed)
    }
}

/// One part of the test run.
pub struct Suite {
    /// What `--suite` calls it.
    pub name: &'static str,
    /// What it checks, in a few words.
    pub about: &'static str,
    /// Runs it to its end.
    pub run: fn(&Workspace) -> Outcome,
}

/// Every suite, quick ones first.
pub const SUITES: &[Suite] = &[
    Suite {
        name: "fmt",
        about: "the code is formatted",
        run: fmt,
    },
    Suite {
        name: "deny",
        about: "dependencies: bans, licences, sources",
        run: deny,
    },
    Suite {
        name: "notice",
        about: "the Android library's notice names every crate inside it",
        run: notice::suite,
    },
    Suite {
        name: "clippy",
        about: "no lint speaks up, in any target",
        run: clippy,
    },
    Suite {
        name: "docs",
        about: "the documentation builds without a warning",
        run: docs,
    },
    Suite {
        name: "rust",
        about: "the tests of every crate",
        run: rust,
    },
    Suite {
        name: "soak",
        about: "an hour of live video as fast as it goes: memory stays flat",
        run: soak,
    },
    Suite {
        name: "targets",
        about: "the engine and the core compile for CPUs without kernels of their own",
        run: targets,
    },
    Suite {
        name: "arm",
        about: "the engine and the golden vectors on emulated ARM64 CPUs",
        run: arm::suite,
    },
    Suite {
        name: "sanitize",
        about: "the engine's kernels with every access to memory checked",
        run: sanitize::suite,
    },
    Suite {
        name: "bindings",
        about: "the committed Kotlin and Swift are what the library asks for",
        run: bindings::suite,
    },
    Suite {
        name: "mobile",
        about: "the native code of phones: compiles, links, knows no network",
        run: mobile::suite,
    },
    Suite {
        name: "python",
        about: "the built command and the networks against other runtimes",
        run: python::suite,
    },
    Suite {
        name: "android",
        about: "the Kotlin code against Android's API 35, its tests on this machine, its linters",
        run: android::suite,
    },
    Suite {
        name: "swift",
        about: "the Swift package on Linux, against this machine's native library",
        run: swift::suite,
    },
    Suite {
        name: "apk",
        about: "the sample app as a package: shrunk, aligned, signed, and with which permissions",
        run: apk::suite,
    },
    Suite {
        name: "size",
        about: "what Moue adds to an app, against the reviewed sizes",
        run: size::suite,
    },
];

/// What is tested whether or not a member of the workspace asks for it: traces, and the JNI path of Android.
const FEATURES: &str = "moue/trace,moue-ffi/host-jni";

/// A cargo command in the workspace: the same cargo that runs this task.
pub fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(&workspace.root);
    command
}

fn fmt(workspace: &Workspace) -> Outcome {
    if let Err(missing) = tools::rustup_component(workspace, "fmt", "rustfmt") {
        return Outcome::Skipped(missing);
    }
    run(cargo(workspace).args(["fmt", "--all", "--check"])).into()
}

fn clippy(workspace: &Workspace) -> Outcome {
    if let Err(missing) = tools::rustup_component(workspace, "clippy", "clippy") {
        return Outcome::Skipped(missing);
    }
    run(cargo(workspace).args([
        "clippy",
        "--locked",
        "--workspace",
        "--features",
        FEATURES,
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
    .into()
}

fn docs(workspace: &Workspace) -> Outcome {
    run(cargo(workspace)
        .args([
            "doc",
            "--locked",
            "--workspace",
            "--features",
            FEATURES,
            "--no-deps",
        ])
        .env("RUSTDOCFLAGS", "-D warnings"))
    .into()
}

fn rust(workspace: &Workspace) -> Outcome {
    if let Err(missing) = tools::ffmpeg() {
        // The tests that need it name themselves as skipped; the others run.
        println!("{missing}");
    }
    run(cargo(workspace).args([
        "test",
        "--locked",
        "--workspace",
        "--features",
        FEATURES,
        "--no-fail-fast",
    ]))
    .into()
}

fn soak(workspace: &Workspace) -> Outcome {
    // Optimised, and with the features of the command, so that the library is built once for both.
    run(cargo(workspace).args([
        "test",
        "--locked",
        "--release",
        "--package",
        "moue",
        "--package",
        "moue-cli",
        "--test",
        "live_soak",
        "--",
        "--ignored",
        "--nocapture",
    ]))
    .into()
}

/// Targets on which the scalar kernels run: 32-bit ARM and WebAssembly.
const SCALAR_TARGETS: &[&str] = &["armv7-unknown-linux-gnueabihf", "wasm32-unknown-unknown"];

fn targets(workspace: &Workspace) -> Outcome {
    let (mut failures, mut missing) = (Vec::new(), Vec::new());
    for target in SCALAR_TARGETS {
        match tools::rustup_target(workspace, target) {
            Err(why) => missing.push(why),
            Ok(()) => failures.extend(
                run(cargo(workspace).args([
                    "check",
                    "--locked",
                    "--package",
                    "moue-nn",
                    "--package",
                    "moue",
                    "--target",
                    target,
                ]))
                .err(),
            ),
        }
    }
    match (failures.is_empty(), missing.is_empty()) {
        (false, _) => Outcome::Failed(failures.join("; ")),
        (true, false) => Outcome::Skipped(missing.join("; ")),
        (true, true) => Outcome::Passed,
    }
}

fn deny(workspace: &Workspace) -> Outcome {
    match tools::cargo_deny(workspace) {
        // Its fourth check, advisories, clones a database from a public host, which a build machine may not reach.
        Ok(program) => run(Command::new(program)
            .current_dir(&workspace.root)
            .args(["--locked", "check", "bans", "licenses", "sources"]))
        .into(),
        Err(missing) => Outcome::Skipped(missing),
    }
}
