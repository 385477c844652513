//! Turns a CPU's instructions into a set of kernels: [`kernel_set`] compiles the inner loops for them, [`VectorKernels`] offers those to
//! the engine. What falls outside their range goes to the scalar kernels.

use std::marker::PhantomData;

use super::dense::Dense;
use super::depthwise::Depthwise;
use super::vectors::Set;
use super::{Kernels, PackedConvolution, Pool, scalar};
use crate::network::{Addition, Convolution, Grouping};

/// Defines a [`Set`]: `$set` with inner loops compiled for `$features`.
macro_rules! kernel_set {
    (
        $(#[$doc:meta])*
        $set:ident, $name:literal, features: $features:literal, supported: $supported:expr,
        tile: $tile:ty, whole: $whole:ty, half: $half:ty, quarter: $quarter:ty,
        shapes: [$($wide:literal x $($rows:literal)*),* $(,)?]
    ) => {
        $(#[$doc])*
        pub(super) struct $set;

        impl super::vectors::Set for $set {
            type Tile = $tile;
            type Whole = $whole;
            type Half = $half;
            type Quarter = $quarter;

            const NAME: &'static str = $name;
            const SHAPES: &'static [(usize, &'static [usize])] = &[$(($wide, &[$($rows),*])),*];

            fn is_supported() -> bool {
                $supported
            }

            unsafe fn tile(wide: usize, rows: usize, tile: &super::vectors::Tile<$tile>) {
                #[target_feature(enable = $features)]
                unsafe fn tile_of<const ROWS: usize, const WIDE: usize>(tile: &super::vectors::Tile<$tile>) {
                    // SAFETY: the caller's promise.
                    unsafe { <$tile as super::vectors::Vectors>::tile::<ROWS, WIDE>(tile) }
                }
                // SAFETY: the caller's promise.
                unsafe {
                    match (wide, rows) {
                        $($(($wide, $rows) => tile_of::<$rows, $wide>(tile),)*)*
                        _ => unreachable!("no tile of {wide} vectors and {rows} pixels"),
                    }
                }
            }

            unsafe fn real_tile(rows: usize, tile: &super::vectors::Tile<$tile>) {
                #[target_feature(enable = $features)]
                unsafe fn tile_of<const ROWS: usize>(tile: &super::vectors::Tile<$tile>) {
                    // SAFETY: the caller's promise.
                    unsafe { super::vectors::real_tile::<$tile, ROWS>(tile) }
                }
                // SAFETY: the caller's promise.
                unsafe {
                    match rows {
                        1 => tile_of::<1>(tile),
                        4 => tile_of::<4>(tile),
                        _ => unreachable!("no tile of {rows} pixels of real numbers"),
                    }
                }
            }

            unsafe fn band(
                width: super::vectors::Width,
                band: &super::band::Band<<$tile as super::vectors::Vectors>::Weight>,
            ) {
                use super::band::Band;
                use super::vectors::{Columns, Width};
                #[target_feature(enable = $features)]
                unsafe fn band_of<C: Columns, const STRIDE: usize, const PARTIAL: bool>(band: &Band<C::Weight>) {
                    // SAFETY: the caller's promise.
                    unsafe { C::band::<STRIDE, PARTIAL>(band) }
                }
                unsafe fn block_of<C: Columns>(band: &Band<C::Weight>) {
                    // SAFETY: the caller's promise.
                    unsafe {
                        match (band.stride, band.count < C::CHANNELS) {
                            (1, false) => band_of::<C, 1, false>(band),
                            (1, true) => band_of::<C, 1, true>(band),
                            (_, false) => band_of::<C, 2, false>(band),
                            (_, true) => band_of::<C, 2, true>(band),
                        }
                    }
                }
                // SAFETY: the caller's promise.
                unsafe {
                    match width {
                        Width::Whole => block_of::<$whole>(band),
                        Width::Half => block_of::<$half>(band),
                        Width::Quarter => block_of::<$quarter>(band),
                    }
                }
            }

            #[target_feature(enable = $features)]
            unsafe fn numbers(bytes: &[u8], numbers: &mut [<$tile as super::vectors::Vectors>::Number]) {
                for (number, &byte) in numbers.iter_mut().zip(bytes) {
                    *number = <$tile as super::vectors::Vectors>::number(byte);
                }
            }

            #[target_feature(enable = $features)]
            unsafe fn add(addition: &crate::network::Addition, a: &[u8], b: &[u8], output: &mut [u8]) {
                super::scalar::add(addition, a, b, output);
            }

            #[target_feature(enable = $features)]
            unsafe fn average_pool(pool: &super::Pool, input: &[u8], output: &mut [u8]) {
                super::scalar::average_pool(pool, input, output);
            }

            #[target_feature(enable = $features)]
            unsafe fn peak(rounds: usize) -> u64 {
                // SAFETY: the caller's promise.
                unsafe { super::vectors::peak::<$tile>(rounds) }
            }
        }
    };
}
pub(super) use kernel_set;

/// A set's kernels as the engine calls them.
pub(super) struct VectorKernels<S>(PhantomData<S>);

impl<S> VectorKernels<S> {
    pub(super) const fn new() -> Self {
        VectorKernels(PhantomData)
    }
}

impl<S: Set> Kernels for VectorKernels<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn is_supported(&self) -> bool {
        S::is_supported()
    }

    fn pack(&self, convolution: &Convolution<'_>) -> Box<dyn PackedConvolution> {
        if products_fit(convolution) {
            match convolution.shape.grouping {
                Grouping::Dense => return Box::new(Dense::<S>::new(convolution)),
                Grouping::Depthwise => {
                    if let Some(depthwise) = Depthwise::<S>::new(convolution) {
                        return Box::new(depthwise);
                    }
                }
            }
        }
        scalar::Scalar.pack(convolution)
    }

    fn add(&self, addition: &Addition, a: &[u8], b: &[u8], output: &mut [u8]) {
        // SAFETY: called only where the set is supported.
        unsafe { S::add(addition, a, b, output) }
    }

    fn average_pool(&self, pool: &Pool, input: &[u8], output: &mut [u8]) {
        // SAFETY: called only where the set is supported.
        unsafe { S::average_pool(pool, input, output) }
    }

    fn peak(&self, rounds: usize) -> u64 {
        // SAFETY: called only where the set is supported.
        unsafe { S::peak(rounds) }
    }
}

/// Whether every product of a sum and its multiplier stays so far below 2^31 that vector instructions, which convert to integers before
/// anything is clamped, get it right. Real networks never come near; a file made to can.
fn products_fit(convolution: &Convolution<'_>) -> bool {
    if convolution.requantization.is_none() {
        return true;
    }
    let largest = f64::from(convolution.zero_point.max(255 - convolution.zero_point));
    let depth = convolution.shape.depth();
    convolution
        .weights
        .chunks_exact(depth)
        .zip(&convolution.bias)
        .zip(&convolution.multipliers)
        .all(|((weights, &bias), &multiplier)| {
            let magnitude = |&weight: &u8| u32::from(i8::from_le_bytes([weight]).unsigned_abs());
            // In 32 bits first, which vectorises.
            let parts = weights.chunks(1 << 16);
            let sum: u64 = parts
                .map(|part| u64::from(part.iter().map(magnitude).sum::<u32>()))
                .sum();
            let sum = sum as f64 * largest + f64::from(bias).abs();
            sum * f64::from(multiplier).abs() < f64::from(1u32 << 30)
        })
}
