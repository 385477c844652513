"""The parts of the comparison in `tests/peers` that decide whether its figures mean anything. No time is measured here."""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "peers"))

import agreement
import bars
import clip
import network_file
import pictures


@pytest.mark.parametrize("name,height,width", [("expression", 48, 48), ("refiner", 64, 64), ("detector", 256, 320)])
def test_the_f32_copy_of_a_network_follows_its_int8_file(root, tmp_path, name, height, width):
    int8, f32 = root / "models" / f"{name}.onnx", tmp_path / "f32.onnx"
    network_file.write_f32(network_file.read(int8, height, width), f32)
    shown = pictures.faces(height, 8, 3) if height == width else pictures.scenes(height, width, 8, 3)

    def answers(path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.x64quantprecision", "1")
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        rows = [session.run(None, {"luma": picture[None, None].astype(np.float32) / np.float32(255)}) for picture in shown]
        return [np.stack([value.ravel() for value in output]) for output in zip(*rows)]

    assert agreement.check(answers(int8), answers(f32)) > 0.98


def test_a_peer_whose_answers_belong_to_other_pictures_is_refused():
    ours = np.random.default_rng(1).normal(size=(16, 7))
    assert agreement.check([ours], [ours + 0.01]) > 0.99
    with pytest.raises(ValueError, match="correlation"):
        agreement.check([ours], [ours[::-1]])


def test_an_output_that_ignores_the_picture_is_refused_though_it_agrees():
    still = np.tile(np.arange(7.0), (16, 1))
    with pytest.raises(ValueError, match="hardly depends"):
        agreement.check([still], [still])


def test_a_box_counts_in_a_clip_only_where_the_face_is_and_at_its_size():
    shown = clip.Shown(np.zeros((480, 640), np.uint8), (300.0, 200.0), 50.0)
    assert clip._is_face((240, 130, 120, 120), shown)
    assert not clip._is_face((310, 130, 120, 120), shown)
    assert not clip._is_face((280, 180, 40, 40), shown)
    assert not clip._is_face((0, 0, 640, 480), shown)


def test_a_bar_is_passed_on_its_own_side_of_the_limit():
    assert bars.Bar("time", 0.6, 0.6).passed
    assert not bars.Bar("time", 0.61, 0.6).passed
    assert bars.Bar("speed", 0.6, 0.6, at_least=True).passed
    assert not bars.Bar("speed", 0.59, 0.6, at_least=True).passed
    assert bars.Bar("time", None, 0.6).passed is None


def test_the_geometric_mean_of_a_ratio_and_its_inverse_is_one():
    assert bars.geometric_mean([4.0, 0.25]) == pytest.approx(1.0)


def test_the_libraries_sizes_are_judged_where_they_have_a_limit():
    judged = bars.of_sizes()
    assert {library for library in bars.MOST_MEGABYTES if any(f" {library} " in bar.name for bar in judged)} == set(bars.MOST_MEGABYTES)
    assert all(bar.value > 0 for bar in judged)
