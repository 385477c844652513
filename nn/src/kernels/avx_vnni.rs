//! x86-64 with VNNI at 256 bits: `vpdpbusd` adds four products of unsigned and signed bytes to each of eight sums. The instruction has two
//! encodings: CPUs without AVX-512 have the one of AVX-VNNI. The other needs AVX-512VL; the set that uses it is never the fastest where it
//! runs, and stands here so that these loops can be tested on more CPUs.

use std::arch::x86_64::*;
use std::marker::PhantomData;

use super::madd::{load_some_of_32, store_32};
use super::set::kernel_set;
use super::vectors::{Columns, Finish, Vectors};

kernel_set! {
    /// The AVX-VNNI kernels.
    AvxVnni, "avx_vnni",
    features: "avx2,avxvnni",
    supported: is_x86_feature_detected!("avx2") && is_x86_feature_detected!("avxvnni"),
    tile: Ymm<Vex>, whole: Ymm<Vex>, half: Ymm<Vex>, quarter: Ymm<Vex>,
    shapes: [4 x 1 2, 3 x 1 2 3 4, 2 x 1 2 3 4 6, 1 x 1 2 4 6 12]
}

kernel_set! {
    /// The AVX-VNNI kernels in the encoding of AVX-512.
    Avx512Vnni256, "avx512_vnni_256",
    features: "avx2,avx512f,avx512vl,avx512vnni",
    supported: is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni"),
    tile: Ymm<Evex>, whole: Ymm<Evex>, half: Ymm<Evex>, quarter: Ymm<Evex>,
    shapes: [4 x 1 2, 3 x 1 2 3 4, 2 x 1 2 3 4 6, 1 x 1 2 4 6 12]
}

/// An encoding of the instruction.
///
/// # Safety
///
/// As for [`Vectors`].
pub(super) trait Encoding: Send + Sync + 'static {
    unsafe fn dot(sums: __m256i, numbers: __m256i, weights: __m256i) -> __m256i;
}

/// That of AVX-VNNI.
pub(super) struct Vex;

impl Encoding for Vex {
    #[inline(always)]
    unsafe fn dot(sums: __m256i, numbers: __m256i, weights: __m256i) -> __m256i {
        // SAFETY: the caller's promise.
        unsafe { _mm256_dpbusd_avx_epi32(sums, numbers, weights) }
    }
}

/// That of AVX-512 VNNI.
pub(super) struct Evex;

impl Encoding for Evex {
    #[inline(always)]
    unsafe fn dot(sums: __m256i, numbers: __m256i, weights: __m256i) -> __m256i {
        // SAFETY: the caller's promise.
        unsafe { _mm256_dpbusd_epi32(sums, numbers, weights) }
    }
}

/// 256 bits.
pub(super) struct Ymm<E>(PhantomData<E>);

const LANES: usize = 8;
const CHANNELS: usize = 32;

impl<E: Encoding> Ymm<E> {
    #[inline(always)]
    unsafe fn rounded(sums: __m256i, multipliers: *const f32) -> __m256i {
        // SAFETY: the caller's promise.
        unsafe {
            let reals = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(multipliers));
            _mm256_cvtps_epi32(reals)
        }
    }

    /// Four vectors of rounded sums as bytes, in the order of [`Columns`].
    #[inline(always)]
    unsafe fn bytes(parts: [__m256i; 4], finish: &Finish) -> __m256i {
        // SAFETY: the caller's promise.
        unsafe {
            let low = _mm256_packs_epi32(parts[0], parts[1]);
            let high = _mm256_packs_epi32(parts[2], parts[3]);
            if finish.is_plain {
                return _mm256_packus_epi16(low, high);
            }
            let zero_point = _mm256_set1_epi16(finish.zero_point);
            let bytes = _mm256_packus_epi16(
                _mm256_adds_epi16(low, zero_point),
                _mm256_adds_epi16(high, zero_point),
            );
            let bytes = _mm256_max_epu8(bytes, _mm256_set1_epi8(finish.low as i8));
            _mm256_min_epu8(bytes, _mm256_set1_epi8(finish.high as i8))
        }
    }

    /// Three rows of bytes to groups of four: one of each row and a zero.
    #[inline(always)]
    unsafe fn interleaved([above, here, below]: [__m256i; 3]) -> [__m256i; 4] {
        // SAFETY: the caller's promise.
        unsafe {
            let zero = _mm256_setzero_si256();
            let upper_low = _mm256_unpacklo_epi8(above, here);
            let upper_high = _mm256_unpackhi_epi8(above, here);
            let lower_low = _mm256_unpacklo_epi8(below, zero);
            let lower_high = _mm256_unpackhi_epi8(below, zero);
            [
                _mm256_unpacklo_epi16(upper_low, lower_low),
                _mm256_unpackhi_epi16(upper_low, lower_low),
                _mm256_unpacklo_epi16(upper_high, lower_high),
                _mm256_unpackhi_epi16(upper_high, lower_high),
            ]
        }
    }
}

impl<E: Encoding> Vectors for Ymm<E> {
    type Sums = __m256i;
    type Packed = __m256i;
    type Number = u8;
    type Weight = i8;
    const LANES: usize = LANES;
    const GROUP: usize = 4;
    const OFFSET: u8 = 0;

    #[inline(always)]
    fn number(byte: u8) -> u8 {
        byte
    }

    #[inline(always)]
    unsafe fn sums(from: *const i32) -> __m256i {
        // SAFETY: the caller's promise.
        unsafe { _mm256_loadu_si256(from.cast()) }
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8) -> __m256i {
        // SAFETY: the caller's promise.
        unsafe { _mm256_loadu_si256(from.cast()) }
    }

    #[inline(always)]
    unsafe fn broadcast(from: *const u8) -> __m256i {
        // SAFETY: the caller's promise.
        unsafe { _mm256_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }

    #[inline(always)]
    unsafe fn dot(sums: __m256i, numbers: __m256i, weights: __m256i) -> __m256i {
        // SAFETY: the caller's promise.
        unsafe { E::dot(sums, numbers, weights) }
    }

    #[inline(always)]
    unsafe fn store_bytes<const WIDE: usize>(
        sums: [__m256i; WIDE],
        multipliers: *const f32,
        finish: &Finish,
        output: *mut u8,
        count: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut parts = [_mm256_setzero_si256(); 4];
            for (vector, sums) in sums.into_iter().enumerate() {
                parts[vector] = Self::rounded(sums, multipliers.add(vector * LANES));
            }
            let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
            let bytes = _mm256_permutevar8x32_epi32(Self::bytes(parts, finish), order);
            store_32(bytes, output, count, WIDE * LANES);
        }
    }

    #[inline(always)]
    unsafe fn store_reals(sums: __m256i, multipliers: *const f32, output: *mut f32, count: usize) {
        // SAFETY: the caller's promise; the buffer holds a vector.
        unsafe {
            let reals = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(multipliers));
            let mut buffer = [0f32; LANES];
            _mm256_storeu_ps(buffer.as_mut_ptr(), reals);
            output.copy_from_nonoverlapping(buffer.as_ptr(), count.min(LANES));
        }
    }
}

impl<E: Encoding> Columns for Ymm<E> {
    type Column = [__m256i; 4];
    type Taps = [__m256i; 4];
    type Block = [__m256i; 4];
    const PARTS: usize = 4;

    #[inline(always)]
    unsafe fn column<const PARTIAL: bool>(rows: [*const u8; 3], count: usize) -> [__m256i; 4] {
        // SAFETY: the caller's promise.
        unsafe {
            let mut bytes = [_mm256_setzero_si256(); 3];
            for (bytes, row) in bytes.iter_mut().zip(rows) {
                *bytes = if PARTIAL {
                    load_some_of_32(row, count)
                } else {
                    _mm256_loadu_si256(row.cast())
                };
            }
            Self::interleaved(bytes)
        }
    }

    #[inline(always)]
    unsafe fn flat_column(byte: u8) -> [__m256i; 4] {
        // SAFETY: the caller's promise.
        unsafe { Self::interleaved([_mm256_set1_epi8(byte as i8); 3]) }
    }

    #[inline(always)]
    unsafe fn taps(from: *const i8) -> [__m256i; 4] {
        // SAFETY: the caller's promise.
        unsafe { Self::block(from.cast()) }
    }

    #[inline(always)]
    unsafe fn block(from: *const i32) -> [__m256i; 4] {
        // SAFETY: the caller's promise.
        unsafe {
            [
                _mm256_loadu_si256(from.cast()),
                _mm256_loadu_si256(from.add(LANES).cast()),
                _mm256_loadu_si256(from.add(2 * LANES).cast()),
                _mm256_loadu_si256(from.add(3 * LANES).cast()),
            ]
        }
    }

    #[inline(always)]
    unsafe fn accumulate(
        block: [__m256i; 4],
        column: [__m256i; 4],
        taps: [__m256i; 4],
    ) -> [__m256i; 4] {
        let mut block = block;
        for (part, sums) in block.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *sums = unsafe { E::dot(*sums, column[part], taps[part]) };
        }
        block
    }

    #[inline(always)]
    unsafe fn store_block<const PARTIAL: bool>(
        block: [__m256i; 4],
        multipliers: *const f32,
        finish: &Finish,
        output: *mut u8,
        count: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut parts = block;
            for (part, sums) in parts.iter_mut().enumerate() {
                *sums = Self::rounded(*sums, multipliers.add(part * LANES));
            }
            let bytes = Self::bytes(parts, finish);
            match count {
                _ if !PARTIAL => store_32(bytes, output, CHANNELS, CHANNELS),
                8 => store_32(bytes, output, count, 8),
                16 => store_32(bytes, output, count, 16),
                _ => store_32(bytes, output, count, 24),
            }
        }
    }
}
