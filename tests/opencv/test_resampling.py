"""Our fixed-point resampling against OpenCV (and Pillow for grey from RGB), on the photos, within one grey level.

Ours runs as the example `resample` of crate `moue`. OpenCV places the samples of `remap` on a grid of 1/32 pixel, so crops are compared along
transforms whose samples lie on that grid; other transforms are held against the definition in floating point.
"""

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = ["astronaut.jpg", "grace_hopper.jpg"]


@pytest.fixture(scope="session")
def resample():
    """Runs the example: `resample(picture, "resize", 160, 120)` returns the grey picture that it makes."""
    build = subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "-p", "moue", "--example", "resample", "--message-format=json"],
        cwd=ROOT, capture_output=True, encoding="utf-8",
    )
    assert build.returncode == 0, build.stderr
    messages = [json.loads(line) for line in build.stdout.splitlines() if line.startswith("{")]
    program = next(m["executable"] for m in messages if m["reason"] == "compiler-artifact" and m["target"]["name"] == "resample")

    def run(picture, *arguments):
        encoded = cv2.imencode(".pgm" if picture.ndim == 2 else ".ppm", picture)[1].tobytes()
        done = subprocess.run([program, *map(str, arguments)], input=encoded, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_GRAYSCALE)

    return run


@pytest.fixture(params=PHOTOS)
def photo(request):
    """A photo in grey, small enough not to be reduced."""
    return cv2.imread(str(ROOT / "tests" / "photos" / request.param), cv2.IMREAD_GRAYSCALE)


def enlarged(photo, width, height):
    """The photo at another size, with noise so that neighbouring pixels differ."""
    large = cv2.resize(photo, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    noise = np.random.default_rng(1).integers(-20, 21, large.shape)
    return np.clip(large + noise, 0, 255).astype(np.uint8)


def assert_within_one(ours, theirs):
    assert ours.shape == theirs.shape
    difference = np.abs(ours.astype(float) - theirs.astype(float))
    assert difference.max() <= 1.0, f"differs by up to {difference.max()}, by {difference.mean():.3f} on average"


def area_reduced(picture, factor_x, factor_y=None):
    """The picture reduced by whole factors, which must divide it, and not rounded; by one factor on both axes unless two are given."""
    factor_y = factor_y or factor_x
    height, width = picture.shape
    assert width % factor_x == 0 and height % factor_y == 0
    return cv2.resize(picture.astype(np.float32), (width // factor_x, height // factor_y), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize(("width", "height", "factor"), [(1280, 720, 2), (1920, 1080, 3), (2560, 1440, 4), (3997, 2996, 7)])
def test_the_working_picture_is_inter_area_by_a_whole_factor(resample, photo, width, height, factor):
    frame = enlarged(photo, width, height)
    assert_within_one(resample(frame, "working"), np.rint(area_reduced(frame, factor)))


def test_the_working_picture_of_a_frame_that_does_not_divide_is_inter_area_inside(resample, photo):
    frame = enlarged(photo, 1285, 727)
    ours = resample(frame, "working")
    assert ours.shape == (243, 429)
    assert_within_one(ours[:242, :428], np.rint(area_reduced(frame[:726, :1284], 3)))


def test_grey_from_rgb_is_pillows(resample):
    for name in PHOTOS:
        color = Image.open(ROOT / "tests" / "photos" / name)
        ours = resample(cv2.cvtColor(np.array(color), cv2.COLOR_RGB2BGR), "working")
        np.testing.assert_array_equal(ours, np.array(color.convert("L")))


@pytest.mark.parametrize(("width", "height"), [(500, 400), (300, 301), (259, 310), (800, 700), (513, 1024), (1200, 1300)])
def test_resizing_by_less_than_two_is_inter_linear(resample, photo, width, height):
    assert_within_one(resample(photo, "resize", width, height), cv2.resize(photo, (width, height), interpolation=cv2.INTER_LINEAR))


@pytest.mark.parametrize(("width", "height"), [(320, 240), (300, 200), (160, 120), (150, 110), (120, 90), (310, 90)])
def test_resizing_by_more_is_inter_area_then_inter_linear(resample, photo, width, height):
    picture = enlarged(photo, 640, 480)
    reduced = area_reduced(picture, 640 // width, 480 // height)
    theirs = cv2.resize(reduced, (width, height), interpolation=cv2.INTER_LINEAR)
    assert_within_one(resample(picture, "resize", width, height), np.rint(theirs))


def positions(side, a, b, tx, ty):
    """Where the centres of a crop's pixels lie, in pixels of the picture from the top left corner of its top left pixel."""
    x, y = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    return a * x - b * y + tx, b * x + a * y + ty


# The scale's whole part, then a, b, tx, ty. Divided by the whole part, all samples lie on OpenCV's grid; some leave the picture.
ON_THE_GRID = [
    (1, 1.25, 0.5, 100.125, 40.125),
    (1, 0.75, -0.25, 150.0, 220.25),
    (1, 0.5, 0.5, 200.5, -10.0),
    (1, -1.5, 0.25, 330.125, 200.375),
    (2, 2.5, 0.5, 20.0, 70.5),
    (2, 2.0, -1.5, -40.25, 150.25),
    (4, 4.0, 2.0, 60.0, -50.0),
]


@pytest.mark.parametrize(("factor", "a", "b", "tx", "ty"), ON_THE_GRID)
@pytest.mark.parametrize("side", [48, 64])
def test_cutting_a_crop_is_inter_area_then_remap(resample, photo, side, factor, a, b, tx, ty):
    height, width = photo.shape
    assert factor == int(np.hypot(a, b)) or factor == 1 > np.hypot(a, b)
    reduced = area_reduced(photo[: height // factor * factor, : width // factor * factor], factor)
    x, y = (place / factor - 0.5 for place in positions(side, a, b, tx, ty))
    assert np.all(x * 32 == np.rint(x * 32)) and np.all(y * 32 == np.rint(y * 32)), "the samples leave OpenCV's grid"
    theirs = cv2.remap(reduced, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    assert_within_one(resample(photo, "warp", side, a, b, tx, ty), np.rint(theirs))


@pytest.mark.parametrize(
    ("a", "b", "tx", "ty"),
    [(1.0371, 0.2119, 101.33, 47.77), (0.313, -0.207, 222.2, 123.4), (1.91, 0.33, 30.3, 88.8), (2.717, -0.619, 31.41, 159.2), (5.03, 0.07, -3.3, 9.9)],
)
def test_cutting_a_crop_anywhere_is_the_bilinear_mean_of_blocks(resample, photo, a, b, tx, ty):
    side = 48
    factor = max(1, int(np.hypot(a, b)))
    height, width = (extent // factor * factor for extent in photo.shape)
    blocks = photo[:height, :width].reshape(height // factor, factor, width // factor, factor).astype(float).mean((1, 3))
    x, y = (place / factor - 0.5 for place in positions(side, a, b, tx, ty))
    assert x.max() < blocks.shape[1] - 1 and y.max() < blocks.shape[0] - 1, "the crop must lie where blocks are whole"
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)

    def at(row, column):
        return blocks[np.clip(row, 0, None), np.clip(column, 0, None)]

    right_share, lower_share = x - left, y - top
    upper = at(top, left) * (1 - right_share) + at(top, left + 1) * right_share
    lower = at(top + 1, left) * (1 - right_share) + at(top + 1, left + 1) * right_share
    assert_within_one(resample(photo, "warp", side, a, b, tx, ty), np.rint(upper * (1 - lower_share) + lower * lower_share))
