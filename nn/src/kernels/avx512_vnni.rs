//! x86-64 with AVX-512 VNNI: `vpdpbusd` adds four products of unsigned and signed bytes to each of 16 sums.

use std::arch::x86_64::*;

use super::madd::{store_16, store_32};
use super::set::kernel_set;
use super::vectors::{Columns, Finish, Vectors};

kernel_set! {
    /// The AVX-512 VNNI kernels.
    Avx512Vnni, "avx512_vnni",
    features: "avx512f,avx512bw,avx512vl,avx512vnni",
    supported: is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni"),
    tile: Zmm, whole: Zmm, half: Ymm, quarter: Xmm,
    shapes: [
        4 x 1 2 3 4 6,
        3 x 1 2 3 4 6 9,
        2 x 1 2 4 6 12,
        1 x 1 2 4 6 12,
    ]
}

/// The first `count` of 64 bytes.
#[inline(always)]
fn mask(count: usize) -> u64 {
    if count >= 64 { !0 } else { (1 << count) - 1 }
}

/// Defines [`Vectors`] and [`Columns`] for one length of vector.
macro_rules! vectors {
    (
        $(#[$doc:meta])*
        $vectors:ident, integers: $int:ty, lanes: $lanes:literal, mask: $mask:ty,
        load: $load:ident, load_reals: $load_reals:ident, load_masked: $load_masked:ident, store: $store:ident, store_masked: $store_masked:ident, store_some: $store_some:ident,
        store_reals_masked: $store_reals_masked:ident, broadcast: $broadcast:ident, flat: $flat:ident, flat16: $flat16:ident, zero: $zero:ident, dot: $dot:ident,
        to_reals: $to_reals:ident, multiply: $multiply:ident, round: $round:ident,
        pack32: $pack32:ident, pack16: $pack16:ident, add16: $add16:ident, most: $most:ident, least: $least:ident,
        low8: $low8:ident, high8: $high8:ident, low16: $low16:ident, high16: $high16:ident,
        order: |$packed:ident| $order:expr
        $(, whole $whole_wide:literal: |$stored:ident| $store_whole:expr)*
    ) => {
        $(#[$doc])*
        pub(super) struct $vectors;

        impl $vectors {
            #[inline(always)]
            unsafe fn rounded(sums: $int, multipliers: *const f32) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $round($multiply($to_reals(sums), $load_reals(multipliers))) }
            }

            /// Four vectors of rounded sums as bytes, in the order of [`Columns`].
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
                    $least($most(bytes, $flat(finish.low as i8)), $flat(finish.high as i8))
                }
            }
        }

        impl Vectors for $vectors {
            type Sums = $int;
            type Packed = $int;
            type Number = u8;
            type Weight = i8;
            const LANES: usize = $lanes;
            const GROUP: usize = 4;
            const OFFSET: u8 = 0;

            #[inline(always)]
            fn number(byte: u8) -> u8 {
                byte
            }

            #[inline(always)]
            unsafe fn sums(from: *const i32) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $load(from.cast()) }
            }

            #[inline(always)]
            unsafe fn weights(from: *const i8) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $load(from.cast()) }
            }

            #[inline(always)]
            unsafe fn broadcast(from: *const u8) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $broadcast(from.cast::<i32>().read_unaligned()) }
            }

            #[inline(always)]
            unsafe fn dot(sums: $int, numbers: $int, weights: $int) -> $int {
                // SAFETY: the caller's promise.
                unsafe { $dot(sums, numbers, weights) }
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
                    for vector in 0..WIDE {
                        parts[vector] = Self::rounded(sums[vector], multipliers.add(vector * $lanes));
                    }
                    let $packed = Self::bytes(parts, finish);
                    let bytes = $order;
                    // Whole vectors without a mask: masked stores are slow on some CPUs.
                    $(
                        if WIDE == $whole_wide && count == $whole_wide * $lanes {
                            let $stored = (output, bytes);
                            $store_whole;
                            return;
                        }
                    )*
                    $store_masked(output.cast(), mask(count) as $mask, bytes);
                }
            }

            #[inline(always)]
            unsafe fn store_reals(sums: $int, multipliers: *const f32, output: *mut f32, count: usize) {
                // SAFETY: the caller's promise.
                unsafe {
                    let reals = $multiply($to_reals(sums), $load_reals(multipliers));
                    $store_reals_masked(output, mask(count) as _, reals);
                }
            }
        }

        impl Columns for $vectors {
            type Column = [$int; 4];
            type Taps = [$int; 4];
            type Block = [$int; 4];
            const PARTS: usize = 4;

            #[inline(always)]
            unsafe fn column<const PARTIAL: bool>(rows: [*const u8; 3], count: usize) -> [$int; 4] {
                // SAFETY: the caller's promise.
                unsafe {
                    let mut bytes = [$zero(); 3];
                    for row in 0..3 {
                        bytes[row] = if PARTIAL {
                            $load_masked(mask(count) as $mask, rows[row].cast())
                        } else {
                            $load(rows[row].cast())
                        };
                    }
                    interleave!(bytes, $zero, $low8, $high8, $low16, $high16)
                }
            }

            #[inline(always)]
            unsafe fn flat_column(byte: u8) -> [$int; 4] {
                // SAFETY: the caller's promise.
                unsafe { interleave!([$flat(byte as i8); 3], $zero, $low8, $high8, $low16, $high16) }
            }

            #[inline(always)]
            unsafe fn taps(from: *const i8) -> [$int; 4] {
                // SAFETY: the caller's promise.
                unsafe { Self::block(from.cast()) }
            }

            #[inline(always)]
            unsafe fn block(from: *const i32) -> [$int; 4] {
                // SAFETY: the caller's promise.
                unsafe {
                    [
                        $load(from.cast()),
                        $load(from.add($lanes).cast()),
                        $load(from.add(2 * $lanes).cast()),
                        $load(from.add(3 * $lanes).cast()),
                    ]
                }
            }

            #[inline(always)]
            unsafe fn accumulate(block: [$int; 4], column: [$int; 4], taps: [$int; 4]) -> [$int; 4] {
                let mut block = block;
                for part in 0..4 {
                    // SAFETY: the caller's promise.
                    block[part] = unsafe { $dot(block[part], column[part], taps[part]) };
                }
                block
            }

            #[inline(always)]
            unsafe fn store_block<const PARTIAL: bool>(
                block: [$int; 4],
                multipliers: *const f32,
                finish: &Finish,
                output: *mut u8,
                count: usize,
            ) {
                // SAFETY: the caller's promise.
                unsafe {
                    let mut parts = block;
                    for part in 0..4 {
                        parts[part] = Self::rounded(parts[part], multipliers.add(part * $lanes));
                    }
                    let bytes = Self::bytes(parts, finish);
                    if PARTIAL {
                        $store_some(bytes, output, count);
                    } else {
                        $store(output.cast(), bytes);
                    }
                }
            }
        }
    };
}

/// Stores the first `count` of 64 bytes.
///
/// # Safety
///
/// There is room for them, and the CPU has AVX-512.
#[inline(always)]
unsafe fn store_masked_512(bytes: __m512i, output: *mut u8, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { _mm512_mask_storeu_epi8(output.cast(), mask(count), bytes) }
}

/// Stores the first `count` of 32 bytes.
///
/// # Safety
///
/// There is room for them, and the CPU has AVX-512.
#[inline(always)]
unsafe fn store_part_256(bytes: __m256i, output: *mut u8, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { store_32(bytes, output, count, 24) }
}

/// Stores the first `count` of 16 bytes.
///
/// # Safety
///
/// There is room for them, and the CPU has AVX-512.
#[inline(always)]
unsafe fn store_part_128(bytes: __m128i, output: *mut u8, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { store_16(bytes, output, count, 8) }
}

/// Three rows of bytes to groups of four: one of each row and a zero.
macro_rules! interleave {
    ($rows:expr, $zero:ident, $low8:ident, $high8:ident, $low16:ident, $high16:ident) => {{
        let rows = $rows;
        let (upper_low, upper_high) = ($low8(rows[0], rows[1]), $high8(rows[0], rows[1]));
        let (lower_low, lower_high) = ($low8(rows[2], $zero()), $high8(rows[2], $zero()));
        [
            $low16(upper_low, lower_low),
            $high16(upper_low, lower_low),
            $low16(upper_high, lower_high),
            $high16(upper_high, lower_high),
        ]
    }};
}

vectors! {
    /// 512 bits.
    Zmm, integers: __m512i, lanes: 16, mask: u64,
    load: _mm512_loadu_si512, load_reals: _mm512_loadu_ps, load_masked: _mm512_maskz_loadu_epi8, store: _mm512_storeu_si512,
    store_masked: _mm512_mask_storeu_epi8, store_some: store_masked_512, store_reals_masked: _mm512_mask_storeu_ps, broadcast: _mm512_set1_epi32, flat: _mm512_set1_epi8,
    flat16: _mm512_set1_epi16, zero: _mm512_setzero_si512, dot: _mm512_dpbusd_epi32,
    to_reals: _mm512_cvtepi32_ps, multiply: _mm512_mul_ps, round: _mm512_cvtps_epi32,
    pack32: _mm512_packs_epi32, pack16: _mm512_packus_epi16, add16: _mm512_adds_epi16, most: _mm512_max_epu8, least: _mm512_min_epu8,
    low8: _mm512_unpacklo_epi8, high8: _mm512_unpackhi_epi8, low16: _mm512_unpacklo_epi16, high16: _mm512_unpackhi_epi16,
    order: |bytes| _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), bytes),
    whole 4: |to| _mm512_storeu_si512(to.0.cast(), to.1),
    whole 3: |to| {
        _mm256_storeu_si256(to.0.cast(), _mm512_castsi512_si256(to.1));
        _mm_storeu_si128(to.0.add(32).cast(), _mm512_extracti32x4_epi32::<2>(to.1));
    },
    whole 2: |to| _mm256_storeu_si256(to.0.cast(), _mm512_castsi512_si256(to.1)),
    whole 1: |to| _mm_storeu_si128(to.0.cast(), _mm512_castsi512_si128(to.1))
}

vectors! {
    /// 256 bits, for the channels that don't fill 512.
    Ymm, integers: __m256i, lanes: 8, mask: u32,
    load: _mm256_loadu_si256, load_reals: _mm256_loadu_ps, load_masked: _mm256_maskz_loadu_epi8, store: _mm256_storeu_si256,
    store_masked: _mm256_mask_storeu_epi8, store_some: store_part_256, store_reals_masked: _mm256_mask_storeu_ps, broadcast: _mm256_set1_epi32, flat: _mm256_set1_epi8,
    flat16: _mm256_set1_epi16, zero: _mm256_setzero_si256, dot: _mm256_dpbusd_epi32,
    to_reals: _mm256_cvtepi32_ps, multiply: _mm256_mul_ps, round: _mm256_cvtps_epi32,
    pack32: _mm256_packs_epi32, pack16: _mm256_packus_epi16, add16: _mm256_adds_epi16, most: _mm256_max_epu8, least: _mm256_min_epu8,
    low8: _mm256_unpacklo_epi8, high8: _mm256_unpackhi_epi8, low16: _mm256_unpacklo_epi16, high16: _mm256_unpackhi_epi16,
    order: |bytes| _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))
}

vectors! {
    /// 128 bits, for the channels that don't fill 256.
    Xmm, integers: __m128i, lanes: 4, mask: u16,
    load: _mm_loadu_si128, load_reals: _mm_loadu_ps, load_masked: _mm_maskz_loadu_epi8, store: _mm_storeu_si128,
    store_masked: _mm_mask_storeu_epi8, store_some: store_part_128, store_reals_masked: _mm_mask_storeu_ps, broadcast: _mm_set1_epi32, flat: _mm_set1_epi8,
    flat16: _mm_set1_epi16, zero: _mm_setzero_si128, dot: _mm_dpbusd_epi32,
    to_reals: _mm_cvtepi32_ps, multiply: _mm_mul_ps, round: _mm_cvtps_epi32,
    pack32: _mm_packs_epi32, pack16: _mm_packus_epi16, add16: _mm_adds_epi16, most: _mm_max_epu8, least: _mm_min_epu8,
    low8: _mm_unpacklo_epi8, high8: _mm_unpackhi_epi8, low16: _mm_unpacklo_epi16, high16: _mm_unpackhi_epi16,
    order: |bytes| bytes
}
