"""Luma pictures for the comparison, all from the two photos in `tests/photos`: seeded warps of the faces, and whole frames.

Real faces on purpose: random pixels through trained weights leave most activations at zero.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

PHOTOS = Path(__file__).resolve().parents[1] / "photos"

FACES = {
    # Middle of the eyes and eye distance, marked by hand.
    "astronaut.jpg": ((224.5, 102.5), 43.0),
    "grace_hopper.jpg": ((263.0, 189.0), 83.0),
}
EYES_AT = (0.5, 0.4)
"""Where the eyes' middle lies in a crop, as fractions of its side."""
FRAME = (480, 640)
"""Height and width of the frame that a phone's camera would hand over."""


def photo(name: str) -> np.ndarray:
    return cv2.imread(str(PHOTOS / name), cv2.IMREAD_GRAYSCALE)


def faces(side: int, count: int, seed: int, eye_share: float = 0.4) -> np.ndarray:
    """u8 [count, side, side]: faces with random turn, scale, shift, light and mirroring."""
    rng = np.random.default_rng(seed)
    photos = {name: photo(name) for name in FACES}
    result = []
    for i in range(count):
        name = list(FACES)[i % len(FACES)]
        (x, y), distance = FACES[name]
        matrix = cv2.getRotationMatrix2D((x, y), rng.uniform(-25, 25), eye_share * side / distance * rng.uniform(0.8, 1.25))
        matrix[:, 2] += np.array(EYES_AT) * side - (x, y) + rng.uniform(-0.08, 0.08, 2) * side
        crop = cv2.warpAffine(photos[name], matrix, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        crop = np.clip(crop * rng.uniform(0.5, 1.4) + rng.uniform(-30, 30), 0, 255).astype(np.uint8)
        result.append(crop[:, ::-1] if rng.random() < 0.5 else crop)
    return np.ascontiguousarray(result)


def scenes(height: int, width: int, count: int, seed: int) -> np.ndarray:
    """u8 [count, height, width]: the photos, turned a little, at random scales and places."""
    rng = np.random.default_rng(seed)
    result = []
    for i in range(count):
        picture = photo(list(FACES)[i % len(FACES)])
        h, w = picture.shape
        matrix = cv2.getRotationMatrix2D((w / 2, h / 2), rng.uniform(-15, 15), height / h * rng.uniform(0.5, 1.5))
        matrix[:, 2] += (width / 2 - w / 2 + rng.uniform(-0.1, 0.1) * width, height / 2 - h / 2 + rng.uniform(-0.1, 0.1) * height)
        scene = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
        result.append(scene[:, ::-1] if rng.random() < 0.5 else scene)
    return np.ascontiguousarray(result)


def frame() -> np.ndarray:
    """u8 [480, 640] with one face: the astronaut's photo reduced to the frame's height, grey to both sides."""
    height, width = FRAME
    reduced = cv2.resize(photo("astronaut.jpg"), (height, height), interpolation=cv2.INTER_AREA)
    result = np.full(FRAME, 128, np.uint8)
    left = (width - height) // 2
    result[:, left : left + height] = reduced
    return result
