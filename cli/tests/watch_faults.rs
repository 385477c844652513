//! What goes wrong while a clip is watched: what has been said stays said, nothing half-written stays, and the error tells what to do.
//! ffmpeg is played by a script here, so that it fails as it should.
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::clips::{assert_holds, pan, text, written, y4m};
use common::{both, command, folder, lines, moue, stderr, stdout};

const FAILED: Option<i32> = Some(1);
const USAGE: Option<i32> = Some(2);

/// A folder for the PATH in which a script is ffmpeg.
fn acted(script: &str) -> tempfile::TempDir {
    let folder = folder();
    let path = folder.path().join("ffmpeg");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
    folder
}

fn watch(arguments: &[&str], path: Option<&Path>) -> Output {
    let mut command = command();
    command.arg("watch").args(arguments);
    if let Some(path) = path {
        command.env("PATH", format!("{}:/usr/bin:/bin", path.display()));
    }
    command.output().expect("the command starts")
}

#[test]
fn a_clip_that_is_cut_off_keeps_its_results_and_the_error_names_the_frame() {
    let folder = folder();
    let mut bytes = y4m(&pan(5), "420", "");
    bytes.truncate(bytes.len() - 1000);
    let clip = written(folder.path(), "clip.y4m", &bytes);
    let [trace, timeline] = ["t.jsonl", "t.svg"].map(|name| folder.path().join(name));
    let output = watch(
        &[
            "--json",
            text(&clip),
            "--trace",
            text(&trace),
            "--timeline",
            text(&timeline),
        ],
        None,
    );
    assert_eq!(output.status.code(), FAILED, "{}", both(&output));
    assert_eq!(lines(&output).len(), 4);
    let said = stderr(&output);
    assert!(
        said.contains("frame 5 is cut off: 71000 of its 72000 bytes"),
        "{said}"
    );
    assert!(said.contains("4 frames are analysed until then"), "{said}");
    assert_holds(folder.path(), &["clip.y4m", "t.jsonl", "t.svg"]);
    let replayed = moue(["replay", "--json", text(&trace)]);
    assert!(replayed.status.success(), "{}", both(&replayed));
    assert_eq!(stdout(&replayed), stdout(&output));
}

#[test]
fn clips_that_cannot_be_read_are_refused_in_words_and_leave_no_file() {
    let folder = folder();
    let none = acted("echo '[error] no such codec' >&2; exit 1");
    let header = |marks: &str| format!("YUV4MPEG2 W64 H64 {marks}\n");
    for (bytes, words) in [
        (header("F30:1"), "it has no picture"),
        (header("F30:1 It"), "interlaced"),
        (header("F30:1 C420p10"), "8 bits"),
        (header(""), "no frame rate"),
        ("YUV4MPEG2 W70000 H64 F30:1\n".to_owned(), "70000 x 64"),
        ("YUV4MPEG2 W16384 H8193 F30:1\n".to_owned(), "16384 x 8193"),
        (
            header("F30:1") + "FRAME\nabc",
            "frame 1 is cut off: 3 of its 6144 bytes",
        ),
        (String::new(), "it is empty"),
        ("RIFF____WAVE".to_owned(), "no such codec"),
    ] {
        let clip = written(folder.path(), "clip.y4m", bytes.as_bytes());
        let [trace, film] = ["t.jsonl", "film.mp4"].map(|name| folder.path().join(name));
        let output = watch(
            &[
                text(&clip),
                "--trace",
                text(&trace),
                "--annotate",
                text(&film),
            ],
            Some(none.path()),
        );
        assert_eq!(output.status.code(), FAILED, "{}", both(&output));
        let said = stderr(&output);
        assert!(said.contains(words) && said.contains("clip.y4m"), "{said}");
        assert_eq!(stdout(&output), "");
        assert_holds(folder.path(), &["clip.y4m"]);
    }
}

#[test]
fn without_ffmpeg_raw_clips_are_read_and_the_others_name_it() {
    let (folder, empty) = (folder(), folder());
    let raw = written(folder.path(), "clip.y4m", &y4m(&pan(2), "420", ""));
    let other = written(folder.path(), "clip.mp4", b"ftyp");
    let run = |arguments: &[&str]| {
        command()
            .arg("watch")
            .args(arguments)
            .env("PATH", empty.path())
            .output()
            .expect("the command starts")
    };
    assert!(run(&[text(&raw)]).status.success());
    let film = folder.path().join("film.mp4");
    for arguments in [
        [text(&other)].as_slice(),
        &[text(&raw), "--annotate", text(&film)],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), FAILED);
        let said = stderr(&output);
        assert!(
            said.contains("ffmpeg is missing") && said.contains("install it"),
            "{said}"
        );
        assert_holds(folder.path(), &["clip.mp4", "clip.y4m"]);
    }
}

/// What ffmpeg says of a clip whose pictures have these times, in thirtieths of a second.
fn said_of(times: &[&str]) -> String {
    let mut said =
        "[Parsed_showinfo_3 @ 0x5] [info] config in time_base: 1/30, frame_rate: 30/1\n".to_owned();
    for time in times {
        said += &format!(
            "[Parsed_showinfo_3 @ 0x5] [info] n: 0 pts: {time} pts_time:0 fmt:yuv420p\n\
             [Parsed_showinfo_3 @ 0x5] [info] color_range:tv color_space:unknown color_primaries:unknown color_trc:unknown\n"
        );
    }
    said
}

/// A folder with a script that writes the first `bytes` of a clip with these times as ffmpeg does, then does `more`.
fn decodes(
    folder: &Path,
    times: &[&str],
    bytes: usize,
    more: &str,
) -> (tempfile::TempDir, PathBuf) {
    let mut clip = y4m(&pan(times.len() as u32), "420", "");
    clip.truncate(bytes);
    let raw = written(folder, "raw", &clip);
    let said = written(folder, "said", said_of(times).as_bytes());
    let script = format!("cat '{}' >&2; cat '{}'; {more}", text(&said), text(&raw));
    (acted(&script), written(folder, "clip.mp4", b"anything"))
}

#[test]
fn ffmpeg_that_dies_midway_keeps_the_results_and_its_last_words() {
    let folder = folder();
    let more = "echo '[h264 @ 0x5] [error] out of ideas' >&2; kill -9 $$";
    // Two pictures of 72006 bytes and half of a third.
    let (path, clip) = decodes(folder.path(), &["0", "1", "2"], 181_000, more);
    let trace = folder.path().join("t.jsonl");
    let output = watch(
        &["--json", text(&clip), "--trace", text(&trace)],
        Some(path.path()),
    );
    assert_eq!(output.status.code(), FAILED, "{}", both(&output));
    assert_eq!(lines(&output).len(), 2);
    let said = stderr(&output);
    for words in [
        "clip.mp4",
        "frame 3 is cut off",
        "was ended",
        "h264: out of ideas",
        "2 frames are analysed",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let replayed = moue(["replay", "--json", text(&trace)]);
    assert_eq!(stdout(&replayed), stdout(&output));
}

#[test]
fn ffmpeg_that_complains_is_repeated_and_the_exit_status_tells() {
    let folder = folder();
    let more = "echo '[error] a part of the file is missing' >&2";
    let (path, clip) = decodes(folder.path(), &["0", "1"], usize::MAX, more);
    let output = watch(&["--json", text(&clip)], Some(path.path()));
    assert_eq!(output.status.code(), FAILED, "{}", both(&output));
    assert_eq!(lines(&output).len(), 2);
    assert!(stderr(&output).contains("a part of the file is missing"));
}

#[test]
fn frames_without_a_later_time_are_left_out_and_said() {
    let folder = folder();
    let times = ["-3", "0", "0", "NOPTS", "1", "9"];
    let (path, clip) = decodes(folder.path(), &times, usize::MAX, "");
    let output = watch(&["--json", text(&clip)], Some(path.path()));
    assert_eq!(output.status.code(), FAILED, "{}", both(&output));
    let found: Vec<u64> = lines(&output)
        .iter()
        .map(|line| line["timestamp"].as_u64().unwrap())
        .collect();
    // The first time counts as 0, and a picture without one comes a thirtieth after the one before.
    assert_eq!(found, [0, 100_000_000, 133_333_333, 400_000_000]);
    let said = stderr(&output);
    assert!(said.contains("2 frames are without a later time"), "{said}");
    assert!(said.contains("frame 3 first"), "{said}");
}

#[test]
fn an_encoder_that_fails_ends_the_watch_and_leaves_no_copy() {
    let folder = folder();
    let path =
        acted("head -c 200000 >/dev/null; echo '[error] No space left on device' >&2; exit 1");
    let clip = written(folder.path(), "clip.y4m", &y4m(&pan(20), "420", ""));
    let [film, trace] = ["film.mp4", "t.jsonl"].map(|name| folder.path().join(name));
    fs::write(&film, "an older one").unwrap();
    let output = watch(
        &[
            "--json",
            text(&clip),
            "--annotate",
            text(&film),
            "--trace",
            text(&trace),
        ],
        Some(path.path()),
    );
    assert_eq!(output.status.code(), FAILED, "{}", both(&output));
    assert!(
        stderr(&output).contains("No space left on device"),
        "{}",
        both(&output)
    );
    assert_holds(folder.path(), &["clip.y4m", "film.mp4", "t.jsonl"]);
    assert_eq!(fs::read(&film).unwrap(), b"an older one");
    let replayed = moue(["replay", text(&trace)]);
    assert!(replayed.status.success(), "{}", both(&replayed));
}

#[test]
fn places_that_no_file_may_stand_in_are_refused_before_the_work() {
    let folder = folder();
    let clip = written(folder.path(), "clip.svg", &y4m(&pan(1), "420", ""));
    let link = folder.path().join("link.svg");
    std::os::unix::fs::symlink(&clip, &link).unwrap();
    let same = folder.path().join("same.svg");
    let dotted = folder.path().join("./same.svg");
    let missing = folder.path().join("missing/out.svg");
    for (arguments, status, words) in [
        (vec!["--timeline", text(&clip)], USAGE, "is the clip"),
        (vec!["--trace", text(&link)], USAGE, "is the clip"),
        (vec!["--annotate", text(&clip)], USAGE, "is the clip"),
        (
            vec!["--timeline", text(&same), "--trace", text(&dotted)],
            USAGE,
            "--timeline goes there",
        ),
        (vec!["--timeline", "t.png"], USAGE, ".svg and .html"),
        (vec!["--annotate", "film"], USAGE, "the ending tells"),
        (vec!["--trace", "/dev/full"], USAGE, "a device"),
        (vec!["--trace", text(folder.path())], USAGE, "a folder"),
        (
            vec!["--timeline", text(&missing)],
            FAILED,
            "can't be written",
        ),
        (vec!["--budget", "fast"], USAGE, "a number"),
        (vec!["--budget", "500%"], USAGE, "budget"),
        (vec!["--field-of-view", "7"], USAGE, "field_of_view"),
    ] {
        let output = watch(&[&[text(&clip)], arguments.as_slice()].concat(), None);
        assert_eq!(
            output.status.code(),
            status,
            "{arguments:?}: {}",
            both(&output)
        );
        assert!(
            stderr(&output).contains(words),
            "{words}: {}",
            both(&output)
        );
        assert_holds(folder.path(), &["clip.svg", "link.svg"]);
    }
}

#[test]
fn what_is_no_clip_is_refused() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    for (path, words) in [
        (text(&pipe), "watch - <"),
        (text(folder.path()), "is a folder"),
        ("/dev/zero", "watch - <"),
        ("missing.mp4", "can't be opened"),
    ] {
        let output = watch(&[path], None);
        assert_eq!(output.status.code(), FAILED, "{}", both(&output));
        assert!(stderr(&output).contains(words), "{}", both(&output));
    }
}

#[test]
fn a_damaged_trace_is_replayed_up_to_the_line_that_the_error_names() {
    let folder = folder();
    let trace = folder.path().join("t.jsonl");
    let clip = written(folder.path(), "clip.y4m", &y4m(&pan(4), "420", ""));
    let watched = watch(&["--json", text(&clip), "--trace", text(&trace)], None);
    assert!(watched.status.success(), "{}", both(&watched));
    let whole = fs::read_to_string(&trace).unwrap();
    let kept: Vec<&str> = whole.lines().collect();
    let replay = |text: String| {
        fs::write(&trace, text).unwrap();
        moue(["replay", "--json", common::clips::text(&trace)])
    };
    let half = &kept[3][..kept[3].len() / 2];
    let again = format!("{}\n\n{}\n{}\n{}", kept[0], kept[1], kept[2], kept[2]);
    let newer = whole.replacen("\"moue_trace\":1", "\"moue_trace\":2", 1);
    let long = format!("{}\n{}\n{}", kept[0], kept[1], "x".repeat(2 << 20));
    for (text, results, words) in [
        (
            format!("{}\n{}\n{}\n{half}", kept[0], kept[1], kept[2]),
            2,
            "line 4: ",
        ),
        (again, 2, "line 5: "),
        (long, 1, "line 3: "),
        (newer, 0, "version 2"),
        (kept[1].to_owned(), 0, "line 1: "),
        (String::new(), 0, "it is empty"),
        (kept[0].to_owned(), 0, "it holds no frame"),
    ] {
        let output = replay(text);
        assert_eq!(output.status.code(), FAILED, "{words}: {}", both(&output));
        assert!(
            stderr(&output).contains(words),
            "{words}: {}",
            both(&output)
        );
        let expected: Vec<String> = stdout(&watched)
            .lines()
            .take(results)
            .map(str::to_owned)
            .collect();
        let found: Vec<String> = stdout(&output).lines().map(str::to_owned).collect();
        assert_eq!(found, expected, "{words}");
    }
}
