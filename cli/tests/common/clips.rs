//! Clips made from the photos, and whether ffmpeg is there.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use image::imageops::{self, FilterType};
use image::{DynamicImage, RgbImage};

use super::{astronaut, photo};

/// Nanoseconds.
pub const SECOND: u64 = 1_000_000_000;

/// Kinds of YUV4MPEG2 that are read.
pub const KINDS: [&str; 7] = [
    "420", "420jpeg", "420mpeg2", "420paldv", "422", "444", "mono",
];

/// The astronaut in a picture of 240 x 200, which moves right a little from frame to frame.
pub fn pan(frames: u32) -> Vec<RgbImage> {
    let photo = image::open(astronaut()).expect("a photo").into_rgb8();
    (0..frames)
        .map(|index| {
            let part = imageops::crop_imm(&photo, 100 - (index * 2).min(100), 0, 360, 300);
            imageops::resize(&part.to_image(), 240, 200, FilterType::Triangle)
        })
        .collect()
}

/// The astronaut and Grace Hopper side by side.
pub fn two_faces() -> RgbImage {
    let open = |name: &str, height: u32| {
        let photo = DynamicImage::from(image::open(photo(name)).expect("a photo").into_rgb8());
        photo.resize(1000, height, FilterType::Triangle).into_rgb8()
    };
    let (left, right) = (open("astronaut.jpg", 320), open("grace_hopper.jpg", 320));
    let mut both = RgbImage::new(left.width() + right.width(), 320);
    imageops::replace(&mut both, &left, 0, 0);
    imageops::replace(&mut both, &right, left.width().into(), 0);
    both
}

/// The bytes of a clip, 30 frames a second unless `marks` say otherwise. Luma and chroma by JPEG's formulas, so with full range.
pub fn y4m(pictures: &[RgbImage], kind: &str, marks: &str) -> Vec<u8> {
    let (width, height) = pictures[0].dimensions();
    let rate = if marks.contains('F') { "" } else { " F30:1" };
    let mut clip =
        format!("YUV4MPEG2 W{width} H{height}{rate} Ip A1:1 C{kind} XCOLORRANGE=FULL {marks}\n")
            .into_bytes();
    for picture in pictures {
        clip.extend_from_slice(b"FRAME\n");
        clip.extend(planes(picture, kind));
    }
    clip
}

/// Bytes of one picture in a clip of this kind.
pub fn planes(picture: &RgbImage, kind: &str) -> Vec<u8> {
    let (across, down) = match kind {
        "422" => (2, 1),
        "444" => (1, 1),
        _ => (2, 2),
    };
    let [mut luma, mut blue, mut red] = [const { Vec::<u8>::new() }; 3];
    for (x, y, pixel) in picture.enumerate_pixels() {
        let [r, g, b] = pixel.0.map(f32::from);
        let gray = 0.299 * r + 0.587 * g + 0.114 * b;
        luma.push(gray.round() as u8);
        if x % across == 0 && y % down == 0 {
            blue.push((128.0 + (b - gray) / 1.772).round() as u8);
            red.push((128.0 + (r - gray) / 1.402).round() as u8);
        }
    }
    if kind != "mono" {
        luma.append(&mut blue);
        luma.append(&mut red);
    }
    luma
}

/// Writes a clip into a folder.
pub fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a clip");
    path
}

/// Whether ffmpeg is there; where it isn't, the test is named as skipped, also where tests that pass show nothing.
pub fn has_ffmpeg(test: &str) -> bool {
    let version = Command::new("ffmpeg")
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let is_there = version.is_ok_and(|status| status.success());
    if !is_there {
        let line = format!("skipped: {test} (ffmpeg is missing)\n");
        std::io::stderr()
            .write_all(line.as_bytes())
            .expect("standard error is open");
    }
    is_there
}

/// Runs ffmpeg, which must succeed.
pub fn ffmpeg<'a>(arguments: impl IntoIterator<Item = &'a str>) {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of the test is text")
}

/// Asserts that nothing but these files is in a folder.
pub fn assert_holds(folder: &Path, names: &[&str]) {
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("text"))
        .collect();
    found.sort();
    assert_eq!(found, names);
}
