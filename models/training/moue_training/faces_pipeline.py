"""From a luma picture to faces, as the engine does it: working picture, detector, suppression, refiner. The reference for `core`.

Networks are callables from a float picture to named outputs, so the same code judges a network in training and an exported file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import cv2
import numpy as np

from .detector_targets import STRIDES, decode, non_maximum_suppression
from .refiner_crops import CROP_SIDE, cut, from_crop, reduce_whole, similarity

WORKING_SIDE = 640
"""Longest side of the working picture."""
MOST_OVERLAP = 0.4
"""Of two boxes with a larger IoU the one with the lower score goes."""
MOST_INSIDE = 0.8
"""A box with a larger share of its area inside a better box is a part of that face, and goes."""
MULTIPLE = 32
PASSES, LONG_SIDE = 2, 320
"""What `core` does with a photo by default: looks of the refiner, long side of the detector's picture."""

Network = Callable[[np.ndarray], dict[str, np.ndarray]]


@dataclass
class Detection:
    """`box` left, top, right, bottom and `points` [5, 2] in pixels of the picture; None for a finder
    without points; `face` is the refiner's score, None before it has looked."""

    score: float
    box: np.ndarray
    points: np.ndarray | None
    face: float | None = None


def onnx_network(path: Path, kind: str) -> tuple[Network, dict[str, str]]:
    """An exported file of that `moue.kind` on one thread of ONNX Runtime, with its metadata."""
    import onnxruntime

    if not path.is_file():
        raise SystemExit(f"{path}: no such file; it must be an exported network")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # AVX2-only CPUs saturate u8 x s8 sums unless told not to.
    options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own classes derive from nothing narrower
        raise SystemExit(f"{path}: not a network that ONNX Runtime can load ({error})") from error
    about = session.get_modelmeta().custom_metadata_map
    if about.get("moue.kind") != kind:
        raise SystemExit(f"{path}: its moue.kind is {about.get('moue.kind')!r}, expected {kind!r}")
    names = [output.name for output in session.get_outputs()]
    return lambda luma: dict(zip(names, session.run(names, {"luma": luma}))), about


def working_picture(luma: np.ndarray) -> np.ndarray:
    factor = -(-max(luma.shape) // WORKING_SIDE)
    return reduce_whole(luma, factor)


def detector_input(luma: np.ndarray, long_side: int) -> tuple[np.ndarray, np.ndarray]:
    """uint8 [H, W], multiples of 32, zero at the right and the bottom, and the (x, y) factors from its pixels to the picture's."""
    height, width = luma.shape
    scale = long_side / max(height, width)
    to = [max(1, int(np.floor(n * scale + 0.5))) for n in (width, height)]
    reduced = reduce_whole(luma, max(1, int(max(height, width) // long_side)))
    resized = cv2.resize(reduced, to, interpolation=cv2.INTER_LINEAR)
    padded = np.zeros([-(-n // MULTIPLE) * MULTIPLE for n in resized.shape], np.uint8)
    padded[: to[1], : to[0]] = resized
    return padded, np.array([width / to[0], height / to[1]])


def detect(network: Network, luma: np.ndarray, long_side: int, threshold: float) -> list[Detection]:
    """Faces at or above `threshold`, best first, in pixels of `luma`."""
    picture, factors = detector_input(luma, long_side)
    outputs = network(picture[None, None].astype(np.float32) / np.float32(255))
    parts = [decode(outputs[f"stride{stride}"][0], stride, threshold) for stride in STRIDES]
    scores, boxes, points = (np.concatenate(part) for part in zip(*parts))
    keep = non_maximum_suppression(scores, boxes, MOST_OVERLAP, MOST_INSIDE)
    return [Detection(float(scores[i]), boxes[i] * np.tile(factors, 2), points[i] * factors) for i in keep]


def refine(network: Network, template: np.ndarray, luma: np.ndarray, points: np.ndarray, passes: int) -> tuple[np.ndarray, float]:
    """Exact points [5, 2] in pixels of `luma`, and the face score of the last crop."""
    score = 0.0
    for _ in range(passes):
        to_crop = similarity(points, template * CROP_SIDE)
        outputs = network(cut(luma, to_crop)[None, None].astype(np.float32) / np.float32(255))
        points = from_crop(to_crop, (template + outputs["points"].reshape(5, 2)) * CROP_SIDE)
        score = 1 / (1 + np.exp(-float(outputs["face"].reshape(()))))
    return points, score


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """IoU of two boxes."""
    within = float(np.prod(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0)))
    return within / max(1e-9, float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])) - within)


class Pipeline:
    """Both exported files as `core` uses them. `passes` of the refiner, `long_side` of the detector's picture."""

    def __init__(self, detector: Path, refiner: Path):
        self.detector, about = onnx_network(detector, "detector")
        self.refiner, about_refiner = onnx_network(refiner, "refiner")
        strides = tuple(int(n) for n in about["moue.strides"].split(","))
        if strides != STRIDES:
            raise SystemExit(f"{detector}: strides {strides}, expected {STRIDES}")
        self.threshold, self.face_threshold = float(about["moue.threshold"]), float(about_refiner["moue.threshold"])
        self.template = np.array(about_refiner["moue.template"].split(","), float).reshape(5, 2)

    def faces(self, luma: np.ndarray, passes: int, long_side: int) -> list[Detection]:
        """Every box of the detector, with refined points and the refiner's score; whoever asks applies `face_threshold`."""
        found = detect(self.detector, luma, long_side, self.threshold)
        for face in found:
            if passes:
                face.points, face.face = refine(self.refiner, self.template, luma, face.points, passes)
        return found
