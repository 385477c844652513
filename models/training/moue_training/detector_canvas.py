"""Training pictures for the detector: portraits at chosen sizes on backgrounds without faces, scenes, and backgrounds alone.

A canvas says where its faces are and which regions must be neither face nor background. What a cell should answer is the business of
`detector_targets`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from .faces_augment import affine, degrade, lookup, move_boxes, move_points, warp
from .faces_data import Faces, Photo

VISIBLE_FACE, VISIBLE_PART = 0.6, 0.1
"""A face with at least the first share of its box in view is taught; below the second it is background; between, it is ignored."""
SMALLEST_FACE = 9.0
"""Faces whose box has a smaller geometric mean side, in pixels, are ignored: nothing is left of them."""


@dataclass
class Canvas:
    """`luma` uint8 [size, size]; `boxes` [n, 4], `points` [n, 5, 2] of faces; `ignored` [m, 4]; `unnamed`: faces without a row are likely."""

    luma: np.ndarray
    boxes: list[np.ndarray] = field(default_factory=list)
    points: list[np.ndarray] = field(default_factory=list)
    ignored: list[np.ndarray] = field(default_factory=list)
    unnamed: bool = False


class Painter:
    """Draws canvases from one part of the data. `size` is the side in pixels; the largest face is `0.86 * size`."""

    def __init__(self, faces: Faces, size: int):
        self.portraits = [photo for photo in faces.portraits if len(photo.boxes)]
        self.scenes = [photo for photo in faces.scenes if len(photo.boxes)]
        self.negatives, self.size = faces.negatives, size

    def canvas(self, rng: np.random.Generator) -> Canvas:
        kind = rng.random()
        if kind < 0.12:
            canvas = self._scene(rng)
        else:
            canvas = self._background(rng)
            if kind < 0.47:
                self._paste(rng, canvas, np.exp(rng.uniform(np.log(50), np.log(0.86 * self.size))), whole=rng.random() < 0.7)
                for _ in range(rng.integers(0, 3)):
                    self._paste(rng, canvas, np.exp(rng.uniform(np.log(10), np.log(60))), whole=False)
            elif kind < 0.85:
                for _ in range(rng.integers(1, 7)):
                    self._paste(rng, canvas, np.exp(rng.uniform(np.log(10), np.log(100))), whole=False)
            if rng.random() < 0.4:
                for _ in range(rng.integers(1, 4)):
                    self._decoy(rng, canvas)
        canvas.luma = degrade(rng, canvas.luma, 0.8)
        return canvas

    def _background(self, rng: np.random.Generator) -> Canvas:
        photo = self.negatives[rng.integers(len(self.negatives))]
        return Canvas(self._fill(rng, photo, rng.uniform(0.8, 2.2)))

    def _fill(self, rng: np.random.Generator, photo: Photo, zoom: float) -> np.ndarray:
        height, width = photo.luma.shape
        scale = zoom * self.size / max(height, width)
        matrix = affine(rng.uniform(0.3, 0.7, 2) * [width, height], np.full(2, self.size / 2), scale, rng.normal(0, 0.15), rng.random() < 0.5)
        return warp(photo, matrix, (self.size, self.size), border=cv2.BORDER_REFLECT_101)

    def _scene(self, rng: np.random.Generator) -> Canvas:
        photo = self.scenes[rng.integers(len(self.scenes))]
        height, width = photo.luma.shape
        flip = rng.random() < 0.5
        scale = rng.uniform(0.7, 2.0) * self.size / max(height, width)
        focus = photo.boxes[rng.integers(len(photo.boxes))].reshape(2, 2).mean(0)
        to = rng.uniform(0.2, 0.8, 2) * self.size
        matrix = affine(focus, to, scale, rng.normal(0, 0.1), flip)
        canvas = Canvas(warp(photo, matrix, (self.size, self.size)), unnamed=True)
        self._take_faces(canvas, photo, matrix, flip, np.array([0, 0, width, height]))
        return canvas

    def _paste(self, rng: np.random.Generator, canvas: Canvas, face: float, whole: bool) -> None:
        """Puts a portrait on the canvas so that its main face has a geometric mean side of `face` pixels."""
        photo = self.portraits[rng.integers(len(self.portraits))]
        main = photo.boxes[photo.largest()]
        extent = main[2:] - main[:2]
        flip, angle = rng.random() < 0.5, np.radians(np.clip(rng.normal(0, 13), -32, 32))
        centre = (main[:2] + main[2:]) / 2
        height, width = photo.luma.shape
        if whole:
            clip = np.array([0, 0, width, height], np.float32)
        else:
            room = rng.uniform(0.15, 1.5, 4) * np.tile(extent, 2)
            clip = np.clip(np.concatenate([main[:2] - room[:2], main[2:] + room[2:]]), 0, [width, height, width, height])
        matrix_at_zero = affine(centre, np.zeros(2), face / np.sqrt(np.prod(extent)), angle, flip, np.exp(rng.normal(0, 0.06)))
        corners = np.array([[clip[0], clip[1]], [clip[2], clip[1]], [clip[2], clip[3]], [clip[0], clip[3]]]) @ matrix_at_zero[:, :2].T + matrix_at_zero[:, 2]
        for _ in range(6):
            margin = min(0.45, rng.uniform(0.1, 0.6) * face / self.size)
            to = rng.uniform(margin, 1 - margin, 2) * self.size
            low, high = (corners.min(0) + to), (corners.max(0) + to)
            if not any(_covered(box, low, high) for box in canvas.boxes + canvas.ignored):
                break
        else:
            return
        matrix = matrix_at_zero + np.concatenate([np.zeros((2, 2)), to[:, None]], 1)
        self._stamp(rng, canvas, photo, matrix, corners + to)
        self._take_faces(canvas, photo, matrix, flip, clip)

    def _decoy(self, rng: np.random.Generator, canvas: Canvas) -> None:
        """A piece of a photo without a face, so that neither borders nor animals mean a face."""
        photo = self.negatives[rng.integers(len(self.negatives))]
        height, width = photo.luma.shape
        side = np.exp(rng.uniform(np.log(16), np.log(self.size * 0.6)))
        cut = rng.uniform(0.25, 1.0, 2) * [width, height]
        at = rng.uniform(0, 1, 2) * ([width, height] - cut)
        matrix = affine(at + cut / 2, rng.uniform(0, self.size, 2), side / max(cut), np.radians(rng.normal(0, 13)), rng.random() < 0.5)
        corners = np.array([at, at + [cut[0], 0], at + cut, at + [0, cut[1]]]) @ matrix[:, :2].T + matrix[:, 2]
        if any(_covered(box, corners.min(0), corners.max(0)) for box in canvas.boxes + canvas.ignored):
            return
        self._stamp(rng, canvas, photo, matrix, corners)

    def _stamp(self, rng: np.random.Generator, canvas: Canvas, photo: Photo, matrix: np.ndarray, corners: np.ndarray) -> None:
        low = np.floor(np.clip(corners.min(0), 0, self.size)).astype(int)
        high = np.ceil(np.clip(corners.max(0), 0, self.size)).astype(int)
        if (high - low).min() < 2:
            return
        local = matrix.copy()
        local[:, 2] -= low
        blur = int(rng.random() < 0.2) + int(rng.random() < 0.06)
        patch = warp(photo, local, tuple(int(n) for n in high - low), blur, cv2.BORDER_REPLICATE)
        if rng.random() < 0.5:
            patch = cv2.LUT(patch, lookup(rng, 0.7))
        mask = np.zeros(patch.shape, np.uint8)
        cv2.fillConvexPoly(mask, np.round(corners - low).astype(np.int32), 1)
        np.copyto(canvas.luma[low[1] : high[1], low[0] : high[0]], patch, where=mask.astype(bool))

    def _take_faces(self, canvas: Canvas, photo: Photo, matrix: np.ndarray, flip: bool, clip: np.ndarray) -> None:
        boxes, points = move_boxes(photo.boxes, matrix), move_points(photo.points, matrix, flip)
        for i, sure in enumerate(photo.sure()):
            inside = _share_inside(photo.boxes[i], clip) * _share_inside(boxes[i], np.array([0, 0, self.size, self.size]))
            if inside < VISIBLE_PART:
                continue
            side = np.sqrt(np.prod(boxes[i, 2:] - boxes[i, :2]))
            if sure and inside >= VISIBLE_FACE and side >= SMALLEST_FACE:
                canvas.boxes.append(boxes[i])
                canvas.points.append(points[i])
            else:
                canvas.ignored.append(boxes[i])


def _share_inside(box: np.ndarray, frame: np.ndarray) -> float:
    extent = np.minimum(box[2:], frame[2:]) - np.maximum(box[:2], frame[:2])
    return float(np.prod(np.maximum(extent, 0)) / max(1e-6, np.prod(box[2:] - box[:2])))


def _covered(box: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    return _share_inside(box, np.concatenate([low, high])) > 0.05
