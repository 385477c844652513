//! Depthwise 3x3 convolutions on vectors: each channel by itself, so channels are cut into blocks and each block walks along the rows.
//! Three rows are interleaved byte by byte, so that one instruction multiplies a whole column of the kernel:
//!
//! ```text
//! above  a0 a1 a2 a3 …         in each lane: a0 b0 c0 0 | a1 b1 c1 0 | …     times  w00 w10 w20 0 | …   on sets of four
//! here   b0 b1 b2 b3 …   ->    and for the next columns, until three of them make a result; on a stride of 1 a column
//! below  c0 c1 c2 c3 …         is loaded and interleaved once for the three results that it has a part in
//! ```

use std::marker::PhantomData;

use super::band::Band;
use super::lined::Lined;
use super::vectors::{Columns, Finish, Set, Vectors, Width};
use super::{Destination, Geometry, PackedConvolution};
use crate::network::{Convolution, ConvolutionShape};

/// Channels of the widest block of any set.
const MOST_CHANNELS: usize = 64;

/// Bytes of the rows that one block of channels after the other is computed from.
const BAND_BYTES: usize = 16 << 10;

type Weight<S> = <<S as Set>::Tile as Vectors>::Weight;

pub(super) struct Depthwise<S: Set> {
    shape: ConvolutionShape,
    zero_point: u8,
    finish: Finish,
    blocks: Vec<Block>,
    weights: Lined<Weight<S>>,
    bias: Lined<i32>,
    multipliers: Lined<f32>,
    /// A pixel of padding.
    padding: [u8; MOST_CHANNELS],
    set: PhantomData<S>,
}

/// Neighbouring channels, and where their numbers start in the packed lists.
struct Block {
    width: Width,
    first: usize,
    count: usize,
    weights: usize,
    sums: usize,
}

/// The lists while they grow.
struct Lists<W> {
    weights: Vec<W>,
    bias: Vec<i32>,
    multipliers: Vec<f32>,
}

impl<S: Set> Depthwise<S> {
    /// `None` for what the rows of [`Set`] don't compute: 1x1, and outputs that stay real.
    pub(super) fn new(convolution: &Convolution<'_>) -> Option<Self> {
        let shape = convolution.shape;
        let finish = Finish::new(convolution.requantization.as_ref()?);
        if shape.kernel != 3 {
            return None;
        }
        let mut lists = Lists {
            weights: Vec::new(),
            bias: Vec::new(),
            multipliers: Vec::new(),
        };
        let mut blocks = Vec::new();
        let mut first = 0;
        while first < shape.outputs {
            let left = shape.outputs - first;
            let (width, channels) = if left >= S::Whole::CHANNELS {
                (Width::Whole, S::Whole::CHANNELS)
            } else if left > S::Quarter::CHANNELS {
                (Width::Half, S::Half::CHANNELS)
            } else {
                (Width::Quarter, S::Quarter::CHANNELS)
            };
            blocks.push(Block {
                width,
                first,
                count: left.min(channels),
                weights: lists.weights.len(),
                sums: lists.bias.len(),
            });
            match width {
                Width::Whole => lists.extend::<S::Whole>(convolution, first),
                Width::Half => lists.extend::<S::Half>(convolution, first),
                Width::Quarter => lists.extend::<S::Quarter>(convolution, first),
            }
            first += left.min(channels);
        }
        Some(Depthwise {
            shape,
            zero_point: convolution.zero_point,
            finish,
            blocks,
            weights: Lined::new(lists.weights),
            bias: Lined::new(lists.bias),
            multipliers: Lined::new(lists.multipliers),
            padding: [convolution.zero_point; MOST_CHANNELS],
            set: PhantomData,
        })
    }
}

impl<W: Copy + Default + From<i8>> Lists<W> {
    /// Packs a block of channels from `first` on in the order of `C`; channels past the last are zeros.
    fn extend<C: Columns<Weight = W>>(&mut self, convolution: &Convolution<'_>, first: usize) {
        let channel = |part: usize, lane: usize| {
            let channel = first + C::channel(part, lane);
            (channel < convolution.shape.outputs).then_some(channel)
        };
        for column in 0..3 {
            for part in 0..C::PARTS {
                for term in 0..C::TERMS {
                    for lane in 0..C::LANES {
                        for row in term * C::GROUP..(term + 1) * C::GROUP {
                            let weight = channel(part, lane)
                                .filter(|_| row < 3)
                                .map(|channel| convolution.weight(channel, 0, row * 3 + column));
                            self.weights.push(weight.map_or_else(W::default, W::from));
                        }
                    }
                }
            }
        }
        let zero_point = i32::from(convolution.zero_point) - i32::from(C::OFFSET);
        for part in 0..C::PARTS {
            for lane in 0..C::LANES {
                let channel = channel(part, lane);
                // Wraps as in `dense`.
                self.bias.push(channel.map_or(0, |channel| {
                    (0..9).fold(convolution.bias[channel], |bias, tap| {
                        let weight = i32::from(convolution.weight(channel, 0, tap));
                        bias.wrapping_sub(zero_point.wrapping_mul(weight))
                    })
                }));
                self.multipliers
                    .push(channel.map_or(0.0, |channel| convolution.multipliers[channel]));
            }
        }
    }
}

impl<S: Set> PackedConvolution for Depthwise<S> {
    fn scratch(&self, _: &Geometry) -> usize {
        0
    }

    fn run(&self, geometry: &Geometry, input: &[u8], destination: Destination<'_>, _: &mut [i16]) {
        let Destination::Bytes(output) = destination else {
            unreachable!("a convolution is packed for the destination that it is run with")
        };
        let ConvolutionShape {
            outputs: channels,
            stride,
            pads,
            ..
        } = self.shape;
        let (width, height) = (geometry.input.width, geometry.input.height);
        // What the unsafe code relies on.
        assert!(input.len() == height * width * channels);
        assert!(output.len() == geometry.output.pixels() * channels);
        let row = geometry.output.width * channels;
        // Few enough rows that they are still in the fastest cache when the next block of channels reads them.
        let rows = (BAND_BYTES / (width * channels)).clamp(1, geometry.output.height);
        for (index, output) in output.chunks_mut(rows * row).enumerate() {
            for block in &self.blocks {
                let band = Band {
                    count: block.count,
                    input: input[block.first..].as_ptr(),
                    padding: self.padding.as_ptr(),
                    height,
                    width,
                    pitch: channels,
                    top: pads.top,
                    left: pads.left,
                    stride,
                    zero_point: self.zero_point,
                    weights: self.weights[block.weights..].as_ptr(),
                    bias: self.bias[block.sums..].as_ptr(),
                    multipliers: self.multipliers[block.sums..].as_ptr(),
                    first: index * rows,
                    rows: output.len() / row,
                    outputs: geometry.output.width,
                    output: output[block.first..].as_mut_ptr(),
                    finish: self.finish,
                };
                // SAFETY: packed only where the set is supported, in the order of this block's width. `count` channels from `first` on
                // lie in each of the input's and the output's pixels, as asserted, and in the padding.
                unsafe { S::band(block.width, &band) }
            }
        }
    }
}
