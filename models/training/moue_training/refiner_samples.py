"""Training crops for the refiner: faces put near the template, and things that only look like them.

Exact points are the hand-made ones of a portrait's main face. Faces that only the reference detector marked teach the face score, not the points.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .faces_augment import affine, degrade, move_points, warp
from .faces_data import Faces, Photo
from .faces_pipeline import Network, detect, overlap
from .refiner_crops import CROP_SIDE, similarity

FACE_WIDTH = 0.7
"""Share of the crop's side that the average face's reference box takes up in width; it is then about 0.95 high."""
SURE_FACE = 0.88
"""Reference score from which a face without hand-made points teaches the face score."""
MINING_SIDES, MINING_THRESHOLD = (224, 320, 448), 0.1
"""At which long sides, and from which score, the detector's boxes on photos without a face are collected."""
COVERED = 0.2
"""Share of crops of which a part is hidden."""


@dataclass
class Sample:
    """`luma` uint8 [64, 64]; `face` 1 or 0; `corrections` [10], fractions of the crop's side, only where `pointed`."""

    luma: np.ndarray
    face: float
    pointed: float
    corrections: np.ndarray


def mean_template(portraits: list[Photo]) -> np.ndarray:
    """[5, 2], fractions of the crop's side: the mean shape of the hand-made points, upright, symmetrical, its reference box centred and `FACE_WIDTH` wide."""
    shapes = []
    for photo in portraits:
        if photo.landmarks is None or not len(photo.boxes):
            continue
        box = photo.boxes[photo.largest()]
        if not (box[:2] < photo.landmarks.mean(0)).all() or not (photo.landmarks.mean(0) < box[2:]).all():
            continue
        shape = (photo.landmarks - (box[:2] + box[2:]) / 2) / (box[2] - box[0])
        mirrored = shape * [-1, 1]
        shapes += [shape, mirrored[[1, 0, 2, 4, 3]]]
    shapes = np.array(shapes)
    mean = shapes.mean(0)
    for _ in range(5):
        # Roll and turned heads flatten a plain mean: fit each shape to it before the next.
        fits = [similarity(shape, mean) for shape in shapes]
        fitted = np.mean([shape @ fit[:, :2].T + fit[:, 2] for shape, fit in zip(shapes, fits)], 0)
        # Least-squares fits shrink the mean a little each time: give it its size back.
        fitted -= fitted.mean(0)
        mean = mean.mean(0) + fitted * np.linalg.norm(mean - mean.mean(0)) / np.linalg.norm(fitted)
    mean = (mean + (mean * [-1, 1])[[1, 0, 2, 4, 3]]) / 2
    return np.round(0.5 + mean * FACE_WIDTH, 4)


class Cutter:
    """Draws samples. `mined`: photos without a face and the points the detector saw in them."""

    def __init__(self, faces: Faces, template: np.ndarray, mined: list[tuple[Photo, np.ndarray]]):
        self.template, self.mined, self.negatives = template, mined, faces.negatives
        self.portraits = [photo for photo in faces.portraits if photo.landmarks is not None]
        self.others = [(photo, i) for photo in faces.portraits + faces.scenes for i in range(len(photo.boxes)) if photo.scores[i] >= SURE_FACE and i != (photo.largest() if photo.landmarks is not None else -1)]

    def sample(self, rng: np.random.Generator) -> Sample:
        kind = rng.random()
        if kind < 0.72:
            photo = self.portraits[rng.integers(len(self.portraits))]
            return self._face(rng, photo, photo.landmarks, pointed=1.0)
        if kind < 0.76:
            photo, index = self.others[rng.integers(len(self.others))]
            return self._face(rng, photo, photo.points[index], pointed=0.0)
        if kind < 0.80:
            return self._beside(rng)
        if kind < 0.93 and self.mined:
            photo, points = self.mined[rng.integers(len(self.mined))]
            return self._nothing(rng, photo, self._jitter(rng, similarity(points, self.template * CROP_SIDE), rng.random() < 0.5))
        return self._anywhere(rng)

    def _jitter(self, rng: np.random.Generator, to_crop: np.ndarray, flip: bool) -> np.ndarray:
        """Mostly the error of the detector or of a first pass, sometimes that of a face that moved since the last frame."""
        middle = np.full(2, CROP_SIDE / 2)
        if rng.random() < 0.7:
            scale, shift, roll = rng.normal(0, 0.06), rng.normal(0, 0.035, 2), rng.normal(0, 5)
        else:
            scale, shift, roll = rng.uniform(-0.2, 0.2), rng.uniform(-0.15, 0.15, 2), rng.uniform(-20, 20)
        change = affine(middle, middle + shift * CROP_SIDE, np.exp(scale), np.radians(roll), flip, np.exp(rng.normal(0, 0.03)))
        return change @ np.concatenate([to_crop, [[0, 0, 1]]])

    def _face(self, rng: np.random.Generator, photo: Photo, points: np.ndarray, pointed: float) -> Sample:
        flip = rng.random() < 0.5
        matrix = self._jitter(rng, similarity(points, self.template * CROP_SIDE), flip)
        moved = move_points(points[None], matrix, flip)[0] / CROP_SIDE
        return Sample(self._picture(rng, photo, matrix), 1.0, pointed, (moved - self.template).astype(np.float32).ravel())

    def _nothing(self, rng: np.random.Generator, photo: Photo, matrix: np.ndarray) -> Sample:
        return Sample(self._picture(rng, photo, matrix), 0.0, 0.0, np.zeros(10, np.float32))

    def _anywhere(self, rng: np.random.Generator) -> Sample:
        photo = self.negatives[rng.integers(len(self.negatives))]
        height, width = photo.luma.shape
        side = np.exp(rng.uniform(np.log(24), np.log(min(height, width))))
        at = rng.uniform(0.1, 0.9, 2) * [width, height]
        return self._nothing(rng, photo, affine(at, np.full(2, CROP_SIDE / 2), CROP_SIDE / side, np.radians(rng.normal(0, 20)), rng.random() < 0.5))

    def _beside(self, rng: np.random.Generator) -> Sample:
        """A crop of a portrait that holds no face's middle, or one on a wholly wrong scale or turn."""
        for _ in range(10):
            photo = self.portraits[rng.integers(len(self.portraits))]
            if not len(photo.boxes):
                continue
            box = photo.boxes[photo.largest()]
            face = float(box[2] - box[0])
            scale, at = np.exp(rng.uniform(np.log(0.25), np.log(3.0))), rng.uniform(0, 1, 2) * photo.luma.shape[::-1]
            side = face * scale / FACE_WIDTH
            mine = np.concatenate([at - [0.3 * side, 0.41 * side], at + [0.3 * side, 0.41 * side]])
            if all(overlap(mine, other) < 0.2 for other in photo.boxes):
                return self._nothing(rng, photo, affine(at, np.full(2, CROP_SIDE / 2), CROP_SIDE / side, np.radians(rng.normal(0, 25)), rng.random() < 0.5))
        return self._anywhere(rng)

    def _picture(self, rng: np.random.Generator, photo: Photo, matrix: np.ndarray) -> np.ndarray:
        border = cv2.BORDER_REPLICATE if rng.random() < 0.75 else cv2.BORDER_CONSTANT
        picture = warp(photo, matrix, (CROP_SIDE, CROP_SIDE), border=border)
        if rng.random() < 0.15:
            # Faces of 12 to 40 pixels, enlarged, as a small face in a camera's frame is.
            small = int(rng.integers(20, 60))
            picture = cv2.resize(cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA), (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_LINEAR)
        if rng.random() < COVERED:
            self._cover(rng, picture)
        return degrade(rng, picture, 0.4)

    def _cover(self, rng: np.random.Generator, picture: np.ndarray) -> None:
        """A part of the picture disappears: behind a block, as of glasses, a mask or a hand, or beyond a line, as behind a door. What covers it is grey, noise or another photo."""
        if rng.random() < 0.7:
            extent = rng.uniform(0.1, 0.6, 2) * CROP_SIDE
            low = rng.uniform(0, 1, 2) * (CROP_SIDE - extent)
            corners = cv2.boxPoints((tuple(low + extent / 2), tuple(extent), rng.uniform(-30, 30)))
        else:
            # A square far larger than the crop, one side of which runs through it, at most a tenth beyond its middle.
            turn, side = rng.uniform(0, 360), 4.0 * CROP_SIDE
            away = (side / 2 + rng.uniform(-0.1, 0.45) * CROP_SIDE) * np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))])
            corners = cv2.boxPoints((tuple(CROP_SIDE / 2 + away), (side, side), turn))
        hidden = np.zeros_like(picture)
        cv2.fillPoly(hidden, [np.rint(corners).astype(np.int32)], 1)
        kind = rng.random()
        if kind < 0.5:
            cover = np.full_like(picture, rng.integers(0, 256))
        elif kind < 0.7:
            cover = rng.integers(0, 256, picture.shape, dtype=np.uint8)
        else:
            photo = self.negatives[rng.integers(len(self.negatives))]
            cover = cv2.resize(photo.pyramid[-1], (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_LINEAR)
        np.copyto(picture, cover, where=hidden > 0)


def mine(network: Network, negatives: list[Photo]) -> list[tuple[Photo, np.ndarray]]:
    """What the detector takes for faces in photos without one: the photo and five points [5, 2], once for each box."""
    return [(photo, d.points) for photo in negatives for side in MINING_SIDES for d in detect(network, photo.luma, side, MINING_THRESHOLD)]
