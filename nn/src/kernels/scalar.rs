//! Plain Rust for any CPU: the reference, and what runs where nothing faster does. Written so that the compiler vectorises it: 16-bit
//! numbers, multiplied and summed in 32 bits over slices whose length it knows to be a multiple of a vector's.
//!
//! Every number has its zero point taken off on its way into the scratch, where padding then is plain zeros and sums are those of the
//! model format. That 32 bits hold them was proved at load; yet all arithmetic wraps by name, since a check for overflow, as in builds
//! for tests, would keep the compiler from vectorising.

use super::{Destination, Geometry, Kernels, PackedConvolution, Pool};
use crate::network::{Addition, Convolution, ConvolutionShape, Grouping, Requantization};

/// Channels that are summed and requantised together.
const BLOCK: usize = 16;
/// Channels that are averaged together.
const POOLED: usize = 64;
/// Products of a dense convolution are summed in groups of so many; its depth is padded to a multiple.
const GROUP: usize = 16;
/// Groups whose sums are added up before the total is touched, for as long as so many are left.
const GROUPS: usize = 4;
/// Pixels that a dense convolution computes side by side, so that each weight is loaded once for all of them.
const PIXELS: usize = 4;

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

/// Every output channel from every input channel: 1x1, 3x3, the first convolution and the heads alike. The pixels under the kernel are
/// gathered to one contiguous list, which then is a dot product with each channel's weights.
struct Dense {
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
    fn new(convolution: &Convolution<'_>) -> Self {
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

/// Each channel by itself. The scratch holds the input rows under the kernel, padded on all sides; they move up a row at a time, so each
/// row is converted once.
struct Depthwise {
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
    fn new(convolution: &Convolution<'_>) -> Self {
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
