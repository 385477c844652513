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


def damaged_files(whole: bytes, folder):
    np.save(folder / "one.npy", np.zeros(3))
    np.savez(folder / "other.npz", faces=np.zeros(3))
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 0x55
    return {"empty": b"", "words": b"not an archive", "cut off": whole[: len(whole) // 2], "one bit pattern wrong": bytes(flipped), "a single array": (folder / "one.npy").read_bytes(), "other arrays": (folder / "other.npz").read_bytes()}


def test_a_damaged_file_is_named_with_what_to_do(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    path = tmp_path / fer.RECUT
    np.savez_compressed(path, pixels=pixels[None], found=np.ones((1, 3), bool))
    for what, content in damaged_files(path.read_bytes(), tmp_path).items():
        path.write_bytes(content)
        with pytest.raises(SystemExit, match=r"recut\.npz: can't be read .* make it again"):
            fer.read_recut(path, pixels)
            pytest.fail(f"{what}: read")
