//! Convolutions in which every output channel sees every input channel, on vectors: 1x1, 3x3, the first convolution and the heads alike.
//! The work is cut into tiles of a few pixels times a few vectors of output channels, whose sums stay in registers.
//!
//! Weights are packed `[vector][row of the kernel][group][lane][number of the group]`, so that a tile of any width walks a few lists side by side:
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

/// Bytes of numbers that are made ready at once: they stay in the fastest cache while all output channels are computed from them.
const BAND_BYTES: usize = 16 << 10;

pub(super) struct Dense<S: Set> {
    shape: ConvolutionShape,
    zero_point: u8,
    /// Whether tiles find their numbers in the tensor itself. Else bands of its rows are copied: as numbers, with padding around them.
    is_direct: bool,
    /// Groups of a row of the kernel.
    groups: usize,
    vectors: usize,
    weights: Lined<Weight<S>>,
    bias: Lined<i32>,
    multipliers: Lined<f32>,
    finish: Option<Finish>,
    set: PhantomData<S>,
}

/// How a tensor is cut into bands.
struct Bands {
    /// Numbers of a padded row.
    pitch: usize,
    /// Output rows of a band.
    rows: usize,
    /// Numbers of a band. A row's last group may reach past its end, so there is room for one more.
    numbers: usize,
}

impl<S: Set> Dense<S> {
    const LANES: usize = S::Tile::LANES;
    const GROUP: usize = S::Tile::GROUP;
    /// Whether numbers are a tensor's bytes as they are.
    const ARE_BYTES: bool = size_of::<Number<S>>() == 1 && S::Tile::OFFSET == 0;

    pub(super) fn new(convolution: &Convolution<'_>) -> Self {
        let shape = convolution.shape;
        let run = shape.kernel * shape.inputs;
        let groups = run.div_ceil(Self::GROUP);
        let vectors = shape.outputs.div_ceil(Self::LANES);
        let row_length = groups * Self::LANES * Self::GROUP;
        // What a group reads past the end of its run is multiplied by zero.
        let mut weights = Lined::zeros(vectors * shape.kernel * row_length);
        for output in 0..shape.outputs {
            let (vector, lane) = (output / Self::LANES, output % Self::LANES);
            for row in 0..shape.kernel {
                let packed = &mut weights[(vector * shape.kernel + row) * row_length..];
                let mut index = 0;
                for tap in row * shape.kernel..(row + 1) * shape.kernel {
                    for input in 0..shape.inputs {
                        let group = index / Self::GROUP * Self::LANES + lane;
                        packed[group * Self::GROUP + index % Self::GROUP] =
                            convolution.weight(output, input, tap).into();
                        index += 1;
                    }
                }
            }
        }
        // Numbers keep their zero points; the bias takes them off the sum. All of it wraps, and the true sum is known to fit.
        let zero_point = i32::from(convolution.zero_point) - i32::from(S::Tile::OFFSET);
        let channels = convolution.weights.chunks_exact(shape.depth());
        let bias = channels.zip(&convolution.bias).map(|(weights, bias)| {
            let sum = weights.iter().fold(0i32, |sum, &weight| {
                sum.wrapping_add(i32::from(i8::from_le_bytes([weight])))
            });
            bias.wrapping_sub(zero_point.wrapping_mul(sum))
        });
        Dense {
            shape,
            zero_point: convolution.zero_point,
            is_direct: Self::ARE_BYTES
                && shape.kernel == 1
                && shape.stride == 1
                && shape.pads == Pads::NONE
                && shape.inputs.is_multiple_of(Self::GROUP),
            groups,
            vectors,
            weights,
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
        Lined::new((0..vectors * S::Tile::SUMS).map(sum))
    }

    fn bands(&self, geometry: &Geometry) -> Bands {
        let ConvolutionShape {
            inputs,
            kernel,
            stride,
            pads,
            ..
        } = self.shape;
        let pitch = (geometry.input.width + pads.left + pads.right) * inputs;
        let most = BAND_BYTES / size_of::<Number<S>>() / (pitch * stride);
        let rows = most.clamp(1, geometry.output.height);
        Bands {
            pitch,
            rows,
            numbers: ((rows - 1) * stride + kernel) * pitch + Self::GROUP,
        }
    }

    /// Copies the rows from `top` on, counted in the padded picture, as many as there are of `pitch` numbers.
    fn fill(
        &self,
        geometry: &Geometry,
        input: &[u8],
        top: usize,
        pitch: usize,
        to: &mut [Number<S>],
    ) {
        let ConvolutionShape { inputs, pads, .. } = self.shape;
        let length = geometry.input.width * inputs;
        let zero = S::Tile::number(self.zero_point);
        for (row, to) in to.chunks_exact_mut(pitch).enumerate() {
            let y = (top + row)
                .checked_sub(pads.top)
                .filter(|&y| y < geometry.input.height);
            let Some(y) = y else {
                to.fill(zero);
                continue;
            };
            let (left, rest) = to.split_at_mut(pads.left * inputs);
            let (middle, right) = rest.split_at_mut(length);
            left.fill(zero);
            right.fill(zero);
            // SAFETY: packed only where the set is supported.
            unsafe { S::numbers(&input[y * length..][..length], middle) }
        }
    }

    /// Computes `output.len() / outputs` pixels, whose numbers start `row` apart, with runs `step` apart.
    fn tiles(&self, numbers: &[Number<S>], row: usize, step: usize, output: &mut Output<'_>) {
        let pixels = output.len() / self.shape.outputs;
        // What the unsafe code relies on.
        let runs = self.shape.kernel;
        let reach = (pixels - 1) * row + (runs - 1) * step + self.groups * Self::GROUP;
        assert!(reach <= numbers.len());
        let stride = runs * self.groups * Self::LANES * Self::GROUP;
        let widest = match output {
            Output::Bytes(_) => widest_for::<S>(pixels, self.vectors, runs * self.groups),
            Output::Reals(_) => 1,
        };
        let mut vector = 0;
        while vector < self.vectors {
            let wide = widest.min(self.vectors - vector);
            let sizes = match output {
                Output::Bytes(_) => rows_of::<S>(wide),
                Output::Reals(_) => REAL_ROWS,
            };
            let times = match output {
                Output::Bytes(_) if S::Tile::TAKES_ALL => (self.vectors - vector).div_ceil(wide),
                _ => 1,
            };
            let first = vector * Self::LANES;
            let mut pixel = 0;
            while pixel < pixels {
                let fits = |&&rows: &&usize| rows <= pixels - pixel;
                let rows = *sizes.iter().rfind(fits).expect("a tile of one pixel fits");
                let tiles = (pixels - pixel) / rows;
                let start = pixel * self.shape.outputs + first;
                let tile = Tile {
                    tiles,
                    times,
                    numbers: numbers[pixel * row..].as_ptr(),
                    row,
                    runs,
                    groups: self.groups,
                    step,
                    weights: self.weights[vector * stride..].as_ptr(),
                    stride,
                    bias: self.bias[vector * S::Tile::SUMS..].as_ptr(),
                    multipliers: self.multipliers[vector * S::Tile::SUMS..].as_ptr(),
                    output: match output {
                        Output::Bytes(bytes) => bytes[start..].as_mut_ptr(),
                        Output::Reals(reals) => reals[start..].as_mut_ptr().cast(),
                    },
                    pitch: self.shape.outputs,
                    count: (times * wide * Self::LANES).min(self.shape.outputs - first),
                    finish: self.finish.unwrap_or(Finish {
                        zero_point: 0,
                        low: 0,
                        high: 0,
                        is_plain: true,
                    }),
                };
                // SAFETY: packed only where the set is supported. The lists reach as far as asserted; weights, bias and multipliers were
                // packed for whole vectors; `rows` pixels of each tile and `count` channels from `first` on lie in the output.
                unsafe {
                    match output {
                        Output::Bytes(_) => S::tile(wide, rows, &tile),
                        Output::Reals(_) => S::real_tile(rows, &tile),
                    }
                }
                pixel += rows * tiles;
            }
            vector += times * wide;
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

/// What finishing a vector costs, in multiply-adds of one: fewer where more vectors are packed to bytes together.
const FINISHING: f32 = 75.0;

/// The widest tile for so many pixels, vectors and groups: the shape that loads and finishes least for each product.
fn widest_for<S: Set>(pixels: usize, vectors: usize, groups: usize) -> usize {
    let cost = |wide: usize| {
        let rows = rows_of::<S>(wide);
        let rows = pixels as f32 / pixels.div_ceil(rows[rows.len() - 1]) as f32;
        (1.0 + FINISHING / groups as f32) / wide as f32 + 1.0 / rows
    };
    S::SHAPES
        .iter()
        .map(|&(wide, _)| wide)
        .filter(|&wide| wide <= vectors)
        .min_by(|&a, &b| cost(a).total_cmp(&cost(b)))
        .unwrap_or(1)
}

/// How many pixels a tile of so many vectors may have.
fn rows_of<S: Set>(wide: usize) -> &'static [usize] {
    let shape = S::SHAPES.iter().find(|shape| shape.0 == wide);
    shape.expect("all widths up to the widest have tiles").1
}

impl<S: Set> PackedConvolution for Dense<S> {
    fn scratch(&self, geometry: &Geometry) -> usize {
        if self.is_direct {
            return 0;
        }
        (self.bands(geometry).numbers * size_of::<Number<S>>()).div_ceil(size_of::<i16>())
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
        let ConvolutionShape {
            inputs,
            kernel,
            stride,
            ..
        } = self.shape;
        if self.is_direct {
            // SAFETY: numbers are bytes as they are.
            let numbers = unsafe { cast::<u8, Number<S>>(input) };
            self.tiles(numbers, inputs, 0, &mut output);
            return;
        }
        let bands = self.bands(geometry);
        // SAFETY: numbers are 8 or 16 bits of any value.
        let numbers = &mut unsafe { cast_mut::<Number<S>>(scratch) }[..bands.numbers];
        let row = geometry.output.width * self.shape.outputs;
        for top in (0..geometry.output.height).step_by(bands.rows) {
            let rows = bands.rows.min(geometry.output.height - top);
            let filled = ((rows - 1) * stride + kernel) * bands.pitch;
            self.fill(
                geometry,
                input,
                top * stride,
                bands.pitch,
                &mut numbers[..filled],
            );
            if kernel == 1 && stride == 1 {
                // Pixels go on from row to row.
                let mut output = output.part(top * row, rows * row);
                self.tiles(numbers, inputs, 0, &mut output);
                continue;
            }
            for y in 0..rows {
                self.tiles(
                    &numbers[y * stride * bands.pitch..],
                    stride * inputs,
                    bands.pitch,
                    &mut output.part((top + y) * row, row),
                );
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
