//! The working picture is the frame reduced by a whole factor, and its coordinates lead back to the frame.

mod support;

use image::{GrayImage, imageops};
use moue::luma::{ReducedPicture, WorkingPicture};
use moue::{Frame, LumaRange, Point, Rect, Rotation, Size, WorkingSize};
use proptest::prelude::*;
use support::{any_long_picture, frame, noise, size_of, working};

/// Each block's mean, from the definition.
fn block_means(image: &GrayImage, factor: u32) -> GrayImage {
    let (width, height) = image.dimensions();
    GrayImage::from_fn(width.div_ceil(factor), height.div_ceil(factor), |x, y| {
        let (left, top) = (x * factor, y * factor);
        let block = imageops::crop_imm(
            image,
            left,
            top,
            factor.min(width - left),
            factor.min(height - top),
        )
        .to_image();
        let sum: f64 = block.iter().map(|&pixel| f64::from(pixel)).sum();
        image::Luma([(sum / block.len() as f64 + 0.5).floor() as u8])
    })
}

proptest! {
    #[test]
    fn every_pixel_is_the_mean_of_its_block(image in any_long_picture()) {
        let factor = size_of(&image).long_side().div_ceil(640);
        prop_assert_eq!(working(&frame(&image), WorkingSize::Standard), block_means(&image, factor));
    }

    #[test]
    fn a_frame_reduced_first_and_turned_later_gives_the_same_picture(
        images in proptest::collection::vec(any_long_picture(), 1..4),
        quarters in 0..4_u32, mirrored: bool, is_video: bool,
    ) {
        let (mut direct, mut later, mut reduced) = (WorkingPicture::new(), WorkingPicture::new(), ReducedPicture::new());
        for (turns, image) in (quarters..).zip(&images) {
            let rotation = Rotation::from_degrees(turns % 4 * 90).expect("a quarter turn");
            let range = if is_video { LumaRange::Video } else { LumaRange::Full };
            let frame = frame(image).rotated(rotation).mirrored(mirrored).range(range);
            direct.update(&frame, WorkingSize::Standard).expect("a valid frame");
            reduced.update(&frame, WorkingSize::Standard).expect("a valid frame");
            prop_assert_eq!(reduced.frame_size(), frame.upright_size());
            later.take(&mut reduced);
            prop_assert_eq!(later.view().pixels(), direct.view().pixels());
            prop_assert_eq!(later.size(), direct.size());
            let point = Point::new(3.0, 2.0);
            prop_assert_eq!(later.to_frame(point), direct.to_frame(point));
            prop_assert_eq!(later.buffer_width(), image.width());
        }
    }
}

#[test]
fn large_factors_are_exact_too() {
    for (width, height, factor) in [
        (16_384, 29, 26),
        (52, 16_380, 26),
        (4000, 300, 7),
        (2561, 3, 5),
        (1281, 1, 3),
    ] {
        let image = noise(width, height, 5);
        assert_eq!(
            working(&frame(&image), WorkingSize::Standard),
            block_means(&image, factor),
            "{width}x{height}"
        );
    }
}

#[test]
fn the_long_side_stays_within_its_limit() {
    for (side, limit, factor) in [
        (640, WorkingSize::Standard, 1),
        (641, WorkingSize::Standard, 2),
        (1280, WorkingSize::Standard, 2),
        (1920, WorkingSize::Standard, 3),
        (1280, WorkingSize::SmallFaces, 1),
        (1920, WorkingSize::SmallFaces, 2),
    ] {
        let image = noise(4, side, 2);
        let mut picture = WorkingPicture::new();
        picture.update(&frame(&image), limit).unwrap();
        assert_eq!(picture.factor(), factor);
        assert_eq!(picture.size().long_side(), side.div_ceil(factor));
    }
}

#[test]
fn a_bright_pixel_is_found_where_the_frame_has_it() {
    // Frames that are black but for one block, turned, mirrored and cropped in every way.
    let size = Size::new(1300, 700);
    for rotation in [
        Rotation::Deg0,
        Rotation::Deg90,
        Rotation::Deg180,
        Rotation::Deg270,
    ] {
        for mirrored in [false, true] {
            for crop in [None, Some((130, 70, 900, 600))] {
                let mut bytes = vec![0; (size.width * size.height) as usize];
                let spot = (700_usize, 401_usize);
                for y in spot.1..spot.1 + 6 {
                    bytes[y * size.width as usize + spot.0..][..6].fill(255);
                }
                let upright = upright_center(&bytes, size, rotation, mirrored);

                let mut frame = Frame::luma(&bytes, size)
                    .unwrap()
                    .rotated(rotation)
                    .mirrored(mirrored);
                if let Some((x, y, width, height)) = crop {
                    frame = frame.crop(x, y, width, height);
                }
                let mut picture = WorkingPicture::new();
                picture.update(&frame, WorkingSize::Standard).unwrap();
                let found = centroid(picture.view().pixels(), picture.size());
                let in_frame = picture.to_frame(found);
                assert!(
                    in_frame.distance(upright) < 0.1,
                    "{rotation:?} {mirrored} {crop:?}: {in_frame:?} for {upright:?}"
                );
                assert!(picture.from_frame(in_frame).distance(found) < 1e-3);
            }
        }
    }
}

fn upright_center(bytes: &[u8], size: Size, rotation: Rotation, mirrored: bool) -> Point {
    let image = GrayImage::from_raw(size.width, size.height, bytes.to_vec())
        .expect("as many bytes as pixels");
    let mut image = match rotation {
        Rotation::Deg0 => image,
        Rotation::Deg90 => imageops::rotate90(&image),
        Rotation::Deg180 => imageops::rotate180(&image),
        Rotation::Deg270 => imageops::rotate270(&image),
    };
    if mirrored {
        imageops::flip_horizontal_in_place(&mut image);
    }
    centroid(image.as_raw(), size_of(&image))
}

fn centroid(pixels: &[u8], size: Size) -> Point {
    let (mut x_sum, mut y_sum, mut total) = (0.0, 0.0, 0.0);
    for (index, &pixel) in pixels.iter().enumerate() {
        let (x, y) = (index % size.width as usize, index / size.width as usize);
        x_sum += f64::from(pixel) * (x as f64 + 0.5);
        y_sum += f64::from(pixel) * (y as f64 + 0.5);
        total += f64::from(pixel);
    }
    Point::new((x_sum / total) as f32, (y_sum / total) as f32)
}

#[test]
fn rectangles_scale_with_the_factor_and_move_with_the_crop() {
    let image = noise(1500, 900, 3);
    let mut picture = WorkingPicture::new();
    picture
        .update(
            &frame(&image).crop(200, 100, 1280, 700),
            WorkingSize::Standard,
        )
        .unwrap();
    assert_eq!(picture.factor(), 2);
    assert_eq!(picture.frame_size(), Size::new(1500, 900));
    assert_eq!(
        picture.rect_to_frame(Rect::new(10.0, 20.0, 30.0, 40.0)),
        Rect::new(220.0, 140.0, 60.0, 80.0)
    );
}

#[test]
fn a_smaller_frame_after_a_larger_one_leaves_nothing_behind() {
    let (large, small) = (noise(900, 500, 1), noise(31, 17, 2));
    let mut picture = WorkingPicture::new();
    for image in [&large, &small, &large] {
        for rotation in [Rotation::Deg0, Rotation::Deg90] {
            picture
                .update(&frame(image).rotated(rotation), WorkingSize::Standard)
                .unwrap();
            let afresh = working(&frame(image).rotated(rotation), WorkingSize::Standard);
            assert_eq!(picture.view().pixels(), afresh.as_raw());
            assert_eq!(picture.size(), size_of(&afresh));
        }
    }
}
