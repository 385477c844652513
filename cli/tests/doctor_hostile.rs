//! `moue doctor` on files that are no packages, are damaged, or were made to do harm: a clear error, never a panic, and never more memory
//! than the file deserves.

mod common;
mod packages;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{both, folder, moue, stderr};
use packages::{Items, part};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Asserts that it is an error in these words, and nothing else.
fn assert_refused(package: &Path, words: &str) {
    let output = doctor(package);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(output.stdout.is_empty(), "{}", both(&output));
    let said = stderr(&output);
    assert!(
        said.contains(words) && !said.contains("panicked"),
        "no {words:?}: {said}"
    );
}

fn doctor(package: &Path) -> Output {
    moue(["doctor".as_ref(), package.as_os_str()])
}

#[test]
fn what_is_no_package_is_a_clear_error() {
    let folder = folder();
    let path = folder.path().join("app.apk");
    assert_refused(&path, "can't be opened");
    for (bytes, words) in [
        (&b""[..], "the file is empty"),
        (b"Dear Sir or Madam,\n", "no zip archive"),
    ] {
        fs::write(&path, bytes).expect("a file");
        assert_refused(&path, words);
    }
    assert_refused(folder.path(), "no APK, AAR or XCFramework");
    let mut items = Items::app();
    items.put("BundleConfig.pb", vec![0]);
    assert_refused(&items.write(folder.path(), "app.aab"), "bundletool");
}

#[test]
fn a_part_that_is_not_what_its_name_says_is_named() {
    let folder = folder();
    for (name, words) in [
        ("classes.dex", "classes.dex: it is cut off"),
        (
            "AndroidManifest.xml",
            "AndroidManifest.xml: a chunk's length is wrong",
        ),
        (
            "lib/arm64-v8a/libmoue_ffi.so",
            "libmoue_ffi.so: it is no ELF library",
        ),
    ] {
        let mut items = Items::app();
        items.store(name, vec![0; 64], 16 << 10);
        assert_refused(&items.write(folder.path(), "app.apk"), words);
    }
    for (name, words) in [
        ("classes.jar", "classes.jar: it is no zip archive"),
        ("AndroidManifest.xml", "it is no XML"),
    ] {
        let mut items = Items::library();
        items.put(name, b"text".to_vec());
        assert_refused(&items.write(folder.path(), "moue.aar"), words);
    }
    for (name, words) in [
        ("Info.plist", "no property list"),
        ("PrivacyInfo.xcprivacy", "no property list"),
        (
            "ios-arm64/libmoue_ffi.a",
            "ios-arm64/libmoue_ffi.a: it is no library",
        ),
    ] {
        let mut items = Items::xcframework();
        items.put(name, b"some text of some length, and of no format".to_vec());
        items.rename("", "Moue.xcframework/");
        assert_refused(&items.write(folder.path(), "Moue.zip"), words);
    }
}

#[test]
fn a_compressed_part_that_unpacks_to_too_much_is_refused_by_its_size() {
    let folder = folder();
    let mut items = Items::app();
    items.put("AndroidManifest.xml", vec![0; 5 << 20]);
    assert_refused(
        &items.write(folder.path(), "app.apk"),
        "AndroidManifest.xml takes 5242880 bytes: at most 4194304 are read",
    );
}

#[test]
fn a_part_that_unpacks_to_more_than_it_announces_is_refused() {
    /// Four bytes that stand nowhere else in the file.
    const ANNOUNCED: u32 = 0x0031_4159;

    let folder = folder();
    let mut items = Items::app();
    items.put("classes.dex", vec![0; ANNOUNCED as usize]);
    let path = items.write(folder.path(), "app.apk");
    let mut bytes = fs::read(&path).expect("it was written");
    let announced = ANNOUNCED.to_le_bytes();
    let at: Vec<usize> = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, four)| *four == announced)
        .map(|(at, _)| at)
        .collect();
    for at in at {
        bytes[at..at + 4].copy_from_slice(&112_u32.to_le_bytes());
    }
    fs::write(&path, bytes).expect("a file");
    assert_refused(&path, "classes.dex can't be read");
}

#[test]
fn exported_names_that_share_their_letters_take_no_more_memory_than_is_meant_for_them() {
    let folder = folder();
    let mut items = Items::app();
    items.store(
        "lib/arm64-v8a/libmoue_ffi.so",
        names(3_000, 6_000),
        16 << 10,
    );
    assert_refused(
        &items.write(folder.path(), "app.apk"),
        "libmoue_ffi.so: its exported names take more than 8388608 bytes",
    );
}

/// An ELF library that exports so many names: one of so many letters, and the same without its first, its first two and so on.
fn names(count: u32, letters: u32) -> Vec<u8> {
    const HEADER: u64 = 64;
    const SYMBOL: u64 = 24;
    let symbols = u64::from(count) * SYMBOL;
    let words = |numbers: &[u64]| -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect()
    };
    let section = |kind: u64, at: u64, length: u64, link: u64, entry: u64| {
        // Name and kind, flags, address, place, length, link and information, alignment, length of an entry.
        words(&[kind << 32, 0, 0, at, length, 1 << 32 | link, 1, entry])
    };
    let strings = u64::from(letters) + 1;
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0];
    bytes.extend([0; 8]);
    // A shared library for AArch64; three sections behind all else, the last of which holds names.
    bytes.extend(words(&[1 << 32 | 183 << 16 | 3, 0, 0]));
    bytes.extend(words(&[HEADER + symbols + strings, HEADER << 32]));
    bytes.extend([0, 0, 64, 0, 3, 0, 2, 0]);
    bytes.resize(HEADER as usize, 0);
    for first in 0..count {
        // Global, a function, of the first section.
        bytes.extend(words(&[1 << 48 | 0x12 << 32 | u64::from(first), 0, 0]));
    }
    bytes.extend(vec![b'a'; letters as usize]);
    bytes.push(0);
    bytes.extend(section(0, 0, 0, 0, 0));
    bytes.extend(section(11, HEADER, symbols, 2, SYMBOL));
    bytes.extend(section(3, HEADER + symbols, strings, 0, 0));
    bytes
}

#[test]
fn deeply_nested_lists_and_elements_are_survived() {
    let folder = folder();
    let mut items = Items::xcframework();
    items.put("Info.plist", nested("<array>", "</array>", 1_000));
    let framework = items.write_folder(folder.path(), "Moue.xcframework");
    assert_refused(&framework, "is no dictionary");
    let mut items = Items::xcframework();
    items.put("Info.plist", nested("<array>", "", 2_300));
    assert_refused(
        &items.write_folder(folder.path(), "Open.xcframework"),
        "no property list",
    );
    let mut items = Items::library();
    items.put("AndroidManifest.xml", nested("<a>", "</a>", 500_000));
    assert_refused(&items.write(folder.path(), "moue.aar"), "it is no XML");
}

fn nested(open: &str, close: &str, depth: usize) -> Vec<u8> {
    format!("{}{}", open.repeat(depth), close.repeat(depth)).into()
}

#[test]
fn damage_anywhere_ends_in_a_diagnosis_or_an_error() {
    let folder = folder();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let kinds: [(Items, &[&str]); 2] = [
        (
            Items::app(),
            &[
                "AndroidManifest.xml",
                "classes.dex",
                "lib/arm64-v8a/libmoue_ffi.so",
            ],
        ),
        (
            Items::xcframework(),
            &[
                "Info.plist",
                "ios-arm64/libmoue_ffi.a",
                "ios-arm64_x86_64-simulator/libmoue_ffi.a",
            ],
        ),
    ];
    let originals = [
        ("AndroidManifest.xml", "camera.manifest"),
        ("classes.dex", "kept.dex"),
        ("lib/arm64-v8a/libmoue_ffi.so", "arm64.so"),
        ("Info.plist", "Info-binary.plist"),
        ("ios-arm64/libmoue_ffi.a", "ios-arm64.a"),
        ("ios-arm64_x86_64-simulator/libmoue_ffi.a", "simulator.a"),
    ];
    for (good, names) in kinds {
        for name in names {
            let original = originals
                .iter()
                .find(|(found, _)| found == name)
                .expect("it is listed")
                .1;
            for round in 0..20 {
                let mut bytes = part(original);
                if round % 4 == 0 {
                    bytes.truncate(random.random_range(0..bytes.len()));
                } else {
                    for _ in 0..=round / 4 {
                        let at = random.random_range(0..bytes.len());
                        bytes[at] = random.random_range(0..=255);
                    }
                }
                let mut items = good.clone();
                items.store(name, bytes, 0);
                items.rename("Info.plist", "Moue.xcframework/Info.plist");
                items.rename("ios-", "Moue.xcframework/ios-");
                let output = doctor(&items.write(folder.path(), "package.zip"));
                let status = output.status.code();
                assert!(matches!(status, Some(0 | 1)), "{name}: {}", both(&output));
                assert!(
                    !stderr(&output).contains("panicked"),
                    "{name}: {}",
                    both(&output)
                );
            }
        }
    }
}

#[test]
fn a_package_damaged_in_its_directory_ends_in_a_diagnosis_or_an_error() {
    let folder = folder();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
    let path = Items::library().write(folder.path(), "moue.aar");
    let good = fs::read(&path).expect("it was written");
    for _ in 0..60 {
        let mut bytes = good.clone();
        for _ in 0..3 {
            // The directory stands at the end.
            let at = random.random_range(bytes.len() - 700..bytes.len());
            bytes[at] = random.random_range(0..=255);
        }
        fs::write(&path, bytes).expect("a file");
        let output = doctor(&path);
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{}",
            both(&output)
        );
        assert!(!stderr(&output).contains("panicked"), "{}", both(&output));
    }
}
