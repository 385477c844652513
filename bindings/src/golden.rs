//! `tests/golden/vectors.txt`: what comes out for each of its frames and options is what stands there, to the last bit and to the word.
//!
//! `cargo xtask golden` writes the outputs anew, and the frames that are made from others; `tests/golden/README.md` tells when.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use crate::face::{Face, Point, Pose, Verdict, expression_name, reason_name};
use crate::frame::{Crop, FrameLayout, LumaRange, PixelFormat};
use crate::options::{ExpressionSet, Head, Options, default_options};
use crate::{Analyzer, NativeError};

#[test]
fn golden_vectors_come_out_to_the_last_bit() {
    let path = folder().join("vectors.txt");
    if std::env::var_os("MOUE_BLESS").is_some() {
        make_frames();
        let text = fs::read_to_string(&path).expect("the vectors can be read");
        fs::write(&path, with_outputs(&text)).expect("the vectors can be written");
    }
    let golden = fs::read_to_string(&path).expect("the vectors can be read");
    for part in [
        "verdict=happy",
        "verdict=unsure:",
        "\nnone\n",
        "\nerror bad_input ",
    ] {
        assert!(golden.contains(part), "no case shows {part:?}");
    }
    let now = with_outputs(&golden);
    let mut case = "";
    for (golden, now) in golden.lines().zip(now.lines()) {
        if golden.starts_with("case ") {
            case = golden;
        }
        assert_eq!(
            golden, now,
            "{case}: where this was changed on purpose, run `cargo xtask golden`"
        );
    }
    assert_eq!(golden.lines().count(), now.lines().count());
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

/// The text with the outputs of its inputs.
fn with_outputs(text: &str) -> String {
    let mut result = String::new();
    let mut analyzers = HashMap::new();
    // Comments and cases, each between empty lines.
    for block in text.trim_end().split("\n\n") {
        let inputs: Vec<&str> = block
            .lines()
            .filter(|line| {
                ["#", "case ", "frame ", "options "]
                    .iter()
                    .any(|word| line.starts_with(word))
            })
            .collect();
        let mut block = inputs.join("\n") + "\n";
        if let Some(frame) = inputs.iter().find_map(|line| line.strip_prefix("frame ")) {
            let options = inputs.iter().find_map(|line| line.strip_prefix("options "));
            let options = options.unwrap_or_default();
            // Loading the networks takes an emulated CPU longer than reading a frame.
            let analyzer = analyzers
                .entry(options)
                .or_insert_with(|| Analyzer::new(read_options(options)));
            block += &outputs(frame, analyzer.clone());
        }
        if !result.is_empty() {
            result += "\n";
        }
        result += &block;
    }
    result
}

/// A line for each face, `none` where there is no face, or a line with the error.
fn outputs(frame: &str, analyzer: Result<Arc<Analyzer>, NativeError>) -> String {
    let file = pairs(frame)
        .find_map(|(key, value)| (key == "file").then_some(value))
        .expect("a frame has a file");
    let pixels = fs::read(folder().join(file)).expect("the frame can be read");
    let faces = analyzer.and_then(|analyzer| analyzer.analyze(&pixels, read_layout(frame)));
    match faces {
        Ok(faces) if faces.is_empty() => "none\n".to_owned(),
        Ok(faces) => faces.iter().map(face_line).collect(),
        Err(error) => {
            let kind = match error {
                NativeError::BadInput(_) => "bad_input",
                NativeError::BadModel(_) => "bad_model",
                NativeError::Closed(_) => "closed",
                NativeError::Busy(_) => "busy",
                NativeError::Internal(_) => "internal",
            };
            format!("error {kind} {error}\n")
        }
    }
}

fn face_line(face: &Face) -> String {
    let Face {
        bounds,
        score,
        points,
        quality,
        reading,
    } = *face;
    let verdict = match reading.verdict {
        Verdict::Certain { expression } => expression_name(expression),
        Verdict::Unsure { reason } => reason_name(reason).map(|reason| format!("unsure:{reason}")),
    };
    let both = |point: Point| [point.x, point.y];
    let points = [
        points.image_left_eye,
        points.image_right_eye,
        points.nose,
        points.image_left_mouth,
        points.image_right_mouth,
    ]
    .map(both);
    let pose = quality
        .pose
        .map_or("-".to_owned(), |Pose { yaw, pitch, roll }| {
            bits(&[yaw, pitch, roll])
        });
    let scores = reading.scores;
    let mut line = String::new();
    writeln!(
        line,
        "face bounds={} score={} points={} quality={} pose={pose} verdict={} scores={}",
        bits(&[bounds.x, bounds.y, bounds.width, bounds.height]),
        bits(&[score]),
        bits(points.as_flattened()),
        bits(&[
            quality.side,
            quality.side_in_frame,
            quality.eye_distance,
            quality.brightness,
            quality.contrast,
            quality.sharpness
        ]),
        verdict.expect("every verdict has a name"),
        bits(&[
            scores.angry,
            scores.disgust,
            scores.fear,
            scores.happy,
            scores.sad,
            scores.surprise,
            scores.neutral,
        ]),
    )
    .expect("a string takes any line");
    line
}

/// Numbers as the bits of IEEE 754, eight hexadecimal digits each.
fn bits(numbers: &[f32]) -> String {
    let words: Vec<String> = numbers
        .iter()
        .map(|number| format!("{:08x}", number.to_bits()))
        .collect();
    words.join(",")
}

fn pairs(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split_whitespace()
        .map(|word| word.split_once('=').expect("words are key=value"))
}

fn number<T: FromStr>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|_| panic!("`{text}` is no number of its kind"))
}

fn float(text: &str) -> f32 {
    f32::from_bits(u32::from_str_radix(text, 16).expect("eight hexadecimal digits"))
}

fn read_layout(line: &str) -> FrameLayout {
    let mut layout = FrameLayout {
        format: PixelFormat::Luma,
        width: 0,
        height: 0,
        row_stride: None,
        pixel_stride: None,
        offset: 0,
        rotation_degrees: 0,
        mirrored: false,
        luma_range: None,
        crop: None,
    };
    for (key, value) in pairs(line) {
        match key {
            "file" => {}
            "format" => {
                layout.format = match value {
                    "luma" => PixelFormat::Luma,
                    "p010" => PixelFormat::P010,
                    "rgb" => PixelFormat::Rgb,
                    "rgba" => PixelFormat::Rgba,
                    "bgra" => PixelFormat::Bgra,
                    _ => panic!("`{value}` is no format"),
                }
            }
            "width" => layout.width = number(value),
            "height" => layout.height = number(value),
            "row_stride" => layout.row_stride = Some(number(value)),
            "pixel_stride" => layout.pixel_stride = Some(number(value)),
            "offset" => layout.offset = number(value),
            "rotation" => layout.rotation_degrees = number(value),
            "mirrored" => layout.mirrored = value == "1",
            "range" => {
                layout.luma_range = Some(match value {
                    "full" => LumaRange::Full,
                    "video" => LumaRange::Video,
                    _ => panic!("`{value}` is no range"),
                })
            }
            "crop" => {
                let numbers: Vec<u32> = value.split(',').map(number).collect();
                let [x, y, width, height] = numbers[..] else {
                    panic!("`{value}` is no crop")
                };
                layout.crop = Some(Crop {
                    x,
                    y,
                    width,
                    height,
                });
            }
            _ => panic!("a frame has no `{key}`"),
        }
    }
    layout
}

fn read_options(line: &str) -> Options {
    let mut options = default_options().expect("the defaults are good");
    let thresholds = &mut options.thresholds;
    for (key, value) in pairs(line) {
        match key {
            "smallest_face" => options.smallest_face = float(value),
            "most_faces" => options.most_faces = number(value),
            "expressions" => {
                options.expressions = match value {
                    "7" => ExpressionSet::Seven,
                    "6" => ExpressionSet::Six,
                    "5" => ExpressionSet::Five,
                    _ => panic!("there are no {value} expressions"),
                }
            }
            "head" => {
                options.head = match value {
                    "consensus" => Head::Consensus,
                    "fer2013" => Head::Fer2013,
                    _ => panic!("`{value}` is no head"),
                }
            }
            "least_side" => thresholds.least_side = float(value),
            "least_brightness" => thresholds.least_brightness = float(value),
            "most_brightness" => thresholds.most_brightness = float(value),
            "least_contrast" => thresholds.least_contrast = float(value),
            "least_sharpness" => thresholds.least_sharpness = float(value),
            "most_yaw" => thresholds.most_yaw = float(value),
            "most_pitch" => thresholds.most_pitch = float(value),
            "least_score" => thresholds.least_score = float(value),
            _ => panic!("there is no option `{key}`"),
        }
    }
    options
}

/// Side of the square frames, in pixels.
const SIDE: u32 = 128;

/// The head of a grey frame's file.
const HEAD: &[u8] = b"P5\n128 128\n255\n";

/// Bytes from one row of the P010 frame to the next: its pixels and some padding.
const P010_STRIDE: usize = 288;

/// The astronaut's face in the photo: the square that `astronaut.pgm` shows.
const ASTRONAUT: (u32, u32, u32) = (147, 36, 155);

/// Makes the frames that come from the photo and from the grey frames.
fn make_frames() {
    let write = |name: &str, bytes: &[u8]| {
        fs::write(folder().join(name), bytes).expect("the frame can be written");
    };
    let grey = |name: &str| {
        let bytes = fs::read(folder().join(name)).expect("the grey frame can be read");
        bytes
            .strip_prefix(HEAD)
            .expect("a PGM file of 128x128")
            .to_vec()
    };
    let (astronaut, grace) = (grey("astronaut.pgm"), grey("grace_hopper.pgm"));

    let photo =
        image::open(folder().join("../photos/astronaut.jpg")).expect("the photo can be read");
    let (x, y, side) = ASTRONAUT;
    let face = photo.crop_imm(x, y, side, side).to_rgba8();
    let face = image::imageops::resize(&face, SIDE, SIDE, image::imageops::FilterType::Triangle);
    write("astronaut.rgba", &face);

    let mut both = b"P5\n256 128\n255\n".to_vec();
    for (left, right) in astronaut
        .chunks(SIDE as usize)
        .zip(grace.chunks(SIDE as usize))
    {
        both.extend_from_slice(left);
        both.extend_from_slice(right);
    }
    write("two_faces.pgm", &both);

    let mut p010 = Vec::new();
    for row in grace.chunks(SIDE as usize) {
        let end = p010.len() + P010_STRIDE;
        for &luma in row {
            // Ten bits of video range, at the top of sixteen.
            let ten = 64 + (u32::from(luma) * 876 / 255) as u16;
            p010.extend_from_slice(&(ten << 6).to_le_bytes());
        }
        p010.resize(end, 0);
    }
    write("grace_hopper.p010", &p010);
}
