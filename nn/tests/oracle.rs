//! The engine's numbers against those of a naive oracle, bit by bit, over random networks and over corners made by hand.

mod support;

use moue_nn::{InputSize, KernelSet, Limits, Model};
use support::network::{Activation, Convolution, Layer, Network, PICTURE, Quantization};
use support::{Random, oracle, random_network};

/// Every set of kernels that this CPU can run gives the oracle's numbers.
fn assert_equal(network: &Network, luma: &[u8], what: &str) {
    let expected = oracle::run(network, luma);
    let file = network.file().encode();
    for kernels in KernelSet::all().filter(KernelSet::is_supported) {
        let what = format!("{what}, {}", kernels.name());
        let model = Model::from_bytes_with_kernels(&file, &Limits::default(), kernels)
            .unwrap_or_else(|error| panic!("{what}: {error}\n{network:?}"));
        let mut plan = model
            .plan(network.height, network.width)
            .unwrap_or_else(|error| panic!("{what}: {error}\n{network:?}"));
        plan.run(luma).expect("the picture has the planned size");
        for (index, expected) in expected.iter().enumerate() {
            let output = plan.output(index);
            assert_eq!(
                output.data.len(),
                output.height * output.width * output.channels
            );
            let bits = |numbers: &[f32]| {
                numbers
                    .iter()
                    .map(|number| number.to_bits())
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                bits(output.data),
                bits(expected),
                "{what}, output {index} of\n{network:?}"
            );
        }
    }
}

#[test]
fn random_networks_give_the_oracles_numbers_to_the_last_bit() {
    for seed in 0..400 {
        let mut random = Random(seed);
        let network = random_network::random(&mut random);
        for picture in 0..2 {
            let luma = match picture {
                0 => random.bytes(network.height * network.width),
                _ => vec![random.pick(&[0, 255]); network.height * network.width],
            };
            assert_equal(&network, &luma, &format!("seed {seed}"));
        }
    }
}

/// One convolution behind the picture, quantised, and a head that hands its bytes over as they are.
fn single(
    convolution: Convolution,
    activation: Activation,
    quantization: Quantization,
    size: usize,
) -> Network {
    let outputs = convolution.outputs;
    let head = Convolution {
        input: 1,
        outputs,
        kernel: 1,
        stride: 1,
        pads: [0; 4],
        is_depthwise: true,
        weights: vec![1; outputs],
        scales: vec![1.0; outputs],
        bias: vec![0; outputs],
    };
    let layers = vec![
        Layer::Convolution(convolution, activation, quantization),
        Layer::Output {
            convolution: head,
            is_flat: false,
        },
    ];
    Network {
        height: size,
        width: size,
        is_any_size: false,
        layers,
    }
}

fn pointwise(weights: Vec<i8>, scale: f32, bias: i32) -> Convolution {
    let outputs = weights.len();
    Convolution {
        input: 0,
        outputs,
        kernel: 1,
        stride: 1,
        pads: [0; 4],
        is_depthwise: false,
        weights,
        scales: vec![scale; outputs],
        bias: vec![bias; outputs],
    }
}

#[test]
fn halves_round_to_the_even_neighbour() {
    // A byte times one over two steps: every odd byte lies exactly between two numbers.
    let network = single(
        pointwise(vec![1, -1], 1.0, 0),
        Activation::None,
        Quantization {
            scale: 2.0 / 255.0,
            zero_point: 128,
        },
        16,
    );
    let luma: Vec<u8> = (0..=255).collect();
    assert_equal(&network, &luma, "halves");
    let model = Model::from_bytes(&network.file().encode()).unwrap();
    let mut plan = model.plan(16, 16).unwrap();
    plan.run(&luma).unwrap();
    // Bytes above the zero point in units of the scale 2/255: 0.5 -> 0, 1.5 -> 2, 2.5 -> 2, 3.5 -> 4.
    let steps: Vec<i64> = plan
        .output(0)
        .data
        .iter()
        .map(|real| (real * 255.0 / 2.0).round() as i64)
        .collect();
    assert_eq!([steps[2], steps[6], steps[10], steps[14]], [0, 2, 2, 4]);
    assert_eq!([steps[3], steps[7], steps[11], steps[15]], [0, -2, -2, -4]);
}

#[test]
fn the_largest_sums_that_the_reader_lets_through_are_exact() {
    for (weight, bias) in [
        (127i8, i32::MAX - 255 * 127),
        (-128, i32::MIN + 255 * 128),
        (127, i32::MIN),
        (-128, i32::MAX),
    ] {
        let scale = 1e-7;
        let quantization = Quantization {
            scale: 0.01,
            zero_point: 100,
        };
        let network = single(
            pointwise(vec![weight], scale, bias),
            Activation::None,
            quantization,
            16,
        );
        assert_equal(&network, &(0..=255).collect::<Vec<u8>>(), "extreme sums");
    }
}

#[test]
fn bounds_outside_the_range_of_a_byte_meet_at_its_end() {
    for bounds in [(300.0, 400.0), (-400.0, -300.0), (-1e30, 1e30), (0.1, 0.1)] {
        let quantization = Quantization {
            scale: 0.5 / 255.0,
            zero_point: 7,
        };
        let network = single(
            pointwise(vec![1], 1.0, 0),
            Activation::Clip(bounds.0, bounds.1),
            quantization,
            16,
        );
        assert_equal(&network, &(0..=255).collect::<Vec<u8>>(), "far bounds");
    }
}

#[test]
fn a_model_of_any_size_is_planned_for_each() {
    let mut random = Random(99);
    let mut network = random_network::random(&mut random);
    network.is_any_size = true;
    network.layers = vec![
        Layer::Convolution(
            Convolution {
                kernel: 3,
                stride: 2,
                pads: [1; 4],
                weights: vec![3; 9 * 5],
                ..pointwise(vec![1; 5], 0.01, 40)
            },
            Activation::Relu,
            Quantization {
                scale: 0.02,
                zero_point: 3,
            },
        ),
        Layer::Output {
            convolution: Convolution {
                input: 1,
                weights: vec![-5; 10],
                ..pointwise(vec![1; 2], 0.01, 4)
            },
            is_flat: false,
        },
    ];
    assert_eq!(
        Model::from_bytes(&network.file().encode())
            .unwrap()
            .input_size(),
        InputSize::Any
    );
    for (height, width) in [(1, 1), (2, 7), (32, 33), (5, 1)] {
        (network.height, network.width) = (height, width);
        assert_equal(&network, &random.bytes(height * width), "any size");
    }
}

#[test]
fn what_a_model_says_about_itself_is_what_the_file_has() {
    let network = single(
        pointwise(vec![1, 2, 3], 1.0, 0),
        Activation::Relu,
        PICTURE,
        4,
    );
    let mut file = network.file();
    file.metadata = vec![
        ("moue.kind".to_owned(), "detector".to_owned()),
        ("other".to_owned(), String::new()),
    ];
    let model = Model::from_bytes(&file.encode()).unwrap();
    assert_eq!(model.metadata("moue.kind"), Some("detector"));
    assert_eq!(model.metadata("other"), Some(""));
    assert_eq!(model.metadata("missing"), None);
    assert_eq!(model.metadata_entries().count(), 2);
    assert_eq!(
        model.input_size(),
        InputSize::Fixed {
            height: 4,
            width: 4
        }
    );
    assert_eq!(
        (
            model.outputs()[0].name.as_str(),
            model.outputs()[0].channels
        ),
        ("conv1:out", 3)
    );
    assert_eq!(
        (model.parameters(), model.nodes(), model.operations()),
        (2 * (3 + 3), file.nodes.len(), 2)
    );
    let plan = model.plan(4, 4).unwrap();
    assert_eq!(
        (plan.multiply_adds(), plan.kernels()),
        (2 * 16 * 3, KernelSet::best().name())
    );
    // 48 bytes between the layers, 48 numbers out, some scratch.
    assert!(
        (48 + 4 * 48..2048).contains(&plan.arena_bytes()),
        "{}",
        plan.arena_bytes()
    );
}
