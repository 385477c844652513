//! ARM64 without dot products (Cortex-A53 class): `smlal` adds products of 16-bit numbers to 4 sums. Also what all ARM64 sets share: 16
//! output channels at a time in four registers, the way from sums to bytes, and loads and stores of part of a register.
//!
//! Numbers are loaded 16 bytes of a pixel at a time and picked out of the register by the multiplying instruction itself, so that nothing
//! has to be broadcast.

use std::arch::aarch64::*;
use std::marker::PhantomData;

use super::set::kernel_set;
use super::vectors::{Band, Columns, Finish, Tile, Vectors, load as load_column};

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
            match (tile.finish.is_plain(), tile.count == 16) {
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
            if band.finish.is_plain() {
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

/// Multipliers of 16 channels.
///
/// # Safety
///
/// 16 numbers are loaded.
#[inline(always)]
pub(super) unsafe fn load_multipliers(from: *const f32) -> [float32x4_t; 4] {
    // SAFETY: the caller's promise.
    unsafe { std::array::from_fn(|part| vld1q_f32(from.add(4 * part))) }
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

/// Sixteen sums, multiplied by as many multipliers and rounded half to even, as bytes; `PLAIN` where [`Finish::is_plain`] says so.
///
/// # Safety
///
/// 16 multipliers are loaded.
#[inline(always)]
pub(super) unsafe fn bytes<const PLAIN: bool>(
    sums: Sums,
    multipliers: [float32x4_t; 4],
    finish: &Finish,
) -> uint8x16_t {
    // SAFETY: the caller's promise.
    unsafe {
        let rounded: Sums = std::array::from_fn(|part| {
            vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sums[part]), multipliers[part]))
        });
        if PLAIN {
            let low = vqmovun_high_s32(vqmovun_s32(rounded[0]), rounded[1]);
            let high = vqmovun_high_s32(vqmovun_s32(rounded[2]), rounded[3]);
            return vqmovn_high_u16(vqmovn_u16(low), high);
        }
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
    // SAFETY: the caller's promise; eight, four, two and one bytes as the bits of `count` say.
    unsafe {
        if count >= 16 {
            return vld1q_u8(from);
        }
        if count == 8 {
            return vcombine_u8(vld1_u8(from), vdup_n_u8(0));
        }
        let (mut bytes, mut at) = (0u128, 0);
        if count & 8 != 0 {
            bytes = u128::from(from.cast::<u64>().read_unaligned());
            at = 8;
        }
        if count & 4 != 0 {
            bytes |= u128::from(from.add(at).cast::<u32>().read_unaligned()) << (8 * at);
            at += 4;
        }
        if count & 2 != 0 {
            bytes |= u128::from(from.add(at).cast::<u16>().read_unaligned()) << (8 * at);
            at += 2;
        }
        if count & 1 != 0 {
            bytes |= u128::from(*from.add(at)) << (8 * at);
        }
        vld1q_u8(bytes.to_le_bytes().as_ptr())
    }
}

/// Stores the first `count` of 16 bytes.
///
/// # Safety
///
/// `count` bytes, up to 16, are stored.
#[inline(always)]
pub(super) unsafe fn store(to: *mut u8, bytes: uint8x16_t, count: usize) {
    // SAFETY: the caller's promise; eight, four, two and one bytes as the bits of `count` say.
    unsafe {
        if count >= 16 {
            return vst1q_u8(to, bytes);
        }
        let (mut bytes, mut to) = (bytes, to);
        if count & 8 != 0 {
            vst1_u8(to, vget_low_u8(bytes));
            bytes = vextq_u8::<8>(bytes, bytes);
            to = to.add(8);
        }
        if count & 4 != 0 {
            vst1q_lane_u32::<0>(to.cast(), vreinterpretq_u32_u8(bytes));
            bytes = vextq_u8::<4>(bytes, bytes);
            to = to.add(4);
        }
        if count & 2 != 0 {
            vst1q_lane_u16::<0>(to.cast(), vreinterpretq_u16_u8(bytes));
            bytes = vextq_u8::<2>(bytes, bytes);
            to = to.add(2);
        }
        if count & 1 != 0 {
            vst1q_lane_u8::<0>(to, bytes);
        }
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
