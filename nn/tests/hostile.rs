//! Files made to break a reader: cut short, flipped, overlong, too deep, too large. Each must come back as an error that says why; none
//! may panic or take memory for what it only claims.

mod support;

use moue_nn::{Error, Limits, Model};
use support::network::{Activation, Convolution, Layer, Network, Quantization};
use support::onnx::{Dim, File, Message, Value, push_varint};
use support::{Random, random_network};

/// A small sound network with every operator: two convolutions, a sum, a pool, a flat output.
fn small() -> Network {
    let convolution = |input: usize, inputs: usize, outputs: usize, kernel: usize| Convolution {
        input,
        outputs,
        kernel,
        stride: 1,
        pads: [kernel / 2; 4],
        is_depthwise: false,
        weights: (0..outputs * inputs * kernel * kernel)
            .map(|index| (index * 37 % 251) as u8 as i8)
            .collect(),
        scales: vec![0.01; outputs],
        bias: vec![5; outputs],
    };
    let quantization = Quantization {
        scale: 0.05,
        zero_point: 10,
    };
    Network {
        height: 5,
        width: 6,
        is_any_size: true,
        layers: vec![
            Layer::Convolution(convolution(0, 1, 4, 3), Activation::Relu, quantization),
            Layer::Convolution(
                convolution(1, 4, 4, 1),
                Activation::Clip(0.0, 6.0),
                quantization,
            ),
            Layer::Add([1, 2], quantization),
            Layer::Pool(3, quantization),
            Layer::Output {
                convolution: convolution(4, 4, 3, 1),
                is_flat: true,
            },
        ],
    }
}

fn file() -> File {
    small().file()
}

fn message(bytes: &[u8]) -> String {
    match Model::from_bytes(bytes) {
        Ok(_) => panic!("the file was read"),
        Err(error) => error.to_string(),
    }
}

fn limit(file: &File, change: impl FnOnce(&mut Limits)) -> String {
    let mut limits = Limits::default();
    change(&mut limits);
    let error =
        Model::from_bytes_with_limits(&file.encode(), &limits).expect_err("the limit is too low");
    assert!(
        matches!(error, Error::Limit { .. }) && error.is_outside_grammar(),
        "{error}"
    );
    error.to_string()
}

#[test]
fn a_file_cut_short_anywhere_is_an_error() {
    let bytes = file().encode();
    Model::from_bytes(&bytes).unwrap();
    for length in 0..bytes.len() {
        assert!(
            message(&bytes[..length]).starts_with("not a sound ONNX file"),
            "{length} bytes"
        );
    }
}

#[test]
fn a_flipped_byte_never_panics() {
    let bytes = file().encode();
    let mut random = Random(1);
    let mut refused = 0;
    for _ in 0..20_000 {
        let mut bytes = bytes.clone();
        for _ in 0..1 + random.below(4) {
            let index = random.below(bytes.len());
            bytes[index] = random.next() as u8;
        }
        match Model::from_bytes(&bytes) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok(model) => {
                if let Ok(mut plan) = model.plan(5, 6) {
                    plan.run(&[77; 30]).unwrap();
                }
            }
        }
    }
    assert!(
        refused > 2_000,
        "only {refused} were refused: the flips hit nothing"
    );
}

#[test]
fn random_bytes_never_panic() {
    let mut random = Random(2);
    for length in 0..2_000 {
        assert!(Model::from_bytes(&random.bytes(length)).is_err());
    }
}

#[test]
fn what_is_no_onnx_file_says_so() {
    assert!(message(b"").contains("the file is empty"));
    assert!(message(b"\x89PNG\r\n\x1a\n").contains("not a sound ONNX file"));
    // Field 1, the version, as bytes instead of an integer.
    assert!(message(&Message::default().text(1, "8").0).contains("field 1 is not an integer"));
    assert!(message(&Message::default().varint(7, 1).0).contains("field 7 is not bytes"));
    assert!(
        message(
            &Message::default()
                .bytes(7, &Message::default().bytes(12, &[0x0a, 1, 0xff]).0)
                .0
        )
        .contains("UTF-8")
    );
}

#[test]
fn a_second_graph_is_refused_rather_than_merged() {
    let mut file = file();
    file.extra = Message::default().message(7, &Message::default());
    assert!(message(&file.encode()).contains("more than one graph"));
}

#[test]
fn messages_that_lie_deep_in_each_other_cost_nothing() {
    let mut graph = Message::default();
    for _ in 0..200 {
        graph = Message::default().message(
            1,
            &Message::default().message(5, &Message::default().text(1, "body").message(6, &graph)),
        );
    }
    let text = message(&Message::default().varint(1, 8).message(7, &graph).0);
    assert!(text.contains("a sub-graph in attribute \"body\""), "{text}");
}

#[test]
fn each_limit_names_what_was_counted_and_both_numbers() {
    let sound = file();
    let bytes = sound.encode().len();
    let text = limit(&sound, |limits| limits.file_bytes = bytes - 1);
    assert!(
        text.contains(&format!("bytes in the file: {bytes}"))
            && text.contains(&format!("at most {}", bytes - 1)),
        "{text}"
    );
    let nodes = sound.nodes.len();
    assert!(
        limit(&sound, |limits| limits.nodes = nodes - 1)
            .contains(&format!("nodes: {nodes}; allowed: at most {}", nodes - 1))
    );
    assert!(
        limit(&sound, |limits| limits.initializers = 3)
            .contains("initialisers: 4; allowed: at most 3")
    );
    assert!(
        limit(&sound, |limits| limits.outputs = 0).contains("graph inputs: 1; allowed: at most 0")
    );
    assert!(
        limit(&sound, |limits| limits.tensor_elements = 35)
            .contains("elements in one tensor: 36; allowed: at most 35")
    );
    assert!(
        limit(&sound, |limits| limits.parameters = 39)
            .contains("parameters: 40; allowed: at most 39")
    );
    let mut two = sound.clone();
    two.metadata = vec![
        ("a".to_owned(), String::new()),
        ("b".to_owned(), String::new()),
    ];
    assert!(
        limit(&two, |limits| limits.metadata_entries = 1)
            .contains("metadata entries: 2; allowed: at most 1")
    );
    let mut wide = sound.clone();
    wide.node("add2").inputs = vec!["x".to_owned(); 17];
    assert!(limit(&wide, |_| {}).contains("inputs of one node: 17; allowed: at most 16"));
    let mut deep = sound.clone();
    deep.initializer("weights0").dims = vec![1; 9];
    assert!(limit(&deep, |_| {}).contains("dimensions of one tensor: 9; allowed: at most 8"));
}

#[test]
fn weights_that_many_nodes_share_count_for_each() {
    let mut network = small();
    let head = network.layers[4].clone();
    network.layers.truncate(4);
    network.layers.extend(vec![head; 5]);
    let file = network.file();
    // 4 * 9 + 4, 4 * 4 + 4, and five times 3 * 4 + 3.
    assert_eq!(
        Model::from_bytes(&file.encode()).unwrap().parameters(),
        40 + 20 + 75
    );
    assert!(
        limit(&file, |limits| limits.parameters = 134)
            .contains("parameters: 135; allowed: at most 134")
    );
}

#[test]
fn a_plan_that_needs_too_much_memory_is_refused_before_it_is_made() {
    let model = Model::from_bytes(&file().encode()).unwrap();
    for (height, width) in [
        (1 << 20, 1 << 20),
        (usize::MAX, 2),
        (usize::MAX, usize::MAX),
        (4096, 4097),
    ] {
        let text = model.plan(height, width).unwrap_err().to_string();
        assert!(text.contains("elements in one tensor"), "{text}");
    }
    let mut limits = Limits::default();
    limits.arena_bytes = 200;
    let model = Model::from_bytes_with_limits(&file().encode(), &limits).unwrap();
    let text = model.plan(5, 6).unwrap_err().to_string();
    assert!(
        text.contains("bytes of arena") && text.contains("at most 200"),
        "{text}"
    );
}

#[test]
fn dimensions_that_are_negative_or_overflow_are_refused() {
    let changed = |dims: Vec<i64>| {
        let mut file = file();
        file.initializer("weights0").dims = dims;
        message(&file.encode())
    };
    assert!(changed(vec![-1, 1, 3, 3]).contains("\"weights0\" with a dimension of -1"));
    assert!(changed(vec![0, 1, 3, 3]).contains("\"weights0\" with a dimension of 0"));
    assert!(changed(vec![i64::MAX, i64::MAX, 3, 3]).contains("elements in one tensor"));
    assert!(changed(vec![1 << 32, 1 << 32, 1, 1]).contains("elements in one tensor"));
    assert!(changed(vec![5, 1, 3, 3]).contains("\"weights0\" has 36 bytes of data"));
}

#[test]
fn input_dimensions_that_make_no_picture_are_refused() {
    let changed = |shape: &[Dim]| {
        let mut file = file();
        file.inputs[0].shape = shape.to_vec();
        message(&file.encode())
    };
    let value = Dim::Value;
    let symbol = |name: &str| Dim::Symbol(name.to_owned());
    assert!(
        changed(&[value(1), value(1), value(-5), value(6)]).contains("of -5 rows and 6 columns")
    );
    assert!(changed(&[value(1), value(1), value(0), value(6)]).contains("of 0 rows"));
    assert!(changed(&[value(1), value(3), value(5), value(6)]).contains("of shape [1, 3, 5, 6]"));
    assert!(changed(&[value(2), value(1), value(5), value(6)]).contains("of shape [2, 1, 5, 6]"));
    assert!(
        changed(&[value(1), value(1), value(5), symbol("w")]).contains("of shape [1, 1, 5, \"w\"]")
    );
    assert!(changed(&[]).contains("of shape []"));
    assert!(
        changed(&[value(1), value(1), value(i64::MAX), value(i64::MAX)])
            .contains("elements in one tensor")
    );
}

#[test]
fn a_name_of_a_megabyte_is_cut_in_the_message() {
    let mut file = file();
    file.node("add2").operator = "X".repeat(1 << 20);
    assert!(message(&file.encode()).len() < 500);
}

#[test]
fn a_huge_varint_where_a_small_number_is_meant_is_refused() {
    let mut bytes = vec![0x08];
    push_varint(&mut bytes, u64::MAX);
    let mut file = file();
    file.ir_version = -1;
    assert!(message(&file.encode()).contains("IR version -1"));
    file.ir_version = 8;
    file.node("conv0")
        .attributes
        .retain(|(name, _)| name != "group");
    file.node("conv0")
        .attributes
        .push(("group".to_owned(), Value::Int(i64::MIN)));
    assert!(
        message(&file.encode()).contains("node \"conv0\" (Conv): found group -9223372036854775808")
    );
    assert!(message(&bytes).contains("no graph"));
}

#[test]
fn random_networks_survive_random_flips() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let network = random_network::random(&mut random);
        let bytes = network.file().encode();
        for _ in 0..50 {
            let mut bytes = bytes.clone();
            let index = random.below(bytes.len());
            bytes[index] ^= 1 << random.below(8);
            if let Ok(model) = Model::from_bytes(&bytes)
                && let Ok(mut plan) = model.plan(network.height, network.width)
            {
                plan.run(&vec![200; network.height * network.width])
                    .unwrap();
            }
        }
    }
}
