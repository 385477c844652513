"""The paper's recipe: it starts from what ImageNet's weights give, and a run of a few steps writes its curves and goes on where it stopped."""

import json

import numpy as np
import torch
import torch.nn.functional as F

from moue_training import paper


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
