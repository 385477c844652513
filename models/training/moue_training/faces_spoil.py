"""Portraits made worse on purpose, always the same way: light, sharpness, compression, turns, and things drawn over the face.

Lengths are shares of the face, so that every portrait suffers alike. What is made of the pictures is the judges' business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from .faces_augment import affine, move_points, warp
from .faces_data import Photo, pyramid

BLUR = 1.2 / 48
"""Standard deviation, as a share of the face's side: that of `moue eval --corrupt`."""
JPEG_QUALITY = 30
NOISE = 20.0
"""Standard deviation in grey levels."""
SMALL_FACE = 24
"""Side of the face that is left after the picture was reduced, in pixels, before it is enlarged again."""
BLACK, CLOTH, SKIN = 20, 200, 140
"""Grey levels of sunglasses, of a mask, of a hand."""


def side_of(photo: Photo) -> float:
    """The geometric mean of the largest reference box's sides, in pixels."""
    box = photo.boxes[photo.largest()]
    return float(np.sqrt(np.prod(box[2:] - box[:2])))


def _luma(change: Callable[[np.random.Generator, np.ndarray, Photo], np.ndarray]) -> Callable[[np.random.Generator, Photo], Photo]:
    def spoil(rng: np.random.Generator, photo: Photo) -> Photo:
        luma = change(rng, photo.luma, photo)
        return replace(photo, luma=luma, pyramid=pyramid(luma))

    return spoil


def _dark(share: float):
    return _luma(lambda _, luma, photo: np.rint(luma * share).astype(np.uint8))


def _bright(_, luma: np.ndarray, photo: Photo) -> np.ndarray:
    return np.clip(luma.astype(int) + 90, 0, 255).astype(np.uint8)


def _jpeg(_, luma: np.ndarray, photo: Photo) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1], cv2.IMREAD_GRAYSCALE)


def _noise(rng: np.random.Generator, luma: np.ndarray, photo: Photo) -> np.ndarray:
    return np.clip(np.rint(luma + rng.normal(0, NOISE, luma.shape)), 0, 255).astype(np.uint8)


def _small(_, luma: np.ndarray, photo: Photo) -> np.ndarray:
    scale = min(1.0, SMALL_FACE / side_of(photo))
    small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, luma.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _turned(degrees: float) -> Callable[[np.random.Generator, Photo], Photo]:
    def spoil(_, photo: Photo) -> Photo:
        middle = photo.landmarks.mean(0)
        matrix = affine(middle, middle, 1.0, np.radians(degrees), False)
        luma = warp(photo, matrix, photo.luma.shape[::-1])
        landmarks = move_points(photo.landmarks[None].astype(np.float32), matrix, False)[0]
        return replace(photo, luma=luma, pyramid=pyramid(luma), landmarks=landmarks)

    return spoil


def _drawn(draw: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], None]) -> Callable[[np.random.Generator, Photo], Photo]:
    """`draw` gets the picture, the points, and the axes along and across the eyes, each as long as the eyes are apart."""

    def change(_, luma: np.ndarray, photo: Photo) -> np.ndarray:
        luma, points = luma.copy(), photo.landmarks.astype(float)
        along = points[1] - points[0]
        draw(luma, points, along, np.array([-along[1], along[0]]))
        return luma

    return _luma(change)


def _polygon(luma: np.ndarray, corners: list[np.ndarray], grey: int) -> None:
    cv2.fillPoly(luma, [np.rint(np.array(corners)).astype(np.int32)], grey)


def _sunglasses(luma: np.ndarray, points: np.ndarray, along: np.ndarray, down: np.ndarray) -> None:
    width = float(np.linalg.norm(along))
    for eye in points[:2]:
        cv2.ellipse(luma, (tuple(float(v) for v in eye), (0.85 * width, 0.62 * width), float(np.degrees(np.arctan2(along[1], along[0])))), BLACK, -1)
    cv2.line(luma, *(tuple(int(v) for v in np.rint(eye)) for eye in points[:2]), BLACK, max(1, round(0.08 * width)))


def _mask(luma: np.ndarray, points: np.ndarray, along: np.ndarray, down: np.ndarray) -> None:
    nose, mouth = points[2], points[3:].mean(0)
    top, low = nose - 0.12 * down, mouth + 0.75 * down
    _polygon(luma, [top - 0.15 * along, top + 0.15 * along, nose + 0.95 * along, mouth + 0.85 * along, low + 0.3 * along, low - 0.3 * along, mouth - 0.85 * along, nose - 0.95 * along], CLOTH)


def _hand(luma: np.ndarray, points: np.ndarray, along: np.ndarray, down: np.ndarray) -> None:
    """From the picture's left over the mouth and one cheek."""
    mouth = points[3:].mean(0)
    width = max(1, round(0.28 * float(np.linalg.norm(along))))
    for finger in range(4):
        end = mouth + (0.35 - 0.05 * finger) * along + (0.3 * finger - 0.35) * down
        cv2.line(luma, tuple(int(v) for v in np.rint(end)), tuple(int(v) for v in np.rint(end - 1.6 * along + 0.5 * down)), SKIN, width)


def _half(luma: np.ndarray, points: np.ndarray, along: np.ndarray, down: np.ndarray) -> None:
    """Everything on the picture's right of the nose, as behind a door."""
    middle = points[:2].mean(0)
    _polygon(luma, [middle - 2 * down, middle + 3 * down, middle + 3 * down + 2 * along, middle - 2 * down + 2 * along], BLACK)


SPOILERS: dict[str, Callable[[np.random.Generator, Photo], Photo]] = {
    "as they are": lambda _, photo: photo,
    "reduced to a face of 24 px, enlarged again": _luma(_small),
    "Gaussian blur, 1/40 of the face": _luma(lambda _, luma, photo: cv2.GaussianBlur(luma, (0, 0), BLUR * side_of(photo))),
    "half as bright": _dark(0.5),
    "a sixth as bright": _dark(1 / 6),
    "90 grey levels brighter": _luma(_bright),
    "JPEG of quality 30": _luma(_jpeg),
    "noise, 20 grey levels": _luma(_noise),
    "turned by 15 degrees": _turned(15),
    "turned by 30 degrees": _turned(30),
    "sunglasses (drawn)": _drawn(_sunglasses),
    "mask (drawn)": _drawn(_mask),
    "hand before the mouth (drawn)": _drawn(_hand),
    "half the face behind a door (drawn)": _drawn(_half),
}
"""What is done to a portrait with hand-made points, by name."""
