//! ARM64 with matrix products of bytes (Cortex-X2, Neoverse V1, Apple M2 and later): `usmmla` multiplies two pixels of eight unsigned
//! numbers by two channels of eight signed weights, twice the products of a dot product. What one column of a depthwise kernel needs is a
//! dot product, `usdot`, which comes with it. Bytes of a tensor are numbers as they are.
//!
//! ```text
//! numbers       weights       sums
//! p0: n0 … n7   c0: w0 … w7   p0c0 p0c1 p1c0 p1c1
//! p1: n0 … n7   c1: w0 … w7
//! ```

use std::arch::aarch64::*;
use std::arch::asm;

use super::neon::{Products, Sixteen, Sums, bytes, interleave, store};
use super::set::kernel_set;
use super::vectors::{Finish, Tile, Vectors};

kernel_set! {
    /// The kernels with matrix products.
    NeonI8mm, "neon_i8mm",
    features: "neon,i8mm",
    supported: std::arch::is_aarch64_feature_detected!("i8mm"),
    tile: Pairs, whole: Sixteen<Usdot>, half: Sixteen<Usdot>, quarter: Sixteen<Usdot>,
    shapes: [1 x 1 2 3 4 5 6]
}

/// Sixteen channels of two pixels. Two neighbouring channels of both share a register.
pub(super) struct Pairs;

/// Sums of 16 channels of two pixels.
type PairSums = [int32x4_t; 8];

/// Most pairs of pixels in a tile.
const PAIRS: usize = 3;
/// Numbers of a group.
const GROUP: usize = 8;
/// Weights of a group of 16 channels.
const WEIGHTS: usize = 16 * GROUP;

/// Adds the products of two pixels and two channels. The intrinsic isn't stable yet.
///
/// # Safety
///
/// The CPU has matrix products.
#[inline(always)]
unsafe fn usmmla(sums: int32x4_t, numbers: uint8x16_t, weights: int8x16_t) -> int32x4_t {
    let mut sums = sums;
    // SAFETY: works on these registers alone; the CPU has it.
    unsafe {
        asm!(
            ".arch_extension i8mm",
            "usmmla {sums:v}.4s, {numbers:v}.16b, {weights:v}.16b",
            sums = inout(vreg) sums, weights = in(vreg) weights, numbers = in(vreg) numbers,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// Adds four products to each sum. The intrinsic isn't stable yet.
///
/// # Safety
///
/// The CPU has matrix products.
#[inline(always)]
unsafe fn usdot(sums: int32x4_t, numbers: uint8x16_t, weights: int8x16_t) -> int32x4_t {
    let mut sums = sums;
    // SAFETY: works on these registers alone; the CPU has it.
    unsafe {
        asm!(
            ".arch_extension i8mm",
            "usdot {sums:v}.4s, {numbers:v}.16b, {weights:v}.16b",
            sums = inout(vreg) sums, weights = in(vreg) weights, numbers = in(vreg) numbers,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// A group of each of two pixels side by side.
///
/// # Safety
///
/// Eight bytes are loaded from each.
#[inline(always)]
unsafe fn pair(pixels: [*const u8; 2]) -> uint8x16_t {
    // SAFETY: the caller's promise.
    unsafe { vcombine_u8(vld1_u8(pixels[0]), vld1_u8(pixels[1])) }
}

/// Adds the products of a group of each pair of pixels.
///
/// # Safety
///
/// The CPU has matrix products; [`WEIGHTS`] weights are loaded.
#[inline(always)]
unsafe fn add(sums: &mut [PairSums], numbers: &[uint8x16_t], weights: *const i8) {
    // SAFETY: the caller's promise.
    unsafe {
        let weights = Pairs::weights(weights);
        for (sums, &numbers) in sums.iter_mut().zip(numbers) {
            for (sums, &weights) in sums.iter_mut().zip(&weights) {
                *sums = usmmla(*sums, numbers, weights);
            }
        }
    }
}

/// The bytes of both pixels.
///
/// # Safety
///
/// 32 multipliers are loaded.
#[inline(always)]
unsafe fn pair_bytes(sums: PairSums, multipliers: *const f32, finish: &Finish) -> [uint8x16_t; 2] {
    let [a, b, c, d, e, f, g, h] = sums;
    // SAFETY: the caller's promise.
    let (low, high) = unsafe {
        (
            vreinterpretq_u16_u8(bytes([a, b, c, d], multipliers, finish)),
            vreinterpretq_u16_u8(bytes([e, f, g, h], multipliers.add(16), finish)),
        )
    };
    // SAFETY: every ARM64 CPU has these.
    unsafe {
        [
            vreinterpretq_u8_u16(vuzp1q_u16(low, high)),
            vreinterpretq_u8_u16(vuzp2q_u16(low, high)),
        ]
    }
}

impl Vectors for Pairs {
    type Sums = PairSums;
    type Packed = [int8x16_t; 8];
    type Number = u8;
    type Weight = i8;
    const LANES: usize = 16;
    const GROUP: usize = GROUP;
    const OFFSET: u8 = 0;
    const SUMS: usize = 32;

    #[inline(always)]
    fn number(byte: u8) -> u8 {
        byte
    }

    fn lane(sum: usize) -> usize {
        sum / 4 * 2 + sum % 2
    }

    #[inline(always)]
    unsafe fn sums(from: *const i32) -> PairSums {
        // SAFETY: the caller's promise.
        unsafe { std::array::from_fn(|part| vld1q_s32(from.add(4 * part))) }
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8) -> [int8x16_t; 8] {
        // SAFETY: the caller's promise.
        let (low, high) = unsafe { (vld1q_s8_x4(from), vld1q_s8_x4(from.add(WEIGHTS / 2))) };
        [low.0, low.1, low.2, low.3, high.0, high.1, high.2, high.3]
    }

    #[inline(always)]
    unsafe fn broadcast(from: *const u8) -> [int8x16_t; 8] {
        // SAFETY: the caller's promise.
        unsafe { [vreinterpretq_s8_u8(pair([from; 2])); 8] }
    }

    #[inline(always)]
    unsafe fn dot(sums: PairSums, numbers: [int8x16_t; 8], weights: [int8x16_t; 8]) -> PairSums {
        // SAFETY: the caller's promise.
        unsafe {
            std::array::from_fn(|part| {
                usmmla(
                    sums[part],
                    vreinterpretq_u8_s8(numbers[part]),
                    weights[part],
                )
            })
        }
    }

    #[inline(always)]
    unsafe fn store_bytes<const WIDE: usize>(
        sums: [PairSums; WIDE],
        multipliers: *const f32,
        finish: &Finish,
        output: *mut u8,
        count: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            for (vector, sums) in sums.into_iter().enumerate() {
                let [bytes, _] = pair_bytes(sums, multipliers.add(32 * vector), finish);
                let left = count.saturating_sub(16 * vector).min(16);
                store(output.add(16 * vector), bytes, left);
            }
        }
    }

    #[inline(always)]
    unsafe fn store_reals(sums: PairSums, multipliers: *const f32, output: *mut f32, count: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut reals = [0f32; 16];
            for (part, sums) in sums.into_iter().enumerate() {
                let product = vmulq_f32(vcvtq_f32_s32(sums), vld1q_f32(multipliers.add(4 * part)));
                vst1_f32(reals[2 * part..].as_mut_ptr(), vget_low_f32(product));
            }
            output.copy_from_nonoverlapping(reals.as_ptr(), count.min(16));
        }
    }

    #[inline(always)]
    unsafe fn tile<const ROWS: usize, const WIDE: usize>(tile: &Tile<Self>) {
        // SAFETY: the caller's promise: `groups` groups in each run of each pixel, and as many times the weights. An odd pixel at the end
        // is computed twice.
        unsafe {
            if WIDE != 1 {
                return super::vectors::tile::<Self, ROWS, WIDE>(tile);
            }
            let pairs = ROWS.div_ceil(2);
            let mut sums = [Self::sums(tile.bias); PAIRS];
            let sums = &mut sums[..pairs];
            let mut weights = tile.weights;
            for run in 0..tile.runs {
                let numbers = tile.numbers.add(run * tile.step);
                let mut rows: [[*const u8; 2]; PAIRS] = std::array::from_fn(|pair| {
                    [2 * pair, 2 * pair + 1].map(|row| numbers.add(row.min(ROWS - 1) * tile.row))
                });
                for _ in 0..tile.groups / 2 {
                    let mut numbers = [[vdupq_n_u8(0); PAIRS]; 2];
                    for pair in 0..pairs {
                        let [one, other] =
                            rows[pair].map(|pixel| vreinterpretq_u64_u8(vld1q_u8(pixel)));
                        numbers[0][pair] = vreinterpretq_u8_u64(vzip1q_u64(one, other));
                        numbers[1][pair] = vreinterpretq_u8_u64(vzip2q_u64(one, other));
                        rows[pair] = rows[pair].map(|pixel| pixel.add(2 * GROUP));
                    }
                    add(sums, &numbers[0][..pairs], weights);
                    add(sums, &numbers[1][..pairs], weights.add(WEIGHTS));
                    weights = weights.add(2 * WEIGHTS);
                }
                if tile.groups % 2 == 1 {
                    let mut numbers = [vdupq_n_u8(0); PAIRS];
                    for pair in 0..pairs {
                        numbers[pair] = self::pair(rows[pair]);
                    }
                    add(sums, &numbers[..pairs], weights);
                    weights = weights.add(WEIGHTS);
                }
            }
            for (pair, &sums) in sums.iter().enumerate() {
                let results = pair_bytes(sums, tile.multipliers, &tile.finish);
                for (row, bytes) in (2 * pair..ROWS).zip(results) {
                    store(tile.output.add(row * tile.pitch), bytes, tile.count);
                }
            }
        }
    }
}

/// Four products at a time for each sum, for depthwise convolutions.
pub(super) struct Usdot;

impl Products for Usdot {
    type Number = u8;
    type Weight = i8;
    type Packed = [int8x16_t; 4];
    type Column = [uint8x16_t; 4];
    type Taps = [int8x16_t; 4];
    const GROUP: usize = 4;
    const OFFSET: u8 = 0;

    #[inline(always)]
    fn number(byte: u8) -> u8 {
        byte
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8) -> [int8x16_t; 4] {
        // SAFETY: the caller's promise.
        let int8x16x4_t(a, b, c, d) = unsafe { vld1q_s8_x4(from) };
        [a, b, c, d]
    }

    #[inline(always)]
    unsafe fn broadcast(from: *const u8) -> [int8x16_t; 4] {
        // SAFETY: the caller's promise.
        unsafe { [vreinterpretq_s8_s32(vdupq_n_s32(from.cast::<i32>().read_unaligned())); 4] }
    }

    #[inline(always)]
    unsafe fn dot(sums: Sums, numbers: [int8x16_t; 4], weights: [int8x16_t; 4]) -> Sums {
        // SAFETY: the caller's promise.
        unsafe { Self::accumulate(sums, numbers.map(|part| vreinterpretq_u8_s8(part)), weights) }
    }

    #[inline(always)]
    unsafe fn sums<const ROWS: usize>(tile: &Tile<Sixteen<Self>>) -> [Sums; ROWS] {
        // SAFETY: the caller's promise.
        unsafe {
            let mut sums = [<Sixteen<Self> as Vectors>::sums(tile.bias); ROWS];
            for group in 0..tile.groups {
                let packed = Self::weights(tile.weights.add(64 * group));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let number = Self::broadcast(tile.numbers.add(row * tile.row + 4 * group));
                    *sums = Self::dot(*sums, number, packed);
                }
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn column(rows: [uint8x16_t; 3]) -> [uint8x16_t; 4] {
        interleave(rows)
    }

    #[inline(always)]
    unsafe fn taps(from: *const i8) -> [int8x16_t; 4] {
        // SAFETY: the caller's promise.
        unsafe { Self::weights(from) }
    }

    #[inline(always)]
    unsafe fn accumulate(sums: Sums, column: [uint8x16_t; 4], taps: [int8x16_t; 4]) -> Sums {
        // SAFETY: the caller's promise.
        unsafe { std::array::from_fn(|part| usdot(sums[part], column[part], taps[part])) }
    }
}
