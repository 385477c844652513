"""The golden outputs of the shipped networks (tests/golden/networks.txt), computed by ONNX Runtime: as close as it comes to itself, and a step.

ONNX Runtime adds in other orders, so that a value between two steps of a quantised tensor may be rounded to the other one, and what follows
moves by as much. How far that goes shows in its own two ways through the file, with int8 kernels and in floating point. Outputs aren't quantised
themselves: a step there is what one step of the tensor before them moves them by at most.
"""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

NETWORKS = ("expression", "refiner", "detector")


def golden(root, network):
    """Height, width, picture and the bits of the outputs, of each face."""
    for line in (root / "tests" / "golden" / "networks.txt").read_text("ascii").splitlines():
        name, height, width, pixels, bits = line.split()
        if name == network:
            picture = np.frombuffer(bytes.fromhex(pixels), np.uint8).reshape(int(height), int(width))
            yield picture, np.array([int(bits[i:i + 8], 16) for i in range(0, len(bits), 8)], np.uint32).view(np.float32)


def last_steps(model):
    """For each output of the network, how far one step of the quantised tensor before its convolution moves it at most."""
    made_by = {name: node for node in model.graph.node for name in node.output}
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}

    def dequantised(name):
        node = made_by[name]
        assert node.op_type == "DequantizeLinear"
        return node

    steps = []
    for output in model.graph.output:
        node = made_by[output.name]
        while node.op_type != "Conv":
            node = made_by[node.input[0]]
        scale = values[dequantised(node.input[0]).input[1]]
        weights = dequantised(node.input[1])
        quantised, weight_scale = values[weights.input[0]], values[weights.input[1]].reshape(-1, 1, 1, 1)
        steps.append(float(scale.max() * np.abs(quantised * weight_scale).max()))
    return steps


def answers(path, optimisation, luma):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = optimisation
    # Exact sums on CPUs whose int8 instructions saturate.
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return [np.moveaxis(output[0], 0, -1).ravel() for output in session.run(None, {"luma": luma})]


@pytest.mark.parametrize("network", NETWORKS)
def test_golden_outputs_are_as_close_to_onnx_runtime_as_it_is_to_itself(root, network):
    path = root / "models" / f"{network}.onnx"
    steps = last_steps(onnx.load(path))
    faces = list(golden(root, network))
    assert len(faces) == 2
    for picture, ours in faces:
        luma = picture[None, None].astype(np.float32) / np.float32(255)
        integer, floating = (answers(path, level, luma) for level in (onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL))
        start = 0
        for theirs, other, step in zip(integer, floating, steps):
            mine = ours[start:start + theirs.size]
            start += theirs.size
            assert np.abs(mine - theirs).max() <= step + np.abs(theirs - other).max()
        assert start == ours.size
