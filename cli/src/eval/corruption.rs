//! Pictures made worse on purpose, always the same way: the same face gives the same bytes in every run. Lengths are given for faces of 48 x 48
//! pixels and grow with larger ones.

use std::hash::Hasher;
use std::io::Cursor;

use anyhow::{Context, Result};
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::{DynamicImage, ExtendedColorType};
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

/// How far the Gaussian is followed, in standard deviations.
const BLUR_REACH: f64 = 4.0;

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
            Self::Blur => out = blurred(face, side as usize, f64::from(BLUR_SIGMA * scale)),
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

/// Blurred by a Gaussian; beyond the edges the outermost pixels repeat. (The image crate's own is cut off at two pixels for this sigma, which
/// blurs less.)
fn blurred(face: &[u8], side: usize, sigma: f64) -> Vec<u8> {
    let reach = (BLUR_REACH * sigma).ceil() as usize;
    let half: Vec<f64> = (0..=reach)
        .map(|distance| {
            let sigmas = distance as f64 / sigma;
            libm::exp(-0.5 * sigmas * sigmas)
        })
        .collect();
    let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
    let along = |values: &[f64], place: usize, step: usize, index: usize| {
        let first = place - index * step;
        let at = |index: usize| values[first + index.min(side - 1) * step];
        let pairs = half.iter().enumerate().skip(1);
        let around: f64 = pairs
            .map(|(distance, weight)| {
                weight * (at(index.saturating_sub(distance)) + at(index + distance))
            })
            .sum();
        (half[0] * values[place] + around) / sum
    };
    let pixels: Vec<f64> = face.iter().map(|&pixel| f64::from(pixel)).collect();
    let places = 0..pixels.len();
    let across: Vec<f64> = places
        .clone()
        .map(|place| along(&pixels, place, 1, place % side))
        .collect();
    places
        .map(|place| along(&across, place, side, place / side).round() as u8)
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use moue::ExpressionReader;

    const PIXELS: usize = (SIDE * SIDE) as usize;

    fn apply(corruption: Corruption, face: &[u8]) -> Vec<u8> {
        let reader = ExpressionReader::embedded(moue::Backend::Auto).expect("the built-in model");
        corruption
            .apply(face, SIDE, reader.template(), &mut Resampler::new())
            .expect("a picture")
    }

    fn at(picture: &[u8], x: usize, y: usize) -> u8 {
        picture[y * SIDE as usize + x]
    }

    fn face(grey: impl Fn(usize, usize) -> usize) -> Vec<u8> {
        let side = SIDE as usize;
        (0..PIXELS)
            .map(|place| grey(place % side, place / side) as u8)
            .collect()
    }

    fn square(value: f64) -> f64 {
        value * value
    }

    fn mean_and_deviation(values: &[u8]) -> (f64, f64) {
        let count = values.len() as f64;
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
        let squares = values.iter().map(|&value| square(f64::from(value) - mean));
        (mean, (squares.sum::<f64>() / count).sqrt())
    }

    #[test]
    fn a_small_face_has_lost_what_is_finer_than_two_pixels() {
        let checked = face(|x, y| (x + y) % 2 * 200);
        assert_eq!(apply(Corruption::Small, &checked), [100; PIXELS]);
        let coarse = face(|x, y| (x / 8 + y / 8) % 2 * 200);
        assert_ne!(apply(Corruption::Small, &coarse), [100; PIXELS]);
    }

    #[test]
    fn the_blur_of_a_dot_is_a_gaussian() {
        let dot = face(|x, y| if (x, y) == (24, 24) { 255 } else { 0 });
        let blurred = apply(Corruption::Blur, &dot);
        // 255 g(dx) g(dy) with g the normalised Gaussian of sigma 1.2 on whole pixels, by Python's math.exp.
        for (x, y, expected) in [
            (24, 24, 28.18),
            (25, 24, 19.92),
            (24, 23, 19.92),
            (25, 25, 14.07),
            (26, 24, 7.03),
            (24, 27, 1.24),
        ] {
            let found = f64::from(at(&blurred, x, y));
            assert!(
                (found - expected).abs() <= 0.51,
                "{x}, {y}: {found}, {expected}"
            );
        }
    }

    #[test]
    fn half_the_brightness_is_half_of_every_pixel() {
        let face = face(|x, _| x * 5);
        let dark = apply(Corruption::Dark, &face);
        for (&dark, &grey) in dark.iter().zip(&face) {
            assert!((f64::from(dark) - f64::from(grey) / 2.0).abs() <= 0.5);
        }
    }

    #[test]
    fn jpeg_of_quality_30_loses_as_much_as_pillows() {
        let pattern = face(|x, y| (x * x / 9 + y * 5 + x * y / 16) % 256);
        let compressed = apply(Corruption::Jpeg, &pattern);
        let squares = compressed.iter().zip(&pattern);
        let squares = squares.map(|(&a, &b)| square(f64::from(a) - f64::from(b)));
        let error = (squares.sum::<f64>() / PIXELS as f64).sqrt();
        // Pillow 13.0.0 (libjpeg-turbo), Image.save("JPEG", quality=30) of the same pattern: root mean square error 14.29.
        assert!((error / 14.29 - 1.0).abs() < 0.02, "{error}");
    }

    #[test]
    fn a_turn_takes_what_is_right_of_the_centre_downwards_by_15_degrees() {
        // A spot of 3 x 3 pixels, its centre 16 pixels right of the picture's.
        let spot = face(|x, y| usize::from((39..42).contains(&x) && (23..26).contains(&y)) * 200);
        let turned = apply(Corruption::Turn, &spot);
        let sum: f64 = turned.iter().map(|&pixel| f64::from(pixel)).sum();
        let centre = |along: fn(usize) -> usize| {
            let weights = turned.iter().enumerate();
            let weighted =
                weights.map(|(place, &pixel)| (along(place) as f64 + 0.5) * f64::from(pixel));
            weighted.sum::<f64>() / sum - f64::from(SIDE) / 2.0
        };
        let (x, y) = (
            centre(|place| place % SIDE as usize),
            centre(|place| place / SIDE as usize),
        );
        // From (16.5, 0.5): x cos 15 - y sin 15, x sin 15 + y cos 15, with y downwards.
        assert!(
            (x - 15.808).abs() < 0.1 && (y - 4.753).abs() < 0.1,
            "{x} {y}"
        );
        assert!(
            (sum - 1800.0).abs() < 90.0,
            "the spot keeps its size: {sum}"
        );
    }

    #[test]
    fn patches_cover_eyes_or_mouth_and_leave_the_rest() {
        let face = face(|x, y| 100 + (x + y) % 2);
        let reader = ExpressionReader::embedded(moue::Backend::Auto).expect("the built-in model");
        let points = reader.template().in_crop(SIDE);
        let is_covered = |picture: &[u8], point: Point| {
            let (x, y) = (point.x as usize, point.y as usize);
            at(picture, x, y) == at(picture, x + 1, y)
        };
        for (corruption, expected) in [
            (Corruption::EyesCovered, [true, true, false, false, false]),
            (Corruption::MouthCovered, [false, false, false, true, true]),
        ] {
            let covered = apply(corruption, &face);
            assert_eq!(points.map(|point| is_covered(&covered, point)), expected);
            let changed = covered.iter().zip(&face).filter(|(a, b)| a != b).count();
            assert!(changed < PIXELS / 4, "{corruption:?} changed {changed}");
        }
    }

    #[test]
    fn noise_grows_with_light_has_no_bias_and_is_the_same_for_the_same_face() {
        for (grey, expected) in [(60, 8.49), (128, 10.62), (200, 12.49)] {
            let noisy = apply(Corruption::Noise, &[grey; PIXELS]);
            let (mean, deviation) = mean_and_deviation(&noisy);
            // sqrt(36 + 0.6 grey), by hand; 2,304 draws tell it within 1.5 %, three times that are allowed.
            assert!((mean - f64::from(grey)).abs() < 0.8, "{grey}: {mean}");
            assert!(
                (deviation / expected - 1.0).abs() < 0.045,
                "{grey}: {deviation}"
            );
            assert_eq!(noisy, apply(Corruption::Noise, &[grey; PIXELS]));
        }
    }

    #[test]
    fn every_corruption_works_on_faces_of_any_size() {
        let reader = ExpressionReader::embedded(moue::Backend::Auto).expect("the built-in model");
        for side in [1, 2, 7, 24, 224] {
            let face = vec![90; (side * side) as usize];
            for corruption in Corruption::ALL {
                let spoiled =
                    corruption.apply(&face, side, reader.template(), &mut Resampler::new());
                assert_eq!(spoiled.expect("a picture").len(), face.len());
            }
        }
    }
}
