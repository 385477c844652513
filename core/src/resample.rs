//! Fixed-point resampling of 8-bit pictures: whole-picture resizing and crops along a similarity transform.
//!
//! Both first reduce by a whole factor (`area`) until the output is at most two times smaller, then interpolate bilinearly, so nothing
//! aliases. After a transform's coefficients have become integers there is no floating point, so every CPU gives the same bytes.

pub(crate) mod area;

use crate::align::Similarity;
use crate::error::Error;
use crate::geometry::Size;
use area::{BlockAxis, MAX_FACTOR, Rows, ShortBlock};

/// Fraction bits of the weights of bilinear interpolation.
const WEIGHT_BITS: u32 = 11;

/// Fraction bits of positions.
const POSITION_BITS: u32 = 32;

/// A crop's side in source pixels and its shift must be less than this, so that fixed-point positions can't overflow.
const MAX_TRANSFORM: f64 = (1 << 20) as f64;

/// The largest side of an output, in pixels.
const MAX_OUTPUT_SIDE: u32 = 1 << 14;

/// A borrowed 8-bit picture, row after row without padding.
#[derive(Clone, Copy, Debug)]
pub struct LumaView<'a> {
    pixels: &'a [u8],
    size: Size,
}

impl<'a> LumaView<'a> {
    /// The picture of `size` that `pixels` hold.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyFrame`] without pixels, [`Error::PictureLength`] where their number isn't width times height.
    pub fn new(pixels: &'a [u8], size: Size) -> Result<Self, Error> {
        if size.pixels() == 0 {
            return Err(Error::EmptyFrame { size });
        }
        check_length(pixels.len(), size)?;
        Ok(Self { pixels, size })
    }

    /// The pixels, row after row.
    pub fn pixels(&self) -> &'a [u8] {
        self.pixels
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }
}

/// A window of a picture whose rows are reduced.
struct Window<'a> {
    picture: LumaView<'a>,
    left: usize,
    top: usize,
    width: usize,
}

impl Rows for Window<'_> {
    fn row(&mut self, y: usize) -> &[u8] {
        let start = (self.top + y) * self.picture.size.width as usize + self.left;
        &self.picture.pixels[start..start + self.width]
    }
}

/// Where an output pixel takes its two neighbours from, along one axis.
#[derive(Clone, Copy, Debug)]
struct Tap {
    first: u32,
    second: u32,
    /// Weight of the second; that of the first is what is missing to one.
    weight: u32,
}

/// Resizes and cuts pictures, keeping its buffers from call to call.
#[derive(Debug, Default)]
pub struct Resampler {
    sums: Vec<u16>,
    reduced: Vec<u8>,
    taps: Vec<Tap>,
    rows: [Vec<u32>; 2],
}

impl Resampler {
    /// A resampler with empty buffers; they grow at first use.
    pub fn new() -> Self {
        Self::default()
    }

    /// Resizes the whole `picture` to `size`, into `out` row after row without padding.
    ///
    /// Pixel centres map to pixel centres of the scaled picture (OpenCV's `resize`). Along each axis the picture is reduced by the largest
    /// whole factor that leaves it at least as large as the output, then interpolated; beyond the edges the outermost pixels repeat.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyFrame`], [`Error::FrameTooLarge`] for a side over 16384, [`Error::PictureLength`] where `out` isn't width times height.
    pub fn resize(
        &mut self,
        picture: LumaView<'_>,
        size: Size,
        out: &mut [u8],
    ) -> Result<(), Error> {
        check_output(out.len(), size)?;
        let (columns, rows) = (
            resize_axis(picture.size.width, size.width),
            resize_axis(picture.size.height, size.height),
        );
        let reduced_size = Size::new(columns.blocks() as u32, rows.blocks() as u32);
        let whole = Window {
            picture,
            left: 0,
            top: 0,
            width: picture.size.width as usize,
        };
        let reduced = reduced(whole, columns, rows, &mut self.sums, &mut self.reduced);
        if reduced_size == size
            && columns.length % columns.factor == 0
            && rows.length % rows.factor == 0
        {
            out.copy_from_slice(reduced);
            return Ok(());
        }
        self.taps.clear();
        self.taps
            .extend((0..size.width).map(|x| resize_tap(x, columns, size.width)));
        let [upper, lower] = &mut self.rows;
        let mut held = None;
        for (y, out) in out.chunks_exact_mut(size.width as usize).enumerate() {
            let tap = resize_tap(y as u32, rows, size.height);
            if held != Some((tap.first, tap.second)) {
                if held.is_some_and(|(_, second)| second == tap.first) {
                    std::mem::swap(upper, lower);
                } else {
                    interpolate_row(
                        source_row(reduced, reduced_size, tap.first),
                        &self.taps,
                        upper,
                    );
                }
                interpolate_row(
                    source_row(reduced, reduced_size, tap.second),
                    &self.taps,
                    lower,
                );
                held = Some((tap.first, tap.second));
            }
            for ((out, &upper), &lower) in out.iter_mut().zip(upper.iter()).zip(lower.iter()) {
                *out = blend_rows(upper, lower, tap.weight);
            }
        }
        Ok(())
    }

    /// Cuts a square of `side` times `side` pixels out of `picture`, into `out` row after row.
    ///
    /// `to_picture` takes a place in the square to its place in the picture, both in pixels with the origin at the top left corner of the
    /// top left pixel. The picture is reduced by the whole part of the transform's scale, then interpolated; beyond its edges the outermost
    /// pixels repeat.
    ///
    /// # Errors
    ///
    /// [`Error::Transform`] for a transform that isn't finite, has no scale or reaches 2^20 pixels; [`Error::EmptyFrame`],
    /// [`Error::FrameTooLarge`] for a side over 16384 and [`Error::PictureLength`] where `out` isn't `side` times `side`.
    pub fn warp(
        &mut self,
        picture: LumaView<'_>,
        to_picture: &Similarity,
        side: u32,
        out: &mut [u8],
    ) -> Result<(), Error> {
        check_output(out.len(), Size::new(side, side))?;
        let scale = to_picture.scale();
        let usable = scale > 0.0
            && scale * f64::from(side) < MAX_TRANSFORM
            && to_picture.tx.abs() < MAX_TRANSFORM
            && to_picture.ty.abs() < MAX_TRANSFORM;
        if !usable {
            return Err(Error::Transform {
                scale,
                origin: (to_picture.tx, to_picture.ty),
            });
        }
        let Size { width, height } = picture.size;
        let factor = (scale as usize).clamp(1, MAX_FACTOR.min(picture.size.long_side() as usize));
        let steps = Steps::new(to_picture, factor);
        let (across, down) = steps.reach(side);
        let columns = NeededBlocks::new(across, width as usize, factor);
        let rows = NeededBlocks::new(down, height as usize, factor);
        let window = Window {
            picture,
            left: columns.first * factor,
            top: rows.first * factor,
            width: columns.axis.length,
        };
        let reduced = reduced(
            window,
            columns.axis,
            rows.axis,
            &mut self.sums,
            &mut self.reduced,
        );
        let reduced_width = columns.axis.blocks();
        for (y, out) in out.chunks_exact_mut(side as usize).enumerate() {
            let (mut at_x, mut at_y) = steps.row_start(y as i64);
            for out in out {
                let (across, down) = (columns.tap(at_x), rows.tap(at_y));
                let row = |y: u32| &reduced[y as usize * reduced_width..];
                let upper = interpolate(row(down.first), across);
                let lower = interpolate(row(down.second), across);
                *out = blend_rows(upper, lower, down.weight);
                at_x += steps.along;
                at_y += steps.across;
            }
        }
        Ok(())
    }
}

/// A similarity transform in fixed point, from output pixel indices to positions among reduced pixels.
struct Steps {
    start_x: i64,
    start_y: i64,
    /// Change of x for one pixel to the right, and of y for one pixel down.
    along: i64,
    /// Change of y for one pixel to the right; x changes by its negative for one pixel down.
    across: i64,
}

impl Steps {
    fn new(to_picture: &Similarity, factor: usize) -> Self {
        let unit = (1_u64 << POSITION_BITS) as f64 / factor as f64;
        let fixed = |value: f64| (value * unit).round() as i64;
        let half_pixel = 1_i64 << (POSITION_BITS - 1);
        let (x, y) = to_picture.apply_xy(0.5, 0.5);
        Self {
            start_x: fixed(x) - half_pixel,
            start_y: fixed(y) - half_pixel,
            along: fixed(to_picture.a),
            across: fixed(to_picture.b),
        }
    }

    fn row_start(&self, y: i64) -> (i64, i64) {
        (
            self.start_x - y * self.across,
            self.start_y + y * self.along,
        )
    }

    /// The least and greatest position on each axis, over a square of `side` pixels.
    fn reach(&self, side: u32) -> ([i64; 2], [i64; 2]) {
        let last = i64::from(side) - 1;
        let ends = |start: i64, right: i64, down: i64| {
            [
                start + (right * last).min(0) + (down * last).min(0),
                start + (right * last).max(0) + (down * last).max(0),
            ]
        };
        (
            ends(self.start_x, self.along, -self.across),
            ends(self.start_y, self.across, self.along),
        )
    }
}

/// The blocks along one axis that a crop needs.
struct NeededBlocks {
    /// Index of the first of them among all blocks of the picture.
    first: usize,
    axis: BlockAxis,
}

impl NeededBlocks {
    /// For positions from `reach[0]` to `reach[1]` on an axis of `length` pixels. Beyond the edges the outermost block stands in.
    fn new(reach: [i64; 2], length: usize, factor: usize) -> Self {
        let last_block = length.div_ceil(factor) as i64 - 1;
        let first = (whole_part(reach[0]) - 1).clamp(0, last_block) as usize;
        let last = (whole_part(reach[1]) + 2).clamp(0, last_block) as usize;
        let pixels = ((last + 1) * factor).min(length) - first * factor;
        Self {
            first,
            axis: BlockAxis {
                length: pixels,
                factor,
                short: ShortBlock::Last,
            },
        }
    }

    fn tap(&self, position: i64) -> Tap {
        let rounded = position + (1 << (POSITION_BITS - WEIGHT_BITS - 1));
        let index = whole_part(rounded) - self.first as i64;
        let last = self.axis.blocks() as i64 - 1;
        let weight = (rounded >> (POSITION_BITS - WEIGHT_BITS)) as u32 & ((1 << WEIGHT_BITS) - 1);
        Tap {
            first: index.clamp(0, last) as u32,
            second: (index + 1).clamp(0, last) as u32,
            weight,
        }
    }
}

fn whole_part(position: i64) -> i64 {
    position >> POSITION_BITS
}

/// How an axis of `from` pixels is reduced before it is interpolated to `to`.
fn resize_axis(from: u32, to: u32) -> BlockAxis {
    let factor = ((from / to) as usize).clamp(1, MAX_FACTOR);
    BlockAxis {
        length: from as usize,
        factor,
        short: ShortBlock::Last,
    }
}

/// The neighbours of output pixel `index` of `to` on a reduced axis.
fn resize_tap(index: u32, axis: BlockAxis, to: u32) -> Tap {
    // (index + 1/2) * length / (to * factor) - 1/2, rounded half up to the weights' grid.
    let denominator = 2 * i64::from(to) * axis.factor as i64;
    let numerator = ((2 * i64::from(index) + 1) * axis.length as i64
        - i64::from(to) * axis.factor as i64)
        << WEIGHT_BITS;
    let position = (numerator + denominator / 2).div_euclid(denominator);
    let last = axis.blocks() as i64 - 1;
    let first = position >> WEIGHT_BITS;
    let weight = position as u32 & ((1 << WEIGHT_BITS) - 1);
    Tap {
        first: first.clamp(0, last) as u32,
        second: (first + 1).clamp(0, last) as u32,
        weight,
    }
}

/// The window reduced into `buffer`, or, where nothing is to be reduced in a whole picture, the picture itself.
fn reduced<'r>(
    mut window: Window<'r>,
    columns: BlockAxis,
    rows: BlockAxis,
    sums: &mut Vec<u16>,
    buffer: &'r mut Vec<u8>,
) -> &'r [u8] {
    let is_whole = (columns.length, rows.length)
        == (
            window.picture.size.width as usize,
            window.picture.size.height as usize,
        );
    if columns.factor == 1 && rows.factor == 1 && is_whole {
        return window.picture.pixels;
    }
    buffer.resize(columns.blocks() * rows.blocks(), 0);
    area::reduce(&mut window, columns, rows, sums, buffer);
    buffer
}

fn source_row(pixels: &[u8], size: Size, y: u32) -> &[u8] {
    let width = size.width as usize;
    &pixels[y as usize * width..][..width]
}

/// A row interpolated along x, with `WEIGHT_BITS` fraction bits.
fn interpolate_row(row: &[u8], taps: &[Tap], out: &mut Vec<u32>) {
    out.clear();
    out.extend(taps.iter().map(|&tap| interpolate(row, tap)));
}

fn interpolate(row: &[u8], tap: Tap) -> u32 {
    let (first, second) = (
        u32::from(row[tap.first as usize]),
        u32::from(row[tap.second as usize]),
    );
    first * ((1 << WEIGHT_BITS) - tap.weight) + second * tap.weight
}

/// Interpolates along y and rounds half up to a pixel.
fn blend_rows(upper: u32, lower: u32, weight: u32) -> u8 {
    const ROUND: u32 = 1 << (2 * WEIGHT_BITS - 1);
    ((upper * ((1 << WEIGHT_BITS) - weight) + lower * weight + ROUND) >> (2 * WEIGHT_BITS)) as u8
}

fn check_length(given: usize, size: Size) -> Result<(), Error> {
    // A product that doesn't fit can't be any buffer's length either.
    let needed = usize::try_from(size.pixels()).unwrap_or(usize::MAX);
    if given == needed {
        Ok(())
    } else {
        Err(Error::PictureLength {
            given,
            needed,
            size,
        })
    }
}

fn check_output(given: usize, size: Size) -> Result<(), Error> {
    if size.pixels() == 0 {
        return Err(Error::EmptyFrame { size });
    }
    if size.long_side() > MAX_OUTPUT_SIDE {
        return Err(Error::FrameTooLarge { size });
    }
    check_length(given, size)
}
