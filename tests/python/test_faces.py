"""Faces that the command finds, beside OpenCV's Haar cascade (the paper's detector) on the same pictures."""

import json

import cv2
import numpy as np
import pytest

VARIANTS = {
    "as it is": lambda photo: photo,
    "mirrored": lambda photo: photo[:, ::-1],
    "dimmed": lambda photo: photo // 2,
    "shrunk": lambda photo: cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "enlarged": lambda photo: cv2.resize(photo, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC),
    "in a wide frame": lambda photo: cv2.copyMakeBorder(photo, 60, 60, 200, 400, cv2.BORDER_REPLICATE),
}


def haar(picture):
    """The largest face of the cascade, as left, top, width, height."""
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    boxes = cascade.detectMultiScale(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), scaleFactor=1.1, minNeighbors=5)
    assert len(boxes), "the cascade finds the face of every variant"
    return max(boxes, key=lambda box: box[2] * box[3])


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("photo", ["astronaut.jpg", "grace_hopper.jpg"])
def test_our_face_is_where_the_haar_cascade_sees_one(moue, photos, tmp_path, photo, variant):
    picture = np.ascontiguousarray(VARIANTS[variant](cv2.imread(str(photos / photo))))
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), picture)
    done = moue("analyze", path, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["width"], answer["height"]) == picture.shape[1::-1]
    assert len(answer["faces"]) == 1
    face = answer["faces"][0]
    x, y, width, height = haar(picture)
    for point in face["points"].values():
        assert x <= point[0] <= x + width and y <= point[1] <= y + height
    box = face["box"]
    assert 0.5 < box["width"] * box["height"] / (width * height) < 2
    assert abs(box["x"] + box["width"] / 2 - x - width / 2) < 0.2 * width
    assert abs(sum(face["scores"].values()) - 1) < 1e-3
