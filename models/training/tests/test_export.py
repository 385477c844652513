"""What is exported computes what was trained: ONNX Runtime runs the file, PyTorch the simulated rounding."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from moue_training import export, export_float, expression, quantize
from moue_training.graph import Net


def network(seed: int) -> Net:
    """Every operator and option of the grammar, batch norms with statistics that matter."""
    torch.manual_seed(seed)
    net = Net()
    x = net.conv(net.input(), 9, stride=2, act="relu6", pads=(0, 0, 1, 1))
    y = net.conv(x, 9, groups="depthwise", act="relu")
    x = net.add(x, net.conv(y, 9, kernel=1, act=None))
    x = net.conv(x, 14, stride=2, act="relu")
    net.output("places", x, 5)
    net.output("whole", net.global_pool(x), 3, flatten=True)
    for conv in net.convs.values():
        torch.nn.init.normal_(conv.weight, 0, 1.5 / conv.weight[0].numel() ** 0.5)
        if conv.norm is not None:
            for tensor, low, high in ((conv.norm.running_var, 0.5, 2), (conv.norm.running_mean, -0.5, 0.5), (conv.norm.weight.data, 0.5, 1.5), (conv.norm.bias.data, -0.3, 0.6)):
                tensor.uniform_(low, high)
    return net.eval()


def pictures(seed: int, count: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 1, 20, 28)).astype(np.float32) / np.float32(255)


def run(path, luma):
    options = onnxruntime.SessionOptions()
    # AVX2-only CPUs saturate u8 x s8 sums unless told not to.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return dict(zip(("places", "whole"), onnxruntime.InferenceSession(str(path), options).run(["places", "whole"], {"luma": luma})))


@pytest.mark.parametrize("seed", range(4))
def test_the_file_gives_what_simulated_rounding_gives(tmp_path, seed):
    net = network(seed)
    quantize.prepare(net, [torch.from_numpy(pictures(100 + seed))])
    export.write(net, tmp_path / "net.onnx", None, {"moue.kind": "test"})
    luma = pictures(seed)
    theirs = run(tmp_path / "net.onnx", luma)
    with torch.no_grad():
        mine = net(torch.from_numpy(luma))
    for name, values in theirs.items():
        spread = values.std()
        assert spread > 0.05
        # A sum that falls between two steps may round to either in either runtime.
        assert np.abs(values - mine[name].numpy()).mean() < 0.01 * spread


@pytest.mark.parametrize("seed", range(2))
def test_rounding_stays_near_the_float_network(seed):
    net, luma = network(seed), torch.from_numpy(pictures(seed))
    with torch.no_grad():
        before = net(luma)
        quantize.prepare(net, [torch.from_numpy(pictures(100 + seed))])
        after = net(luma)
    for name in before:
        assert (before[name] - after[name]).abs().mean() < 0.1 * before[name].std()


def test_a_dead_channel_with_a_bias_is_exported(tmp_path):
    net = network(1)
    first = next(iter(net.convs.values()))
    with torch.no_grad():
        first.weight[2] = 1e-30
        first.norm.bias[2] = 3.0
    quantize.prepare(net, [torch.from_numpy(pictures(9))])
    export.write(net, tmp_path / "net.onnx", (20, 28), {})
    theirs = run(tmp_path / "net.onnx", pictures(2))
    with torch.no_grad():
        mine = net(torch.from_numpy(pictures(2)))
    assert np.abs(theirs["places"] - mine["places"].numpy()).mean() < 0.01 * theirs["places"].std()


def test_a_network_without_grids_is_refused(tmp_path):
    with pytest.raises(ValueError, match="quantize.prepare"):
        export.write(network(0), tmp_path / "net.onnx", None, {})
    assert not list(tmp_path.iterdir())


def test_full_range_bytes_pass_the_input_unchanged(tmp_path):
    net = network(0)
    quantize.prepare(net, [torch.from_numpy(pictures(0))])
    export.write(net, tmp_path / "net.onnx", None, {})
    values = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(tmp_path / "net.onnx").graph.initializer}
    scale = values["luma.scale"]
    bytes_ = np.arange(256)
    assert (np.rint(bytes_.astype(np.float32) / np.float32(255) / scale) == bytes_).all()


def test_the_float_file_computes_what_was_trained(tmp_path):
    torch.manual_seed(5)
    net = expression.build().eval()
    for conv in net.convs.values():
        if conv.norm is not None:
            conv.norm.running_var.uniform_(0.5, 2)
            conv.norm.running_mean.uniform_(-0.5, 0.5)
    luma = np.random.default_rng(5).integers(0, 256, (1, 1, 48, 48)).astype(np.float32) / np.float32(255)
    with torch.no_grad():
        expected = {name: value.numpy() for name, value in net(torch.from_numpy(luma)).items()}
    quantize.fold(net)
    path = tmp_path / "float.onnx"
    export_float.write(net, path, 48, expression.metadata({"version": "1", "license": "research"}, {"fer2013": 1.0, "consensus": 2.0}))
    session = onnxruntime.InferenceSession(str(path))
    found = dict(zip(expression.HEADS, session.run(list(expression.HEADS), {"luma": luma})))
    for name, values in expected.items():
        assert np.abs(values).max() > 0
        np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=1e-4 * np.abs(values).max())
    assert session.get_modelmeta().custom_metadata_map["moue.temperature.consensus"] == "2.0000"
