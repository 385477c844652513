"""How much of the expression network's accuracy is left once faces must be found first, and what the verdict "unsure" is worth.

`python -m moue_training.end_to_end --data DIR --moue target/release/moue --expression expression.onnx [--faces N] [--json OUT]`

Faces of FER-2013's PublicTest, enlarged, are pasted into photos of scenes at random places and sizes, and the built command finds and reads
them. Beside it the same faces cut as they stand in the file, read by the same network. Nothing is chosen here: thresholds are the command's own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from . import fer
from .faces_augment import degrade
from .faces_data import folder, read_luma, split_names
from .faces_pipeline import onnx_network

FRAME = (640, 480)
"""Width and height of the scenes, in pixels."""
SIDES = (72, 320)
"""Shortest and longest side of a pasted square, in pixels, drawn evenly on a logarithmic scale. Moue's box of such a face is about 0.8 of it."""
SEAM = 0.06
"""Share of a square's side over which it fades into the scene: no hard edge gives the face away."""
BATCH = 300
"""Frames written at a time."""
SEED = 11
BANDS = (72, 104, 150, 216, 320)
"""Sides between which figures are told apart."""
LEAST_SCORES = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Probabilities of the best expression below which a reading might count as ambiguous; the command's own is 0.5."""
HEADS = {"fer2013": "FER-2013's labels", "consensus": "the majority of ten votes"}


@dataclass
class Reading:
    """What the command says of one pasted face; `scores` [7] is None where it wasn't found."""

    scores: np.ndarray | None
    unsure: str | None


def paste(rng: np.random.Generator, face: np.ndarray, scene: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A frame with the face somewhere in it, and the middle and side of its square: [3], in pixels."""
    height, width = scene.shape
    scale = max(FRAME[0] / width, FRAME[1] / height)
    large = cv2.resize(scene, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (int(rng.integers(n - m + 1)) for n, m in zip(large.shape[::-1], FRAME))
    frame = large[top : top + FRAME[1], left : left + FRAME[0]].astype(np.float32)
    side = round(float(np.exp(rng.uniform(*np.log(SIDES)))))
    x, y = (int(rng.integers(n - side + 1)) for n in FRAME)
    edge = np.minimum(np.arange(side) + 0.5, side - 0.5 - np.arange(side)) / (SEAM * side)
    opacity = np.minimum(edge, 1)[:, None] * np.minimum(edge, 1)[None]
    square = frame[y : y + side, x : x + side]
    square += opacity * (cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32) - square)
    return np.clip(np.rint(frame), 0, 255).astype(np.uint8), np.array([x + side / 2, y + side / 2, side])


def read_frames(binary: Path, expression: Path, frames: list[np.ndarray], squares: list[np.ndarray], head: str) -> list[Reading]:
    """Each frame's face as the command reads it: of the faces whose middle lies in the square's inner half, the one nearest to its middle."""
    with tempfile.TemporaryDirectory() as place:
        for number, frame in enumerate(frames):
            cv2.imwrite(str(Path(place) / f"{number:06}.bmp"), frame)
        done = subprocess.run([binary, "analyze", "--json", "--head", head, "--model", expression, place], capture_output=True, encoding="utf-8")
        if done.returncode:
            raise SystemExit(f"{binary}: ended with status {done.returncode}: {done.stderr.strip()}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if len(lines) != len(frames):
        raise SystemExit(f"{binary}: {len(lines)} lines for {len(frames)} pictures")
    readings = []
    for line, square in zip(lines, squares):

        def distance(face: dict) -> float:
            box = face["box"]
            middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
            return float(np.abs(middle - square[:2]).max())

        nearest = min(line["faces"], key=distance, default=None)
        if nearest is None or distance(nearest) > square[2] / 4:
            readings.append(Reading(None, None))
        else:
            readings.append(Reading(np.array([nearest["scores"][label] for label in fer.LABELS]), nearest["unsure"]))
    return readings


def figures(readings: list[Reading], truth: np.ndarray, direct: np.ndarray, sides: np.ndarray) -> dict:
    """Accuracies. `truth` and `direct` (the network's reading of the face itself) are indices of labels; -1 in `truth` isn't judged."""
    judged = truth >= 0
    found = np.array([reading.scores is not None for reading in readings])
    read = np.array([-1 if reading.scores is None else int(reading.scores.argmax()) for reading in readings])
    certain = np.array([reading.scores is not None and reading.unsure is None for reading in readings])
    right, right_direct = read == truth, direct == truth

    def share(what: np.ndarray, among: np.ndarray) -> float | None:
        return float(what[among].mean()) if among.any() else None

    both = judged & found
    lost = right_direct[both].astype(float) - right[both]
    bands = {}
    for low, high in zip(BANDS, BANDS[1:]):
        band = judged & (sides >= low) & (sides < high)
        bands[f"{low}-{high}"] = {"faces": int(band.sum()), "found": share(found, band), "accuracy": share(right, band & found), "direct": share(right_direct, band & found)}
    # The rest of the verdict as the command gave it: only what is ambiguous changes with the probability.
    clear = np.array([reading.scores is not None and reading.unsure in (None, "ambiguous") for reading in readings])
    best = np.array([0.0 if reading.scores is None else float(reading.scores.max()) for reading in readings])
    sweep = {str(least): {"certain": share(clear & (best >= least), both), "accuracy_when_certain": share(right, judged & clear & (best >= least))} for least in LEAST_SCORES}
    reasons = Counter(reading.unsure for reading in readings if reading.unsure)
    return {
        "faces": int(judged.sum()),
        "found": share(found, judged),
        "direct": share(right_direct, judged),
        "direct_where_found": share(right_direct, both),
        "accuracy_where_found": share(right, both),
        "points_lost": 100 * float(lost.mean()),
        "standard_error_of_points_lost": 100 * float(lost.std(ddof=1) / np.sqrt(len(lost))),
        "certain": share(certain, both),
        "accuracy_when_certain": share(right, judged & certain),
        "accuracy_when_unsure": share(right, both & ~certain),
        "unsure": {reason: {"faces": count, "accuracy": share(right, judged & np.array([r.unsure == reason for r in readings]))} for reason, count in reasons.most_common()},
        "by_least_score": sweep,
        "by_side": bands,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.end_to_end", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with fer2013.csv and fer2013new.csv")
    parser.add_argument("--photos", type=Path, help="folder that holds faces/ with scenes [default: --data]")
    parser.add_argument("--moue", type=Path, required=True, help="the built command")
    parser.add_argument("--expression", type=Path, required=True, help="the expression network to judge")
    parser.add_argument("--faces", type=int, help="how many faces, chosen by the seed [default: all]")
    parser.add_argument("--json", type=Path, help="file for the figures")
    args = parser.parse_args()
    faces = fer.read(args.data, "PublicTest")
    rng = np.random.default_rng(SEED)
    chosen = np.sort(rng.permutation(len(faces))[: args.faces])
    root = folder(args.photos or args.data) / "scenes"
    # Those that no network was trained on.
    scenes = [root / name for name in split_names([], [path.name for path in root.iterdir()], [])["validation"]["scenes"]]
    network, about = onnx_network(args.expression, "expression")
    readings = {(spoiled, head): [] for spoiled in (False, True) for head in HEADS}
    direct: dict[str, list[int]] = {head: [] for head in HEADS}
    sides = []
    for start in tqdm(range(0, len(chosen), BATCH), "batches"):
        frames, squares = {False: [], True: []}, []
        for index in chosen[start : start + BATCH]:
            scene = read_luma(scenes[rng.integers(len(scenes))])
            frame, square = paste(rng, faces.pixels[index], scene)
            frames[False].append(frame)
            frames[True].append(degrade(rng, frame))
            squares.append(square)
            sides.append(square[2])
            outputs = network(faces.pixels[index][None, None].astype(np.float32) / np.float32(255))
            for head in HEADS:
                direct[head].append(int(outputs[head].reshape(-1).argmax()))
        for (spoiled, head), into in readings.items():
            into += read_frames(args.moue, args.expression, frames[spoiled], squares, head)
    truths = {"fer2013": faces.labels.argmax(1)[chosen], "consensus": faces.majority[chosen]}
    results = {}
    for (spoiled, head), mine in readings.items():
        name = f"{head}, {'spoiled' if spoiled else 'as they are'}"
        results[name] = figures(mine, truths[head], np.array(direct[head]), np.array(sides))
        print(f"{name} (against {HEADS[head]})")
        print(json.dumps(results[name], indent=2))
    if args.json:
        args.json.write_text(json.dumps({"seed": SEED, "expression_version": about.get("moue.version"), "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
