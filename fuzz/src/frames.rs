//! Makes a frame of a fuzzer's bytes (any format, strides, size, crop, turn, mirror, range, too little buffer) and its working picture,
//! which must be what a plain loop over the definition makes of it, byte for byte. Whatever is described: no panic, no read past the buffer.

use arbitrary::{Arbitrary, Unstructured};
use moue::luma::WorkingPicture;
use moue::{Frame, LumaRange, Rotation, Size, WorkingSize};

/// Bytes of a buffer above which a description isn't followed: the fuzzer is after errors, not after memory.
const MOST_BYTES: usize = 128 << 10;

/// What a frame is said to be.
#[derive(Debug, Arbitrary)]
struct Description {
    format: Format,
    width: Side,
    height: Side,
    pixel_stride: Stride,
    row_stride: Stride,
    crop: Option<[u16; 4]>,
    rotation: u8,
    mirrored: bool,
    video_range: Option<bool>,
    small_faces: bool,
    /// By how many bytes the buffer is longer or shorter than needed.
    excess: i8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
enum Format {
    Luma,
    P010,
    Rgb,
    Rgba,
    Bgra,
}

/// Small sides mostly, for speed; large ones are where reduction begins.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Side {
    Small(u8),
    Large(u16),
    Any(u32),
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Stride {
    Packed,
    Padded(u8),
    Any(usize),
}

impl Side {
    fn pixels(self) -> u32 {
        match self {
            Side::Small(side) => u32::from(side) % 40,
            Side::Large(side) => u32::from(side) % 4096,
            Side::Any(side) => side,
        }
    }
}

impl Stride {
    /// `None` where nothing is to be said.
    fn bytes(self, packed: usize) -> Option<usize> {
        match self {
            Stride::Packed => None,
            Stride::Padded(padding) => Some(packed.saturating_add(padding.into())),
            Stride::Any(bytes) => Some(bytes),
        }
    }
}

impl Format {
    fn bytes(self) -> usize {
        match self {
            Format::Luma => 1,
            Format::P010 => 2,
            Format::Rgb => 3,
            Format::Rgba | Format::Bgra => 4,
        }
    }

    /// Luma of a pixel by ITU-R BT.601, to 16 bits after the point as Pillow has it.
    fn luma(self, pixel: &[u8]) -> u8 {
        let weighed = |red: usize, green: usize, blue: usize| {
            let sum = 19_595 * u32::from(pixel[red])
                + 38_470 * u32::from(pixel[green])
                + 7_471 * u32::from(pixel[blue]);
            ((sum + 32_768) / 65_536) as u8
        };
        match self {
            Format::Luma => pixel[0],
            Format::P010 => pixel[1],
            Format::Rgb | Format::Rgba => weighed(0, 1, 2),
            Format::Bgra => weighed(2, 1, 0),
        }
    }
}

/// Describes, frames and reduces. Whether a working picture came out.
///
/// # Panics
///
/// Where a frame breaks a promise.
pub fn check(bytes: &[u8]) -> bool {
    let mut source = Unstructured::new(bytes);
    let Ok(description) = Description::arbitrary(&mut source) else {
        return false;
    };
    let plan = Layout::of(&description);
    let length = plan
        .needed
        .filter(|&needed| needed <= MOST_BYTES)
        .unwrap_or(64)
        .saturating_add_signed(description.excess.into());
    let texture = source.take_rest();
    let buffer: Vec<u8> = (0..length)
        .map(|index| {
            let seen = texture.get(index % texture.len().max(1)).copied();
            seen.unwrap_or(0).wrapping_add((index >> 8) as u8)
        })
        .collect();
    let Some(frame) = frame(&description, &plan, &buffer) else {
        return false;
    };

    let limit = if description.small_faces {
        WorkingSize::SmallFaces
    } else {
        WorkingSize::Standard
    };
    let mut picture = WorkingPicture::new();
    let (checked, updated) = (frame.check(), picture.update(&frame, limit));
    assert_eq!(
        checked.is_ok(),
        updated.is_ok(),
        "check and update disagree"
    );
    if let Err(error) = updated {
        assert!((10..1000).contains(&error.to_string().len()), "{error}");
        assert_eq!(picture.view().pixels(), [0], "a refused frame left traces");
        return false;
    }
    assert!(
        plan.needed.is_some_and(|needed| needed <= length),
        "a frame of {description:?} was read from {length} bytes"
    );
    let (size, expected) = plan.working_picture(&description, &buffer, limit.long_side());
    assert_eq!(picture.size(), size, "{description:?}");
    assert_eq!(picture.view().pixels(), expected, "{description:?}");
    true
}

fn frame<'a>(description: &Description, plan: &Layout, buffer: &'a [u8]) -> Option<Frame<'a>> {
    let make = match description.format {
        Format::Luma => Frame::luma,
        Format::P010 => Frame::p010,
        Format::Rgb => Frame::rgb,
        Format::Rgba => Frame::rgba,
        Format::Bgra => Frame::bgra,
    };
    let size = Size::new(description.width.pixels(), description.height.pixels());
    let mut frame = match make(buffer, size) {
        Ok(frame) => frame,
        Err(error) => {
            assert!((10..1000).contains(&error.to_string().len()), "{error}");
            return None;
        }
    };
    let rotation = Rotation::from_degrees(u32::from(description.rotation % 4) * 90);
    frame = frame
        .rotated(rotation.expect("a multiple of 90 degrees"))
        .mirrored(description.mirrored);
    if let Some(bytes) = description.pixel_stride.bytes(description.format.bytes()) {
        frame = frame.pixel_stride(bytes);
    }
    if let Some(bytes) = description.row_stride.bytes(plan.packed_row) {
        frame = frame.row_stride(bytes);
    }
    if let Some([x, y, width, height]) = description.crop.map(|crop| crop.map(u32::from)) {
        frame = frame.crop(x, y, width, height);
    }
    if let Some(is_video) = description.video_range {
        frame = frame.range(if is_video {
            LumaRange::Video
        } else {
            LumaRange::Full
        });
    }
    Some(frame)
}

/// Where the pixels of a description lie.
struct Layout {
    pixel_stride: usize,
    packed_row: usize,
    row_stride: usize,
    /// Bytes from the first pixel to the end of the last; `None` where that overflows or there is no pixel.
    needed: Option<usize>,
}

impl Layout {
    fn of(description: &Description) -> Self {
        let (width, height) = (
            description.width.pixels() as usize,
            description.height.pixels() as usize,
        );
        let pixel = description.format.bytes();
        let pixel_stride = description.pixel_stride.bytes(pixel).unwrap_or(pixel);
        let packed_row = pixel_stride.saturating_mul(width);
        let row_stride = description
            .row_stride
            .bytes(packed_row)
            .unwrap_or(packed_row);
        let span = |count: usize, stride: usize, item: usize| {
            count.checked_sub(1)?.checked_mul(stride)?.checked_add(item)
        };
        let needed = span(width, pixel_stride, pixel).and_then(|row| span(height, row_stride, row));
        Self {
            pixel_stride,
            packed_row,
            row_stride,
            needed,
        }
    }

    /// The working picture from its definition: the upright picture pixel by pixel, then the mean of each block.
    fn working_picture(
        &self,
        description: &Description,
        buffer: &[u8],
        limit: u32,
    ) -> (Size, Vec<u8>) {
        let (full_width, full_height) = (description.width.pixels(), description.height.pixels());
        let [left, top, width, height] = description
            .crop
            .map_or([0, 0, full_width, full_height], |crop| crop.map(u32::from));
        let turns = description.rotation % 4;
        let (across, down) = if turns % 2 == 1 {
            (height, width)
        } else {
            (width, height)
        };
        let upright = |x: u32, y: u32| {
            let x = if description.mirrored {
                across - 1 - x
            } else {
                x
            };
            // A clockwise turn moves the buffer's (u, v) to (height - 1 - v, u).
            let (u, v) = match turns {
                0 => (x, y),
                1 => (y, height - 1 - x),
                2 => (width - 1 - x, height - 1 - y),
                _ => (width - 1 - y, x),
            };
            let at = (top + v) as usize * self.row_stride + (left + u) as usize * self.pixel_stride;
            description.format.luma(&buffer[at..])
        };
        let is_video = description
            .video_range
            .unwrap_or(description.format == Format::P010);
        let factor = width.max(height).div_ceil(limit);
        let size = Size::new(across.div_ceil(factor), down.div_ceil(factor));
        let mut pixels = Vec::with_capacity((size.width * size.height) as usize);
        for y in (0..down).step_by(factor as usize) {
            for x in (0..across).step_by(factor as usize) {
                let (columns, rows) = (factor.min(across - x), factor.min(down - y));
                let sum: u32 = (y..y + rows)
                    .flat_map(|y| (x..x + columns).map(move |x| (x, y)))
                    .map(|(x, y)| u32::from(upright(x, y)))
                    .sum();
                let count = columns * rows;
                let mean = (2 * sum + count) / (2 * count);
                pixels.push(if is_video {
                    stretched(mean)
                } else {
                    mean as u8
                });
            }
        }
        (size, pixels)
    }
}

/// 16 to 235 becomes 0 to 255 (ITU-R BT.601), rounded, what lies outside cut off.
fn stretched(luma: u32) -> u8 {
    let full = (f64::from(luma) - 16.0) * 255.0 / 219.0;
    full.round().clamp(0.0, 255.0) as u8
}
