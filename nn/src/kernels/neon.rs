//! ARM64 without dot products (Cortex-A53 class): `smlal` adds products of 16-bit numbers to 4 sums.

use std::arch::aarch64::*;

use super::neon_sixteen::{Products, Sixteen, Sums};
use super::set::kernel_set;
use super::vectors::{Tile, Vectors};

kernel_set! {
    /// The plain NEON kernels, which every ARM64 CPU can run.
    Neon, "neon",
    features: "neon",
    supported: std::arch::is_aarch64_feature_detected!("neon"),
    tile: Sixteen<Smlal>, whole: Sixteen<Smlal>, half: Sixteen<Smlal>, quarter: Sixteen<Smlal>,
    shapes: [1 x 1 2 3 4]
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
    unsafe fn sums<const ROWS: usize>(
        tile: &Tile<Sixteen<Self>>,
        numbers: *const i16,
    ) -> [Sums; ROWS] {
        // SAFETY: the caller's promise: `groups` numbers of each pixel, and 16 weights for each.
        unsafe {
            let mut sums = [<Sixteen<Self> as Vectors>::sums(tile.bias); ROWS];
            let mut weights = tile.weights;
            for run in 0..tile.runs {
                let mut first = numbers.add(run * tile.step);
                for _ in 0..tile.groups / 8 {
                    let numbers: [int16x8_t; ROWS] =
                        std::array::from_fn(|row| vld1q_s16(first.add(row * tile.row)));
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
                    first = first.add(8);
                }
                for group in 0..tile.groups % 8 {
                    let packed = Self::weights(weights);
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let number = Self::broadcast(first.add(row * tile.row + group));
                        *sums = Self::dot(*sums, number, packed);
                    }
                    weights = weights.add(16);
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
