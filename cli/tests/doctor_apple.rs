//! `moue doctor` on XCFrameworks, good and broken.

mod common;
mod packages;

use common::folder;
use packages::{Items, assert_one_problem, diagnose, part, said};

#[test]
fn an_xcframework_in_order_passes_every_check() {
    let folder = folder();
    let framework = Items::xcframework().write_folder(folder.path(), "Moue.xcframework");
    let (diagnosis, status) = diagnose(&framework);
    assert_eq!(status, 0, "{diagnosis}");
    assert_eq!(diagnosis["kind"], "xcframework");
    for check in ["slices", "architecture", "module-map", "privacy"] {
        assert!(
            !said(&diagnosis, check, "ok").is_empty(),
            "{check}: {diagnosis}"
        );
    }
    let parts = diagnosis["parts"].as_array().expect("a list");
    let library = parts
        .iter()
        .find(|part| part["part"] == "ios-arm64: library");
    let bytes = library.and_then(|part| part["unpacked"].as_u64());
    assert_eq!(bytes, Some(part("ios-arm64.a").len() as u64));
}

#[test]
fn a_zipped_xcframework_and_a_binary_property_list_are_read_too() {
    let folder = folder();
    let mut items = Items::xcframework();
    items.put("Info.plist", part("Info-binary.plist"));
    items.rename("", "Moue.xcframework/");
    let framework = items.write(folder.path(), "Moue.xcframework.zip");
    let (diagnosis, status) = diagnose(&framework);
    assert_eq!(status, 0, "{diagnosis}");
    assert_eq!(
        said(&diagnosis, "architecture", "ok").len(),
        2,
        "{diagnosis}"
    );
}

#[test]
fn what_is_broken_is_a_problem_of_its_own() {
    let folder = folder();
    let broken = |change: &dyn Fn(&mut Items), check: &str, words: &str| {
        let mut items = Items::xcframework();
        change(&mut items);
        let name = format!("{}.xcframework", name_of(words));
        assert_one_problem(&items.write_folder(folder.path(), &name), check, words);
    };
    broken(
        &|items| items.remove("ios-arm64_x86_64-simulator/"),
        "slices",
        "lists the slice ios-arm64_x86_64-simulator, which is missing",
    );
    broken(
        &|items| items.put("tvos-arm64/libmoue_ffi.a", part("ios-arm64.a")),
        "slices",
        "doesn't list the folder tvos-arm64",
    );
    broken(
        &|items| {
            items.put(
                "ios-arm64_x86_64-simulator/libmoue_ffi.a",
                part("ios-arm64.a"),
            )
        },
        "architecture",
        "is for arm64, and Info.plist says arm64, x86_64",
    );
    broken(
        &|items| items.remove("ios-arm64/libmoue_ffi.a"),
        "architecture",
        "the library of the slice, is missing",
    );
    broken(
        &|items| items.remove("ios-arm64/Headers/moue_ffiFFI/module.modulemap"),
        "module-map",
        "holds no module.modulemap",
    );
    broken(
        &|items| items.remove("ios-arm64/Headers/moue_ffiFFI/moue_ffiFFI.h"),
        "module-map",
        "names headers that are missing: moue_ffiFFI.h",
    );
    broken(
        &|items| items.remove("PrivacyInfo.xcprivacy"),
        "privacy",
        "no privacy manifest",
    );
    let tracking = "<plist version=\"1.0\"><dict><key>NSPrivacyTracking</key><true/><key>NSPrivacyTrackingDomains</key><array/>\
                    <key>NSPrivacyCollectedDataTypes</key><array/><key>NSPrivacyAccessedAPITypes</key><array/></dict></plist>";
    broken(
        &|items| items.put("PrivacyInfo.xcprivacy", tracking.into()),
        "privacy",
        "people are tracked",
    );
    broken(
        &|items| {
            items.put(
                "PrivacyInfo.xcprivacy",
                b"<plist version=\"1.0\"><dict/></plist>".to_vec(),
            )
        },
        "privacy",
        "doesn't say NSPrivacyTracking",
    );
}

#[test]
fn a_device_library_in_a_simulator_slice_is_a_problem() {
    let folder = folder();
    let mut items = Items::xcframework();
    let properties = String::from_utf8(part("Info.plist")).expect("text");
    let properties = properties.replace("<string>x86_64</string>", "");
    items.put("Info.plist", properties.into());
    items.put(
        "ios-arm64_x86_64-simulator/libmoue_ffi.a",
        part("ios-arm64.a"),
    );
    let framework = items.write_folder(folder.path(), "Moue.xcframework");
    assert_one_problem(
        &framework,
        "architecture",
        "is for ios, and Info.plist says ios-simulator",
    );
}

#[test]
fn a_module_map_at_the_top_of_the_headers_is_worth_a_note() {
    let folder = folder();
    let mut items = Items::xcframework();
    items.rename("ios-arm64/Headers/moue_ffiFFI/", "ios-arm64/Headers/");
    let framework = items.write_folder(folder.path(), "Moue.xcframework");
    let (diagnosis, status) = diagnose(&framework);
    assert_eq!(
        (status, said(&diagnosis, "headers", "note").len()),
        (0, 1),
        "{diagnosis}"
    );
}

/// A folder's name for each case.
fn name_of(words: &str) -> String {
    words.chars().filter(char::is_ascii_alphanumeric).collect()
}
