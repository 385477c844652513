//! The int8 engine and tract on the same files: operator by operator they agree to one quantisation step.
//!
//! Each network here has a stem that both backends pass exactly (one tap of weight 127 * 1/127 a channel), the operator under test, and an output
//! that shows its bytes as real numbers.

#[path = "../../nn/tests/support/mod.rs"]
mod support;

use moue::{Analyzer, Backend, ExpressionReader, ExpressionSet, Head, Kind, ModelInfo, Options};
use support::Random;
use support::network::{Activation, Convolution, Layer, Network, Quantization};
use support::onnx::{Dim, File, Info};
use tract_onnx::prelude::*;

const CHANNELS: usize = 5;
const STEM: Quantization = Quantization {
    scale: 1.0 / 255.0,
    zero_point: 128,
};
const STEM_TENSOR: usize = 1;

fn stem(random: &mut Random) -> Layer {
    let mut weights = vec![0; CHANNELS * 9];
    for taps in weights.chunks_mut(9) {
        taps[random.below(9)] = random.pick(&[127, -127]);
    }
    let convolution = Convolution {
        input: 0,
        outputs: CHANNELS,
        kernel: 3,
        stride: 1,
        pads: [1; 4],
        is_depthwise: false,
        weights,
        scales: vec![1.0 / 127.0; CHANNELS],
        bias: vec![0; CHANNELS],
    };
    Layer::Convolution(convolution, Activation::None, STEM)
}

fn shown(input: usize, channels: usize, is_flat: bool) -> Layer {
    let mut weights = vec![0; channels * channels];
    for channel in 0..channels {
        weights[channel * channels + channel] = 127;
    }
    let convolution = Convolution {
        input,
        outputs: channels,
        kernel: 1,
        stride: 1,
        pads: [0; 4],
        is_depthwise: false,
        weights,
        scales: vec![1.0 / 127.0; channels],
        bias: vec![0; channels],
    };
    Layer::Output {
        convolution,
        is_flat,
    }
}

/// A convolution of the stem's tensor with random weights, and a grid that its results fill.
fn convolution(
    random: &mut Random,
    outputs: usize,
    kernel: usize,
    stride: usize,
    pads: [usize; 4],
    is_depthwise: bool,
) -> (Convolution, Quantization) {
    let inputs = if is_depthwise { 1 } else { CHANNELS };
    let depth = inputs * kernel * kernel;
    let scale = 0.004;
    let convolution = Convolution {
        input: STEM_TENSOR,
        outputs,
        kernel,
        stride,
        pads,
        is_depthwise,
        weights: (0..outputs * depth)
            .map(|_| random.below(255) as i8)
            .collect(),
        scales: (0..outputs)
            .map(|_| scale * (0.5 + random.fraction() as f32))
            .collect(),
        bias: (0..outputs)
            .map(|_| random.below(8000) as i32 - 4000)
            .collect(),
    };
    // About three standard deviations of a sum of products of even bytes, which are 74 each.
    let reach = 3.0 * 74.0 * 74.0 * (depth as f32).sqrt() * STEM.scale * scale;
    let quantization = Quantization {
        scale: reach / 128.0,
        zero_point: random.pick(&[0, 17, 128, 255]),
    };
    (convolution, quantization)
}

/// The only output in height, width, channel order.
fn ours(file: &[u8], network: &Network, luma: &[u8]) -> Vec<f32> {
    let model = moue_nn::Model::from_bytes(file).expect("in the grammar");
    let mut plan = model
        .plan(network.height, network.width)
        .expect("a plan for its own size");
    plan.run(luma).expect("a picture of its size");
    plan.output(0).data.to_vec()
}

fn tracts(file: &[u8], network: &Network, luma: &[u8]) -> Vec<f32> {
    let (height, width) = (network.height, network.width);
    let pixels = luma.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let picture = tract_ndarray::Array4::from_shape_vec((1, 1, height, width), pixels)
        .expect("as many bytes as pixels");
    let outputs = tract_onnx::onnx()
        .model_for_read(&mut &*file)
        .and_then(|model| model.with_input_fact(0, f32::fact([1, 1, height, width]).into()))
        .and_then(|model| model.into_optimized()?.into_runnable())
        .and_then(|plan| plan.run(tvec!(Tensor::from(picture).into())))
        .expect("tract runs the file");
    let view = outputs[0]
        .to_plain_array_view::<f32>()
        .expect("real numbers");
    let (channels, places) = (view.shape()[1], view.len() / view.shape()[1]);
    let view = view
        .into_shape_with_order((channels, places))
        .expect("one picture");
    view.t().iter().copied().collect()
}

/// Both backends on one network whose last tensor before the output has the grid `step`.
fn compare(name: &str, random: &mut Random, layers: Vec<Layer>, step: f32) {
    let network = Network {
        height: 9 + random.below(5),
        width: 9 + random.below(5),
        is_any_size: false,
        layers,
    };
    let file = network.file().encode();
    let luma = random.bytes(network.height * network.width);
    let (ours, tracts) = (ours(&file, &network, &luma), tracts(&file, &network, &luma));
    assert_eq!(ours.len(), tracts.len(), "{name}");
    let mut steps: Vec<i32> = ours
        .iter()
        .map(|value| (value / step).round() as i32)
        .collect();
    for (index, (a, b)) in ours.iter().zip(&tracts).enumerate() {
        assert!(
            (a - b).abs() < 1.01 * step,
            "{name}: {a} and {b} at {index}, a step is {step}"
        );
    }
    steps.sort_unstable();
    steps.dedup();
    assert!(
        steps.len() > 3,
        "{name}: the values must differ for the comparison to mean anything"
    );
}

const SHAPES: [(usize, usize, [usize; 4]); 6] = [
    (1, 1, [0; 4]),
    (1, 2, [0; 4]),
    (3, 1, [1; 4]),
    (3, 2, [1; 4]),
    (3, 2, [0, 0, 1, 1]),
    (3, 1, [1, 0, 0, 1]),
];

#[test]
fn convolutions_agree_to_one_step() {
    for seed in 0..4 {
        for (kernel, stride, pads) in SHAPES {
            for is_depthwise in [false, true] {
                let random = &mut Random(seed);
                let outputs = if is_depthwise { CHANNELS } else { 7 };
                let (convolution, quantization) =
                    convolution(random, outputs, kernel, stride, pads, is_depthwise);
                let layers = vec![
                    stem(random),
                    Layer::Convolution(convolution, Activation::None, quantization),
                    shown(2, outputs, false),
                ];
                let name = format!(
                    "seed {seed}, kernel {kernel}, stride {stride}, pads {pads:?}, depthwise {is_depthwise}"
                );
                // A zero point at an end of the range shows half of the values: that is where clamping is compared.
                compare(&name, random, layers, quantization.scale);
            }
        }
    }
}

#[test]
fn activations_agree_to_one_step() {
    for seed in 0..6 {
        for (name, activation) in [
            ("Relu", Activation::Relu),
            ("Clip", Activation::Clip(-0.2, 0.9)),
        ] {
            let random = &mut Random(seed);
            let (convolution, quantization) = convolution(random, 7, 3, 1, [1; 4], false);
            let quantization = Quantization {
                zero_point: 100,
                ..quantization
            };
            let layers = vec![
                stem(random),
                Layer::Convolution(convolution, activation, quantization),
                shown(2, 7, false),
            ];
            compare(
                &format!("{name}, seed {seed}"),
                random,
                layers,
                quantization.scale,
            );
        }
    }
}

#[test]
fn sums_of_two_grids_agree_to_one_step() {
    for seed in 0..8 {
        let random = &mut Random(seed);
        let (convolution, quantization) = convolution(random, CHANNELS, 1, 1, [0; 4], false);
        let sum = Quantization {
            scale: 1.3 * quantization.scale.max(STEM.scale),
            zero_point: random.pick(&[0, 90, 255]),
        };
        let layers = vec![
            stem(random),
            Layer::Convolution(convolution, Activation::None, quantization),
            Layer::Add([STEM_TENSOR, 2], sum),
            shown(3, CHANNELS, false),
        ];
        compare(&format!("seed {seed}"), random, layers, sum.scale);
    }
}

#[test]
fn averages_and_flat_outputs_agree_to_one_step() {
    for seed in 0..8 {
        for is_flat in [false, true] {
            let random = &mut Random(seed);
            let mean = Quantization {
                scale: 0.003,
                zero_point: 120,
            };
            let layers = vec![
                stem(random),
                Layer::Pool(STEM_TENSOR, mean),
                shown(2, CHANNELS, is_flat),
            ];
            compare(
                &format!("seed {seed}, flat {is_flat}"),
                random,
                layers,
                mean.scale,
            );
        }
    }
}

/// An expression network of one convolution over the whole picture, with `channels` numbers an output.
fn expression(channels: usize, kind: &str, height: usize, width: usize) -> File {
    let convolution = |input| Convolution {
        input,
        outputs: channels,
        kernel: 1,
        stride: 1,
        pads: [0; 4],
        is_depthwise: false,
        weights: (0..channels).map(|channel| 10 * channel as i8).collect(),
        scales: vec![0.05; channels],
        bias: vec![0; channels],
    };
    let output = || Layer::Output {
        convolution: convolution(1),
        is_flat: true,
    };
    let mean = Quantization {
        scale: 1.0 / 255.0,
        zero_point: 0,
    };
    let network = Network {
        height,
        width,
        is_any_size: false,
        layers: vec![Layer::Pool(0, mean), output(), output()],
    };
    described(network.file(), kind)
}

/// Names the two outputs and adds the metadata of an expression network.
fn described(mut file: File, kind: &str) -> File {
    for (output, wanted) in file.outputs.iter_mut().zip(["fer2013", "consensus"]) {
        for name in file.nodes.iter_mut().flat_map(|node| &mut node.outputs) {
            if *name == output.name {
                *name = wanted.to_owned();
            }
        }
        output.name = wanted.to_owned();
    }
    for (key, value) in [
        ("moue.kind", kind),
        (
            "moue.labels",
            "neutral,happy,sad,angry,fear,disgust,surprise",
        ),
        (
            "moue.template",
            "0.3,0.4,0.7,0.4,0.5,0.6,0.35,0.75,0.65,0.75",
        ),
        ("moue.temperature.fer2013", "1"),
        ("moue.temperature.consensus", "1"),
    ] {
        file.metadata.push((key.to_owned(), value.to_owned()));
    }
    file
}

#[test]
fn both_backends_read_a_small_expression_network_alike() {
    let file = expression(7, "expression", 48, 48).encode();
    let crop = vec![200; 48 * 48];
    let mut int8 = ExpressionReader::from_onnx(&file, Backend::Int8).expect("in the grammar");
    let mut tract = ExpressionReader::from_onnx(&file, Backend::Tract).expect("tract reads it");
    for head in [Head::Fer2013, Head::Consensus] {
        let [a, b] = [&mut int8, &mut tract].map(|reader| {
            reader
                .read(&crop, head, ExpressionSet::Seven)
                .expect("a crop of its size")
        });
        // The last label of the file has the largest weight.
        assert_eq!(a.best(), moue::Expression::Surprise);
        for (expression, score) in a.iter() {
            assert!(
                (score - b[expression]).abs() < 1e-3,
                "{expression}: {score} and {}",
                b[expression]
            );
        }
    }
}

/// The mean of the picture through one convolution a head, all in f32.
fn real_network() -> File {
    let mut file = File::default();
    let sizes = |sizes: &[i64]| {
        sizes
            .iter()
            .map(|&size| Dim::Value(size))
            .collect::<Vec<_>>()
    };
    file.inputs
        .push(Info::new("picture", &sizes(&[1, 1, 48, 48])));
    let mean = file.add_node("GlobalAveragePool", "mean", &["picture"], vec![]);
    for head in 0..2 {
        let weights: Vec<f32> = (0..7).map(|channel| channel as f32).collect();
        let weights = file.floats(&format!("weights{head}"), &[7, 1, 1, 1], &weights);
        let real = file.add_node("Conv", &format!("conv{head}"), &[&mean, &weights], vec![]);
        let flat = file.add_node("Flatten", &format!("flat{head}"), &[&real], vec![]);
        file.outputs.push(Info::new(&flat, &sizes(&[1, 7])));
    }
    described(file, "expression")
}

#[test]
fn an_f32_network_is_run_by_tract_and_refused_by_the_int8_engine() {
    let file = real_network().encode();
    assert_eq!(
        ModelInfo::read(&file).expect("tract reads it").backend,
        "tract"
    );
    let mut reader = ExpressionReader::from_onnx(&file, Backend::Auto).expect("tract reads it");
    let scores = reader
        .read(&[255; 48 * 48], Head::Fer2013, ExpressionSet::Seven)
        .expect("a crop of its size");
    // White gives the logits 0 to 6 in the order of the file's labels: softmax by hand.
    let powers: Vec<f64> =
        std::iter::successors(Some(1.0), |power| Some(power * std::f64::consts::E))
            .take(7)
            .collect();
    let sum: f64 = powers.iter().sum();
    let order = [
        "neutral", "happy", "sad", "angry", "fear", "disgust", "surprise",
    ];
    for (power, label) in powers.into_iter().zip(order) {
        let expression = label.parse().expect("one of the seven");
        assert!(
            (f64::from(scores[expression]) - power / sum).abs() < 1e-5,
            "{label}"
        );
    }
    let message = ExpressionReader::from_onnx(&file, Backend::Int8)
        .expect_err("not int8")
        .to_string();
    assert!(
        message.contains("mean") && message.contains("GlobalAveragePool"),
        "{message}"
    );
}

#[test]
fn numbers_that_are_not_finite_are_an_error_and_no_reading() {
    let mut file = real_network();
    let nan = f32::NAN.to_le_bytes().repeat(7);
    file.initializer("weights0").raw = Some(nan);
    let mut reader =
        ExpressionReader::from_onnx(&file.encode(), Backend::Tract).expect("tract reads it");
    let message = reader
        .read(&[255; 48 * 48], Head::Fer2013, ExpressionSet::Seven)
        .expect_err("no numbers to read")
        .to_string();
    assert!(
        message.contains("fer2013") && message.contains("NaN"),
        "{message}"
    );
}

#[test]
fn an_output_with_other_channels_than_declared_is_an_error() {
    let mut file = real_network();
    let weights = file.initializer("weights0");
    weights.dims[0] = 3;
    weights.raw.as_mut().expect("weights").truncate(12);
    let reader = ExpressionReader::from_onnx(&file.encode(), Backend::Tract);
    let result = reader
        .and_then(|mut reader| reader.read(&[255; 48 * 48], Head::Fer2013, ExpressionSet::Seven));
    assert!(result.is_err(), "{result:?}");
}

#[test]
fn shapes_that_do_not_fit_are_named_by_both_backends() {
    for backend in [Backend::Int8, Backend::Tract] {
        for (file, words) in [
            (expression(6, "expression", 48, 48), "7 channels"),
            (
                expression(7, "expression", 48, 40),
                "a square of 16 to 512 pixels",
            ),
            (
                expression(7, "expression", 8, 8),
                "a square of 16 to 512 pixels",
            ),
            (expression(7, "refiner", 48, 48), "\"refiner\""),
        ] {
            let message = ExpressionReader::from_onnx(&file.encode(), backend)
                .expect_err("not usable")
                .to_string();
            assert!(message.contains(words), "{backend:?}: {message}");
        }
    }
}

#[test]
fn a_detector_for_one_size_only_is_refused_at_load() {
    let file = expression(7, "detector", 64, 64).encode();
    let options = Options::default().model(Kind::Detector, file);
    let message = Analyzer::new(options).expect_err("not usable").to_string();
    assert!(message.contains("any height and width"), "{message}");
}

#[test]
fn a_file_that_tract_would_panic_on_is_an_error() {
    let mut file = expression(7, "expression", 48, 48);
    file.outputs[0].name = "nowhere".to_owned();
    let message = ExpressionReader::from_onnx(&file.encode(), Backend::Tract)
        .expect_err("no node makes that output")
        .to_string();
    assert!(
        message.contains("expression model can't be used"),
        "{message}"
    );
    assert!(ModelInfo::read(&file.encode()).is_err());
}

#[test]
fn a_file_that_decodes_to_many_times_its_size_is_refused() {
    // Two bytes a node.
    let mut file = expression(7, "expression", 48, 48);
    file.extra_in_graph.0 = [0x0a, 0].repeat(1 << 20);
    let message = ExpressionReader::from_onnx(&file.encode(), Backend::Tract)
        .expect_err("a million empty nodes")
        .to_string();
    assert!(message.contains("bytes of memory"), "{message}");
}
