"""The face photos: their rows, the split by file, and the decoded pictures.

Boxes and rough points follow the reference detector (`boxes.csv`), exact points the hand-made ones (`landmarks.csv`); the two
conventions are kept apart from here on. Cutting, placing and changing pictures is the business of `faces_augment`.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

POINTS = ("eyeL", "eyeR", "nose", "mouthL", "mouthR")
FLIPPED_POINTS = [1, 0, 2, 4, 3]
"""Which point becomes which when the picture is mirrored: points are named by the side of the picture."""

HELD_OUT_SHARE, VALIDATION_SHARE = 0.10, 0.05
"""Shares of the portraits: figures are reported on the first, thresholds chosen on the second; neither is trained on."""
HELD_OUT_NEGATIVES, VALIDATION_NEGATIVES = 100, 100
VALIDATION_SCENES = 0.10
SURE_SCORE = 0.75
"""A reference box below this score is neither a face nor background, unless it is the largest of a portrait."""
LONGEST_SIDE = 400


@dataclass
class Photo:
    """`luma` uint8 [h, w]; `boxes` [n, 4] left, top, right, bottom; `points` [n, 5, 2]; `scores` [n]; `landmarks` [5, 2] or None. Pixels of `luma`."""

    name: str
    luma: np.ndarray
    boxes: np.ndarray
    points: np.ndarray
    scores: np.ndarray
    landmarks: np.ndarray | None
    pyramid: list[np.ndarray]

    def largest(self) -> int | None:
        """Index of the largest reference box."""
        if not len(self.boxes):
            return None
        return int(np.prod(self.boxes[:, 2:] - self.boxes[:, :2], axis=1).argmax())

    def sure(self) -> np.ndarray:
        """Which boxes may be taught as faces, bool [n]."""
        sure = self.scores >= SURE_SCORE
        if self.name.startswith("portraits/") and len(sure):
            sure[self.largest()] = True
        return sure


@dataclass
class Faces:
    """One part of the data: `training`, `validation` or `held_out`."""

    portraits: list[Photo]
    scenes: list[Photo]
    negatives: list[Photo]

    def counts(self) -> dict[str, int]:
        return {kind: len(photos) for kind, photos in vars(self).items()}


def photo_group(name: str) -> str:
    """Portraits cut from one photo share a group, so that both sides of the split never see the same photo.

    `1045_1_0.jpg` is a cut of photo 1045; `_-20_1045_1.jpg` is a cut of photo `_-20_1045`.
    """
    stem = Path(name).stem
    return stem.split("_")[0] if stem[0].isdigit() else stem.rsplit("_", 1)[0]


def place(group: str) -> float:
    """A group's fixed place in 0..1, from a hash: the same on every machine and for every order of files."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64


def portrait_part(name: str) -> str:
    at = place(photo_group(name))
    if at < HELD_OUT_SHARE:
        return "held_out"
    return "validation" if at < HELD_OUT_SHARE + VALIDATION_SHARE else "training"


def split_names(portraits: list[str], scenes: list[str], negatives: list[str]) -> dict[str, dict[str, list[str]]]:
    """{part: {folder: file names}} for the three parts; every name falls in exactly one part."""
    parts = {part: {"portraits": [], "scenes": [], "negatives": []} for part in ("training", "validation", "held_out")}
    for name in sorted(portraits):
        parts[portrait_part(name)]["portraits"].append(name)
    for name in sorted(scenes):
        parts["validation" if place(name) < VALIDATION_SCENES else "training"]["scenes"].append(name)
    ordered = sorted(negatives, key=lambda name: (place(name), name))
    parts["held_out"]["negatives"] = ordered[:HELD_OUT_NEGATIVES]
    parts["validation"]["negatives"] = ordered[HELD_OUT_NEGATIVES : HELD_OUT_NEGATIVES + VALIDATION_NEGATIVES]
    parts["training"]["negatives"] = ordered[HELD_OUT_NEGATIVES + VALIDATION_NEGATIVES :]
    return parts


def load(data: Path, part: str) -> Faces:
    """Decodes one part. `data` is the folder with `boxes.csv`, or the folder above it."""
    root = folder(data)
    boxes, landmarks = read_boxes(root / "boxes.csv"), read_landmarks(root / "landmarks.csv")
    names = split_names(*(sorted(p.name for p in (root / kind).iterdir()) for kind in ("portraits", "scenes", "negatives")))[part]

    def photo(name: str) -> Photo:
        return read_photo(root, name, boxes.get(name, []), landmarks.get(name))

    # No figure is reported on scenes, so none are held out.
    if empty := [kind for kind, given in names.items() if not given and (part, kind) != ("held_out", "scenes")]:
        raise SystemExit(f"{root}: no {', '.join(empty)} fall into the {part} part, which is chosen by the files' names; models/training/README.md says how, and how many are needed")
    with ThreadPoolExecutor(2) as pool:
        return Faces(*(list(pool.map(photo, (f"{kind}/{name}" for name in names[kind]))) for kind in ("portraits", "scenes", "negatives")))


def folder(data: Path) -> Path:
    for root in (data, data / "faces"):
        if (root / "boxes.csv").is_file():
            return root
    raise SystemExit(f"{data}: no boxes.csv there or in faces/; --data must hold the face photos, see models/training/README.md")


def read_photo(root: Path, name: str, rows: list[np.ndarray], landmarks: np.ndarray | None) -> Photo:
    luma = read_luma(root / name)
    rows = np.array(rows, np.float32).reshape(-1, 15)
    scale = min(1.0, LONGEST_SIDE / max(luma.shape))
    if scale < 1:
        luma = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], 1) * scale
    points = rows[:, 5:].reshape(-1, 5, 2) * scale
    return Photo(name, luma, boxes, points, rows[:, 4].copy(), None if landmarks is None else landmarks * scale, pyramid(luma))


def read_luma(path: Path) -> np.ndarray:
    luma = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if luma is None:
        raise SystemExit(f"{path}: not a picture that OpenCV can read")
    return luma


def pyramid(luma: np.ndarray, levels: int = 5) -> list[np.ndarray]:
    """The picture at 1, 1/2, 1/4, …, area-reduced, so that one bilinear warp from the right level never aliases."""
    out = [luma]
    while len(out) < levels and min(out[-1].shape) >= 8:
        height, width = out[-1].shape
        out.append(cv2.resize(out[-1][: height & ~1, : width & ~1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    return out


def read_boxes(path: Path) -> dict[str, list[np.ndarray]]:
    """{file: rows of x, y, w, h, score, ten point coordinates}."""
    table = defaultdict(list)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            table[row["path"]].append(np.array([row[key] for key in ("x", "y", "w", "h", "score")] + _coordinates(row), np.float32))
    return table


def read_landmarks(path: Path) -> dict[str, np.ndarray]:
    with open(path, newline="") as file:
        return {row["path"]: np.array(_coordinates(row), np.float32).reshape(5, 2) for row in csv.DictReader(file)}


def _coordinates(row: dict[str, str]) -> list[str]:
    return [row[f"{point}_{axis}"] for point in POINTS for axis in "xy"]
