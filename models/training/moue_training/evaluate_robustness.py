"""Judges the exported detector and refiner where it is hard: spoiled and covered portraits, faces of 16 to 32 px, every threshold; beside
OpenCV's Haar cascade and, where its file is given, BlazeFace, with each one's time.

`python -m moue_training.evaluate_robustness --data DIR --detector detector.onnx --refiner refiner.onnx [--blazeface FILE.tflite] [--out DIR]`

Held-out photos; nothing is chosen here. `evaluate_faces` has the figures on the photos as they are.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from .blazeface import BlazeFace
from .evaluate_faces import face_of, found_by_size, point_figures
from .faces_data import Faces, load
from .faces_judge import LOWEST_SCORE, found_score
from .faces_pipeline import LONG_SIDE, PASSES, Detection, Pipeline, detect, refine, working_picture
from .faces_spoil import SPOILERS
from .haar import Haar

"""As `core` looks at a frame."""
SMALL_SIZES, SMALL_LONG_SIDE = (16, 20, 24, 32), 640
"""With the option for small faces the detector looks at a picture of twice the side."""
SEED = 3

Finder = Callable[[np.ndarray], list[Detection]]


def spoiled(faces: Faces, finders: dict[str, Finder], most: int | None) -> tuple[dict, dict]:
    """Prints, and gives back, of each spoiler and finder the share of hand-marked faces found and the point error; of each finder the median time a photo takes, in ms of one core."""
    figures, times = {}, {name: [] for name in finders}
    portraits = [photo for photo in faces.portraits if photo.landmarks is not None and len(photo.boxes)]
    portraits = [portraits[i] for i in np.sort(np.random.default_rng(SEED).permutation(len(portraits))[:most])]
    print(f"{'':44}" + "".join(f"{name:>14}" for name in finders) + f"{'error':>10}", flush=True)
    for what, spoil in SPOILERS.items():
        rng = np.random.default_rng(SEED)
        marked = {name: [] for name in finders}
        for portrait in portraits:
            photo = spoil(rng, portrait)
            picture = working_picture(photo.luma)
            for name, find in finders.items():
                begun = time.process_time()
                detections = find(picture)
                times[name].append(time.process_time() - begun)
                marked[name].append((photo, face_of(photo, detections)))
        row = {name: {"found": float(np.mean([mine is not None for _, mine in pairs])), **point_figures(pairs)} for name, pairs in marked.items()}
        figures[what] = row
        error = row["ours"]["point_error_of_found"]
        print(f"{what:44}" + "".join(f"{100 * row[name]['found']:13.1f}%" for name in finders) + (f"{100 * error:9.2f}%" if error is not None else ""), flush=True)
    return figures, {name: 1000 * float(np.median(taken)) for name, taken in times.items()}


def every_threshold(faces: Faces, scored: dict[str, Finder]) -> dict:
    """Of each finder, scores included: found share and precision at every threshold, as [threshold, recall, precision]; false boxes are those on photos without a face."""
    curves = {}
    for name, find in scored.items():
        found = np.array([found_score(find(working_picture(photo.luma)), photo.boxes[photo.largest()]) for photo in faces.portraits if len(photo.boxes)])
        false = np.array([d.score for photo in faces.negatives for d in find(working_picture(photo.luma))])
        rows = []
        for threshold in np.unique(np.concatenate([found[found > 0], false])):
            right, wrong = int((found >= threshold).sum()), int((false >= threshold).sum())
            rows.append([float(threshold), right / len(found), right / max(1, right + wrong)])
        curves[name] = rows
    return curves


def draw(curves: dict, points: dict[str, tuple[float, float]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(5.5, 4))
    for name, rows in curves.items():
        axis.plot([row[1] for row in rows], [row[2] for row in rows], label=name)
    for name, (recall, precision) in points.items():
        axis.plot([recall], [precision], "o", label=name)
    axis.set_xlabel("recall: portraits whose largest face is found")
    axis.set_ylabel("precision: share of true boxes")
    axis.set_xlim(0.85, 1.002)
    axis.set_ylim(0.9, 1.003)
    axis.grid(alpha=0.3)
    axis.legend(loc="lower left")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.evaluate_robustness", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds faces/")
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--refiner", type=Path, required=True)
    parser.add_argument("--blazeface", type=Path, help="face_detection_short_range.tflite of MediaPipe's package (needs ai-edge-litert)")
    parser.add_argument("--portraits", type=int, help="how many portraits are spoiled, chosen by the seed [default: all]")
    parser.add_argument("--out", type=Path, help="folder for robustness.json and precision-recall.png")
    args = parser.parse_args()
    # Times are those of one core.
    cv2.setNumThreads(1)
    faces, pipeline, haar = load(args.data, "held_out"), Pipeline(args.detector, args.refiner), Haar()
    blazeface = BlazeFace(args.blazeface) if args.blazeface else None

    def ours(luma: np.ndarray) -> list[Detection]:
        return [d for d in pipeline.faces(luma, PASSES, LONG_SIDE) if d.face >= pipeline.face_threshold]

    def refined(luma: np.ndarray) -> list[Detection]:
        """Every box that the detector lets through, with the refiner's score as its own."""
        found = detect(pipeline.detector, luma, LONG_SIDE, pipeline.threshold)
        return [Detection(refine(pipeline.refiner, pipeline.template, luma, d.points, PASSES)[1], d.box, d.points) for d in found]

    finders: dict[str, Finder] = {"ours": ours, "Haar 1.3, 5": lambda luma: [Detection(1.0, box, None) for box in haar.boxes(luma)]}
    scored: dict[str, Finder] = {"detector alone": lambda luma: detect(pipeline.detector, luma, LONG_SIDE, LOWEST_SCORE), "detector + refiner": refined}
    if blazeface:
        finders["BlazeFace"] = blazeface.faces
        scored["BlazeFace"] = lambda luma: blazeface.faces(luma, LOWEST_SCORE)

    figures, times = spoiled(faces, finders, args.portraits)
    print(f"{'ms of one core a photo, median':44}" + "".join(f"{times[name]:14.1f}" for name in finders))
    false = {name: sum(len(find(working_picture(photo.luma))) for photo in faces.negatives) for name, find in finders.items()}
    print(f"{'boxes on ' + str(len(faces.negatives)) + ' photos without a face':44}" + "".join(f"{false[name]:14}" for name in finders))
    small = found_by_size(faces, pipeline, SMALL_LONG_SIDE, SMALL_SIZES)
    print("found in 640x480 with the option for small faces: " + "  ".join(f"{size} px {100 * share:.0f}%" for size, share in small.items()))
    curves = every_threshold(faces, scored)
    for name, rows in curves.items():
        best = max((row[1] for row in rows if row[2] >= 0.99), default=None)
        print(f"{name}: recall at a precision of 99 %: " + ("never reached" if best is None else f"{100 * best:.1f}%"))
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        portraits = sum(len(photo.boxes) > 0 for photo in faces.portraits)
        recall = figures["as they are"]["Haar 1.3, 5"]["found"]
        draw(curves, {"Haar 1.3, 5 (by marked faces)": (recall, recall * portraits / (recall * portraits + false["Haar 1.3, 5"]))}, args.out / "precision-recall.png")
        (args.out / "robustness.json").write_text(json.dumps({"seed": SEED, "figures": figures, "ms": times, "false_boxes": false, "small_faces": small, "curves": curves}, indent=2) + "\n")


if __name__ == "__main__":
    main()
