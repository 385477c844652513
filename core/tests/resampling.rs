//! Properties that resizing and cutting must have; `tests/opencv` holds both against OpenCV on the photos.

mod support;

use image::{GrayImage, imageops};
use moue::resample::{LumaView, Resampler};
use moue::{Error, Similarity, Size};
use proptest::prelude::*;
use support::{any_picture, noise, photo, view};

fn resized(image: &GrayImage, size: Size) -> GrayImage {
    let mut out = vec![0; size.pixels() as usize];
    Resampler::new()
        .resize(view(image), size, &mut out)
        .expect("a fitting buffer");
    GrayImage::from_raw(size.width, size.height, out).expect("as many bytes as pixels")
}

fn warped(image: &GrayImage, to_picture: Similarity, side: u32) -> GrayImage {
    let mut out = vec![0; (side * side) as usize];
    Resampler::new()
        .warp(view(image), &to_picture, side, &mut out)
        .expect("a usable transform and a fitting buffer");
    GrayImage::from_raw(side, side, out).expect("as many bytes as pixels")
}

fn extremes(image: &GrayImage) -> (u8, u8) {
    (
        *image.iter().min().expect("a picture has pixels"),
        *image.iter().max().expect("a picture has pixels"),
    )
}

proptest! {
    #[test]
    fn resizing_to_the_same_size_copies(image in any_picture(40)) {
        prop_assert_eq!(&resized(&image, support::size_of(&image)), &image);
    }

    #[test]
    fn resizing_makes_up_no_new_extremes(image in any_picture(60), width in 1..70_u32, height in 1..70_u32) {
        let (darkest, brightest) = extremes(&image);
        let (least, most) = extremes(&resized(&image, Size::new(width, height)));
        prop_assert!(darkest <= least && most <= brightest);
    }

    #[test]
    fn cutting_makes_up_no_new_extremes(
        image in any_picture(60), a in -4.0..4.0, b in -4.0..4.0, tx in -90.0..90.0, ty in -90.0..90.0, side in 1..50_u32,
    ) {
        prop_assume!(a != 0.0 || b != 0.0);
        let (darkest, brightest) = extremes(&image);
        let (least, most) = extremes(&warped(&image, Similarity { a, b, tx, ty }, side));
        prop_assert!(darkest <= least && most <= brightest);
    }

    #[test]
    fn cutting_along_whole_pixels_copies(image in any_picture(40), x in 0..20_u32, y in 0..20_u32) {
        let side = 12;
        prop_assume!(x + side <= image.width() && y + side <= image.height());
        let cut = imageops::crop_imm(&image, x, y, side, side).to_image();
        prop_assert_eq!(warped(&image, Similarity::scaled(1.0, f64::from(x), f64::from(y)), side), cut);
    }

    #[test]
    fn cutting_a_quarter_turn_turns(image in any_picture(40)) {
        let side = image.width().min(image.height());
        let cut = imageops::crop_imm(&image, 0, 0, side, side).to_image();
        // Places of a crop turned clockwise, in the picture: (x, y) comes from (y, side - x).
        let turn = Similarity { a: 0.0, b: -1.0, tx: 0.0, ty: f64::from(side) };
        prop_assert_eq!(warped(&image, turn, side), imageops::rotate90(&cut));
    }

    #[test]
    fn whole_factors_take_block_means(image in any_picture(8), factor in 1..6_u32) {
        // Every pixel repeated factor times in each direction must come back.
        let (width, height) = image.dimensions();
        let large = GrayImage::from_fn(width * factor, height * factor, |x, y| *image.get_pixel(x / factor, y / factor));
        prop_assert_eq!(&resized(&large, Size::new(width, height)), &image);
        if width == height {
            prop_assert_eq!(&warped(&large, Similarity::scaled(f64::from(factor), 0.0, 0.0), width), &image);
        }
    }

    #[test]
    fn cutting_the_whole_picture_equals_resizing_it(image in any_picture(50), side in 1..40_u32) {
        let edge = image.width().min(image.height());
        let square = imageops::crop_imm(&image, 0, 0, edge, edge).to_image();
        let cut = warped(&square, Similarity::scaled(f64::from(edge) / f64::from(side), 0.0, 0.0), side);
        for (ours, other) in cut.iter().zip(resized(&square, Size::new(side, side)).iter()) {
            prop_assert!(ours.abs_diff(*other) <= 1);
        }
    }
}

#[test]
fn a_fine_pattern_does_not_alias() {
    // A chequerboard is grey from afar, whatever the scale and the turn.
    let board = GrayImage::from_fn(400, 400, |x, y| {
        image::Luma([if (x + y) % 2 == 0 { 0 } else { 255 }])
    });
    for scale in [2.0, 4.0, 6.0] {
        for (cosine, sine) in [(1.0, 0.0), (0.8, 0.6), (0.6, -0.8)] {
            let middle = Similarity {
                a: scale * cosine,
                b: scale * sine,
                tx: 200.0 - 24.0 * scale * (cosine - sine),
                ty: 200.0 - 24.0 * scale * (cosine + sine),
            };
            let (least, most) = extremes(&warped(&board, middle, 48));
            assert!(
                least >= 127 && most <= 128,
                "scale {scale}, turn {cosine} {sine}: {least}..{most}"
            );
        }
    }
}

#[test]
fn beyond_the_edges_the_outermost_pixels_repeat() {
    let image = noise(30, 30, 4);
    let corner = warped(&image, Similarity::scaled(1.0, -1000.0, -1000.0), 8);
    assert!(
        corner
            .iter()
            .all(|pixel| pixel == &image.get_pixel(0, 0).0[0])
    );
    let right = warped(&image, Similarity::scaled(1.0, 500.0, 0.0), 30);
    for (x, y, pixel) in right.enumerate_pixels() {
        assert_eq!(pixel, image.get_pixel(29, y), "at {x}, {y}");
    }
}

#[test]
fn a_crop_far_larger_than_the_picture_shows_its_last_block() {
    let photo = photo("astronaut.jpg");
    let quarter = imageops::crop_imm(&photo, 256, 256, 256, 256).to_image();
    let mean = quarter.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / quarter.len() as f64;
    for scale in [600.0, 5_000.0, 20_000.0] {
        let cut = warped(&photo, Similarity::scaled(scale, 0.0, 0.0), 48);
        assert_eq!(
            f64::from(cut.get_pixel(47, 47).0[0]),
            (mean + 0.5).floor(),
            "scale {scale}"
        );
    }
}

#[test]
fn a_resampler_used_before_gives_the_same_bytes() {
    let (photo, small) = (photo("astronaut.jpg"), noise(9, 7, 8));
    let mut used = Resampler::new();
    let turn = Similarity {
        a: 2.3,
        b: 0.7,
        tx: 100.0,
        ty: 90.0,
    };
    for image in [&photo, &small, &photo] {
        let mut out = vec![0; 64 * 64];
        used.warp(view(image), &turn, 64, &mut out).unwrap();
        assert_eq!(&out, warped(image, turn, 64).as_raw());
        let mut out = vec![0; 160 * 120];
        used.resize(view(image), Size::new(160, 120), &mut out)
            .unwrap();
        assert_eq!(&out, resized(image, Size::new(160, 120)).as_raw());
    }
}

#[test]
fn transforms_that_cannot_be_sampled_are_refused() {
    let image = noise(9, 9, 1);
    let mut out = [0; 16];
    for transform in [
        Similarity::scaled(0.0, 0.0, 0.0),
        Similarity::scaled(f64::NAN, 0.0, 0.0),
        Similarity::scaled(1.0, f64::INFINITY, 0.0),
        Similarity::scaled(1.0, 0.0, -2e6),
        Similarity::scaled(1e9, 0.0, 0.0),
    ] {
        let error = Resampler::new()
            .warp(view(&image), &transform, 4, &mut out)
            .unwrap_err();
        assert!(matches!(error, Error::Transform { .. }), "{error}");
    }
}

#[test]
fn buffers_of_the_wrong_length_are_refused_with_both_lengths() {
    let error = LumaView::new(&[0; 11], Size::new(4, 3)).unwrap_err();
    assert!(
        error.to_string().contains("11 bytes") && error.to_string().contains("12"),
        "{error}"
    );
    let image = noise(9, 9, 1);
    let error = Resampler::new()
        .resize(view(&image), Size::new(4, 4), &mut [0; 15])
        .unwrap_err();
    assert!(
        error.to_string().contains("15 bytes") && error.to_string().contains("16"),
        "{error}"
    );
    assert!(matches!(
        Resampler::new().warp(view(&image), &Similarity::IDENTITY, 0, &mut []),
        Err(Error::EmptyFrame { .. })
    ));
    assert!(matches!(
        Resampler::new().resize(view(&image), Size::new(1 << 20, 1), &mut []),
        Err(Error::FrameTooLarge { .. })
    ));
}
