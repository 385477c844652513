//! Photos and small pictures for the tests. What is done to them is done by the `image` crate or by plain loops, never by the code under test.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod ffmpeg;
pub mod live;
pub mod world;

use std::path::Path;

use image::GrayImage;
use moue::luma::WorkingPicture;
use moue::resample::LumaView;
use moue::{Frame, Size, WorkingSize};
use proptest::prelude::*;

/// One of the repository's photos in grey.
pub fn photo(name: &str) -> GrayImage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/photos")
        .join(name);
    image::open(path)
        .expect("the test photos are in the repository")
        .to_luma8()
}

pub fn size_of(image: &GrayImage) -> Size {
    Size::new(image.width(), image.height())
}

pub fn view(image: &GrayImage) -> LumaView<'_> {
    LumaView::new(image.as_raw(), size_of(image)).expect("an image has all its pixels")
}

pub fn frame(image: &GrayImage) -> Frame<'_> {
    Frame::luma(image.as_raw(), size_of(image)).expect("a test picture is a valid frame")
}

/// The working picture of a frame, as an image.
pub fn working(frame: &Frame<'_>, limit: WorkingSize) -> GrayImage {
    let mut picture = WorkingPicture::new();
    picture.update(frame, limit).expect("a valid frame");
    let Size { width, height } = picture.size();
    GrayImage::from_raw(width, height, picture.view().pixels().to_vec())
        .expect("a picture has all its pixels")
}

/// Small pictures of any shape, with any bytes.
pub fn any_picture(longest: u32) -> impl Strategy<Value = GrayImage> {
    (1..=longest, 1..=longest).prop_flat_map(|(width, height)| {
        proptest::collection::vec(any::<u8>(), (width * height) as usize).prop_map(move |pixels| {
            GrayImage::from_raw(width, height, pixels).expect("as many bytes as pixels")
        })
    })
}

/// Long thin pictures, which must be reduced.
pub fn any_long_picture() -> impl Strategy<Value = GrayImage> {
    (600..2600_u32, 1..12_u32, any::<bool>(), any::<u64>()).prop_map(
        |(long, short, upright, seed)| {
            let (width, height) = if upright {
                (short, long)
            } else {
                (long, short)
            };
            noise(width, height, seed)
        },
    )
}

/// Bytes of a small linear congruential generator (Knuth's MMIX constants).
pub fn noise(width: u32, height: u32, seed: u64) -> GrayImage {
    let mut state = seed;
    GrayImage::from_fn(width, height, |_, _| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        image::Luma([(state >> 56) as u8])
    })
}
