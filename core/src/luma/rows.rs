//! A frame's rows as luma: as they are where the bytes lie side by side, otherwise converted into a buffer.

use crate::frame::{Frame, PixelFormat};
use crate::resample::area::Rows;

/// The rows of a frame's crop. The frame must have passed [`Frame::check`].
pub(super) struct FrameRows<'f> {
    frame: &'f Frame<'f>,
    converted: &'f mut Vec<u8>,
}

impl<'f> FrameRows<'f> {
    /// Reads `frame`, using `converted` as its buffer.
    pub fn new(frame: &'f Frame<'f>, converted: &'f mut Vec<u8>) -> Self {
        Self { frame, converted }
    }
}

impl Rows for FrameRows<'_> {
    fn row(&mut self, y: usize) -> &[u8] {
        let bytes = self.frame.row_bytes(y);
        let (format, stride) = self.frame.pixel_layout();
        if format == (PixelFormat::Luma { offset: 0 }) && stride == 1 {
            return bytes;
        }
        self.converted.resize(bytes.len().div_ceil(stride), 0);
        match format {
            PixelFormat::Luma { offset } => convert_luma(bytes, stride, offset, self.converted),
            PixelFormat::Color { red, green, blue } => {
                convert_color(bytes, stride, [red, green, blue], self.converted);
            }
        }
        self.converted
    }
}

/// Takes the byte at `offset` of each pixel.
fn convert_luma(bytes: &[u8], stride: usize, offset: usize, out: &mut [u8]) {
    // Pairs are common (P010) and as one number they vectorise.
    let done = if stride == 2 {
        let shift = 8 * offset;
        let (pixels, _) = bytes.as_chunks::<2>();
        for (luma, &pixel) in out.iter_mut().zip(pixels) {
            *luma = (u16::from_le_bytes(pixel) >> shift) as u8;
        }
        pixels.len()
    } else {
        0
    };
    for (luma, pixel) in out[done..]
        .iter_mut()
        .zip(bytes[done * stride..].chunks(stride))
    {
        *luma = pixel[offset];
    }
}

/// Weighs the bytes at the offsets of red, green and blue of each pixel.
fn convert_color(bytes: &[u8], stride: usize, offsets: [usize; 3], out: &mut [u8]) {
    let [red, green, blue] = offsets;
    // Four bytes a pixel are common (RGBA, BGRA) and as one number they vectorise. The last pixel may lack its padding and is left over.
    let done = if stride == 4 {
        let (red, green, blue) = (8 * red, 8 * green, 8 * blue);
        let (pixels, _) = bytes.as_chunks::<4>();
        for (luma, &pixel) in out.iter_mut().zip(pixels) {
            let pixel = u32::from_le_bytes(pixel);
            *luma = luma_of(
                (pixel >> red) as u8,
                (pixel >> green) as u8,
                (pixel >> blue) as u8,
            );
        }
        pixels.len()
    } else {
        0
    };
    for (luma, pixel) in out[done..]
        .iter_mut()
        .zip(bytes[done * stride..].chunks(stride))
    {
        *luma = luma_of(pixel[red], pixel[green], pixel[blue]);
    }
}

/// Luma of full-range RGB after ITU-R BT.601 (0.299, 0.587, 0.114), as JPEG has it, in 16-bit fixed point. The weights add up to 65536, so
/// grey stays what it is; Pillow's mode "L" uses the same numbers.
fn luma_of(red: u8, green: u8, blue: u8) -> u8 {
    const RED: u32 = 19_595;
    const GREEN: u32 = 38_470;
    const BLUE: u32 = 7_471;
    const HALF: u32 = 1 << 15;
    ((u32::from(red) * RED + u32::from(green) * GREEN + u32::from(blue) * BLUE + HALF) >> 16) as u8
}
