"""Measures how FER-2013 frames a face: our five points on its faces, so that real faces are cut the same way.

`python -m moue_training.faces_fer_template --data DIR --detector detector.onnx --refiner refiner.onnx --out recipes/fer_template.json`

Only Training faces are looked at. What is done with the template is the expression model's business.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from . import fer
from .faces_pipeline import LONG_SIDE, PASSES, Pipeline

ENLARGED, PADDING = 4, 64
"""A 48 px face is enlarged so many times, then given this many pixels of repeated edge on every side: the detector wants room around a face."""
CONFIDENT_BOX, CONFIDENT_FACE = 0.6, 0.9
"""Scores of detector and refiner from which a face is counted."""
SEED = 5


def points_of(pipeline: Pipeline, face: np.ndarray) -> np.ndarray | None:
    """The five points [5, 2] of one 48 px face as fractions of its side; None without a confident face in its middle."""
    side = fer.SIDE * ENLARGED
    enlarged = cv2.resize(face, (side, side), interpolation=cv2.INTER_LINEAR)
    picture = cv2.copyMakeBorder(enlarged, PADDING, PADDING, PADDING, PADDING, cv2.BORDER_REPLICATE)
    found = pipeline.faces(picture, PASSES, LONG_SIDE)
    if not found:
        return None
    largest = max(found, key=lambda d: np.prod(d.box[2:] - d.box[:2]))
    if largest.score < CONFIDENT_BOX or largest.face < CONFIDENT_FACE:
        return None
    return (largest.points - PADDING) / side


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.faces_fer_template", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with fer2013.csv and fer2013new.csv")
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--refiner", type=Path, required=True)
    parser.add_argument("--faces", type=int, default=6000, help="how many Training faces to look at")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    pipeline, pixels = Pipeline(args.detector, args.refiner), fer.read(args.data, "Training").pixels
    chosen = np.random.default_rng(SEED).permutation(len(pixels))[: args.faces]
    measured = [p for p in (points_of(pipeline, pixels[i]) for i in tqdm(chosen, "faces", mininterval=10)) if p is not None]
    if not measured:
        raise SystemExit("no confident face among them: are these the shipped networks?")
    measured = np.array(measured)
    median = np.median(measured, 0)
    # A mirrored data set would have the mirrored template, and training mirrors half its faces.
    symmetrical = (median + ([1, 0] + median * [-1, 1])[[1, 0, 2, 4, 3]]) / 2
    spread = np.percentile(measured, 75, 0) - np.percentile(measured, 25, 0)
    result = {
        "points": np.round(symmetrical, 4).ravel().tolist(),
        "median": np.round(median, 4).ravel().tolist(),
        "interquartile_range": np.round(spread, 4).ravel().tolist(),
        "looked_at": len(chosen),
        "counted": len(measured),
        "how": f"Median over confident faces (box score {CONFIDENT_BOX}, face score {CONFIDENT_FACE} or more) of the refiner's points after {PASSES} passes, as fractions of the 48 px side; "
        f"faces enlarged {ENLARGED} times and padded by {PADDING} px of repeated edge; `points` is the median made symmetrical. x,y of image-left eye, image-right eye, nose, image-left and image-right mouth corner.",
        "seed": SEED,
    }
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
