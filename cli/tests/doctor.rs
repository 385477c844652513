//! `moue doctor` on Android packages, good and broken.

mod common;
mod packages;

use common::{both, folder, moue, stderr, stdout};
use packages::{Items, assert_one_problem, diagnose, part, said};

#[test]
fn an_app_in_order_passes_every_check() {
    let folder = folder();
    let app = Items::app().write(folder.path(), "app.apk");
    let (diagnosis, status) = diagnose(&app);
    assert_eq!(status, 0, "{diagnosis}");
    assert_eq!(diagnosis["in_order"], true);
    assert_eq!(diagnosis["kind"], "apk");
    for check in [
        "abis",
        "jna",
        "page-size",
        "zip-alignment",
        "keep",
        "camera",
        "internet",
    ] {
        assert!(
            !said(&diagnosis, check, "ok").is_empty(),
            "{check}: {diagnosis}"
        );
    }
}

#[test]
fn the_parts_of_an_app_take_what_their_files_take() {
    let folder = folder();
    let app = Items::app().write(folder.path(), "app.apk");
    let (diagnosis, _) = diagnose(&app);
    let size = |name: &str| {
        let parts = diagnosis["parts"].as_array().expect("a list");
        let part = parts.iter().find(|part| part["part"] == name);
        part.unwrap_or_else(|| panic!("no {name}: {diagnosis}"))["unpacked"].as_u64()
    };
    assert_eq!(
        size("arm64-v8a: libmoue_ffi.so"),
        Some(part("arm64.so").len() as u64)
    );
    assert_eq!(size("code (dex)"), Some(part("kept.dex").len() as u64));
    assert_eq!(size("resources"), Some(500));
}

#[test]
fn the_table_names_every_problem_with_its_remedy() {
    let folder = folder();
    let mut items = Items::app();
    items.put("AndroidManifest.xml", part("internet.manifest"));
    let app = items.write(folder.path(), "app.apk");
    let output = moue(["doctor".as_ref(), app.as_os_str()]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    let text = stdout(&output);
    assert!(
        text.lines()
            .next()
            .is_some_and(|line| line.ends_with("APK, 2 problems")),
        "{text}"
    );
    assert_eq!(text.matches("remedy: ").count(), 2, "{text}");
    assert!(text.contains("android.permission.INTERNET"), "{text}");
}

#[test]
fn problems_that_are_meant_can_be_allowed() {
    let folder = folder();
    let mut items = Items::app();
    items.put("AndroidManifest.xml", part("internet.manifest"));
    let app = items.write(folder.path(), "app.apk");
    let output = moue([
        "doctor".as_ref(),
        "--allow".as_ref(),
        "internet".as_ref(),
        "--allow".as_ref(),
        "camera".as_ref(),
        app.as_os_str(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", both(&output));
    assert!(
        stdout(&output).contains("note     internet"),
        "{}",
        both(&output)
    );
}

#[test]
fn to_allow_a_check_that_there_is_not_is_a_usage_error() {
    let folder = folder();
    let app = Items::app().write(folder.path(), "app.apk");
    let output = moue([
        "doctor".as_ref(),
        "--allow".as_ref(),
        "everything".as_ref(),
        app.as_os_str(),
    ]);
    assert_eq!(output.status.code(), Some(2), "{}", both(&output));
    assert!(
        stderr(&output).contains("zip-alignment"),
        "{}",
        both(&output)
    );
}

#[test]
fn segments_for_pages_of_4_kib_are_a_problem_on_64_bit_cpus() {
    let folder = folder();
    let mut items = Items::app();
    items.store("lib/arm64-v8a/libother.so", part("arm64-4k.so"), 16 << 10);
    let app = items.write(folder.path(), "app.apk");
    assert_one_problem(
        &app,
        "page-size",
        "lib/arm64-v8a/libother.so: a segment is aligned to 4096 bytes",
    );
}

#[test]
fn a_stored_library_off_its_page_is_a_problem() {
    let folder = folder();
    let mut items = Items::app();
    items.store("lib/arm64-v8a/libmoue_ffi.so", part("arm64.so"), 4);
    let app = items.write(folder.path(), "app.apk");
    assert_one_problem(
        &app,
        "zip-alignment",
        "lib/arm64-v8a/libmoue_ffi.so is stored at byte",
    );
}

#[test]
fn compressed_libraries_cannot_be_installed_where_the_manifest_says_that_they_are_not_unpacked() {
    let folder = folder();
    let mut items = Items::app();
    items.put("lib/arm64-v8a/libmoue_ffi.so", part("arm64.so"));
    let app = items.write(folder.path(), "app.apk");
    // The manifest of the tests says extractNativeLibs="false".
    assert_one_problem(&app, "zip-alignment", "can't be installed");
}

#[test]
fn an_abi_of_the_app_without_moue_is_a_problem() {
    let folder = folder();
    let mut items = Items::app();
    items.store("lib/x86/libother.so", part("x86_64.so"), 16 << 10);
    let app = items.write(folder.path(), "app.apk");
    assert_one_problem(&app, "abis", "libmoue_ffi.so is missing for x86,");
}

#[test]
fn moue_without_jna_is_a_problem() {
    let folder = folder();
    let mut items = Items::app();
    items.remove("lib/x86_64/libjnidispatch.so");
    let app = items.write(folder.path(), "app.apk");
    assert_one_problem(
        &app,
        "jna",
        "libjnidispatch.so is missing beside libmoue_ffi.so for x86_64",
    );
}

#[test]
fn a_library_for_another_cpu_than_its_folder_says_is_a_problem() {
    let folder = folder();
    let mut items = Items::app();
    items.store("lib/arm64-v8a/libmoue_ffi.so", part("x86_64.so"), 16 << 10);
    let app = items.write(folder.path(), "app.apk");
    assert_one_problem(&app, "abis", "lib/arm64-v8a/libmoue_ffi.so is for x86_64");
}

#[test]
fn classes_that_r8_was_not_told_to_keep_are_a_problem() {
    let folder = folder();
    let mut items = Items::app();
    items.put("classes.dex", part("shrunk.dex"));
    let app = items.write(folder.path(), "app.apk");
    assert_one_problem(
        &app,
        "keep",
        "R8 renamed or removed what native code or JNA looks for: com.sun.jna.",
    );
}

#[test]
fn classes_are_found_in_whichever_dex_file_they_are() {
    let folder = folder();
    let mut items = Items::app();
    items.put("classes.dex", part("shrunk.dex"));
    items.put("classes2.dex", part("kept.dex"));
    let app = items.write(folder.path(), "app.apk");
    assert_eq!(diagnose(&app).1, 0);
}

#[test]
fn an_app_without_moue_says_so() {
    let folder = folder();
    let mut items = Items::app();
    items.remove("lib/");
    let app = items.write(folder.path(), "app.apk");
    assert_one_problem(&app, "abis", "no native library in the app");
}

#[test]
fn an_app_without_code_says_so_instead_of_naming_every_class() {
    let folder = folder();
    let mut items = Items::app();
    items.remove("classes.dex");
    let app = items.write(folder.path(), "app.apk");
    assert_one_problem(&app, "classes", "no dex file");
}

#[test]
fn a_library_in_order_passes_every_check() {
    let folder = folder();
    let library = Items::library().write(folder.path(), "moue.aar");
    let (diagnosis, status) = diagnose(&library);
    assert_eq!(status, 0, "{diagnosis}");
    assert_eq!(diagnosis["kind"], "aar");
    for check in [
        "abis",
        "page-size",
        "classes",
        "rules",
        "notice",
        "internet",
    ] {
        assert!(
            !said(&diagnosis, check, "ok").is_empty(),
            "{check}: {diagnosis}"
        );
    }
}

#[test]
fn what_a_library_lacks_is_a_problem_of_its_own() {
    let folder = folder();
    let broken = |change: &dyn Fn(&mut Items), check: &str, words: &str| {
        let mut items = Items::library();
        change(&mut items);
        assert_one_problem(&items.write(folder.path(), "moue.aar"), check, words);
    };
    broken(
        &|items| items.remove("jni/x86_64/"),
        "abis",
        "missing for x86_64",
    );
    broken(
        &|items| items.remove("proguard.txt"),
        "rules",
        "no consumer rules",
    );
    let rules = "-keep class com.sun.jna.** { *; }\n# -keep class dev.moue.ffi.** { *; }\n";
    broken(
        &|items| items.put("proguard.txt", rules.into()),
        "rules",
        "don't keep dev.moue.ffi.**",
    );
    broken(
        &|items| items.put("jni/arm64-v8a/libmoue_ffi.so", part("arm64-4k.so")),
        "page-size",
        "aligned to 4096",
    );
    let manifest = "<manifest xmlns:android=\"http://schemas.android.com/apk/res/android\"><uses-permission android:name=\"android.permission.INTERNET\"/></manifest>";
    broken(
        &|items| items.put("AndroidManifest.xml", manifest.into()),
        "internet",
        "asks for the network",
    );
}
