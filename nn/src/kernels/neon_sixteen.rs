//! What the ARM64 sets share: 16 output channels at a time, in four registers of sums. How they multiply is for each set's file to say.
//!
//! Numbers are loaded 16 bytes of a pixel at a time and picked out of the register by the multiplying instruction itself, so that nothing
//! has to be broadcast.

use std::arch::aarch64::*;
use std::marker::PhantomData;

use super::band::{Band, load as load_column};
use super::neon_bytes::{bytes, load, load_multipliers, store};
use super::vectors::{Columns, Finish, Tile, Vectors};

/// How a set multiplies and adds, 16 output channels at a time.
///
/// # Safety
///
/// As for [`Vectors`] and [`Columns`], whose functions these become.
pub(super) trait Products: 'static {
    type Number: Copy + Default + Send + Sync;
    type Weight: Copy + Default + Send + Sync + From<i8>;
    /// Weights of a group for 16 channels.
    type Packed: Copy;
    /// Three rows of 16 channels, ready for [`Products::accumulate`].
    type Column: Copy;
    /// A column of the kernel for 16 channels.
    type Taps: Copy;
    const GROUP: usize;
    const OFFSET: u8;

    fn number(byte: u8) -> Self::Number;
    unsafe fn weights(from: *const Self::Weight) -> Self::Packed;
    unsafe fn broadcast(from: *const Self::Number) -> Self::Packed;
    unsafe fn dot(sums: Sums, numbers: Self::Packed, weights: Self::Packed) -> Sums;

    /// The sums of `ROWS` pixels from the one at `numbers` on.
    unsafe fn sums<const ROWS: usize>(
        tile: &Tile<Sixteen<Self>>,
        numbers: *const Self::Number,
    ) -> [Sums; ROWS]
    where
        Self: Sized;

    unsafe fn column(rows: [uint8x16_t; 3]) -> Self::Column;
    unsafe fn taps(from: *const Self::Weight) -> Self::Taps;
    unsafe fn accumulate(sums: Sums, column: Self::Column, taps: Self::Taps) -> Sums;
}

/// Sums of 16 channels.
pub(super) type Sums = [int32x4_t; 4];

/// Sixteen channels, multiplied as `P` does.
pub(super) struct Sixteen<P>(PhantomData<P>);

impl<P: Products> Vectors for Sixteen<P> {
    type Sums = Sums;
    type Packed = P::Packed;
    type Number = P::Number;
    type Weight = P::Weight;
    const LANES: usize = 16;
    const GROUP: usize = P::GROUP;
    const OFFSET: u8 = P::OFFSET;

    #[inline(always)]
    fn number(byte: u8) -> P::Number {
        P::number(byte)
    }

    #[inline(always)]
    unsafe fn sums(from: *const i32) -> Sums {
        // SAFETY: the caller's promise.
        unsafe { std::array::from_fn(|part| vld1q_s32(from.add(4 * part))) }
    }

    #[inline(always)]
    unsafe fn weights(from: *const P::Weight) -> P::Packed {
        // SAFETY: the caller's promise.
        unsafe { P::weights(from) }
    }

    #[inline(always)]
    unsafe fn broadcast(from: *const P::Number) -> P::Packed {
        // SAFETY: the caller's promise.
        unsafe { P::broadcast(from) }
    }

    #[inline(always)]
    unsafe fn dot(sums: Sums, numbers: P::Packed, weights: P::Packed) -> Sums {
        // SAFETY: the caller's promise.
        unsafe { P::dot(sums, numbers, weights) }
    }

    #[inline(always)]
    unsafe fn store_bytes<const WIDE: usize>(
        sums: [Sums; WIDE],
        multipliers: *const f32,
        finish: &Finish,
        output: *mut u8,
        count: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            for (vector, sums) in sums.into_iter().enumerate() {
                let bytes =
                    bytes::<false>(sums, load_multipliers(multipliers.add(16 * vector)), finish);
                let left = count.saturating_sub(16 * vector).min(16);
                store(output.add(16 * vector), bytes, left);
            }
        }
    }

    #[inline(always)]
    unsafe fn store_reals(sums: Sums, multipliers: *const f32, output: *mut f32, count: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut reals = [0f32; 16];
            for (part, sums) in sums.into_iter().enumerate() {
                let product = vmulq_f32(vcvtq_f32_s32(sums), vld1q_f32(multipliers.add(4 * part)));
                vst1q_f32(reals[4 * part..].as_mut_ptr(), product);
            }
            output.copy_from_nonoverlapping(reals.as_ptr(), count.min(16));
        }
    }

    #[inline(always)]
    unsafe fn tile<const ROWS: usize, const WIDE: usize>(tile: &Tile<Self>) {
        // SAFETY: the caller's promise.
        unsafe {
            if WIDE != 1 {
                return super::vectors::tile::<Self, ROWS, WIDE>(tile);
            }
            match (tile.finish.is_plain, tile.count == 16) {
                (true, true) => tiles::<P, ROWS, true, true>(tile),
                (true, false) => tiles::<P, ROWS, true, false>(tile),
                (false, true) => tiles::<P, ROWS, false, true>(tile),
                (false, false) => tiles::<P, ROWS, false, false>(tile),
            }
        }
    }
}

impl<P: Products> Columns for Sixteen<P> {
    type Column = P::Column;
    type Taps = P::Taps;
    type Block = Sums;
    const PARTS: usize = 1;

    #[inline(always)]
    fn channel(_: usize, lane: usize) -> usize {
        lane
    }

    #[inline(always)]
    unsafe fn column<const PARTIAL: bool>(rows: [*const u8; 3], count: usize) -> P::Column {
        let count = if PARTIAL { count } else { 16 };
        // SAFETY: the caller's promise.
        unsafe {
            P::column([
                load(rows[0], count),
                load(rows[1], count),
                load(rows[2], count),
            ])
        }
    }

    #[inline(always)]
    unsafe fn flat_column(byte: u8) -> P::Column {
        // SAFETY: the caller's promise.
        unsafe { P::column([vdupq_n_u8(byte); 3]) }
    }

    #[inline(always)]
    unsafe fn taps(from: *const P::Weight) -> P::Taps {
        // SAFETY: the caller's promise.
        unsafe { P::taps(from) }
    }

    #[inline(always)]
    unsafe fn block(from: *const i32) -> Sums {
        // SAFETY: the caller's promise.
        unsafe { <Self as Vectors>::sums(from) }
    }

    #[inline(always)]
    unsafe fn accumulate(block: Sums, column: P::Column, taps: P::Taps) -> Sums {
        // SAFETY: the caller's promise.
        unsafe { P::accumulate(block, column, taps) }
    }

    #[inline(always)]
    unsafe fn band<const STRIDE: usize, const PARTIAL: bool>(band: &Band<P::Weight>) {
        // SAFETY: the caller's promise.
        unsafe {
            if band.finish.is_plain {
                self::band::<P, STRIDE, PARTIAL, true>(band);
            } else {
                self::band::<P, STRIDE, PARTIAL, false>(band);
            }
        }
    }

    #[inline(always)]
    unsafe fn store_block<const PARTIAL: bool>(
        block: Sums,
        multipliers: *const f32,
        finish: &Finish,
        output: *mut u8,
        count: usize,
    ) {
        let count = if PARTIAL { count } else { 16 };
        // SAFETY: the caller's promise.
        unsafe {
            store(
                output,
                bytes::<false>(block, load_multipliers(multipliers), finish),
                count,
            )
        }
    }
}

/// All tiles, of 16 channels where `WHOLE`.
///
/// # Safety
///
/// As for [`Vectors::tile`].
#[inline(always)]
unsafe fn tiles<P: Products, const ROWS: usize, const PLAIN: bool, const WHOLE: bool>(
    tile: &Tile<Sixteen<P>>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut numbers = tile.numbers;
        let mut output = tile.output;
        for _ in 0..tile.tiles {
            let sums = P::sums::<ROWS>(tile, numbers);
            let multipliers = load_multipliers(tile.multipliers);
            for sums in sums {
                let bytes = bytes::<PLAIN>(sums, multipliers, &tile.finish);
                store(output, bytes, if WHOLE { 16 } else { tile.count });
                output = output.wrapping_add(tile.pitch);
            }
            numbers = numbers.wrapping_add(ROWS * tile.row);
        }
    }
}

/// As the loop that all sets share, but three results at a time, so that no column moves from one register to another, and without a
/// look at the ends of the row between them.
///
/// # Safety
///
/// As for [`Columns`].
#[inline(always)]
unsafe fn band<P: Products, const STRIDE: usize, const PARTIAL: bool, const PLAIN: bool>(
    band: &Band<P::Weight>,
) {
    // SAFETY: the caller's promise, throughout.
    unsafe {
        let taps_of_column = 3usize.div_ceil(P::GROUP) * 16 * P::GROUP;
        let taps: [P::Taps; 3] =
            std::array::from_fn(|column| P::taps(band.weights.add(column * taps_of_column)));
        let padding = Sixteen::<P>::flat_column(band.zero_point);
        let mut output = band.output;
        let mut result = |columns: [P::Column; 3]| {
            let mut sums = Sixteen::<P>::block(band.bias);
            for (column, &taps) in columns.into_iter().zip(&taps) {
                sums = P::accumulate(sums, column, taps);
            }
            let count = if PARTIAL { band.count } else { 16 };
            let bytes = bytes::<PLAIN>(sums, load_multipliers(band.multipliers), &band.finish);
            store(output, bytes, count);
            output = output.wrapping_add(band.pitch);
        };
        for index in 0..band.rows {
            let under = band.under(index);
            // Counted from the left padding; what lies before the picture wraps around to columns past it.
            let at_edge = |column: usize| {
                load_column::<Sixteen<P>, PARTIAL>(
                    band,
                    &under,
                    column.wrapping_sub(band.left),
                    padding,
                )
            };
            // Results whose last column lies in the picture.
            let inner = match (band.width + band.left).checked_sub(3) {
                Some(last) => (last / STRIDE + 1).min(band.outputs),
                None => 0,
            };
            let kept = 3 - STRIDE;
            let mut next: [*const u8; 3] = std::array::from_fn(|index| {
                under.rows[index].wrapping_add(
                    kept.wrapping_sub(band.left)
                        .wrapping_mul(under.steps[index]),
                )
            });
            let mut inside = || {
                let column = Sixteen::<P>::column::<PARTIAL>(next, band.count);
                for (next, &step) in next.iter_mut().zip(&under.steps) {
                    *next = next.wrapping_add(step);
                }
                column
            };
            let mut left = inner;
            if left > 0 {
                let mut a = at_edge(0);
                let mut b = if STRIDE == 1 { at_edge(1) } else { padding };
                let mut c;
                loop {
                    if STRIDE == 2 {
                        b = inside();
                    }
                    c = inside();
                    result([a, b, c]);
                    left -= 1;
                    if left == 0 {
                        break;
                    }
                    a = inside();
                    if STRIDE == 1 {
                        result([b, c, a]);
                    } else {
                        b = inside();
                        result([c, a, b]);
                    }
                    left -= 1;
                    if left == 0 {
                        break;
                    }
                    if STRIDE == 1 {
                        b = inside();
                        result([c, a, b]);
                    } else {
                        c = inside();
                        a = inside();
                        result([b, c, a]);
                    }
                    left -= 1;
                    if left == 0 {
                        break;
                    }
                }
            }
            for index in inner..band.outputs {
                let first = index * STRIDE;
                result([at_edge(first), at_edge(first + 1), at_edge(first + 2)]);
            }
        }
    }
}
