//! The arithmetic of `docs/model-format.md` again, as plainly as can be: channels first, one number at a time, 64-bit integers, and each
//! `f32` operation done in `f64` and rounded once. (For one product, quotient or sum of two `f32` that gives the correctly rounded `f32`:
//! Figueroa, "When is double rounding innocuous?", 1995.)

use super::network::{Activation, Convolution, Layer, Network, Quantization, Shape};

/// A tensor of bytes or of accumulators, `[channel][row][column]`.
type Picture = Vec<Vec<Vec<i64>>>;

/// Each output in the order of heights, widths, channels.
pub fn run(network: &Network, luma: &[u8]) -> Vec<Vec<f32>> {
    let shapes = network.shapes();
    let rows = luma
        .chunks(network.width)
        .map(|row| row.iter().map(|&byte| i64::from(byte)).collect());
    let mut tensors: Vec<Picture> = vec![vec![rows.collect()]];
    let mut outputs = Vec::new();
    for layer in &network.layers {
        let tensor = match layer {
            Layer::Convolution(convolution, activation, quantization) => {
                let input = shapes[convolution.input];
                let sums = accumulate(convolution, input, &tensors[convolution.input]);
                let bound = |real: f32| divide(real, quantization.scale);
                let (low, high) = match *activation {
                    Activation::None => (f32::MIN, f32::MAX),
                    Activation::Relu => (0.0, f32::MAX),
                    Activation::Clip(minimum, maximum) => (bound(minimum), bound(maximum)),
                };
                each(&sums, |channel, sum| {
                    let product = multiply(input.quantization.scale, convolution.scales[channel]);
                    let real = multiply(sum as f32, divide(product, quantization.scale));
                    quantize(real.max(low).min(high), quantization.zero_point)
                })
            }
            Layer::Add([a, b], quantization) => add(
                *quantization,
                [a, b].map(|&index| (&tensors[index], shapes[index].quantization)),
            ),
            Layer::Pool(input, quantization) => {
                pool(*quantization, &tensors[*input], shapes[*input].quantization)
            }
            Layer::Output { convolution, .. } => {
                let input = shapes[convolution.input];
                let sums = accumulate(convolution, input, &tensors[convolution.input]);
                let (height, width) = convolution.size(input);
                let mut output = Vec::new();
                for y in 0..height {
                    for x in 0..width {
                        for (channel, rows) in sums.iter().enumerate() {
                            let scale =
                                multiply(input.quantization.scale, convolution.scales[channel]);
                            output.push(multiply(rows[y][x] as f32, scale));
                        }
                    }
                }
                outputs.push(output);
                continue;
            }
        };
        tensors.push(tensor);
    }
    outputs
}

fn accumulate(convolution: &Convolution, shape: Shape, input: &Picture) -> Picture {
    let (height, width) = convolution.size(shape);
    let kernel = convolution.kernel;
    let group = if convolution.is_depthwise {
        1
    } else {
        shape.channels
    };
    let at = |channel: usize, y: i64, x: i64| {
        let inside = (0..shape.height as i64).contains(&y) && (0..shape.width as i64).contains(&x);
        if inside {
            input[channel][y as usize][x as usize] - i64::from(shape.quantization.zero_point)
        } else {
            0
        }
    };
    let sum = |output: usize, y: usize, x: usize| {
        let mut sum = i64::from(convolution.bias[output]);
        for member in 0..group {
            let channel = if convolution.is_depthwise {
                output
            } else {
                member
            };
            for ky in 0..kernel {
                for kx in 0..kernel {
                    let weight = convolution.weights
                        [((output * group + member) * kernel + ky) * kernel + kx];
                    let row = (y * convolution.stride + ky) as i64 - convolution.pads[0] as i64;
                    let column = (x * convolution.stride + kx) as i64 - convolution.pads[1] as i64;
                    sum += at(channel, row, column) * i64::from(weight);
                }
            }
        }
        assert!(i32::try_from(sum).is_ok());
        sum
    };
    (0..convolution.outputs)
        .map(|output| {
            (0..height)
                .map(|y| (0..width).map(|x| sum(output, y, x)).collect())
                .collect()
        })
        .collect()
}

fn add(output: Quantization, [a, b]: [(&Picture, Quantization); 2]) -> Picture {
    let real = |value: i64, from: Quantization| {
        multiply(
            (value - i64::from(from.zero_point)) as f32,
            divide(from.scale, output.scale),
        )
    };
    let mut sums = a.0.clone();
    for (channel, rows) in sums.iter_mut().enumerate() {
        for (y, row) in rows.iter_mut().enumerate() {
            for (x, value) in row.iter_mut().enumerate() {
                let sum = f64::from(real(*value, a.1)) + f64::from(real(b.0[channel][y][x], b.1));
                *value = quantize(sum as f32, output.zero_point);
            }
        }
    }
    sums
}

fn pool(output: Quantization, input: &Picture, from: Quantization) -> Picture {
    let mean = |rows: &Vec<Vec<i64>>| {
        let count = rows.len() * rows[0].len();
        let sum: i64 = rows
            .iter()
            .flatten()
            .map(|value| value - i64::from(from.zero_point))
            .sum();
        let factor = divide(from.scale, multiply(output.scale, count as f32));
        quantize(multiply(sum as f32, factor), output.zero_point)
    };
    input.iter().map(|rows| vec![vec![mean(rows)]]).collect()
}

fn each(sums: &Picture, mut finish: impl FnMut(usize, i64) -> i64) -> Picture {
    sums.iter()
        .enumerate()
        .map(|(channel, rows)| {
            rows.iter()
                .map(|row| row.iter().map(|&sum| finish(channel, sum)).collect())
                .collect()
        })
        .collect()
}

fn quantize(value: f32, zero_point: u8) -> i64 {
    (f64::from(value).round_ties_even() as i64)
        .saturating_add(i64::from(zero_point))
        .clamp(0, 255)
}

fn multiply(a: f32, b: f32) -> f32 {
    (f64::from(a) * f64::from(b)) as f32
}

fn divide(a: f32, b: f32) -> f32 {
    (f64::from(a) / f64::from(b)) as f32
}
