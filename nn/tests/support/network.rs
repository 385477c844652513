//! Small quantised networks as data: made by hand or at random, written as an ONNX file, computed by the oracle.

use super::onnx::{Dim, File, INT8, Info, UINT8, Value};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantization {
    pub scale: f32,
    pub zero_point: u8,
}

#[derive(Clone, Copy, Debug)]
pub enum Activation {
    None,
    Relu,
    Clip(f32, f32),
}

#[derive(Clone, Debug)]
pub struct Convolution {
    pub input: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    /// Top, left, bottom, right.
    pub pads: [usize; 4],
    pub is_depthwise: bool,
    /// `[outputs][inputs of a group][kernel][kernel]`
    pub weights: Vec<i8>,
    pub scales: Vec<f32>,
    pub bias: Vec<i32>,
}

/// A layer makes the next tensor, or an output where it says so.
#[derive(Clone, Debug)]
pub enum Layer {
    Convolution(Convolution, Activation, Quantization),
    Add([usize; 2], Quantization),
    Pool(usize, Quantization),
    Output {
        convolution: Convolution,
        is_flat: bool,
    },
}

/// Tensor 0 is the picture; each layer but outputs adds one.
#[derive(Clone, Debug)]
pub struct Network {
    pub height: usize,
    pub width: usize,
    pub is_any_size: bool,
    pub layers: Vec<Layer>,
}

pub const PICTURE: Quantization = Quantization {
    scale: 1.0 / 255.0,
    zero_point: 0,
};

/// A tensor's channels, height, width and quantisation.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub quantization: Quantization,
}

impl Convolution {
    pub fn size(&self, input: Shape) -> (usize, usize) {
        let [top, left, bottom, right] = self.pads;
        (
            (input.height + top + bottom - self.kernel) / self.stride + 1,
            (input.width + left + right - self.kernel) / self.stride + 1,
        )
    }
}

impl Network {
    /// How many outputs there are.
    pub fn outputs(&self) -> usize {
        let is_output = |layer: &&Layer| matches!(layer, Layer::Output { .. });
        self.layers.iter().filter(is_output).count()
    }

    /// All tensors, in order.
    pub fn shapes(&self) -> Vec<Shape> {
        let mut shapes = vec![Shape {
            channels: 1,
            height: self.height,
            width: self.width,
            quantization: PICTURE,
        }];
        for layer in &self.layers {
            let shape = match *layer {
                Layer::Convolution(ref convolution, _, quantization) => {
                    let (height, width) = convolution.size(shapes[convolution.input]);
                    Shape {
                        channels: convolution.outputs,
                        height,
                        width,
                        quantization,
                    }
                }
                Layer::Add([a, _], quantization) => Shape {
                    quantization,
                    ..shapes[a]
                },
                Layer::Pool(input, quantization) => Shape {
                    height: 1,
                    width: 1,
                    quantization,
                    ..shapes[input]
                },
                Layer::Output { .. } => continue,
            };
            shapes.push(shape);
        }
        shapes
    }

    /// The network as an ONNX file. Nodes are named after their layer's index: `conv3`, `relu3`, `add4`, `pool5`, `quantize3`.
    pub fn file(&self) -> File {
        let mut file = File::default();
        let size = |value: usize, symbol: &str| {
            if self.is_any_size {
                Dim::Symbol(symbol.to_owned())
            } else {
                Dim::Value(value as i64)
            }
        };
        let picture = [
            Dim::Value(1),
            Dim::Value(1),
            size(self.height, "height"),
            size(self.width, "width"),
        ];
        file.inputs.push(Info::new("picture", &picture));
        let shapes = self.shapes();
        let mut activations = vec![requantize(&mut file, "input", "picture", PICTURE)];
        for (index, layer) in self.layers.iter().enumerate() {
            let (real, quantization) = match layer {
                Layer::Convolution(convolution, activation, quantization) => {
                    let real = convolve(&mut file, index, convolution, &activations, &shapes);
                    let real = match *activation {
                        Activation::None => real,
                        Activation::Relu => {
                            file.add_node("Relu", &format!("relu{index}"), &[&real], vec![])
                        }
                        Activation::Clip(minimum, maximum) => {
                            let minimum = file.floats(&format!("clip{index}.min"), &[], &[minimum]);
                            let maximum = file.floats(&format!("clip{index}.max"), &[], &[maximum]);
                            file.add_node(
                                "Clip",
                                &format!("clip{index}"),
                                &[&real, &minimum, &maximum],
                                vec![],
                            )
                        }
                    };
                    (real, quantization)
                }
                Layer::Add([a, b], quantization) => {
                    let inputs = [activations[*a].as_str(), activations[*b].as_str()];
                    (
                        file.add_node("Add", &format!("add{index}"), &inputs, vec![]),
                        quantization,
                    )
                }
                Layer::Pool(input, quantization) => (
                    file.add_node(
                        "GlobalAveragePool",
                        &format!("pool{index}"),
                        &[&activations[*input]],
                        vec![],
                    ),
                    quantization,
                ),
                Layer::Output {
                    convolution,
                    is_flat,
                } => {
                    let mut real = convolve(&mut file, index, convolution, &activations, &shapes);
                    let batch = [Dim::Value(1), Dim::Value(convolution.outputs as i64)];
                    if *is_flat {
                        real = file.add_node(
                            "Flatten",
                            &format!("flatten{index}"),
                            &[&real],
                            vec![("axis", Value::Int(1))],
                        );
                        file.outputs.push(Info::new(&real, &batch));
                    } else {
                        let (height, width) = convolution.size(shapes[convolution.input]);
                        let shape = [&batch[..], &[size(height, "h"), size(width, "w")]].concat();
                        file.outputs.push(Info::new(&real, &shape));
                    }
                    continue;
                }
            };
            activations.push(requantize(
                &mut file,
                &index.to_string(),
                &real,
                *quantization,
            ));
        }
        file
    }
}

fn requantize(file: &mut File, index: &str, real: &str, quantization: Quantization) -> String {
    let scale = file.floats(&format!("scale{index}"), &[], &[quantization.scale]);
    let zero_point = file.tensor(
        &format!("zero_point{index}"),
        UINT8,
        &[],
        vec![quantization.zero_point],
    );
    let bytes = file.add_node(
        "QuantizeLinear",
        &format!("quantize{index}"),
        &[real, &scale, &zero_point],
        vec![],
    );
    file.add_node(
        "DequantizeLinear",
        &format!("dequantize{index}"),
        &[&bytes, &scale, &zero_point],
        vec![],
    )
}

fn convolve(
    file: &mut File,
    index: usize,
    convolution: &Convolution,
    activations: &[String],
    shapes: &[Shape],
) -> String {
    let input = shapes[convolution.input];
    let outputs = convolution.outputs;
    let inputs = if convolution.is_depthwise {
        1
    } else {
        input.channels
    };
    let dims = [outputs, inputs, convolution.kernel, convolution.kernel];
    let bytes = convolution
        .weights
        .iter()
        .map(|&weight| weight as u8)
        .collect();
    let weights = [
        file.tensor(&format!("weights{index}"), INT8, &dims, bytes),
        file.floats(
            &format!("weights{index}.scale"),
            &[outputs],
            &convolution.scales,
        ),
        file.tensor(
            &format!("weights{index}.zero"),
            INT8,
            &[outputs],
            vec![0; outputs],
        ),
    ];
    let bias_scales: Vec<f32> = convolution
        .scales
        .iter()
        .map(|scale| scale * input.quantization.scale)
        .collect();
    let bias = [
        file.ints(&format!("bias{index}"), &[outputs], &convolution.bias),
        file.floats(&format!("bias{index}.scale"), &[outputs], &bias_scales),
        file.ints(&format!("bias{index}.zero"), &[outputs], &vec![0; outputs]),
    ];
    let axis = || vec![("axis", Value::Int(0))];
    let weights = file.add_node(
        "DequantizeLinear",
        &format!("weights{index}:dq"),
        &weights.each_ref().map(String::as_str),
        axis(),
    );
    let bias = file.add_node(
        "DequantizeLinear",
        &format!("bias{index}:dq"),
        &bias.each_ref().map(String::as_str),
        axis(),
    );
    let square = |value: usize| Value::Ints(vec![value as i64; 2]);
    let attributes = vec![
        ("kernel_shape", square(convolution.kernel)),
        ("strides", square(convolution.stride)),
        ("dilations", square(1)),
        (
            "pads",
            Value::Ints(convolution.pads.iter().map(|&pad| pad as i64).collect()),
        ),
        (
            "group",
            Value::Int(if convolution.is_depthwise {
                input.channels as i64
            } else {
                1
            }),
        ),
    ];
    file.add_node(
        "Conv",
        &format!("conv{index}"),
        &[&activations[convolution.input], &weights, &bias],
        attributes,
    )
}
/// The head that hands a tensor's bytes over as they are, less their zero point.
pub fn as_they_are(input: usize, channels: usize) -> Convolution {
    Convolution {
        input,
        outputs: channels,
        kernel: 1,
        stride: 1,
        pads: [0; 4],
        is_depthwise: true,
        weights: vec![1; channels],
        scales: vec![1.0; channels],
        bias: vec![0; channels],
    }
}
