//! Plain Rust for any CPU: the reference, and what runs where nothing faster does. Written so that the compiler vectorises it: 16-bit
//! numbers, multiplied and summed in 32 bits over slices whose length it knows to be a multiple of a vector's.
//!
//! Every number has its zero point taken off on its way into the scratch, where padding then is plain zeros and sums are those of the
//! model format. That 32 bits hold them was proved at load; yet all arithmetic wraps by name, since a check for overflow, as in builds
//! for tests, would keep the compiler from vectorising.

mod dense;
mod depthwise;

use super::{Destination, Geometry, Kernels, PackedConvolution, Pool};
use crate::network::{Addition, Convolution, Grouping, Requantization};
use dense::Dense;
use depthwise::Depthwise;

/// Channels that are summed and requantised together.
const BLOCK: usize = 16;
/// Channels that are averaged together.
const POOLED: usize = 64;

/// The scalar kernels.
pub(super) struct Scalar;

impl Kernels for Scalar {
    fn name(&self) -> &'static str {
        "scalar"
    }

    fn is_supported(&self) -> bool {
        true
    }

    fn pack(&self, convolution: &Convolution<'_>) -> Box<dyn PackedConvolution> {
        match convolution.shape.grouping {
            Grouping::Dense => Box::new(Dense::new(convolution)),
            Grouping::Depthwise => Box::new(Depthwise::new(convolution)),
        }
    }

    fn add(&self, addition: &Addition, a: &[u8], b: &[u8], output: &mut [u8]) {
        add(addition, a, b, output);
    }

    fn average_pool(&self, pool: &Pool, input: &[u8], output: &mut [u8]) {
        average_pool(pool, input, output);
    }
}

/// See [`Kernels::add`]. Inlined, so that each set compiles it for its own instructions.
#[inline(always)]
pub(super) fn add(addition: &Addition, a: &[u8], b: &[u8], output: &mut [u8]) {
    let [zero_a, zero_b] = addition.zero_points.map(i32::from);
    let [factor_a, factor_b] = addition.factors;
    for ((sum, &a), &b) in output.iter_mut().zip(a).zip(b) {
        let a = i32::from(a).wrapping_sub(zero_a) as f32 * factor_a;
        let b = i32::from(b).wrapping_sub(zero_b) as f32 * factor_b;
        *sum = addition.requantization.byte(a + b);
    }
}

/// See [`Kernels::average_pool`]. Inlined as [`add`] is.
#[inline(always)]
pub(super) fn average_pool(pool: &Pool, input: &[u8], output: &mut [u8]) {
    let channels = output.len();
    let (blocks, rest) = output.as_chunks_mut::<POOLED>();
    let start = blocks.len() * POOLED;
    for (block, means) in blocks.iter_mut().enumerate() {
        let mut sums = [0i32; POOLED];
        for pixel in input.chunks_exact(channels) {
            let values: &[u8; POOLED] = pixel[block * POOLED..]
                .first_chunk()
                .expect("a pixel has all blocks");
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum = sum.wrapping_add(i32::from(value).wrapping_sub(i32::from(pool.zero_point)));
            }
        }
        for (mean, sum) in means.iter_mut().zip(sums) {
            *mean = pool.requantization.byte(sum as f32 * pool.factor);
        }
    }
    for (channel, mean) in rest.iter_mut().enumerate() {
        let mut sum = 0i32;
        for pixel in input.chunks_exact(channels) {
            let value = i32::from(pixel[start + channel]);
            sum = sum.wrapping_add(value.wrapping_sub(i32::from(pool.zero_point)));
        }
        *mean = pool.requantization.byte(sum as f32 * pool.factor);
    }
}

/// What turns the accumulators of a block of channels into results.
struct Epilogue {
    /// One a channel, padded to whole blocks.
    multipliers: Vec<f32>,
    requantization: Option<Requantization>,
}

impl Epilogue {
    fn new(convolution: &Convolution<'_>) -> Self {
        Epilogue {
            multipliers: padded(&convolution.multipliers, convolution.shape.outputs),
            requantization: convolution.requantization,
        }
    }

    /// Runs `rows` with the way to store results that the convolution was made for.
    fn dispatch(
        &self,
        destination: Destination<'_>,
        convolution: &impl Accumulate,
        geometry: &Geometry,
        input: &[u8],
        scratch: &mut [i16],
    ) {
        match (destination, self.requantization) {
            (Destination::Bytes(output), Some(requantization)) => {
                convolution.accumulate(geometry, input, scratch, output, |value: f32| {
                    requantization.byte(value)
                });
            }
            (Destination::Reals(output), None) => {
                convolution.accumulate(geometry, input, scratch, output, |value: f32| value)
            }
            (Destination::Bytes(_), None) | (Destination::Reals(_), Some(_)) => {
                unreachable!("a convolution is packed for the destination that it is run with")
            }
        }
    }

    /// Stores as many results as `output` has room for, from channel `first` on, a multiple of [`BLOCK`]. Kept out of the loops over
    /// products, which the compiler vectorises only when they stand alone.
    #[inline(never)]
    fn store<T: Copy + Default>(
        &self,
        first: usize,
        sums: &[i32; BLOCK],
        output: &mut [T],
        finish: impl Fn(f32) -> T,
    ) {
        let multipliers = &self.multipliers[first..first + BLOCK];
        let mut block = [T::default(); BLOCK];
        for ((result, &sum), &multiplier) in block.iter_mut().zip(sums).zip(multipliers) {
            *result = finish(sum as f32 * multiplier);
        }
        match <&mut [T; BLOCK]>::try_from(&mut *output) {
            Ok(whole) => *whole = block,
            Err(_) => output.copy_from_slice(&block[..output.len()]),
        }
    }
}

/// The loops over a whole result, compiled once for bytes and once for real numbers.
trait Accumulate {
    fn accumulate<T: Copy + Default>(
        &self,
        geometry: &Geometry,
        input: &[u8],
        scratch: &mut [i16],
        output: &mut [T],
        finish: impl Fn(f32) -> T + Copy,
    );
}

/// Never more than 255 times 128.
#[inline(always)]
fn product(value: i16, weight: i16) -> i32 {
    i32::from(value).wrapping_mul(i32::from(weight))
}

/// Bytes to numbers around zero.
#[inline(always)]
fn convert(bytes: &[u8], zero_point: i16, numbers: &mut [i16]) {
    for (number, &byte) in numbers.iter_mut().zip(bytes) {
        *number = i16::from(byte).wrapping_sub(zero_point);
    }
}

/// A copy of one number a channel, with zeros up to a whole number of blocks.
fn padded<T: Copy + Default>(numbers: &[T], channels: usize) -> Vec<T> {
    let mut padded = numbers.to_vec();
    padded.resize(channels.next_multiple_of(BLOCK), T::default());
    padded
}
