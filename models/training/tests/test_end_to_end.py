"""The end-to-end judgement: a pasted face stands where it is said to, and points lost are counted on faces that were found."""

import numpy as np

from moue_training import end_to_end
from moue_training.end_to_end import Reading


def test_a_pasted_face_fills_its_square_and_leaves_the_rest_of_the_scene():
    rng = np.random.default_rng(0)
    for _ in range(20):
        frame, (x, y, side) = end_to_end.paste(rng, np.full((48, 48), 250, np.uint8), np.full((300, 500), 10, np.uint8))
        assert frame.shape == (480, 640)
        assert frame[int(y), int(x)] == 250
        bright = np.argwhere(frame > 128)
        assert np.abs(bright.min(0) - [y - side / 2, x - side / 2]).max() <= 0.06 * side + 1
        assert np.abs(bright.max(0) - [y + side / 2, x + side / 2]).max() <= 0.06 * side + 1


def scores(label):
    return np.eye(7)[label]


def test_points_are_lost_by_the_faces_that_were_found():
    readings = [Reading(scores(0), None), Reading(scores(1), "ambiguous"), Reading(None, None), Reading(scores(3), None)]
    truth, direct, sides = np.array([0, 2, 5, 3]), np.array([0, 2, 5, 6]), np.full(4, 100.0)
    figures = end_to_end.figures(readings, truth, direct, sides)
    assert figures["found"] == 0.75
    # Found are three: the first is right in both, the second only directly, the fourth only in the scene.
    assert figures["points_lost"] == 0.0
    assert figures["accuracy_where_found"] == 2 / 3
    assert (figures["certain"], figures["accuracy_when_certain"], figures["accuracy_when_unsure"]) == (2 / 3, 1.0, 0.0)
    assert figures["unsure"] == {"ambiguous": {"faces": 1, "accuracy": 0.0}}
    assert figures["by_side"]["72-104"]["faces"] == 4


