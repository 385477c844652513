//! ARM64: the way from sums to bytes, and loads and stores of part of a register.

use std::arch::aarch64::*;

use super::vectors::Finish;

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

/// Sixteen sums, multiplied by as many multipliers and rounded half to even, as bytes; `PLAIN` where [`Finish::is_plain`] says so.
///
/// # Safety
///
/// 16 multipliers are loaded.
#[inline(always)]
pub(super) unsafe fn bytes<const PLAIN: bool>(
    sums: [int32x4_t; 4],
    multipliers: [float32x4_t; 4],
    finish: &Finish,
) -> uint8x16_t {
    // SAFETY: the caller's promise.
    unsafe {
        let rounded: [int32x4_t; 4] = std::array::from_fn(|part| {
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
pub(super) unsafe fn load(from: *const u8, count: usize) -> uint8x16_t {
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
