//! Resizing and cutting against their definition in real numbers, and properties that any linear resampling has.

mod support;

use image::{GrayImage, Luma, imageops};
use moue::resample::Resampler;
use moue::{Similarity, Size};
use proptest::prelude::*;
use support::{any_picture, noise, view};

/// A mean and a pixel are each rounded by half a step at most, and a weight by half of 1/2048 along each axis.
const MOST_ERROR: f64 = 0.5 + 0.5 + 2.0 * 255.0 / 4096.0;

/// The largest whole factor by which pictures are reduced at once.
const MOST_FACTOR: u32 = 256;

fn resized(image: &GrayImage, size: Size) -> Vec<u8> {
    let mut out = vec![0; size.pixels() as usize];
    Resampler::new()
        .resize(view(image), size, &mut out)
        .expect("a fitting buffer");
    out
}

fn warped(image: &GrayImage, to_picture: Similarity, side: u32) -> Vec<u8> {
    let mut out = vec![0; (side * side) as usize];
    Resampler::new()
        .warp(view(image), &to_picture, side, &mut out)
        .expect("a usable transform and a fitting buffer");
    out
}

/// Means of blocks in real numbers, sampled between their centres.
struct Blocks {
    width: u32,
    height: u32,
    factors: [u32; 2],
    means: Vec<f64>,
}

impl Blocks {
    fn new(image: &GrayImage, factors: [u32; 2]) -> Self {
        let (width, height) = image.dimensions();
        let (across, down) = (width.div_ceil(factors[0]), height.div_ceil(factors[1]));
        let mut means = Vec::new();
        for y in 0..down {
            for x in 0..across {
                let (left, top) = (x * factors[0], y * factors[1]);
                let (columns, rows) = (factors[0].min(width - left), factors[1].min(height - top));
                let block = imageops::crop_imm(image, left, top, columns, rows).to_image();
                let sum: f64 = block.iter().map(|&pixel| f64::from(pixel)).sum();
                means.push(sum / f64::from(columns * rows));
            }
        }
        Self {
            width: across,
            height: down,
            factors,
            means,
        }
    }

    /// The picture at a place given in its own pixels, origin at the top left corner of the top left pixel.
    fn at(&self, x: f64, y: f64) -> f64 {
        let (x, y) = (
            x / f64::from(self.factors[0]) - 0.5,
            y / f64::from(self.factors[1]) - 0.5,
        );
        let mean = |column: f64, row: f64| {
            let column = column.clamp(0.0, f64::from(self.width - 1)) as usize;
            let row = row.clamp(0.0, f64::from(self.height - 1)) as usize;
            self.means[row * self.width as usize + column]
        };
        let (left, top) = (x.floor(), y.floor());
        let between = |a: f64, b: f64, share: f64| a * (1.0 - share) + b * share;
        between(
            between(mean(left, top), mean(left + 1.0, top), x - left),
            between(mean(left, top + 1.0), mean(left + 1.0, top + 1.0), x - left),
            y - top,
        )
    }
}

/// Pairs of pictures of one shape.
fn any_pair(longest: u32, brightest: u8) -> impl Strategy<Value = (GrayImage, GrayImage)> {
    (1..=longest, 1..=longest).prop_flat_map(move |(width, height)| {
        let picture = || {
            proptest::collection::vec(0..=brightest, (width * height) as usize).prop_map(
                move |pixels| {
                    GrayImage::from_raw(width, height, pixels).expect("as many bytes as pixels")
                },
            )
        };
        (picture(), picture())
    })
}

/// Turns, scales and shifts that leave some of the picture in a small crop.
fn any_transform() -> impl Strategy<Value = Similarity> {
    (-6.0..6.0, -6.0..6.0, -40.0..80.0, -40.0..80.0)
        .prop_filter(
            "a transform has a scale",
            |(a, b, _, _): &(f64, f64, f64, f64)| a.abs() + b.abs() > 0.01,
        )
        .prop_map(|(a, b, tx, ty)| Similarity { a, b, tx, ty })
}

proptest! {
    #[test]
    fn resizing_is_what_real_numbers_make_of_its_definition(image in any_picture(70), width in 1..60_u32, height in 1..60_u32) {
        let factors = [image.width() / width, image.height() / height].map(|factor| factor.clamp(1, MOST_FACTOR));
        let blocks = Blocks::new(&image, factors);
        let scale = [f64::from(image.width()) / f64::from(width), f64::from(image.height()) / f64::from(height)];
        for (index, pixel) in resized(&image, Size::new(width, height)).into_iter().enumerate() {
            let (x, y) = (index as u32 % width, index as u32 / width);
            let expected = blocks.at((f64::from(x) + 0.5) * scale[0], (f64::from(y) + 0.5) * scale[1]);
            prop_assert!((f64::from(pixel) - expected).abs() <= MOST_ERROR, "{pixel} for {expected} at {x}, {y}");
        }
    }

    #[test]
    fn cutting_is_what_real_numbers_make_of_its_definition(image in any_picture(70), to_picture in any_transform(), side in 1..30_u32) {
        let Similarity { a, b, tx, ty } = to_picture;
        let scale = (a * a + b * b).sqrt();
        let factor = (scale as u32).clamp(1, MOST_FACTOR.min(image.width().max(image.height())));
        let blocks = Blocks::new(&image, [factor; 2]);
        for (index, pixel) in warped(&image, to_picture, side).into_iter().enumerate() {
            let (x, y) = (f64::from(index as u32 % side) + 0.5, f64::from(index as u32 / side) + 0.5);
            let expected = blocks.at(a * x - b * y + tx, b * x + a * y + ty);
            prop_assert!((f64::from(pixel) - expected).abs() <= MOST_ERROR, "{pixel} for {expected} at {x}, {y}");
        }
    }

    #[test]
    fn a_picture_of_one_grey_stays_that_grey(
        grey: u8, width in 1..60_u32, height in 1..60_u32, size in (1..60_u32, 1..60_u32), to_picture in any_transform(),
    ) {
        let image = GrayImage::from_pixel(width, height, Luma([grey]));
        prop_assert!(resized(&image, Size::new(size.0, size.1)).iter().all(|&pixel| pixel == grey));
        prop_assert!(warped(&image, to_picture, 20).iter().all(|&pixel| pixel == grey));
    }

    #[test]
    fn a_picture_that_is_nowhere_darker_stays_so((one, other) in any_pair(50, 255), size in (1..40_u32, 1..40_u32), to_picture in any_transform()) {
        let darker = GrayImage::from_fn(one.width(), one.height(), |x, y| {
            Luma([one.get_pixel(x, y).0[0].min(other.get_pixel(x, y).0[0])])
        });
        let size = Size::new(size.0, size.1);
        for (dark, bright) in [
            (resized(&darker, size), resized(&one, size)),
            (warped(&darker, to_picture, 20), warped(&one, to_picture, 20)),
        ] {
            prop_assert!(dark.iter().zip(&bright).all(|(dark, bright)| dark <= bright));
        }
    }

    #[test]
    fn a_sum_of_pictures_becomes_the_sum_of_results((one, other) in any_pair(50, 127), size in (1..40_u32, 1..40_u32), to_picture in any_transform()) {
        let sum = GrayImage::from_fn(one.width(), one.height(), |x, y| {
            Luma([one.get_pixel(x, y).0[0] + other.get_pixel(x, y).0[0]])
        });
        let size = Size::new(size.0, size.1);
        for [one, other, sum] in [
            [&one, &other, &sum].map(|image| resized(image, size)),
            [&one, &other, &sum].map(|image| warped(image, to_picture, 20)),
        ] {
            for ((one, other), sum) in one.into_iter().zip(other).zip(sum) {
                // Each of the three is rounded twice by half a step.
                prop_assert!((i32::from(one) + i32::from(other) - i32::from(sum)).abs() <= 3);
            }
        }
    }

    #[test]
    fn brightening_before_is_brightening_after(image in any_pair(50, 200).prop_map(|(image, _)| image), more in 0..=55_u8, to_picture in any_transform()) {
        let brighter = GrayImage::from_fn(image.width(), image.height(), |x, y| Luma([image.get_pixel(x, y).0[0] + more]));
        let before: Vec<u8> = warped(&image, to_picture, 20).iter().map(|pixel| pixel + more).collect();
        prop_assert_eq!(warped(&brighter, to_picture, 20), before);
        let size = Size::new(23, 17);
        let before: Vec<u8> = resized(&image, size).iter().map(|pixel| pixel + more).collect();
        prop_assert_eq!(resized(&brighter, size), before);
    }

    #[test]
    fn a_crop_of_a_shifted_picture_is_the_shifted_crop(
        seed: u64, shift in (0..10_u32, 0..10_u32), a in 512..2560_i32, b in -512..=512_i32, corner in (0..1024_i32, 0..1024_i32),
    ) {
        // Binary fractions, which positions hold exactly; a shift by whole blocks of two pixels, of which scales under 3 make use.
        let [a, b, x, y] = [a, b, corner.0, corner.1].map(|value| f64::from(value) / 1024.0);
        let (dx, dy) = (2 * shift.0, 2 * shift.1);
        let image = noise(140, 140, seed);
        let shifted = imageops::crop_imm(&image, dx, dy, 120, 120).to_image();
        // 24 pixels at a scale under 2.6 and little turn stay well inside of 120.
        let inside = Similarity { a, b, tx: 24.0 + x, ty: 24.0 + y };
        let moved = Similarity { tx: inside.tx + f64::from(dx), ty: inside.ty + f64::from(dy), ..inside };
        prop_assert_eq!(warped(&shifted, inside, 24), warped(&image, moved, 24));
    }
}
