//! A camera frame or a decoded photo as it lies in memory: borrowed bytes and how to read them.
//!
//! Nothing is copied here. `luma` turns a frame into the working picture, which every later stage reads.

use crate::error::Error;
use crate::geometry::{Point, Rect, Size};

/// The longest side of a frame, in pixels.
pub const MAX_FRAME_SIDE: u32 = 16_384;

/// The most pixels of a frame.
pub const MAX_FRAME_PIXELS: u64 = 1 << 27;

/// By how much a frame must be turned clockwise to stand upright; Android's `rotationDegrees`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// Upright already.
    #[default]
    Deg0,
    /// A quarter turn clockwise.
    Deg90,
    /// Half a turn.
    Deg180,
    /// A quarter turn counter-clockwise.
    Deg270,
}

impl Rotation {
    /// The rotation of so many degrees clockwise: `None` unless it is 0, 90, 180 or 270.
    pub fn from_degrees(degrees: u32) -> Option<Self> {
        match degrees {
            0 => Some(Self::Deg0),
            90 => Some(Self::Deg90),
            180 => Some(Self::Deg180),
            270 => Some(Self::Deg270),
            _ => None,
        }
    }

    fn is_quarter_turn(self) -> bool {
        matches!(self, Self::Deg90 | Self::Deg270)
    }
}

/// Which bytes of a luma plane stand for black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LumaRange {
    /// 0 is black, 255 white: JPEG and Android's `YUV_420_888`.
    #[default]
    Full,
    /// 16 is black, 235 white, as in most videos (ITU-R BT.601 and BT.709); iOS names it `420v`.
    Video,
}

/// How the bytes of a pixel are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PixelFormat {
    /// One byte of luma, at this offset from the pixel's first byte.
    Luma { offset: usize },
    /// Three bytes at these offsets.
    Color {
        red: usize,
        green: usize,
        blue: usize,
    },
}

/// A part of a buffer, in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CropRect {
    pub x: u32,
    pub y: u32,
    pub size: Size,
}

/// How the buffer's axes run in the upright, unmirrored picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orientation {
    /// The buffer's rows are the picture's columns.
    pub transposed: bool,
    /// The buffer's x runs against the picture's axis on which it lies.
    pub reverse_x: bool,
    /// The buffer's y runs against the picture's axis on which it lies.
    pub reverse_y: bool,
}

impl Orientation {
    /// The buffer is the picture.
    pub const UPRIGHT: Self = Self {
        transposed: false,
        reverse_x: false,
        reverse_y: false,
    };
}

/// Borrowed pixels with their layout.
///
/// What the builder methods say about the buffer (strides, crop, range) is checked where the frame is used, once all of it is known;
/// [`Frame::check`] does so earlier.
///
/// The buffer is read in this order: the crop is cut out, the rest is turned clockwise by the rotation, then mirrored left to right.
///
/// ```
/// use moue::{Frame, Rotation, Size};
///
/// # fn main() -> Result<(), moue::Error> {
/// let plane = vec![128; 704 * 479 + 640]; // the last row of a camera's buffer may be short
/// let frame = Frame::luma(&plane, Size::new(640, 480))?.row_stride(704).rotated(Rotation::Deg90).mirrored(true);
/// assert_eq!(frame.upright_size(), Size::new(480, 640));
/// frame.check()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    bytes: &'a [u8],
    size: Size,
    format: PixelFormat,
    /// Bytes that a pixel takes at least.
    pixel_bytes: usize,
    pixel_stride: usize,
    /// `None`: rows follow each other without padding.
    row_stride: Option<usize>,
    crop: Option<CropRect>,
    rotation: Rotation,
    mirrored: bool,
    range: LumaRange,
}

impl<'a> Frame<'a> {
    /// A plane of 8-bit luma: a grey picture, or the Y plane of NV12, NV21, I420 or `YUV_420_888`. Full range unless [`Frame::range`] says otherwise.
    ///
    /// `size` is that of the buffer as it lies in memory, before any turn.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyFrame`] and [`Error::FrameTooLarge`].
    pub fn luma(bytes: &'a [u8], size: Size) -> Result<Self, Error> {
        Self::new(bytes, size, PixelFormat::Luma { offset: 0 }, 1)
    }

    /// The Y plane of P010: 16-bit little-endian samples with ten bits at the top, of which the high byte (the second one) is read. Pixel
    /// stride 2 and video range unless told otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyFrame`] and [`Error::FrameTooLarge`].
    pub fn p010(bytes: &'a [u8], size: Size) -> Result<Self, Error> {
        Ok(Self::new(bytes, size, PixelFormat::Luma { offset: 1 }, 2)?.range(LumaRange::Video))
    }

    /// Red, green, blue: three bytes a pixel.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyFrame`] and [`Error::FrameTooLarge`].
    pub fn rgb(bytes: &'a [u8], size: Size) -> Result<Self, Error> {
        Self::new(
            bytes,
            size,
            PixelFormat::Color {
                red: 0,
                green: 1,
                blue: 2,
            },
            3,
        )
    }

    /// Red, green, blue, alpha: four bytes a pixel; alpha is ignored.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyFrame`] and [`Error::FrameTooLarge`].
    pub fn rgba(bytes: &'a [u8], size: Size) -> Result<Self, Error> {
        Self::new(
            bytes,
            size,
            PixelFormat::Color {
                red: 0,
                green: 1,
                blue: 2,
            },
            4,
        )
    }

    /// Blue, green, red, alpha: four bytes a pixel; alpha is ignored.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyFrame`] and [`Error::FrameTooLarge`].
    pub fn bgra(bytes: &'a [u8], size: Size) -> Result<Self, Error> {
        Self::new(
            bytes,
            size,
            PixelFormat::Color {
                red: 2,
                green: 1,
                blue: 0,
            },
            4,
        )
    }

    fn new(
        bytes: &'a [u8],
        size: Size,
        format: PixelFormat,
        pixel_bytes: usize,
    ) -> Result<Self, Error> {
        if size.pixels() == 0 {
            return Err(Error::EmptyFrame { size });
        }
        if size.long_side() > MAX_FRAME_SIDE || size.pixels() > MAX_FRAME_PIXELS {
            return Err(Error::FrameTooLarge { size });
        }
        Ok(Self {
            bytes,
            size,
            format,
            pixel_bytes,
            pixel_stride: pixel_bytes,
            row_stride: None,
            crop: None,
            rotation: Rotation::default(),
            mirrored: false,
            range: LumaRange::default(),
        })
    }

    /// Bytes from the start of one row to the start of the next. The last row may end after its last pixel.
    pub fn row_stride(self, bytes: usize) -> Self {
        Self {
            row_stride: Some(bytes),
            ..self
        }
    }

    /// Bytes from the start of one pixel to the start of the next.
    pub fn pixel_stride(self, bytes: usize) -> Self {
        Self {
            pixel_stride: bytes,
            ..self
        }
    }

    /// Reads only this part, given in pixels of the buffer, before any turn (Android's `cropRect`). Results keep the coordinates of the whole frame.
    pub fn crop(self, x: u32, y: u32, width: u32, height: u32) -> Self {
        Self {
            crop: Some(CropRect {
                x,
                y,
                size: Size::new(width, height),
            }),
            ..self
        }
    }

    /// By how much the buffer must be turned clockwise to stand upright.
    pub fn rotated(self, rotation: Rotation) -> Self {
        Self { rotation, ..self }
    }

    /// Whether the buffer, once upright, shows the scene as a mirror does (some front cameras): it is then flipped back.
    ///
    /// With the rotation this covers every EXIF orientation: 2 is [`Rotation::Deg0`] mirrored, 4 `Deg180`, 5 `Deg90` and 7 `Deg270`.
    pub fn mirrored(self, mirrored: bool) -> Self {
        Self { mirrored, ..self }
    }

    /// Which luma values stand for black and white.
    pub fn range(self, range: LumaRange) -> Self {
        Self { range, ..self }
    }

    /// Size of the whole frame once upright: the space of every coordinate in the results, crop or not.
    pub fn upright_size(&self) -> Size {
        if self.rotation.is_quarter_turn() {
            self.size.transposed()
        } else {
            self.size
        }
    }

    /// The part that is looked at, in the upright, unmirrored frame: all of it, or the crop.
    pub fn upright_crop(&self) -> Rect {
        let CropRect { x, y, size } = self.crop_or_all();
        let orientation = self.orientation();
        let from_start = |start: u32, length: u32, total: u32, reversed: bool| {
            let start = if reversed {
                i64::from(total) - i64::from(start) - i64::from(length)
            } else {
                i64::from(start)
            };
            start as f32
        };
        let along_x = from_start(x, size.width, self.size.width, orientation.reverse_x);
        let along_y = from_start(y, size.height, self.size.height, orientation.reverse_y);
        let (width, height) = (size.width as f32, size.height as f32);
        if orientation.transposed {
            Rect::new(along_y, along_x, height, width)
        } else {
            Rect::new(along_x, along_y, width, height)
        }
    }

    /// Checks all that the builder methods were told.
    ///
    /// # Errors
    ///
    /// [`Error::PixelStride`], [`Error::RowStride`], [`Error::FrameOverflow`], [`Error::FrameBufferTooShort`], [`Error::Crop`] and
    /// [`Error::VideoRangeOnColor`].
    pub fn check(&self) -> Result<(), Error> {
        let Self {
            size,
            pixel_stride,
            pixel_bytes,
            ..
        } = *self;
        if pixel_stride < pixel_bytes {
            return Err(Error::PixelStride {
                given: pixel_stride,
                needed: pixel_bytes,
            });
        }
        let overflow = Error::FrameOverflow {
            size,
            row_stride: self.row_stride.unwrap_or(0),
            pixel_stride,
        };
        let Some(row_bytes) = bytes_to_last(size.width, pixel_stride, pixel_bytes) else {
            return Err(overflow);
        };
        let row_stride = match self.row_stride {
            Some(given) if given < row_bytes => {
                return Err(Error::RowStride {
                    given,
                    needed: row_bytes,
                });
            }
            Some(given) => given,
            None => match pixel_stride.checked_mul(size.width as usize) {
                Some(packed) => packed,
                None => return Err(overflow),
            },
        };
        let Some(needed) = bytes_to_last(size.height, row_stride, row_bytes) else {
            return Err(Error::FrameOverflow {
                size,
                row_stride,
                pixel_stride,
            });
        };
        if self.bytes.len() < needed {
            return Err(Error::FrameBufferTooShort {
                given: self.bytes.len(),
                needed,
                size,
                row_stride,
                pixel_stride,
            });
        }
        let CropRect { x, y, size: crop } = self.crop_or_all();
        let inside = |start: u32, length: u32, total: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= total)
        };
        if !inside(x, crop.width, size.width) || !inside(y, crop.height, size.height) {
            return Err(Error::Crop {
                x,
                y,
                crop,
                frame: size,
            });
        }
        if self.range == LumaRange::Video && matches!(self.format, PixelFormat::Color { .. }) {
            return Err(Error::VideoRangeOnColor);
        }
        Ok(())
    }

    pub(crate) fn orientation(&self) -> Orientation {
        let (transposed, mut reverse_x, mut reverse_y) = match self.rotation {
            Rotation::Deg0 => (false, false, false),
            Rotation::Deg90 => (true, false, true),
            Rotation::Deg180 => (false, true, true),
            Rotation::Deg270 => (true, true, false),
        };
        // Mirroring turns around the buffer's axis that lies on the picture's x.
        if self.mirrored {
            if transposed {
                reverse_y = !reverse_y
            } else {
                reverse_x = !reverse_x
            }
        }
        Orientation {
            transposed,
            reverse_x,
            reverse_y,
        }
    }

    pub(crate) fn luma_range(&self) -> LumaRange {
        self.range
    }

    /// Size of the part that is read, in the buffer's own orientation.
    pub(crate) fn read_size(&self) -> Size {
        self.crop_or_all().size
    }

    /// Top left corner of the crop in the upright, unmirrored frame.
    pub(crate) fn upright_origin(&self) -> Point {
        let crop = self.upright_crop();
        Point::new(crop.x, crop.y)
    }

    /// The bytes of the crop's row `y`, from its first pixel to the end of its last. The frame must have passed `check`.
    pub(crate) fn row_bytes(&self, y: usize) -> &'a [u8] {
        let CropRect { x, y: top, size } = self.crop_or_all();
        let row_stride = self
            .row_stride
            .unwrap_or(self.pixel_stride * self.size.width as usize);
        let start = (top as usize + y) * row_stride + x as usize * self.pixel_stride;
        let length = (size.width as usize - 1) * self.pixel_stride + self.pixel_bytes;
        &self.bytes[start..start + length]
    }

    /// How the bytes of a pixel are to be read, and how many there are from one pixel to the next.
    pub(crate) fn pixel_layout(&self) -> (PixelFormat, usize) {
        (self.format, self.pixel_stride)
    }

    fn crop_or_all(&self) -> CropRect {
        self.crop.unwrap_or(CropRect {
            x: 0,
            y: 0,
            size: self.size,
        })
    }
}

/// Bytes from the start of the first of `count` items to the end of the last; `None` on overflow.
fn bytes_to_last(count: u32, stride: usize, item: usize) -> Option<usize> {
    (count as usize - 1).checked_mul(stride)?.checked_add(item)
}
