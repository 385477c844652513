//! ARM64 without dot products (Cortex-A53 class): `smlal` adds products of 16-bit numbers to 4 sums. Also what all ARM64 sets share: 16
//! output channels at a time in four registers, the way from sums to bytes, and loads and stores of part of a register.
//!
//! Numbers are loaded 16 bytes of a pixel at a time and picked out of the register by the multiplying instruction itself, so that nothing
//! has to be broadcast.

use std::arch::aarch64::*;
use std::marker::PhantomData;

use super::set::kernel_set;
use super::vectors::{Columns, Finish, Tile, Vectors};

kernel_set! {
    /// The plain NEON kernels, which every ARM64 CPU can run.
    Neon, "neon",
    features: "neon",
    supported: std::arch::is_aarch64_feature_detected!("neon"),
    tile: Sixteen<Smlal>, whole: Sixteen<Smlal>, half: Sixteen<Smlal>, quarter: Sixteen<Smlal>,
    shapes: [1 x 1 2 3 4]
}

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

    /// The sums of `ROWS` pixels whose lists are contiguous.
    unsafe fn sums<const ROWS: usize>(tile: &Tile<Sixteen<Self>>) -> [Sums; ROWS]
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
                let bytes = bytes(sums, multipliers.add(16 * vector), finish);
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
        // SAFETY: the caller's promise; one group after another is contiguous where there is one run of them.
        unsafe {
            if WIDE != 1 || tile.runs != 1 {
                return super::vectors::tile::<Self, ROWS, WIDE>(tile);
            }
            for (row, sums) in P::sums::<ROWS>(tile).into_iter().enumerate() {
                let bytes = bytes(sums, tile.multipliers, &tile.finish);
                store(tile.output.add(row * tile.pitch), bytes, tile.count);
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
        unsafe { P::column(rows.map(|row| load(row, count))) }
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
    unsafe fn store_block<const PARTIAL: bool>(
        block: Sums,
        multipliers: *const f32,
        finish: &Finish,
        output: *mut u8,
        count: usize,
    ) {
        let count = if PARTIAL { count } else { 16 };
        // SAFETY: the caller's promise.
        unsafe { store(output, bytes(block, multipliers, finish), count) }
    }
}

/// Sixteen sums, multiplied by as many multipliers and rounded half to even, as bytes.
///
/// # Safety
///
/// 16 multipliers are loaded.
#[inline(always)]
pub(super) unsafe fn bytes(sums: Sums, multipliers: *const f32, finish: &Finish) -> uint8x16_t {
    // SAFETY: the caller's promise.
    unsafe {
        let rounded: Sums = std::array::from_fn(|part| {
            let multiplier = vld1q_f32(multipliers.add(4 * part));
            vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sums[part]), multiplier))
        });
        let zero_point = vdupq_n_s16(finish.zero_point);
        let low = vqmovn_high_s32(vqmovn_s32(rounded[0]), rounded[1]);
        let high = vqmovn_high_s32(vqmovn_s32(rounded[2]), rounded[3]);
        let bytes = vqmovun_high_s16(
            vqmovun_s16(vqaddq_s16(low, zero_point)),
            vqaddq_s16(high, zero_point),
        );
        vminq_u8(
            vmaxq_u8(bytes, vdupq_n_u8(finish.low)),
            vdupq_n_u8(finish.high),
        )
    }
}

/// The first `count` of 16 bytes, up to 16; what is in the others is left open. Touches no byte past them.
///
/// # Safety
///
/// `count` bytes are loaded.
#[inline(always)]
unsafe fn load(from: *const u8, count: usize) -> uint8x16_t {
    // SAFETY: the caller's promise; the first and the last eight, or four, of at least so many bytes.
    unsafe {
        if count >= 16 {
            return vld1q_u8(from);
        }
        if count == 8 {
            return vcombine_u8(vld1_u8(from), vdup_n_u8(0));
        }
        let mut bytes = [0; 16];
        bytes.as_mut_ptr().copy_from_nonoverlapping(from, count);
        vld1q_u8(bytes.as_ptr())
    }
}

/// Stores the first `count` of 16 bytes.
///
/// # Safety
///
/// `count` bytes, up to 16, are stored.
#[inline(always)]
pub(super) unsafe fn store(to: *mut u8, bytes: uint8x16_t, count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if count >= 16 {
            return vst1q_u8(to, bytes);
        }
        if count == 8 {
            return vst1_u8(to, vget_low_u8(bytes));
        }
        let mut list = [0; 16];
        vst1q_u8(list.as_mut_ptr(), bytes);
        to.copy_from_nonoverlapping(list.as_ptr(), count);
    }
}

/// Three rows of bytes to groups of four: one of each row, and one of the last again, which meets a weight of zero.
#[inline(always)]
pub(super) fn interleave(rows: [uint8x16_t; 3]) -> [uint8x16_t; 4] {
    // SAFETY: every ARM64 CPU has these.
    unsafe {
        let halves = |one, other| {
            (
                vreinterpretq_u16_u8(vzip1q_u8(one, other)),
                vreinterpretq_u16_u8(vzip2q_u8(one, other)),
            )
        };
        let upper = halves(rows[0], rows[1]);
        let lower = halves(rows[2], rows[2]);
        [
            vreinterpretq_u8_u16(vzip1q_u16(upper.0, lower.0)),
            vreinterpretq_u8_u16(vzip2q_u16(upper.0, lower.0)),
            vreinterpretq_u8_u16(vzip1q_u16(upper.1, lower.1)),
            vreinterpretq_u8_u16(vzip2q_u16(upper.1, lower.1)),
        ]
    }
}

/// One product at a time for each sum, of 16-bit numbers.
pub(super) struct Smlal;

impl Smlal {
    /// Adds the products of 16 weights and number `LANE` of eight.
    #[inline(always)]
    fn add<const LANE: i32>(sums: Sums, numbers: int16x8_t, weights: [int16x8_t; 2]) -> Sums {
        // SAFETY: every ARM64 CPU has these.
        unsafe {
            [
                vmlal_laneq_s16::<LANE>(sums[0], vget_low_s16(weights[0]), numbers),
                vmlal_high_laneq_s16::<LANE>(sums[1], weights[0], numbers),
                vmlal_laneq_s16::<LANE>(sums[2], vget_low_s16(weights[1]), numbers),
                vmlal_high_laneq_s16::<LANE>(sums[3], weights[1], numbers),
            ]
        }
    }
}

impl Products for Smlal {
    type Number = i16;
    type Weight = i16;
    type Packed = [int16x8_t; 2];
    type Column = [[int16x8_t; 2]; 3];
    type Taps = [[int16x8_t; 2]; 3];
    const GROUP: usize = 1;
    const OFFSET: u8 = 0;

    #[inline(always)]
    fn number(byte: u8) -> i16 {
        i16::from(byte)
    }

    #[inline(always)]
    unsafe fn weights(from: *const i16) -> [int16x8_t; 2] {
        // SAFETY: the caller's promise.
        unsafe { [vld1q_s16(from), vld1q_s16(from.add(8))] }
    }

    #[inline(always)]
    unsafe fn broadcast(from: *const i16) -> [int16x8_t; 2] {
        // SAFETY: the caller's promise.
        unsafe { [vdupq_n_s16(*from); 2] }
    }

    #[inline(always)]
    unsafe fn dot(sums: Sums, numbers: [int16x8_t; 2], weights: [int16x8_t; 2]) -> Sums {
        Self::add::<0>(sums, numbers[0], weights)
    }

    #[inline(always)]
    unsafe fn sums<const ROWS: usize>(tile: &Tile<Sixteen<Self>>) -> [Sums; ROWS] {
        // SAFETY: the caller's promise: `groups` numbers of each pixel, and 16 weights for each.
        unsafe {
            let mut sums = [<Sixteen<Self> as Vectors>::sums(tile.bias); ROWS];
            let mut weights = tile.weights;
            let mut done = 0;
            while done + 8 <= tile.groups {
                let numbers: [int16x8_t; ROWS] =
                    std::array::from_fn(|row| vld1q_s16(tile.numbers.add(row * tile.row + done)));
                macro_rules! add {
                    ($($lane:literal)*) => {$(
                        let packed = Self::weights(weights.add(16 * $lane));
                        for (sums, &numbers) in sums.iter_mut().zip(&numbers) {
                            *sums = Self::add::<$lane>(*sums, numbers, packed);
                        }
                    )*};
                }
                add!(0 1 2 3 4 5 6 7);
                weights = weights.add(8 * 16);
                done += 8;
            }
            for group in done..tile.groups {
                let packed = Self::weights(tile.weights.add(16 * group));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let number = Self::broadcast(tile.numbers.add(row * tile.row + group));
                    *sums = Self::dot(*sums, number, packed);
                }
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn column(rows: [uint8x16_t; 3]) -> [[int16x8_t; 2]; 3] {
        // SAFETY: every ARM64 CPU has these.
        rows.map(|row| unsafe {
            [
                vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(row))),
                vreinterpretq_s16_u16(vmovl_high_u8(row)),
            ]
        })
    }

    #[inline(always)]
    unsafe fn taps(from: *const i16) -> [[int16x8_t; 2]; 3] {
        // SAFETY: the caller's promise.
        unsafe { std::array::from_fn(|row| Self::weights(from.add(16 * row))) }
    }

    #[inline(always)]
    unsafe fn accumulate(
        sums: Sums,
        column: [[int16x8_t; 2]; 3],
        taps: [[int16x8_t; 2]; 3],
    ) -> Sums {
        let mut sums = sums;
        // SAFETY: every ARM64 CPU has these.
        unsafe {
            for (numbers, weights) in column.into_iter().zip(taps) {
                for half in 0..2 {
                    let (numbers, weights) = (numbers[half], weights[half]);
                    sums[2 * half] =
                        vmlal_s16(sums[2 * half], vget_low_s16(numbers), vget_low_s16(weights));
                    sums[2 * half + 1] = vmlal_high_s16(sums[2 * half + 1], numbers, weights);
                }
            }
        }
        sums
    }
}
