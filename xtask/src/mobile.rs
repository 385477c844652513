//! The `mobile` suite: the native code of phones, as far as a desk can prove it. It compiles for Android and iOS, links for Android with nothing
//! but what every phone has, and neither its libraries nor its crates know a network; a live session opens no socket and writes no file.
//!
//! How libraries are built is `android_native`'s and `ios`' work, reading them `binary`'s.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::android_native::{self, ABIS, Abi};
use crate::binary::{self, Elf};
use crate::process::{output, run, succeeds};
use crate::suites::{Outcome, cargo};
use crate::workspace::Workspace;
use crate::{ios, size, tools};

/// Targets of iOS for which the code is compiled without being linked.
const IOS_TARGETS: &[&str] = &["aarch64-apple-ios", "aarch64-apple-ios-sim"];

/// What the static library for iOS may leave open: functions of every iPhone's `libSystem`.
const IOS_SYMBOLS: &str = "tests/ios-symbols.txt";

/// Bytes of the largest memory pages that phones have.
const PAGE: u64 = 16_384;

/// Crates that speak to a network, or that are only there for some that do. `deny.toml` bans them for the whole workspace.
const NETWORK_CRATES: &[&str] = &[
    "async-std",
    "curl",
    "h2",
    "hyper",
    "isahc",
    "mio",
    "native-tls",
    "openssl",
    "quinn",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "tungstenite",
    "ureq",
];

/// Functions through which a program reaches a network. `shutdown` and the like need a socket first.
const NETWORK_FUNCTIONS: &[&str] = &[
    "accept",
    "accept4",
    "android_getaddrinfofornet",
    "bind",
    "connect",
    "getaddrinfo",
    "gethostbyname",
    "listen",
    "recv",
    "recvfrom",
    "recvmsg",
    "res_query",
    "send",
    "sendmsg",
    "sendto",
    "socket",
    "socketpair",
];

/// One check: what it proves, and how. `Skipped` names what is missing.
type Check = (&'static str, fn(&Workspace) -> Outcome);

const CHECKS: &[Check] = &[
    ("no crate of a network", crates),
    ("compiles for phones", compiles),
    ("the host's library knows no network", host_library),
    (
        "a live session opens no socket and writes no file",
        live_session,
    ),
    ("links for Android", links),
    ("leaves open for iOS what every iPhone has", ios_symbols),
];

/// Runs every check; one that can't run here is named, and the others run all the same.
pub fn suite(workspace: &Workspace) -> Outcome {
    let (mut failures, mut missing) = (Vec::new(), Vec::new());
    for (name, check) in CHECKS {
        println!("-- {name}");
        match check(workspace) {
            Outcome::Passed => {}
            Outcome::Failed(why) => failures.push(format!("{name}: {why}")),
            Outcome::Skipped(why) => missing.push(format!("{name}: {why}")),
        }
    }
    match (failures.is_empty(), missing.is_empty()) {
        (false, _) => Outcome::Failed(failures.join("; ")),
        (true, false) => Outcome::Skipped(missing.join("; ")),
        (true, true) => Outcome::Passed,
    }
}

fn crates(workspace: &Workspace) -> Outcome {
    let mut found = Vec::new();
    for target in ABIS
        .iter()
        .map(|abi| abi.target)
        .chain(IOS_TARGETS.iter().copied())
    {
        let Some(tree) = output(cargo(workspace).args([
            "tree",
            "--locked",
            "--package",
            "moue-ffi",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--target",
            target,
        ])) else {
            return Outcome::Failed(format!("cargo tree for {target}"));
        };
        let names = tree.lines().filter_map(|line| line.split(' ').next());
        found.extend(
            names
                .filter(|name| NETWORK_CRATES.contains(name))
                .map(|name| format!("{name} for {target}")),
        );
    }
    nothing(found)
}

fn compiles(workspace: &Workspace) -> Outcome {
    let (mut failures, mut missing) = (Vec::new(), Vec::new());
    for target in ABIS
        .iter()
        .map(|abi| abi.target)
        .chain(IOS_TARGETS.iter().copied())
    {
        let mut check = cargo(workspace);
        check.args([
            "check",
            "--locked",
            "--package",
            "moue-ffi",
            "--target",
            target,
        ]);
        if let Err(why) = tools::rustup_target(workspace, target) {
            // Then the standard library is compiled too, which a stable compiler only does when told so.
            if tools::standard_library_source(workspace).is_err() {
                missing.push(why);
                continue;
            }
            check
                .arg("-Zbuild-std=std,panic_unwind")
                .env("RUSTC_BOOTSTRAP", "1");
        }
        match ios::no_sdk(workspace) {
            Ok(folder) => check.env("SDKROOT", folder),
            Err(why) => return Outcome::Failed(why),
        };
        failures.extend(run(&mut check).err());
    }
    match (failures.is_empty(), missing.is_empty()) {
        (false, _) => Outcome::Failed(failures.join("; ")),
        (true, false) => Outcome::Skipped(missing.join("; ")),
        (true, true) => Outcome::Passed,
    }
}

fn host_library(workspace: &Workspace) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Outcome::Skipped("reads ELF files only".to_owned());
    }
    let built = run(cargo(workspace).args(["build", "--locked", "--package", "moue-ffi"]));
    let library = workspace.target.join("debug/libmoue_ffi.so");
    match built.and_then(|()| Elf::read(&library)) {
        Ok(library) => nothing(network_functions(&library.undefined)),
        Err(why) => Outcome::Failed(why),
    }
}

/// Runs the tests of live sessions under strace, which prints every call that could reach a network or change a file.
fn live_session(workspace: &Workspace) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Outcome::Skipped("strace is for Linux".to_owned());
    }
    if !succeeds(Command::new("strace").arg("--version"))
        && let Err(missing) = tools::debian_package("strace")
    {
        return Outcome::Skipped(missing);
    }
    if !succeeds(Command::new("strace").args(["-o", "/dev/null", "true"])) {
        return Outcome::Skipped("strace isn't allowed to trace here".to_owned());
    }
    let log = workspace.target.join("live-session.strace");
    let runner = format!(
        "strace -f -e trace=%network,%file,%desc -o {}",
        log.display()
    );
    let variable = format!(
        "CARGO_TARGET_{}_UNKNOWN_LINUX_GNU_RUNNER",
        std::env::consts::ARCH.to_uppercase()
    );
    let traced = run(cargo(workspace)
        .args(["test", "--locked", "--package", "moue-ffi", "--lib", "--"])
        .args([
            "--exact",
            "tests::a_session_hands_out_what_it_sees_with_the_frames_size_and_time",
        ])
        .env(variable, runner));
    let log = traced.and_then(|()| {
        fs::read_to_string(&log)
            .map_err(|error| format!("{} can't be read: {error}", log.display()))
    });
    match log {
        Err(why) => Outcome::Failed(why),
        // It reads the photo: a trace without that isn't one.
        Ok(log) if !log.contains("astronaut.jpg") => {
            Outcome::Failed("strace has seen nothing of the session".to_owned())
        }
        Ok(log) => nothing(
            log.lines()
                .filter_map(binary::leaves_a_trace)
                .map(str::to_owned)
                .collect(),
        ),
    }
}

/// Links the library for the processor that most phones have, and looks at it.
fn links(workspace: &Workspace) -> Outcome {
    let abi = &ABIS[0];
    if let Err(missing) = android_native::can_link(workspace, abi) {
        return Outcome::Skipped(missing);
    }
    let looked_at =
        android_native::link(workspace, abi).and_then(|path| faults(workspace, abi, &path));
    match looked_at {
        Ok(faults) => nothing(faults),
        Err(why) => Outcome::Failed(why),
    }
}

/// What is wrong with a library for Android that [`android_native::link`] has made, in sentences. That it needs nothing above the API level is proved by its linking at all.
///
/// # Errors
///
/// Where the library or the reviewed sizes can't be read.
pub fn faults(workspace: &Workspace, abi: &Abi, path: &Path) -> Result<Vec<String>, String> {
    let library = Elf::read(path)?;
    let mut faults = network_functions(&library.undefined);
    let allowed = |name: &String| {
        android_native::SYSTEM_LIBRARIES
            .iter()
            .any(|library| *name == format!("{library}.so"))
    };
    let foreign = library.needed.iter().filter(|name| !allowed(name));
    faults.extend(foreign.map(|name| format!("it needs {name}")));
    let narrow = library.alignments.iter().filter(|&&bytes| bytes < PAGE);
    faults.extend(narrow.map(|bytes| format!("a segment is aligned to {bytes} bytes, not {PAGE}")));
    if library.needed.is_empty() || library.alignments.is_empty() {
        faults.push("it has no segments or needs no library: it wasn't read right".to_owned());
    }
    for symbol in ["JNI_OnLoad", "Java_dev_moue_ffi_NativeSubmit_submit0"] {
        if !library.defined.iter().any(|name| name == symbol) {
            faults.push(format!("{symbol} is missing"));
        }
    }
    faults.extend(
        library
            .defined
            .iter()
            .filter(|name| name.contains("panic_in_next_call"))
            .map(|name| format!("{name} is for tests only")),
    );
    let bytes =
        fs::metadata(path).map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    faults.extend(size::compare(workspace, abi.target, size::FFI, bytes.len())?.err());
    Ok(faults)
}

fn ios_symbols(workspace: &Workspace) -> Outcome {
    let target = IOS_TARGETS[0];
    let nm = "llvm-nm-19";
    let tools = tools::rustup_target(workspace, target).and_then(|()| {
        if succeeds(Command::new(nm).arg("--version")) {
            Ok(())
        } else {
            tools::debian_package("llvm-19")
        }
    });
    if let Err(missing) = tools {
        return Outcome::Skipped(missing);
    }
    let looked_at = ios::static_library(workspace, target).and_then(|library| {
        let path = workspace.root.join(IOS_SYMBOLS);
        let allowed = fs::read_to_string(&path)
            .map_err(|error| format!("{} can't be read: {error}", path.display()))?;
        let open = binary::open_symbols(
            Command::new(nm)
                .args(["--quiet", "--no-llvm-bc"])
                .arg(&library),
        )?;
        if open.is_empty() {
            return Err("no symbol is open: the library wasn't read right".to_owned());
        }
        let allowed: Vec<&str> = allowed
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        Ok(open
            .into_iter()
            .filter(|name| !allowed.contains(&name.as_str()))
            .map(|name| format!("{name} isn't in {IOS_SYMBOLS}"))
            .collect())
    });
    match looked_at {
        Ok(faults) => nothing(faults),
        Err(why) => Outcome::Failed(why),
    }
}

fn network_functions(symbols: &[String]) -> Vec<String> {
    let found = symbols
        .iter()
        .filter(|name| NETWORK_FUNCTIONS.contains(&name.as_str()));
    found.map(|name| format!("it calls {name}")).collect()
}

fn nothing(found: Vec<String>) -> Outcome {
    if found.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed(found.join(", "))
    }
}
