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


def test_photos_become_faces_that_training_reads(tmp_path, monkeypatch, capsys):
    # The two persons of docs/models.md: one of them is checked with.
    for name, label in (("anna", "happy"), ("ben", "neutral")):
        folder = tmp_path / "photos" / label / name
        folder.mkdir(parents=True)
        shutil.copy(PHOTOS / "astronaut.jpg", folder)
    empty = tmp_path / "photos" / "sad"
    empty.mkdir()
    (empty / "no.png").write_bytes(b"no picture")
    (empty / "IMG_0001.HEIC").write_bytes(b"a kind that OpenCV doesn't read")
    run(monkeypatch, tmp_path / "photos", tmp_path / "data")
    said = capsys.readouterr().out
    assert "1 photos without a face" in said and "IMG_0001.HEIC" in said and "Only 1 faces to check with" in said
    training, check = fer.training(tmp_path / "data"), fer.read(tmp_path / "data", "PublicTest")
    assert (len(training), len(check)) == (1, 1)
    assert training.labels.argmax(1).tolist() == training.majority.tolist()
    assert {training.majority[0], check.majority[0]} == {fer.LABELS.index("happy"), fer.LABELS.index("neutral")}
    # Her teeth are the brightest part of the lower half, and lie in its middle, where the template has the mouth.
    lower = training.pixels[0, 30:44].astype(int)
    row, column = np.unravel_index(lower.argmax(), lower.shape)
    assert 16 <= column <= 32 and 2 <= row <= 11


def test_a_person_is_known_by_the_folder_and_a_photo_without_one_stands_for_itself():
    assert {own_photos.person(Path(f"{label}/anna/{photo}.jpg"), Path(label)) for label in ("happy", "sad") for photo in "ab"} == {"anna"}
    assert own_photos.person(Path("happy/7.jpg"), Path("happy")) == "7"


def test_a_tenth_of_the_persons_is_checked_with_and_more_persons_move_nobody_into_training():
    few, many = {f"person {n}" for n in range(60)}, {f"person {n}" for n in range(2000)}
    assert own_photos.checked_with(few) == own_photos.checked_with(many) & few
    assert 0.08 < len(own_photos.checked_with(many)) / len(many) < 0.12
    for names in ({"anna", "ben"}, {"anna", "ben", "cem"}):
        assert len(own_photos.checked_with(names)) == 1


def test_one_person_alone_is_refused_and_nothing_is_written(tmp_path, monkeypatch):
    folder = tmp_path / "photos" / "happy" / "anna"
    folder.mkdir(parents=True)
    shutil.copy(PHOTOS / "astronaut.jpg", folder)
    with pytest.raises(SystemExit, match="0 faces to train on and 1 to check with"):
        run(monkeypatch, tmp_path / "photos", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_no_expression_is_named(tmp_path, monkeypatch):
    (tmp_path / "joyful").mkdir()
    with pytest.raises(SystemExit, match="joyful.*angry"):
        run(monkeypatch, tmp_path, tmp_path / "data")
