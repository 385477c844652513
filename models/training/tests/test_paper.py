"""The paper's recipe: it starts from what ImageNet's weights give, and a run of a few steps writes its curves and goes on where it stopped."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from moue_training import expression, paper


@pytest.fixture
def data(tmp_path):
    """A folder with 24 random faces in the public formats, and random weights in ImageNet's shapes."""
    rng = np.random.default_rng(0)
    faces, votes = ["emotion,pixels,Usage"], ["Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"]
    for number in range(24):
        usage = "Training" if number < 16 else "PublicTest"
        faces.append(f"{number % 7},{' '.join(map(str, rng.integers(0, 256, 48 * 48)))},{usage}")
        votes.append(f"{usage},x,10,0,0,0,0,0,0,0,0,0")
    (tmp_path / "fer2013.csv").write_text("\n".join(faces) + "\n")
    (tmp_path / "fer2013new.csv").write_text("\n".join(votes) + "\n")
    net, arrays = expression.build(), {}
    convs = [node for node in net.nodes if node.kind == "conv"]
    for number, node in enumerate(convs):
        shape = list(net.convs[node.name].weight.shape)
        shape[1] = 3 if number == 0 else shape[1]
        arrays[f"conv{number:02}.weight"] = (rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(np.float32)
        arrays[f"conv{number:02}.bias"] = rng.normal(size=shape[0]).astype(np.float32) * 0.1
    np.savez(tmp_path / "features.npz", **arrays)
    return tmp_path


def test_the_stem_sees_a_grey_picture_as_three_equal_colours(data):
    batch = torch.rand(4, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    net = paper.start(data / "features.npz", batch)
    with np.load(data / "features.npz") as arrays:
        weight, bias = (torch.from_numpy(arrays[f"conv00.{part}"]) for part in ("weight", "bias"))
    wanted = F.relu6(F.conv2d(F.pad(batch.repeat(1, 3, 1, 1), (0, 1, 0, 1)), weight, bias, stride=2))
    first = next(node.name for node in net.nodes if node.kind == "conv")
    with torch.no_grad():
        given = net.eval().convs[first](batch)
    assert torch.allclose(given, wanted, atol=1e-4)


def test_a_few_steps_write_curves_and_a_second_run_goes_on(data, tmp_path):
    recipe = {"task": "paper", "seed": 1, "side": 32, "epochs": 1, "batch": 8, "rate": 1e-3, "steps": 2, "test_faces": 4}
    out = tmp_path / "out"
    paper.train(recipe, data, out)
    result = json.loads((out / "result.json").read_text())
    assert (result["training_faces"], result["test_faces"]) == (16, 4)
    assert set(result["last"]) >= {"train_accuracy", "test_accuracy", "train_loss", "test_loss"}
    assert (out / "curves.png").stat().st_size > 0
    before = (out / "epochs.csv").read_text()
    paper.train(recipe, data, out)
    assert (out / "epochs.csv").read_text() == before
