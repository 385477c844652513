//! From a `Conv` node with its operands to a fused convolution: shapes that fit, multipliers that are sound, accumulators that can't
//! overflow. All of it is settled here, at load, so that kernels need not check.

use super::attributes::{ConvolutionAttributes, Place};
use super::operands::{Bias, Weights};
use crate::Error;
use crate::network::{
    Convolution, ConvolutionShape, Grouping, Quantization, Requantization, Tensor, TensorId,
};

/// How far a bias scale may lie from the product of the other two, relatively: a few roundings of `f32`. The scale itself is never used.
const BIAS_SCALE_TOLERANCE: f64 = 1e-6;

/// A convolution whose result is still real: what follows decides where it goes.
#[derive(Clone, Copy)]
pub(super) struct Convolved<'n, 'a> {
    pub(super) input: TensorId,
    pub(super) place: Place<'n, 'a>,
    /// Where the node stands in the file.
    pub(super) position: usize,
    pub(super) shape: ConvolutionShape,
    pub(super) bounds: Option<Bounds>,
    input_quantization: Quantization,
    weights: Weights<'a>,
    bias: Bias<'a>,
}

/// What a `Relu` or `Clip` leaves of the real numbers.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) minimum: f32,
    pub(super) maximum: f32,
}

impl<'n, 'a> Convolved<'n, 'a> {
    /// Checks the node's attributes and that its operands fit each other.
    pub(super) fn new(
        place: Place<'n, 'a>,
        position: usize,
        (input, tensor): (TensorId, Tensor),
        weights: Weights<'a>,
        bias: Bias<'a>,
    ) -> Result<Self, Error> {
        let attributes = ConvolutionAttributes::read(&place, weights.kernel)?;
        let channels = tensor.channels;
        let (grouping, per_group) = if attributes.group == 1 {
            (Grouping::Dense, channels)
        } else if attributes.group == channels {
            (Grouping::Depthwise, 1)
        } else {
            return Err(place.error(
                format!("group {} over {channels} input channels", attributes.group),
                format!("1 or {channels}"),
            ));
        };
        if weights.inputs != per_group {
            return Err(place.error(
                format!(
                    "weights for {} input channels in each group",
                    weights.inputs
                ),
                format!(
                    "{per_group}, as the input has {channels} channels and group is {}",
                    attributes.group
                ),
            ));
        }
        if grouping == Grouping::Depthwise && weights.outputs != channels {
            return Err(place.error(
                format!(
                    "a depthwise convolution from {channels} to {} channels",
                    weights.outputs
                ),
                "as many output as input channels",
            ));
        }
        if bias.values.len() != weights.outputs {
            return Err(place.error(
                format!("{} biases", bias.values.len()),
                format!("{}, one an output channel", weights.outputs),
            ));
        }
        let shape = ConvolutionShape {
            grouping,
            inputs: channels,
            outputs: weights.outputs,
            kernel: weights.kernel,
            stride: attributes.stride,
            pads: attributes.pads,
        };
        let quantization = tensor.quantization;
        Ok(Convolved {
            input,
            place,
            position,
            shape,
            bounds: None,
            input_quantization: quantization,
            weights,
            bias,
        })
    }

    /// The same with a `Relu` or `Clip` behind it.
    pub(super) fn bounded(self, bounds: Bounds) -> Self {
        Convolved {
            bounds: Some(bounds),
            ..self
        }
    }

    /// Weights and biases.
    pub(super) fn parameters(&self) -> usize {
        self.weights.bytes.len() + self.bias.values.len()
    }

    /// The convolution with its result quantised so, or left real for an output of the model.
    pub(super) fn fuse(&self, output: Option<Quantization>) -> Result<Convolution<'a>, Error> {
        self.check_bias_scales()?;
        let multipliers: Vec<f32> = self
            .weights
            .scales
            .iter()
            .map(|scale| {
                let product = self.input_quantization.scale * scale;
                output.map_or(product, |output| product / output.scale)
            })
            .collect();
        if let Some(bad) = multipliers
            .iter()
            .find(|multiplier| !multiplier.is_normal())
        {
            return Err(self.place.error(
                format!("scales that make a multiplier of {bad:e}"),
                "scales whose product over the output's scale is a normal float32",
            ));
        }
        let convolution = Convolution {
            shape: self.shape,
            zero_point: self.input_quantization.zero_point,
            weights: self.weights.bytes,
            bias: self.bias.values.iter().collect(),
            multipliers,
            requantization: output.map(|output| match self.bounds {
                None => Requantization::full_range(output.zero_point),
                Some(bounds) => Requantization::bounded(output, bounds.minimum, bounds.maximum),
            }),
        };
        self.prove_no_overflow(&convolution)?;
        Ok(convolution)
    }

    fn check_bias_scales(&self) -> Result<(), Error> {
        let input = f64::from(self.input_quantization.scale);
        for (channel, (bias, weight)) in self
            .bias
            .scales
            .iter()
            .zip(self.weights.scales.iter())
            .enumerate()
        {
            let expected = input * f64::from(weight);
            if (f64::from(bias) - expected).abs() > BIAS_SCALE_TOLERANCE * expected {
                return Err(self.place.error(
                    format!("a bias scale of {bias:e} in output channel {channel}"),
                    format!("{expected:e}, the input's scale times the weight's"),
                ));
            }
        }
        Ok(())
    }

    /// Adds up, for each output channel, the largest and the smallest sums that any picture, any padding and any order of adding can
    /// reach: both must be 32-bit integers.
    fn prove_no_overflow(&self, convolution: &Convolution<'_>) -> Result<(), Error> {
        let below = -i64::from(convolution.zero_point);
        let above = 255 + below;
        let channels = convolution
            .weights
            .chunks_exact(self.shape.depth())
            .zip(&convolution.bias);
        for (channel, (weights, &bias)) in channels.enumerate() {
            let (mut negative, mut positive) = (0, 0);
            // In 32 bits first, which vectorises.
            for part in weights.chunks(1 << 16) {
                let weights = part
                    .iter()
                    .map(|&byte| i32::from(i8::from_le_bytes([byte])));
                negative += i64::from(weights.clone().map(|weight| weight.min(0)).sum::<i32>());
                positive += i64::from(weights.map(|weight| weight.max(0)).sum::<i32>());
            }
            let smallest = i64::from(bias.min(0)) + positive * below + negative * above;
            let largest = i64::from(bias.max(0)) + positive * above + negative * below;
            if i32::try_from(smallest).is_err() || i32::try_from(largest).is_err() {
                return Err(self.place.error(
                    format!("weights and bias of output channel {channel} that can sum up to {smallest}..={largest}"),
                    "sums that fit in 32 bits",
                ));
            }
        }
        Ok(())
    }
}
