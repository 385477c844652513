//! Pictures made worse on purpose, always the same way: the same face gives the same bytes in every run. Lengths are given for faces of 48 x 48
//! pixels and grow with larger ones.

use std::hash::Hasher;
use std::io::Cursor;

use anyhow::{Context, Result};
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::{DynamicImage, ExtendedColorType, GrayImage, imageops};
use moue::align::Template;
use moue::resample::{LumaView, Resampler};
use moue::{Point, Similarity, Size};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use siphasher::sip::SipHasher13;

/// Side of the faces for which lengths are given, in pixels.
const SIDE: u32 = 48;

/// Side after reduction, in pixels.
const SMALL_SIDE: u32 = 24;

/// Standard deviation of the blur, in pixels.
const BLUR_SIGMA: f32 = 1.2;

/// libjpeg's scale, 1 to 100.
const JPEG_QUALITY: u8 = 30;

/// Cosine and sine of 15 degrees, (sqrt 6 + sqrt 2) / 4 and (sqrt 6 - sqrt 2) / 4.
const TURN: (f64, f64) = (0.965_925_826_289_068_3, 0.258_819_045_102_520_74);

/// Width and height of the patch over the eyes, in distances between them: from temple to temple, brows and lids.
const EYES_PATCH: (f32, f32) = (2.0, 0.7);

/// Width and height of the patch over the mouth, in distances between the eyes.
const MOUTH_PATCH: (f32, f32) = (1.4, 0.8);

/// Standard deviation of what a sensor adds in the dark, in grey levels.
const READ_NOISE: f64 = 6.0;

/// Variance that light itself adds for each grey level, in grey levels (photons arrive at random: variance grows with the mean).
const SHOT_NOISE: f64 = 0.6;

/// A way to make a picture worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corruption {
    /// Reduced and enlarged again.
    Small,
    /// Out of focus.
    Blur,
    /// Half as bright.
    Dark,
    /// Compressed.
    Jpeg,
    /// Turned clockwise about its centre.
    Turn,
    /// A grey patch over the eyes.
    EyesCovered,
    /// A grey patch over the mouth.
    MouthCovered,
    /// As from a sensor in poor light.
    Noise,
}

impl Corruption {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Small,
        Self::Blur,
        Self::Dark,
        Self::Jpeg,
        Self::Turn,
        Self::EyesCovered,
        Self::MouthCovered,
        Self::Noise,
    ];

    /// The name in machine-readable output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Blur => "blur",
            Self::Dark => "dark",
            Self::Jpeg => "jpeg",
            Self::Turn => "turn",
            Self::EyesCovered => "eyes_covered",
            Self::MouthCovered => "mouth_covered",
            Self::Noise => "noise",
        }
    }

    /// What is done, in words.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Small => "reduced to 24 px, enlarged again",
            Self::Blur => "Gaussian blur, sigma 1.2 px of 48",
            Self::Dark => "half the brightness",
            Self::Jpeg => "JPEG of quality 30",
            Self::Turn => "turned by 15 degrees",
            Self::EyesCovered => "eyes covered",
            Self::MouthCovered => "mouth covered",
            Self::Noise => "sensor noise",
        }
    }

    /// The corrupted picture of a face of `side` x `side` pixels, whose points lie where `template` says.
    ///
    /// # Errors
    ///
    /// Those of resampling and of the JPEG library; no picture of that size is known to cause any.
    pub fn apply(
        self,
        face: &[u8],
        side: u32,
        template: &Template,
        resampler: &mut Resampler,
    ) -> Result<Vec<u8>> {
        let size = Size::new(side, side);
        let scale = side as f32 / SIDE as f32;
        let mut out = face.to_vec();
        match self {
            Self::Small => {
                let small = (SMALL_SIDE as f32 * scale).round().max(1.0) as u32;
                let small = Size::new(small, small);
                let mut reduced = vec![0; small.pixels() as usize];
                resampler.resize(LumaView::new(face, size)?, small, &mut reduced)?;
                resampler.resize(LumaView::new(&reduced, small)?, size, &mut out)?;
            }
            Self::Blur => out = imageops::blur(&picture(out, side)?, BLUR_SIGMA * scale).into_raw(),
            Self::Dark => out.iter_mut().for_each(|pixel| *pixel = pixel.div_ceil(2)),
            Self::Jpeg => out = through_jpeg(face, side)?,
            Self::Turn => {
                resampler.warp(LumaView::new(face, size)?, &turned(side), side, &mut out)?
            }
            Self::EyesCovered => {
                let [left, right, ..] = template.in_crop(side);
                cover(
                    &mut out,
                    side,
                    middle(left, right),
                    left.distance(right),
                    EYES_PATCH,
                );
            }
            Self::MouthCovered => {
                let [left, right, _, left_mouth, right_mouth] = template.in_crop(side);
                let middle = middle(left_mouth, right_mouth);
                cover(&mut out, side, middle, left.distance(right), MOUTH_PATCH);
            }
            Self::Noise => add_noise(&mut out),
        }
        Ok(out)
    }
}

fn picture(pixels: Vec<u8>, side: u32) -> Result<GrayImage> {
    GrayImage::from_raw(side, side, pixels).context("a face is a square")
}

fn through_jpeg(face: &[u8], side: u32) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY)
        .encode(face, side, side, ExtendedColorType::L8)
        .context("a face can't be written as JPEG")?;
    let decoded = JpegDecoder::new(Cursor::new(file)).and_then(DynamicImage::from_decoder);
    let decoded = decoded.context("a face's JPEG can't be read")?;
    Ok(decoded.into_luma8().into_raw())
}

/// From the turned picture to the one it is made from, about the centre.
fn turned(side: u32) -> Similarity {
    let centre = f64::from(side) / 2.0;
    // A picture that is to turn clockwise takes its pixels from counterclockwise of them.
    let (a, b) = (TURN.0, -TURN.1);
    Similarity {
        a,
        b,
        tx: centre - (a * centre - b * centre),
        ty: centre - (b * centre + a * centre),
    }
}

fn middle(a: Point, b: Point) -> Point {
    Point::new((a.x + b.x) / 2.0, (a.y + b.y) / 2.0)
}

/// Lays a patch of the face's mean grey over it, which neither darkens nor lightens the whole.
fn cover(face: &mut [u8], side: u32, centre: Point, unit: f32, (width, height): (f32, f32)) {
    let sum: u64 = face.iter().map(|&pixel| u64::from(pixel)).sum();
    let grey = (sum / face.len() as u64) as u8;
    let range = |middle: f32, length: f32| {
        let edge = |value: f32| value.round().clamp(0.0, side as f32) as usize;
        edge(middle - length / 2.0)..edge(middle + length / 2.0)
    };
    let columns = range(centre.x, width * unit);
    for y in range(centre.y, height * unit) {
        face[y * side as usize..][columns.clone()].fill(grey);
    }
}

/// Noise of a sensor: the same for the same face, wherever it stands in the data.
fn add_noise(face: &mut [u8]) {
    let mut hasher = SipHasher13::new();
    hasher.write(face);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(hasher.finish());
    for pixel in face {
        let mean = f64::from(*pixel);
        let deviation = (READ_NOISE * READ_NOISE + SHOT_NOISE * mean).sqrt();
        *pixel = (mean + deviation * normal(&mut random))
            .round()
            .clamp(0.0, 255.0) as u8;
    }
}

/// A number of the standard normal distribution (Box and Muller 1958), the same on every CPU.
fn normal(random: &mut Xoshiro256PlusPlus) -> f64 {
    // From (0, 1], whose logarithm is finite.
    let radius = 1.0 - random.random::<f64>();
    let angle = std::f64::consts::TAU * random.random::<f64>();
    (-2.0 * libm::log(radius)).sqrt() * libm::cos(angle)
}
