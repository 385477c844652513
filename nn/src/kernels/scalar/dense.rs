//! Convolutions in which every output channel sees every input channel, as dot products.

use super::{Accumulate, BLOCK, Epilogue, convert, padded, product};
use crate::kernels::{Destination, Geometry, PackedConvolution};
use crate::network::{Convolution, ConvolutionShape};

/// Products are summed in groups of so many; a list's length is padded to a multiple.
const GROUP: usize = 16;
/// Groups whose sums are added up before the total is touched, for as long as so many are left.
const GROUPS: usize = 4;
/// Pixels that are computed side by side, so that each weight is loaded once for all of them.
const PIXELS: usize = 4;

/// Every output channel from every input channel: 1x1, 3x3, the first convolution and the heads alike. The pixels under the kernel are
/// gathered to one contiguous list, which then is a dot product with each channel's weights.
pub(super) struct Dense {
    shape: ConvolutionShape,
    zero_point: i16,
    /// Products of one dot product, padded to a multiple of [`GROUP`].
    depth: usize,
    /// `[outputs padded to BLOCK][depth]`, each `[tap][input channel]`.
    weights: Vec<i16>,
    bias: Vec<i32>,
    epilogue: Epilogue,
}

impl Dense {
    pub(super) fn new(convolution: &Convolution<'_>) -> Self {
        let shape = convolution.shape;
        let taps = shape.kernel * shape.kernel;
        let depth = shape.depth().next_multiple_of(GROUP);
        let mut weights = vec![0i16; shape.outputs.next_multiple_of(BLOCK) * depth];
        for (output, packed) in weights
            .chunks_exact_mut(depth)
            .take(shape.outputs)
            .enumerate()
        {
            for tap in 0..taps {
                for input in 0..shape.inputs {
                    packed[tap * shape.inputs + input] =
                        i16::from(convolution.weight(output, input, tap));
                }
            }
        }
        Dense {
            shape,
            zero_point: i16::from(convolution.zero_point),
            depth,
            weights,
            bias: padded(&convolution.bias, shape.outputs),
            epilogue: Epilogue::new(convolution),
        }
    }

    /// Lists the numbers under the kernel at one output pixel, zero points taken off.
    #[inline(always)]
    fn gather(&self, geometry: &Geometry, input: &[u8], pixel: usize, list: &mut [i16]) {
        let ConvolutionShape {
            inputs,
            kernel,
            stride,
            pads,
            ..
        } = self.shape;
        if kernel == 1 && stride == 1 && geometry.input == geometry.output {
            convert(
                &input[pixel * inputs..][..inputs],
                self.zero_point,
                &mut list[..inputs],
            );
            return;
        }
        let (row, column) = (pixel / geometry.output.width, pixel % geometry.output.width);
        for (tap, part) in list[..kernel * kernel * inputs]
            .chunks_exact_mut(inputs)
            .enumerate()
        {
            let y = (row * stride + tap / kernel)
                .checked_sub(pads.top)
                .filter(|&y| y < geometry.input.height);
            let x = (column * stride + tap % kernel)
                .checked_sub(pads.left)
                .filter(|&x| x < geometry.input.width);
            match (y, x) {
                (Some(y), Some(x)) => convert(
                    &input[(y * geometry.input.width + x) * inputs..][..inputs],
                    self.zero_point,
                    part,
                ),
                _ => part.fill(0),
            }
        }
    }

    /// All channels of `N` neighbouring pixels, whose lists fill `lists`.
    #[inline(always)]
    fn pixels<const N: usize, T: Copy + Default>(
        &self,
        lists: &[i16],
        output: &mut [T],
        finish: impl Fn(f32) -> T + Copy,
    ) {
        let lists: [&[i16]; N] =
            std::array::from_fn(|pixel| &lists[pixel * self.depth..][..self.depth]);
        let outputs = self.shape.outputs;
        for (block, weights) in self.weights.chunks_exact(BLOCK * self.depth).enumerate() {
            let first = block * BLOCK;
            let mut sums = [[0i32; BLOCK]; N];
            for (channel, weights) in weights.chunks_exact(2 * self.depth).enumerate() {
                let (one, other) = weights.split_at(self.depth);
                let pairs = dot_products(lists, one, other);
                for (sums, [one, other]) in sums.iter_mut().zip(pairs) {
                    sums[2 * channel] = one.wrapping_add(self.bias[first + 2 * channel]);
                    sums[2 * channel + 1] = other.wrapping_add(self.bias[first + 2 * channel + 1]);
                }
            }
            for (pixel, sums) in sums.iter().enumerate() {
                let end = outputs.min(first + BLOCK);
                self.epilogue.store(
                    first,
                    sums,
                    &mut output[pixel * outputs + first..pixel * outputs + end],
                    finish,
                );
            }
        }
    }
}

/// The dot products of each of `N` lists with two lists of weights.
#[inline(always)]
fn dot_products<const N: usize>(lists: [&[i16]; N], one: &[i16], other: &[i16]) -> [[i32; 2]; N] {
    let mut sums = [[0i32; 2]; N];
    for (list, sums) in lists.into_iter().zip(&mut sums) {
        *sums = [dot_product(list, one), dot_product(list, other)];
    }
    sums
}

/// The length of `list` and `weights` is a multiple of [`GROUP`].
#[inline(always)]
fn dot_product(list: &[i16], weights: &[i16]) -> i32 {
    let (list, rest) = list.as_chunks::<GROUP>().0.as_chunks::<GROUPS>();
    let (weights, rest_weights) = weights.as_chunks::<GROUP>().0.as_chunks::<GROUPS>();
    let mut sum = 0i32;
    for (list, weights) in list.iter().zip(weights) {
        let sums: [i32; GROUPS] =
            std::array::from_fn(|group| group_product(&list[group], &weights[group]));
        sum = sums.into_iter().fold(sum, i32::wrapping_add);
    }
    rest.iter()
        .zip(rest_weights)
        .fold(sum, |sum, (list, weights)| {
            sum.wrapping_add(group_product(list, weights))
        })
}

/// With a length that the compiler knows and unrolls, it multiplies and adds pairs of neighbours in one instruction where the CPU has one.
#[inline(always)]
fn group_product(list: &[i16; GROUP], weights: &[i16; GROUP]) -> i32 {
    list.iter()
        .zip(weights)
        .fold(0i32, |sum, (&value, &weight)| {
            sum.wrapping_add(product(value, weight))
        })
}

impl Accumulate for Dense {
    fn accumulate<T: Copy + Default>(
        &self,
        geometry: &Geometry,
        input: &[u8],
        scratch: &mut [i16],
        output: &mut [T],
        finish: impl Fn(f32) -> T + Copy,
    ) {
        let lists = &mut scratch[..PIXELS * self.depth];
        // The end of a list that the gathering doesn't fill meets weights of zero, so that whatever stands there adds nothing.
        for (tile, output) in output.chunks_mut(PIXELS * self.shape.outputs).enumerate() {
            let count = output.len() / self.shape.outputs;
            for (pixel, list) in lists.chunks_exact_mut(self.depth).take(count).enumerate() {
                self.gather(geometry, input, tile * PIXELS + pixel, list);
            }
            match count {
                1 => self.pixels::<1, T>(lists, output, finish),
                2 => self.pixels::<2, T>(lists, output, finish),
                3 => self.pixels::<3, T>(lists, output, finish),
                _ => self.pixels::<PIXELS, T>(lists, output, finish),
            }
        }
    }
}

impl PackedConvolution for Dense {
    fn scratch(&self, _: &Geometry) -> usize {
        PIXELS * self.depth
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
