//! A watch that is ended from outside: what was looked at until then is said and written, whole.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::clips::{assert_holds, pan, text, y4m};
use common::{both, command, folder, lines, moue, stderr};

const FAILED: Option<i32> = Some(1);

/// A watch of standard input, into which frames come until nobody reads them, with files in `folder`; it has said one result.
fn endless(
    folder: &Path,
) -> (
    Child,
    impl Iterator<Item = String> + use<>,
    thread::JoinHandle<()>,
) {
    let [trace, timeline] = ["t.jsonl", "t.html"].map(|name| folder.join(name));
    let mut child = command()
        .args([
            "watch",
            "-",
            "--json",
            "--trace",
            text(&trace),
            "--timeline",
            text(&timeline),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let clip = y4m(&pan(1), "420", "");
    let header = clip.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
    let feeder = thread::spawn(move || {
        if stdin.write_all(&clip).is_ok() {
            while stdin.write_all(&clip[header..]).is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
        }
    });
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped"))
        .lines()
        .map(|line| line.expect("text"));
    lines.next().expect("a first result");
    (child, lines, feeder)
}

#[test]
fn ctrl_c_and_sigterm_end_a_watch_with_whole_files() {
    for signal in ["-INT", "-TERM"] {
        let folder = folder();
        let (child, more, feeder) = endless(folder.path());
        let killed = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(killed.expect("kill starts").success());
        let results = 1 + more.count();
        let started = Instant::now();
        let output = child.wait_with_output().expect("it ends");
        assert!(started.elapsed() < Duration::from_secs(20), "it hangs");
        feeder.join().expect("the pipe is closed");
        assert_eq!(output.status.code(), FAILED, "as of moue eval");
        assert!(
            stderr(&output).contains("interrupted: "),
            "{}",
            both(&output)
        );
        assert_holds(folder.path(), &["t.html", "t.jsonl"]);
        let replayed = moue(["replay", "--json", text(&folder.path().join("t.jsonl"))]);
        assert!(replayed.status.success(), "{}", both(&replayed));
        assert_eq!(lines(&replayed).len(), results, "{signal}");
    }
}

/// The most memory that a process has held so far, in bytes.
#[cfg(target_os = "linux")]
fn peak_memory(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.expect("it is told").trim().trim_end_matches(" kB");
    1024 * kilobytes.trim().parse::<u64>().expect("a number")
}

#[test]
#[cfg(target_os = "linux")]
fn a_long_clip_takes_no_more_memory_than_a_short_one() {
    /// A picture has 72,000 bytes: kept, 800 of them would take 58 MB.
    const MOST_GROWTH: u64 = 8 << 20;
    let folder = folder();
    let (mut child, mut more, feeder) = endless(folder.path());
    let early = more.nth(100).map(|_| peak_memory(&child));
    let late = more.nth(800).map(|_| peak_memory(&child));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    feeder.join().expect("the pipe is closed");
    let (early, late) = (early.expect("results"), late.expect("results"));
    assert!(late < early + MOST_GROWTH, "{early} bytes became {late}");
}

#[test]
fn a_reader_that_goes_ends_the_watch_quietly_with_whole_files() {
    let folder = folder();
    let (child, lines, feeder) = endless(folder.path());
    drop(lines);
    let output = child.wait_with_output().expect("it ends");
    feeder.join().expect("the pipe is closed");
    assert!(output.status.success(), "{}", both(&output));
    assert_eq!(stderr(&output), "");
    assert_holds(folder.path(), &["t.html", "t.jsonl"]);
}

/// Whether a process has taken a signal over, by its number.
#[cfg(target_os = "linux")]
fn listens(child: &Child, signal: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = u64::from_str_radix(caught.expect("it is told").trim(), 16).expect("a mask");
    caught >> (signal - 1) & 1 == 1
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_is_heard_while_no_frame_comes() {
    let child = command()
        .args(["watch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("the command starts");
    // Held open, so that its end isn't what ends the watch.
    let stdin = child.stdin.take();
    let started = Instant::now();
    while !listens(&child, 2) {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "it never listens"
        );
        thread::sleep(Duration::from_millis(10));
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill starts").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), FAILED, "{}", both(&output));
    assert!(
        stderr(&output).contains("stopped before a frame was seen"),
        "{}",
        both(&output)
    );
    drop(stdin);
}
