//! `moue watch` on raw clips, and `moue replay` of its traces: what is said of each frame, and which files come of it.

mod common;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use common::clips::{KINDS, SECOND, pan, two_faces, written, y4m};
use common::{assert_same_face, both, command, folder, lines, moue, stderr, stdout};
use image::imageops;
use serde_json::Value;

fn watch(clip: &Path, more: &[&OsStr]) -> Output {
    let output = command()
        .args(["watch", "--json"])
        .arg(clip)
        .args(more)
        .output()
        .expect("the command starts");
    assert!(output.status.success(), "{}", both(&output));
    output
}

fn os(text: &str) -> &OsStr {
    OsStr::new(text)
}

/// The track of the only face.
fn only_track(line: &Value) -> u64 {
    let faces = line["faces"].as_array().expect("a list");
    assert_eq!(faces.len(), 1, "{line}");
    faces[0]["track"].as_u64().expect("a number")
}

#[test]
fn each_frame_is_a_line_with_the_promised_keys_and_one_face_that_stays_the_same() {
    let folder = folder();
    let clip = written(folder.path(), "clip.y4m", &y4m(&pan(20), "420", ""));
    let lines = lines(&watch(&clip, &[]));
    assert_eq!(lines.len(), 20);
    let track = only_track(&lines[0]);
    for (index, line) in (0..).zip(&lines) {
        let keys: Vec<&String> = line.as_object().expect("an object").keys().collect();
        let mut expected = ["timestamp", "faces", "analyzed", "dropped", "milliseconds"];
        expected.sort_unstable();
        assert_eq!(keys, expected);
        assert_eq!(line["timestamp"], index * SECOND / 30);
        assert_eq!(line["analyzed"], index + 1);
        assert_eq!(line["dropped"], 0);
        assert_eq!(only_track(line), track);
        let face = &line["faces"][0];
        assert_eq!(face["expression"], "happy", "{line}");
        assert!(face["distance"].is_null(), "no field of view was given");
        for key in ["box", "score", "points", "unsure", "scores"] {
            assert!(face.get(key).is_some(), "{key} is missing: {line}");
        }
        for key in ["turn", "follow", "search", "read"] {
            assert!(line["milliseconds"][key].is_f64(), "{line}");
        }
    }
}

#[test]
fn the_first_frame_says_what_analyze_does_of_the_same_picture() {
    let folder = folder();
    let pictures = pan(1);
    let photo = folder.path().join("photo.png");
    pictures[0].save(&photo).expect("a photo");
    let expected = common::analyze(&photo);
    for kind in KINDS {
        let clip = written(folder.path(), "clip.y4m", &y4m(&pictures, kind, ""));
        let line = lines(&watch(&clip, &[])).remove(0);
        // Luma is rounded once more on its way through a clip.
        assert_same_face(&line, &expected, 0.5, kind);
    }
}

#[test]
fn video_range_is_told_from_full_range() {
    let folder = folder();
    let pictures = pan(1);
    let full = y4m(&pictures, "mono", "");
    let header = full.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let start = header + b"FRAME\n".len();
    let mut video = b"YUV4MPEG2 W240 H200 F30:1 Cmono\nFRAME\n".to_vec();
    // ITU-R BT.601: black is 16 and white 235.
    video.extend(
        full[start..]
            .iter()
            .map(|&luma| (16.0 + f32::from(luma) * 219.0 / 255.0).round() as u8),
    );
    let [full, video] = [full, video].map(|bytes| {
        let clip = written(folder.path(), "clip.y4m", &bytes);
        lines(&watch(&clip, &[])).remove(0)
    });
    assert_same_face(&video, &full, 0.5, "range");
    let happy = |line: &Value| line["faces"][0]["scores"]["happy"].as_f64().unwrap();
    assert!(
        (happy(&full) - happy(&video)).abs() < 0.03,
        "{full} {video}"
    );
}

#[test]
fn a_trace_replays_to_the_same_lines_byte_by_byte() {
    let folder = folder();
    let trace = folder.path().join("trace.jsonl");
    let still = two_faces();
    let pictures = vec![still; 6];
    let clip = written(folder.path(), "clip.y4m", &y4m(&pictures, "420", "F10:1"));
    let watched = watch(
        &clip,
        &[
            os("--trace"),
            trace.as_os_str(),
            os("--field-of-view"),
            os("60"),
        ],
    );
    let found = lines(&watched);
    assert_eq!(found.len(), 6);
    assert_eq!(found[0]["faces"].as_array().unwrap().len(), 2);
    let distance = &found[0]["faces"][0]["distance"];
    assert!(distance["meters"].as_f64().unwrap() > 0.1, "{distance}");
    assert!(distance["deviation"].as_f64().unwrap() > 0.0, "{distance}");

    let replayed = moue([os("replay"), os("--json"), trace.as_os_str()]);
    assert!(replayed.status.success(), "{}", both(&replayed));
    assert_eq!(stdout(&replayed), stdout(&watched));

    let mut child = command()
        .args(["replay", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(&fs::read(&trace).unwrap()).unwrap();
    drop(stdin);
    let replayed = child.wait_with_output().expect("it ends");
    assert_eq!(stdout(&replayed), stdout(&watched));

    let table = moue([os("replay"), trace.as_os_str()]);
    assert!(
        stdout(&table).contains("6 frames analysed"),
        "{}",
        both(&table)
    );
}

#[test]
fn a_subset_of_expressions_is_read_and_replayed() {
    let folder = folder();
    let trace = folder.path().join("trace.jsonl");
    let clip = written(folder.path(), "clip.y4m", &y4m(&pan(3), "420", ""));
    let watched = watch(
        &clip,
        &[
            os("--expressions"),
            os("5"),
            os("--trace"),
            trace.as_os_str(),
        ],
    );
    let scores = &lines(&watched)[2]["faces"][0]["scores"];
    assert_eq!(scores.as_object().expect("an object").len(), 5);
    let replayed = moue([
        os("replay"),
        os("--json"),
        os("--expressions"),
        os("5"),
        trace.as_os_str(),
    ]);
    assert_eq!(stdout(&replayed), stdout(&watched));
}

#[test]
fn a_mirrored_clip_gives_the_results_of_the_clip_itself() {
    let folder = folder();
    let pictures = pan(3);
    let mirrored: Vec<_> = pictures.iter().map(imageops::flip_horizontal).collect();
    let clip = written(folder.path(), "clip.y4m", &y4m(&pictures, "444", ""));
    let mirror = written(folder.path(), "mirror.y4m", &y4m(&mirrored, "444", ""));
    let faces = |output: &Output| -> Vec<Value> {
        lines(output)
            .into_iter()
            .map(|line| line["faces"].clone())
            .collect()
    };
    let plain = faces(&watch(&clip, &[]));
    assert_eq!(faces(&watch(&mirror, &[os("--mirrored")])), plain);
    assert_ne!(faces(&watch(&mirror, &[])), plain);
}

#[test]
fn standard_input_is_read_as_a_clip() {
    let folder = folder();
    let bytes = y4m(&pan(3), "422", "");
    let clip = written(folder.path(), "clip.y4m", &bytes);
    let mut child = command()
        .args(["watch", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(&bytes).expect("it is read");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", both(&output));
    let faces = |output: &Output| {
        let lines = lines(output).into_iter();
        lines.map(|line| line["faces"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(faces(&output), faces(&watch(&clip, &[])));
}

#[test]
fn a_budget_drops_frames_and_counts_them() {
    let folder = folder();
    let clip = written(folder.path(), "clip.y4m", &y4m(&pan(30), "420", ""));
    let lines = lines(&watch(&clip, &[os("--budget"), os("10")]));
    // A second of frames, ten of them wanted.
    assert!((9..=11).contains(&lines.len()), "{} lines", lines.len());
    let last = lines.last().unwrap();
    let count = |key: &str| last[key].as_u64().unwrap();
    assert_eq!(count("analyzed"), lines.len() as u64);
    assert_eq!(
        count("analyzed") + count("dropped"),
        last["timestamp"].as_u64().unwrap() * 30 / SECOND + 1
    );
}

#[test]
fn played_as_by_a_camera_a_clip_takes_its_time_and_every_frame_is_counted() {
    let folder = folder();
    let trace = folder.path().join("trace.jsonl");
    let clip = written(folder.path(), "clip.y4m", &y4m(&pan(12), "420", "F10:1"));
    let start = std::time::Instant::now();
    let output = watch(&clip, &[os("--realtime"), os("--trace"), trace.as_os_str()]);
    assert!(start.elapsed().as_secs_f64() >= 1.1, "it was hurried");
    let lines = lines(&output);
    let last = lines.last().expect("the last frame always has a result");
    assert_eq!(last["timestamp"], 11 * SECOND / 10);
    let counted = last["analyzed"].as_u64().unwrap() + last["dropped"].as_u64().unwrap();
    assert_eq!(counted, 12);
    let replayed = moue([os("replay"), os("--json"), trace.as_os_str()]);
    assert_eq!(stdout(&replayed), stdout(&output));
}

#[test]
fn without_json_a_table_says_who_was_there_and_what_they_showed() {
    let folder = folder();
    let clip = written(folder.path(), "clip.y4m", &y4m(&pan(10), "420", ""));
    let output = moue([os("watch"), clip.as_os_str()]);
    assert!(output.status.success(), "{}", both(&output));
    let text = stdout(&output);
    assert!(
        text.contains("0:00.3, 10 frames analysed, 0 dropped"),
        "{text}"
    );
    assert!(text.contains("happy 100 %"), "{text}");
    assert_eq!(stderr(&output), "", "no terminal, no progress");
}

#[test]
fn a_timeline_shows_each_face_in_its_lane_and_loads_nothing() {
    let folder = folder();
    let clip = written(
        folder.path(),
        "a <b> & c.y4m",
        &y4m(&vec![two_faces(); 5], "420", "F5:1"),
    );
    let [svg, page] = ["t.svg", "t.html"].map(|name| {
        let out = folder.path().join(name);
        watch(&clip, &[os("--timeline"), out.as_os_str()]);
        fs::read_to_string(out).expect("a timeline")
    });
    for text in [&svg, &page] {
        assert!(
            text.contains("a &lt;b&gt; &amp; c.y4m"),
            "the name is escaped"
        );
        assert_eq!(text.matches(">face ").count(), 2, "a lane a face");
        assert!(text.contains("5 frames in 0:00.8, 2 faces"), "{text}");
        for forbidden in ["<script", "href", "src=", "url(", "@import"] {
            assert!(!text.contains(forbidden), "{forbidden}");
        }
        let addresses = text.matches("http").count();
        assert_eq!(
            addresses,
            text.matches("http://www.w3.org/2000/svg").count()
                + usize::from(text.contains("http-equiv"))
        );
    }
    assert!(svg.starts_with("<?xml"));
    assert!(!svg.contains("class=\"cell\""));
    assert!(page.contains("default-src 'none'"));
    // Five columns of two faces, each with its seven numbers.
    assert_eq!(page.matches("class=\"cell\"").count(), 10);
    assert_eq!(page.matches("class=\"value\"").count(), 70);
    let open = |text: &str| text.matches("<rect").count();
    let closed = |text: &str| text.matches("</rect>").count();
    assert_eq!(open(&svg), closed(&svg), "every element is closed");
}
