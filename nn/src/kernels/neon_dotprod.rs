//! ARM64 with dot products (Cortex-A76 class): `sdot` adds four products of signed bytes to each of 4 sums. Bytes of a tensor have 128
//! taken off to become signed.

use std::arch::aarch64::*;
use std::arch::asm;

use super::neon::{Products, Sixteen, Sums, interleave};
use super::set::kernel_set;
use super::vectors::{Tile, Vectors};

kernel_set! {
    /// The kernels with dot products.
    NeonDotprod, "neon_dotprod",
    features: "neon,dotprod",
    supported: std::arch::is_aarch64_feature_detected!("dotprod"),
    tile: Sixteen<Sdot>, whole: Sixteen<Sdot>, half: Sixteen<Sdot>, quarter: Sixteen<Sdot>,
    shapes: [1 x 1 2 3 4 5 6]
}

/// Four products at a time for each sum.
pub(super) struct Sdot;

/// Adds four products to each sum. The intrinsic isn't stable yet.
///
/// # Safety
///
/// The CPU has dot products.
#[inline(always)]
unsafe fn sdot(sums: int32x4_t, numbers: int8x16_t, weights: int8x16_t) -> int32x4_t {
    let mut sums = sums;
    // SAFETY: works on these registers alone; the CPU has it.
    unsafe {
        asm!(
            ".arch_extension dotprod",
            "sdot {sums:v}.4s, {weights:v}.16b, {numbers:v}.16b",
            sums = inout(vreg) sums, weights = in(vreg) weights, numbers = in(vreg) numbers,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// Adds the products of group `LANE` of four groups of numbers.
///
/// # Safety
///
/// The CPU has dot products.
#[inline(always)]
unsafe fn sdot_lane<const LANE: i32>(
    sums: int32x4_t,
    numbers: int8x16_t,
    weights: int8x16_t,
) -> int32x4_t {
    let mut sums = sums;
    // SAFETY: works on these registers alone; the CPU has it.
    unsafe {
        asm!(
            ".arch_extension dotprod",
            "sdot {sums:v}.4s, {weights:v}.16b, {numbers:v}.4b[{lane}]",
            sums = inout(vreg) sums, weights = in(vreg) weights, numbers = in(vreg) numbers, lane = const LANE,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// Adds the products of a group of each pixel.
///
/// # Safety
///
/// The CPU has dot products; 64 weights are loaded.
#[inline(always)]
unsafe fn add<const LANE: i32, const ROWS: usize>(
    sums: &mut [Sums; ROWS],
    numbers: &[int8x16_t; ROWS],
    weights: *const i8,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let weights = Sdot::weights(weights);
        for (sums, &numbers) in sums.iter_mut().zip(numbers) {
            for (sums, &weights) in sums.iter_mut().zip(&weights) {
                *sums = sdot_lane::<LANE>(*sums, numbers, weights);
            }
        }
    }
}

impl Products for Sdot {
    type Number = i8;
    type Weight = i8;
    type Packed = [int8x16_t; 4];
    type Column = [uint8x16_t; 4];
    type Taps = [int8x16_t; 4];
    const GROUP: usize = 4;
    const OFFSET: u8 = 128;

    #[inline(always)]
    fn number(byte: u8) -> i8 {
        (byte ^ 0x80).cast_signed()
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8) -> [int8x16_t; 4] {
        // SAFETY: the caller's promise.
        let int8x16x4_t(a, b, c, d) = unsafe { vld1q_s8_x4(from) };
        [a, b, c, d]
    }

    #[inline(always)]
    unsafe fn broadcast(from: *const i8) -> [int8x16_t; 4] {
        // SAFETY: the caller's promise.
        unsafe { [vreinterpretq_s8_s32(vdupq_n_s32(from.cast::<i32>().read_unaligned())); 4] }
    }

    #[inline(always)]
    unsafe fn dot(sums: Sums, numbers: [int8x16_t; 4], weights: [int8x16_t; 4]) -> Sums {
        // SAFETY: the caller's promise.
        unsafe { std::array::from_fn(|part| sdot(sums[part], numbers[part], weights[part])) }
    }

    #[inline(always)]
    unsafe fn sums<const ROWS: usize>(tile: &Tile<Sixteen<Self>>) -> [Sums; ROWS] {
        // SAFETY: the caller's promise: `4 * groups` numbers of each pixel, and 64 weights for each group.
        unsafe {
            let mut sums = [<Sixteen<Self> as Vectors>::sums(tile.bias); ROWS];
            let mut rows: [*const i8; ROWS] =
                std::array::from_fn(|row| tile.numbers.add(row * tile.row));
            let mut weights = tile.weights;
            for _ in 0..tile.groups / 4 {
                let numbers: [int8x16_t; ROWS] = rows.map(|row| vld1q_s8(row));
                rows = rows.map(|row| row.add(16));
                add::<0, ROWS>(&mut sums, &numbers, weights);
                add::<1, ROWS>(&mut sums, &numbers, weights.add(64));
                add::<2, ROWS>(&mut sums, &numbers, weights.add(128));
                add::<3, ROWS>(&mut sums, &numbers, weights.add(192));
                weights = weights.add(256);
            }
            if tile.groups & 2 != 0 {
                let numbers: [int8x16_t; ROWS] =
                    rows.map(|row| vcombine_s8(vld1_s8(row), vdup_n_s8(0)));
                rows = rows.map(|row| row.add(8));
                add::<0, ROWS>(&mut sums, &numbers, weights);
                add::<1, ROWS>(&mut sums, &numbers, weights.add(64));
                weights = weights.add(128);
            }
            if tile.groups & 1 != 0 {
                let numbers: [int8x16_t; ROWS] = rows.map(|row| {
                    let group = row.cast::<i32>().read_unaligned();
                    vreinterpretq_s8_s32(vsetq_lane_s32::<0>(group, vdupq_n_s32(0)))
                });
                add::<0, ROWS>(&mut sums, &numbers, weights);
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn column(rows: [uint8x16_t; 3]) -> [uint8x16_t; 4] {
        // SAFETY: every ARM64 CPU has it.
        interleave(rows.map(|row| unsafe { veorq_u8(row, vdupq_n_u8(0x80)) }))
    }

    #[inline(always)]
    unsafe fn taps(from: *const i8) -> [int8x16_t; 4] {
        // SAFETY: the caller's promise.
        unsafe { Self::weights(from) }
    }

    #[inline(always)]
    unsafe fn accumulate(sums: Sums, column: [uint8x16_t; 4], taps: [int8x16_t; 4]) -> Sums {
        // SAFETY: the caller's promise.
        unsafe { Self::dot(sums, column.map(|part| vreinterpretq_s8_u8(part)), taps) }
    }
}
