"""Judges the exported detector and refiner on the held-out photos, beside OpenCV's Haar cascade.

`python -m moue_training.evaluate_faces --data DIR --detector detector.onnx --refiner refiner.onnx [--json OUT]`

Nothing is chosen here: thresholds come from the files' metadata.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from .faces_augment import affine, move_boxes, warp
from .faces_data import Faces, Photo, load
from .faces_judge import FOUND_OVERLAP, point_error
from .faces_pipeline import Detection, Pipeline, overlap, working_picture
from .haar import Haar

LONG_SIDES = (256, 320)
SIZES = (24, 32, 48, 72, 108, 160)
"""Geometric mean sides, in pixels of a 640 x 480 frame, at which single faces are looked for; 48 is a face of 10 % of the short side."""
FRAME = (640, 480)
FRAMES_EACH = 100
ROLLS = (-45, -30, -15, 0, 15, 30, 45)
"""Degrees by which portraits are turned about their main face."""


def judge(faces: Faces, find: Callable[[np.ndarray], list[Detection]]) -> dict:
    """Found, false and point figures of one finder on one part of the data."""
    found, marked, false = [], [], 0
    for photo in tqdm(faces.portraits, "portraits", mininterval=10):
        detections = find(working_picture(photo.luma))
        if len(photo.boxes):
            found.append(any(overlap(d.box, photo.boxes[photo.largest()]) >= FOUND_OVERLAP for d in detections))
        if photo.landmarks is not None:
            marked.append((photo, face_of(photo, detections)))
    for photo in tqdm(faces.negatives, "negatives", mininterval=10):
        false += len(find(working_picture(photo.luma)))
    return {
        "found": float(np.mean(found)),
        "portraits": len(found),
        "middle_found": float(np.mean([mine is not None for _, mine in marked])),
        "marked_portraits": len(marked),
        "false_boxes": false,
        "photos_without_face": len(faces.negatives),
        **point_figures(marked),
    }


def point_figures(marked: list[tuple[Photo, Detection | None]]) -> dict:
    """Mean error in eye distances over all marked faces, a missed one counting as 1, and over those found. None for a finder without points."""
    hits = [(photo, mine) for photo, mine in marked if mine is not None]
    if not hits or any(mine.points is None for _, mine in hits):
        return {"point_error": None, "point_error_of_found": None}
    errors = [point_error(mine.points, photo.landmarks) for photo, mine in hits]
    missed = len(marked) - len(hits)
    return {"point_error": (sum(errors) + missed) / len(marked), "point_error_of_found": float(np.mean(errors))}


def face_of(photo: Photo, detections: list[Detection]) -> Detection | None:
    """The detection of the hand-marked face: its box holds the five points' middle; of several, the one whose centre is nearest to it."""
    middle = photo.landmarks.mean(0)
    holding = [d for d in detections if (d.box[:2] < middle).all() and (middle < d.box[2:]).all()]
    return min(holding, key=lambda d: np.linalg.norm((d.box[:2] + d.box[2:]) / 2 - middle), default=None)


def found_by_size(faces: Faces, pipeline: Pipeline, long_side: int, sizes: tuple[int, ...] = SIZES) -> dict[str, float]:
    """Share of held-out faces found when shown alone, at a given size, somewhere in a 640 x 480 frame without other faces."""
    rng, out = np.random.default_rng(0), {}
    portraits = [p for p in faces.portraits if len(p.boxes)]
    for size in sizes:
        hits = 0
        for number in range(FRAMES_EACH):
            photo, frame, box = portraits[rng.integers(len(portraits))], *_frame(rng, faces.negatives)
            main = photo.boxes[photo.largest()]
            matrix = affine((main[:2] + main[2:]) / 2, box, size / np.sqrt(np.prod(main[2:] - main[:2])), 0.0, False)
            picture = warp(photo, matrix, FRAME)
            inside = warp(Photo("", np.full_like(photo.luma, 255), photo.boxes, photo.points, photo.scores, None, [np.full_like(level, 255) for level in photo.pyramid]), matrix, FRAME) > 254
            frame = np.where(inside, picture, frame)
            at = (np.concatenate([main[:2], main[2:]]).reshape(2, 2) @ matrix[:, :2].T + matrix[:, 2]).ravel()
            hits += any(overlap(d.box, at) >= FOUND_OVERLAP for d in pipeline.faces(frame, 1, long_side) if d.face >= pipeline.face_threshold)
        out[str(size)] = hits / FRAMES_EACH
    return out


def command(binary: Path) -> Callable[[np.ndarray], list[Detection]]:
    """Faces as the built `moue` command finds them: the device's own code path, every size of face asked for that it offers by default."""

    def find(luma: np.ndarray) -> list[Detection]:
        with tempfile.TemporaryDirectory() as folder:
            photo = Path(folder) / "photo.png"
            cv2.imwrite(str(photo), luma)
            done = subprocess.run([binary, "analyze", "--json", photo], capture_output=True, check=True, encoding="utf-8")
        found = []
        for face in json.loads(done.stdout)["faces"]:
            box = face["box"]
            edges = np.array([box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]])
            found.append(Detection(face["score"], edges, np.array(list(face["points"].values()))))
        return found

    return find


def found_by_roll(faces: Faces, pipeline: Pipeline, long_side: int) -> dict[str, float]:
    """Share of held-out faces found, and taken for a face, when the whole portrait is turned; what turns in from outside is black."""
    out = {}
    for roll in ROLLS:
        hits = []
        for photo in (p for p in faces.portraits if len(p.boxes)):
            main = photo.boxes[photo.largest()]
            middle = (main[:2] + main[2:]) / 2
            matrix = affine(middle, middle, 1.0, np.radians(roll), False)
            turned = warp(photo, matrix, photo.luma.shape[::-1])
            box = move_boxes(main[None], matrix)[0]
            hits.append(any(overlap(d.box, box) >= FOUND_OVERLAP for d in pipeline.faces(turned, 2, long_side) if d.face >= pipeline.face_threshold))
        out[str(roll)] = float(np.mean(hits))
    return out


def _frame(rng: np.random.Generator, negatives: list[Photo]) -> tuple[np.ndarray, np.ndarray]:
    photo = negatives[rng.integers(len(negatives))]
    height, width = photo.luma.shape
    scale = max(FRAME[0] / width, FRAME[1] / height)
    matrix = affine(np.array([width, height]) / 2, np.array(FRAME) / 2, scale, 0.0, False)
    return warp(photo, matrix, FRAME), rng.uniform(0.25, 0.75, 2) * FRAME


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.evaluate_faces", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds faces/")
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--refiner", type=Path, required=True)
    parser.add_argument("--part", choices=("held_out", "validation"), default="held_out")
    parser.add_argument("--long-side", type=int, default=320, help="long side of the picture that the detector sees")
    parser.add_argument("--moue", type=Path, help="the built command, judged beside the networks")
    parser.add_argument("--json", type=Path, help="file for the figures")
    args = parser.parse_args()
    if args.moue and not args.moue.is_file():
        raise SystemExit(f"{args.moue}: no such file; it must be the built command")
    faces, pipeline, haar = load(args.data, args.part), Pipeline(args.detector, args.refiner), Haar()

    def ours(passes: int, checked: bool, long_side: int = args.long_side) -> Callable[[np.ndarray], list[Detection]]:
        return lambda luma: [d for d in pipeline.faces(luma, passes, long_side) if not checked or d.face >= pipeline.face_threshold]

    figures = {
        "detector alone": judge(faces, ours(0, False)),
        "detector + refiner, 1 pass": judge(faces, ours(1, True)),
        "detector + refiner, 2 passes": judge(faces, ours(2, True)),
        "detector + refiner, 3 passes": judge(faces, ours(3, True)),
        "Haar 1.3, 5": judge(faces, lambda luma: [Detection(1.0, box, None) for box in haar.boxes(luma)]),
    }
    if args.moue:
        figures["moue analyze"] = judge(faces, command(args.moue))
    sizes = {str(side): found_by_size(faces, pipeline, side) for side in LONG_SIDES}
    rolls = found_by_roll(faces, pipeline, args.long_side)
    print(f"{args.part}: {figures['detector alone']['portraits']} portraits, {len(faces.negatives)} photos without a face; thresholds {pipeline.threshold} and {pipeline.face_threshold}")
    print(f"{'':32}{'found':>8}{'middle':>8}{'false':>7}{'error':>8}{'of found':>10}")
    for name, row in figures.items():
        numbers = [f"{100 * row[key]:.2f}%" if row[key] is not None else "-" for key in ("found", "middle_found", "point_error", "point_error_of_found")]
        print(f"{name:32}{numbers[0]:>8}{numbers[1]:>8}{row['false_boxes']:>7}{numbers[2]:>8}{numbers[3]:>10}")
    for side, row in sizes.items():
        print(f"found by size in {FRAME[0]}x{FRAME[1]}, long side {side}: " + "  ".join(f"{size} px {100 * share:.0f}%" for size, share in row.items()))
    print("found when turned: " + "  ".join(f"{roll} degrees {100 * share:.1f}%" for roll, share in rolls.items()))
    if args.json:
        args.json.write_text(json.dumps({"part": args.part, "long_side": args.long_side, "figures": figures, "found_by_size": sizes, "found_by_roll": rolls}, indent=2) + "\n")


if __name__ == "__main__":
    main()
