//! What needs Apple's frameworks, compiled against stand-ins (`tests/swift-stubs`): the wrapper and the sample app; and a
//! camera's buffers, as the stand-ins make them, run through the wrapper. The suite is in `swift`, the folder that it runs in is `toolchain`'s.

use std::fs;
use std::path::{Path, PathBuf};

use crate::swift::toolchain::{LIBRARY, SOURCE, Toolchain};
use crate::workspace::Workspace;

/// The stand-ins, each after those that it imports.
const MODULES: &[&str] = &[
    "CoreGraphics",
    "CoreVideo",
    "CoreMedia",
    "ImageIO",
    "os",
    "AVFoundation",
    "UIKit",
    "SwiftUI",
    "PhotosUI",
];

const STUBS: &str = "tests/swift-stubs";

/// Where the stand-ins and the modules made with them lie.
const MADE: &str = "/build/stubs";

/// What every compilation is told: the modules made so far, Swift 6 with complete concurrency checking, and no warning let through.
const COMPILER: &[&str] = &[
    "swiftc",
    "-swift-version",
    "6",
    "-warnings-as-errors",
    // The last four are where modules are found; `documentation` is told them too.
    "-I",
    MADE,
    "-Xcc",
    "-fmodule-map-file=/moue/ios/MoueFFI/Headers/moue_ffiFFI/module.modulemap",
];

/// Compiles the stand-ins, the wrapper with everything that Apple's platforms add to it, and the sample app.
///
/// # Errors
///
/// The first command that failed, in a sentence.
pub fn check(workspace: &Workspace, toolchain: &Toolchain) -> Result<(), String> {
    toolchain.scratch("stubs")?;
    let sources = |folder: &str| swift_files(workspace, &workspace.root.join(folder));
    for module in MODULES {
        make(
            toolchain,
            module,
            &sources(&format!("{STUBS}/{module}"))?,
            &[],
        )?;
    }
    make(
        toolchain,
        "MoueFFI",
        &sources("ios/MoueFFI")?,
        &["-swift-version", "5", "-no-warnings-as-errors"],
    )?;
    let mut wrapper = sources("ios/Moue")?;
    wrapper.extend(sources(&format!("{STUBS}/Package"))?);
    // Making a module leaves the bodies of functions unread.
    compile(
        toolchain,
        &["-typecheck", "-parse-as-library", "-module-name", "Moue"],
        &wrapper,
    )?;
    make(toolchain, "Moue", &wrapper, &[])?;
    compile(
        toolchain,
        &[
            "-typecheck",
            "-parse-as-library",
            "-module-name",
            "MoueSample",
        ],
        &sources("ios/Sample/MoueSample")?,
    )
}

/// Builds the documentation of the wrapper, whose links must lead somewhere and whose parameters must be told.
///
/// # Errors
///
/// The first command that failed, in a sentence.
pub fn documentation(_: &Workspace, toolchain: &Toolchain) -> Result<(), String> {
    let tools = "/usr/libexec/swift/bin";
    let target = format!("{}-pc-linux-gnu", std::env::consts::ARCH);
    toolchain.scratch("symbols")?;
    let extract = format!("{tools}/swift-symbolgraph-extract");
    let symbols = "/build/symbols";
    let options = ["-minimum-access-level", "public", "-module-name", "Moue"];
    let place = ["-target", &target, "-output-dir", symbols];
    let modules = &COMPILER[COMPILER.len() - 4..];
    toolchain.run([&[extract.as_str()], modules, &options, &place].concat())?;
    let docc = format!("{tools}/docc");
    toolchain.run([
        &docc,
        "convert",
        "ios/Moue/Moue.docc",
        "--warnings-as-errors",
        "--additional-symbol-graph-dir",
        symbols,
        "--fallback-display-name",
        "Moue",
        "--fallback-bundle-identifier",
        "dev.moue",
        "--output-dir",
        "/build/symbols/documentation",
    ])
}

/// The stand-ins with which a camera's buffers are run through the wrapper.
const RUN_WITH: &[&str] = &["CoreGraphics", "CoreVideo", "CoreMedia", "ImageIO"];

/// Builds the wrapper once more with what is needed for camera buffers and photos only, and runs `Run/main.swift` with it.
///
/// # Errors
///
/// The first command that failed, in a sentence.
pub fn run(workspace: &Workspace, toolchain: &Toolchain) -> Result<(), String> {
    toolchain.scratch("run")?;
    let sources = |folder: &str| swift_files(workspace, &workspace.root.join(folder));
    let library = |module: &str, sources: &[String], options: &[&str]| {
        let file = format!("{RUN}/lib{module}.so");
        let path = format!("{RUN}/{module}.swiftmodule");
        let all = [
            &[
                "-parse-as-library",
                "-emit-library",
                "-module-name",
                module,
                "-o",
                &file,
            ][..],
            &["-emit-module", "-emit-module-path", &path],
            LINK,
            options,
        ];
        link(toolchain, &all.concat(), sources)
    };
    for module in RUN_WITH {
        library(module, &sources(&format!("{STUBS}/{module}"))?, &[])?;
    }
    let generated = [
        "-swift-version",
        "5",
        "-no-warnings-as-errors",
        "-lmoue_ffi",
    ];
    library("MoueFFI", &sources("ios/MoueFFI")?, &generated)?;
    let with: Vec<String> = RUN_WITH
        .iter()
        .map(|module| format!("-l{module}"))
        .collect();
    let mut with: Vec<&str> = with.iter().map(String::as_str).collect();
    with.push("-lMoueFFI");
    let mut wrapper = sources("ios/Moue")?;
    wrapper.extend(sources(&format!("{STUBS}/Package"))?);
    library("Moue", &wrapper, &with)?;
    with.push("-lMoue");
    let program = format!("{RUN}/program");
    let all = [&["-module-name", "Run", "-o", &program][..], LINK, &with];
    link(toolchain, &all.concat(), &sources(&format!("{STUBS}/Run"))?)?;
    toolchain.run([program.as_str(), SOURCE])
}

/// Where `run` puts what it builds.
const RUN: &str = "/build/run";

/// Where libraries are found, when linking and when run.
const LINK: &[&str] = &[
    "-L", RUN, "-L", LIBRARY, "-Xlinker", "-rpath", "-Xlinker", RUN, "-Xlinker", "-rpath",
    "-Xlinker", LIBRARY,
];

/// Compiles with the modules of `run`, which are fewer: what isn't there is left out of the wrapper.
fn link(toolchain: &Toolchain, options: &[&str], sources: &[String]) -> Result<(), String> {
    let compiler = COMPILER
        .iter()
        .map(|word| if *word == MADE { RUN } else { word });
    toolchain.run(
        compiler
            .chain(options.iter().copied())
            .chain(sources.iter().map(String::as_str)),
    )
}

/// Makes a module that others import.
fn make(
    toolchain: &Toolchain,
    module: &str,
    sources: &[String],
    options: &[&str],
) -> Result<(), String> {
    let path = format!("{MADE}/{module}.swiftmodule");
    let mut all = vec![
        "-emit-module",
        "-parse-as-library",
        "-module-name",
        module,
        "-emit-module-path",
        &path,
    ];
    all.extend(options);
    compile(toolchain, &all, sources)
}

/// Runs the compiler; later options win over earlier ones.
pub fn compile(toolchain: &Toolchain, options: &[&str], sources: &[String]) -> Result<(), String> {
    toolchain.run(
        COMPILER
            .iter()
            .chain(options)
            .copied()
            .chain(sources.iter().map(String::as_str)),
    )
}

/// The Swift files under a folder, as commands in the toolchain see them.
fn swift_files(workspace: &Workspace, folder: &Path) -> Result<Vec<String>, String> {
    let failed = |error: std::io::Error| format!("{} can't be read: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path: PathBuf = entry.map_err(failed)?.path();
        if path.is_dir() {
            files.extend(swift_files(workspace, &path)?);
        } else if path.extension().is_some_and(|end| end == "swift") {
            let inside = path.strip_prefix(&workspace.root).unwrap_or(&path);
            files.push(format!("{SOURCE}/{}", inside.display()));
        }
    }
    files.sort();
    Ok(files)
}
