//! Packages for the tests of `moue doctor`, put together from the small files beside this one (`make.sh` tells how they were made).
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::common::{both, moue, stdout};

/// A page of 16 KiB.
const PAGE: u16 = 16 << 10;

/// One of the small files.
pub fn part(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/packages")
        .join(name);
    fs::read(path).expect("the file is committed")
}

/// A file in a package.
#[derive(Clone)]
pub struct Item {
    name: String,
    bytes: Vec<u8>,
    method: CompressionMethod,
    alignment: u16,
}

/// The items of a package, to be changed before it is written.
#[derive(Clone)]
pub struct Items(Vec<Item>);

impl Items {
    /// An app that is in order.
    pub fn app() -> Self {
        let mut items = Self(Vec::new());
        items.put("AndroidManifest.xml", part("camera.manifest"));
        items.put("classes.dex", part("kept.dex"));
        for (abi, library) in [
            ("arm64-v8a", "arm64.so"),
            ("armeabi-v7a", "armv7.so"),
            ("x86_64", "x86_64.so"),
        ] {
            for file in ["libmoue_ffi.so", "libjnidispatch.so"] {
                items.store(&format!("lib/{abi}/{file}"), part(library), PAGE);
            }
        }
        items.put("resources.arsc", vec![7; 500]);
        items
    }

    /// An Android library that is in order.
    pub fn library() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut classes = Self(Vec::new());
        classes.put("dev/moue/MoueSession.class", b"class".to_vec());
        classes.put("META-INF/NOTICE", b"licences".to_vec());
        let jar = classes.write(folder.path(), "classes.jar");
        let mut items = Self(Vec::new());
        let manifest = "<manifest xmlns:android=\"http://schemas.android.com/apk/res/android\" package=\"dev.moue\"/>";
        items.put("AndroidManifest.xml", manifest.into());
        items.put("classes.jar", fs::read(jar).expect("it was written"));
        let rules =
            "# why\n-keep class com.sun.jna.** { *; }\n-keep class dev.moue.ffi.** { *; }\n";
        items.put("proguard.txt", rules.into());
        for (abi, library) in [
            ("arm64-v8a", "arm64.so"),
            ("armeabi-v7a", "armv7.so"),
            ("x86_64", "x86_64.so"),
        ] {
            items.put(&format!("jni/{abi}/libmoue_ffi.so"), part(library));
        }
        items
    }

    /// An Apple library that is in order.
    pub fn xcframework() -> Self {
        let mut items = Self(Vec::new());
        items.put("Info.plist", part("Info.plist"));
        let privacy = "<plist version=\"1.0\"><dict><key>NSPrivacyTracking</key><false/><key>NSPrivacyTrackingDomains</key><array/>\
                       <key>NSPrivacyCollectedDataTypes</key><array/><key>NSPrivacyAccessedAPITypes</key><array/></dict></plist>";
        items.put("PrivacyInfo.xcprivacy", privacy.into());
        for (slice, library) in [
            ("ios-arm64", "ios-arm64.a"),
            ("ios-arm64_x86_64-simulator", "simulator.a"),
        ] {
            items.put(&format!("{slice}/libmoue_ffi.a"), part(library));
            let headers = format!("{slice}/Headers/moue_ffiFFI");
            let map = "module moue_ffiFFI {\n    header \"moue_ffiFFI.h\"\n    export *\n}\n";
            items.put(&format!("{headers}/module.modulemap"), map.into());
            items.put(&format!("{headers}/moue_ffiFFI.h"), b"int x;".to_vec());
        }
        items
    }

    /// Adds or replaces a file, compressed.
    pub fn put(&mut self, name: &str, bytes: Vec<u8>) {
        self.set(name, bytes, CompressionMethod::Deflated, 0);
    }

    /// Adds or replaces a file as it is, its first byte at a multiple of `alignment`, or at any byte for 0.
    pub fn store(&mut self, name: &str, bytes: Vec<u8>, alignment: u16) {
        self.set(name, bytes, CompressionMethod::Stored, alignment);
    }

    fn set(&mut self, name: &str, bytes: Vec<u8>, method: CompressionMethod, alignment: u16) {
        self.remove(name);
        self.0.push(Item {
            name: name.to_owned(),
            bytes,
            method,
            alignment,
        });
    }

    /// Takes out the files whose names begin so.
    pub fn remove(&mut self, prefix: &str) {
        self.0.retain(|item| !item.name.starts_with(prefix));
    }

    /// Gives the files that begin so another beginning.
    pub fn rename(&mut self, from: &str, to: &str) {
        for item in &mut self.0 {
            if let Some(rest) = item.name.strip_prefix(from) {
                item.name = format!("{to}{rest}");
            }
        }
    }

    /// Writes a zip archive.
    pub fn write(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        let mut archive = ZipWriter::new(File::create(&path).expect("a file"));
        for item in &self.0 {
            let options = SimpleFileOptions::default()
                .compression_method(item.method)
                .with_alignment(item.alignment);
            archive
                .start_file(&item.name, options)
                .expect("a new entry");
            archive.write_all(&item.bytes).expect("its bytes");
        }
        archive.finish().expect("the directory");
        path
    }

    /// Writes a folder.
    pub fn write_folder(&self, folder: &Path, name: &str) -> PathBuf {
        let root = folder.join(name);
        for item in &self.0 {
            let path = root.join(&item.name);
            fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder");
            fs::write(path, &item.bytes).expect("a file");
        }
        root
    }
}

/// What `moue doctor --json` says of a package, and the exit status.
pub fn diagnose(package: &Path) -> (Value, i32) {
    let output = moue(["doctor".as_ref(), "--json".as_ref(), package.as_os_str()]);
    let value = serde_json::from_str(&stdout(&output));
    let value = value.unwrap_or_else(|error| panic!("{error}: {}", both(&output)));
    (value, output.status.code().expect("it ended by itself"))
}

/// The findings of a check that are in a state, each as what it says.
pub fn said(diagnosis: &Value, check: &str, state: &str) -> Vec<String> {
    let findings = diagnosis["findings"].as_array().expect("a list");
    findings
        .iter()
        .filter(|finding| finding["check"] == check && finding["state"] == state)
        .map(|finding| finding["says"].as_str().expect("text").to_owned())
        .collect()
}

/// Asserts that the package has problems of this check alone, which say these words, and a remedy each.
pub fn assert_one_problem(package: &Path, check: &str, words: &str) {
    let (diagnosis, status) = diagnose(package);
    assert_eq!(status, 1, "{diagnosis}");
    assert_eq!(diagnosis["in_order"], false);
    let problems: Vec<&Value> = diagnosis["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["state"] == "problem")
        .collect();
    assert!(!problems.is_empty(), "{diagnosis}");
    for problem in &problems {
        assert_eq!(problem["check"], check, "{diagnosis}");
        assert!(
            problem["remedy"]
                .as_str()
                .is_some_and(|remedy| !remedy.is_empty())
        );
    }
    let says = problems[0]["says"].as_str().expect("text");
    assert!(says.contains(words), "no {words:?} in {says:?}");
}
