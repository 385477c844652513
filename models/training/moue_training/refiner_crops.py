"""The refiner's crop: a similarity transform that puts five points on the template, and the way back.

Used alike in training and in judging; what the crop then goes through in training is `refiner_samples`' business.
"""

from __future__ import annotations

import cv2
import numpy as np

CROP_SIDE = 64


def similarity(points: np.ndarray, template: np.ndarray) -> np.ndarray:
    """[2, 3]: the turn, scale and shift that carries `points` closest to `template` (least squares, Umeyama 1991 without reflection).

    With both sets centred, a = sum(p . t) / sum(p . p) and b = sum(p x t) / sum(p . p); the linear part is [[a, -b], [b, a]].
    """
    points, template = np.asarray(points, np.float64), np.asarray(template, np.float64)
    centre, to = points.mean(0), template.mean(0)
    p, t = points - centre, template - to
    norm = max(1e-9, float((p * p).sum()))
    a, b = float((p * t).sum()) / norm, float((p[:, 0] * t[:, 1] - p[:, 1] * t[:, 0]).sum()) / norm
    linear = np.array([[a, -b], [b, a]])
    return np.concatenate([linear, (to - linear @ centre)[:, None]], 1)


def from_crop(to_crop: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points of the crop back in the picture. Coordinates have their origin at the corner of the first pixel in both."""
    return (points - to_crop[:, 2]) @ np.linalg.inv(to_crop[:, :2]).T


def reduce_whole(luma: np.ndarray, factor: int) -> np.ndarray:
    """Means of `factor` x `factor` blocks, rounded half up; blocks cut by the right or bottom edge are means over the pixels that exist."""
    if factor <= 1:
        return luma
    rows, columns = (np.arange(0, n, factor) for n in luma.shape)
    sums = np.add.reduceat(np.add.reduceat(luma.astype(np.int64), rows, 0), columns, 1)
    counts = np.outer(np.minimum(rows + factor, luma.shape[0]) - rows, np.minimum(columns + factor, luma.shape[1]) - columns)
    return ((2 * sums + counts) // (2 * counts)).astype(np.uint8)


def cut(luma: np.ndarray, to_crop: np.ndarray, side: int = CROP_SIDE) -> np.ndarray:
    """uint8 [side, side]. The picture is first area-reduced by a whole factor to within twice the crop's scale, then sampled bilinearly; beyond its edges the outermost pixels repeat."""
    scale = float(np.hypot(to_crop[0, 0], to_crop[1, 0]))
    factor = max(1, int(np.floor(1 / max(scale, 1e-6))))
    factor = min(factor, max(luma.shape))
    luma = reduce_whole(luma, factor)
    matrix = to_crop.copy()
    matrix[:, :2] *= factor
    # Corner-based coordinates in, OpenCV's centre-based ones out.
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    return cv2.warpAffine(luma, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
