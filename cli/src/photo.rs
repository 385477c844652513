//! A photo file as pixels: format, depth, transparency and EXIF orientation are dealt with here. What is in the picture is `moue`'s business.

use std::io::Cursor;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, RgbaImage};
use moue::frame::{MAX_FRAME_PIXELS, MAX_FRAME_SIDE};
use moue::{Frame, Rotation, Size};

use crate::files::{read_whole, regular_length};
use crate::memory::{Budget, Reservation};

/// The formats that are read, by content and not by name.
const FORMATS: &str = "JPEG, PNG, WebP, BMP, TIFF or GIF";

/// Endings of photo files, in lower case: what a folder is searched for.
pub const EXTENSIONS: &[&str] = &["bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];

/// The longest file that is read, in bytes. The largest picture allowed takes 1 GiB at the greatest depth; files are smaller than that.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// The most memory for a decoded picture, in bytes: the largest frame at 16 bits a channel with transparency.
const MAX_DECODED_BYTES: u64 = MAX_FRAME_PIXELS * 8;

/// Bytes that a pixel takes at most on its way, from the decoder's buffers to the annotated copy: 12 while 16 bits a channel with
/// transparency become 8, 10 while a copy is drawn.
const PIXEL_BYTES: u64 = 16;

/// What all photos in work may take together, on however many cores: as much as the largest one.
static MEMORY: Budget = Budget::new(MAX_FRAME_PIXELS * PIXEL_BYTES);

/// A decoded photo. It holds a part of the memory that all photos share: a thread reads the next only once this one is gone.
#[derive(Debug)]
pub struct Photo {
    /// The pixels as they stand in the file: 8 bits a channel, transparency laid over white.
    pixels: RgbImage,
    memory: Reservation<'static>,
    /// What makes the picture upright.
    orientation: Orientation,
}

impl Photo {
    /// Reads a photo: its first picture, where it holds several. Waits while other photos take all the memory that photos may take.
    ///
    /// # Errors
    ///
    /// Where the file can't be read, is empty, cut off or no picture, or is larger than a frame may be.
    pub fn read(path: &Path) -> Result<Self> {
        let length = regular_length(path)?;
        // From the header first: some decoders want more than that before they tell the size. Where it tells nothing, or something else than
        // the decoder finds, the photo has all the memory to itself.
        let announced = imagesize::size(path).ok();
        let needed = match announced {
            Some(size) => {
                check_size(size.width as u64, size.height as u64)?;
                needed(length, size.width as u64, size.height as u64)
            }
            None => u64::MAX,
        };
        if let Some(photo) = Self::decode(path, MEMORY.reserve(needed))? {
            return Ok(photo);
        }
        let photo = Self::decode(path, MEMORY.reserve(u64::MAX))?;
        Ok(photo.expect("nothing needs more than all there is"))
    }

    /// `None` where the picture needs more memory than was reserved.
    fn decode(path: &Path, memory: Reservation<'static>) -> Result<Option<Self>> {
        let bytes = read_whole(path, MAX_FILE_BYTES)?;
        ensure!(
            !bytes.is_empty(),
            "the file is empty: a photo is expected ({FORMATS})"
        );
        let mut reader = ImageReader::new(Cursor::new(&bytes))
            .with_guessed_format()
            .context("the file can't be read")?;
        let Some(format) = reader.format() else {
            bail!("the file is no picture of a known format: {FORMATS} are read")
        };
        if format == ImageFormat::Jpeg {
            ensure!(
                jpeg_is_complete(&bytes),
                "the file is cut off: the JPEG's end is missing; copy the file again"
            );
        }

        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(MAX_DECODED_BYTES);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().with_context(|| unreadable(format))?;
        let (width, height) = decoder.dimensions();
        check_size(width.into(), height.into())?;
        if !memory.covers(needed(bytes.len() as u64, width.into(), height.into())) {
            return Ok(None);
        }
        let decoded_bytes = decoder.total_bytes();
        ensure!(
            decoded_bytes <= MAX_DECODED_BYTES,
            "the picture takes {decoded_bytes} bytes decoded: at most {MAX_DECODED_BYTES} are allowed; shrink it first"
        );

        // A file whose orientation can't be read is shown as it stands, by every viewer.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let pixels = DynamicImage::from_decoder(decoder).with_context(|| unreadable(format))?;
        Ok(Some(Self {
            pixels: opaque(pixels),
            memory,
            orientation,
        }))
    }

    /// The photo as a frame, whose results are in pixels of the upright picture.
    ///
    /// # Errors
    ///
    /// Those of [`Frame::rgb`].
    pub fn frame(&self) -> Result<Frame<'_>, moue::Error> {
        let (rotation, mirrored) = match self.orientation {
            Orientation::NoTransforms => (Rotation::Deg0, false),
            Orientation::Rotate90 => (Rotation::Deg90, false),
            Orientation::Rotate180 => (Rotation::Deg180, false),
            Orientation::Rotate270 => (Rotation::Deg270, false),
            Orientation::FlipHorizontal => (Rotation::Deg0, true),
            Orientation::FlipVertical => (Rotation::Deg180, true),
            Orientation::Rotate90FlipH => (Rotation::Deg90, true),
            Orientation::Rotate270FlipH => (Rotation::Deg270, true),
        };
        let size = Size::new(self.pixels.width(), self.pixels.height());
        Ok(Frame::rgb(self.pixels.as_raw(), size)?
            .rotated(rotation)
            .mirrored(mirrored))
    }

    /// The picture as a viewer shows it, and its share of the memory, to be kept as long as the picture.
    pub fn into_upright(self) -> (RgbImage, Reservation<'static>) {
        let mut picture = DynamicImage::ImageRgb8(self.pixels);
        picture.apply_orientation(self.orientation);
        (picture.into_rgb8(), self.memory)
    }
}

/// Whether the name ends like a photo's.
pub fn has_known_extension(path: &Path) -> bool {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

fn check_size(width: u64, height: u64) -> Result<()> {
    let fits = width.max(height) <= MAX_FRAME_SIDE.into() && width * height <= MAX_FRAME_PIXELS;
    ensure!(
        fits,
        "the picture is {width} x {height} pixels: at most {MAX_FRAME_SIDE} a side and {MAX_FRAME_PIXELS} in all are allowed; shrink it first"
    );
    Ok(())
}

/// Bytes that a file of this length and its picture take.
fn needed(length: u64, width: u64, height: u64) -> u64 {
    length + width * height * PIXEL_BYTES
}

fn unreadable(format: ImageFormat) -> String {
    format!("the picture is damaged, cut off or of a kind of {format:?} that isn't read")
}

/// The picture at 8 bits a channel; where it is transparent, white shows through.
fn opaque(picture: DynamicImage) -> RgbImage {
    if picture.color().has_alpha() {
        over_white(&picture.into_rgba8())
    } else {
        picture.into_rgb8()
    }
}

fn over_white(picture: &RgbaImage) -> RgbImage {
    const OPAQUE: u32 = u8::MAX as u32;
    let mut result = RgbImage::new(picture.width(), picture.height());
    for (target, source) in result.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = source.0.map(u32::from);
        let blend = |channel: u32| {
            ((channel * alpha + OPAQUE * (OPAQUE - alpha) + OPAQUE / 2) / OPAQUE) as u8
        };
        target.0 = [red, green, blue].map(blend);
    }
    result
}

/// Whether a JPEG holds its end marker. The decoder fills what is missing with grey, in which a face would be missed without a word.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    const MARKER: u8 = 0xFF;
    const START_OF_SCAN: u8 = 0xDA;
    const END_OF_IMAGE: [u8; 2] = [MARKER, 0xD9];
    /// After the start marker, which has no length.
    const FIRST_SEGMENT: usize = 2;

    // Segments are skipped by their lengths: an embedded thumbnail has an end marker of its own.
    let mut at = FIRST_SEGMENT;
    while let Some(&[first, kind, high, low]) = bytes.get(at..at + 4) {
        if first != MARKER {
            // Not the layout of a JPEG up to here: the decoder words it better.
            return true;
        }
        if kind == MARKER {
            at += 1; // a fill byte
        } else if kind == START_OF_SCAN {
            return bytes[at..]
                .windows(END_OF_IMAGE.len())
                .any(|pair| pair == END_OF_IMAGE);
        } else {
            at += 2 + usize::from(u16::from_be_bytes([high, low]));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    #[test]
    fn white_shows_through_transparent_pixels() {
        let picture = RgbaImage::from_fn(3, 1, |x, _| {
            Rgba([[10, 20, 30, 255], [10, 20, 30, 0], [0, 100, 200, 51]][x as usize])
        });
        let result = over_white(&picture);
        assert_eq!(result.get_pixel(0, 0).0, [10, 20, 30]);
        assert_eq!(result.get_pixel(1, 0).0, [255, 255, 255]);
        // A fifth of the colour over four fifths of white, by hand.
        assert_eq!(result.get_pixel(2, 0).0, [204, 224, 244]);
    }

    #[test]
    fn an_end_marker_inside_a_thumbnail_does_not_make_a_jpeg_complete() {
        let thumbnail = [0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 1, 2];
        let scan = [0xFF, 0xDA, 0, 2, 17, 18, 19];
        let cut_off = [[0xFF, 0xD8].as_slice(), &thumbnail, &scan].concat();
        assert!(!jpeg_is_complete(&cut_off));
        assert!(jpeg_is_complete(
            &[cut_off.as_slice(), &[0xFF, 0xD9]].concat()
        ));
    }
}
