"""Turns the expression network that the npm package `@vladmandic/face-api` ships into ONNX, so that `moue eval --model` can judge it.

The package stores weights as bytes with a scale and a least value each; the graph is the one of its `FaceFeatureExtractor`: four dense blocks of four convolutions, a mean, a layer of seven. The pictures' mean colour
is left to `--scaling`.

    pip install onnx numpy; npm pack @vladmandic/face-api@1.7.15; tar xzf vladmandic-face-api-1.7.15.tgz
    python tests/peers/face_api_to_onnx.py package/model face_api.onnx
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE, BLOCKS, CONVS = 112, 4, 4


def stored(folder: Path) -> dict[str, np.ndarray]:
    """Every tensor by name, f32, in TensorFlow's order of axes."""
    (group,) = json.loads((folder / "face_expression_model-weights_manifest.json").read_text())
    data, at, tensors = b"".join((folder / path).read_bytes() for path in group["paths"]), 0, {}
    for entry in group["weights"]:
        count, quantization = int(np.prod(entry["shape"])), entry.get("quantization")
        kind = np.dtype(quantization["dtype"] if quantization else "<f4")
        values = np.frombuffer(data, kind, count, at).astype(np.float32)
        at += count * kind.itemsize
        if quantization:
            values = values * np.float32(quantization["scale"]) + np.float32(quantization["min"])
        tensors[entry["name"]] = values.reshape(entry["shape"])
    if at != len(data):
        raise SystemExit(f"{folder}: {len(data)} bytes of weights, but the manifest names {at}")
    return tensors


def convert(folder: Path) -> onnx.ModelProto:
    tensors, nodes, constants = stored(folder), [], []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind: str, inputs: list[str], output: str, **attributes) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def conv(x: str, name: str, stride: int) -> str:
        window = {"strides": [stride, stride], "auto_pad": "SAME_UPPER"}
        bias = constant(f"{name}/bias", tensors[f"{name}/bias"])
        if f"{name}/filters" in tensors:
            return node("Conv", [x, constant(f"{name}/filters", tensors[f"{name}/filters"].transpose(3, 2, 0, 1)), bias], name, **window)
        depth, point = tensors[f"{name}/depthwise_filter"].transpose(2, 3, 0, 1), tensors[f"{name}/pointwise_filter"].transpose(3, 2, 0, 1)
        x = node("Conv", [x, constant(f"{name}/depth", depth)], f"{name}/depthwise", group=len(depth), **window)
        return node("Conv", [x, constant(f"{name}/point", point), bias], name)

    x = "input"
    for block in range(BLOCKS):
        total = x = node("Relu", [conv(x, f"dense{block}/conv0", 2)], f"dense{block}/0")
        for number in range(1, CONVS):
            total = node("Add", [total, conv(x, f"dense{block}/conv{number}", 1)], f"dense{block}/sum{number}")
            x = node("Relu", [total], f"dense{block}/{number}")
    x = node("Flatten", [node("GlobalAveragePool", [x], "mean")], "features")
    weights = [constant("fc/weights", tensors["fc/weights"]), constant("fc/bias", tensors["fc/bias"])]
    node("Gemm", [x, *weights], "logits")
    graph = helper.make_graph(
        nodes,
        "face-api",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 7])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="face_api_to_onnx")
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    onnx.save(convert(Path(sys.argv[1])), sys.argv[2])
