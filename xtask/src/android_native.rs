//! Android's native libraries: `cargo xtask android`, which needs the NDK and makes what ships, and `cargo xtask android-check`, which needs
//! no NDK and makes libraries that prove that ours link. What is looked at in them is `mobile`'s work.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::mobile;
use crate::process::{output, run, succeeds};
use crate::suites::cargo;
use crate::tools;
use crate::workspace::Workspace;

/// The least Android version that apps may have: Android 7.0.
pub const API_LEVEL: u32 = 24;

/// Where Gradle looks for the libraries (`android/moue/build.gradle.kts`).
const LIBRARIES: &str = "target/android/jniLibs";

/// Symbol lists of Android's C libraries and what makes linkable stubs of them; beside the checkout where they are to be had.
const LINK_FILES: &str = "../shared/android-link";

/// What stubs are made of: the libraries that ours may need.
pub const SYSTEM_LIBRARIES: &[&str] = &["libc", "libdl", "liblog", "libm"];

/// Where an NDK's folder stands in the environment.
const NDK_VARIABLES: &[&str] = &["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT", "ANDROID_HOME"];

/// One kind of processor, under the names that everybody has for it.
pub struct Abi {
    /// The folder's name in an app.
    pub name: &'static str,
    /// Rust's target.
    pub target: &'static str,
    /// clang's target, of [`API_LEVEL`].
    clang: &'static str,
    /// The word in the symbol lists.
    symbols: &'static str,
}

/// All that ships, the one that most phones have first.
pub const ABIS: &[Abi] = &[
    Abi {
        name: "arm64-v8a",
        target: "aarch64-linux-android",
        clang: "aarch64-linux-android24",
        symbols: "arm64",
    },
    Abi {
        name: "armeabi-v7a",
        target: "armv7-linux-androideabi",
        clang: "armv7a-linux-androideabi24",
        symbols: "arm",
    },
    Abi {
        name: "x86_64",
        target: "x86_64-linux-android",
        clang: "x86_64-linux-android24",
        symbols: "x86_64",
    },
];

/// What a library needs beside its own code, in the stead of the NDK's start file.
const START_FILE: &str = "__attribute__((visibility(\"hidden\"))) void *__dso_handle = 0;\n";

/// The functions of the NDK's unwinder that Rust calls. Here they have no body: a library linked with them is for looking at.
const UNWINDER: &[&str] = &[
    "_Unwind_Backtrace",
    "_Unwind_DeleteException",
    "_Unwind_FindEnclosingFunction",
    "_Unwind_GetCFA",
    "_Unwind_GetDataRelBase",
    "_Unwind_GetGR",
    "_Unwind_GetIP",
    "_Unwind_GetIPInfo",
    "_Unwind_GetLanguageSpecificData",
    "_Unwind_GetRegionStart",
    "_Unwind_GetTextRelBase",
    "_Unwind_RaiseException",
    "_Unwind_Resume",
    "_Unwind_SetGR",
    "_Unwind_SetIP",
    "_Unwind_VRS_Get",
    "_Unwind_VRS_Set",
    "__aeabi_unwind_cpp_pr0",
    "__aeabi_unwind_cpp_pr1",
    "__gnu_unwind_frame",
];

/// `cargo xtask android`: the libraries that ship, for every ABI.
///
/// # Errors
///
/// A sentence that names what has to be installed, or what failed.
pub fn build(workspace: &Workspace) -> Result<(), String> {
    let is_folder =
        |name: &&str| std::env::var_os(name).is_some_and(|folder| Path::new(&folder).is_dir());
    if !NDK_VARIABLES.iter().any(is_folder) {
        return Err(
            "there is no NDK: install one (`sdkmanager 'ndk;28.2.13676358'`, or Android Studio's SDK Manager) and set ANDROID_NDK_HOME to its folder; \
             `cargo xtask android-check FOLDER` does without, for looking at only"
                .to_owned(),
        );
    }
    if !succeeds(cargo(workspace).args(["ndk", "--version"])) {
        return Err("cargo-ndk is missing: cargo install --locked cargo-ndk".to_owned());
    }
    let mut build = cargo(workspace);
    build.arg("ndk");
    for abi in ABIS {
        tools::rustup_target(workspace, abi.target)?;
        build.args(["--target", abi.name]);
    }
    build
        .args(["--platform", &API_LEVEL.to_string(), "--output-dir"])
        .arg(workspace.root.join(LIBRARIES))
        .args(["build", "--locked", "--profile", "ship"])
        .args(["--package", "moue-ffi"]);
    run(&mut build)?;
    println!("wrote {LIBRARIES}");
    Ok(())
}

/// `cargo xtask android-check FOLDER`: the libraries of all ABIs, linked against stubs and looked at, each in a folder of its ABI's name.
///
/// # Errors
///
/// A sentence that says what is missing, failed, or is wrong with a library.
pub fn check(workspace: &Workspace, folder: &Path) -> Result<(), String> {
    let mut wrong = Vec::new();
    for abi in ABIS {
        let library = link(workspace, abi)?;
        let faults = mobile::faults(workspace, abi, &library)?;
        wrong.extend(
            faults
                .into_iter()
                .map(|fault| format!("{}: {fault}", abi.name)),
        );
        let place = folder.join(abi.name);
        fs::create_dir_all(&place)
            .and_then(|()| fs::copy(&library, place.join("libmoue_ffi.so")))
            .map_err(|error| format!("{} can't be written: {error}", place.display()))?;
        println!("wrote {}", place.join("libmoue_ffi.so").display());
    }
    println!(
        "for checking only: these libraries can't catch a panic; what ships is made by `cargo xtask android`"
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("; "))
    }
}

/// Whether libraries can be linked here without the NDK.
///
/// # Errors
///
/// What is missing.
pub fn can_link(workspace: &Workspace, abi: &Abi) -> Result<(), String> {
    if !workspace.root.join(LINK_FILES).is_dir() {
        return Err(format!(
            "the symbol lists of Android's C libraries ({LINK_FILES}) aren't there"
        ));
    }
    for (program, package) in [
        ("python3", "python3"),
        ("clang-19", "clang-19"),
        ("ld.lld-19", "lld-19"),
        ("llvm-ar-19", "llvm-19"),
    ] {
        if !succeeds(Command::new(program).arg("--version")) {
            tools::debian_package(package)?;
        }
    }
    tools::rustup_target(workspace, abi.target)
}

/// Builds the library as it ships and links it against stubs of the system's libraries, which hold what [`API_LEVEL`] has and no more.
///
/// # Errors
///
/// A sentence that says what is missing or failed; the linker fails for a symbol that no library has.
pub fn link(workspace: &Workspace, abi: &Abi) -> Result<PathBuf, String> {
    can_link(workspace, abi)?;
    let stubs = stubs(workspace, abi)?;
    let to_linker = |text: &str| format!("-Clink-arg={text}");
    let variable = abi.target.to_uppercase().replace('-', "_");
    run(cargo(workspace)
        .args(["rustc", "--locked", "--profile", "ship"])
        .args(["--package", "moue-ffi", "--lib", "--crate-type", "cdylib"])
        .args(["--target", abi.target, "--"])
        .arg(to_linker(&format!("--target={}", abi.clang)))
        .args(["-fuse-ld=lld-19", "-nostartfiles", "-nodefaultlibs"].map(to_linker))
        .arg(to_linker("-Wl,--no-undefined"))
        .arg(to_linker(&stubs.join("crt.o").display().to_string()))
        .arg(format!("-Lnative={}", stubs.display()))
        .env(format!("CARGO_TARGET_{variable}_LINKER"), "clang-19"))?;
    Ok(workspace
        .target
        .join(abi.target)
        .join("ship/libmoue_ffi.so"))
}

/// A folder with the stubs for an ABI.
fn stubs(workspace: &Workspace, abi: &Abi) -> Result<PathBuf, String> {
    let folder = workspace.target.join("android-stubs").join(abi.name);
    let files = workspace.root.join(LINK_FILES);
    for library in SYSTEM_LIBRARIES {
        output(
            Command::new("python3")
                .arg(files.join("gen_stubs.py"))
                .arg(files.join(format!("{library}.map.txt")))
                .args([&format!("{library}.so"), abi.symbols])
                .args([&API_LEVEL.to_string(), abi.clang])
                .arg(&folder),
        )
        .ok_or_else(|| format!("gen_stubs.py could not make {library}.so for {}", abi.name))?;
    }
    let unwinder: String = UNWINDER
        .iter()
        .map(|name| format!("void {name}(void) {{ __builtin_trap(); }}\n"))
        .collect();
    for (name, source) in [("crt", START_FILE), ("unwind", unwinder.as_str())] {
        let text = folder.join(format!("{name}.c"));
        fs::write(&text, source)
            .map_err(|error| format!("{} can't be written: {error}", text.display()))?;
        run(Command::new("clang-19")
            .arg(format!("--target={}", abi.clang))
            .args(["-w", "-ffreestanding", "-fPIC", "-c"])
            .arg(&text)
            .arg("-o")
            .arg(folder.join(format!("{name}.o"))))?;
    }
    run(Command::new("llvm-ar-19")
        .arg("rcs")
        .arg(folder.join("libunwind.a"))
        .arg(folder.join("unwind.o")))?;
    Ok(folder)
}
