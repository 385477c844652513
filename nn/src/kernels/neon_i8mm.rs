//! ARM64 with matrix products of bytes (Cortex-X2, Neoverse V1, Apple M2 and later): `usmmla` for convolutions over all channels, in
//! `neon_pairs`. What one column of a depthwise kernel needs is a dot product, `usdot`, which comes with it. Bytes of a tensor are numbers
//! as they are.

use std::arch::aarch64::*;
use std::arch::asm;

use super::neon_bytes::interleave;
use super::neon_pairs::Pairs;
use super::neon_sixteen::{Products, Sixteen, Sums};
use super::set::kernel_set;
use super::vectors::{Tile, Vectors};

kernel_set! {
    /// The kernels with matrix products.
    NeonI8mm, "neon_i8mm",
    features: "neon,i8mm",
    supported: std::arch::is_aarch64_feature_detected!("i8mm"),
    tile: Pairs, whole: Sixteen<Usdot>, half: Sixteen<Usdot>, quarter: Sixteen<Usdot>,
    shapes: [1 x 1 2 3 4 5 6]
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
    unsafe fn sums<const ROWS: usize>(
        tile: &Tile<Sixteen<Self>>,
        numbers: *const u8,
    ) -> [Sums; ROWS] {
        // SAFETY: the caller's promise.
        unsafe {
            let mut sums = [<Sixteen<Self> as Vectors>::sums(tile.bias); ROWS];
            let mut weights = tile.weights;
            for run in 0..tile.runs {
                let first = numbers.add(run * tile.step);
                for group in 0..tile.groups {
                    let packed = Self::weights(weights);
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let number = Self::broadcast(first.add(row * tile.row + 4 * group));
                        *sums = Self::dot(*sums, number, packed);
                    }
                    weights = weights.add(64);
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
