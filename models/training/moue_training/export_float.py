"""Writes the expression network as it was before quantisation: an f32 ONNX file, to measure what rounding costs with `moue eval --model`.

    python -m moue_training.export_float runs/expression/float.npz --data DATA --out float.onnx

The file is outside the grammar of docs/model-format.md (tract and ONNX Runtime run it), with the same metadata; its temperatures are fitted on PublicTest as those of the shipped file are.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from . import expression, fer, quantize, run
from .export import Writer, activated, write_model
from .graph import Net


def write(net: Net, path: Path, side: int, metadata: dict[str, str]) -> None:
    """The net must have been through `quantize.fold`."""
    w = Writer()
    values, outputs = {}, []
    for node in net.nodes:
        if node.kind == "input":
            value = "luma"
        elif node.kind in ("conv", "output"):
            value = _conv(w, net, node, values[node.inputs[0]])
        elif node.kind == "add":
            value = w.node("Add", [values[i] for i in node.inputs], node.name)
        else:
            value = w.node("GlobalAveragePool", [values[node.inputs[0]]], node.name)
        if node.kind == "output":
            outputs.append(helper.make_tensor_value_info(node.name, TensorProto.FLOAT, ["batch", node.channels]))
        values[node.name] = value
    write_model(w, ["batch", 1, side, side], outputs, metadata, path)


def _conv(w: Writer, net: Net, node, source: str) -> str:
    conv, name = net.convs[node.name], node.name
    weights = [w.constant(f"{name}.{key}", value.detach().numpy().astype(np.float32)) for key, value in (("weight", conv.weight), ("bias", conv.bias))]
    kernel = conv.weight.shape[2]
    value = w.node("Conv", [source, *weights], f"{name}.conv", kernel_shape=[kernel] * 2, strides=[conv.stride] * 2, pads=list(conv.pads), group=conv.groups)
    if node.kind == "output":
        return w.node("Flatten", [value], name, axis=1)
    return activated(w, value, name, conv.act)


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.export_float", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="float.npz of an expression run")
    parser.add_argument("--data", type=Path, required=True, help="folder with fer2013.csv and fer2013new.csv")
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file to write")
    args = parser.parse_args()
    net = expression.build()
    run.load_weights(net, args.weights)
    quantize.fold(net)
    check = fer.read(args.data, "PublicTest")
    scores = expression.logits(net, check.pixels)
    write(net, args.out, fer.SIDE, expression.metadata({"version": "float", "license": "Written to measure rounding; the terms are those of its weights."}, expression.temperatures(scores, check)))
    print(f"{args.out}:", expression.accuracies(scores, check))


if __name__ == "__main__":
    main()
