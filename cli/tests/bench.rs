//! `moue bench` times every stage of a real frame; how fast they are is no matter of tests.

mod common;

use std::process::Output;

use common::{both, folder, lines, moue, photo, stderr, stdout};
use serde_json::Value;

const STAGES: [&str; 8] = [
    "luma",
    "detect",
    "refine",
    "align",
    "quality",
    "expression",
    "face",
    "frame",
];

fn bench(more: &[&str]) -> Output {
    moue(["bench", "--rounds", "2"].iter().chain(more))
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn every_stage_of_both_backends_is_timed_on_the_built_in_face() {
    let output = bench(&["--json"]);
    assert!(output.status.success(), "{}", both(&output));
    let found = lines(&output).remove(0);
    assert_eq!([&found["width"], &found["height"]], [640, 480]);
    assert_eq!(found["rounds"], 2);
    let backends = found["backends"].as_array().expect("a list");
    let names: Vec<&Value> = backends.iter().map(|one| &one["backend"]).collect();
    assert_eq!(names, ["int8", "tract"]);
    for backend in backends {
        assert_eq!(backend["faces"], 1);
        assert!(number(&backend["first_answer_ms"]) > number(&backend["load_ms"]));
        // How they compare is the machine's affair.
        for rate in ["faces_per_second", "frames_per_second"] {
            assert!(number(&backend[rate]) > 0.0, "{rate}");
        }
        let stages = backend["stages"].as_array().expect("a list");
        let names: Vec<&Value> = stages.iter().map(|stage| &stage["stage"]).collect();
        assert_eq!(names, STAGES);
        for stage in stages {
            let times = ["min_ms", "p50_ms", "p90_ms", "p99_ms"].map(|key| number(&stage[key]));
            assert!(times[0] > 0.0 && times.is_sorted(), "{stage}");
        }
        // Sums of what runs in them, round by round; times are whole nanoseconds, their sums in milliseconds are rounded.
        let least = |index: usize| number(&stages[index]["min_ms"]);
        let parts: f64 = (2..6).map(least).sum();
        assert!(least(6) > parts - 1e-6, "{backend}");
    }
    assert!(backends[1]["live"].is_null());
    if cfg!(target_os = "linux") {
        // The networks and their arenas alone are a few MiB.
        assert!(number(&backends[0]["resident_bytes"]) > f64::from(4 << 20));
    }
}

#[test]
fn live_video_is_timed_on_one_face_on_five_and_at_the_pace_of_a_camera() {
    let output = bench(&["--backend", "int8", "--json"]);
    assert!(output.status.success(), "{}", both(&output));
    let found = lines(&output).remove(0);
    let live = &found["backends"][0]["live"];
    let clips = live["clips"].as_array().expect("a list");
    assert_eq!([&clips[0]["faces"], &clips[1]["faces"]], [1, 5]);
    for clip in clips {
        assert!(number(&clip["results_per_second"]) > 0.0);
    }
    for times in [
        &clips[0]["frame"],
        &clips[1]["frame"],
        &live["submit"],
        &live["latency"],
    ] {
        let times = ["min_ms", "p50_ms", "p90_ms", "p99_ms"].map(|key| number(&times[key]));
        assert!(times[0] > 0.0 && times.is_sorted(), "{live}");
    }
    assert!(live["dropped"].is_u64());
}

#[test]
fn the_table_names_the_stages_and_the_kernels() {
    let output = bench(&["--backend", "int8"]);
    let text = stdout(&output);
    for word in STAGES
        .iter()
        .chain(&["int8", "faces a second", "kernels", "1 face found"])
        .chain(&[
            "live, 1",
            "live, 5",
            "submit",
            "latency",
            "results a second",
        ])
    {
        assert!(text.contains(word), "{word}: {}", both(&output));
    }
    assert!(!text.contains("tract"), "{text}");
}

#[test]
fn a_photo_of_ones_own_is_timed_at_its_size() {
    let path = photo("grace_hopper.jpg");
    let path = path.to_str().expect("a plain path");
    let output = bench(&["--backend", "int8", "--json", path]);
    let found = lines(&output).remove(0);
    assert_eq!([&found["width"], &found["height"]], [512, 600]);
    assert_eq!(found["backends"][0]["faces"], 1);
    assert!(found["backends"][0]["live"].is_null());
}

#[test]
fn what_can_not_be_timed_is_told() {
    let folder = folder();
    let grey = folder.path().join("grey.png");
    image::GrayImage::new(64, 64)
        .save(&grey)
        .expect("a picture");
    let grey = grey.to_str().expect("a plain path");
    let output = bench(&["--backend", "int8", grey]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        stderr(&output).contains("no face is found"),
        "{}",
        both(&output)
    );
    assert!(stderr(&bench(&["nowhere.jpg"])).contains("nowhere.jpg"));
    assert_eq!(moue(["bench", "--rounds", "0"]).status.code(), Some(2));
}
