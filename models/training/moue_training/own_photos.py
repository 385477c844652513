"""Makes the expression network's training data from your own photos.

`python -m moue_training.own_photos PHOTOS --detector detector.onnx --refiner refiner.onnx --out DATA`

PHOTOS holds a folder for each expression: `happy/1.jpg`, or with a folder for each person in it, `happy/anna/1.jpg`; then no person stands on
both sides of the split. The largest face of each photo is found and cut as Moue cuts it. DATA gets `fer2013.csv` and `fer2013new.csv` in their
public formats, the folder's name as the label and as the vote of all ten people, so both heads learn it.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from . import expression, fer
from .faces_data import place
from .faces_pipeline import LONG_SIDE, PASSES, Pipeline, working_picture
from .refiner_crops import cut, similarity

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
CHECKED_SHARE = 0.1
"""Share of the persons (of the photos, where no person has a folder) that is not trained on but checked with."""
TRAINING, CHECK = "Training", "PublicTest"
FEW = 100
VOTERS = 10


def crop(pipeline: Pipeline, template: np.ndarray, luma: np.ndarray) -> np.ndarray | None:
    """u8 [48, 48]: the largest face, cut to the template; None where there is none."""
    luma = working_picture(luma)
    found = [d for d in pipeline.faces(luma, PASSES, LONG_SIDE) if d.face >= pipeline.face_threshold]
    if not found:
        return None
    largest = max(found, key=lambda d: np.prod(d.box[2:] - d.box[:2]))
    return cut(luma, similarity(largest.points, template * fer.SIDE), fer.SIDE)


def person(photo: Path, folder: Path) -> str:
    """Whose photo it is by the folders between; one that lies in none stands for itself."""
    inner = photo.relative_to(folder)
    return inner.parts[0] if len(inner.parts) > 1 else inner.stem


def checked_with(persons: set[str]) -> set[str]:
    """Those whose photos are not trained on: a tenth, chosen by their names, the same on every machine and with however many more beside them; with few persons, one."""
    chosen = {name for name in persons if place(name) < CHECKED_SHARE}
    return chosen or set(sorted(persons, key=place)[:1])


def write(rows: list[tuple[np.ndarray, int, str]], out: Path) -> None:
    """`rows`: face, index of its label, split. Both files whole or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    columns = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"]
    for name, head in (("fer2013.csv", ["emotion", "pixels", "Usage"]), ("fer2013new.csv", ["Usage", "Image name", *columns])):
        part = out / f"{name}.part"
        with open(part, "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(head)
            for number, (face, label, split) in enumerate(rows):
                votes = [0] * len(columns)
                votes[fer.VOTE_COLUMNS[label]] = VOTERS
                table.writerow([label, " ".join(map(str, face.ravel())), split] if name == "fer2013.csv" else [split, f"own{number:07}.png", *votes])
        part.replace(out / name)


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.own_photos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="folder of folders named after expressions")
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--refiner", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for fer2013.csv and fer2013new.csv")
    args = parser.parse_args()
    if not args.photos.is_dir():
        raise SystemExit(f"{args.photos}: no such folder; it must hold a folder for each expression, such as happy/")
    folders = sorted(folder for folder in args.photos.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    if unknown := [folder.name for folder in folders if folder.name not in fer.LABELS]:
        raise SystemExit(f"{args.photos}: folders {', '.join(unknown)} are no expressions; there are {', '.join(fer.LABELS)}")
    pipeline = Pipeline(args.detector, args.refiner)
    template = expression.template()
    files = {folder: sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")) for folder in folders}
    photos = {folder: [path for path in paths if path.suffix.lower() in ENDINGS] for folder, paths in files.items()}
    checked = checked_with({person(photo, folder) for folder, paths in photos.items() for photo in paths})
    rows, without, kept = [], [], Counter()
    for folder, paths in photos.items():
        for photo in tqdm(paths, folder.name, disable=None):
            luma = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
            face = None if luma is None else crop(pipeline, template, luma)
            if face is None:
                without.append(photo)
            else:
                rows.append((face, fer.LABELS.index(folder.name), CHECK if person(photo, folder) in checked else TRAINING))
                kept[folder.name, rows[-1][2]] += 1
    for label in fer.LABELS:
        print(f"{label:9} {kept[label, TRAINING]:7} to train on {kept[label, CHECK]:7} to check with")
    if without:
        print(f"{len(without)} photos without a face that was found, or unreadable, such as {without[0]}")
    if others := [path for paths in files.values() for path in paths if path.suffix.lower() not in ENDINGS]:
        print(f"{len(others)} files of other kinds left out, such as {others[0]}; read are {', '.join(ENDINGS)}")
    trained_on, checked_faces = (sum(kept[label, split] for label in fer.LABELS) for split in (TRAINING, CHECK))
    if not trained_on or not checked_faces:
        raise SystemExit(f"{trained_on} faces to train on and {checked_faces} to check with: both are needed, of different persons; a few hundred faces of each expression are a start. Nothing was written")
    if checked_faces < FEW:
        print(f"Only {checked_faces} faces to check with: accuracy and temperature will be rough")
    write(rows, args.out)


if __name__ == "__main__":
    main()
