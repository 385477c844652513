//! The names in an app's classes that R8 must keep because native code or reflection looks for them: JNA's, the generated bindings', and
//! those of the JNI border.

use std::collections::{BTreeMap, BTreeSet};

use super::dex::Class;
use super::finding::Findings;
use super::native::jni_method;

/// The package of the generated bindings, and that of JNA.
const BINDINGS: &str = "dev.moue.ffi.";
const JNA: &str = "com.sun.jna.";
/// All of Moue's classes: the JNI border may stand in any.
const MOUE: &str = "dev.moue.";

/// The classes that `libjnidispatch.so` looks for as it is loaded, or later by need. Read from the library of JNA 5.19.1:
/// `strings libjnidispatch.so | grep '^com/sun/jna/'`, and `FFIType`, which stands there within signatures.
const JNA_CLASSES: [&str; 17] = [
    "com.sun.jna.Callback",
    "com.sun.jna.Callback$UncaughtExceptionHandler",
    "com.sun.jna.CallbackReference",
    "com.sun.jna.CallbackReference$AttachOptions",
    "com.sun.jna.FromNativeConverter",
    "com.sun.jna.IntegerType",
    "com.sun.jna.JNIEnv",
    "com.sun.jna.LastErrorException",
    "com.sun.jna.Native",
    "com.sun.jna.Native$ffi_callback",
    "com.sun.jna.NativeMapped",
    "com.sun.jna.Pointer",
    "com.sun.jna.PointerType",
    "com.sun.jna.Structure",
    "com.sun.jna.Structure$ByValue",
    "com.sun.jna.Structure$FFIType$FFITypes",
    "com.sun.jna.WString",
];

/// Members that are looked for by name: those of JNA from native code, those of the bindings from JNA, which lays structures out by the
/// names of their fields (`@Structure.FieldOrder`).
const MEMBERS: [(&str, &[&str]); 4] = [
    ("com.sun.jna.Pointer", &["peer"]),
    (
        "com.sun.jna.Structure",
        &["memory", "typeInfo", "newInstance"],
    ),
    ("dev.moue.ffi.RustBuffer", &["capacity", "len", "data"]),
    ("dev.moue.ffi.UniffiRustCallStatus", &["code", "error_buf"]),
];

/// Classes that JNA makes by reflection.
const BINDINGS_CLASSES: [&str; 3] = [
    "dev.moue.ffi.RustBuffer",
    "dev.moue.ffi.RustBuffer$ByValue",
    "dev.moue.ffi.UniffiRustCallStatus",
];

const KEEP: &str = "add `-keep class com.sun.jna.** { *; }` and `-keep class dev.moue.ffi.** { *; }` to the app's R8 rules; Moue's AAR brings both, so see that its consumer rules are used";

/// Whether a class is looked at here.
pub fn is_of_interest(class: &str) -> bool {
    class.starts_with(JNA) || class.starts_with(MOUE)
}

/// Judges an app's classes, of those that are [of interest](is_of_interest), against what the native library exports.
pub fn examine(
    classes: &BTreeMap<String, Class>,
    exports: Option<&BTreeSet<String>>,
    findings: &mut Findings,
) {
    let mut gone: Vec<String> = JNA_CLASSES
        .iter()
        .chain(&BINDINGS_CLASSES)
        .filter(|name| !classes.contains_key(**name))
        .map(|name| (*name).to_owned())
        .collect();
    for (class, members) in MEMBERS {
        let Some(found) = classes.get(class) else {
            continue;
        };
        let missing = members
            .iter()
            .filter(|member| !found.fields.contains(**member) && !found.methods.contains(**member));
        gone.extend(missing.map(|member| format!("{class}.{member}")));
    }
    if gone.is_empty() {
        findings.ok(
            "keep",
            "the classes and members that JNA looks for have their names",
        );
    } else {
        findings.problem(
            "keep",
            format!(
                "R8 renamed or removed what JNA looks for: {}",
                some_of(&gone)
            ),
            KEEP,
        );
    }
    if let Some(exports) = exports {
        examine_border(classes, exports, findings);
    }
}

/// Both sides of the border must use the same names.
fn examine_border(
    classes: &BTreeMap<String, Class>,
    exports: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let missing: Vec<String> = exports
        .iter()
        .filter_map(|export| jni_method(export))
        .filter(|(class, method)| {
            !classes
                .get(class)
                .is_some_and(|found| found.native_methods.contains(method))
        })
        .map(|(class, method)| format!("{class}.{method}"))
        .collect();
    if !missing.is_empty() {
        findings.problem(
            "keep",
            format!(
                "libmoue_ffi.so exports JNI functions for methods that aren't in the app under these names: {}",
                some_of(&missing)
            ),
            "add `-keepclasseswithmembers class dev.moue.** { native <methods>; }` to the app's R8 rules, or use the AAR and the native library of one build",
        );
    }
    let jni: BTreeSet<(String, String)> = exports
        .iter()
        .filter_map(|export| jni_method(export))
        .collect();
    let called: Vec<(&String, &String)> = classes
        .iter()
        .filter(|(name, _)| name.starts_with(BINDINGS))
        .flat_map(|(name, class)| {
            class
                .native_methods
                .iter()
                .map(move |method| (name, method))
        })
        .collect();
    let unmatched: Vec<String> = called
        .iter()
        .filter(|(name, method)| {
            !exports.contains(*method) && !jni.contains(&((*name).clone(), (*method).clone()))
        })
        .map(|(name, method)| format!("{name}.{method}"))
        .collect();
    if called.is_empty() {
        findings.problem(
            "keep",
            "no class of dev.moue.ffi has a native method: R8 renamed or removed the bindings",
            KEEP,
        );
    } else if !unmatched.is_empty() {
        findings.problem(
            "keep",
            format!(
                "libmoue_ffi.so doesn't export what the bindings call: {}",
                some_of(&unmatched)
            ),
            "R8 renamed the methods, or bindings and native library are of two builds: keep `dev.moue.ffi.**` whole, and use one build of Moue",
        );
    } else if missing.is_empty() {
        findings.ok(
            "keep",
            "native methods and the exports of libmoue_ffi.so have the same names",
        );
    }
}

/// The first few, and how many more there are.
pub fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let first = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
