//! The working picture: the frame upright, unmirrored, full-range 8-bit luma, area-reduced by a whole factor.
//!
//! It is the one picture that detection, refinement and the crops read, for photos and live frames alike. Reading a frame's bytes is
//! `frame`'s work, cutting and resizing the working picture `resample`'s.

mod reduced;
mod rows;

use crate::error::Error;
use crate::frame::{Frame, LumaRange, Orientation};
use crate::geometry::{Point, Rect, Size};
use crate::resample::LumaView;
pub use reduced::ReducedPicture;
use reduced::{Facts, Reducer};

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
    facts: Facts,
    /// The picture before turning and mirroring.
    unturned: Vec<u8>,
    reducer: Reducer,
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
            facts: Facts::ONE_PIXEL,
            unturned: Vec::new(),
            reducer: Reducer::default(),
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
        if frame.orientation() == Orientation::UPRIGHT {
            let facts = self.reducer.reduce(frame, limit, &mut self.pixels)?;
            self.finish(facts);
        } else {
            let facts = self.reducer.reduce(frame, limit, &mut self.unturned)?;
            turn(&self.unturned, &facts, &mut self.pixels);
            self.finish(facts);
        }
        Ok(())
    }

    /// Replaces the picture by one that was reduced before: the same picture as [`Self::update`] makes of the frame.
    ///
    /// Takes the pixels of an upright one over, so that `reduced` holds other pixels afterwards.
    pub fn take(&mut self, reduced: &mut ReducedPicture) {
        let facts = reduced.facts;
        if facts.orientation == Orientation::UPRIGHT {
            // Both buffers keep the room that a picture of this size takes.
            self.pixels.resize(reduced.pixels.len(), 0);
            std::mem::swap(&mut self.pixels, &mut reduced.pixels);
        } else {
            turn(&reduced.pixels, &facts, &mut self.pixels);
        }
        self.finish(facts);
    }

    /// Expands the range of upright pixels and keeps what is known of them.
    fn finish(&mut self, facts: Facts) {
        if facts.range == LumaRange::Video {
            for pixel in &mut self.pixels {
                *pixel = expand_video_range(*pixel);
            }
        }
        self.size = if facts.orientation.transposed {
            facts.size.transposed()
        } else {
            facts.size
        };
        self.facts = facts;
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
        self.facts.factor
    }

    /// Size of the whole upright frame.
    pub fn frame_size(&self) -> Size {
        self.facts.frame_size
    }

    /// Width of the whole frame as it lies in its buffer, before any turn: what a camera's horizontal field of view spans.
    pub fn buffer_width(&self) -> u32 {
        let size = self.facts.frame_size;
        if self.facts.orientation.transposed {
            size.height
        } else {
            size.width
        }
    }

    /// From a point of the working picture to the same point of the upright, unmirrored full-size frame.
    pub fn to_frame(&self, point: Point) -> Point {
        let factor = self.facts.factor as f32;
        Point::new(
            point.x * factor + self.facts.origin.x,
            point.y * factor + self.facts.origin.y,
        )
    }

    /// From a rectangle in the working picture to the same one in the upright, unmirrored full-size frame.
    pub fn rect_to_frame(&self, rect: Rect) -> Rect {
        let corner = self.to_frame(Point::new(rect.x, rect.y));
        let factor = self.facts.factor as f32;
        Rect::new(
            corner.x,
            corner.y,
            rect.width * factor,
            rect.height * factor,
        )
    }

    /// From a point of the upright, unmirrored full-size frame to the same point of the working picture.
    pub fn from_frame(&self, point: Point) -> Point {
        let factor = self.facts.factor as f32;
        Point::new(
            (point.x - self.facts.origin.x) / factor,
            (point.y - self.facts.origin.y) / factor,
        )
    }
}

/// Turns and mirrors `source` into `out`.
fn turn(source: &[u8], facts: &Facts, out: &mut Vec<u8>) {
    let (width, height) = (facts.size.width as usize, facts.size.height as usize);
    let Orientation {
        transposed,
        reverse_x,
        reverse_y,
    } = facts.orientation;
    out.resize(width * height, 0);
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
