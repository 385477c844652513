//! Convolutions in which every output channel sees every input channel, on vectors: 1x1, 3x3, the first convolution and the heads alike.
//! The work is cut into tiles of a few pixels times a few vectors of output channels, whose sums stay in registers.
//!
//! Weights are packed `[vector][group][lane][number of the group]`, so that a tile of any width walks a few lists side by side:
//!
//! ```text
//!            group 0                       group 1
//! vector 0 | c0: w0 w1 w2 w3 | c1: w0 … | … c0: w4 w5 w6 w7 | …      16 lanes of 4 weights on AVX-512
//! vector 1 | c16: w0 w1 …
//! ```

use std::marker::PhantomData;

use super::lined::Lined;
use super::vectors::{Finish, REAL_ROWS, Set, Tile, Vectors};
use super::{Destination, Geometry, PackedConvolution};
use crate::network::{Convolution, ConvolutionShape, Pads};

type Number<S> = <<S as Set>::Tile as Vectors>::Number;
type Weight<S> = <<S as Set>::Tile as Vectors>::Weight;

/// Bytes of gathered numbers that are kept at once: they stay in the fastest cache while all output channels are computed from them.
const PANEL_BYTES: usize = 16 << 10;

pub(super) struct Dense<S: Set> {
    shape: ConvolutionShape,
    zero_point: u8,
    source: Source,
    groups: usize,
    vectors: usize,
    weights: Lined<Weight<S>>,
    bias: Lined<i32>,
    multipliers: Lined<f32>,
    finish: Option<Finish>,
    set: PhantomData<S>,
}

/// Where a tile finds its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// In the tensor itself.
    Tensor,
    /// In a copy of the one-channel picture with its padding around it. A group is a row of the kernel.
    Picture,
    /// In a list for each pixel of what lies under the kernel.
    Panel,
}

impl<S: Set> Dense<S> {
    const LANES: usize = S::Tile::LANES;
    const GROUP: usize = S::Tile::GROUP;
    /// Whether numbers are a tensor's bytes as they are.
    const ARE_BYTES: bool = size_of::<Number<S>>() == 1 && S::Tile::OFFSET == 0;

    /// Whether a group holds a row of the kernel, of numbers as large as bytes.
    const HAS_PICTURE: bool = size_of::<Number<S>>() == 1 && S::Tile::GROUP > 3;

    pub(super) fn new(convolution: &Convolution<'_>) -> Self {
        let shape = convolution.shape;
        let taps = shape.kernel * shape.kernel;
        let source = if Self::ARE_BYTES
            && shape.kernel == 1
            && shape.stride == 1
            && shape.pads == Pads::NONE
            && shape.inputs.is_multiple_of(Self::GROUP)
        {
            Source::Tensor
        } else if shape.kernel == 3 && shape.inputs == 1 && Self::HAS_PICTURE {
            Source::Picture
        } else {
            Source::Panel
        };
        let groups = match source {
            Source::Picture => shape.kernel,
            _ => shape.depth().div_ceil(Self::GROUP),
        };
        // The input channel and the tap of each number of a pixel's list, `None` where the list is padded.
        let product = |index: usize| match source {
            Source::Picture if index % Self::GROUP < shape.kernel => {
                Some((0, index / Self::GROUP * shape.kernel + index % Self::GROUP))
            }
            Source::Picture => None,
            _ => (index < shape.depth()).then(|| (index % shape.inputs, index / shape.inputs)),
        };
        let vectors = shape.outputs.div_ceil(Self::LANES);
        let mut weights = Vec::with_capacity(vectors * groups * Self::LANES * Self::GROUP);
        for vector in 0..vectors {
            for group in 0..groups {
                for output in vector * Self::LANES..(vector + 1) * Self::LANES {
                    for index in group * Self::GROUP..(group + 1) * Self::GROUP {
                        let weight = product(index)
                            .filter(|_| output < shape.outputs)
                            .map(|(input, tap)| convolution.weight(output, input, tap));
                        weights.push(weight.map_or_else(Weight::<S>::default, Weight::<S>::from));
                    }
                }
            }
        }
        // Numbers keep their zero points; the bias takes them off the sum. All of it wraps, and the true sum is known to fit.
        let zero_point = i32::from(convolution.zero_point) - i32::from(S::Tile::OFFSET);
        let bias = (0..shape.outputs).map(|output| {
            (0..shape.inputs * taps)
                .map(|index| convolution.weight(output, index / taps, index % taps))
                .fold(convolution.bias[output], |bias, weight| {
                    bias.wrapping_sub(zero_point.wrapping_mul(i32::from(weight)))
                })
        });
        Dense {
            shape,
            zero_point: convolution.zero_point,
            source,
            groups,
            vectors,
            weights: Lined::new(weights, 0),
            bias: Self::spread(bias, vectors),
            multipliers: Self::spread(convolution.multipliers.iter().copied(), vectors),
            finish: convolution.requantization.as_ref().map(Finish::new),
            set: PhantomData,
        }
    }

    /// Numbers that an output channel has one of, as the sums of each vector want them.
    fn spread<T: Copy + Default>(numbers: impl IntoIterator<Item = T>, vectors: usize) -> Lined<T> {
        let numbers: Vec<T> = numbers.into_iter().collect();
        let sum = |index: usize| {
            let (vector, sum) = (index / S::Tile::SUMS, index % S::Tile::SUMS);
            let number = numbers.get(vector * Self::LANES + S::Tile::lane(sum));
            number.copied().unwrap_or_default()
        };
        Lined::new((0..vectors * S::Tile::SUMS).map(sum), 0)
    }

    /// Numbers of a pixel's list.
    fn depth(&self) -> usize {
        self.groups * Self::GROUP
    }

    /// Pixels whose lists are gathered at once.
    fn panel_pixels(&self, geometry: &Geometry) -> usize {
        let most = PANEL_BYTES / (self.depth() * size_of::<Number<S>>());
        most.max(S::SHAPES[0].1).min(geometry.output.pixels())
    }

    /// Rows and bytes of a row of the padded picture. A group reaches past a kernel's row, so rows are that much longer.
    fn padded(&self, geometry: &Geometry) -> (usize, usize) {
        let ConvolutionShape { stride, pads, .. } = self.shape;
        let last = (geometry.output.width - 1) * stride + Self::GROUP;
        (
            geometry.input.height + pads.top + pads.bottom,
            last.max(geometry.input.width + pads.left + pads.right),
        )
    }

    /// Lists the numbers under the kernel for pixels from `first` on.
    fn gather(&self, geometry: &Geometry, input: &[u8], first: usize, panel: &mut [Number<S>]) {
        let ConvolutionShape {
            inputs,
            kernel,
            stride,
            pads,
            ..
        } = self.shape;
        let zero = S::Tile::number(self.zero_point);
        if kernel == 1 && stride == 1 && geometry.input == geometry.output && self.depth() == inputs
        {
            // SAFETY: packed only where the set is supported.
            unsafe { S::numbers(&input[first * inputs..][..panel.len()], panel) }
            return;
        }
        for (index, list) in panel.chunks_exact_mut(self.depth()).enumerate() {
            let pixel = first + index;
            let (row, column) = (pixel / geometry.output.width, pixel % geometry.output.width);
            let (list, rest) = list.split_at_mut(kernel * kernel * inputs);
            rest.fill(Number::<S>::default());
            for (tap, part) in list.chunks_exact_mut(inputs).enumerate() {
                let y = (row * stride + tap / kernel)
                    .checked_sub(pads.top)
                    .filter(|&y| y < geometry.input.height);
                let x = (column * stride + tap % kernel)
                    .checked_sub(pads.left)
                    .filter(|&x| x < geometry.input.width);
                match (y, x) {
                    (Some(y), Some(x)) => {
                        let bytes = &input[(y * geometry.input.width + x) * inputs..][..inputs];
                        // SAFETY: packed only where the set is supported.
                        unsafe { S::numbers(bytes, part) }
                    }
                    _ => part.fill(zero),
                }
            }
        }
    }

    /// Copies the picture with its padding around it.
    fn pad(&self, geometry: &Geometry, input: &[u8], picture: &mut [Number<S>]) {
        let ConvolutionShape { pads, .. } = self.shape;
        let (_, pitch) = self.padded(geometry);
        picture.fill(S::Tile::number(self.zero_point));
        for (from, to) in input
            .chunks_exact(geometry.input.width)
            .zip(picture[pads.top * pitch..].chunks_exact_mut(pitch))
        {
            // SAFETY: packed only where the set is supported.
            unsafe { S::numbers(from, &mut to[pads.left..pads.left + from.len()]) }
        }
    }

    /// Computes `output.len() / outputs` pixels. `numbers` has a list for each, `row` numbers apart, with groups `step` apart.
    fn tiles(&self, numbers: &[Number<S>], row: usize, step: usize, output: &mut Output<'_>) {
        let pixels = output.len() / self.shape.outputs;
        // What the unsafe code relies on.
        assert!((pixels - 1) * row + (self.groups - 1) * step + Self::GROUP <= numbers.len());
        let (widest, most_rows) = match output {
            Output::Bytes(_) => shape_for::<S>(pixels, self.vectors),
            Output::Reals(_) => (1, REAL_ROWS),
        };
        let mut vector = 0;
        while vector < self.vectors {
            let left = self.vectors - vector;
            let wide = left.div_ceil(left.div_ceil(widest));
            let most_rows = match output {
                Output::Bytes(_) => most_rows_of::<S>(wide).max(most_rows),
                Output::Reals(_) => most_rows,
            };
            let first = vector * Self::LANES;
            let mut pixel = 0;
            while pixel < pixels {
                let left = pixels - pixel;
                let rows = left.div_ceil(left.div_ceil(most_rows));
                let start = pixel * self.shape.outputs + first;
                let tile = Tile {
                    numbers: numbers[pixel * row..].as_ptr(),
                    row,
                    step,
                    groups: self.groups,
                    weights: self.weights[vector * self.groups * Self::LANES * Self::GROUP..]
                        .as_ptr(),
                    stride: self.groups * Self::LANES * Self::GROUP,
                    bias: self.bias[vector * S::Tile::SUMS..].as_ptr(),
                    multipliers: self.multipliers[vector * S::Tile::SUMS..].as_ptr(),
                    output: match output {
                        Output::Bytes(bytes) => bytes[start..].as_mut_ptr(),
                        Output::Reals(reals) => reals[start..].as_mut_ptr().cast(),
                    },
                    pitch: self.shape.outputs,
                    count: (wide * Self::LANES).min(self.shape.outputs - first),
                    finish: self.finish.unwrap_or(Finish {
                        zero_point: 0,
                        low: 0,
                        high: 0,
                    }),
                };
                // SAFETY: packed only where the set is supported. The lists reach as far as asserted; weights, bias and multipliers were
                // packed for whole vectors; `rows` pixels and `count` channels from `first` on lie in the output.
                unsafe {
                    match output {
                        Output::Bytes(_) => S::tile(wide, rows, &tile),
                        Output::Reals(_) => S::real_tile(rows, &tile),
                    }
                }
                pixel += rows;
            }
            vector += wide;
        }
    }
}

/// Part of a destination.
enum Output<'a> {
    Bytes(&'a mut [u8]),
    Reals(&'a mut [f32]),
}

impl Output<'_> {
    fn len(&self) -> usize {
        match self {
            Output::Bytes(bytes) => bytes.len(),
            Output::Reals(reals) => reals.len(),
        }
    }

    fn part(&mut self, start: usize, length: usize) -> Output<'_> {
        match self {
            Output::Bytes(bytes) => Output::Bytes(&mut bytes[start..start + length]),
            Output::Reals(reals) => Output::Reals(&mut reals[start..start + length]),
        }
    }
}

/// The widest tile and its most pixels for so many pixels and vectors: the shape that loads least for each product.
fn shape_for<S: Set>(pixels: usize, vectors: usize) -> (usize, usize) {
    let loads = |&(wide, rows): &(usize, usize)| {
        let rows = pixels as f32 / pixels.div_ceil(rows) as f32;
        1.0 / wide as f32 + 1.0 / rows
    };
    S::SHAPES
        .iter()
        .filter(|(wide, _)| *wide <= vectors)
        .copied()
        .min_by(|a, b| loads(a).total_cmp(&loads(b)))
        .unwrap_or(S::SHAPES[S::SHAPES.len() - 1])
}

/// The most pixels of a tile of so many vectors.
fn most_rows_of<S: Set>(wide: usize) -> usize {
    S::SHAPES
        .iter()
        .find(|shape| shape.0 == wide)
        .map_or(1, |shape| shape.1)
}

impl<S: Set> PackedConvolution for Dense<S> {
    fn scratch(&self, geometry: &Geometry) -> usize {
        let bytes = match self.source {
            Source::Tensor => 0,
            Source::Picture => {
                let (rows, pitch) = self.padded(geometry);
                rows * pitch
            }
            Source::Panel => self.panel_pixels(geometry) * self.depth() * size_of::<Number<S>>(),
        };
        bytes.div_ceil(size_of::<i16>())
    }

    fn run(
        &self,
        geometry: &Geometry,
        input: &[u8],
        destination: Destination<'_>,
        scratch: &mut [i16],
    ) {
        let mut output = match destination {
            Destination::Bytes(bytes) => Output::Bytes(bytes),
            Destination::Reals(reals) => Output::Reals(reals),
        };
        let outputs = self.shape.outputs;
        match self.source {
            Source::Tensor => {
                // SAFETY: numbers are bytes as they are.
                let numbers = unsafe { cast::<u8, Number<S>>(input) };
                self.tiles(numbers, self.shape.inputs, Self::GROUP, &mut output);
            }
            Source::Picture => {
                let (rows, pitch) = self.padded(geometry);
                // SAFETY: numbers are 8 bits of any value.
                let picture = &mut unsafe { cast_mut::<Number<S>>(scratch) }[..rows * pitch];
                self.pad(geometry, input, picture);
                let row = geometry.output.width * outputs;
                for y in 0..geometry.output.height {
                    self.tiles(
                        &picture[y * self.shape.stride * pitch..],
                        self.shape.stride,
                        pitch,
                        &mut output.part(y * row, row),
                    );
                }
            }
            Source::Panel => {
                let (most, depth) = (self.panel_pixels(geometry), self.depth());
                // SAFETY: numbers are 8 or 16 bits of any value.
                let panel = unsafe { cast_mut::<Number<S>>(scratch) };
                let pixels = geometry.output.pixels();
                for first in (0..pixels).step_by(most) {
                    let count = most.min(pixels - first);
                    let panel = &mut panel[..count * depth];
                    self.gather(geometry, input, first, panel);
                    let mut output = output.part(first * outputs, count * outputs);
                    self.tiles(panel, depth, Self::GROUP, &mut output);
                }
            }
        }
    }
}

/// The same memory as other numbers.
///
/// # Safety
///
/// `T` and `U` have the same size, and any value of one is a value of the other.
unsafe fn cast<T, U>(numbers: &[T]) -> &[U] {
    const { assert!(size_of::<T>() == 1 || size_of::<T>() == size_of::<U>()) };
    // SAFETY: the caller's promise; sizes and so alignments of integers are the same.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), numbers.len()) }
}

/// Scratch as numbers of one or two bytes.
///
/// # Safety
///
/// Any bits are a `T`, and any `T` leaves bits that are an `i16`.
unsafe fn cast_mut<T>(scratch: &mut [i16]) -> &mut [T] {
    const { assert!(size_of::<T>() <= size_of::<i16>()) };
    let length = size_of_val(scratch) / size_of::<T>();
    // SAFETY: the caller's promise; `T` is no larger, so that alignment and length hold.
    unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr().cast(), length) }
}
