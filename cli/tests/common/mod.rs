//! What the tests of the command share: running it, the photos, and reading its JSON.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod clips;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The `moue` command, not yet started.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moue"));
    command.stdin(Stdio::null());
    command
}

/// Runs `moue` with these arguments to its end.
pub fn moue<Argument: AsRef<OsStr>>(arguments: impl IntoIterator<Item = Argument>) -> Output {
    command()
        .args(arguments)
        .output()
        .expect("the command starts")
}

/// A photo of one frontal, smiling face, 512 x 512.
pub fn astronaut() -> PathBuf {
    photo("astronaut.jpg")
}

/// A photo of the folder `tests/photos`.
pub fn photo(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/photos")
        .join(name)
}

/// A folder that is gone after the test.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// What `moue analyze --json` says of one photo, which it must read without complaint.
pub fn analyze(photo: &Path) -> Value {
    let output = moue([
        OsStr::new("analyze"),
        OsStr::new("--json"),
        photo.as_os_str(),
    ]);
    assert!(
        output.status.success(),
        "{}: {}",
        photo.display(),
        both(&output)
    );
    let mut lines = lines(&output);
    assert_eq!(lines.len(), 1, "{}", both(&output));
    lines.remove(0)
}

/// Standard output as a JSON value a line.
pub fn lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// Everything the command said, for messages.
pub fn both(output: &Output) -> String {
    format!(
        "{}\nstdout: {}\nstderr: {}",
        output.status,
        stdout(output),
        stderr(output)
    )
}

/// The numbers of a face that say where it is: box, then points, in pixels.
pub fn geometry(face: &Value) -> Vec<f64> {
    let number = |value: &Value| value.as_f64().expect("a number");
    let bounds = ["x", "y", "width", "height"]
        .iter()
        .map(|key| number(&face["box"][key]));
    let names = [
        "image_left_eye",
        "image_right_eye",
        "nose",
        "image_left_mouth",
        "image_right_mouth",
    ];
    let points = names.iter().flat_map(|name| {
        [
            number(&face["points"][name][0]),
            number(&face["points"][name][1]),
        ]
    });
    bounds.chain(points).collect()
}

/// Asserts that the largest face of a photo lies where that of another one does, within so many pixels, and reads the same.
pub fn assert_same_face(found: &Value, expected: &Value, within: f64, what: &str) {
    let largest = |photo: &Value| {
        let face = photo["faces"].get(0);
        face.unwrap_or_else(|| panic!("{what}: no face in {photo}"))
            .clone()
    };
    let (found, expected) = (largest(found), largest(expected));
    for (found_at, expected_at) in geometry(&found).into_iter().zip(geometry(&expected)) {
        assert!(
            (found_at - expected_at).abs() <= within,
            "{what}: {found} is not {expected}"
        );
    }
    assert_eq!(found["expression"], expected["expression"], "{what}");
}
