//! Pictures and shapes that don't fit a model, each an error that says which would.

mod support;

use moue_nn::Model;
use support::broken::network;
use support::network::{Layer, Network, Quantization};
use support::onnx::Dim;

#[test]
fn a_size_that_does_not_fit_says_which_would() {
    let size = |network: &Network, height: usize, width: usize| {
        Model::from_bytes(&network.file().encode())
            .unwrap()
            .plan(height, width)
            .unwrap_err()
            .to_string()
    };
    let mut fixed = network();
    fixed.is_any_size = false;
    let text = size(&fixed, 8, 9);
    assert!(
        text.contains("8 rows and 9 columns: the model takes 8 rows and 8 columns only"),
        "{text}"
    );
    assert!(size(&network(), 0, 5).contains("1 or more"));

    let mut narrow = network();
    for layer in &mut narrow.layers[..2] {
        if let Layer::Convolution(convolution, ..) = layer {
            convolution.pads = [0; 4];
        }
    }
    narrow.layers.remove(2);
    let Layer::Output { convolution, .. } = &mut narrow.layers[2] else {
        panic!("the head moved")
    };
    convolution.input = 2;
    assert!(size(&narrow, 8, 2).contains("node \"conv0\" (Conv) would see 8 rows and 2 columns"));

    let mut uneven = narrow.clone();
    uneven.layers.insert(
        2,
        Layer::Add(
            [1, 2],
            Quantization {
                scale: 0.1,
                zero_point: 0,
            },
        ),
    );
    let Layer::Output { convolution, .. } = &mut uneven.layers[3] else {
        panic!("the head moved")
    };
    convolution.input = 3;
    assert!(size(&uneven, 8, 8).contains("node \"add2\" (Add) would add 6x6 and 4x4 pixels"));

    let mut flat = narrow.clone();
    let Layer::Output { is_flat, .. } = &mut flat.layers[2] else {
        panic!("the head moved")
    };
    *is_flat = true;
    assert!(size(&flat, 8, 8).contains("would see 4x4 pixels instead of 1"));
}

#[test]
fn a_fixed_size_whose_shapes_do_not_fit_fails_at_load() {
    let mut fixed = network();
    fixed.is_any_size = false;
    let mut file = fixed.file();
    file.outputs[0].shape[2] = Dim::Value(7);
    let text = Model::from_bytes(&file.encode()).unwrap_err().to_string();
    assert!(
        text.contains("output \"conv3:out\" would be 8x8, but is declared as 7x8"),
        "{text}"
    );
}

#[test]
fn a_picture_of_another_size_is_refused_with_both_numbers() {
    let model = Model::from_bytes(&network().file().encode()).unwrap();
    let mut plan = model.plan(8, 9).unwrap();
    let error = plan.run(&[0; 71]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "71 bytes of luma given; the plan takes exactly 72 (8 rows of 9)"
    );
    plan.run(&[0; 72]).unwrap();
}
