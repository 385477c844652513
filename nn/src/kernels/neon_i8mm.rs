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

use super::neon::{Products, Sixteen, Sums, bytes, interleave, load_multipliers, store};
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

/// One group of `add_run`, as text: its numbers, then two times four registers of weights and their products.
macro_rules! group {
    ($($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident $numbers:ident $one:ident $other:ident)*) => {
        concat!(
            $(
                "ldr {", stringify!($numbers), ":d}, [{", stringify!($one), "}], #8\n",
                "ld1 {{{", stringify!($numbers), ":v}.d}}[1], [{", stringify!($other), "}], #8\n",
            )*
            "ld1 {{v28.16b, v29.16b, v30.16b, v31.16b}}, [{weights}], #64\n",
            $(
                "usmmla {", stringify!($a), ":v}.4s, {", stringify!($numbers), ":v}.16b, v28.16b\n",
                "usmmla {", stringify!($b), ":v}.4s, {", stringify!($numbers), ":v}.16b, v29.16b\n",
                "usmmla {", stringify!($c), ":v}.4s, {", stringify!($numbers), ":v}.16b, v30.16b\n",
                "usmmla {", stringify!($d), ":v}.4s, {", stringify!($numbers), ":v}.16b, v31.16b\n",
            )*
            "ld1 {{v28.16b, v29.16b, v30.16b, v31.16b}}, [{weights}], #64\n",
            $(
                "usmmla {", stringify!($e), ":v}.4s, {", stringify!($numbers), ":v}.16b, v28.16b\n",
                "usmmla {", stringify!($f), ":v}.4s, {", stringify!($numbers), ":v}.16b, v29.16b\n",
                "usmmla {", stringify!($g), ":v}.4s, {", stringify!($numbers), ":v}.16b, v30.16b\n",
                "usmmla {", stringify!($h), ":v}.4s, {", stringify!($numbers), ":v}.16b, v31.16b\n",
            )*
        )
    };
}

/// Adds a run of groups to the sums of some pairs of pixels. As one block of assembly, because 24 registers of sums, three of numbers and
/// four of weights are nearly all there are: the compiler, which orders instructions before it knows that, would keep some in memory.
macro_rules! add_run {
    ($sums:ident, $rows:ident, $weights:ident, $groups:expr; $($pair:literal $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident $numbers:ident $one:ident $other:ident)*) => {
        asm!(
            ".arch_extension i8mm",
            "cbz {fours}, 3f",
            "2:",
            "subs {fours}, {fours}, #1",
            group!($($a $b $c $d $e $f $g $h $numbers $one $other)*),
            group!($($a $b $c $d $e $f $g $h $numbers $one $other)*),
            group!($($a $b $c $d $e $f $g $h $numbers $one $other)*),
            group!($($a $b $c $d $e $f $g $h $numbers $one $other)*),
            "b.ne 2b",
            "3:",
            "cbz {ones}, 5f",
            "4:",
            "subs {ones}, {ones}, #1",
            group!($($a $b $c $d $e $f $g $h $numbers $one $other)*),
            "b.ne 4b",
            "5:",
            $(
                $a = inout(vreg) $sums[$pair][0], $b = inout(vreg) $sums[$pair][1],
                $c = inout(vreg) $sums[$pair][2], $d = inout(vreg) $sums[$pair][3],
                $e = inout(vreg) $sums[$pair][4], $f = inout(vreg) $sums[$pair][5],
                $g = inout(vreg) $sums[$pair][6], $h = inout(vreg) $sums[$pair][7],
                $numbers = out(vreg) _,
                $one = inout(reg) $rows[$pair][0] => _, $other = inout(reg) $rows[$pair][1] => _,
            )*
            out("v28") _, out("v29") _, out("v30") _, out("v31") _,
            weights = inout(reg) $weights,
            fours = inout(reg) $groups / 4 => _, ones = inout(reg) $groups % 4 => _,
            options(readonly, nostack),
        )
    };
}

/// The bytes of both pixels.
///
/// # Safety
///
/// 32 multipliers are loaded.
#[inline(always)]
unsafe fn pair_bytes<const PLAIN: bool>(
    sums: PairSums,
    multipliers: [[float32x4_t; 4]; 2],
    finish: &Finish,
) -> [uint8x16_t; 2] {
    let [a, b, c, d, e, f, g, h] = sums;
    // SAFETY: the caller's promise.
    let (low, high) = unsafe {
        (
            vreinterpretq_u16_u8(bytes::<PLAIN>([a, b, c, d], multipliers[0], finish)),
            vreinterpretq_u16_u8(bytes::<PLAIN>([e, f, g, h], multipliers[1], finish)),
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
                let multipliers = multipliers.add(32 * vector);
                let multipliers = [
                    load_multipliers(multipliers),
                    load_multipliers(multipliers.add(16)),
                ];
                let [bytes, _] = pair_bytes::<false>(sums, multipliers, finish);
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
        // SAFETY: the caller's promise: of each pixel and run, as many groups of numbers as there are of weights, and at least one. An odd
        // pixel at the end is computed twice; pairs past it are never touched.
        unsafe {
            if WIDE != 1 {
                return super::vectors::tile::<Self, ROWS, WIDE>(tile);
            }
            match (tile.finish.is_plain(), tile.count == 16) {
                (true, true) => tiles::<ROWS, true, true>(tile),
                (true, false) => tiles::<ROWS, true, false>(tile),
                (false, true) => tiles::<ROWS, false, true>(tile),
                (false, false) => tiles::<ROWS, false, false>(tile),
            }
        }
    }
}

/// The sums of `ROWS` pixels from the one at `numbers` on. An odd pixel at the end is computed twice; pairs past it are never touched.
///
/// # Safety
///
/// As for [`Vectors::tile`]. There is at least one group.
#[inline(always)]
unsafe fn pair_sums<const ROWS: usize>(
    tile: &Tile<Pairs>,
    numbers: *const u8,
) -> [PairSums; PAIRS] {
    // SAFETY: the caller's promise: of each pixel and run, as many groups of numbers as there are of weights.
    unsafe {
        let mut sums = [Pairs::sums(tile.bias); PAIRS];
        let mut weights = tile.weights;
        for run in 0..tile.runs {
            let first = numbers.add(run * tile.step);
            let rows: [[*const u8; 2]; PAIRS] = std::array::from_fn(|pair| {
                let row = 2 * pair;
                [
                    first.wrapping_add(row.min(ROWS - 1) * tile.row),
                    first.wrapping_add((row + 1).min(ROWS - 1) * tile.row),
                ]
            });
            match ROWS {
                1 | 2 => {
                    add_run!(sums, rows, weights, tile.groups; 0 a0 b0 c0 d0 e0 f0 g0 h0 n0 p0 q0)
                }
                3 | 4 => {
                    add_run!(sums, rows, weights, tile.groups; 0 a0 b0 c0 d0 e0 f0 g0 h0 n0 p0 q0 1 a1 b1 c1 d1 e1 f1 g1 h1 n1 p1 q1)
                }
                _ => {
                    add_run!(sums, rows, weights, tile.groups; 0 a0 b0 c0 d0 e0 f0 g0 h0 n0 p0 q0 1 a1 b1 c1 d1 e1 f1 g1 h1 n1 p1 q1 2 a2 b2 c2 d2 e2 f2 g2 h2 n2 p2 q2)
                }
            }
        }
        sums
    }
}

/// All tiles, of 16 channels where `WHOLE`.
///
/// # Safety
///
/// As for [`Vectors::tile`].
#[inline(always)]
unsafe fn tiles<const ROWS: usize, const PLAIN: bool, const WHOLE: bool>(tile: &Tile<Pairs>) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut numbers = tile.numbers;
        let mut output = tile.output;
        for _ in 0..tile.tiles {
            let sums = pair_sums::<ROWS>(tile, numbers);
            let multipliers = [
                load_multipliers(tile.multipliers),
                load_multipliers(tile.multipliers.add(16)),
            ];
            for (pair, &sums) in sums[..ROWS.div_ceil(2)].iter().enumerate() {
                let [one, other] = pair_bytes::<PLAIN>(sums, multipliers, &tile.finish);
                let count = if WHOLE { 16 } else { tile.count };
                store(output, one, count);
                output = output.wrapping_add(tile.pitch);
                if 2 * pair + 1 < ROWS {
                    store(output, other, count);
                    output = output.wrapping_add(tile.pitch);
                }
            }
            numbers = numbers.wrapping_add(ROWS * tile.row);
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
