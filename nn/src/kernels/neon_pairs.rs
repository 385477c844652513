//! ARM64 tiles of matrix products: `usmmla` multiplies two pixels of eight unsigned numbers by two channels of eight signed weights, twice
//! the products of a dot product.
//!
//! ```text
//! numbers       weights       sums
//! p0: n0 … n7   c0: w0 … w7   p0c0 p0c1 p1c0 p1c1
//! p1: n0 … n7   c1: w0 … w7
//! ```

use std::arch::aarch64::*;
use std::arch::asm;
use std::mem::MaybeUninit;

use super::neon_bytes::{bytes, load_multipliers, store};
use super::vectors::{Finish, Tile, Vectors};

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

/// One group of [`add_run`], as text: what loads its numbers, then two times four registers of weights and their products.
macro_rules! group {
    ($load:literal $($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident $numbers:literal)*) => {
        concat!(
            $load,
            "ld1 {{v28.16b, v29.16b, v30.16b, v31.16b}}, [{weights}], #64\n",
            $(
                "usmmla {", stringify!($a), ":v}.4s, ", $numbers, ".16b, v28.16b\n",
                "usmmla {", stringify!($b), ":v}.4s, ", $numbers, ".16b, v29.16b\n",
                "usmmla {", stringify!($c), ":v}.4s, ", $numbers, ".16b, v30.16b\n",
                "usmmla {", stringify!($d), ":v}.4s, ", $numbers, ".16b, v31.16b\n",
            )*
            "ld1 {{v28.16b, v29.16b, v30.16b, v31.16b}}, [{weights}], #64\n",
            $(
                "usmmla {", stringify!($e), ":v}.4s, ", $numbers, ".16b, v28.16b\n",
                "usmmla {", stringify!($f), ":v}.4s, ", $numbers, ".16b, v29.16b\n",
                "usmmla {", stringify!($g), ":v}.4s, ", $numbers, ".16b, v30.16b\n",
                "usmmla {", stringify!($h), ":v}.4s, ", $numbers, ".16b, v31.16b\n",
            )*
        )
    };
}

/// Adds a run of groups to the sums of some pairs of pixels. As one block of assembly, because 24 registers of sums, three of numbers and
/// four of weights are nearly all there are: the compiler, which orders instructions before it knows that, would keep some in memory.
macro_rules! add_run {
    (
        $sums:ident, $weights:ident, $groups:expr, load: $load:literal, from: [$($pointer:ident = $from:expr),*],
        $($pair:literal $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident $numbers:literal)*
    ) => {
        asm!(
            ".arch_extension i8mm",
            "cbz {fours}, 3f",
            "2:",
            "subs {fours}, {fours}, #1",
            group!($load $($a $b $c $d $e $f $g $h $numbers)*),
            group!($load $($a $b $c $d $e $f $g $h $numbers)*),
            group!($load $($a $b $c $d $e $f $g $h $numbers)*),
            group!($load $($a $b $c $d $e $f $g $h $numbers)*),
            "b.ne 2b",
            "3:",
            "cbz {ones}, 5f",
            "4:",
            "subs {ones}, {ones}, #1",
            group!($load $($a $b $c $d $e $f $g $h $numbers)*),
            "b.ne 4b",
            "5:",
            $(
                $a = inout(vreg) $sums[$pair][0], $b = inout(vreg) $sums[$pair][1],
                $c = inout(vreg) $sums[$pair][2], $d = inout(vreg) $sums[$pair][3],
                $e = inout(vreg) $sums[$pair][4], $f = inout(vreg) $sums[$pair][5],
                $g = inout(vreg) $sums[$pair][6], $h = inout(vreg) $sums[$pair][7],
            )*
            $($pointer = inout(reg) $from => _,)*
            out("v25") _, out("v26") _, out("v27") _, out("v28") _, out("v29") _, out("v30") _, out("v31") _,
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
    const TAKES_ALL: bool = true;

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
            let width = 2 * GROUP * ROWS.div_ceil(2);
            let is_listed = tile.runs == 1 && tile.times > 1 && tile.groups * width <= LISTED;
            match (tile.finish.is_plain, is_listed) {
                (true, true) => tiles::<ROWS, true, true>(tile),
                (true, false) => tiles::<ROWS, true, false>(tile),
                (false, true) => tiles::<ROWS, false, true>(tile),
                (false, false) => tiles::<ROWS, false, false>(tile),
            }
        }
    }
}

/// Numbers of a tile that are brought in order for all channels at once.
const LISTED: usize = 8 << 10;

/// Lists the numbers of a tile as the products want them: `[group][pixel][number of the group]`. An odd pixel at the end stands there
/// twice.
///
/// # Safety
///
/// As for [`Vectors::tile`]. Each of the tile's pixels has one run, and `list` is long enough.
#[inline(always)]
unsafe fn arrange<const ROWS: usize>(tile: &Tile<Pairs>, numbers: *const u8, list: *mut u8) {
    let pairs = ROWS.div_ceil(2);
    // SAFETY: the caller's promise: each pixel has `groups` groups.
    unsafe {
        for pair in 0..pairs {
            let mut one = numbers.add(2 * pair * tile.row);
            let mut other = numbers.add((2 * pair + 1).min(ROWS - 1) * tile.row);
            let mut list = list.add(2 * GROUP * pair);
            for _ in 0..tile.groups / 2 {
                let (a, b) = (
                    vreinterpretq_u64_u8(vld1q_u8(one)),
                    vreinterpretq_u64_u8(vld1q_u8(other)),
                );
                vst1q_u8(list, vreinterpretq_u8_u64(vzip1q_u64(a, b)));
                vst1q_u8(
                    list.add(2 * GROUP * pairs),
                    vreinterpretq_u8_u64(vzip2q_u64(a, b)),
                );
                one = one.add(2 * GROUP);
                other = other.add(2 * GROUP);
                list = list.add(4 * GROUP * pairs);
            }
            if !tile.groups.is_multiple_of(2) {
                vst1q_u8(list, self::pair([one, other]));
            }
        }
    }
}

/// The sums of `ROWS` pixels from the one at `numbers` on. An odd pixel at the end is computed twice; pairs past it are never touched.
///
/// # Safety
///
/// As for [`Vectors::tile`].
#[inline(always)]
unsafe fn pair_sums<const ROWS: usize>(
    tile: &Tile<Pairs>,
    numbers: *const u8,
    weights: *const i8,
    bias: *const i32,
) -> [PairSums; PAIRS] {
    // SAFETY: the caller's promise: of each pixel and run, as many groups of numbers as there are of weights.
    unsafe {
        let mut sums = [Pairs::sums(bias); PAIRS];
        let mut weights = weights;
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
                1 | 2 => add_run!(
                    sums, weights, tile.groups, load: "ldr d25, [{p0}], #8\nld1 {{v25.d}}[1], [{q0}], #8\n", from: [p0 = rows[0][0], q0 = rows[0][1]],
                    0 a0 b0 c0 d0 e0 f0 g0 h0 "v25"
                ),
                3 | 4 => add_run!(
                    sums, weights, tile.groups, load: "ldr d25, [{p0}], #8\nld1 {{v25.d}}[1], [{q0}], #8\nldr d26, [{p1}], #8\nld1 {{v26.d}}[1], [{q1}], #8\n", from: [p0 = rows[0][0], q0 = rows[0][1], p1 = rows[1][0], q1 = rows[1][1]],
                    0 a0 b0 c0 d0 e0 f0 g0 h0 "v25" 1 a1 b1 c1 d1 e1 f1 g1 h1 "v26"
                ),
                _ => add_run!(
                    sums, weights, tile.groups, load: "ldr d25, [{p0}], #8\nld1 {{v25.d}}[1], [{q0}], #8\nldr d26, [{p1}], #8\nld1 {{v26.d}}[1], [{q1}], #8\nldr d27, [{p2}], #8\nld1 {{v27.d}}[1], [{q2}], #8\n", from: [p0 = rows[0][0], q0 = rows[0][1], p1 = rows[1][0], q1 = rows[1][1], p2 = rows[2][0], q2 = rows[2][1]],
                    0 a0 b0 c0 d0 e0 f0 g0 h0 "v25" 1 a1 b1 c1 d1 e1 f1 g1 h1 "v26" 2 a2 b2 c2 d2 e2 f2 g2 h2 "v27"
                ),
            }
        }
        sums
    }
}

/// [`pair_sums`] from numbers that [`arrange`] has listed.
///
/// # Safety
///
/// As for [`arrange`].
#[inline(always)]
unsafe fn listed_sums<const ROWS: usize>(
    tile: &Tile<Pairs>,
    numbers: *const u8,
    weights: *const i8,
    bias: *const i32,
) -> [PairSums; PAIRS] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [Pairs::sums(bias); PAIRS];
        let mut weights = weights;
        match ROWS {
            1 | 2 => add_run!(
                sums, weights, tile.groups, load: "ld1 {{v25.16b}}, [{numbers}], #16\n", from: [numbers = numbers],
                0 a0 b0 c0 d0 e0 f0 g0 h0 "v25"
            ),
            3 | 4 => add_run!(
                sums, weights, tile.groups, load: "ld1 {{v25.16b, v26.16b}}, [{numbers}], #32\n", from: [numbers = numbers],
                0 a0 b0 c0 d0 e0 f0 g0 h0 "v25" 1 a1 b1 c1 d1 e1 f1 g1 h1 "v26"
            ),
            _ => add_run!(
                sums, weights, tile.groups, load: "ld1 {{v25.16b, v26.16b, v27.16b}}, [{numbers}], #48\n", from: [numbers = numbers],
                0 a0 b0 c0 d0 e0 f0 g0 h0 "v25" 1 a1 b1 c1 d1 e1 f1 g1 h1 "v26" 2 a2 b2 c2 d2 e2 f2 g2 h2 "v27"
            ),
        }
        // What is left of it is of no use.
        let _ = weights;
        sums
    }
}

/// All tiles, each for all channels; where `IS_LISTED`, from numbers that are brought in order first.
///
/// # Safety
///
/// As for [`Vectors::tile`].
#[inline(always)]
unsafe fn tiles<const ROWS: usize, const PLAIN: bool, const IS_LISTED: bool>(tile: &Tile<Pairs>) {
    let mut list = MaybeUninit::<[u8; LISTED]>::uninit();
    let list = list.as_mut_ptr().cast::<u8>();
    // SAFETY: the caller's promise. The list is long enough where it is used.
    unsafe {
        for index in 0..tile.tiles {
            let numbers = tile.numbers.add(index * ROWS * tile.row);
            let output = tile.output.add(index * ROWS * tile.pitch);
            if IS_LISTED {
                arrange::<ROWS>(tile, numbers, list);
            }
            for time in 0..tile.times {
                let weights = tile.weights.add(time * tile.stride);
                let bias = tile.bias.add(time * Pairs::SUMS);
                let sums = if IS_LISTED {
                    listed_sums::<ROWS>(tile, list, weights, bias)
                } else {
                    pair_sums::<ROWS>(tile, numbers, weights, bias)
                };
                let multipliers = tile.multipliers.add(time * Pairs::SUMS);
                let output = output.add(time * Pairs::LANES);
                let count = tile.count - time * Pairs::LANES;
                if count >= Pairs::LANES {
                    store_rows::<ROWS, PLAIN>(sums, multipliers, tile, output, Pairs::LANES);
                } else {
                    store_rows::<ROWS, PLAIN>(sums, multipliers, tile, output, count);
                }
            }
        }
    }
}

/// Stores a tile's results for 16 channels, the first `count` of each pixel.
///
/// # Safety
///
/// As for [`Vectors::tile`]. 32 multipliers are loaded.
#[inline(always)]
unsafe fn store_rows<const ROWS: usize, const PLAIN: bool>(
    sums: [PairSums; PAIRS],
    multipliers: *const f32,
    tile: &Tile<Pairs>,
    output: *mut u8,
    count: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let multipliers = [
            load_multipliers(multipliers),
            load_multipliers(multipliers.add(16)),
        ];
        // Written out, since sums that a loop picks from an array are kept in memory.
        macro_rules! store_pair {
            ($($pair:literal)*) => {$(
                if 2 * $pair < ROWS {
                    let [one, other] = pair_bytes::<PLAIN>(sums[$pair], multipliers, &tile.finish);
                    let output = output.wrapping_add(2 * $pair * tile.pitch);
                    store(output, one, count);
                    if 2 * $pair + 1 < ROWS {
                        store(output.wrapping_add(tile.pitch), other, count);
                    }
                }
            )*};
        }
        store_pair!(0 1 2);
    }
}
