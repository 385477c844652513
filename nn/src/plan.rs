//! A plan: a model made ready for pictures of one size. Gives every tensor a place in one arena and then runs the operations one after another without taking memory.

use std::ops::Range;
use std::sync::Arc;

use crate::Error;
use crate::arena::{self, Lifetime};
use crate::kernels::lined::Lined;
use crate::kernels::{Destination, Geometry, Pool};
use crate::limits::check;
use crate::model::Shared;
use crate::network::{Grouping, INPUT, Kind, Target, TensorId};
use crate::sizes::{Size, Sizes};

/// A model ready to run on pictures of one size. Each thread needs a plan of its own; the weights are shared.
pub struct Plan {
    shared: Arc<Shared>,
    height: usize,
    width: usize,
    steps: Vec<Step>,
    arena: Lined<u8>,
    scratch: Vec<i16>,
    outputs: Vec<OutputBuffer>,
}

/// One of a plan's operations: a quantised island of the file, fused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationInfo<'a> {
    /// The node of the file that it came from.
    pub node: &'a str,
    /// What it does: `convolution`, `depthwise convolution`, `add` or `average pool`.
    pub kind: &'static str,
    /// Side of its square kernel; 1 where it has none.
    pub kernel: usize,
    /// 1 or 2.
    pub stride: usize,
    /// Channels that it reads.
    pub inputs: usize,
    /// Channels that it writes.
    pub outputs: usize,
    /// Rows of the result.
    pub height: usize,
    /// Pixels of a row of the result.
    pub width: usize,
    /// Products that it adds up, those with padding included; 0 for what isn't a convolution.
    pub multiply_adds: u64,
}

/// One output of the latest run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Output<'a> {
    /// `height * width * channels` numbers: rows from the top, in each its pixels from the left, in each its channels.
    pub data: &'a [f32],
    /// Rows.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Numbers of a pixel.
    pub channels: usize,
}

struct OutputBuffer {
    data: Vec<f32>,
    size: Size,
    channels: usize,
}

/// What an operation of the network needs to know about this plan; its index in [`Plan::steps`] is the operation's in the network.
struct Step {
    inputs: [Source; 2],
    /// Where the result goes in the arena; empty for an output of the model.
    output: Range<usize>,
    geometry: Geometry,
    multiply_adds: u64,
}

#[derive(Clone)]
enum Source {
    /// The picture as it was handed over.
    Luma,
    Arena(Range<usize>),
}

impl Plan {
    pub(crate) fn new(shared: Arc<Shared>, height: usize, width: usize) -> Result<Self, Error> {
        let network = &shared.network;
        let limits = &shared.limits;
        let sizes = Sizes::of(network, limits, height, width)?;

        let mut lifetimes: Vec<Lifetime> = network
            .tensors
            .iter()
            .zip(&sizes.tensors)
            .map(|(tensor, size)| Lifetime {
                bytes: size.pixels() * tensor.channels,
                first: usize::MAX,
                last: 0,
            })
            .collect();
        // The picture stays where the caller has it.
        lifetimes[INPUT].bytes = 0;
        for (index, operation) in network.operations.iter().enumerate() {
            let (inputs, output) = operation.kind.tensors();
            for tensor in inputs.into_iter().chain(output) {
                lifetimes[tensor].first = lifetimes[tensor].first.min(index);
                lifetimes[tensor].last = lifetimes[tensor].last.max(index);
            }
        }
        let (offsets, arena_bytes) = arena::place(&lifetimes);

        let range = |tensor: TensorId| offsets[tensor]..offsets[tensor] + lifetimes[tensor].bytes;
        let source = |tensor: TensorId| {
            if tensor == INPUT {
                Source::Luma
            } else {
                Source::Arena(range(tensor))
            }
        };
        let mut steps = Vec::with_capacity(network.operations.len());
        let mut scratch = 0;
        for operation in &network.operations {
            let (inputs, output) = operation.kind.tensors();
            let target = match operation.kind {
                Kind::Convolution {
                    target: Target::Output(index),
                    ..
                } => sizes.outputs[index],
                _ => output.map_or(
                    Size {
                        height: 1,
                        width: 1,
                    },
                    |tensor| sizes.tensors[tensor],
                ),
            };
            let geometry = Geometry::new(sizes.tensors[inputs[0]], target);
            let mut multiply_adds = 0;
            if let Kind::Convolution { shape, weights, .. } = &operation.kind {
                scratch = scratch.max(weights.scratch(&geometry));
                let products = (shape.depth() as u64).saturating_mul(shape.outputs as u64);
                multiply_adds = products.saturating_mul(target.pixels() as u64);
            }
            steps.push(Step {
                inputs: inputs.map(source),
                output: output.map_or(0..0, range),
                geometry,
                multiply_adds,
            });
        }

        let output_elements: Vec<usize> = network
            .outputs
            .iter()
            .zip(&sizes.outputs)
            .map(|(output, size)| size.pixels() * output.info.channels)
            .collect();
        let total = output_elements
            .iter()
            .fold(arena_bytes, |sum, elements| {
                sum.saturating_add(elements.saturating_mul(size_of::<f32>()))
            })
            .saturating_add(scratch.saturating_mul(size_of::<i16>()));
        check("bytes of arena", total, limits.arena_bytes)?;
        let outputs = network
            .outputs
            .iter()
            .zip(sizes.outputs)
            .zip(output_elements)
            .map(|((output, size), elements)| OutputBuffer {
                data: vec![0.0; elements],
                size,
                channels: output.info.channels,
            })
            .collect();
        let (arena, scratch) = (Lined::zeros(arena_bytes), vec![0; scratch]);
        Ok(Plan {
            height,
            width,
            steps,
            arena,
            scratch,
            outputs,
            shared,
        })
    }

    /// Runs the model on a picture: `height * width` bytes of full-range luma, row by row from the top, tightly packed. Takes no memory.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when `luma` has another length; the outputs stay as they were.
    pub fn run(&mut self, luma: &[u8]) -> Result<(), Error> {
        self.run_observed(luma, |_| {})
    }

    /// [`Plan::run`] that calls `done` after each operation with its index in [`Plan::operations`], for measuring where the time goes.
    ///
    /// # Errors
    ///
    /// As [`Plan::run`].
    pub fn run_observed(&mut self, luma: &[u8], mut done: impl FnMut(usize)) -> Result<(), Error> {
        if luma.len() != self.height * self.width {
            return Err(Error::Input {
                found: luma.len(),
                height: self.height,
                width: self.width,
            });
        }
        let kernels = self.shared.kernels;
        let network = &self.shared.network;
        for (index, (step, operation)) in self.steps.iter().zip(&network.operations).enumerate() {
            let (memory, output) = Memory::split(luma, &mut self.arena, &step.output);
            let input = memory.get(&step.inputs[0]);
            match &operation.kind {
                Kind::Convolution {
                    target, weights, ..
                } => {
                    let destination = match *target {
                        Target::Tensor(_) => Destination::Bytes(output),
                        Target::Output(index) => Destination::Reals(&mut self.outputs[index].data),
                    };
                    weights.run(&step.geometry, input, destination, &mut self.scratch);
                }
                Kind::Add { addition, .. } => {
                    kernels.add(addition, input, memory.get(&step.inputs[1]), output)
                }
                Kind::AveragePool {
                    input: from,
                    output: to,
                } => {
                    let pool = Pool::new(
                        network.tensors[*from].quantization,
                        network.tensors[*to].quantization,
                        input.len() / output.len(),
                    );
                    kernels.average_pool(&pool, input, output);
                }
            }
            done(index);
        }
        Ok(())
    }

    /// An output of the latest [`Plan::run`], all zeros before the first. `index` counts as [`Model::outputs`](crate::Model::outputs) does.
    ///
    /// # Panics
    ///
    /// When the model has no output of that index.
    pub fn output(&self, index: usize) -> Output<'_> {
        let OutputBuffer {
            data,
            size,
            channels,
        } = &self.outputs[index];
        Output {
            data,
            height: size.height,
            width: size.width,
            channels: *channels,
        }
    }

    /// Products that one run adds up in its convolutions, those with padding included.
    pub fn multiply_adds(&self) -> u64 {
        self.steps
            .iter()
            .fold(0, |sum, step| sum.saturating_add(step.multiply_adds))
    }

    /// The operations in the order in which they run.
    pub fn operations(&self) -> impl Iterator<Item = OperationInfo<'_>> {
        let network = &self.shared.network;
        self.steps
            .iter()
            .zip(&network.operations)
            .map(|(step, operation)| {
                let (inputs, output) = operation.kind.tensors();
                let channels = network.tensors[inputs[0]].channels;
                let info = OperationInfo {
                    node: &operation.node,
                    kind: "add",
                    kernel: 1,
                    stride: 1,
                    inputs: channels,
                    outputs: output.map_or(channels, |tensor| network.tensors[tensor].channels),
                    height: step.geometry.output.height,
                    width: step.geometry.output.width,
                    multiply_adds: step.multiply_adds,
                };
                match &operation.kind {
                    Kind::Add { .. } => info,
                    Kind::AveragePool { .. } => OperationInfo {
                        kind: "average pool",
                        ..info
                    },
                    Kind::Convolution { shape, .. } => OperationInfo {
                        kind: match shape.grouping {
                            Grouping::Dense => "convolution",
                            Grouping::Depthwise => "depthwise convolution",
                        },
                        kernel: shape.kernel,
                        stride: shape.stride,
                        outputs: shape.outputs,
                        ..info
                    },
                }
            })
    }

    /// Memory that the plan holds to run: intermediate tensors, scratch and outputs, without the weights.
    pub fn arena_bytes(&self) -> usize {
        let outputs: usize = self
            .outputs
            .iter()
            .map(|output| size_of_val(&output.data[..]))
            .sum();
        self.arena.len() + size_of_val(&self.scratch[..]) + outputs
    }

    /// The name of the kernels that run the plan, after the instruction set that they use.
    pub fn kernels(&self) -> &'static str {
        self.shared.kernels.name()
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("height", &self.height)
            .field("width", &self.width)
            .field("kernels", &self.kernels())
            .field("arena_bytes", &self.arena_bytes())
            .finish_non_exhaustive()
    }
}

/// What an operation may read while it writes its own part of the arena.
struct Memory<'a> {
    luma: &'a [u8],
    before: &'a [u8],
    after: &'a [u8],
    after_start: usize,
}

impl<'a> Memory<'a> {
    /// Parts the arena into the range to write and the rest. A tensor that an operation reads lives while the one that it writes does, so
    /// it lies wholly before or wholly behind it.
    fn split(luma: &'a [u8], arena: &'a mut [u8], output: &Range<usize>) -> (Self, &'a mut [u8]) {
        let (before, rest) = arena.split_at_mut(output.start);
        let (written, after) = rest.split_at_mut(output.len());
        (
            Memory {
                luma,
                before,
                after,
                after_start: output.end,
            },
            written,
        )
    }

    fn get(&self, source: &Source) -> &'a [u8] {
        match source {
            Source::Luma => self.luma,
            Source::Arena(range) if range.start >= self.after_start => {
                &self.after[range.start - self.after_start..range.end - self.after_start]
            }
            Source::Arena(range) => &self.before[range.clone()],
        }
    }
}

impl<C> Kind<C> {
    /// The tensors it reads (the same one twice where it reads only one) and the one it writes.
    fn tensors(&self) -> ([TensorId; 2], Option<TensorId>) {
        match *self {
            Kind::Convolution {
                input,
                target: Target::Tensor(output),
                ..
            } => ([input; 2], Some(output)),
            Kind::Convolution {
                input,
                target: Target::Output(_),
                ..
            } => ([input; 2], None),
            Kind::Add { inputs, output, .. } => (inputs, Some(output)),
            Kind::AveragePool { input, output } => ([input; 2], Some(output)),
        }
    }
}
