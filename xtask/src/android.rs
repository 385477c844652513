//! The `android` suite: all Kotlin compiled against Android's API 35 and tested on this machine, without an Android SDK; then its linters.
//!
//! What is compiled and tested stands in `android/desk/pom.xml`. Building the native code for phones is another task.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{run, succeeds};
use crate::suites::{Outcome, cargo};
use crate::tools;
use crate::workspace::Workspace;

/// The programs that the suite needs, an argument with which each ends at once, and the Debian package that brings it.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("javac", "-version", "openjdk-17-jdk-headless"),
    ("mvn", "-version", "maven"),
    ("aapt2", "version", "aapt"),
];

/// Fetches things from Maven Central.
const DEPENDENCY_PLUGIN: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0";

/// Whose Kotlin is compiled too.
const DOCUMENT: &str = "docs/android.md";

/// Compiles the Android code, runs its tests and its linters.
pub fn suite(workspace: &Workspace) -> Outcome {
    if let Err(missing) = programs() {
        return Outcome::Skipped(missing);
    }
    native(workspace)
        .and_then(|()| test(workspace))
        .and_then(|()| lint(workspace))
        .into()
}

/// This machine's native library: with the fast path that phones have, and with a way to provoke a panic, of which tests see what becomes.
fn native(workspace: &Workspace) -> Result<(), String> {
    run(cargo(workspace).args([
        "build",
        "--locked",
        "--package",
        "moue-ffi",
        "--features",
        "host-jni,provoke-panic",
    ]))
}

/// Makes sure that what compiles the Android code is there.
///
/// # Errors
///
/// A sentence that says what is missing.
pub fn programs() -> Result<(), String> {
    for (program, version, package) in PROGRAMS {
        if !succeeds(Command::new(program).arg(version)) {
            tools::debian_package(package)?;
        }
    }
    Ok(())
}

/// Compiles the sample app and shrinks it (`android/desk/apk`) without running a test.
///
/// # Errors
///
/// A sentence that says what failed.
pub fn package(workspace: &Workspace) -> Result<(), String> {
    run(desk(workspace).args(["--projects", "apk", "--also-make", "-DskipTests", "package"]))
}

fn test(workspace: &Workspace) -> Result<(), String> {
    // Classes of sources that are gone would still be found and run.
    let output = output(workspace);
    if let Err(error) = fs::remove_dir_all(&output)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(format!("{} can't be removed: {error}", output.display()));
    }
    extract_blocks(workspace, &output.join("docs-blocks"))?;
    run(desk(workspace).arg("test"))
}

/// Maven with the build of the desk.
fn desk(workspace: &Workspace) -> Command {
    let mut maven = maven(workspace);
    maven
        .arg("--file")
        .arg(sources(workspace).join("desk/pom.xml"))
        .arg(property("desk.build", &output(workspace)))
        .arg(property("moue.native", &workspace.target.join("debug")));
    maven
}

/// Where everything built from `android/desk` goes.
pub fn output(workspace: &Workspace) -> PathBuf {
    workspace.target.join("desk")
}

fn lint(workspace: &Workspace) -> Result<(), String> {
    let ktlint = fetch(workspace, "com.pinterest.ktlint", "ktlint-cli", "1.8.0")?;
    let detekt = fetch(
        workspace,
        "io.gitlab.arturbosch.detekt",
        "detekt-cli",
        "1.23.8",
    )?;
    let sources = sources(workspace);
    run(java(&ktlint).current_dir(&sources).args([
        "--relative",
        "**/*.kt",
        "**/*.kts",
        "!ffi/**",
        "!**/build/**",
    ]))?;
    run(java(&detekt).current_dir(&sources).args([
        "--build-upon-default-config",
        "--config",
        "detekt.yml",
        "--excludes",
        "**/ffi/**,**/build/**",
        "--input",
        ".",
    ]))
}

fn sources(workspace: &Workspace) -> PathBuf {
    workspace.root.join("android")
}

fn property(name: &str, path: &Path) -> String {
    format!("-D{name}={}", path.display())
}

fn java(jar: &Path) -> Command {
    let mut command = Command::new("java");
    command.arg("-jar").arg(jar);
    command
}

/// Where Maven keeps what it has fetched.
fn repository(workspace: &Workspace) -> PathBuf {
    workspace.cache.join("maven")
}

/// Maven as a machine uses it: no questions, no progress bars, no compiler that stays behind.
fn maven(workspace: &Workspace) -> Command {
    let mut command = Command::new("mvn");
    command
        .args(["--batch-mode", "--no-transfer-progress"])
        .arg(property("maven.repo.local", &repository(workspace)))
        .arg("-Dkotlin.compiler.daemon=false");
    command
}

/// The path of a program in one jar, fetched where it isn't there yet.
fn fetch(
    workspace: &Workspace,
    group: &str,
    artifact: &str,
    version: &str,
) -> Result<PathBuf, String> {
    let jar = repository(workspace)
        .join(group.replace('.', "/"))
        .join(artifact)
        .join(version)
        .join(format!("{artifact}-{version}-all.jar"));
    if !jar.is_file() {
        run(maven(workspace)
            .current_dir(&workspace.cache)
            .arg(format!("{DEPENDENCY_PLUGIN}:get"))
            .arg(format!("-Dartifact={group}:{artifact}:{version}:jar:all"))
            .arg("-Dtransitive=false"))?;
    }
    Ok(jar)
}

/// Writes each Kotlin block of the document to a file that is named after its line, in a package of its own, for Maven to compile.
fn extract_blocks(workspace: &Workspace, folder: &Path) -> Result<(), String> {
    let text = fs::read_to_string(workspace.root.join(DOCUMENT))
        .map_err(|error| format!("{DOCUMENT} can't be read: {error}"))?;
    let blocks = kotlin_blocks(&text);
    if blocks.is_empty() {
        return Err(format!("{DOCUMENT} has no Kotlin code"));
    }
    fs::create_dir_all(folder)
        .map_err(|error| format!("{} can't be made: {error}", folder.display()))?;
    for (line, code) in blocks {
        let path = folder.join(format!("Line{line}.kt"));
        fs::write(&path, format!("package line{line}\n\n{code}"))
            .map_err(|error| format!("{} can't be written: {error}", path.display()))?;
    }
    Ok(())
}

/// The blocks fenced as `kotlin`, each with the number of its first line.
fn kotlin_blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        open = match open.take() {
            None => (line == "```kotlin").then(|| (index + 2, String::new())),
            Some(block) if line == "```" => {
                blocks.push(block);
                None
            }
            Some((first, code)) => Some((first, code + line + "\n")),
        };
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_of_kotlin_are_taken_each_with_its_line() {
        let text = "a\n```kts\nno\n```\n```kotlin\nval x = 1\n\nval y = 2\n```\nb\n";
        assert_eq!(
            kotlin_blocks(text),
            [(6, "val x = 1\n\nval y = 2\n".to_owned())]
        );
    }
}
