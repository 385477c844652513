//! `moue eval` with two models, with corruptions, and stopped before its end.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::{astronaut, both, folder, lines, moue, photo, stdout};
use image::imageops::{self, FilterType};
use serde_json::Value;

const HAPPY: usize = 3;
const SAD: usize = 4;
const NEUTRAL: usize = 6;

/// Rows of PublicTest: the astronaut's smile, each a little darker than the one before, with these labels.
fn smiles(folder: &Path, labels: &[usize]) -> PathBuf {
    faces(folder, &astronaut(), [165, 60, 120], labels)
}

/// The square (left, top, side) of the photo, one grey level darker each time.
fn faces(folder: &Path, photo: &Path, [left, top, side]: [u32; 3], labels: &[usize]) -> PathBuf {
    let photo = image::open(photo).expect("the photo").into_luma8();
    let face = imageops::crop_imm(&photo, left, top, side, side).to_image();
    let face = imageops::resize(&face, 48, 48, FilterType::Triangle);
    let mut text = "emotion,pixels,Usage\n".to_owned();
    for (shade, label) in labels.iter().enumerate() {
        let pixels: Vec<String> = face
            .as_raw()
            .iter()
            .map(|grey| grey.saturating_sub(shade as u8).to_string())
            .collect();
        text += &format!("{label},{},PublicTest\n", pixels.join(" "));
    }
    let path = folder.join("fer2013.csv");
    fs::write(&path, text).expect("a file");
    path
}

/// The built-in model with the names of happy and sad swapped, of the same length so that the file stays whole.
fn swapped(folder: &Path) -> PathBuf {
    let (right, wrong) = (b"happy,sad", b"sad,happy");
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/expression.onnx");
    let mut bytes = fs::read(model).expect("the model");
    let labels = bytes.windows(right.len()).position(|part| part == right);
    bytes[labels.expect("the labels")..][..wrong.len()].copy_from_slice(wrong);
    let path = folder.join("swapped.onnx");
    fs::write(&path, bytes).expect("a file");
    path
}

fn eval(data: &Path, more: &[&str]) -> Output {
    let data = data.to_str().expect("a plain path");
    moue(["eval", data, "--split", "PublicTest"].iter().chain(more))
}

fn figures(data: &Path, more: &[&str]) -> Value {
    let output = eval(data, &[more, &["--json"]].concat());
    assert!(output.status.success(), "{}", both(&output));
    lines(&output).remove(0)
}

#[test]
fn flips_are_counted_on_the_same_faces_and_tested() {
    let folder = folder();
    let labels = [[HAPPY; 8].as_slice(), &[SAD, 0]].concat();
    let data = smiles(folder.path(), &labels);
    let other = swapped(folder.path());
    let other = other.to_str().expect("a plain path");
    let found = figures(&data, &["--compare", "built-in", other]);
    let comparison = &found["comparison"];

    // The swapped model calls every smile sad: right where the label says so, once.
    assert_eq!(found["accuracy"], 0.8);
    assert_eq!(comparison["accuracy"], 0.1);
    let counts = ["both_right", "only_a_right", "only_b_right", "both_wrong"];
    let counts = counts.map(|key| comparison[key].as_u64().expect("a count"));
    assert_eq!(counts, [0, 8, 1, 1]);
    // SciPy 1.17.1: binomtest(1, 9, 0.5).pvalue
    let p = comparison["p_value"].as_f64().expect("a number");
    assert!((p - 0.039_062_5).abs() < 1e-12, "{p}");
    let difference = &comparison["difference"]["accuracy"];
    assert!((difference["value"].as_f64().expect("a number") + 0.7).abs() < 1e-12);
    assert!(difference["interval"][1].as_f64().expect("a number") < 0.0);
    assert_eq!(comparison["model"]["name"], other);

    let table = stdout(&eval(&data, &["--compare", "built-in", other]));
    for words in [
        "only A right                                 8",
        "p (McNemar's exact test)                0.0391",
    ] {
        assert!(table.contains(words), "{words} isn't in {table}");
    }
}

#[test]
fn a_model_compared_with_itself_never_flips() {
    let folder = folder();
    let data = smiles(folder.path(), &[HAPPY, SAD, HAPPY]);
    let found = figures(&data, &["--compare", "built-in", "built-in"]);
    let comparison = &found["comparison"];
    assert_eq!(
        (&comparison["only_a_right"], &comparison["only_b_right"]),
        (&0.into(), &0.into())
    );
    assert_eq!(comparison["p_value"], 1.0);
    assert_eq!(comparison["confusion"], found["confusion"]);
}

#[test]
fn corruptions_are_measured_one_by_one_and_always_the_same() {
    let folder = folder();
    let data = faces(
        folder.path(),
        &photo("grace_hopper.jpg"),
        [175, 130, 180],
        &[NEUTRAL; 6],
    );
    let found = figures(&data, &["--corrupt"]);
    let rows = found["robustness"]["corruptions"].as_array().expect("rows");
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["name"].as_str().expect("a name"))
        .collect();
    let expected = [
        "small",
        "blur",
        "dark",
        "jpeg",
        "turn",
        "eyes_covered",
        "mouth_covered",
        "noise",
    ];
    assert_eq!(names, expected);
    let number = |value: &Value| value.as_f64().expect("a number");
    let untouched = number(&found["accuracy"]);
    for row in rows {
        let (accuracy, loss) = (
            number(&row["accuracy"]["value"]),
            number(&row["loss"]["value"]),
        );
        assert!((accuracy + loss - untouched).abs() < 1e-12, "{row}");
    }
    let losses: f64 = rows.iter().map(|row| number(&row["loss"]["value"])).sum();
    let mean = number(&found["robustness"]["mean_loss"]["value"]);
    assert!((mean - losses / 8.0).abs() < 1e-12);
    // Her straight mouth makes the face neutral: under a patch it can't be seen.
    let mouth = rows.iter().find(|row| row["name"] == "mouth_covered");
    assert!(number(&mouth.expect("a row")["accuracy"]["value"]) < untouched);

    let again = figures(&data, &["--corrupt"]);
    assert_eq!(again["robustness"], found["robustness"]);
    assert_eq!(again["intervals"], found["intervals"]);
}

#[test]
fn without_the_options_there_are_no_corruptions_and_no_comparison() {
    let folder = folder();
    let found = figures(&smiles(folder.path(), &[HAPPY]), &[]);
    assert_eq!(
        (
            &found["robustness"],
            &found["comparison"],
            &found["partial"]
        ),
        (&Value::Null, &Value::Null, &false.into())
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_the_figures_of_the_faces_judged_so_far() {
    assert_ends_with_figures("-INT");
}

#[cfg(unix)]
#[test]
fn sigterm_does_the_same() {
    assert_ends_with_figures("-TERM");
}

/// Sends a signal after a while: a longer one while the command hadn't begun to judge, a shorter one once it had ended before.
#[cfg(unix)]
fn assert_ends_with_figures(signal: &str) {
    use std::time::Duration;

    const FACES: usize = 600;
    let folder = folder();
    let data = smiles(folder.path(), &[HAPPY; FACES]);
    let (mut too_short, mut too_long) = (Duration::ZERO, None);
    let mut wait = Duration::from_millis(500);
    for _ in 0..12 {
        let output = interrupted(&data, signal, wait);
        let found = lines(&output).pop();
        if output.status.success() {
            too_long = Some(wait);
        } else if found.as_ref().is_none_or(|found| found["faces"] == 0) {
            too_short = wait;
        } else {
            let found = found.expect("figures");
            assert_eq!(output.status.code(), Some(1), "{}", both(&output));
            assert_eq!(found["partial"], true);
            assert_eq!(found["faces_planned"], FACES);
            assert!(found["faces"].as_u64().expect("a count") < FACES as u64);
            assert!(found["accuracy"].is_f64());
            return;
        }
        wait = too_long.map_or(wait * 2, |too_long| (too_short + too_long) / 2);
    }
    panic!("no attempt was stopped while it judged");
}

/// `moue eval`, long enough to be interrupted, with a signal after `wait`.
#[cfg(unix)]
fn interrupted(data: &Path, signal: &str, wait: std::time::Duration) -> Output {
    use std::process::{Command, Stdio};

    let mut command = common::command();
    command.arg("eval").arg(data);
    command.args(["--split", "PublicTest", "--json", "--corrupt"]);
    let child = command
        .env("RAYON_NUM_THREADS", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    std::thread::sleep(wait);
    let mut kill = Command::new("kill");
    // Where the command has ended already, kill says so, and nobody needs to know.
    let _ = kill
        .args([signal, &child.id().to_string()])
        .stderr(Stdio::null())
        .status();
    child.wait_with_output().expect("it ends")
}
