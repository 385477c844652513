//! The `apk` suite: a package of the sample app as a phone would take it, made and looked at without an Android SDK.
//!
//! Maven compiles, links resources and shrinks (`android/desk`); here the parts are put together, aligned, signed with a key of the moment and
//! checked. Its native code is linked against lists of symbols, not against Android's libraries: the package shows that everything fits
//! together, and is never shipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{output, run, succeeds};
use crate::suites::{Outcome, cargo};
use crate::workspace::Workspace;
use crate::zip::{self, Entry};
use crate::{android, android_native, tools};

/// The programs that only this suite needs, an argument with which each ends at once, and the Debian package that brings it.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("apksigner", "--version", "apksigner"),
    ("zipalign", "-h", "zipalign"),
];

/// Memory pages of Android 15 on devices that have large ones: libraries are mapped from the package itself.
const PAGE: u16 = 16 * 1024;

/// What everything else that isn't compressed is aligned to.
const WORD: u16 = 4;

/// The oldest Android that the app runs on.
const MIN_SDK: &str = "24";

/// The one permission that the app asks for.
const PERMISSIONS: &[&str] = &["android.permission.CAMERA"];

/// The password of a key that lives as long as the folder it is made in.
const PASSWORD: &str = "for-checking-only";

/// Makes the package and checks it.
pub fn suite(workspace: &Workspace) -> Outcome {
    if let Err(missing) = android::programs() {
        return Outcome::Skipped(missing);
    }
    for (program, version, package) in PROGRAMS {
        // zipalign exits with 2 when it is asked for help.
        if output(Command::new("which").arg(program)).is_some()
            || succeeds(Command::new(program).arg(version))
        {
            continue;
        }
        if let Err(missing) = tools::debian_package(package) {
            return Outcome::Skipped(missing);
        }
    }
    let missing = android_native::ABIS
        .iter()
        .find_map(|abi| android_native::can_link(workspace, abi).err());
    match (package(workspace, missing.is_none()), missing) {
        (Err(why), _) => Outcome::Failed(why),
        (Ok(()), None) => Outcome::Passed,
        (Ok(()), Some(missing)) => Outcome::Skipped(format!(
            "the package is good, but it holds no native code, and moue doctor wasn't asked: {missing}"
        )),
    }
}

/// Makes the package and checks it, with native code where that can be linked here.
fn package(workspace: &Workspace, with_native_code: bool) -> Result<(), String> {
    let folder = workspace.target.join("apk");
    let mut libraries = Vec::new();
    if with_native_code {
        for abi in android_native::ABIS {
            libraries.push((abi.name, android_native::link(workspace, abi)?));
        }
    }
    android::package(workspace)?;
    let package = assemble(workspace, &folder, &libraries)?;
    check(&package)?;
    if with_native_code {
        run(cargo(workspace)
            .args([
                "run",
                "--quiet",
                "--locked",
                "--package",
                "moue-cli",
                "--",
                "doctor",
            ])
            .arg(&package))?;
    }
    Ok(())
}

/// Puts the package together, signs it, and returns where it lies.
fn assemble(
    workspace: &Workspace,
    folder: &Path,
    libraries: &[(&str, PathBuf)],
) -> Result<PathBuf, String> {
    let desk = android::output(workspace);
    let mut entries = entries(&desk.join("sample/generated/resources.apk"))?;
    let code = self::entries(&desk.join("apk/classes.zip"))?;
    entries.extend(code.into_iter().filter(|entry| {
        // What R8 hands through besides is for Kotlin's compiler.
        entry.name.ends_with(".dex") || entry.name.starts_with("META-INF/services/")
    }));
    for (abi, library) in libraries {
        let jna = desk.join("apk/jna/jni").join(abi).join("libjnidispatch.so");
        for file in [library, &jna] {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            entries.push(Entry::stored(format!("lib/{abi}/{name}"), read(file)?)?);
        }
    }
    let unsigned = folder.join("sample-unsigned.apk");
    let signed = folder.join("sample.apk");
    let bytes = zip::write(
        &entries,
        |entry| {
            if is_library(entry) { PAGE } else { WORD }
        },
    )?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&unsigned, bytes))
        .map_err(|error| format!("{} can't be written: {error}", unsigned.display()))?;
    sign(folder, &unsigned, &signed)?;
    Ok(signed)
}

fn sign(folder: &Path, unsigned: &Path, signed: &Path) -> Result<(), String> {
    let store = folder.join("checking.p12");
    if !store.is_file() {
        run(Command::new("keytool")
            .args([
                "-genkeypair",
                "-alias",
                "checking",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
            ])
            .args([
                "-dname",
                "CN=for checking only",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
            ])
            .args(["-storepass", PASSWORD, "-keystore"])
            .arg(&store))?;
    }
    run(Command::new("apksigner")
        .args(["sign", "--min-sdk-version", MIN_SDK, "--ks-pass"])
        .arg(format!("pass:{PASSWORD}"))
        .arg("--ks")
        .arg(&store)
        .arg("--out")
        .arg(signed)
        .arg(unsigned))
}

/// What a phone or a shop would look at.
fn check(package: &Path) -> Result<(), String> {
    run(Command::new("apksigner")
        .args(["verify", "--verbose", "--min-sdk-version", MIN_SDK])
        .arg(package))?;
    run(Command::new("zipalign").args(["-c", "4"]).arg(package))?;
    check_places(&entries(package)?)?;
    let permissions = output(
        Command::new("aapt2")
            .args(["dump", "permissions"])
            .arg(package),
    )
    .ok_or("aapt2 can't read the package's permissions")?;
    check_permissions(&permissions)?;
    let bytes = fs::metadata(package).map_or(0, |metadata| metadata.len());
    println!("{}: {bytes} bytes, checked", package.display());
    Ok(())
}

/// Libraries are mapped as they lie in the package, so they must be stored and begin where a page does; signing must not have moved them.
fn check_places(entries: &[Entry]) -> Result<(), String> {
    if !entries.iter().any(|entry| entry.name == "classes.dex") {
        return Err("there is no classes.dex in the package".to_owned());
    }
    let wrong: Vec<&str> = entries
        .iter()
        .filter(|entry| is_library(entry))
        .filter(|entry| !entry.is_stored() || entry.offset % usize::from(PAGE) != 0)
        .map(|entry| entry.name.as_str())
        .collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "compressed, or not at a multiple of {PAGE} bytes: {}",
            wrong.join(", ")
        ))
    }
}

/// `aapt2 dump permissions` prints lines such as `uses-permission: name='android.permission.CAMERA'`.
fn check_permissions(dump: &str) -> Result<(), String> {
    let asked: Vec<&str> = dump
        .lines()
        .filter(|line| line.starts_with("uses-permission"))
        .filter_map(|line| line.split('\'').nth(1))
        .collect();
    if asked == PERMISSIONS {
        Ok(())
    } else {
        Err(format!(
            "the package asks for {}; only {} is meant",
            asked.join(", "),
            PERMISSIONS.join(", ")
        ))
    }
}

fn is_library(entry: &Entry) -> bool {
    entry.name.starts_with("lib/") && entry.name.ends_with(".so")
}

fn entries(path: &Path) -> Result<Vec<Entry>, String> {
    zip::read(&read(path)?).map_err(|why| format!("{} can't be read: {why}", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{} can't be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_for_the_network_is_named() {
        let dump = "package: dev.moue.sample\nuses-permission: name='android.permission.CAMERA'\nuses-permission: name='android.permission.INTERNET'\n";
        let why = check_permissions(dump).expect_err("must not pass");
        assert!(why.contains("android.permission.INTERNET"), "{why}");
        assert_eq!(
            check_permissions("uses-permission: name='android.permission.CAMERA'\n"),
            Ok(())
        );
    }

    #[test]
    fn a_library_off_the_page_is_named() {
        let dex = Entry::stored("classes.dex", vec![1]).expect("small");
        let library = Entry::stored("lib/arm64-v8a/libmoue_ffi.so", vec![1]).expect("small");
        for (alignment, is_good) in [(PAGE, true), (WORD, false)] {
            let file = zip::write(&[dex.clone(), library.clone()], |_| alignment).expect("small");
            let places = check_places(&zip::read(&file).expect("a ZIP file"));
            assert_eq!(places.is_ok(), is_good, "{places:?}");
        }
    }
}
