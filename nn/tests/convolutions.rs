//! Convolutions outside the grammar, and sums that 32 bits can't hold.

mod support;

use moue_nn::Model;
use support::broken::{blamed, network, set};
use support::onnx::{File, Value};

#[test]
fn attributes_of_a_convolution_are_held_to_the_grammar() {
    let ints = |values: &[i64]| Value::Ints(values.to_vec());
    let cases: [(&str, Value, &[&str]); 11] = [
        (
            "strides",
            ints(&[1, 2]),
            &["strides [1, 2]", "[1, 1] or [2, 2]"],
        ),
        ("strides", ints(&[3, 3]), &["strides [3, 3]"]),
        ("dilations", ints(&[2, 2]), &["dilations [2, 2]", "[1, 1]"]),
        (
            "pads",
            ints(&[1, 1, 2, 1]),
            &["pads [1, 1, 2, 1]", "each 0 or 1"],
        ),
        ("pads", ints(&[1, 1]), &["pads [1, 1]"]),
        (
            "pads",
            Value::Int(1),
            &["pads of another type", "a list of integers"],
        ),
        (
            "kernel_shape",
            ints(&[5, 5]),
            &["kernel_shape [5, 5]", "[3, 3]"],
        ),
        ("group", Value::Int(2), &["group 2 over 1 input channels"]),
        (
            "group",
            Value::Float(1.0),
            &["group of another type", "an integer"],
        ),
        (
            "auto_pad",
            Value::Text("SAME_UPPER".to_owned()),
            &["SAME_UPPER", "NOTSET"],
        ),
        (
            "surprise",
            Value::Int(0),
            &["attribute \"surprise\"", "dilations"],
        ),
    ];
    for (name, value, parts) in cases {
        blamed("conv0", "Conv", parts, |file| {
            set(file, "conv0", name, value)
        });
    }
    blamed("conv0", "Conv", &["attribute group twice"], |file| {
        file.node("conv0")
            .attributes
            .push(("group".to_owned(), Value::Int(1)))
    });
    blamed(
        "conv1",
        "Conv",
        &["group 2 over 4 input channels", "1 or 4"],
        |file| set(file, "conv1", "group", Value::Int(2)),
    );
}

#[test]
fn weights_must_fit_the_convolution() {
    blamed("conv0", "Conv", &["2 inputs", "exactly 3"], |file| {
        file.node("conv0").inputs.pop();
    });
    blamed(
        "conv0",
        "Conv",
        &["3 biases", "4, one an output channel"],
        |file| {
            for name in ["bias0", "bias0.scale", "bias0.zero"] {
                let tensor = file.initializer(name);
                tensor.dims = vec![3];
                tensor.raw.as_mut().unwrap().truncate(12);
            }
        },
    );
    blamed(
        "conv3",
        "Conv",
        &["weights for 2 input channels", "4, as the input has 4"],
        |file| {
            let tensor = file.initializer("weights3");
            (tensor.dims, tensor.raw) = (vec![2, 2, 1, 1], Some(vec![1; 4]));
        },
    );
    blamed(
        "weights3:dq",
        "DequantizeLinear",
        &["weights \"weights3\" of shape [2, 4]", "[O, I, k, k]"],
        |file| file.initializer("weights3").dims = vec![2, 4],
    );
    blamed(
        "weights3:dq",
        "DequantizeLinear",
        &["1x4 kernel", "1x1 or 3x3"],
        |file| file.initializer("weights3").dims = vec![2, 1, 1, 4],
    );
    blamed(
        "weights3:dq",
        "DequantizeLinear",
        &["axis 1", "0"],
        |file| set(file, "weights3:dq", "axis", Value::Int(1)),
    );
    blamed(
        "weights3:dq",
        "DequantizeLinear",
        &["no axis", "axis 0"],
        |file| file.node("weights3:dq").attributes.clear(),
    );
    blamed(
        "weights3:dq",
        "DequantizeLinear",
        &["zero point \"weights3.zero\" with a number other than 0"],
        |file| {
            file.initializer("weights3.zero").raw.as_mut().unwrap()[1] = 1;
        },
    );
    blamed(
        "weights3:dq",
        "DequantizeLinear",
        &["scale \"weights3.scale\" of shape [1, 2]", "[2]"],
        |file| {
            file.initializer("weights3.scale").dims = vec![1, 2];
        },
    );
}

#[test]
fn sums_that_could_overflow_are_refused_at_load() {
    let bias = |value: i32| {
        move |file: &mut File| {
            file.initializer("bias0").raw.as_mut().unwrap()[8..12]
                .copy_from_slice(&value.to_le_bytes());
        }
    };
    // 9 weights of 7 over bytes up to 255 add at most 16,065, and at least 0 as the zero point is 0.
    blamed(
        "conv0",
        "Conv",
        &[
            "output channel 2",
            &i64::from(i32::MAX).wrapping_add(1).to_string(),
            "32 bits",
        ],
        bias(i32::MAX - 16_064),
    );
    let mut file = network().file();
    bias(i32::MAX - 16_065)(&mut file);
    Model::from_bytes(&file.encode()).expect("the largest sum is just an i32");
}
