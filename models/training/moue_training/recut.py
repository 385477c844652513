"""FER-2013's training faces as the pipeline cuts them, so that the expression network also learns from the crops that a camera gives it.

`python -m moue_training.recut --data DIR --photos DIR --detector detector.onnx --refiner refiner.onnx [--times 2] [--processes 2]`

Each face is pasted into training scenes as `end_to_end` does with PublicTest, found, and cut by its five points. Writes `recut.npz` into --data: `pixels` u8 [times, N, 48, 48] in the file's order,
and `found` [times, N]; where a face wasn't found its pixels are 0.
"""

from __future__ import annotations

import argparse
import multiprocessing
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from . import expression, fer
from .end_to_end import paste
from .faces_data import folder, read_luma, split_names
from .faces_pipeline import LONG_SIDE, PASSES, Pipeline
from .refiner_crops import cut, similarity

SEED = 17


@cache
def pipeline(detector: Path, refiner: Path) -> Pipeline:
    return Pipeline(detector, refiner)


def recut(finder: Pipeline, template: np.ndarray, rng: np.random.Generator, face: np.ndarray, scene: np.ndarray) -> np.ndarray | None:
    """The 48 px face, pasted into the scene, as the pipeline gives it back; None where it isn't found. `template` [5, 2] in fractions of a side."""
    frame, square = paste(rng, face, scene)
    near = []
    for found in finder.faces(frame, PASSES, LONG_SIDE):
        distance = float(np.abs((found.box[:2] + found.box[2:]) / 2 - square[:2]).max())
        if found.face >= finder.face_threshold and distance <= square[2] / 4:
            near.append((distance, found.points))
    if not near:
        return None
    points = min(near, key=lambda pair: pair[0])[1]
    return cut(frame, similarity(points, template * fer.SIDE), fer.SIDE)


def one(task: tuple[int, int, np.ndarray, Path, Path, Path]) -> np.ndarray | None:
    time, index, face, scene, detector, refiner = task
    luma = read_luma(scene)
    return recut(pipeline(detector, refiner), expression.template(), np.random.default_rng((SEED, time, index)), face, luma)


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.recut", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with fer2013.csv and fer2013new.csv")
    parser.add_argument("--photos", type=Path, help="folder that holds faces/ with scenes [default: --data]")
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--refiner", type=Path, required=True)
    parser.add_argument("--times", type=int, default=2, help="how often each face is pasted, each time elsewhere and at another size")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    args = parser.parse_args()
    if args.times < 1 or args.processes < 1:
        raise SystemExit(f"--times {args.times}, --processes {args.processes}: both are at least 1")
    pipeline(args.detector, args.refiner)  # now, not in every process, if one can't be read
    root = folder(args.photos or args.data)
    names = split_names([], sorted(path.name for path in (root / "scenes").iterdir()), [])["training"]["scenes"]
    faces = fer.read(args.data, "Training").pixels
    order = np.random.default_rng(SEED).integers(len(names), size=(args.times, len(faces)))
    tasks = ((time, i, faces[i], root / "scenes" / names[order[time, i]], args.detector, args.refiner) for time in range(args.times) for i in range(len(faces)))
    pixels = np.zeros((args.times, *faces.shape), np.uint8)
    found = np.zeros((args.times, len(faces)), bool)
    with multiprocessing.Pool(args.processes, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        for number, crop in enumerate(tqdm(pool.imap(one, tasks, chunksize=64), total=args.times * len(faces), mininterval=10)):
            if crop is not None:
                at = divmod(number, len(faces))
                pixels[at], found[at] = crop, True
    part = args.data / f"{fer.RECUT}.part.npz"
    np.savez_compressed(part, pixels=pixels, found=found)
    part.replace(args.data / fer.RECUT)
    print(f"{args.data / fer.RECUT}: {args.times} times {len(faces)} faces, {100 * found.mean():.1f} % found")


if __name__ == "__main__":
    main()
