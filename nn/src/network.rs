//! The fused network: one integer operation for each island of dequantise, operator, activation, quantise. [`crate::grammar`] builds it
//! from a file, [`crate::kernels`] pack its weights, [`crate::plan`] gives it memory. It knows channels, but no heights and widths.

/// Index into [`Network::tensors`]. Tensor 0 is the input.
pub(crate) type TensorId = usize;

/// The network's input among its tensors: every other tensor is computed from it, so it is the first to be quantised.
pub(crate) const INPUT: TensorId = 0;

/// Which sizes of picture a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputSize {
    /// Only this one.
    Fixed {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// Any that the network's strides and additions work out for: the model is fully convolutional.
    Any,
}

/// One output of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputInfo {
    /// Its name in the file.
    pub name: String,
    /// Its channels.
    pub channels: usize,
}

/// How eight-bit numbers stand for real ones: `real = (quantised - zero_point) * scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantization {
    pub(crate) scale: f32,
    pub(crate) zero_point: u8,
}

/// A quantised tensor between operations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tensor {
    pub(crate) channels: usize,
    pub(crate) quantization: Quantization,
}

/// Operations in the order in which they run. `C` is what a convolution carries: its weights as read, or packed by a kernel.
#[derive(Debug)]
pub(crate) struct Network<C> {
    pub(crate) input: InputSize,
    pub(crate) tensors: Vec<Tensor>,
    pub(crate) operations: Vec<Operation<C>>,
    pub(crate) outputs: Vec<Output>,
    /// Weights and biases of all convolutions.
    pub(crate) parameters: usize,
}

/// An output as the file declares it.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) info: OutputInfo,
    /// Set when a `Flatten` stands behind the convolution, which then must see a picture of one pixel.
    pub(crate) is_flat: bool,
    /// Height and width, where the file fixes them.
    pub(crate) declared: (Option<usize>, Option<usize>),
}

#[derive(Debug)]
pub(crate) struct Operation<C> {
    /// The node of the file that this came from, for messages.
    pub(crate) node: String,
    pub(crate) kind: Kind<C>,
}

#[derive(Debug)]
pub(crate) enum Kind<C> {
    Convolution {
        input: TensorId,
        target: Target,
        shape: ConvolutionShape,
        weights: C,
    },
    Add {
        inputs: [TensorId; 2],
        output: TensorId,
        addition: Addition,
    },
    AveragePool {
        input: TensorId,
        output: TensorId,
    },
}

/// Where a convolution's result goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Requantised, to a tensor.
    Tensor(TensorId),
    /// As real numbers, to an output of the model.
    Output(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Every output channel sees every input channel.
    Dense,
    /// Output channel `c` sees input channel `c` alone.
    Depthwise,
}

/// Rows and columns of zeros around a picture; each 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pads {
    pub(crate) top: usize,
    pub(crate) left: usize,
    pub(crate) bottom: usize,
    pub(crate) right: usize,
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
impl Pads {
    pub(crate) const NONE: Pads = Pads {
        top: 0,
        left: 0,
        bottom: 0,
        right: 0,
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConvolutionShape {
    pub(crate) grouping: Grouping,
    /// Input channels.
    pub(crate) inputs: usize,
    /// Output channels.
    pub(crate) outputs: usize,
    /// Side of the square kernel, 1 or 3.
    pub(crate) kernel: usize,
    /// 1 or 2, down and across.
    pub(crate) stride: usize,
    pub(crate) pads: Pads,
}

impl ConvolutionShape {
    /// Products that one output number sums up, not counting the bias.
    pub(crate) fn depth(&self) -> usize {
        let channels = match self.grouping {
            Grouping::Dense => self.inputs,
            Grouping::Depthwise => 1,
        };
        self.kernel * self.kernel * channels
    }
}

/// A convolution as the file has it, ready for packing.
#[derive(Debug)]
pub(crate) struct Convolution<'a> {
    pub(crate) shape: ConvolutionShape,
    /// The input's.
    pub(crate) zero_point: u8,
    /// `[outputs][inputs / group][kernel][kernel]`, one byte each.
    pub(crate) weights: &'a [u8],
    /// One an output channel, in units of input scale times weight scale.
    pub(crate) bias: Vec<i32>,
    /// One an output channel: what an accumulator is multiplied by.
    pub(crate) multipliers: Vec<f32>,
    /// `None` for an output of the model, which stays real.
    pub(crate) requantization: Option<Requantization>,
}

impl Convolution<'_> {
    /// The weight of one product.
    pub(crate) fn weight(&self, output: usize, input: usize, tap: usize) -> i8 {
        let taps = self.shape.kernel * self.shape.kernel;
        i8::from_le_bytes([self.weights[output * self.shape.depth() + input * taps + tap]])
    }
}

/// How an accumulator, once multiplied, becomes a byte: clamp, round half to even, add the zero point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Requantization {
    /// At least `-zero_point`.
    pub(crate) low: f32,
    /// At most `255 - zero_point`.
    pub(crate) high: f32,
    pub(crate) zero_point: u8,
}

impl Requantization {
    /// The whole range of a byte.
    pub(crate) fn full_range(zero_point: u8) -> Self {
        Requantization {
            low: -f32::from(zero_point),
            high: f32::from(255 - zero_point),
            zero_point,
        }
    }

    /// The part of it that an activation with these bounds, in real numbers, leaves.
    pub(crate) fn bounded(quantization: Quantization, minimum: f32, maximum: f32) -> Self {
        let full = Self::full_range(quantization.zero_point);
        // Bounds outside the byte's range meet at its end, as they do when the rounded number saturates.
        let bound = |real: f32| (real / quantization.scale).clamp(full.low, full.high);
        Requantization {
            low: bound(minimum),
            high: bound(maximum),
            zero_point: quantization.zero_point,
        }
    }
}

/// The sum of two tensors: factors from each one's scale to the sum's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addition {
    pub(crate) zero_points: [u8; 2],
    pub(crate) factors: [f32; 2],
    pub(crate) requantization: Requantization,
}

impl<C> Network<C> {
    /// The same network with something else in place of each convolution's weights.
    pub(crate) fn map<D>(self, mut pack: impl FnMut(C) -> D) -> Network<D> {
        let operations = self.operations.into_iter().map(|operation| Operation {
            node: operation.node,
            kind: match operation.kind {
                Kind::Convolution {
                    input,
                    target,
                    shape,
                    weights,
                } => Kind::Convolution {
                    input,
                    target,
                    shape,
                    weights: pack(weights),
                },
                Kind::Add {
                    inputs,
                    output,
                    addition,
                } => Kind::Add {
                    inputs,
                    output,
                    addition,
                },
                Kind::AveragePool { input, output } => Kind::AveragePool { input, output },
            },
        });
        Network {
            input: self.input,
            tensors: self.tensors,
            operations: operations.collect(),
            outputs: self.outputs,
            parameters: self.parameters,
        }
    }
}
