"""Spoiled portraits: points stay true to the picture, and things that are drawn lie on the face."""

import numpy as np
import pytest

from moue_training import faces_data
from moue_training.faces_spoil import SPOILERS, side_of

FACE = np.array([[80, 90], [120, 90], [100, 115], [86, 135], [114, 135]], np.float32)
BOX = np.array([[60, 50, 140, 160]], np.float32)


@pytest.fixture
def portrait():
    luma = np.full((220, 200), 100, np.uint8)
    for x, y in FACE:
        luma[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3] = 255
    return faces_data.Photo("portraits/1_0_0.jpg", luma, BOX.copy(), FACE[None].copy(), np.array([0.9], np.float32), FACE.copy(), faces_data.pyramid(luma))


def test_a_turned_portraits_points_lie_where_its_dots_are(portrait):
    for what in ("turned by 15 degrees", "turned by 30 degrees"):
        turned = SPOILERS[what](np.random.default_rng(0), portrait)
        for x, y in turned.landmarks:
            assert turned.luma[int(y), int(x)] > 200, what


@pytest.mark.parametrize("what, covered, open_", [("sunglasses (drawn)", [0, 1], [2, 3, 4]), ("mask (drawn)", [3, 4], [0, 1]), ("hand before the mouth (drawn)", [3], [0, 1]), ("half the face behind a door (drawn)", [1, 4], [0, 3])])
def test_what_is_drawn_covers_what_it_says_and_no_more(portrait, what, covered, open_):
    luma = SPOILERS[what](np.random.default_rng(0), portrait).luma
    assert all(luma[int(y), int(x)] != 255 for x, y in FACE[covered])
    assert all(luma[int(y), int(x)] == 255 for x, y in FACE[open_])


def test_every_spoiler_leaves_the_pictures_size_and_the_photo_itself(portrait):
    before = portrait.luma.copy()
    for what, spoil in SPOILERS.items():
        assert spoil(np.random.default_rng(0), portrait).luma.shape == before.shape, what
    assert (portrait.luma == before).all()
    assert side_of(portrait) == pytest.approx(np.sqrt(80 * 110))
