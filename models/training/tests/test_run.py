"""What a run is given: a folder of its own, whole data, weights that fit, a recipe without slips. Each mistake is named before anything is trained or written."""

import os
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from moue_training import expression, fer, run

RECIPES = sorted((Path(__file__).parents[1] / "recipes").glob("expression*.toml"))
SMALL = {"batch": 8, "stages": [{"epochs": 1, "side": 48}], "compile": False, "steps": 1, "calibration": 8}


@pytest.fixture
def recipe():
    return tomllib.loads(next(path for path in RECIPES if path.stem == "expression").read_text()) | SMALL | {"quantized": {"stages": []}}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_passes_its_own_check(path):
    expression.check_recipe(tomllib.loads(path.read_text()))


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"droput": 0.3}, "droput is unknown"),
        ({"quantized": {"stages": [], "rates": 1}}, "quantized.rates is unknown"),
        ({"quantized": {}}, "quantized.stages is missing"),
        ({"quantized": 3}, "quantized is 3: of another type"),
        ({"seed": "1", "scale": 1.0, "compile": 1}, "seed is '1'.*scale is 1.0"),
        ({"teacher": "a.npz"}, "teacher and teacher_weight go together"),
        ({"teachers": [{"network": "vgg13", "seed": 1}]}, "teachers and same_view go together"),
        ({"small": 0.1}, "small and noise go together"),
    ],
)
def test_a_slip_in_a_recipe_is_named(data, tmp_path, recipe, change, complaint):
    with pytest.raises(SystemExit, match=complaint):
        expression.train(recipe | change, data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_key_is_named(recipe):
    del recipe["license"]
    with pytest.raises(SystemExit, match="license is missing"):
        expression.check_recipe(recipe)


def test_a_batch_larger_than_the_data_is_named(data, tmp_path, recipe):
    with pytest.raises(SystemExit, match="16 faces.*64"):
        expression.train(recipe | {"batch": 64}, data, tmp_path / "out")


def test_a_folder_belongs_to_one_recipe_and_one_set_of_data(data, tmp_path, recipe):
    out = tmp_path / "out"
    expression.train(recipe, data, out)
    first = (out / "expression.onnx").read_bytes()
    expression.train(recipe, data, out)
    assert (out / "expression.onnx").read_bytes() == first
    with pytest.raises(SystemExit, match="rate 0.0015, now 0.5.*give another --out"):
        expression.train(recipe | {"rate": 0.5}, data, out)
    rows = (data / "fer2013.csv").read_text().splitlines()
    more = [rows[1].replace("0,", "3,", 1), *rows[1:]]
    (data / "fer2013.csv").write_text("\n".join([rows[0], *more]) + "\n")
    votes = (data / "fer2013new.csv").read_text().splitlines()
    (data / "fer2013new.csv").write_text("\n".join([votes[0], votes[1], *votes[1:]]) + "\n")
    with pytest.raises(SystemExit, match="checksum"):
        expression.train(recipe, data, out)
    assert (out / "expression.onnx").read_bytes() == first


def edited(path, line, change):
    rows = path.read_text().splitlines()
    rows[line - 1] = change(rows[line - 1])
    path.write_text("\n".join(rows) + "\n")


@pytest.mark.parametrize(
    "file, change, complaint",
    [
        (fer.FACES, lambda row: row.replace(" ", "", 1), "line 3 of .*2304 numbers from 0 to 255"),
        (fer.FACES, lambda row: row.replace(",", ",256 ", 1), "line 3 of .*2304 numbers from 0 to 255"),
        (fer.FACES, lambda row: row.replace(" ", " x", 1), "line 3 of .*2304 numbers from 0 to 255"),
        (fer.FACES, lambda row: "7" + row[1:], "line 3 of .*emotion is '7'.*neutral"),
        (fer.VOTES, lambda row: row + ",1", "line 3 of .*ten counts"),
        (fer.VOTES, lambda row: row.replace("10", "-1"), "line 3 of .*ten counts"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_kept(data, file, change, complaint):
    edited(data / file, 3, change)
    with pytest.raises(SystemExit, match=complaint):
        fer.read(data, "Training")
    assert not list(data.glob("Training*"))


def test_files_of_different_length_or_without_the_split_are_named(data):
    with open(data / fer.VOTES, "a") as file:
        file.write("Training,x,10,0,0,0,0,0,0,0,0,0\n")
    with pytest.raises(SystemExit, match="fer2013.csv: ends before line 26"):
        fer.read(data, "Training")
    with pytest.raises(SystemExit, match="no column pixels"):
        edited(data / fer.FACES, 1, lambda row: row.replace("pixels", "picture"))
        fer.read(data, "Training")


@pytest.mark.parametrize("damage", [b"\xff\xfe\x00", b"0," + b"1" * 200_000 + b",Training\n"], ids=["no text", "a huge field"])
def test_a_file_that_is_no_table_is_named(data, damage):
    with open(data / fer.FACES, "ab") as file:
        file.write(damage)
    with pytest.raises(SystemExit, match="fer2013.csv.*not a table"):
        fer.read(data, "Training")
    assert not list(data.glob("Training*"))


def test_a_split_without_rows_is_named(data):
    with pytest.raises(SystemExit, match="no row has the Usage PrivateTest"):
        fer.read(data, "PrivateTest")


def test_what_is_kept_of_a_split_is_made_again_when_damaged_or_older_than_the_files(data):
    before = fer.read(data, "Training")
    cache = data / "Training.npz"
    cache.write_bytes(cache.read_bytes()[:100])
    assert np.array_equal(fer.read(data, "Training").pixels, before.pixels)
    edited(data / fer.FACES, 2, lambda row: "5" + row[1:])
    later = cache.stat().st_mtime_ns + 1_000_000
    os.utime(data / fer.FACES, ns=(later, later))
    assert fer.read(data, "Training").labels[0].argmax() == 5


def test_weights_that_are_missing_damaged_of_another_network_or_rounded_are_named(tmp_path):
    net, path = expression.build(), tmp_path / "weights.npz"
    with pytest.raises(SystemExit, match="weights.npz: not found"):
        run.load_weights(net, path)
    run.save_weights(net, path)
    run.load_weights(net, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SystemExit, match="can't be read"):
        run.load_weights(net, path)
    np.savez(path)
    with pytest.raises(SystemExit, match="the file holds none"):
        run.load_weights(net, path)
    with pytest.raises(SystemExit, match="rounded weights"):
        run.load_weights(net, Path(__file__).parents[1] / "checkpoints" / "expression.npz")


def test_a_start_that_is_missing_is_named(data, tmp_path, recipe):
    with pytest.raises(SystemExit, match="nowhere.npz: not found"):
        expression.train(recipe | {"start": "nowhere.npz"}, data, tmp_path / "out")
    (data / "features.npz").unlink()
    with pytest.raises(SystemExit, match="features.npz: not found"):
        expression.train(recipe, data, tmp_path / "other")


def test_batch_norm_stands_still_where_told_and_moves_again_after():
    norm = torch.nn.BatchNorm2d(3)
    x = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0)) + 5
    with run.still_statistics(norm):
        norm(x)
        assert torch.equal(norm.running_mean, torch.zeros(3))
    norm(x)
    assert torch.allclose(norm.running_mean, 0.1 * x.mean((0, 2, 3)))
