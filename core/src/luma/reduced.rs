//! A frame's luma, reduced but not turned yet: the part of the way to the working picture that must read the borrowed frame.
//!
//! A camera's callback does this much and returns; turning, mirroring and the luma range wait until the picture is looked at.

use super::WorkingSize;
use super::rows::FrameRows;
use crate::error::Error;
use crate::frame::{Frame, LumaRange, Orientation};
use crate::geometry::{Point, Size};
use crate::resample::area::{self, BlockAxis, ShortBlock};

/// A frame's reduced luma as it lies in the buffer, with what is needed to turn it. Its buffers stay.
#[derive(Debug)]
pub struct ReducedPicture {
    pub(super) pixels: Vec<u8>,
    pub(super) facts: Facts,
    reducer: Reducer,
}

impl Default for ReducedPicture {
    fn default() -> Self {
        Self::new()
    }
}

impl ReducedPicture {
    /// A black picture of one pixel, to be updated.
    pub fn new() -> Self {
        Self {
            pixels: vec![0],
            facts: Facts::ONE_PIXEL,
            reducer: Reducer::default(),
        }
    }

    /// Replaces the picture by what `frame` shows, reduced as in [`WorkingPicture::update`](super::WorkingPicture::update).
    ///
    /// # Errors
    ///
    /// Those of [`Frame::check`]; the picture is then unchanged.
    pub fn update(&mut self, frame: &Frame<'_>, limit: WorkingSize) -> Result<(), Error> {
        self.facts = self.reducer.reduce(frame, limit, &mut self.pixels)?;
        Ok(())
    }

    /// Size of the whole upright frame.
    pub fn frame_size(&self) -> Size {
        self.facts.frame_size
    }
}

/// What is known of a reduced picture beside its pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// Width and height before any turn.
    pub size: Size,
    pub orientation: Orientation,
    pub range: LumaRange,
    /// Side of the block of frame pixels that one pixel stands for.
    pub factor: u32,
    /// Top left corner of the crop in the upright, unmirrored frame.
    pub origin: Point,
    /// Size of the whole upright frame.
    pub frame_size: Size,
}

impl Facts {
    pub const ONE_PIXEL: Self = Self {
        size: Size::new(1, 1),
        orientation: Orientation::UPRIGHT,
        range: LumaRange::Full,
        factor: 1,
        origin: Point::new(0.0, 0.0),
        frame_size: Size::new(1, 1),
    };
}

/// The buffers that reducing a frame takes.
#[derive(Debug, Default)]
pub(super) struct Reducer {
    sums: Vec<u16>,
    row: Vec<u8>,
}

impl Reducer {
    /// Writes the frame's luma, reduced to `limit`, into `out`; leaves `out` as it is where the frame fails its check.
    pub fn reduce(
        &mut self,
        frame: &Frame<'_>,
        limit: WorkingSize,
        out: &mut Vec<u8>,
    ) -> Result<Facts, Error> {
        frame.check()?;
        let read = frame.read_size();
        let orientation = frame.orientation();
        let factor = read.long_side().div_ceil(limit.long_side());
        let columns = block_axis(read.width, factor, orientation.reverse_x);
        let rows = block_axis(read.height, factor, orientation.reverse_y);
        let (across, down) = (columns.blocks(), rows.blocks());
        out.resize(across * down, 0);
        let mut source = FrameRows::new(frame, &mut self.row);
        area::reduce(&mut source, columns, rows, &mut self.sums, out);
        Ok(Facts {
            size: Size::new(across as u32, down as u32),
            orientation,
            range: frame.luma_range(),
            factor,
            origin: frame.upright_origin(),
            frame_size: frame.upright_size(),
        })
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
