"""Own photos become training data: cut as Moue cuts, split by person, in the formats that training reads."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from moue_training import fer, own_photos

ROOT = Path(__file__).parents[3]
PHOTOS = ROOT / "tests" / "photos"


def run(monkeypatch, photos, out):
    monkeypatch.setattr(sys, "argv", ["own_photos", str(photos), "--detector", str(ROOT / "models/detector.onnx"), "--refiner", str(ROOT / "models/refiner.onnx"), "--out", str(out)])
    own_photos.main()


def person(split):
    """A name that falls in this split."""
    return next(name for name in map(str, range(1000)) if own_photos.usage(Path(f"happy/{name}/1.jpg"), Path("happy")) == split)


def test_photos_become_faces_that_training_reads(tmp_path, monkeypatch, capsys):
    for split, label in (("Training", "happy"), ("PublicTest", "neutral")):
        folder = tmp_path / "photos" / label / person(split)
        folder.mkdir(parents=True)
        shutil.copy(PHOTOS / "astronaut.jpg", folder)
    empty = tmp_path / "photos" / "sad"
    empty.mkdir()
    (empty / "no.png").write_bytes(b"no picture")
    run(monkeypatch, tmp_path / "photos", tmp_path / "data")
    assert "1 photos without a face" in capsys.readouterr().out
    training, check = fer.training(tmp_path / "data"), fer.read(tmp_path / "data", "PublicTest")
    assert (len(training), len(check)) == (1, 1)
    assert training.labels.argmax(1).tolist() == training.majority.tolist() == [fer.LABELS.index("happy")]
    assert check.majority.tolist() == [fer.LABELS.index("neutral")]
    # Her teeth are the brightest part of the lower half, and lie in its middle, where the template has the mouth.
    lower = training.pixels[0, 30:44].astype(int)
    row, column = np.unravel_index(lower.argmax(), lower.shape)
    assert 16 <= column <= 32 and 2 <= row <= 11


def test_a_person_is_on_one_side_of_the_split_in_every_expression():
    for number in range(50):
        sides = {own_photos.usage(Path(f"{label}/{number}/{photo}.jpg"), Path(label)) for label in ("happy", "sad") for photo in "ab"}
        assert len(sides) == 1


def test_a_folder_that_is_no_expression_is_named(tmp_path, monkeypatch):
    (tmp_path / "joyful").mkdir()
    with pytest.raises(SystemExit, match="joyful.*angry"):
        run(monkeypatch, tmp_path, tmp_path / "data")
