//! ARM64 with dot products (Cortex-A76 class): `sdot` adds four products of signed bytes to each of 4 sums. Bytes of a tensor have 128
//! taken off to become signed.

use std::arch::aarch64::*;
use std::arch::asm;

use super::neon_bytes::interleave;
use super::neon_sixteen::{Products, Sixteen, Sums};
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

/// Most pixels of a tile.
const MOST_ROWS: usize = 6;

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

/// One product with a group of numbers of `sdot`, as text.
macro_rules! products {
    ($lane:literal, $($sums:ident $weights:ident $numbers:ident),*) => {
        concat!($(
            "sdot {", stringify!($sums), ":v}.4s, {", stringify!($weights), ":v}.16b, {", stringify!($numbers), ":v}.4b[", $lane, "]\n"
        ),*)
    };
}

/// Adds a run of groups to the sums of some pixels: four groups at a time, then one at a time. As one block of assembly, because 24
/// registers of sums, six of numbers and two of weights are all there are: the compiler, which orders instructions before it knows
/// that, would keep some in memory.
macro_rules! add_run {
    ($sums:ident, $rows:ident, $weights:ident, $groups:expr; $($row:literal $a:ident $b:ident $c:ident $d:ident $numbers:ident $pointer:ident)*) => {
        asm!(
            ".arch_extension dotprod",
            "cbz {fours}, 3f",
            "2:",
            $(concat!("ldr {", stringify!($numbers), ":q}, [{", stringify!($pointer), "}], #16"),)*
            "subs {fours}, {fours}, #1",
            "ldp {w0:q}, {w1:q}, [{weights}, #0]",
            products!(0, $($a w0 $numbers, $b w1 $numbers),*),
            "ldp {w0:q}, {w1:q}, [{weights}, #32]",
            products!(0, $($c w0 $numbers, $d w1 $numbers),*),
            "ldp {w0:q}, {w1:q}, [{weights}, #64]",
            products!(1, $($a w0 $numbers, $b w1 $numbers),*),
            "ldp {w0:q}, {w1:q}, [{weights}, #96]",
            products!(1, $($c w0 $numbers, $d w1 $numbers),*),
            "ldp {w0:q}, {w1:q}, [{weights}, #128]",
            products!(2, $($a w0 $numbers, $b w1 $numbers),*),
            "ldp {w0:q}, {w1:q}, [{weights}, #160]",
            products!(2, $($c w0 $numbers, $d w1 $numbers),*),
            "ldp {w0:q}, {w1:q}, [{weights}, #192]",
            products!(3, $($a w0 $numbers, $b w1 $numbers),*),
            "ldp {w0:q}, {w1:q}, [{weights}, #224]",
            products!(3, $($c w0 $numbers, $d w1 $numbers),*),
            "add {weights}, {weights}, #256",
            "b.ne 2b",
            "3:",
            "cbz {ones}, 5f",
            "4:",
            $(concat!("ldr {", stringify!($numbers), ":s}, [{", stringify!($pointer), "}], #4"),)*
            "subs {ones}, {ones}, #1",
            "ldp {w0:q}, {w1:q}, [{weights}], #32",
            products!(0, $($a w0 $numbers, $b w1 $numbers),*),
            "ldp {w0:q}, {w1:q}, [{weights}], #32",
            products!(0, $($c w0 $numbers, $d w1 $numbers),*),
            "b.ne 4b",
            "5:",
            $(
                $a = inout(vreg) $sums[$row][0], $b = inout(vreg) $sums[$row][1],
                $c = inout(vreg) $sums[$row][2], $d = inout(vreg) $sums[$row][3],
                $numbers = out(vreg) _, $pointer = inout(reg) $rows[$row] => _,
            )*
            w0 = out(vreg) _, w1 = out(vreg) _,
            weights = inout(reg) $weights,
            fours = inout(reg) $groups / 4 => _, ones = inout(reg) $groups % 4 => _,
            options(readonly, nostack),
        )
    };
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
    unsafe fn sums<const ROWS: usize>(
        tile: &Tile<Sixteen<Self>>,
        numbers: *const i8,
    ) -> [Sums; ROWS] {
        // SAFETY: the caller's promise: of each pixel and run, as many groups of numbers as there are of weights. `ROWS` is at most
        // `MOST_ROWS`, the others are never touched.
        unsafe {
            let mut sums = [<Sixteen<Self> as Vectors>::sums(tile.bias); MOST_ROWS];
            let mut weights = tile.weights;
            for run in 0..tile.runs {
                let first = numbers.add(run * tile.step);
                let rows: [*const i8; MOST_ROWS] =
                    std::array::from_fn(|row| first.wrapping_add(row * tile.row));
                match ROWS {
                    1 => add_run!(sums, rows, weights, tile.groups; 0 a0 b0 c0 d0 n0 p0),
                    2 => {
                        add_run!(sums, rows, weights, tile.groups; 0 a0 b0 c0 d0 n0 p0 1 a1 b1 c1 d1 n1 p1)
                    }
                    3 => {
                        add_run!(sums, rows, weights, tile.groups; 0 a0 b0 c0 d0 n0 p0 1 a1 b1 c1 d1 n1 p1 2 a2 b2 c2 d2 n2 p2)
                    }
                    4 => {
                        add_run!(sums, rows, weights, tile.groups; 0 a0 b0 c0 d0 n0 p0 1 a1 b1 c1 d1 n1 p1 2 a2 b2 c2 d2 n2 p2 3 a3 b3 c3 d3 n3 p3)
                    }
                    5 => {
                        add_run!(sums, rows, weights, tile.groups; 0 a0 b0 c0 d0 n0 p0 1 a1 b1 c1 d1 n1 p1 2 a2 b2 c2 d2 n2 p2 3 a3 b3 c3 d3 n3 p3 4 a4 b4 c4 d4 n4 p4)
                    }
                    _ => {
                        add_run!(sums, rows, weights, tile.groups; 0 a0 b0 c0 d0 n0 p0 1 a1 b1 c1 d1 n1 p1 2 a2 b2 c2 d2 n2 p2 3 a3 b3 c3 d3 n3 p3 4 a4 b4 c4 d4 n4 p4 5 a5 b5 c5 d5 n5 p5)
                    }
                }
            }
            std::array::from_fn(|row| sums[row])
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
