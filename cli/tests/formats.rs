//! The same photo in every format, depth and orientation shows the same face.

mod common;

use std::fs;
use std::io::BufWriter;
use std::path::Path;

use common::{analyze, assert_same_face, astronaut, folder};
use image::{DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// Pixels by which copies may differ: lossless ones, and those of slightly other pixels (grey, a palette, JPEG).
const EXACT: f64 = 0.01;
const CLOSE: f64 = 3.0;

fn original() -> RgbImage {
    image::open(astronaut()).expect("the photo").into_rgb8()
}

fn check(file: &Path, within: f64) {
    assert_same_face(
        &analyze(file),
        &analyze(&astronaut()),
        within,
        &file.display().to_string(),
    );
}

#[test]
fn every_lossless_format_gives_the_same_face() {
    let folder = folder();
    for (name, format) in [
        ("a.png", ImageFormat::Png),
        ("a.webp", ImageFormat::WebP),
        ("a.bmp", ImageFormat::Bmp),
        ("a.tiff", ImageFormat::Tiff),
    ] {
        let file = folder.path().join(name);
        original()
            .save_with_format(&file, format)
            .expect("a copy of the photo");
        check(&file, EXACT);
    }
}

#[test]
fn every_depth_of_png_gives_the_same_face() {
    let folder = folder();
    let picture = DynamicImage::ImageRgb8(original());
    for (name, picture, within) in [
        ("rgb16", DynamicImage::ImageRgb16(picture.to_rgb16()), EXACT),
        ("rgba8", DynamicImage::ImageRgba8(picture.to_rgba8()), EXACT),
        (
            "rgba16",
            DynamicImage::ImageRgba16(picture.to_rgba16()),
            EXACT,
        ),
        ("grey8", DynamicImage::ImageLuma8(picture.to_luma8()), CLOSE),
        (
            "grey16",
            DynamicImage::ImageLuma16(picture.to_luma16()),
            CLOSE,
        ),
        (
            "greya8",
            DynamicImage::ImageLumaA8(picture.to_luma_alpha8()),
            CLOSE,
        ),
    ] {
        let file = folder.path().join(format!("{name}.png"));
        picture.save(&file).expect("a copy of the photo");
        check(&file, within);
    }
}

#[test]
fn a_palette_png_gives_the_same_face() {
    let folder = folder();
    let file = folder.path().join("palette.png");
    let picture = DynamicImage::ImageRgb8(original()).into_luma8();
    let mut encoder = png::Encoder::new(
        BufWriter::new(fs::File::create(&file).expect("a file")),
        picture.width(),
        picture.height(),
    );
    encoder.set_color(png::ColorType::Indexed);
    // The palette runs backwards, so that an index taken for a grey value would show a negative.
    encoder.set_palette(
        (0..=255)
            .rev()
            .flat_map(|grey: u8| [grey; 3])
            .collect::<Vec<u8>>(),
    );
    let indices: Vec<u8> = picture.as_raw().iter().map(|grey| 255 - grey).collect();
    encoder
        .write_header()
        .expect("a header")
        .write_image_data(&indices)
        .expect("its pixels");
    check(&file, CLOSE);
}

#[test]
fn a_jpeg_and_the_first_picture_of_a_gif_give_the_same_face() {
    let folder = folder();
    let jpeg = folder.path().join("a.jpg");
    original().save(&jpeg).expect("a copy of the photo");
    check(&jpeg, CLOSE);

    let gif = folder.path().join("a.gif");
    let mut encoder = image::codecs::gif::GifEncoder::new(fs::File::create(&gif).expect("a file"));
    let blank = RgbaImage::from_pixel(512, 512, Rgba([20, 30, 40, 255]));
    for picture in [DynamicImage::ImageRgb8(original()).into_rgba8(), blank] {
        encoder
            .encode_frame(image::Frame::new(picture))
            .expect("a picture of the animation");
    }
    drop(encoder);
    check(&gif, CLOSE);
}

#[test]
fn the_content_counts_and_not_the_name() {
    let folder = folder();
    let file = folder.path().join("really-a-png.jpg");
    original()
        .save_with_format(&file, ImageFormat::Png)
        .expect("a copy of the photo");
    check(&file, EXACT);
}

#[test]
fn a_transparent_picture_lies_on_white() {
    let folder = folder();
    let original = original();
    // Far from the face everything is black and wholly transparent, or plainly white: nobody should see a difference.
    let outside = |x: u32, y: u32| !(60..400).contains(&x) || y > 400;
    let transparent = RgbaImage::from_fn(512, 512, |x, y| {
        let Rgb([red, green, blue]) = *original.get_pixel(x, y);
        if outside(x, y) {
            Rgba([0; 4])
        } else {
            Rgba([red, green, blue, 255])
        }
    });
    let white = RgbImage::from_fn(512, 512, |x, y| {
        if outside(x, y) {
            Rgb([255; 3])
        } else {
            *original.get_pixel(x, y)
        }
    });
    let (first, second) = (
        folder.path().join("transparent.png"),
        folder.path().join("white.png"),
    );
    transparent.save(&first).expect("a copy of the photo");
    white.save(&second).expect("a copy of the photo");
    assert_same_face(&analyze(&first), &analyze(&second), EXACT, "transparent");
}

/// Where the pixel of an upright `width` x `height` picture stands in a file with this EXIF orientation. From the standard's own words
/// (CIPA DC-008, tag 274): which visual sides the file's row 0 and column 0 are.
fn place_in_file(orientation: u16, (x, y): (u32, u32), (width, height): (u32, u32)) -> (u32, u32) {
    let (right, bottom) = (width - 1 - x, height - 1 - y);
    match orientation {
        1 => (x, y),          // row 0 top, column 0 left
        2 => (right, y),      // top, right
        3 => (right, bottom), // bottom, right
        4 => (x, bottom),     // bottom, left
        5 => (y, x),          // left, top
        6 => (y, right),      // right, top
        7 => (bottom, right), // right, bottom
        8 => (bottom, x),     // left, bottom
        _ => unreachable!("there are eight orientations"),
    }
}

/// The picture as a camera would store it that was held this way.
fn turned(upright: &RgbImage, orientation: u16) -> RgbImage {
    let (width, height) = upright.dimensions();
    let mut stored = if orientation >= 5 {
        RgbImage::new(height, width)
    } else {
        RgbImage::new(width, height)
    };
    for (x, y, pixel) in upright.enumerate_pixels() {
        let (column, row) = place_in_file(orientation, (x, y), (width, height));
        stored.put_pixel(column, row, *pixel);
    }
    stored
}

/// EXIF that says only this: big-endian TIFF, one entry (tag 0x0112, SHORT, one value), no further directory.
fn exif(orientation: u16) -> Vec<u8> {
    let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    exif.extend(orientation.to_be_bytes());
    exif.extend([0; 6]);
    exif
}

fn png_with_orientation(upright: &RgbImage, orientation: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder
        .set_exif_metadata(exif(orientation))
        .expect("PNG has room for EXIF");
    turned(upright, orientation)
        .write_with_encoder(encoder)
        .expect("a PNG");
    bytes
}

fn jpeg_with_orientation(upright: &RgbImage, orientation: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 98);
    turned(upright, orientation)
        .write_with_encoder(encoder)
        .expect("a JPEG");
    let segment = [b"Exif\0\0".as_slice(), &exif(orientation)].concat();
    let length = u16::try_from(segment.len() + 2)
        .expect("a short segment")
        .to_be_bytes();
    let (start, rest) = bytes.split_at(2);
    [start, &[0xFF, 0xE1], &length, &segment, rest].concat()
}

#[test]
fn all_eight_exif_orientations_show_the_same_upright_face() {
    let folder = folder();
    // Not square, so that exchanged sides show.
    let upright = image::imageops::crop_imm(&original(), 20, 0, 400, 440).to_image();
    let plain = folder.path().join("upright.png");
    upright.save(&plain).expect("a copy of the photo");
    let expected = analyze(&plain);
    for orientation in 1..=8 {
        // Lossless, the turned pixels are exactly the same; JPEG's blocks see them the other way round.
        let (png, jpeg) = (
            png_with_orientation(&upright, orientation),
            jpeg_with_orientation(&upright, orientation),
        );
        for (ending, bytes, within) in [("png", png, EXACT), ("jpg", jpeg, CLOSE)] {
            let file = folder.path().join(format!("{orientation}.{ending}"));
            fs::write(&file, bytes).expect("a file");
            let found = analyze(&file);
            assert_eq!(
                (&found["width"], &found["height"]),
                (&400.into(), &440.into()),
                "orientation {orientation}"
            );
            assert_same_face(
                &found,
                &expected,
                within,
                &format!("orientation {orientation}, {ending}"),
            );
        }
    }
}
