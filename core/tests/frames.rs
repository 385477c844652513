//! However a frame lies in memory, the same scene gives the same working picture; and what can't be a frame is told why.

mod support;

use image::{GrayImage, imageops};
use moue::{Error, Frame, LumaRange, Rotation, Size, WorkingSize};
use proptest::prelude::*;
use support::{any_long_picture, any_picture, frame, noise, photo, size_of, working};

const STANDARD: WorkingSize = WorkingSize::Standard;
const ROTATIONS: [Rotation; 4] = [
    Rotation::Deg0,
    Rotation::Deg90,
    Rotation::Deg180,
    Rotation::Deg270,
];

/// Each pixel in `pixel_stride` bytes at `offset`, each row padded to `row_stride`, the last row as short as can be; all else is filled with 0xA5.
fn spread(image: &GrayImage, row_stride: usize, pixel_stride: usize, offset: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (y, row) in image.rows().enumerate() {
        bytes.resize(y * row_stride, 0xA5);
        for pixel in row {
            bytes.resize(bytes.len() + offset, 0xA5);
            bytes.push(pixel.0[0]);
            bytes.resize(bytes.len() + pixel_stride - offset - 1, 0xA5);
        }
    }
    bytes
}

/// The picture turned clockwise by the `image` crate.
fn turned(image: &GrayImage, rotation: Rotation) -> GrayImage {
    match rotation {
        Rotation::Deg0 => image.clone(),
        Rotation::Deg90 => imageops::rotate90(image),
        Rotation::Deg180 => imageops::rotate180(image),
        Rotation::Deg270 => imageops::rotate270(image),
    }
}

fn any_rotation() -> impl Strategy<Value = Rotation> {
    proptest::sample::select(&ROTATIONS[..])
}

proptest! {
    #[test]
    fn strides_and_a_short_last_row_change_nothing(image in any_picture(40), padding in 0..9_usize, pixel_stride in 1..4_usize) {
        let row_stride = image.width() as usize * pixel_stride + padding;
        let bytes = spread(&image, row_stride, pixel_stride, 0);
        let strided = Frame::luma(&bytes, size_of(&image)).unwrap().row_stride(row_stride).pixel_stride(pixel_stride);
        prop_assert_eq!(working(&strided, STANDARD), image);
    }

    #[test]
    fn p010_reads_the_high_byte(image in any_picture(40), padding in 0..9_usize) {
        let row_stride = image.width() as usize * 2 + padding;
        let bytes = spread(&image, row_stride, 2, 1);
        let high = Frame::p010(&bytes, size_of(&image)).unwrap().row_stride(row_stride).range(LumaRange::Full);
        prop_assert_eq!(working(&high, STANDARD), image);
    }

    #[test]
    fn grey_in_color_is_that_grey(image in any_picture(40)) {
        let color = |channels: usize| -> Vec<u8> {
            image.iter().flat_map(|&grey| [grey, grey, grey, 77].into_iter().take(channels)).collect()
        };
        let (three, four) = (color(3), color(4));
        let size = size_of(&image);
        prop_assert_eq!(&working(&Frame::rgb(&three, size).unwrap(), STANDARD), &image);
        prop_assert_eq!(&working(&Frame::rgba(&four, size).unwrap(), STANDARD), &image);
        prop_assert_eq!(&working(&Frame::bgra(&four, size).unwrap(), STANDARD), &image);
        // RGB with a byte of padding a pixel, which the last one may lack.
        let padded = Frame::rgb(&four[..four.len() - 1], size).unwrap().pixel_stride(4);
        prop_assert_eq!(&working(&padded, STANDARD), &image);
    }

    #[test]
    fn bgra_is_rgba_with_red_and_blue_exchanged(pixels in proptest::collection::vec(any::<[u8; 4]>(), 12)) {
        let exchanged: Vec<u8> = pixels.iter().flat_map(|&[r, g, b, a]| [b, g, r, a]).collect();
        let size = Size::new(4, 3);
        let rgba = pixels.concat();
        prop_assert_eq!(
            working(&Frame::rgba(&rgba, size).unwrap(), STANDARD),
            working(&Frame::bgra(&exchanged, size).unwrap(), STANDARD)
        );
    }

    #[test]
    fn a_turned_or_mirrored_frame_gives_the_upright_picture(image in any_picture(90), rotation in any_rotation(), mirrored: bool) {
        let mut upright = turned(&image, rotation);
        if mirrored {
            imageops::flip_horizontal_in_place(&mut upright);
        }
        let described = frame(&image).rotated(rotation).mirrored(mirrored);
        prop_assert_eq!(described.upright_size(), size_of(&upright));
        prop_assert_eq!(working(&described, STANDARD), upright);
    }

    #[test]
    fn turning_and_reducing_at_once_equals_turning_first(image in any_long_picture(), rotation in any_rotation(), mirrored: bool) {
        let mut upright = turned(&image, rotation);
        if mirrored {
            imageops::flip_horizontal_in_place(&mut upright);
        }
        let described = frame(&image).rotated(rotation).mirrored(mirrored);
        prop_assert_eq!(working(&described, STANDARD), working(&frame(&upright), STANDARD));
    }

    #[test]
    fn a_crop_is_the_sub_picture(image in any_picture(40), corner: [prop::sample::Index; 2], extent: [prop::sample::Index; 2], rotation in any_rotation()) {
        let (width, height) = image.dimensions();
        let (x, y) = (corner[0].index(width as usize) as u32, corner[1].index(height as usize) as u32);
        let (w, h) = (1 + extent[0].index((width - x) as usize) as u32, 1 + extent[1].index((height - y) as usize) as u32);
        let cut = imageops::crop_imm(&image, x, y, w, h).to_image();
        prop_assert_eq!(working(&frame(&image).crop(x, y, w, h).rotated(rotation), STANDARD), turned(&cut, rotation));
    }
}

#[test]
fn four_quarter_turns_give_the_photo_back() {
    let photo = photo("grace_hopper.jpg");
    let mut turning = photo.clone();
    for _ in 0..4 {
        turning = working(&frame(&turning).rotated(Rotation::Deg90), STANDARD);
    }
    assert_eq!(turning, photo);
}

#[test]
fn rotations_are_named_by_their_degrees() {
    for (degrees, rotation) in [0, 90, 180, 270].into_iter().zip(ROTATIONS) {
        assert_eq!(Rotation::from_degrees(degrees), Some(rotation));
    }
    assert_eq!(Rotation::from_degrees(45), None);
}

#[test]
fn video_range_is_stretched_to_full_range() {
    // Every luma value, against the formula of BT.601 in floating point.
    let ramp = GrayImage::from_fn(256, 1, |x, _| image::Luma([x as u8]));
    let stretched = working(&frame(&ramp).range(LumaRange::Video), STANDARD);
    for (value, pixel) in stretched.iter().enumerate() {
        let expected = ((value as f64 - 16.0) * 255.0 / 219.0)
            .round()
            .clamp(0.0, 255.0);
        assert_eq!(f64::from(*pixel), expected, "luma {value}");
    }
}

#[test]
fn p010_is_video_range_by_default() {
    let black_and_white = [0, 16, 0, 235];
    let picture = working(
        &Frame::p010(&black_and_white, Size::new(2, 1)).unwrap(),
        STANDARD,
    );
    assert_eq!(picture.as_raw(), &[0, 255]);
}

fn message(result: Result<impl std::fmt::Debug, Error>) -> String {
    result.expect_err("the input is bad").to_string()
}

#[test]
fn an_empty_frame_is_refused_with_its_size() {
    let text = message(Frame::luma(&[], Size::new(0, 480)));
    assert!(
        text.contains("0x480") && text.contains("at least 1"),
        "{text}"
    );
}

#[test]
fn a_frame_over_a_limit_is_refused_with_the_limits() {
    for size in [
        Size::new(60_000, 60_000),
        Size::new(16_385, 1),
        Size::new(16_384, 16_384),
        Size::new(u32::MAX, u32::MAX),
    ] {
        let text = message(Frame::rgb(&[], size));
        assert!(
            text.contains(&size.to_string())
                && text.contains("16384")
                && text.contains("134217728"),
            "{text}"
        );
    }
}

#[test]
fn a_short_buffer_is_refused_with_both_lengths() {
    let bytes = vec![0; 704 * 479 + 639];
    let frame = Frame::luma(&bytes, Size::new(640, 480))
        .unwrap()
        .row_stride(704);
    let text = message(frame.check());
    assert!(text.contains("337855") && text.contains("337856"), "{text}");
    let long_enough = vec![0; bytes.len() + 1];
    Frame::luma(&long_enough, Size::new(640, 480))
        .unwrap()
        .row_stride(704)
        .check()
        .unwrap();
}

#[test]
fn strides_shorter_than_what_they_span_are_refused() {
    let bytes = [0; 64];
    let size = Size::new(4, 4);
    assert!(matches!(
        Frame::luma(&bytes, size).unwrap().row_stride(3).check(),
        Err(Error::RowStride {
            given: 3,
            needed: 4
        })
    ));
    assert!(matches!(
        Frame::rgba(&bytes, size).unwrap().pixel_stride(3).check(),
        Err(Error::PixelStride {
            given: 3,
            needed: 4
        })
    ));
    assert!(matches!(
        Frame::luma(&bytes, size).unwrap().pixel_stride(0).check(),
        Err(Error::PixelStride {
            given: 0,
            needed: 1
        })
    ));
}

#[test]
fn strides_beyond_the_address_space_are_refused() {
    let size = Size::new(4, 4);
    for frame in [
        Frame::luma(&[], size).unwrap().row_stride(usize::MAX),
        Frame::luma(&[], size).unwrap().pixel_stride(usize::MAX),
        Frame::luma(&[], size).unwrap().pixel_stride(usize::MAX / 3),
    ] {
        assert!(
            matches!(frame.check(), Err(Error::FrameOverflow { .. })),
            "{frame:?}"
        );
    }
}

#[test]
fn a_crop_must_lie_inside_the_frame() {
    let bytes = [0; 48];
    let frame = Frame::luma(&bytes, Size::new(8, 6)).unwrap();
    frame.crop(2, 1, 6, 5).check().unwrap();
    for (x, y, width, height) in [
        (2, 1, 7, 5),
        (2, 1, 6, 6),
        (8, 0, 1, 1),
        (0, 0, 0, 3),
        (1, 1, u32::MAX, 1),
    ] {
        let text = message(frame.crop(x, y, width, height).check());
        assert!(
            text.contains(&format!("{width}x{height} at ({x}, {y})")) && text.contains("8x6"),
            "{text}"
        );
    }
}

#[test]
fn video_range_on_color_is_refused() {
    let bytes = [0; 12];
    assert!(matches!(
        Frame::rgb(&bytes, Size::new(2, 2))
            .unwrap()
            .range(LumaRange::Video)
            .check(),
        Err(Error::VideoRangeOnColor)
    ));
}

#[test]
fn a_refused_frame_leaves_the_picture_as_it_was() {
    let good = noise(20, 10, 1);
    let mut picture = moue::luma::WorkingPicture::new();
    picture.update(&frame(&good), STANDARD).unwrap();
    picture
        .update(&frame(&good).row_stride(1000), STANDARD)
        .unwrap_err();
    assert_eq!(picture.view().pixels(), good.as_raw());
}
