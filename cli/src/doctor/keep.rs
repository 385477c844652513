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

/// The JNI border for frames, and the exceptions that it finds by name to throw them.
const BORDER: &str = "dev.moue.ffi.NativeSubmit";
const BORDER_EXCEPTIONS: [&str; 5] = [
    "dev.moue.ffi.NativeException$BadInput",
    "dev.moue.ffi.NativeException$BadModel",
    "dev.moue.ffi.NativeException$Busy",
    "dev.moue.ffi.NativeException$Closed",
    "dev.moue.ffi.NativeException$Internal",
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
    // Where nobody hands frames over the border, R8 may drop it and what it throws.
    let thrown: &[&str] = if classes.contains_key(BORDER) {
        &BORDER_EXCEPTIONS
    } else {
        &[]
    };
    let mut gone: Vec<String> = JNA_CLASSES
        .iter()
        .chain(&BINDINGS_CLASSES)
        .chain(thrown)
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
            "the classes and members that native code and JNA look for have their names",
        );
    } else {
        findings.problem(
            "keep",
            format!(
                "R8 renamed or removed what native code or JNA looks for: {}",
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
    } else {
        findings.note(
            "keep",
            format!(
                "libmoue_ffi.so exports JNI functions for methods that the app doesn't have: {}",
                some_of(&missing)
            ),
            "nothing where the app never calls them and R8 removed them",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::State;

    /// Classes in order, the border among them, and what the library exports.
    fn in_order() -> (BTreeMap<String, Class>, BTreeSet<String>) {
        let mut classes: BTreeMap<String, Class> = JNA_CLASSES
            .iter()
            .chain(&BINDINGS_CLASSES)
            .chain(&BORDER_EXCEPTIONS)
            .map(|name| ((*name).to_owned(), Class::default()))
            .collect();
        for (class, members) in MEMBERS {
            let class = classes.get_mut(class).expect("it is listed");
            class
                .fields
                .extend(members.iter().map(|member| (*member).to_owned()));
        }
        let native = |method: &str| Class {
            native_methods: BTreeSet::from([method.to_owned()]),
            ..Class::default()
        };
        classes.insert(BORDER.to_owned(), native("submit0"));
        classes.insert("dev.moue.ffi.UniffiLib".to_owned(), native("open"));
        let exports = ["Java_dev_moue_ffi_NativeSubmit_submit0", "open"];
        (classes, exports.map(str::to_owned).into())
    }

    fn worst(
        classes: &BTreeMap<String, Class>,
        exports: &BTreeSet<String>,
    ) -> (State, Vec<String>) {
        let mut findings = Findings::new(Vec::new());
        examine(classes, Some(exports), &mut findings);
        let found = findings.sorted();
        let worst = found.first().expect("something was found").state;
        let says = found.into_iter().filter(|finding| finding.state == worst);
        (worst, says.map(|finding| finding.says).collect())
    }

    #[test]
    fn an_exception_that_native_code_throws_by_name_must_be_there() {
        let (mut classes, exports) = in_order();
        assert_eq!(worst(&classes, &exports).0, State::Ok);
        classes.remove("dev.moue.ffi.NativeException$Closed");
        let (state, says) = worst(&classes, &exports);
        assert_eq!(state, State::Problem);
        assert!(says[0].contains("NativeException$Closed"), "{says:?}");
    }

    #[test]
    fn a_border_that_nobody_uses_may_be_gone() {
        let (mut classes, exports) = in_order();
        classes.remove(BORDER);
        classes.remove("dev.moue.ffi.NativeException$Closed");
        assert_eq!(worst(&classes, &exports).0, State::Note);
    }

    #[test]
    fn native_methods_that_r8_renamed_are_a_problem_whether_their_class_stays_or_not() {
        let (mut classes, exports) = in_order();
        let renamed = classes.remove(BORDER).expect("it was there");
        classes.insert("dev.moue.ffi.a".to_owned(), renamed);
        let (state, says) = worst(&classes, &exports);
        assert_eq!(state, State::Problem);
        assert!(says[0].contains("dev.moue.ffi.a.submit0"), "{says:?}");
        classes.retain(|name, _| {
            !name.starts_with(BINDINGS) || BINDINGS_CLASSES.contains(&name.as_str())
        });
        let (state, says) = worst(&classes, &exports);
        assert_eq!(state, State::Problem);
        assert!(says[0].contains("no class of dev.moue.ffi"), "{says:?}");
    }
}
