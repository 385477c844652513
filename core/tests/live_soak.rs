//! An hour of video as fast as it goes: memory must not grow, and no descriptor may stay open. `cargo xtask test --suite soak` runs it.

mod support;

use std::fs;
use std::io::Write;
use std::time::Duration;

use image::{GrayImage, imageops};
use moue::{FrameResult, LiveOptions, LiveSession, Next, Rotation, Submitted, Thermal, TrackId};
use support::live::{Random, SECOND, scene};
use support::{frame, photo};

/// An hour at 30 frames a second.
const FRAMES: u64 = 3600 * 30;

/// Five minutes of it, in which everything has happened: buffers have grown, and every path has been gone.
const WARM_UP: u64 = 5 * 60 * 30;

/// How often the memory is looked at.
const LOOK: u64 = 30 * 30;

/// How much more there may be at any time after the warm-up, in bytes.
const MOST_GROWTH: u64 = 1_000_000;

/// Memory that this process holds, in bytes; `None` where the system isn't Linux.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// Four seconds: a face that moves, two that cross, nobody, and a cut to another person in the dark.
fn clip() -> Vec<GrayImage> {
    let (astronaut, hopper) = (photo("astronaut.jpg"), photo("grace_hopper.jpg"));
    let near = imageops::crop_imm(&astronaut, 150, 30, 150, 170).to_image();
    let far = imageops::crop_imm(&hopper, 165, 100, 200, 240).to_image();
    (0..120)
        .map(|index| {
            let t = index as f32 / 30.0;
            let sway = 60.0 * libm::sinf(3.0 * t);
            let (left, right) = (120.0 + 200.0 * (t - 1.3), 520.0 - 200.0 * (t - 1.3));
            let people: &[_] = match index {
                0..40 => &[(&astronaut, 1.0, 300.0 + sway, 260.0)],
                40..100 => &[(&far, 0.7, right, 240.0), (&near, 0.9, left, 250.0)],
                100..105 => &[],
                _ => &[(&hopper, 0.7, 420.0, 260.0)],
            };
            let mut picture = scene((640, 480), people, 0.0, &mut Random(1));
            if index > 112 {
                picture.iter_mut().for_each(|pixel| *pixel /= 8);
            }
            picture
        })
        .collect()
}

#[test]
#[ignore = "takes minutes; `cargo xtask test --suite soak` runs it"]
fn an_hour_of_frames_leaves_memory_and_descriptors_as_they_were() {
    if resident().is_none() {
        let line = "skipped: an_hour_of_frames_leaves_memory_and_descriptors_as_they_were (no /proc/self/status)\n";
        std::io::stderr()
            .write_all(line.as_bytes())
            .expect("standard error is open");
        return;
    }
    let clip = clip();
    let small: Vec<GrayImage> = clip
        .iter()
        .map(|picture| imageops::thumbnail(picture, 320, 240))
        .collect();
    let before = descriptors();
    let session = LiveSession::new(LiveOptions::default().field_of_view(66.0))
        .expect("the embedded models load");
    let mut result = FrameResult::default();
    let (mut base, mut most, mut doubled, mut newest) = (0, 0, 0, TrackId(0));
    for index in 0..FRAMES {
        let (second, place) = (index / 30, (index % clip.len() as u64) as usize);
        // Half a minute of large frames, ten seconds of small ones, five of a phone on its side.
        let shown = match second % 45 {
            0..30 => frame(&clip[place]),
            30..40 => frame(&small[place]),
            _ => frame(&clip[place]).rotated(Rotation::Deg90),
        };
        if index % 10 == 9 {
            // A frame that nobody had time for.
            session
                .submit(&shown, 2 * index * SECOND / 60)
                .expect("times rise");
            doubled += 1;
        }
        let submitted = session
            .submit(&shown, (2 * index + 1) * SECOND / 60)
            .expect("times rise");
        assert_ne!(submitted, Submitted::Closed);
        match index % 997 {
            // The newest face, if it is still there.
            0 => session.calibrate(result.faces.last().map_or(TrackId(1), |face| face.track)),
            1 => session.set_thermal(Thermal::Fair),
            2 => session.set_thermal(Thermal::Nominal),
            _ => {}
        }
        let next = session
            .next(Duration::ZERO, &mut result)
            .expect("the only next");
        if let Some(face) = result.faces.last() {
            newest = face.track.max(newest);
        }
        // Warm devices pass frames over.
        assert!(next == Next::Result || index % 997 == 2, "frame {index}");
        if index >= WARM_UP && index % LOOK == 0 {
            let held = resident().expect("Linux tells");
            if base == 0 {
                base = held;
            }
            most = held.max(most);
            assert!(
                most <= base + MOST_GROWTH,
                "{base} bytes after the warm-up, {most} after {second} s of video"
            );
        }
    }
    let counts = result.counts;
    assert_eq!(counts.analyzed + counts.dropped, FRAMES + doubled);
    // People came and went all the time.
    assert!(newest > TrackId(1000), "{newest}");
    session.close();
    drop(session);
    assert_eq!(descriptors(), before);
    println!(
        "{base} bytes after the warm-up, at most {most} after it; {newest} tracks, {counts:?}"
    );
}
