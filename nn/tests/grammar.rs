//! What is outside the grammar of `docs/model-format.md`: each thing an error that names the node, its operator, what was found and what
//! is allowed. Convolutions have a file of their own.

mod support;

use moue_nn::{Error, Model};
use support::broken::{blamed, network, refused, set};
use support::onnx::{Dim, FLOAT, File, INT8, Message, Node, UINT8, Value};

#[test]
fn an_operator_outside_the_grammar_is_carried_in_the_error() {
    let error = refused(&["\"add2\"", "\"Softmax\"", "GlobalAveragePool"], |file| {
        file.node("add2").operator = "Softmax".to_owned()
    });
    assert_eq!(
        error,
        Error::UnsupportedOperator {
            operator: "Softmax".to_owned(),
            node: "add2".to_owned()
        }
    );
    let error = refused(&["com.microsoft::Conv"], |file| {
        file.node("conv0").domain = "com.microsoft".to_owned()
    });
    assert!(error.is_outside_grammar());
    let error = refused(&["\"nameless\""], |file| {
        let node = file.node("add2");
        (node.name, node.operator, node.outputs) =
            (String::new(), "Mul".to_owned(), vec!["nameless".to_owned()]);
    });
    assert!(matches!(error, Error::UnsupportedOperator { .. }));
}

#[test]
fn scales_must_be_finite_and_positive() {
    for bad in [f32::NAN, f32::INFINITY, 0.0, -0.05, 1e-40] {
        let raw = bad.to_le_bytes().to_vec();
        blamed(
            "quantize0",
            "QuantizeLinear",
            &["scale \"scale0\"", "positive"],
            |file| file.initializer("scale0").raw = Some(raw.clone()),
        );
        blamed(
            "weights0:dq",
            "DequantizeLinear",
            &["\"weights0.scale\"", "positive"],
            |file| {
                file.initializer("weights0.scale").raw.as_mut().unwrap()[4..8]
                    .copy_from_slice(&raw);
            },
        );
    }
    blamed("conv0", "Conv", &["multiplier"], |file| {
        file.initializer("weights0.scale").raw = Some(
            [1e-30f32; 4]
                .iter()
                .flat_map(|scale| scale.to_le_bytes())
                .collect(),
        );
        file.initializer("bias0.scale").raw = Some(
            [1e-30f32 / 255.0; 4]
                .iter()
                .flat_map(|scale| scale.to_le_bytes())
                .collect(),
        );
        file.initializer("scale0").raw = Some(1e20f32.to_le_bytes().to_vec());
    });
    blamed(
        "conv0",
        "Conv",
        &[
            "a bias scale of",
            "output channel 3",
            "the input's scale times the weight's",
        ],
        |file| {
            file.initializer("bias0.scale").raw.as_mut().unwrap()[12..]
                .copy_from_slice(&1.0f32.to_le_bytes());
        },
    );
    blamed("add2", "Add", &["a factor of"], |file| {
        file.initializer("scale2").raw = Some(1e-35f32.to_le_bytes().to_vec())
    });
}

#[test]
fn initialisers_must_have_the_right_type_and_lie_in_the_file() {
    blamed(
        "quantize0",
        "QuantizeLinear",
        &["\"zero_point0\" of type int8", "uint8"],
        |file| file.initializer("zero_point0").element_type = INT8,
    );
    blamed(
        "quantize0",
        "QuantizeLinear",
        &["\"scale0\" of type uint8", "float32"],
        |file| file.initializer("scale0").element_type = UINT8,
    );
    blamed(
        "weights0:dq",
        "DequantizeLinear",
        &["neither int8 nor int32"],
        |file| file.initializer("weights0").element_type = FLOAT,
    );
    blamed(
        "weights0:dq",
        "DequantizeLinear",
        &["data in another file"],
        |file| file.initializer("weights0").is_external = true,
    );
    blamed(
        "quantize0",
        "QuantizeLinear",
        &["\"scale0\" without raw_data"],
        |file| file.initializer("scale0").raw = None,
    );
    blamed(
        "quantize0",
        "QuantizeLinear",
        &["\"scale0\", which is no initialiser"],
        |file| file.initializers.retain(|tensor| tensor.name != "scale0"),
    );
    blamed(
        "quantize0",
        "QuantizeLinear",
        &["1 inputs", "exactly 3"],
        |file| file.node("quantize0").inputs.truncate(1),
    );
    blamed(
        "quantize0",
        "QuantizeLinear",
        &["\"scale0\" of shape [2]", "a single number"],
        |file| {
            let tensor = file.initializer("scale0");
            (tensor.dims, tensor.raw) = (vec![2], Some(vec![1; 8]));
        },
    );
    refused(
        &["\"scale0\" has 3 bytes of data", "takes 1 times 4"],
        |file| file.initializer("scale0").raw = Some(vec![1; 3]),
    );
}

#[test]
fn quantised_islands_must_be_whole() {
    blamed(
        "quantizeinput",
        "QuantizeLinear",
        &["zero point 1", "1/255"],
        |file| file.initializer("zero_pointinput").raw = Some(vec![1]),
    );
    blamed(
        "dequantize0",
        "DequantizeLinear",
        &["zero point 9", "\"quantize0:out\" was quantised with", "10"],
        |file| {
            file.tensor("other", UINT8, &[], vec![9]);
            file.node("dequantize0").inputs[2] = "other".to_owned();
        },
    );
    blamed(
        "conv1",
        "Conv",
        &["\"quantize0:out\", the result of a QuantizeLinear"],
        |file| file.node("conv1").inputs[0] = "quantize0:out".to_owned(),
    );
    blamed("conv1", "Conv", &["\"weights1\", an initialiser"], |file| {
        file.node("conv1").inputs[1] = "weights1".to_owned()
    });
    blamed(
        "conv1",
        "Conv",
        &[
            "\"bias1:dq:out\", a dequantised bias",
            "dequantised int8 weights",
        ],
        |file| file.node("conv1").inputs[1] = "bias1:dq:out".to_owned(),
    );
    blamed(
        "relu1",
        "Relu",
        &[
            "\"dequantize0:out\", the result of a DequantizeLinear",
            "the result of a Conv",
        ],
        |file| file.node("relu1").inputs[0] = "dequantize0:out".to_owned(),
    );
    blamed(
        "quantize1",
        "QuantizeLinear",
        &["\"clip0:out\", which another node reads already"],
        |file| file.node("quantize1").inputs[0] = "clip0:out".to_owned(),
    );
    blamed(
        "add2",
        "Add",
        &["a sum of 4 and 1 channels", "the same shapes"],
        |file| file.node("add2").inputs[1] = "dequantizeinput:out".to_owned(),
    );
    blamed("clip0", "Clip", &["bounds NaN and 6"], |file| {
        file.initializer("clip0.min").raw = Some(f32::NAN.to_le_bytes().to_vec())
    });
    blamed("clip0", "Clip", &["bounds 7 and 6"], |file| {
        file.initializer("clip0.min").raw = Some(7f32.to_le_bytes().to_vec())
    });
    blamed("clip0", "Clip", &["2 inputs"], |file| {
        file.node("clip0").inputs.pop();
    });
    blamed(
        "spare",
        "DequantizeLinear",
        &["result \"spare:out\", which nothing reads"],
        |file| {
            file.add_node(
                "DequantizeLinear",
                "spare",
                &["quantize1:out", "scale1", "zero_point1"],
                vec![],
            );
        },
    );
}

#[test]
fn a_graph_that_contradicts_itself_is_no_sound_file() {
    let unsound = |parts: &[&str], change: &dyn Fn(&mut File)| {
        let error = refused(parts, change);
        assert!(
            matches!(error, Error::Malformed { .. }) && !error.is_outside_grammar(),
            "{error}"
        );
    };
    unsound(&["tensor \"conv0:out\" is made twice"], &|file| {
        file.node("conv1").outputs = vec!["conv0:out".to_owned()]
    });
    unsound(&["tensor \"picture\" is made twice"], &|file| {
        file.node("conv1").outputs = vec!["picture".to_owned()]
    });
    unsound(&["tensor \"scale0\" is made twice"], &|file| {
        file.node("conv1").outputs = vec!["scale0".to_owned()]
    });
    unsound(&["two initialisers are named \"scale0\""], &|file| {
        file.initializer("scale1").name = "scale0".to_owned()
    });
    unsound(
        &[
            "node \"quantizeinput\" (QuantizeLinear) reads tensor \"nowhere\", which nothing before it makes",
        ],
        &|file| {
            file.node("quantizeinput").inputs[0] = "nowhere".to_owned();
        },
    );
    // A cycle, and the same nodes out of order.
    unsound(
        &["node \"add2\" (Add) reads tensor \"dequantize2:out\", which nothing before it makes"],
        &|file| {
            file.node("add2").inputs[0] = "dequantize2:out".to_owned();
        },
    );
    unsound(&["which nothing before it makes"], &|file| {
        file.nodes.reverse()
    });
    unsound(&["no node makes output \"missing\""], &|file| {
        file.outputs[0].name = "missing".to_owned()
    });
    unsound(&["the graph has no output"], &|file| file.outputs.clear());
    unsound(&["no operator set is named"], &|file| {
        file.operator_sets.clear()
    });
    unsound(&["operator set is named twice"], &|file| {
        file.operator_sets.push(("ai.onnx".to_owned(), 13))
    });
    unsound(&["metadata entry \"a\" stands there twice"], &|file| {
        file.metadata = vec![
            ("a".to_owned(), "1".to_owned()),
            ("a".to_owned(), "2".to_owned()),
        ]
    });
}

#[test]
fn what_belongs_to_the_file_as_a_whole_is_held_to_the_grammar() {
    let model = |parts: &[&str], change: &dyn Fn(&mut File)| {
        let error = refused(parts, change);
        assert!(matches!(error, Error::Model { .. }), "{error}");
    };
    model(&["operator set 12", "13 to 21"], &|file| {
        file.operator_sets[0].1 = 12
    });
    model(&["operator set 22", "13 to 21"], &|file| {
        file.operator_sets[0].1 = 22
    });
    model(&["IR version 6", "7 to 10"], &|file| file.ir_version = 6);
    model(&["functions", "none"], &|file| {
        file.extra = Message::default().message(25, &Message::default())
    });
    model(&["training info", "none"], &|file| {
        file.extra = Message::default().message(20, &Message::default())
    });
    model(&["a sparse initialiser"], &|file| {
        file.extra_in_graph = Message::default().message(15, &Message::default())
    });
    model(&["sub-graph in attribute \"body\""], &|file| {
        set(file, "conv0", "body", Value::Graph)
    });
    model(&["2 inputs", "exactly 1"], &|file| {
        file.inputs.push(file.inputs[0].clone())
    });
    model(
        &["input \"picture\" of ONNX type number 2", "float32"],
        &|file| file.inputs[0].element_type = UINT8,
    );
    model(
        &[
            "output \"conv3:out\" declared as [1, 3, \"h\", \"w\"]",
            "[1, 2, h, w]",
        ],
        &|file| file.outputs[0].shape[1] = Dim::Value(3),
    );
    model(
        &["output \"conv3:out\" is of ONNX type number 2"],
        &|file| file.outputs[0].element_type = UINT8,
    );
    model(&["output \"conv3:out\" is read a second time"], &|file| {
        file.outputs.push(file.outputs[0].clone())
    });
    model(
        &[
            "output \"dequantize2:out\" comes from something else",
            "straight from a Conv",
        ],
        &|file| file.outputs[0].name = "dequantize2:out".to_owned(),
    );
}

#[test]
fn other_operator_sets_do_no_harm_while_no_node_uses_them() {
    let mut file = network().file();
    file.operator_sets.push(("com.microsoft".to_owned(), 1));
    file.nodes
        .iter_mut()
        .for_each(|node: &mut Node| node.domain = "ai.onnx".to_owned());
    Model::from_bytes(&file.encode()).expect("an unused operator set is allowed");
}
