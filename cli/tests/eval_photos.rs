//! `moue eval` on folders of labelled photos: as crops, and with their faces found.

mod common;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{astronaut, both, folder, lines, moue, photo, stderr};
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, Luma};
use serde_json::Value;

/// The astronaut's face, 48 x 48, a little darker for each `shade`.
fn face(shade: u8) -> GrayImage {
    let photo = image::open(astronaut()).expect("the photo").into_luma8();
    let face = imageops::crop_imm(&photo, 165, 60, 120, 120).to_image();
    let mut face = imageops::resize(&face, 48, 48, FilterType::Triangle);
    for Luma([grey]) in face.pixels_mut() {
        *grey = grey.saturating_sub(shade);
    }
    face
}

fn save(picture: impl Into<DynamicImage>, root: &Path, name: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    picture.into().save(path).expect("a picture");
}

fn copy(photo: &Path, root: &Path, name: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::copy(photo, path).expect("a copy");
}

fn eval(data: &Path, more: &[&str]) -> Output {
    let arguments = ["eval", data.to_str().expect("a plain path"), "--json"];
    moue(arguments.iter().chain(more))
}

fn figures(data: &Path, more: &[&str]) -> Value {
    let output = eval(data, more);
    assert!(output.status.success(), "{}", both(&output));
    lines(&output).remove(0)
}

#[test]
fn crops_in_folders_give_the_figures_of_the_same_crops_in_a_csv_file() {
    let root = folder();
    let labels = ["angry", "disgust", "fear", "happy", "sad", "surprise"];
    let mut rows = "emotion,pixels,Usage\n".to_owned();
    for (number, label) in labels.iter().enumerate() {
        let face = face(7 * number as u8);
        let pixels: Vec<String> = face.as_raw().iter().map(u8::to_string).collect();
        rows += &format!("{number},{},PublicTest\n", pixels.join(" "));
        save(face, root.path(), &format!("test/{label}/{number}.png"));
    }
    let csv = root.path().join("fer2013.csv");
    fs::write(&csv, rows).expect("a file");

    let from_csv = figures(&csv, &["--split", "PublicTest"]);
    let from_folder = figures(&root.path().join("test"), &["--faces", "crop"]);
    for key in ["faces", "accuracy", "ece", "coverage", "confusion"] {
        assert_eq!(from_csv[key], from_folder[key], "{key}");
    }
    assert_eq!(from_folder["split"], Value::Null);
    assert_eq!(from_folder["accuracy_clean"], Value::Null);
}

#[test]
fn crops_of_any_size_are_resampled_to_the_models() {
    let root = folder();
    let large = imageops::resize(&face(0), 240, 240, FilterType::Nearest);
    save(large, root.path(), "large/happy/1.png");
    save(face(0), root.path(), "small/happy/1.png");
    let read = |name| figures(&root.path().join(name), &["--faces", "crop"]);
    let (large, small) = (read("large"), read("small"));
    // Each pixel five times on each side: the mean over five times five is the pixel.
    for key in ["ece", "coverage", "confusion"] {
        assert_eq!(large[key], small[key], "{key}");
    }
}

#[test]
fn faces_that_are_found_are_read_as_analyze_reads_them() {
    for name in ["astronaut.jpg", "grace_hopper.jpg"] {
        let analyzed = common::analyze(&photo(name))["faces"][0].clone();
        let scores = analyzed["scores"].as_object().expect("scores");
        let score = |name: &String| scores[name].as_f64().expect("a score");
        let best = scores.keys().max_by(|a, b| score(a).total_cmp(&score(b)));
        let best = best.expect("seven scores");

        let root = folder();
        copy(&photo(name), root.path(), &format!("{best}/{name}"));
        let found = figures(root.path(), &["--faces", "find", "--head", "consensus"]);
        assert_eq!(
            (&found["faces"], &found["accuracy"]),
            (&1.into(), &1.0.into())
        );
        // The calibration error of one face that is read right is what its score lacks to 1.
        let lacking = found["ece"].as_f64().expect("a number");
        assert!(
            (lacking - (1.0 - score(best))).abs() < 1e-3,
            "{name}: {lacking}"
        );
        let certain = f64::from(u8::from(!analyzed["expression"].is_null()));
        assert_eq!(found["coverage"], certain, "{name}");
    }
}

#[test]
fn photos_without_a_face_are_counted_and_told() {
    let root = folder();
    copy(&astronaut(), root.path(), "happy/1.jpg");
    save(
        GrayImage::from_pixel(320, 240, Luma([90])),
        root.path(),
        "sad/2.png",
    );
    let output = eval(root.path(), &["--faces", "find"]);
    assert!(output.status.success(), "{}", both(&output));
    let found = lines(&output).remove(0);
    assert_eq!(
        (&found["faces"], &found["data"]["left_out"]["without_face"]),
        (&1.into(), &1.into())
    );
    assert!(
        stderr(&output).contains("left out: 1 photos in which no face was found"),
        "{}",
        both(&output)
    );
}

#[test]
fn a_photo_that_cannot_be_read_is_told_and_the_others_are_judged() {
    let root = folder();
    save(face(0), root.path(), "happy/1.png");
    fs::write(root.path().join("happy/2.png"), "no picture").expect("a file");
    let output = eval(root.path(), &["--faces", "crop"]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert_eq!(lines(&output)[0]["faces"], 1);
    assert!(
        stderr(&output).contains("2.png: the file is no picture"),
        "{}",
        both(&output)
    );
}

#[test]
fn a_folder_that_stands_for_no_expression_is_an_error_unless_it_is_left_out() {
    let root = folder();
    save(face(0), root.path(), "happy/1.png");
    save(face(0), root.path(), "contempt/2.png");
    let output = eval(root.path(), &["--faces", "crop"]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        stderr(&output).contains("\"contempt\" is no expression"),
        "{}",
        both(&output)
    );
    assert!(output.stdout.is_empty());

    let found = figures(root.path(), &["--faces", "crop", "--leave-out", "contempt"]);
    assert_eq!(
        (&found["faces"], &found["data"]["left_out"]["by_name"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn options_that_do_not_go_with_a_folder_or_a_file_are_usage_errors() {
    let root = folder();
    save(face(0), root.path(), "happy/1.png");
    let csv = root.path().join("fer2013.csv");
    fs::write(&csv, "emotion,pixels,Usage\n").expect("a file");
    for (data, options, problem) in [
        (root.path(), [].as_slice(), "--faces is missing"),
        (
            root.path(),
            &["--faces", "crop", "--split", "Training"],
            "--split: a folder has no",
        ),
        (
            root.path(),
            &["--faces", "crop", "--votes", "v.csv"],
            "--votes: the votes belong",
        ),
        (&csv, &[], "--split is missing"),
        (
            &csv,
            &["--split", "Training", "--faces", "find"],
            "--faces find",
        ),
        (
            &csv,
            &["--split", "Training", "--leave-out", "x"],
            "--leave-out: a CSV file",
        ),
    ] {
        let output = eval(data, options);
        assert_eq!(output.status.code(), Some(2), "{}", both(&output));
        assert!(stderr(&output).contains(problem), "{}", both(&output));
    }
}
