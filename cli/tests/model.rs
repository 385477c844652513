//! `moue model` on the shipped networks and on files that are none.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{both, folder, moue, stderr, stdout};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../models")
        .join(name)
}

#[test]
fn the_shipped_networks_say_what_they_are_and_run_on_the_int8_engine() {
    for (file, kind, output) in [
        ("detector.onnx", "detector", "stride8, 15 channels"),
        ("refiner.onnx", "refiner", "points, 10 channels"),
        ("expression.onnx", "expression", "consensus, 7 channels"),
    ] {
        let result = moue(["model".as_ref(), shipped(file).as_os_str()]);
        assert!(result.status.success(), "{}", both(&result));
        let said = |name: &str, value: &str| {
            let text = stdout(&result);
            let line = text
                .lines()
                .find(|line| line.trim_start().starts_with(name) && line.ends_with(value));
            assert!(line.is_some(), "no line with {name} and {value}: {text}");
        };
        said("kind", kind);
        said("backend", "int8");
        said("output", output);
    }
}

#[test]
fn the_expression_network_names_its_labels_in_order() {
    let result = moue(["model".as_ref(), shipped("expression.onnx").as_os_str()]);
    let text = stdout(&result);
    assert!(
        text.contains("angry,disgust,fear,happy,sad,surprise,neutral"),
        "{text}"
    );
    assert!(text.contains("48 x 48"), "{text}");
}

#[test]
fn a_file_that_is_no_model_is_a_clear_error() {
    let folder = folder();
    for (name, bytes, word) in [
        ("empty.onnx", &b""[..], "is empty"),
        (
            "letter.onnx",
            b"Dear Sir or Madam,\n",
            "no model that can be run",
        ),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        let result = moue(["model".as_ref(), path.as_os_str()]);
        assert_eq!(result.status.code(), Some(1), "{}", both(&result));
        assert!(
            result.stdout.is_empty()
                && stderr(&result).contains(word)
                && stderr(&result).contains(name),
            "{}",
            both(&result)
        );
    }
}

#[test]
fn a_network_that_is_cut_off_is_a_clear_error() {
    let folder = folder();
    let bytes = fs::read(shipped("expression.onnx")).expect("the network");
    let path = folder.path().join("half.onnx");
    fs::write(&path, &bytes[..bytes.len() / 2]).expect("a file");
    let result = moue(["model".as_ref(), path.as_os_str()]);
    assert_eq!(result.status.code(), Some(1), "{}", both(&result));
    assert!(stderr(&result).contains("half.onnx"), "{}", both(&result));
}
