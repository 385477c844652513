//! Ten thousand photos in one run need hardly more memory than a thousand: nothing piles up from photo to photo.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use common::{command, folder};
use image::{Rgb, RgbImage};

const FEW: usize = 1_000;
const MANY: usize = 10_000;

/// What 9,000 more paths may cost, in bytes: their names, twice, and a place in a list or two, with room to spare. Decoded, the photos take
/// 4 kB each: kept, they would cost 40 MB.
const MOST_GROWTH: u64 = 6 << 20;

/// How many results come between two looks at the memory.
const RESULTS_PER_LOOK: usize = 50;

/// Narrow photos of twelve looks, JPEG and PNG, under `count` names: narrow because what is searched for faces is then small as well.
fn photos(folder: &Path, count: usize) {
    let mut originals = Vec::new();
    for look in 0..12_u32 {
        let (width, height) = (96 + 8 * look, 8 + look / 2);
        let picture = RgbImage::from_fn(width, height, |x, y| {
            Rgb([(x * look) as u8, (y * 3) as u8, (x ^ y) as u8])
        });
        let ending = if look % 2 == 0 { "jpg" } else { "png" };
        let path = folder.join(format!("look-{look:02}.{ending}"));
        picture.save(&path).expect("a photo");
        originals.push((path, ending));
    }
    for index in originals.len()..count {
        let (original, ending) = &originals[index % originals.len()];
        let name = folder.join(format!("photo-{index:05}.{ending}"));
        fs::hard_link(original, &name)
            .or_else(|_| fs::copy(original, &name).map(|_| ()))
            .expect("another name for it");
    }
}

/// The most memory that `moue analyze --json` held, in bytes. It is looked at while results come: the last of them wait in the pipe, some
/// hundreds, when the process may be gone already.
fn peak_memory(folder: &Path, count: usize) -> u64 {
    let mut child = command()
        .args(["analyze", "--json"])
        .arg(folder)
        // As many analyzers on every machine.
        .env("RAYON_NUM_THREADS", "2")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let status = format!("/proc/{}/status", child.id());
    let results = BufReader::new(child.stdout.take().expect("it is piped"));
    let (mut found, mut peak) = (0, 0);
    for line in results.lines() {
        let line = line.expect("text");
        assert!(line.contains("\"faces\""), "{line}");
        found += 1;
        if found % RESULTS_PER_LOOK == 0 {
            peak = peak.max(highest_so_far(&status).unwrap_or(0));
        }
    }
    assert!(child.wait().expect("it ends").success());
    assert_eq!(found, count);
    assert!(peak > 0, "Linux tells the memory of a process that runs");
    peak
}

/// The line `VmHWM` of a process's status, in bytes; a process that has ended has none.
fn highest_so_far(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[test]
fn ten_thousand_photos_need_hardly_more_memory_than_a_thousand() {
    let (few, many) = (folder(), folder());
    photos(few.path(), FEW);
    photos(many.path(), MANY);
    let (few, many) = (peak_memory(few.path(), FEW), peak_memory(many.path(), MANY));
    println!("{few} bytes at most for {FEW} photos, {many} for {MANY}");
    assert!(
        many < few + MOST_GROWTH,
        "{few} bytes for {FEW} photos, {many} for {MANY}"
    );
}
