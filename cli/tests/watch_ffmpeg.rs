//! `moue watch` with the real ffmpeg: compressed clips and their true times, turned ones, and the annotated copy.

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::clips::{SECOND, ffmpeg, has_ffmpeg, pan, text, written, y4m};
use common::{both, command, folder, geometry, lines, stderr};
use image::{Rgb, RgbImage};
use serde_json::Value;

fn watch(arguments: &[&str]) -> Output {
    let output = command()
        .arg("watch")
        .arg("--json")
        .args(arguments)
        .output()
        .expect("the command starts");
    assert!(output.status.success(), "{}", both(&output));
    output
}

/// A clip without loss, and the raw one that it was made from. `options` are ffmpeg's, between them.
fn compressed(folder: &Path, name: &str, frames: u32, options: &[&str]) -> (String, String) {
    let raw = written(folder, "raw.y4m", &y4m(&pan(frames), "420", ""));
    let out = folder.join(name);
    let (raw, out) = (text(&raw).to_owned(), text(&out).to_owned());
    let arguments = ["-i", &raw].into_iter().chain(options.iter().copied());
    ffmpeg(arguments.chain(["-c:v", "libx264", "-qp", "0", &out]));
    (raw, out)
}

fn timestamps(output: &Output) -> Vec<u64> {
    lines(output)
        .iter()
        .map(|line| line["timestamp"].as_u64().expect("a number"))
        .collect()
}

/// Width and height, and the times of all pictures in seconds, as ffprobe tells them.
fn probed(clip: &str) -> (String, Vec<f64>) {
    let probe = |what: &str| {
        let output = Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-select_streams",
                "v:0",
                "-show_entries",
                what,
            ])
            .args(["-of", "csv=p=0", clip])
            .output()
            .expect("ffprobe comes with ffmpeg");
        String::from_utf8(output.stdout).expect("text")
    };
    let times = probe("frame=pts_time");
    let times = times
        .lines()
        .filter_map(|line| line.trim_end_matches(',').parse().ok())
        .collect();
    (probe("stream=width,height").trim().to_owned(), times)
}

/// The pictures of a clip, decoded by ffmpeg.
fn decoded(clip: &str, width: u32, height: u32) -> Vec<RgbImage> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i", clip, "-fps_mode", "passthrough"])
        .args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .output()
        .expect("ffmpeg starts");
    output
        .stdout
        .chunks_exact((3 * width * height) as usize)
        .map(|bytes| RgbImage::from_raw(width, height, bytes.to_vec()).expect("its size"))
        .collect()
}

#[test]
fn a_compressed_clip_without_loss_gives_the_results_of_the_raw_one() {
    if !has_ffmpeg("a_compressed_clip_without_loss_gives_the_results_of_the_raw_one") {
        return;
    }
    let folder = folder();
    for name in ["clip.mp4", "clip.mkv"] {
        let (raw, clip) = compressed(folder.path(), name, 12, &["-color_range", "pc"]);
        let [raw, clip] = [raw, clip].map(|clip| lines(&watch(&[&clip])));
        assert_eq!(clip.len(), raw.len());
        for (found, expected) in clip.iter().zip(&raw) {
            assert_eq!(found["faces"].as_array().unwrap().len(), 1, "{name}");
            common::assert_same_face(found, expected, 1.0, name);
            // Matroska has milliseconds.
            let times = [found, expected].map(|line| line["timestamp"].as_u64().unwrap());
            assert!(times[0].abs_diff(times[1]) < 1_000_000, "{times:?}");
        }
    }
}

#[test]
fn a_variable_frame_rate_keeps_its_true_times() {
    if !has_ffmpeg("a_variable_frame_rate_keeps_its_true_times") {
        return;
    }
    let folder = folder();
    // 30 a second, then 10, then 30 again.
    let uneven = "setpts='(N+if(lt(N,5),0,if(lt(N,10),2*(N-4),12)))/30/TB'";
    let options = [
        "-vf",
        uneven,
        "-fps_mode",
        "passthrough",
        "-enc_time_base",
        "1:90000",
    ];
    let (_, clip) = compressed(folder.path(), "clip.mp4", 15, &options);
    let film = folder.path().join("film.mp4");
    let output = watch(&[&clip, "--annotate", text(&film)]);
    let expected: Vec<u64> = (0..15)
        .map(|n| {
            n + if n < 5 {
                0
            } else if n < 10 {
                2 * (n - 4)
            } else {
                12
            }
        })
        .map(|thirtieths| thirtieths * SECOND / 30)
        .collect();
    assert_eq!(timestamps(&output), expected);
    // The copy has them too.
    let (_, times) = probed(text(&film));
    assert_eq!(times.len(), expected.len());
    for (time, expected) in times.iter().zip(expected) {
        assert!((time - expected as f64 / 1e9).abs() < 1e-4, "{times:?}");
    }
}

#[test]
fn a_clip_that_a_phone_has_turned_is_looked_at_upright() {
    if !has_ffmpeg("a_clip_that_a_phone_has_turned_is_looked_at_upright") {
        return;
    }
    let folder = folder();
    // Lying on its side, and marked so that players turn it upright.
    let (raw, lying) = compressed(
        folder.path(),
        "lying.mp4",
        6,
        &["-vf", "transpose=clock", "-color_range", "pc"],
    );
    let turned = folder.path().join("turned.mp4");
    // Newer versions of ffmpeg take the one option, older ones the other.
    let new = [
        "-display_rotation",
        "90",
        "-i",
        &lying,
        "-c",
        "copy",
        text(&turned),
    ];
    let old = [
        "-i",
        &lying,
        "-c",
        "copy",
        "-metadata:s:v",
        "rotate=90",
        text(&turned),
    ];
    let help = Command::new("ffmpeg")
        .args(["-hide_banner", "-h", "full"])
        .output()
        .unwrap();
    if String::from_utf8_lossy(&help.stdout).contains("-display_rotation") {
        ffmpeg(new);
    } else {
        ffmpeg(old);
    }
    let [turned, raw] = [text(&turned), &raw].map(|clip| lines(&watch(&[clip])));
    for (found, expected) in turned.iter().zip(&raw) {
        let face = |line: &Value| line["faces"][0].clone();
        for (found, expected) in geometry(&face(found)).iter().zip(geometry(&face(expected))) {
            assert!((found - expected).abs() < 1.0, "{found} {expected}");
        }
    }
    assert_eq!(turned.len(), raw.len());
}

#[test]
fn the_copy_has_the_clips_own_colours_and_the_faces_drawn_where_they_are() {
    if !has_ffmpeg("the_copy_has_the_clips_own_colours_and_the_faces_drawn_where_they_are") {
        return;
    }
    let folder = folder();
    for (kind, mirrored) in [("420", false), ("422", false), ("444", true)] {
        let clip = written(folder.path(), "clip.y4m", &y4m(&pan(4), kind, ""));
        let film = folder.path().join("film.mkv");
        let mut arguments = vec![text(&clip), "--annotate", text(&film)];
        if mirrored {
            arguments.push("--mirrored");
        }
        let found = lines(&watch(&arguments));
        let (size, times) = probed(text(&film));
        assert_eq!(size, "240,200");
        assert_eq!(times.len(), 4);
        let pictures = decoded(text(&film), 240, 200);
        assert_eq!(pictures.len(), 4);
        for ((picture, original), line) in pictures.iter().zip(pan(4)).zip(&found) {
            let original = if mirrored {
                image::imageops::flip_horizontal(&original)
            } else {
                original
            };
            let [x, y, width, height] = ["x", "y", "width", "height"]
                .map(|key| line["faces"][0]["box"][key].as_f64().unwrap() as i64);
            // Yellow stands for happy; lines of chroma are soft.
            let near = |a: &Rgb<u8>, b: [u8; 3], within: i32| {
                a.0.iter()
                    .zip(b)
                    .all(|(&a, b)| (i32::from(a) - i32::from(b)).abs() <= within)
            };
            let at =
                |x: i64, y: i64| picture.get_pixel(x.clamp(0, 239) as u32, y.clamp(0, 199) as u32);
            let bottom = (x..x + width)
                .filter(|&x| near(at(x, y + height), [240, 228, 66], 60))
                .count();
            assert!(
                bottom as i64 > width * 8 / 10,
                "{kind}: {bottom} of {width}"
            );
            // Far from box and label, the copy is the clip but for the encoder's loss.
            let (mut far, mut same) = (0, 0);
            for (place_x, place_y, pixel) in picture.enumerate_pixels() {
                let (px, py) = (i64::from(place_x), i64::from(place_y));
                if px < x - 12 || px > x + width + 60 || py > y + height + 30 {
                    far += 1;
                    same += usize::from(near(pixel, original.get_pixel(place_x, place_y).0, 24));
                }
            }
            assert!(
                far > 3000 && same * 100 > far * 97,
                "{kind}: {same} of {far}"
            );
        }
    }
}

#[test]
fn a_clip_of_odd_size_has_a_copy_too() {
    if !has_ffmpeg("a_clip_of_odd_size_has_a_copy_too") {
        return;
    }
    let folder = folder();
    let odd: Vec<RgbImage> = pan(2)
        .iter()
        .map(|picture| image::imageops::crop_imm(picture, 0, 0, 239, 199).to_image())
        .collect();
    for kind in ["420", "mono"] {
        let clip = written(folder.path(), "odd.y4m", &y4m(&odd, kind, ""));
        let film = folder.path().join("film.mp4");
        watch(&[text(&clip), "--annotate", text(&film)]);
        assert_eq!(probed(text(&film)).0, "240,200", "{kind}");
    }
}

#[test]
fn played_as_by_a_camera_the_copy_has_the_frames_that_were_looked_at() {
    if !has_ffmpeg("played_as_by_a_camera_the_copy_has_the_frames_that_were_looked_at") {
        return;
    }
    let folder = folder();
    let clip = written(folder.path(), "clip.y4m", &y4m(&pan(10), "420", ""));
    let film = folder.path().join("film.mkv");
    let output = watch(&[text(&clip), "--realtime", "--annotate", text(&film)]);
    let (_, times) = probed(text(&film));
    let expected = timestamps(&output);
    assert_eq!(times.len(), expected.len());
    for (time, expected) in times.iter().zip(expected) {
        assert!((time - expected as f64 / 1e9).abs() < 2e-3, "{times:?}");
    }
}

#[test]
fn standard_input_goes_through_ffmpeg_as_well() {
    if !has_ffmpeg("standard_input_goes_through_ffmpeg_as_well") {
        return;
    }
    let folder = folder();
    let (_, clip) = compressed(folder.path(), "clip.mkv", 5, &[]);
    let output = command()
        .args(["watch", "-", "--json"])
        .stdin(Stdio::from(std::fs::File::open(&clip).unwrap()))
        .output()
        .expect("the command starts");
    assert!(output.status.success(), "{}", both(&output));
    assert_eq!(lines(&output).len(), 5);
}

#[test]
fn a_playlist_cannot_make_ffmpeg_open_a_connection() {
    if !has_ffmpeg("a_playlist_cannot_make_ffmpeg_open_a_connection") {
        return;
    }
    let folder = folder();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("it can be asked");
    let address = listener.local_addr().unwrap();
    let list = format!(
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://{address}/a.ts\n#EXT-X-ENDLIST\n"
    );
    let clip = written(folder.path(), "list.m3u8", list.as_bytes());
    let output = command()
        .arg("watch")
        .arg(&clip)
        .output()
        .expect("the command starts");
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(stderr(&output).contains("ffmpeg"), "{}", both(&output));
    assert!(listener.accept().is_err(), "somebody connected");
}

/// A file system with little room, where this process may mount one.
#[cfg(target_os = "linux")]
struct SmallDisk(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mounted(size: &str) -> Option<Self> {
        let disk = Self(folder());
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
            .arg(disk.0.path())
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(disk)
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_nothing_half_written() {
    use std::io::Write;
    let name = "a_full_disk_leaves_nothing_half_written";
    if !has_ffmpeg(name) {
        return;
    }
    let (Some(disk), Some(smaller)) = (SmallDisk::mounted("100k"), SmallDisk::mounted("4k")) else {
        let line = format!("skipped: {name} (no file system can be mounted)\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    };
    let folder = folder();
    // Noise is what an encoder can't make small.
    let mut state = 1_u32;
    let noise = |_: u32| {
        RgbImage::from_fn(320, 240, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgb([(state >> 24) as u8; 3])
        })
    };
    let pictures: Vec<RgbImage> = (0..30).map(noise).collect();
    let clip = written(folder.path(), "clip.y4m", &y4m(&pictures, "420", ""));
    for (disk, option, name) in [
        (&disk, "--annotate", "film.mp4"),
        (&disk, "--annotate", "film.mkv"),
        (&smaller, "--trace", "trace.jsonl"),
    ] {
        let out = disk.0.path().join(name);
        let output = command()
            .args(["watch", "--json", text(&clip), option, text(&out)])
            .output()
            .expect("the command starts");
        assert_eq!(output.status.code(), Some(1), "{}", both(&output));
        let said = stderr(&output);
        assert!(said.contains("No space left"), "{said}");
        let left = std::fs::read_dir(disk.0.path()).unwrap().count();
        assert_eq!(left, 0, "{name} stays");
    }
}
