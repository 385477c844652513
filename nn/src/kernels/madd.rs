//! x86-64 with AVX2 or SSE4.1: `pmaddwd` multiplies pairs of 16-bit numbers and adds the two products, exactly. (`pmaddubsw` would take
//! bytes and twice as many of them, but it saturates the sum of two products, which weights above 64 can reach.)

use std::arch::x86_64::*;

use super::set::kernel_set;
use super::vectors::{Columns, Finish, Vectors};

kernel_set! {
    /// The AVX2 kernels.
    Avx2, "avx2",
    features: "avx2",
    supported: is_x86_feature_detected!("avx2"),
    tile: Ymm, whole: Ymm, half: Xmm, quarter: Xmm,
    shapes: [4 x 1 2, 3 x 1 2 3, 2 x 1 2 3 5, 1 x 1 2 4 6 10]
}

kernel_set! {
    /// The SSE4.1 kernels.
    Sse41, "sse4.1",
    features: "sse4.1",
    supported: is_x86_feature_detected!("sse4.1"),
    tile: Xmm, whole: Xmm, half: Xmm, quarter: Xmm,
    shapes: [4 x 1 2, 3 x 1 2 3, 2 x 1 2 3 5, 1 x 1 2 4 6 10]
}

/// Defines [`Vectors`] and [`Columns`] for one length of vector.
macro_rules! vectors {
    (
        $(#[$doc:meta])*
        $vectors:ident, integers: $int:ty, lanes: $lanes:literal, channels: $channels:literal,
        load: $load:ident, load_reals: $load_reals:ident, store_reals: $store_reals:ident, broadcast: $broadcast:ident, zero: $zero:ident,
        multiply_add: $multiply_add:ident, add: $add:ident, to_reals: $to_reals:ident, multiply: $multiply:ident, round: $round:ident,
        pack32: $pack32:ident, pack16: $pack16:ident, add16: $add16:ident, flat16: $flat16:ident, flat: $flat:ident, most: $most:ident, least: $least:ident,
        low16: $low16:ident, high16: $high16:ident,
        widen: |$from:ident| $widen:expr, order: |$packed:ident| $order:expr, narrow: |$pair:ident| $narrow:expr,
        store: $store:ident
    ) => {
        $(#[$doc])*
        pub(super) struct $vectors;

        impl $vectors {
            #[inline(always)]
            unsafe fn rounded(sums: $int, multipliers: *const f32) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $round($multiply($to_reals(sums), $load_reals(multipliers))) }
            }

            /// Rounded sums as bytes, in the order that packing leaves.
            #[inline(always)]
            unsafe fn bytes(parts: [$int; 4], finish: &Finish) -> $int {
                // SAFETY: the caller's promise.
                unsafe {
                    let low = $pack32(parts[0], parts[1]);
                    let high = $pack32(parts[2], parts[3]);
                    if finish.is_plain {
                        return $pack16(low, high);
                    }
                    let zero_point = $flat16(finish.zero_point);
                    let bytes = $pack16($add16(low, zero_point), $add16(high, zero_point));
                    $least(
                        $most(bytes, $flat(finish.low as i8)),
                        $flat(finish.high as i8),
                    )
                }
            }
        }

        impl Vectors for $vectors {
            type Sums = $int;
            type Packed = $int;
            type Number = i16;
            type Weight = i16;
            const LANES: usize = $lanes;
            const GROUP: usize = 2;
            const OFFSET: u8 = 0;
            const UNROLLED: usize = 2;

            #[inline(always)]
            fn number(byte: u8) -> i16 {
                i16::from(byte)
            }

            #[inline(always)]
            unsafe fn sums(from: *const i32) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $load(from.cast()) }
            }

            #[inline(always)]
            unsafe fn weights(from: *const i16) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $load(from.cast()) }
            }

            #[inline(always)]
            unsafe fn broadcast(from: *const i16) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $broadcast(from.cast::<i32>().read_unaligned()) }
            }

            #[inline(always)]
            unsafe fn dot(sums: $int, numbers: $int, weights: $int) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $add(sums, $multiply_add(numbers, weights)) }
            }

            #[inline(always)]
            unsafe fn store_bytes<const WIDE: usize>(
                sums: [$int; WIDE],
                multipliers: *const f32,
                finish: &Finish,
                output: *mut u8,
                count: usize,
            ) {
                // SAFETY: the caller's promise.
                unsafe {
                    let mut parts = [$zero(); 4];
                    for (vector, sums) in sums.into_iter().enumerate() {
                        parts[vector] = Self::rounded(sums, multipliers.add(vector * $lanes));
                    }
                    let $packed = Self::bytes(parts, finish);
                    $store($order, output, count, WIDE * $lanes);
                }
            }

            #[inline(always)]
            unsafe fn store_reals(sums: $int, multipliers: *const f32, output: *mut f32, count: usize) {
                // SAFETY: the caller's promise; the buffer holds a vector.
                unsafe {
                    let reals = $multiply($to_reals(sums), $load_reals(multipliers));
                    if count >= $lanes {
                        $store_reals(output, reals);
                    } else {
                        let mut buffer = [0f32; $lanes];
                        $store_reals(buffer.as_mut_ptr(), reals);
                        output.copy_from_nonoverlapping(buffer.as_ptr(), count);
                    }
                }
            }
        }

        impl Columns for $vectors {
            /// Of both parts: above and here, then below alone.
            type Column = [[$int; 2]; 2];
            type Taps = [[$int; 2]; 2];
            type Block = [$int; 2];
            const PARTS: usize = 2;

            #[inline(always)]
            unsafe fn column<const PARTIAL: bool>(rows: [*const u8; 3], count: usize) -> [[$int; 2]; 2] {
                // SAFETY: the caller's promise; the buffer holds a block.
                unsafe {
                    let mut numbers = [$zero(); 3];
                    for (numbers, row) in numbers.iter_mut().zip(rows) {
                        let mut buffer = [0u8; $channels];
                        let $from = if PARTIAL {
                            copy_some(row, buffer.as_mut_ptr(), count);
                            buffer.as_ptr()
                        } else {
                            row
                        };
                        *numbers = $widen;
                    }
                    let [above, here, below] = numbers;
                    [
                        [$low16(above, here), $low16(below, $zero())],
                        [$high16(above, here), $high16(below, $zero())],
                    ]
                }
            }

            #[inline(always)]
            unsafe fn flat_column(byte: u8) -> [[$int; 2]; 2] {
                // SAFETY: the caller's promise.
                unsafe {
                    let numbers = $flat16(i16::from(byte));
                    [[numbers, $low16(numbers, $zero())]; 2]
                }
            }

            #[inline(always)]
            unsafe fn taps(from: *const i16) -> [[$int; 2]; 2] {
                // SAFETY: the caller's promise.
                unsafe {
                    [
                        [$load(from.cast()), $load(from.add(2 * $lanes).cast())],
                        [$load(from.add(4 * $lanes).cast()), $load(from.add(6 * $lanes).cast())],
                    ]
                }
            }

            #[inline(always)]
            unsafe fn block(from: *const i32) -> [$int; 2] {
                // SAFETY: the caller's promise.
                unsafe { [$load(from.cast()), $load(from.add($lanes).cast())] }
            }

            #[inline(always)]
            unsafe fn accumulate(
                block: [$int; 2],
                column: [[$int; 2]; 2],
                taps: [[$int; 2]; 2],
            ) -> [$int; 2] {
                let mut block = block;
                for (part, sums) in block.iter_mut().enumerate() {
                    for term in 0..2 {
                        // SAFETY: the caller's promise.
                        *sums = unsafe { Self::dot(*sums, column[part][term], taps[part][term]) };
                    }
                }
                block
            }

            #[inline(always)]
            unsafe fn store_block<const PARTIAL: bool>(
                block: [$int; 2],
                multipliers: *const f32,
                finish: &Finish,
                output: *mut u8,
                count: usize,
            ) {
                // SAFETY: the caller's promise.
                unsafe {
                    let low = Self::rounded(block[0], multipliers);
                    let high = Self::rounded(block[1], multipliers.add($lanes));
                    let $pair = Self::bytes([low, high, low, high], finish);
                    let bytes = $narrow;
                    store_16(bytes, output, if PARTIAL { count } else { $channels }, $channels);
                }
            }
        }
    };
}

vectors! {
    /// 256 bits.
    Ymm, integers: __m256i, lanes: 8, channels: 16,
    load: _mm256_loadu_si256, load_reals: _mm256_loadu_ps, store_reals: _mm256_storeu_ps, broadcast: _mm256_set1_epi32, zero: _mm256_setzero_si256,
    multiply_add: _mm256_madd_epi16, add: _mm256_add_epi32, to_reals: _mm256_cvtepi32_ps, multiply: _mm256_mul_ps, round: _mm256_cvtps_epi32,
    pack32: _mm256_packs_epi32, pack16: _mm256_packus_epi16, add16: _mm256_adds_epi16, flat16: _mm256_set1_epi16, flat: _mm256_set1_epi8, most: _mm256_max_epu8, least: _mm256_min_epu8,
    low16: _mm256_unpacklo_epi16, high16: _mm256_unpackhi_epi16,
    widen: |from| _mm256_cvtepu8_epi16(_mm_loadu_si128(from.cast())),
    order: |bytes| _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)),
    narrow: |bytes| _mm256_castsi256_si128(_mm256_permute4x64_epi64::<0b1000>(bytes)),
    store: store_32
}

vectors! {
    /// 128 bits.
    Xmm, integers: __m128i, lanes: 4, channels: 8,
    load: _mm_loadu_si128, load_reals: _mm_loadu_ps, store_reals: _mm_storeu_ps, broadcast: _mm_set1_epi32, zero: _mm_setzero_si128,
    multiply_add: _mm_madd_epi16, add: _mm_add_epi32, to_reals: _mm_cvtepi32_ps, multiply: _mm_mul_ps, round: _mm_cvtps_epi32,
    pack32: _mm_packs_epi32, pack16: _mm_packus_epi16, add16: _mm_adds_epi16, flat16: _mm_set1_epi16, flat: _mm_set1_epi8, most: _mm_max_epu8, least: _mm_min_epu8,
    low16: _mm_unpacklo_epi16, high16: _mm_unpackhi_epi16,
    widen: |from| _mm_cvtepu8_epi16(_mm_loadl_epi64(from.cast())),
    order: |bytes| bytes,
    narrow: |bytes| bytes,
    store: store_16
}

/// Copies fewer than 16 bytes, without the call that a copy of unknown length is.
///
/// # Safety
///
/// `from` and `to` have so many.
#[inline(always)]
unsafe fn copy_some(mut from: *const u8, mut to: *mut u8, count: usize) {
    // SAFETY: the steps add up to `count`.
    unsafe {
        if count & 8 != 0 {
            to.cast::<[u8; 8]>().write(from.cast::<[u8; 8]>().read());
            (from, to) = (from.add(8), to.add(8));
        }
        for _ in 0..count % 8 {
            to.write(from.read());
            (from, to) = (from.add(1), to.add(1));
        }
    }
}

/// Loads fewer than 32 bytes and zeros behind them. Whole halves and quarters go straight to registers: a load of what has just been
/// stored in pieces waits for all of them.
///
/// # Safety
///
/// `from` has so many, and the CPU has AVX2.
#[inline(always)]
pub(super) unsafe fn load_some_of_32(from: *const u8, count: usize) -> __m256i {
    // SAFETY: the caller's promise.
    unsafe {
        let (low, high) = if count >= 16 {
            (
                _mm_loadu_si128(from.cast()),
                load_some_of_16(from.add(16), count - 16),
            )
        } else {
            (load_some_of_16(from, count), _mm_setzero_si128())
        };
        _mm256_set_m128i(high, low)
    }
}

/// Loads fewer than 16 bytes and zeros behind them.
///
/// # Safety
///
/// `from` has so many, and the CPU has SSE2.
#[inline(always)]
unsafe fn load_some_of_16(from: *const u8, count: usize) -> __m128i {
    // SAFETY: the caller's promise; the buffer holds 16 bytes.
    unsafe {
        match count {
            0 => _mm_setzero_si128(),
            8 => _mm_loadl_epi64(from.cast()),
            _ => {
                let mut buffer = [0u8; 16];
                copy_some(from, buffer.as_mut_ptr(), count);
                _mm_loadu_si128(buffer.as_ptr().cast())
            }
        }
    }
}

/// Stores the first `count` of 32 bytes, `whole` of them as a rule.
///
/// # Safety
///
/// There is room for them, and the CPU has AVX2.
#[inline(always)]
pub(super) unsafe fn store_32(bytes: __m256i, output: *mut u8, count: usize, whole: usize) {
    // SAFETY: the caller's promise; the buffer holds 32 bytes.
    unsafe {
        let low = _mm256_castsi256_si128(bytes);
        match whole {
            _ if count != whole => {
                let mut buffer = [0u8; 32];
                _mm256_storeu_si256(buffer.as_mut_ptr().cast(), bytes);
                copy_part(&buffer, output, count);
            }
            32 => _mm256_storeu_si256(output.cast(), bytes),
            24 => {
                _mm_storeu_si128(output.cast(), low);
                _mm_storel_epi64(output.add(16).cast(), _mm256_extracti128_si256::<1>(bytes));
            }
            _ => store_16(low, output, count, whole),
        }
    }
}

/// Stores the first `count` of 16 bytes, `whole` of them as a rule.
///
/// # Safety
///
/// There is room for them, and the CPU has SSE4.1.
#[inline(always)]
pub(super) unsafe fn store_16(bytes: __m128i, output: *mut u8, count: usize, whole: usize) {
    // SAFETY: the caller's promise; the buffer holds 16 bytes.
    unsafe {
        match whole {
            16 if count == 16 => _mm_storeu_si128(output.cast(), bytes),
            8 if count == 8 => _mm_storel_epi64(output.cast(), bytes),
            12 if count == 12 => {
                _mm_storel_epi64(output.cast(), bytes);
                _mm_storeu_si32(output.add(8), _mm_srli_si128::<8>(bytes));
            }
            4 if count == 4 => _mm_storeu_si32(output, bytes),
            _ => {
                let mut buffer = [0u8; 32];
                _mm_storeu_si128(buffer.as_mut_ptr().cast(), bytes);
                copy_part(&buffer, output, count);
            }
        }
    }
}

/// Copies the first `count` of 32 bytes. Not inlined: every tile stores in as many places as it has rows.
///
/// # Safety
///
/// There is room for them.
#[inline(never)]
unsafe fn copy_part(buffer: &[u8; 32], output: *mut u8, count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut done = 0;
        while done + 8 <= count {
            let eight = buffer.as_ptr().add(done).cast::<[u8; 8]>().read();
            output.add(done).cast::<[u8; 8]>().write(eight);
            done += 8;
        }
        while done < count {
            output.add(done).write(buffer[done]);
            done += 1;
        }
    }
}
