//! Clips that ffmpeg makes from the photos, encodes as a camera app would, and decodes again.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use moue::{Frame, LumaRange, Size};

use super::live::SECOND;

/// How clips are encoded: codec, and a bit rate at which phones and web cameras send 640 x 480 pixels.
pub const CODINGS: [&[&str]; 2] = [
    &["-c:v", "libx264", "-preset", "veryfast", "-b:v", "800k"],
    &["-c:v", "mpeg4", "-b:v", "1200k"],
];

/// A clip as decoded: what a program gets that reads a video file.
pub struct Clip {
    size: Size,
    /// Of each frame its time in nanoseconds, and its luma in video range.
    frames: Vec<(u64, Vec<u8>)>,
}

impl Clip {
    /// Each frame with its time in nanoseconds.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = (u64, Frame<'_>)> {
        self.frames.iter().map(|(time, luma)| {
            let frame = Frame::luma(luma, self.size).expect("a whole plane");
            (*time, frame.range(LumaRange::Video))
        })
    }

    /// In seconds, from the first frame to the last.
    pub fn length(&self) -> f64 {
        let time = |frame: Option<&(u64, Vec<u8>)>| frame.map_or(0, |frame| frame.0);
        (time(self.frames.last()) - time(self.frames.first())) as f64 / SECOND as f64
    }
}

/// Whether ffmpeg is there. Where it isn't, names the `test` as skipped, also where tests that pass show nothing of theirs.
pub fn is_there(test: &str) -> bool {
    let is_there = ["ffmpeg", "ffprobe"].iter().all(|program| {
        let run = Command::new(program).arg("-version").output();
        run.is_ok_and(|output| output.status.success())
    });
    if !is_there {
        let line = format!("skipped: {test} (ffmpeg is missing)\n");
        std::io::stderr()
            .write_all(line.as_bytes())
            .expect("standard error is open");
    }
    is_there
}

/// What the ffmpeg filters `graph` make of photos, each shown for so many seconds at `rate` frames a second, encoded with `coding`. The graph
/// ends in `[out]`, 640 x 480 pixels. `name` is the test's, for files beside those of other tests.
pub fn clip(name: &str, photos: &[(&str, f64)], rate: u32, graph: &str, coding: &[&str]) -> Clip {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.mp4", coding[1]));
    let rate = rate.to_string();
    let mut encode = Command::new("ffmpeg");
    encode.args(["-v", "error", "-y"]);
    for (photo, seconds) in photos {
        encode
            .args([
                "-loop",
                "1",
                "-framerate",
                &rate,
                "-t",
                &seconds.to_string(),
                "-i",
            ])
            .arg(photo_path(photo));
    }
    encode
        .args(["-filter_complex", graph, "-map", "[out]"])
        .args(["-fps_mode", "passthrough", "-pix_fmt", "yuv420p"])
        .args(coding)
        .arg(&file);
    run(&mut encode);
    let clip = decode(&file);
    fs::remove_file(&file).expect("the clip was written");
    clip
}

fn photo_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/photos")
        .join(name)
}

fn decode(file: &Path) -> Clip {
    let size = Size::new(640, 480);
    let mut probe = Command::new("ffprobe");
    probe
        .args(["-v", "error", "-select_streams", "v", "-of", "csv=p=0"])
        .args(["-show_entries", "frame=best_effort_timestamp_time"])
        .arg(file);
    let text = String::from_utf8(run(&mut probe)).expect("numbers");
    // Some lines hold side data, or nothing.
    let numbers = text.lines().map(|line| line.trim_end_matches(','));
    let times = numbers.filter(|number| !number.is_empty()).map(|number| {
        let seconds: f64 = number.parse().expect("a time");
        (seconds * SECOND as f64).round() as u64
    });
    let mut decode = Command::new("ffmpeg");
    decode.args(["-v", "error", "-i"]).arg(file).args([
        "-fps_mode",
        "passthrough",
        "-pix_fmt",
        "yuv420p",
        "-f",
        "rawvideo",
        "-",
    ]);
    let pictures = run(&mut decode);
    let luma = (size.width * size.height) as usize;
    let frames: Vec<(u64, Vec<u8>)> = times
        .zip(pictures.chunks_exact(luma * 3 / 2))
        .map(|(time, planes)| (time, planes[..luma].to_vec()))
        .collect();
    assert_eq!(
        frames.len() * luma * 3 / 2,
        pictures.len(),
        "a time for each frame"
    );
    Clip { size, frames }
}

/// Runs to the end and returns what was written to standard output.
fn run(command: &mut Command) -> Vec<u8> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg has been found before");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {words}");
    output.stdout
}
