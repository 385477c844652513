//! What can't be read gets a clear message of its own, and the rest is done all the same.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{astronaut, both, command, folder, lines, moue, stderr, stdout};
use image::{Rgb, RgbImage};

/// Writes a file for one test.
fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a file");
    path
}

/// Runs `moue analyze --json` on one bad file and on a good photo after it; returns what is said of the bad one.
fn error_of(bad: &Path) -> String {
    let output = moue([
        "analyze".as_ref(),
        "--json".as_ref(),
        bad.as_os_str(),
        astronaut().as_os_str(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    let lines = lines(&output);
    assert_eq!(lines.len(), 2, "{}", both(&output));
    assert_eq!(lines[0]["image"], bad.to_str().expect("a plain path"));
    assert!(lines[0].get("faces").is_none(), "{}", lines[0]);
    assert_eq!(
        lines[1]["faces"].as_array().map(Vec::len),
        Some(1),
        "the good photo is done all the same"
    );
    lines[0]["error"].as_str().expect("an error").to_owned()
}

#[test]
fn an_empty_file_is_called_empty() {
    let folder = folder();
    assert!(error_of(&file(folder.path(), "empty.jpg", b"")).contains("empty"));
}

#[test]
fn a_file_of_another_type_is_told_from_a_picture() {
    let folder = folder();
    let error = error_of(&file(folder.path(), "letter.jpg", b"Dear Sir or Madam,\n"));
    assert!(
        error.contains("no picture") && error.contains("JPEG"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_not_there_is_an_error_of_its_own() {
    let folder = folder();
    assert!(error_of(&folder.path().join("nowhere.jpg")).contains("can't be opened"));
}

#[test]
#[cfg(unix)]
fn a_pipe_nobody_writes_to_is_refused_instead_of_waited_for() {
    let folder = folder();
    let pipe = folder.path().join("pipe.jpg");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo starts").success());
    assert!(error_of(&pipe).contains("regular file"));
    assert!(error_of(Path::new("/dev/zero")).contains("regular file"));
    let model = moue([
        "analyze".as_ref(),
        astronaut().as_os_str(),
        "--model".as_ref(),
        pipe.as_os_str(),
    ]);
    assert!(stderr(&model).contains("regular file"), "{}", both(&model));
}

#[test]
fn a_picture_that_is_cut_off_is_not_analysed() {
    let folder = folder();
    let picture = image::open(astronaut()).expect("the photo").into_rgb8();
    for name in ["a.jpg", "a.png", "a.webp", "a.bmp", "a.tiff", "a.gif"] {
        let whole = folder.path().join(name);
        picture.save(&whole).expect("a copy of the photo");
        let bytes = fs::read(&whole).expect("the copy");
        for length in [bytes.len() / 2, 40, 3] {
            let error = error_of(&file(folder.path(), name, &bytes[..length]));
            let is_clear = ["cut off", "damaged", "no picture"]
                .iter()
                .any(|word| error.contains(word));
            assert!(is_clear, "{name}, {length} bytes: {error}");
        }
    }
}

#[test]
fn a_header_of_60000_by_60000_pixels_is_refused_before_memory_is_taken() {
    let folder = folder();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 60_000, 60_000);
    encoder.set_color(png::ColorType::Rgb);
    drop(encoder.write_header().expect("a header"));
    let error = error_of(&file(folder.path(), "huge.png", &bytes));
    assert!(
        error.contains("60000 x 60000") && error.contains("16384"),
        "{error}"
    );
}

#[test]
fn a_photo_without_a_face_says_so_and_is_no_failure() {
    let folder = folder();
    let path = folder.path().join("gradient.png");
    RgbImage::from_fn(320, 240, |x, y| Rgb([(x / 2) as u8, y as u8, 90]))
        .save(&path)
        .expect("a picture");
    let output = moue(["analyze".as_ref(), path.as_os_str()]);
    assert!(output.status.success(), "{}", both(&output));
    assert!(
        stdout(&output).contains("320 x 240, no face"),
        "{}",
        both(&output)
    );
    assert_eq!(common::analyze(&path)["faces"], serde_json::json!([]));
}

#[test]
fn a_folder_without_photos_is_an_error() {
    let folder = folder();
    fs::create_dir(folder.path().join("inner")).expect("a folder");
    assert!(error_of(&folder.path().join("inner")).contains("no photo"));
}

#[test]
fn without_json_errors_go_to_standard_error_and_the_table_to_standard_output() {
    let folder = folder();
    let empty = file(folder.path(), "empty.jpg", b"");
    let output = moue([
        "analyze".as_ref(),
        empty.as_os_str(),
        astronaut().as_os_str(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        stderr(&output).contains("empty.jpg: the file is empty"),
        "{}",
        both(&output)
    );
    assert!(
        stdout(&output).contains("512 x 512, 1 face") && !stdout(&output).contains("empty.jpg"),
        "{}",
        both(&output)
    );
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_status_2() {
    let astronaut = astronaut();
    let photo = astronaut.to_str().expect("a plain path");
    for arguments in [
        &["--flowers"][..],
        &["dance"],
        &["analyze"],
        &["analyze", photo, "--expressions", "4"],
        &["analyze", photo, "--head", "two"],
        &["analyze", photo, "--smallest-face", "7"],
        &["analyze", photo, "--most-faces", "0"],
        &["analyze", photo, photo, "--annotate", "one.png"],
        &["analyze", photo, "--annotate", "picture.xyz"],
        &["eval", "fer2013.csv"],
        &[
            "eval",
            "fer2013.csv",
            "--split",
            "PublicTest",
            "--head",
            "consensus",
        ],
    ] {
        let output = moue(arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            both(&output)
        );
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{arguments:?}: {}",
            both(&output)
        );
    }
}

#[test]
fn a_model_file_that_is_none_is_an_error_before_any_photo_is_read() {
    let folder = folder();
    for (name, bytes) in [
        ("empty.onnx", &b""[..]),
        ("letter.onnx", b"Dear Sir or Madam,\n"),
    ] {
        let path = file(folder.path(), name, bytes);
        let output = moue([
            "analyze".as_ref(),
            astronaut().as_os_str(),
            "--model".as_ref(),
            path.as_os_str(),
        ]);
        assert_eq!(output.status.code(), Some(1), "{}", both(&output));
        assert!(
            output.stdout.is_empty() && stderr(&output).contains("model"),
            "{}",
            both(&output)
        );
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let astronaut = astronaut();
    let mut child = command()
        .args(["analyze", "--json"])
        .args([&astronaut; 3])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        both(&output)
    );
}
