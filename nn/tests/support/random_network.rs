//! Networks at random, as [`super::network`] describes them.

use super::Random;
use super::network::{Activation, Convolution, Layer, Network, Quantization, Shape, as_they_are};

/// A random network over every layer of the grammar; what no layer reads becomes an output, so that no mistake stays hidden.
pub fn random(random: &mut Random) -> Network {
    let mut network = Network {
        height: 1 + random.below(20),
        width: 1 + random.below(20),
        is_any_size: random.chance(50),
        layers: Vec::new(),
    };
    for _ in 0..2 + random.below(7) {
        let shapes = network.shapes();
        // Mostly the latest tensor, so that networks get deep.
        let input = if random.chance(75) {
            shapes.len() - 1
        } else {
            random.below(shapes.len())
        };
        let partner = (0..shapes.len()).rev().find(|&other| {
            let (a, b) = (shapes[input], shapes[other]);
            (other != input || random.chance(20))
                && (a.channels, a.height, a.width) == (b.channels, b.height, b.width)
        });
        let layer = match (random.below(10), partner) {
            (0..3, Some(partner)) => Layer::Add(
                [input, partner],
                quantization(random, shapes[input].quantization.scale * 2.0),
            ),
            (3, _) => Layer::Pool(
                input,
                quantization(random, shapes[input].quantization.scale),
            ),
            _ => {
                let (convolution, scale) = convolution(random, input, shapes[input]);
                let activation = match random.below(3) {
                    0 => Activation::None,
                    1 => Activation::Relu,
                    _ => {
                        let ends =
                            [0, 1].map(|_| (random.fraction() * 400.0 - 200.0) as f32 * scale);
                        Activation::Clip(ends[0].min(ends[1]), ends[0].max(ends[1]))
                    }
                };
                Layer::Convolution(convolution, activation, quantization(random, scale))
            }
        };
        network.layers.push(layer);
    }
    let shapes = network.shapes();
    for (tensor, shape) in shapes.iter().enumerate().skip(1) {
        let (convolution, _) = convolution(random, tensor, *shape);
        let is_flat = convolution.size(*shape) == (1, 1) && random.chance(50);
        network.layers.push(Layer::Output {
            convolution,
            is_flat,
        });
    }
    network
}

/// A random chain with up to 200 channels and multipliers from tiny to huge, whose every tensor is handed over byte by byte.
pub fn wide(random: &mut Random) -> Network {
    let mut network = Network {
        height: 1 + random.below(12),
        width: 1 + random.below(12),
        is_any_size: false,
        layers: Vec::new(),
    };
    for _ in 0..3 {
        let shapes = network.shapes();
        let input = shapes.len() - 1;
        let (mut convolution, scale) = convolution(random, input, shapes[input]);
        if !convolution.is_depthwise {
            let outputs = 1 + random.below(200);
            let depth = convolution.weights.len() / convolution.outputs;
            convolution.outputs = outputs;
            convolution.weights = repeated(&convolution.weights, outputs * depth);
            convolution.scales = repeated(&convolution.scales, outputs);
            convolution.bias = repeated(&convolution.bias, outputs);
        }
        match random.below(8) {
            0 => convolution
                .scales
                .iter_mut()
                .for_each(|scale| *scale *= 1e-6),
            1 => convolution
                .scales
                .iter_mut()
                .for_each(|scale| *scale *= 1e12),
            2 => convolution.scales[0] *= 1e12,
            _ => {}
        }
        let activation = match random.below(3) {
            0 => Activation::None,
            1 => Activation::Relu,
            _ => Activation::Clip(0.0, 100.0 * scale),
        };
        let quantization = quantization(random, scale);
        network
            .layers
            .push(Layer::Convolution(convolution, activation, quantization));
    }
    for (input, shape) in network.shapes().iter().enumerate().skip(1) {
        network.layers.push(Layer::Output {
            convolution: as_they_are(input, shape.channels),
            is_flat: false,
        });
    }
    network
}
fn quantization(random: &mut Random, scale: f32) -> Quantization {
    let zero_point = match random.below(4) {
        0 => 0,
        1 => 255,
        2 => 128,
        _ => random.below(256) as u8,
    };
    Quantization {
        scale: scale * (0.5 + random.fraction()) as f32,
        zero_point,
    }
}

/// A convolution over a tensor, and a scale that suits its result.
fn convolution(random: &mut Random, input: usize, shape: Shape) -> (Convolution, f32) {
    let is_depthwise = shape.channels > 1 && random.chance(40);
    let pads = [0; 4].map(|_: usize| random.below(2));
    let fits = shape.height + pads[0] + pads[2] >= 3 && shape.width + pads[1] + pads[3] >= 3;
    let kernel = if fits && random.chance(60) { 3 } else { 1 };
    let outputs = if is_depthwise {
        shape.channels
    } else {
        match random.below(4) {
            0 => shape.channels,
            1 => random.pick(&[1, 7, 8, 15, 16, 17, 31, 32, 33, 64]),
            _ => 1 + random.below(40),
        }
    };
    let depth = kernel * kernel * if is_depthwise { 1 } else { shape.channels };
    let style = random.below(5);
    let constant = random.pick(&[-128, -127, 127]);
    let weights: Vec<i8> = (0..outputs * depth)
        .map(|_| match style {
            0 => random.pick(&[-128, 127]),
            1 => constant,
            _ => random.next() as i8,
        })
        .collect();
    let scales: Vec<f32> = (0..outputs)
        .map(|_| (0.002 + 0.01 * random.fraction()) as f32)
        .collect();
    let bias = (0..outputs)
        .map(|_| random.below(20_001) as i32 - 10_000)
        .collect();
    let spread = (depth as f32).sqrt() * 70.0 * 100.0;
    let scale = shape.quantization.scale * 0.007 * spread / 60.0;
    (
        Convolution {
            input,
            outputs,
            kernel,
            stride: 1 + random.below(2),
            pads,
            is_depthwise,
            weights,
            scales,
            bias,
        },
        scale,
    )
}

fn repeated<T: Copy>(numbers: &[T], length: usize) -> Vec<T> {
    numbers.iter().copied().cycle().take(length).collect()
}
