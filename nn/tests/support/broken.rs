//! A sound network to break in one place, and what its error must say then.

use moue_nn::{Error, Model};

use super::network::{Activation, Convolution, Layer, Network, Quantization};
use super::onnx::{File, Value};

/// Layers: 0 a dense 3x3 with a clip, 1 a depthwise 3x3 with a relu, 2 their sum, 3 a dense 1x1 head.
pub fn network() -> Network {
    let quantization = Quantization {
        scale: 0.05,
        zero_point: 10,
    };
    let dense = Convolution {
        input: 0,
        outputs: 4,
        kernel: 3,
        stride: 1,
        pads: [1; 4],
        is_depthwise: false,
        weights: vec![7; 36],
        scales: vec![0.01; 4],
        bias: vec![5; 4],
    };
    let depthwise = Convolution {
        input: 1,
        is_depthwise: true,
        ..dense.clone()
    };
    let head = Convolution {
        input: 3,
        outputs: 2,
        kernel: 1,
        pads: [0; 4],
        weights: vec![1; 8],
        scales: vec![0.01; 2],
        bias: vec![0; 2],
        ..dense.clone()
    };
    Network {
        height: 8,
        width: 8,
        is_any_size: true,
        layers: vec![
            Layer::Convolution(dense, Activation::Clip(0.0, 6.0), quantization),
            Layer::Convolution(depthwise, Activation::Relu, quantization),
            Layer::Add([1, 2], quantization),
            Layer::Output {
                convolution: head,
                is_flat: false,
            },
        ],
    }
}

pub fn error(change: impl FnOnce(&mut File)) -> Error {
    let mut file = network().file();
    Model::from_bytes(&file.encode()).expect("the file is sound before it is changed");
    change(&mut file);
    match Model::from_bytes(&file.encode()) {
        Ok(_) => panic!("the change went unnoticed"),
        Err(error) => error,
    }
}

/// The change must be blamed on this node, and the message must have all these parts.
pub fn blamed(node: &str, operator: &str, parts: &[&str], change: impl FnOnce(&mut File)) {
    let error = error(change);
    let text = error.to_string();
    assert!(error.is_outside_grammar(), "{text}");
    assert!(
        text.starts_with(&format!("node {node:?} ({operator}): found ")),
        "{text}"
    );
    assert!(text.contains("; allowed: "), "{text}");
    for part in parts {
        assert!(text.contains(part), "{text:?} lacks {part:?}");
    }
}

pub fn refused(parts: &[&str], change: impl FnOnce(&mut File)) -> Error {
    let error = error(change);
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{text:?} lacks {part:?}");
    }
    error
}

pub fn set(file: &mut File, node: &str, name: &str, value: Value) {
    let attributes = &mut file.node(node).attributes;
    attributes.retain(|(key, _)| key != name);
    attributes.push((name.to_owned(), value));
}
