"""Geometry and light for training pictures, shared by the detector and the refiner.

Every picture is resampled once: an affine map from the right level of its pyramid. Where things are placed is the caller's business.
"""

from __future__ import annotations

import cv2
import numpy as np

from .faces_data import FLIPPED_POINTS, Photo



def affine(centre: np.ndarray, to: np.ndarray, scale: float, angle: float, flip: bool, stretch: float = 1.0) -> np.ndarray:
    """[2, 3]: carries `centre` to `to`, scaled (x by `stretch` more), turned by `angle` radians, mirrored first where `flip`."""
    cos, sin = np.cos(angle), np.sin(angle)
    mirror = -1.0 if flip else 1.0
    linear = scale * np.array([[cos, -sin], [sin, cos]]) @ np.diag([mirror * stretch, 1.0])
    return np.concatenate([linear, (np.asarray(to) - linear @ np.asarray(centre))[:, None]], 1)


def warp(photo: Photo, matrix: np.ndarray, size: tuple[int, int], blur: int = 0, border: int = cv2.BORDER_CONSTANT) -> np.ndarray:
    """The photo through `matrix`, `size` is (width, height). `blur` levels of sharpness are thrown away on purpose."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    level = int(np.floor(np.log2(max(1.0, 1 / max(scale, 1e-6))))) + blur
    level = min(max(level, 0), len(photo.pyramid) - 1)
    factor = 2.0**level
    # Pixel centres: x_full = factor * (x_level + 0.5) - 0.5.
    full = np.array([[factor, 0, 0.5 * factor - 0.5], [0, factor, 0.5 * factor - 0.5], [0, 0, 1]])
    return cv2.warpAffine(photo.pyramid[level], _pixel_centres(matrix) @ full, size, flags=cv2.INTER_LINEAR, borderMode=border)


def _pixel_centres(matrix: np.ndarray) -> np.ndarray:
    """Our coordinates have their origin at the corner of the first pixel, OpenCV's at its centre."""
    out = matrix.copy()
    out[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    return out


def move_points(points: np.ndarray, matrix: np.ndarray, flip: bool) -> np.ndarray:
    """[n, 5, 2] through `matrix`; a mirrored face's left and right points change places."""
    moved = points @ matrix[:, :2].T.astype(np.float32) + matrix[:, 2].astype(np.float32)
    return moved[:, FLIPPED_POINTS] if flip else moved


def move_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """[n, 4] through `matrix`: the upright box around the turned ellipse that the old box holds, since a face is rounder than its box."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = np.sqrt(((boxes[:, None, 2:] - boxes[:, None, :2]) / 2 * matrix[None, :, :2]) ** 2 @ np.ones(2))
    return np.concatenate([centre - half, centre + half], 1).astype(np.float32)


def lookup(rng: np.random.Generator, strength: float) -> np.ndarray:
    """A table of 256 grey values: gamma, contrast, brightness. `strength` 0..1."""
    grey = np.arange(256, dtype=np.float32) / 255
    gamma = np.exp(rng.normal(0, 0.35 * strength))
    contrast, brightness = np.exp(rng.normal(0, 0.3 * strength)), rng.normal(0, 0.12 * strength)
    if rng.random() < 0.12 * strength:
        contrast, brightness = contrast * rng.uniform(0.15, 0.5), brightness - rng.uniform(0.1, 0.35)
    grey = (grey**gamma - 0.45) * contrast + 0.45 + brightness
    return (np.clip(grey, 0, 1) * 255).astype(np.uint8)


_STORED_NOISE = np.random.default_rng(0).normal(0, 1, (1024, 1024)).astype(np.float32)
"""A random window of it is ten times cheaper than drawing noise anew."""


def degrade(rng: np.random.Generator, picture: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Light, blur, motion, noise and JPEG, each now and then. uint8 [h, w] in and out."""
    picture = cv2.LUT(picture, lookup(rng, strength))
    if rng.random() < 0.2 * strength:
        sigma = rng.uniform(0.4, 1.6)
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    elif rng.random() < 0.08 * strength:
        length = int(rng.integers(3, 7))
        kernel = np.zeros((length, length), np.float32)
        cv2.line(kernel, (0, int(rng.integers(length))), (length - 1, int(rng.integers(length))), 1.0)
        picture = cv2.filter2D(picture, -1, kernel / kernel.sum())
    if rng.random() < 0.35 * strength:
        height, width = picture.shape
        y, x = rng.integers(0, 1024 - height), rng.integers(0, 1024 - width)
        level = rng.uniform(1, 12)
        picture = cv2.add(picture, _STORED_NOISE[y : y + height, x : x + width] * level, dtype=cv2.CV_8U)
    if rng.random() < 0.2 * strength:
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
        picture = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return picture
