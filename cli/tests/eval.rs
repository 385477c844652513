//! `moue eval` on a few rows of FER-2013's format, made from the astronaut's face.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::{astronaut, both, folder, lines, moue, stderr, stdout};
use image::imageops::{self, FilterType};
use serde_json::Value;

const KEYS: [&str; 12] = [
    "split",
    "head",
    "faces",
    "accuracy",
    "accuracy_clean",
    "balanced_accuracy",
    "macro_f1",
    "ece",
    "coverage",
    "accuracy_when_certain",
    "confusion",
    "seconds",
];

/// The astronaut's face as 48 x 48 grey values between spaces, a little darker for each `shade`.
fn pixels(shade: u8) -> String {
    let photo = image::open(astronaut()).expect("the photo").into_luma8();
    let face = imageops::crop_imm(&photo, 165, 60, 120, 120).to_image();
    let face = imageops::resize(&face, 48, 48, FilterType::Triangle);
    face.as_raw()
        .iter()
        .map(|grey| grey.saturating_sub(shade).to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

fn write(folder: &Path, name: &str, header: &str, rows: &[String]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("{header}\n{}\n", rows.join("\n"))).expect("a file");
    path
}

fn faces(folder: &Path, rows: &[String]) -> PathBuf {
    write(folder, "fer2013.csv", "emotion,pixels,Usage", rows)
}

fn eval(faces: &Path, more: &[&str]) -> Output {
    let arguments = [
        "eval",
        faces.to_str().expect("a plain path"),
        "--split",
        "PublicTest",
        "--json",
    ];
    moue(arguments.iter().chain(more))
}

fn figures(faces: &Path, more: &[&str]) -> Value {
    let output = eval(faces, more);
    assert!(output.status.success(), "{}", both(&output));
    lines(&output).remove(0)
}

/// The number of the class that the model sees in a face of that shade, of the seven.
fn seen_as(shade: u8) -> usize {
    let folder = folder();
    let found = figures(
        &faces(folder.path(), &[format!("0,{},PublicTest", pixels(shade))]),
        &[],
    );
    let row = found["confusion"][0].as_array().expect("a row").clone();
    row.iter()
        .position(|count| count == 1)
        .expect("one face was read")
}

#[test]
fn the_object_has_the_promised_keys_in_their_order() {
    let folder = folder();
    let output = eval(
        &faces(folder.path(), &[format!("3,{},PublicTest", pixels(0))]),
        &[],
    );
    let text = stdout(&output);
    let places: Vec<usize> = KEYS
        .iter()
        .map(|key| {
            text.find(&format!("\"{key}\":"))
                .unwrap_or_else(|| panic!("{key} is missing: {text}"))
        })
        .collect();
    assert!(places.is_sorted(), "{text}");
    let seconds = places.last().expect("the last key");
    let before = text[..*seconds].matches("\":").count();
    assert_eq!(before, KEYS.len() - 1, "new keys come after these: {text}");
}

#[test]
fn faces_that_stand_in_training_are_left_out_of_the_clean_figure() {
    let folder = folder();
    let (seen, fresh) = (seen_as(0), seen_as(10));
    let rows = [
        format!("{},{},Training", seen, pixels(0)),
        format!("{},{},PublicTest", (seen + 1) % 7, pixels(0)), // known from training, and labelled wrong
        format!("{},{},PublicTest", fresh, pixels(10)),
    ];
    let found = figures(&faces(folder.path(), &rows), &[]);
    assert_eq!(
        (
            &found["faces"],
            &found["accuracy"],
            &found["accuracy_clean"]
        ),
        (&2.into(), &0.5.into(), &1.0.into())
    );
    assert_eq!(
        (&found["split"], &found["head"]),
        (&"PublicTest".into(), &"fer2013".into())
    );

    let without_training = figures(&faces(folder.path(), &rows[1..]), &[]);
    assert_eq!(
        (
            &without_training["accuracy"],
            &without_training["accuracy_clean"]
        ),
        (&0.5.into(), &Value::Null)
    );
}

#[test]
fn a_subset_drops_the_rows_of_the_other_expressions() {
    let folder = folder();
    let rows: Vec<String> = (0..7)
        .map(|label| format!("{label},{},PublicTest", pixels(label * 3)))
        .collect();
    let faces = faces(folder.path(), &rows);
    for (count, left) in [("7", 7), ("6", 6), ("5", 5)] {
        let found = figures(&faces, &["--expressions", count]);
        assert_eq!(found["faces"], left);
        let confusion = found["confusion"].as_array().expect("rows");
        assert_eq!(confusion.len(), left);
        for row in confusion {
            let row = row.as_array().expect("a row");
            assert_eq!(
                (row.len(), row.iter().filter_map(Value::as_u64).sum::<u64>()),
                (left, 1)
            );
        }
    }
}

#[test]
fn the_consensus_head_is_judged_by_the_majority_of_votes() {
    let folder = folder();
    let rows: Vec<String> = (0..3)
        .map(|shade| format!("0,{},PublicTest", pixels(shade)))
        .collect();
    let faces = faces(folder.path(), &rows);
    let header = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF";
    let votes = [
        "PublicTest,a,0,10,0,0,0,0,0,0,0,0",
        "PublicTest,b,5,5,0,0,0,0,0,0,0,0",
        "PublicTest,c,0,4,0,0,0,0,0,0,6,0",
    ];
    let votes = write(
        folder.path(),
        "fer2013new.csv",
        header,
        &votes.map(str::to_owned),
    );
    let output = eval(&faces, &["--votes", votes.to_str().expect("a plain path")]);
    let found = lines(&output).remove(0);
    assert_eq!(
        (&found["head"], &found["faces"]),
        (&"consensus".into(), &1.into())
    );
    let happy: u64 = found["confusion"][3]
        .as_array()
        .expect("a row")
        .iter()
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(happy, 1, "FER-2013 says angry, ten voters happy: {found}");
    assert!(
        stderr(&output).contains("left out: 2 faces without a majority"),
        "{}",
        both(&output)
    );
}

#[test]
fn a_broken_row_is_named_by_its_line() {
    let folder = folder();
    let rows = [
        format!("3,{},PublicTest", pixels(0)),
        "3,1 2 3,PublicTest".to_owned(),
    ];
    let output = eval(&faces(folder.path(), &rows), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        stderr(&output).contains("fer2013.csv line 3: 3 pixels, 2304 (48 x 48) are needed"),
        "{}",
        both(&output)
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn a_split_without_faces_is_an_error() {
    let folder = folder();
    let output = eval(
        &faces(folder.path(), &[format!("3,{},Training", pixels(0))]),
        &[],
    );
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        stderr(&output).contains("no face of PublicTest"),
        "{}",
        both(&output)
    );
}

#[test]
#[cfg(unix)]
fn a_pipe_nobody_writes_to_is_refused_instead_of_waited_for() {
    let folder = folder();
    let pipe = folder.path().join("fer2013.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo starts").success());
    let output = eval(&pipe, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        stderr(&output).contains("a regular file is needed"),
        "{}",
        both(&output)
    );
}
