"""Turns the network of the PyPI package `facial_emotion_recognition` into ONNX, so that `moue eval --model` can judge it.

The package ends in a sigmoid and takes the largest: the exported network stops before it, which leaves the order as it is and gives `moue eval` logits to make probabilities of.

    pip install torch onnx; pip download --no-deps facial_emotion_recognition==0.3.4; tar xzf facial_emotion_recognition-0.3.4.tar.gz
    python tests/peers/torch_to_onnx.py facial_emotion_recognition-0.3.4/facial_emotion_recognition network_v2.onnx
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import torch


def convert(package: Path, out: Path) -> None:
    spec = importlib.util.spec_from_file_location("networks", package / "networks.py")
    networks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(networks)
    network = networks.NetworkV2(in_c=1, nl=32, out_f=7)
    network.load_state_dict(torch.load(package / "model" / "model.pkl", map_location="cpu", weights_only=True)["network"])
    network.linear = network.linear[:-1]
    network.eval()
    torch.onnx.export(network, torch.zeros(1, 1, 48, 48), out, input_names=["input"], output_names=["logits"], opset_version=17, dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}}, dynamo=False)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
