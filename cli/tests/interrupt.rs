//! Ctrl-C in the middle of many photos: what was said is whole, nothing half-written stays.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{astronaut, command, folder};

const PHOTOS: usize = 400;
const INTERRUPTED: i32 = 130;

fn press_ctrl_c(child: &Child) {
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill starts").success());
}

/// A folder with many names of one photo.
fn many_photos() -> tempfile::TempDir {
    let folder = folder();
    for index in 0..PHOTOS {
        let name = folder.path().join(format!("{index:03}.jpg"));
        fs::hard_link(astronaut(), &name)
            .or_else(|_| fs::copy(astronaut(), &name).map(|_| ()))
            .expect("a photo");
    }
    folder
}

/// Starts `moue analyze --annotate`, presses Ctrl-C so often once the first result is there, and gives back the exit status, how many
/// results came, and the folder of copies.
fn interrupted(presses: usize) -> (Option<i32>, usize, tempfile::TempDir) {
    let (photos, out) = (many_photos(), folder());
    let mut child = command()
        .args(["analyze", "--json"])
        .arg(photos.path())
        .arg("--annotate")
        .arg(out.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    let mut results = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut whole = 0;
    let mut check = |line: String| {
        serde_json::from_str::<serde_json::Value>(&line).expect("a whole line of JSON");
        whole += 1;
    };
    check(results.next().expect("a first result").expect("text"));
    for _ in 0..presses {
        press_ctrl_c(&child);
        thread::sleep(Duration::from_millis(20));
    }
    for line in results {
        check(line.expect("text"));
    }
    let started = Instant::now();
    let status = child.wait().expect("it ends");
    assert!(started.elapsed() < Duration::from_secs(20), "it hangs");
    (status.code(), whole, out)
}

#[test]
fn ctrl_c_ends_after_the_photos_in_work_and_leaves_whole_copies_only() {
    let (status, results, out) = interrupted(1);
    assert_eq!(status, Some(INTERRUPTED));
    assert!((1..PHOTOS).contains(&results), "{results} results");
    let copies: Vec<_> = fs::read_dir(out.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(copies.len(), results);
    for copy in copies {
        let name = copy.file_name().expect("a name").to_string_lossy();
        assert!(!name.starts_with('.'), "{name}");
        image::open(&copy).expect("a whole picture");
    }
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_leaves_no_half_written_file_either() {
    let (status, _, out) = interrupted(5);
    assert_eq!(status, Some(INTERRUPTED));
    for entry in fs::read_dir(out.path()).expect("the folder") {
        let copy = entry.expect("an entry").path();
        let name = copy.file_name().expect("a name").to_string_lossy();
        assert!(!name.starts_with('.'), "{name}");
        image::open(&copy).expect("a whole picture");
    }
}
