//! Expression models of other makes on the command line: described by options or metadata, judged and used like ours.

#[path = "../../nn/tests/support/onnx.rs"]
#[allow(dead_code, reason = "a part of it is used here")]
mod onnx;

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{astronaut, both, folder, lines, moue, stderr, stdout};
use onnx::{Dim, File, Info, Value};

const LABELS: &str = "-contempt,happy,sad,angry,fear,disgust,surprise,neutral";

/// The softmax of the picture's mean times 0 to 7, in TensorFlow's layout: on anything above 0 the last label wins, below 0 the first.
fn model(folder: &Path, metadata: &[(&str, &str)]) -> PathBuf {
    let mut file = File::default();
    let dims = |sizes: &[i64]| {
        sizes
            .iter()
            .map(|&size| Dim::Value(size))
            .collect::<Vec<_>>()
    };
    file.inputs
        .push(Info::new("picture", &dims(&[1, 64, 64, 3])));
    let order = Value::Ints(vec![0, 3, 1, 2]);
    let turned = file.add_node("Transpose", "turn", &["picture"], vec![("perm", order)]);
    let mean = file.add_node("GlobalAveragePool", "mean", &[&turned], vec![]);
    let weights: Vec<f32> = (0..8).flat_map(|row| [row as f32; 3]).collect();
    let weights = file.floats("weights", &[8, 3, 1, 1], &weights);
    let sums = file.add_node("Conv", "sums", &[&mean, &weights], vec![]);
    let flat = file.add_node("Flatten", "flat", &[&sums], vec![]);
    let axis = vec![("axis", Value::Int(1))];
    let last = file.add_node("Softmax", "softmax", &[&flat], axis);
    file.outputs.push(Info::new(&last, &dims(&[1, 8])));
    for (key, value) in metadata {
        file.metadata.push(((*key).to_owned(), (*value).to_owned()));
    }
    let path = folder.join("theirs.onnx");
    fs::write(&path, file.encode()).expect("a file");
    path
}

/// Two faces of FER-2013's format, white and black.
fn faces(folder: &Path) -> PathBuf {
    let row =
        |label: u8, byte: &str| format!("{label},{},PublicTest", vec![byte; 48 * 48].join(" "));
    let path = folder.join("fer2013.csv");
    let rows = [row(6, "255"), row(3, "0")];
    fs::write(
        &path,
        format!("emotion,pixels,Usage\n{}\n", rows.join("\n")),
    )
    .expect("a file");
    path
}

fn eval(more: &[&str]) -> std::process::Output {
    let folder = folder();
    let faces = faces(folder.path());
    let faces = faces.to_str().expect("a plain path");
    moue(
        ["eval", faces, "--split", "PublicTest", "--json"]
            .iter()
            .chain(more),
    )
}

#[test]
fn options_describe_a_model_that_says_nothing_of_itself() {
    let place = folder();
    let path = model(place.path(), &[]);
    let path = path.to_str().expect("a plain path");
    let described = ["--model", path, "--labels", LABELS, "--scaling", "-1..1"];
    let output = eval(&described);
    assert!(output.status.success(), "{}", both(&output));
    // White is neutral, the last label; black is the first, which doesn't compete, and happy comes next.
    assert_eq!(lines(&output)[0]["accuracy"], 1.0, "{}", both(&output));

    let analyzed = moue(
        [
            "analyze",
            "--json",
            astronaut().to_str().expect("a plain path"),
        ]
        .iter()
        .chain(&described),
    );
    assert!(analyzed.status.success(), "{}", both(&analyzed));
    let scores = &lines(&analyzed)[0]["faces"][0]["scores"];
    assert!(
        scores["neutral"].as_f64() > scores["happy"].as_f64(),
        "{scores}"
    );
}

#[test]
fn metadata_describes_it_as_well_and_options_go_to_the_foreign_one_of_two() {
    let place = folder();
    let path = model(
        place.path(),
        &[("moue.labels", LABELS), ("moue.scaling", "-1..1")],
    );
    let path = path.to_str().expect("a plain path");
    let output = eval(&["--model", path]);
    assert_eq!(lines(&output)[0]["accuracy"], 1.0, "{}", both(&output));
    // The other way round: white is the first label, black the last.
    let output = eval(&["--compare", path, "built-in", "--scaling", "1..-1"]);
    assert_eq!(lines(&output)[0]["accuracy"], 0.0, "{}", both(&output));
    assert!(
        lines(&output)[0]["comparison"].is_object(),
        "{}",
        both(&output)
    );
}

#[test]
fn what_is_missing_is_asked_for_and_what_makes_no_sense_refused() {
    let place = folder();
    let path = model(place.path(), &[]);
    let path = path.to_str().expect("a plain path");
    let six = "-,happy,sad,angry,fear,-,surprise,neutral";
    for (options, status, words) in [
        (&["--model", path][..], 1, "the option for it is --scaling"),
        (
            &["--model", path, "--scaling", "0..1"],
            1,
            "the option for it is --labels",
        ),
        (
            &[
                "--model",
                path,
                "--scaling",
                "0..1",
                "--labels",
                "happy,glad",
            ],
            2,
            "\"glad\" is not an expression",
        ),
        (
            &["--model", path, "--scaling", "vgg", "--labels", LABELS],
            2,
            "-1..1",
        ),
        (
            &["--model", path, "--scaling", "0..1", "--labels", six],
            1,
            "\"disgust\" is missing",
        ),
        (
            &[
                "--model",
                path,
                "--scaling",
                "0..1",
                "--labels",
                LABELS,
                "--input",
                "48x48",
            ],
            1,
            "[1, 64, 64, 3]: correct the description, or metadata \"moue.input\" in the file; the option for it is --input",
        ),
        (&["--labels", LABELS], 2, "--model"),
        (
            &["--compare", "built-in", "built-in", "--scaling", "0..1"],
            2,
            "another make",
        ),
    ] {
        let output = eval(options);
        assert_eq!(output.status.code(), Some(status), "{}", both(&output));
        assert!(
            stderr(&output).contains(words) && output.stdout.is_empty(),
            "{options:?}: {}",
            both(&output)
        );
    }
    let options = ["--model", path, "--scaling", "0..1", "--labels", six];
    let output = eval(&[&options[..], &["--expressions", "6"]].concat());
    assert!(output.status.success(), "{}", both(&output));
}

#[test]
fn a_model_of_any_make_can_be_shown() {
    let place = folder();
    let path = model(place.path(), &[]);
    let output = moue(["model".as_ref(), path.as_os_str()]);
    let text = stdout(&output);
    for words in [
        "64 x 64, [1, 64, 64, 3]",
        "softmax:out, 8 channels",
        "tract",
    ] {
        assert!(text.contains(words), "{}", both(&output));
    }
}
