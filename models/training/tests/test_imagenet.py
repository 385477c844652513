"""Keras's file of weights becomes the start of an expression network that computes what Keras computes."""

import sys

import numpy as np
import pytest
import torch

from moue_training import imagenet, paper


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Keras's own network with random weights, its batch norms with statistics of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))  # it keeps its settings there
        model = imagenet.keras_model(None)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            channels = len(layer.get_weights()[0])
            layer.set_weights([rng.uniform(0.5, 1.5, channels), rng.normal(size=channels) * 0.1, rng.normal(size=channels) * 0.1, rng.uniform(0.5, 2, channels)])
    return model


def convert(monkeypatch, source, out):
    monkeypatch.setattr(sys, "argv", ["imagenet", str(source), "--out", str(out)])
    imagenet.main()


def test_the_last_features_are_those_of_keras(model, tmp_path, monkeypatch):
    model.save_weights(tmp_path / "keras.weights.h5")
    convert(monkeypatch, tmp_path / "keras.weights.h5", tmp_path / "features.npz")
    grey = torch.rand(2, 1, 96, 96, generator=torch.Generator().manual_seed(0))
    wanted = model(grey.repeat(1, 3, 1, 1).permute(0, 2, 3, 1).numpy(), training=False).detach().permute(0, 3, 1, 2)
    net, seen = paper.start(tmp_path / "features.npz", grey).eval(), []
    last = [node.name for node in net.nodes if node.kind == "conv"][imagenet.CONVOLUTIONS - 1]
    net.convs[last].register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    with torch.no_grad():
        net(grey)
    assert wanted.std() > 0.01
    assert torch.allclose(seen[0], wanted, atol=1e-3 * float(wanted.abs().max()))


def test_a_file_of_another_network_is_refused_and_nothing_is_written(tmp_path, monkeypatch):
    (tmp_path / "keras.weights.h5").write_bytes(b"no weights")
    with pytest.raises(SystemExit, match=r"keras\.weights\.h5: not MobileNetV2"):
        convert(monkeypatch, tmp_path / "keras.weights.h5", tmp_path / "features.npz")
    with pytest.raises(SystemExit, match="nowhere.h5: no such file"):
        convert(monkeypatch, tmp_path / "nowhere.h5", tmp_path / "features.npz")
    assert not (tmp_path / "features.npz").exists()
