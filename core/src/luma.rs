//! The working picture: the frame upright, unmirrored, full-range 8-bit luma, area-reduced by a whole factor.
//!
//! It is the one picture that detection, refinement and the crops read, for photos and live frames alike. Reading a frame's bytes is
//! `frame`'s work, cutting and resizing the working picture `resample`'s.

mod rows;

use crate::error::Error;
use crate::frame::{Frame, LumaRange, Orientation};
use crate::geometry::{Point, Rect, Size};
use crate::resample::LumaView;
use crate::resample::area::{self, BlockAxis, ShortBlock};
use rows::FrameRows;

/// How large the working picture may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WorkingSize {
    /// At most 640 pixels on the long side.
    #[default]
    Standard,
    /// At most 1280 pixels on the long side, for faces that are small in a large frame.
    SmallFaces,
}

impl WorkingSize {
    /// The most pixels on the long side.
    pub const fn long_side(self) -> u32 {
        match self {
            Self::Standard => 640,
            Self::SmallFaces => 1280,
        }
    }
}

/// An owned picture that is overwritten frame by frame; its buffers stay.
#[derive(Debug)]
pub struct WorkingPicture {
    pixels: Vec<u8>,
    size: Size,
    factor: u32,
    origin: Point,
    frame_size: Size,
    /// The picture before turning and mirroring.
    unturned: Vec<u8>,
    sums: Vec<u16>,
    row: Vec<u8>,
}

impl Default for WorkingPicture {
    fn default() -> Self {
        Self::new()
    }
}

impl WorkingPicture {
    /// A black picture of one pixel, to be updated.
    pub fn new() -> Self {
        Self {
            pixels: vec![0],
            size: Size::new(1, 1),
            factor: 1,
            origin: Point::default(),
            frame_size: Size::new(1, 1),
            unturned: Vec::new(),
            sums: Vec::new(),
            row: Vec::new(),
        }
    }

    /// Replaces the picture by what `frame` shows.
    ///
    /// The factor is the smallest whole one that brings the long side of the frame (or of its crop) to the limit. Each pixel is the mean of
    /// a block of `factor` times `factor` pixels, rounded half up. Blocks start at the top left corner of the upright, unmirrored picture;
    /// those cut by its right or bottom edge are means over the pixels that exist. Video range is expanded after that, pixel by pixel.
    ///
    /// # Errors
    ///
    /// Those of [`Frame::check`]; the picture is then unchanged.
    pub fn update(&mut self, frame: &Frame<'_>, limit: WorkingSize) -> Result<(), Error> {
        frame.check()?;
        let read = frame.read_size();
        let orientation = frame.orientation();
        let factor = read.long_side().div_ceil(limit.long_side());
        let columns = block_axis(read.width, factor, orientation.reverse_x);
        let rows = block_axis(read.height, factor, orientation.reverse_y);
        let (across, down) = (columns.blocks(), rows.blocks());
        self.pixels.resize(across * down, 0);

        let mut source = FrameRows::new(frame, &mut self.row);
        let upright = Orientation {
            transposed: false,
            reverse_x: false,
            reverse_y: false,
        };
        if orientation == upright {
            area::reduce(&mut source, columns, rows, &mut self.sums, &mut self.pixels);
        } else {
            self.unturned.resize(across * down, 0);
            area::reduce(
                &mut source,
                columns,
                rows,
                &mut self.sums,
                &mut self.unturned,
            );
            turn(&self.unturned, across, down, orientation, &mut self.pixels);
        }
        if frame.luma_range() == LumaRange::Video {
            for pixel in &mut self.pixels {
                *pixel = expand_video_range(*pixel);
            }
        }

        let size = Size::new(across as u32, down as u32);
        self.size = if orientation.transposed {
            size.transposed()
        } else {
            size
        };
        self.factor = factor;
        self.origin = frame.upright_origin();
        self.frame_size = frame.upright_size();
        Ok(())
    }

    /// The picture itself.
    pub fn view(&self) -> LumaView<'_> {
        LumaView::new(&self.pixels, self.size).expect("update keeps pixels and size in step")
    }

    /// Width and height of the working picture.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Side of the block of frame pixels that one pixel stands for, 1 or more.
    pub fn factor(&self) -> u32 {
        self.factor
    }

    /// Size of the whole upright frame.
    pub fn frame_size(&self) -> Size {
        self.frame_size
    }

    /// From a point of the working picture to the same point of the upright, unmirrored full-size frame.
    pub fn to_frame(&self, point: Point) -> Point {
        let factor = self.factor as f32;
        Point::new(
            point.x * factor + self.origin.x,
            point.y * factor + self.origin.y,
        )
    }

    /// From a rectangle in the working picture to the same one in the upright, unmirrored full-size frame.
    pub fn rect_to_frame(&self, rect: Rect) -> Rect {
        let corner = self.to_frame(Point::new(rect.x, rect.y));
        let factor = self.factor as f32;
        Rect::new(
            corner.x,
            corner.y,
            rect.width * factor,
            rect.height * factor,
        )
    }

    /// From a point of the upright, unmirrored full-size frame to the same point of the working picture.
    pub fn from_frame(&self, point: Point) -> Point {
        let factor = self.factor as f32;
        Point::new(
            (point.x - self.origin.x) / factor,
            (point.y - self.origin.y) / factor,
        )
    }
}

/// Blocks that start where the upright picture does: at the far end of a reversed axis.
fn block_axis(length: u32, factor: u32, reversed: bool) -> BlockAxis {
    let short = if reversed {
        ShortBlock::First
    } else {
        ShortBlock::Last
    };
    BlockAxis {
        length: length as usize,
        factor: factor as usize,
        short,
    }
}

/// Turns and mirrors `source`, of `width` times `height` pixels, into `out`.
fn turn(source: &[u8], width: usize, height: usize, orientation: Orientation, out: &mut [u8]) {
    let Orientation {
        transposed,
        reverse_x,
        reverse_y,
    } = orientation;
    let flip_y = |y: usize| if reverse_y { height - 1 - y } else { y };
    if !transposed {
        for (y, out) in out.chunks_exact_mut(width).enumerate() {
            let row = &source[flip_y(y) * width..][..width];
            if reverse_x {
                out.iter_mut()
                    .zip(row.iter().rev())
                    .for_each(|(out, &pixel)| *out = pixel);
            } else {
                out.copy_from_slice(row);
            }
        }
        return;
    }
    // Bands of columns keep the source's cache lines in use while the output is written row by row.
    const BAND: usize = 64;
    for band in (0..height).step_by(BAND) {
        let columns = band..(band + BAND).min(height);
        for (x, out) in out.chunks_exact_mut(height).enumerate() {
            let source_x = if reverse_x { width - 1 - x } else { x };
            for (out, column) in out[columns.clone()].iter_mut().zip(columns.clone()) {
                *out = source[flip_y(column) * width + source_x];
            }
        }
    }
}

/// Stretches 16..=235 to 0..=255 (ITU-R BT.601), rounded half up and clamped.
fn expand_video_range(luma: u8) -> u8 {
    const BLACK: u32 = 16;
    const SPAN: u32 = 219;
    let above_black = u32::from(luma).saturating_sub(BLACK);
    ((above_black * 255 + SPAN / 2) / SPAN).min(255) as u8
}
