"""Teachers that see what their pupil sees, the step that they are trained by, and a run that stops in time and goes on."""

import tomllib
from pathlib import Path

import pytest
import torch

from moue_training import expression, fer, run
from moue_training.teachers import TEACHERS

RECIPES = Path(__file__).parents[1] / "recipes"


@pytest.mark.parametrize("name", TEACHERS)
def test_a_teacher_reads_with_both_heads(name):
    outputs = TEACHERS[name]().eval()(torch.rand(2, 1, 48, 48))
    assert {head: tuple(rows.shape) for head, rows in outputs.items()} == {head: (2, 7) for head in expression.HEADS}


def test_uphill_is_where_the_gradient_points_and_back_is_where_it_began():
    net = torch.nn.Linear(3, 1)
    before = [p.detach().clone() for p in net.parameters()]
    x = torch.rand(8, 3, generator=torch.Generator().manual_seed(0))

    def loss():
        return net(x).square().mean()

    low = loss()
    low.backward()
    moves = run.uphill(net, 0.05)
    assert torch.isclose(torch.cat([move.flatten() for move in moves]).norm(), torch.tensor(0.05))
    assert loss() > low
    run.back(net, moves)
    assert all(torch.allclose(p, b) for p, b in zip(net.parameters(), before))


def test_what_teachers_read_is_a_mean_of_probabilities():
    class Says(torch.nn.Module):
        def __init__(self, label):
            super().__init__()
            self.label = label

        def forward(self, x):
            return {head: 50.0 * torch.eye(7)[[self.label]].expand(len(x), 7) for head in expression.HEADS}

    said = expression.reading([Says(2), Says(5)], torch.rand(3, 1, 8, 8), False)
    for head in expression.HEADS:
        assert torch.allclose(said[head][:, [2, 5]], torch.tensor(0.5)) and torch.allclose(said[head].sum(1), torch.tensor(1.0))


def test_the_large_recipe_stops_in_time_and_goes_on_to_a_file(data, tmp_path, monkeypatch):
    recipe = tomllib.loads((RECIPES / "expression_large.toml").read_text())
    small = {"batch": 8, "stages": [{"epochs": 1, "side": 48}], "compile": False, "steps": 1, "calibration": 8}
    recipe |= small | {"bf16": False, "teachers": recipe["teachers"][:2]}
    recipe["teaching"] |= {"batch": 8, "stages": [{"epochs": 1, "side": 32}]}
    recipe["quantized"] |= {"stages": [{"epochs": 1, "side": 48}]}
    out = tmp_path / "out"
    monkeypatch.setattr(run, "deadline", 0.0)
    stops = []
    for _ in range(4):
        with pytest.raises(SystemExit) as stop:
            expression.train(recipe, data, out)
        assert stop.value.code == run.MORE_TO_DO
        stops.append(sorted(path.name for path in out.glob("*.npz")))
    assert stops == [[], ["teacher-1.npz"], ["teacher-1.npz", "teacher-2.npz"], ["float.npz", "teacher-1.npz", "teacher-2.npz"]]
    expression.train(recipe, data, out)
    assert (out / "expression.onnx").stat().st_size > 1_000_000
    assert [row.split(",")[0] for row in (out / "epochs.csv").read_text().splitlines()[1:]] == ["teacher-1", "teacher-2", "float", "int8"]


def test_an_unknown_teacher_is_named(data, tmp_path):
    recipe = tomllib.loads((RECIPES / "expression_large.toml").read_text()) | {"teachers": [{"network": "resnet9000", "seed": 1}]}
    with pytest.raises(SystemExit, match="resnet9000.*resnet18"):
        expression.trained_teachers(recipe, fer.training(data), fer.read(data, "PublicTest"), run.Log(tmp_path / "out", recipe))
