//! Frames as a platform describes them: borrowed bytes beside a record of how they lie.

use crate::error::NativeError;
use crate::guard::guarded;

/// How the bytes of a pixel are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PixelFormat {
    /// One byte of luma: a grey picture, or the Y plane of any 8-bit YUV.
    Luma,
    /// The Y plane of P010: 16-bit little-endian samples with ten bits at the top.
    P010,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha; Android's `ARGB_8888` bitmaps.
    Rgba,
    /// Blue, green, red, alpha; iOS' `32BGRA`.
    Bgra,
}

/// Which bytes of a luma plane stand for black and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum LumaRange {
    /// 0 is black, 255 white: Android's `YUV_420_888`, iOS' `420f`.
    Full,
    /// 16 is black, 235 white: iOS' `420v`.
    Video,
}

/// A part of a buffer, in its pixels as they lie in memory, before any turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Crop {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Pixels from left to right, at least 1.
    pub width: u32,
    /// Pixels from top to bottom, at least 1.
    pub height: u32,
}

/// How a frame lies in its buffer. It is read in this order: the crop is cut out, the rest is turned, then mirrored.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FrameLayout {
    /// How the bytes of a pixel are to be read.
    pub format: PixelFormat,
    /// Pixels of a row as it lies in memory.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
    /// Bytes from one row to the next; left out, rows have no padding. The last row may end after its last pixel.
    #[uniffi(default = None)]
    pub row_stride: Option<u32>,
    /// Bytes from one pixel to the next; left out, as many as the format has.
    #[uniffi(default = None)]
    pub pixel_stride: Option<u32>,
    /// Bytes before the first pixel.
    #[uniffi(default = 0)]
    pub offset: u32,
    /// Degrees by which the buffer must be turned clockwise to stand upright: 0, 90, 180 or 270.
    #[uniffi(default = 0)]
    pub rotation_degrees: u32,
    /// Whether the buffer, once upright, shows the scene as a mirror does.
    #[uniffi(default = false)]
    pub mirrored: bool,
    /// Which luma values stand for black and white; left out, the format's own: video for P010, full for the rest.
    #[uniffi(default = None)]
    pub luma_range: Option<LumaRange>,
    /// The only part that is looked at; left out, all of it. Results keep the coordinates of the whole frame.
    #[uniffi(default = None)]
    pub crop: Option<Crop>,
}

/// What an EXIF orientation says of a picture, in the words of [`FrameLayout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Orientation {
    /// Degrees by which the picture must be turned clockwise: 0, 90, 180 or 270.
    pub rotation_degrees: u32,
    /// Whether it is then still mirrored.
    pub mirrored: bool,
}

/// The turn behind an EXIF orientation, 1 to 8; also the values of iOS' `CGImagePropertyOrientation`.
///
/// # Errors
///
/// [`NativeError::BadInput`] for any other number.
#[uniffi::export]
pub fn exif_orientation(value: u32) -> Result<Orientation, NativeError> {
    guarded(
        || (),
        || {
            let (rotation_degrees, mirrored) = match value {
                1 => (0, false),
                2 => (0, true),
                3 => (180, false),
                4 => (180, true),
                5 => (90, true),
                6 => (90, false),
                7 => (270, true),
                8 => (270, false),
                _ => {
                    return Err(NativeError::BadInput(format!(
                        "the EXIF orientation is {value}: allowed is 1 to 8; pass 1 where a picture has none"
                    )));
                }
            };
            Ok(Orientation {
                rotation_degrees,
                mirrored,
            })
        },
    )
}

/// Fails for a frame of a size that no analyzer takes: for wrappers that must copy a picture's pixels, to ask before they take memory.
///
/// # Errors
///
/// [`NativeError::BadInput`] for a size without pixels or over the limits.
#[uniffi::export]
pub fn check_frame_size(width: u32, height: u32) -> Result<(), NativeError> {
    guarded(
        || (),
        || {
            moue::Frame::luma(&[], moue::Size::new(width, height))?;
            Ok(())
        },
    )
}

impl FrameLayout {
    /// The frame that `pixels` hold, checked.
    pub(crate) fn frame<'a>(&self, pixels: &'a [u8]) -> Result<moue::Frame<'a>, NativeError> {
        let Self {
            format,
            width,
            height,
            row_stride,
            pixel_stride,
            offset,
            rotation_degrees,
            mirrored,
            luma_range,
            crop,
        } = *self;
        let pixels = pixels.get(offset as usize..).ok_or_else(|| {
            NativeError::BadInput(format!(
                "the frame's first pixel lies {offset} bytes into a buffer of {} bytes; pass the whole buffer, or correct the offset",
                pixels.len()
            ))
        })?;
        let rotation = moue::Rotation::from_degrees(rotation_degrees).ok_or_else(|| {
            NativeError::BadInput(format!(
                "the frame's rotation is {rotation_degrees} degrees: allowed is 0, 90, 180 or 270, clockwise"
            ))
        })?;
        let size = moue::Size::new(width, height);
        let mut frame = match format {
            PixelFormat::Luma => moue::Frame::luma(pixels, size),
            PixelFormat::P010 => moue::Frame::p010(pixels, size),
            PixelFormat::Rgb => moue::Frame::rgb(pixels, size),
            PixelFormat::Rgba => moue::Frame::rgba(pixels, size),
            PixelFormat::Bgra => moue::Frame::bgra(pixels, size),
        }?
        .rotated(rotation)
        .mirrored(mirrored);
        if let Some(stride) = row_stride {
            frame = frame.row_stride(stride as usize);
        }
        if let Some(stride) = pixel_stride {
            frame = frame.pixel_stride(stride as usize);
        }
        if let Some(range) = luma_range {
            frame = frame.range(match range {
                LumaRange::Full => moue::LumaRange::Full,
                LumaRange::Video => moue::LumaRange::Video,
            });
        }
        if let Some(Crop {
            x,
            y,
            width,
            height,
        }) = crop
        {
            frame = frame.crop(x, y, width, height);
        }
        frame.check()?;
        Ok(frame)
    }
}
