"""Training faces as the pipeline cuts them: a face cut from a photo, pasted into a scene, comes back as it was."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from moue_training import expression, fer, recut
from moue_training.faces_pipeline import Pipeline
from moue_training.refiner_crops import cut, similarity

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def finder():
    return Pipeline(ROOT / "models/detector.onnx", ROOT / "models/refiner.onnx")


def test_a_face_comes_back_from_a_scene_as_it_was_cut(finder):
    photo = cv2.imread(str(ROOT / "tests/photos/astronaut.jpg"), cv2.IMREAD_GRAYSCALE)
    found = max(finder.faces(photo, recut.PASSES, recut.LONG_SIDE), key=lambda face: face.score)
    face = cut(photo, similarity(found.points, expression.template() * fer.SIDE), fer.SIDE)
    again = [recut.recut(finder, expression.template(), np.random.default_rng(seed), face, np.full((480, 640), 90, np.uint8)) for seed in range(8)]
    back = [crop for crop in again if crop is not None]
    assert len(back) >= 4
    for crop in back:
        assert np.corrcoef(crop.ravel(), face.ravel())[0, 1] > 0.9


def test_no_face_comes_back_where_there_is_none(finder):
    nothing = np.full((48, 48), 200, np.uint8)
    assert recut.recut(finder, expression.template(), np.random.default_rng(0), nothing, np.full((480, 640), 90, np.uint8)) is None


def test_faces_that_were_not_found_stay_as_they_are(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    found = np.array([[True, False, True], [False, False, True]])
    np.savez(tmp_path / fer.RECUT, pixels=np.where(found[:, :, None, None], 255 - pixels, 0).astype(np.uint8), found=found)
    again = fer.read_recut(tmp_path / fer.RECUT, pixels)
    assert again.shape == (2, 3, 48, 48)
    assert np.array_equal(again[0, 0], 255 - pixels[0]) and np.array_equal(again[1, 2], 255 - pixels[2])
    assert np.array_equal(again[0, 1], pixels[1]) and np.array_equal(again[1, :2], pixels[:2])
    with pytest.raises(SystemExit, match="moue_training.recut"):
        fer.read_recut(tmp_path / fer.RECUT, pixels[:2])
    with pytest.raises(SystemExit, match="moue_training.recut"):
        fer.read_recut(tmp_path / "nowhere.npz", pixels)
