"""Writes a quantised `Net` as one ONNX file in the grammar of docs/model-format.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .graph import Net

OPSET, IR_VERSION = 17, 8


class Writer:
    def __init__(self):
        self.nodes, self.initializers = [], []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output


def write(net: Net, path: Path, input_size: tuple[int, int] | None, metadata: dict[str, str]) -> None:
    """`input_size` is (height, width); None leaves both open. The net must have been through `quantize.prepare`."""
    for name, grid in net.grids.items():
        if not grid.on:
            raise ValueError(f"{name} has no grid: run quantize.prepare before exporting")
    w = Writer()
    real: dict[str, str] = {}
    scales: dict[str, np.float32] = {}
    shapes = {}
    outputs = []
    for node in net.nodes:
        if node.kind == "input":
            value = "luma"
        elif node.kind in ("conv", "output"):
            value = _conv(w, net, node, real, scales)
        elif node.kind == "add":
            value = w.node("Add", [real[i] for i in node.inputs], f"{node.name}.sum")
        else:
            value = w.node("GlobalAveragePool", [real[node.inputs[0]]], f"{node.name}.mean")
        if node.kind == "output":
            shapes[node.name] = [1, node.channels] if node.flatten else [1, node.channels, f"{node.name}_height", f"{node.name}_width"]
            outputs.append(helper.make_tensor_value_info(node.name, TensorProto.FLOAT, ["batch", *shapes[node.name][1:]]))
            continue
        grid = net.grids[node.name]
        # 1/255 as the nearest f32, as the format wants: full-range bytes must pass through unchanged.
        scale = np.float32(1 / 255) if node.kind == "input" else np.float32(grid.scale.item())
        scales[node.name] = scale
        ends = [w.constant(f"{node.name}.scale", np.array(scale, np.float32)), w.constant(f"{node.name}.zero_point", np.array(int(grid.zero_point), np.uint8))]
        w.node("QuantizeLinear", [value, *ends], f"{node.name}.q")
        real[node.name] = w.node("DequantizeLinear", [f"{node.name}.q", *ends], f"{node.name}.dq")
    height, width = input_size or ("height", "width")
    write_model(w, ["batch", 1, height, width], outputs, metadata, path)


def write_model(w: Writer, shape: list[str | int], outputs: list, metadata: dict[str, str], path: Path) -> None:
    """The file, from what the writer holds; `shape` is that of the input."""
    luma = helper.make_tensor_value_info("luma", TensorProto.FLOAT, shape)
    graph = helper.make_graph(w.nodes, "moue", [luma], outputs, w.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="moue-training")
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    # A reader must never meet half a model: write beside it, then rename.
    part = Path(path).with_suffix(".part")
    part.write_bytes(model.SerializeToString())
    part.replace(path)


def activated(w: Writer, value: str, name: str, act: str | None) -> str:
    if act == "relu":
        return w.node("Relu", [value], f"{name}.act")
    if act == "relu6":
        ends = [w.constant(f"{name}.min", np.array(0, np.float32)), w.constant(f"{name}.max", np.array(6, np.float32))]
        return w.node("Clip", [value, *ends], f"{name}.act")
    return value


def _conv(w: Writer, net: Net, node, real: dict[str, str], scales: dict[str, np.float32]) -> str:
    conv = net.convs[node.name]
    source, name = node.inputs[0], node.name
    weight_scale = conv.weight_scale().numpy().astype(np.float32)
    weight = conv.weight.detach().numpy()
    quantized = np.clip(np.rint(weight / weight_scale[:, None, None, None]), -127, 127).astype(np.int8)
    bias_scale = (scales[source] * weight_scale).astype(np.float32)
    bias = np.rint(conv.bias.detach().numpy().astype(np.float64) / bias_scale)
    if np.abs(bias).max() >= 2**31:
        raise ValueError(f"{name}: a bias of {np.abs(bias).max():.3g} steps does not fit 32 bits")
    zeros = len(weight_scale)
    inputs = [
        real[source],
        w.node("DequantizeLinear", [w.constant(f"{name}.weight", quantized), w.constant(f"{name}.weight_scale", weight_scale), w.constant(f"{name}.weight_zero", np.zeros(zeros, np.int8))], f"{name}.weight_dq", axis=0),
        w.node("DequantizeLinear", [w.constant(f"{name}.bias", bias.astype(np.int32)), w.constant(f"{name}.bias_scale", bias_scale), w.constant(f"{name}.bias_zero", np.zeros(zeros, np.int32))], f"{name}.bias_dq", axis=0),
    ]
    kernel = weight.shape[2]
    flat = node.kind == "output" and node.flatten
    value = w.node(
        "Conv", inputs, name if node.kind == "output" and not flat else f"{name}.conv",
        kernel_shape=[kernel, kernel], strides=[conv.stride] * 2, pads=list(conv.pads), dilations=[1, 1], group=conv.groups,
    )
    if flat:
        return w.node("Flatten", [value], name, axis=1)
    return activated(w, value, name, conv.act)
