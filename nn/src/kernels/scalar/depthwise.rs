//! Depthwise convolutions, row by row.

use super::{Accumulate, BLOCK, Epilogue, convert, padded, product};
use crate::kernels::{Destination, Geometry, PackedConvolution};
use crate::network::{Convolution, ConvolutionShape};

/// Each channel by itself. The scratch holds the input rows under the kernel, padded on all sides; they move up a row at a time, so each
/// row is converted once.
pub(super) struct Depthwise {
    shape: ConvolutionShape,
    zero_point: i16,
    /// Channels padded to a multiple of [`BLOCK`].
    channels: usize,
    /// `[tap][channels]`
    weights: Vec<i16>,
    bias: Vec<i32>,
    epilogue: Epilogue,
}

impl Depthwise {
    pub(super) fn new(convolution: &Convolution<'_>) -> Self {
        let shape = convolution.shape;
        let channels = shape.outputs.next_multiple_of(BLOCK);
        let mut weights = vec![0i16; shape.depth() * channels];
        for (tap, packed) in weights.chunks_exact_mut(channels).enumerate() {
            for (channel, packed) in packed.iter_mut().take(shape.outputs).enumerate() {
                *packed = i16::from(convolution.weight(channel, 0, tap));
            }
        }
        Depthwise {
            shape,
            zero_point: i16::from(convolution.zero_point),
            channels,
            weights,
            bias: padded(&convolution.bias, shape.outputs),
            epilogue: Epilogue::new(convolution),
        }
    }

    /// Numbers in one row of the scratch.
    fn row(&self, geometry: &Geometry) -> usize {
        (geometry.input.width + self.shape.pads.left + self.shape.pads.right) * self.channels
    }

    /// Fills a row of the scratch; `y` counts from the first row of padding.
    fn fill(&self, geometry: &Geometry, input: &[u8], y: usize, row: &mut [i16]) {
        let channels = self.shape.outputs;
        row.fill(0);
        let Some(y) = y
            .checked_sub(self.shape.pads.top)
            .filter(|&y| y < geometry.input.height)
        else {
            return;
        };
        let from = &input[y * geometry.input.width * channels..][..geometry.input.width * channels];
        let to = &mut row[self.shape.pads.left * self.channels..];
        for (from, to) in from
            .chunks_exact(channels)
            .zip(to.chunks_exact_mut(self.channels))
        {
            convert(from, self.zero_point, &mut to[..channels]);
        }
    }

    /// One row of results. `rows` are those of the scratch under each tap, from the tap's column on, in blocks of channels.
    #[inline(always)]
    fn accumulate_row<const TAPS: usize, T: Copy + Default>(
        &self,
        rows: [&[[i16; BLOCK]]; TAPS],
        output: &mut [T],
        finish: impl Fn(f32) -> T + Copy,
    ) {
        let blocks = self.channels / BLOCK;
        let weights: [&[[i16; BLOCK]]; TAPS] =
            std::array::from_fn(|tap| &self.weights.as_chunks().0[tap * blocks..][..blocks]);
        let bias = &self.bias.as_chunks().0[..blocks];
        for (column, output) in output.chunks_exact_mut(self.shape.outputs).enumerate() {
            let start = column * self.shape.stride * blocks;
            let rows: [&[[i16; BLOCK]]; TAPS] =
                std::array::from_fn(|tap| &rows[tap][start..][..blocks]);
            for (block, output) in output.chunks_mut(BLOCK).enumerate() {
                let mut sums: [i32; BLOCK] = bias[block];
                for tap in 0..TAPS {
                    let (values, weights) = (&rows[tap][block], &weights[tap][block]);
                    for ((sum, &value), &weight) in sums.iter_mut().zip(values).zip(weights) {
                        *sum = sum.wrapping_add(product(value, weight));
                    }
                }
                self.epilogue.store(block * BLOCK, &sums, output, finish);
            }
        }
    }
}

impl Accumulate for Depthwise {
    fn accumulate<T: Copy + Default>(
        &self,
        geometry: &Geometry,
        input: &[u8],
        scratch: &mut [i16],
        output: &mut [T],
        finish: impl Fn(f32) -> T + Copy,
    ) {
        let row = self.row(geometry);
        let kernel = self.shape.kernel;
        let mut filled = 0;
        for (index, output) in output
            .chunks_exact_mut(geometry.output.width * self.shape.outputs)
            .enumerate()
        {
            let top = index * self.shape.stride;
            for y in filled.max(top)..top + kernel {
                self.fill(geometry, input, y, &mut scratch[y % kernel * row..][..row]);
            }
            filled = top + kernel;
            let under = |tap: usize| {
                let row = &scratch[(top + tap / kernel) % kernel * row..][..row];
                &row.as_chunks().0[tap % kernel * (self.channels / BLOCK)..]
            };
            if kernel == 3 {
                self.accumulate_row::<9, T>(std::array::from_fn(under), output, finish);
            } else {
                self.accumulate_row::<1, T>(std::array::from_fn(under), output, finish);
            }
        }
    }
}

impl PackedConvolution for Depthwise {
    fn scratch(&self, geometry: &Geometry) -> usize {
        self.row(geometry) * self.shape.kernel
    }

    fn run(
        &self,
        geometry: &Geometry,
        input: &[u8],
        destination: Destination<'_>,
        scratch: &mut [i16],
    ) {
        self.epilogue
            .dispatch(destination, self, geometry, input, scratch);
    }
}
