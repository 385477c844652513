"""Reads a file in the grammar of docs/model-format.md as a list of float layers, and writes those as a plain f32 ONNX file.

So every peer runs the weights of the file that Moue runs: the f32 engines directly, the others after a conversion of their own
(`to_tflite.py`, `to_ncnn.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8


@dataclass(frozen=True)
class Layer:
    """One operation on float tensors: `kind` is `conv`, `add` or `pool`.

    Of a convolution: `weight` [O, I/group, k, k] and `bias` [O] as the int8 file means them, `pads` top, left, bottom, right, `low` and `high`
    the ends of its activation (None where there is none), `flatten` for an output `[1, C]`.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None
    stride: int = 1
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    groups: int = 1
    low: float | None = None
    high: float | None = None
    flatten: bool = False

    @property
    def depthwise(self) -> bool:
        return self.groups > 1


@dataclass(frozen=True)
class NetworkFile:
    """`layers` in order; their inputs name other layers or `luma`. `ranges` gives the real range of each tensor's u8 grid."""

    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    height: int
    width: int
    ranges: dict[str, tuple[float, float]]


def read(path: Path, height: int | None = None, width: int | None = None) -> NetworkFile:
    """`height` and `width` are needed where the file leaves them open."""
    model = onnx.load(path)
    graph = model.graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    makers = {node.output[0]: node for node in graph.node}
    readers: dict[str, list] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)

    def dequantized(name: str) -> np.ndarray:
        node = makers[name]
        values, scale = (arrays[i] for i in node.input[:2])
        return values.astype(np.float32) * scale.reshape(-1, *[1] * (values.ndim - 1))

    # Each float tensor after its trip through u8 is what the next layer reads: follow it back to the layer that made it.
    owner = {"luma": "luma"}
    ranges: dict[str, tuple[float, float]] = {}

    def source(name: str) -> str:
        dequantize = makers[name]
        quantize = makers[dequantize.input[0]]
        scale, zero = float(arrays[quantize.input[1]]), float(arrays[quantize.input[2]])
        layer = owner[quantize.input[0]]
        ranges[layer] = (-zero * scale, (255 - zero) * scale)
        return layer

    layers = []
    for node in graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        result = node.output[0]
        if node.op_type == "Conv":
            low = high = None
            flatten = False
            end, reader = result, readers.get(result, [])
            if reader and reader[0].op_type in ("Relu", "Clip", "Flatten"):
                after = reader[0]
                end = after.output[0]
                flatten = after.op_type == "Flatten"
                low = 0.0 if after.op_type == "Relu" else float(arrays[after.input[1]]) if after.op_type == "Clip" else None
                high = float(arrays[after.input[2]]) if after.op_type == "Clip" else None
            owner[end] = end
            layers.append(
                Layer(
                    "conv", end, (source(node.input[0]),), dequantized(node.input[1]), dequantized(node.input[2]),
                    attributes["strides"][0], tuple(attributes.get("pads", (0, 0, 0, 0))), attributes.get("group", 1), low, high, flatten,
                )
            )
        elif node.op_type in ("Add", "GlobalAveragePool"):
            owner[result] = result
            layers.append(Layer("add" if node.op_type == "Add" else "pool", result, tuple(source(i) for i in node.input)))
        elif node.op_type not in ("QuantizeLinear", "DequantizeLinear", "Relu", "Clip", "Flatten"):
            raise SystemExit(f"{path}: {node.op_type} is not in the grammar of docs/model-format.md")
    shape = [dim.dim_value for dim in graph.input[0].type.tensor_type.shape.dim]
    height, width = shape[2] or height, shape[3] or width
    if not height or not width:
        raise SystemExit(f"{path} takes any size: give one")
    return NetworkFile(tuple(layers), tuple(output.name for output in graph.output), height, width, ranges)


def write_f32(network: NetworkFile, path: Path) -> None:
    """The same network without quantisation, as any training framework would export it: Conv, Relu or Clip, Add, GlobalAveragePool, Flatten."""
    nodes, constants, outputs = [], [], []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    for layer in network.layers:
        if layer.kind != "conv":
            nodes.append(helper.make_node("Add" if layer.kind == "add" else "GlobalAveragePool", list(layer.inputs), [layer.name], name=layer.name))
            continue
        activated = layer.low is not None
        raw = f"{layer.name}.raw" if activated or layer.flatten else layer.name
        inputs = [layer.inputs[0], constant(f"{layer.name}.weight", layer.weight), constant(f"{layer.name}.bias", layer.bias)]
        kernel = layer.weight.shape[2]
        nodes.append(
            helper.make_node("Conv", inputs, [raw], name=raw, kernel_shape=[kernel] * 2, strides=[layer.stride] * 2, pads=list(layer.pads), group=layer.groups)
        )
        if layer.flatten:
            nodes.append(helper.make_node("Flatten", [raw], [layer.name], name=layer.name, axis=1))
        elif layer.high is not None:
            ends = [constant(f"{layer.name}.{end}", np.float32(value)) for end, value in (("low", layer.low), ("high", layer.high))]
            nodes.append(helper.make_node("Clip", [raw, *ends], [layer.name], name=layer.name))
        elif activated:
            nodes.append(helper.make_node("Relu", [raw], [layer.name], name=layer.name))
    shapes = {layer.name: [1, len(layer.bias)] + ([] if layer.flatten else [None, None]) for layer in network.layers if layer.name in network.outputs}
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]) for name in network.outputs]
    luma = helper.make_tensor_value_info("luma", TensorProto.FLOAT, [1, 1, network.height, network.width])
    graph = helper.make_graph(nodes, "moue_f32", [luma], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="moue-peers")
    onnx.checker.check_model(model, full_check=True)
    replace(path, model.SerializeToString())


def replace(path: Path, data: bytes) -> None:
    """Writes beside the file and renames, so that nobody meets half of it."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
