"""FER-2013 and FER+ in their public CSV formats, as arrays, with duplicates grouped; and the augmentation of 48 px faces.

Needs `fer2013.csv` (emotion,pixels,Usage) and `fer2013new.csv` (Usage,Image name, ten vote counts), rows in the same order.
"""

from __future__ import annotations

import csv
import itertools
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from . import run

SIDE = 48
FACES, VOTES = "fer2013.csv", "fer2013new.csv"
RECUT = "recut.npz"
LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
# Where each of LABELS stands among FER+'s vote columns: neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF.
VOTE_COLUMNS = (4, 5, 6, 1, 3, 2, 0)
NOT_A_FACE = 9


@dataclass
class Faces:
    """`pixels` u8 [N, 48, 48]; `labels` f32 [N, 7], rows sum to 1; `votes` f32 [N, 7], counts, all 0 where nobody voted; `majority` i64 [N], -1 where there is none; `recut` u8 [times, N, 48, 48], the faces as the pipeline cuts them."""

    pixels: np.ndarray
    labels: np.ndarray
    votes: np.ndarray
    majority: np.ndarray
    recut: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def pictures(self) -> np.ndarray:
        """u8 [1 + times, N, 48, 48]: the faces as they stand in the file, then as the pipeline cuts them."""
        return self.pixels[None] if self.recut is None else np.concatenate([self.pixels[None], self.recut])

    def checksum(self) -> int:
        """Tells data sets apart."""
        parts = (self.pixels, self.labels, self.votes, *(() if self.recut is None else (self.recut,)))
        return zlib.crc32(b"".join(zlib.crc32(np.ascontiguousarray(part)).to_bytes(4, "big") for part in parts))


def read(folder: Path, usage: str) -> Faces:
    """One split as it stands in the files. Results are cached beside them."""
    pixels, labels, votes = _split(folder, usage)
    return Faces(pixels, np.eye(7, dtype=np.float32)[labels], votes[:, VOTE_COLUMNS].astype(np.float32), majority(votes))


def _split(folder: Path, usage: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """u8 [N, 48, 48], indices of labels [N], all ten columns of votes [N, 10]."""
    cache, sources = folder / f"{usage}.npz", [folder / FACES, folder / VOTES]
    for source in sources:
        if not source.is_file():
            raise SystemExit(f"{source}: not found; --data must hold {FACES} and {VOTES}")
    if cache.exists() and cache.stat().st_mtime_ns > max(source.stat().st_mtime_ns for source in sources):
        try:
            with np.load(cache) as arrays:
                return arrays["pixels"], arrays["labels"], arrays["votes"]
        except run.UNREADABLE:
            pass  # made again below, from what it was made of
    try:
        pixels, labels, votes = _parse(*sources, usage)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SystemExit(f"{sources[0]} or {sources[1]}: not a table as FER-2013 and FER+ have it ({error})") from error
    part = folder / f"{usage}.{os.getpid()}.npz"
    np.savez_compressed(part, pixels=pixels, labels=labels, votes=votes)
    part.replace(cache)
    return pixels, labels, votes


def _parse(faces: Path, votes: Path, usage: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns = ("emotion", "pixels", "Usage")
    out = [], [], []
    with open(faces, newline="") as file, open(votes, newline="") as plus:
        table, ballots = csv.DictReader(file), csv.reader(plus)
        if missing := set(columns) - set(table.fieldnames or ()):
            raise SystemExit(f"{faces}: no column {', '.join(sorted(missing))}; it must have {', '.join(columns)}")
        next(ballots, None)
        for number, (face, ballot) in enumerate(itertools.zip_longest(table, ballots), 2):
            if face is None or ballot is None:
                raise SystemExit(f"{faces if face is None else votes}: ends before line {number}, the other file doesn't; {FACES} and {VOTES} must have a row for each face, in the same order")
            if face["Usage"] == usage:
                for into, value in zip(out, _row(face, ballot, f"line {number} of {faces}", f"line {number} of {votes}")):
                    into.append(value)
    if not out[0]:
        raise SystemExit(f"{faces}: no row has the Usage {usage}")
    return np.stack(out[0]), np.array(out[1]), np.array(out[2], np.int16)


def _row(face: dict[str, str], ballot: list[str], where: str, where_votes: str) -> tuple[np.ndarray, int, list[int]]:
    try:
        values = np.array((face["pixels"] or "").split(), np.int64)
    except (ValueError, OverflowError):
        values = np.empty(0)
    if len(values) != SIDE * SIDE or values.min() < 0 or values.max() > 255:
        raise SystemExit(f"{where}: pixels must be {SIDE * SIDE} numbers from 0 to 255 with blanks between")
    if face["emotion"] not in set(map(str, range(len(LABELS)))):
        raise SystemExit(f"{where}: emotion is {face['emotion']!r}, expected 0 to {len(LABELS) - 1}: {', '.join(LABELS)}")
    counts = ballot[2:]
    if len(counts) != 10 or not all(count.isascii() and count.isdigit() and int(count) < 1000 for count in counts):
        raise SystemExit(f"{where_votes}: expected Usage, a name and ten counts of votes under 1000, found {','.join(ballot)[:80]}")
    return values.astype(np.uint8).reshape(SIDE, SIDE), int(face["emotion"]), [int(count) for count in counts]


def majority(votes: np.ndarray) -> np.ndarray:
    """The expression with most of the ten columns' votes; -1 for a tie at the top or when contempt, unknown or not-a-face wins."""
    top = votes.max(1)
    alone = (votes == top[:, None]).sum(1) == 1
    column_to_label = np.full(10, -1)
    column_to_label[list(VOTE_COLUMNS)] = np.arange(7)
    return np.where(alone & (top > 0), column_to_label[votes.argmax(1)], -1)


def training(folder: Path, recut: bool = False) -> Faces:
    """Training with every duplicate group as one face: labels averaged where copies conflict, votes summed; faces that most voters call no face left out. `recut` also reads what `moue_training.recut` wrote."""
    faces, all_votes = read(folder, "Training"), _split(folder, "Training")[2]
    keep = all_votes[:, NOT_A_FACE] * 2 <= np.maximum(all_votes.sum(1), 1)
    _, first, group = np.unique(faces.pixels.reshape(len(faces), -1), axis=0, return_index=True, return_inverse=True)
    group = group.ravel()
    labels, votes, copies = np.zeros((len(first), 7), np.float32), np.zeros((len(first), 7), np.float32), np.bincount(group)
    np.add.at(labels, group, faces.labels)
    np.add.at(votes, group, faces.votes)
    kept = keep[first]
    again = read_recut(folder / RECUT, faces.pixels)[:, first][:, kept] if recut else None
    return Faces(faces.pixels[first][kept], (labels / copies[:, None])[kept], votes[kept], faces.majority[first][kept], again)


def read_recut(path: Path, pixels: np.ndarray) -> np.ndarray:
    """u8 [times, N, 48, 48]: the faces as the pipeline cuts them, as they are where it found none."""
    if not path.exists():
        raise SystemExit(f"{path}: not found; `python -m moue_training.recut` makes it")
    try:
        with np.load(path) as arrays:
            again, found = arrays["pixels"], arrays["found"]
    except run.UNREADABLE as error:
        raise SystemExit(f"{path}: can't be read ({error}); make it again with `python -m moue_training.recut`") from error
    if again.shape[1:] != pixels.shape:
        raise SystemExit(f"{path}: {again.shape[1]} faces, but {len(pixels)} in Training; make it again with `python -m moue_training.recut`")
    return np.where(found[:, :, None, None], again, pixels)


# What may hide eyes or mouth, as fractions of the side: centre (x, y), width and height, as the crop template places them.
COVERS = {"eyes_covered": (0.5, 0.382, 0.735, 0.257), "mouth_covered": (0.5, 0.766, 0.514, 0.294)}
JPEG_QUALITY = (15, 60)


def covered(pixels: torch.Tensor, place: tuple[float, ...], share: float, generator: torch.Generator) -> torch.Tensor:
    """u8 [N, S, S] with one grey (the face's own mean on half of them, any on the others) over that place on `share` of the faces; centre and size vary."""
    n, side = pixels.shape[:2]
    random = torch.rand((n, 7), generator=generator, device=pixels.device)
    x, y, width, height = (part * side for part in place)
    x, y = x + (random[:, 0] - 0.5) * 0.12 * side, y + (random[:, 1] - 0.5) * 0.12 * side
    width, height = width * (0.7 + 0.5 * random[:, 2]), height * (0.7 + 0.5 * random[:, 3])
    middles = torch.arange(side, device=pixels.device) + 0.5
    inside = ((middles - x[:, None]).abs() <= width[:, None] / 2)[:, None, :] & ((middles - y[:, None]).abs() <= height[:, None] / 2)[:, :, None]
    grey = torch.where(random[:, 4] < 0.5, pixels.float().mean((1, 2)), random[:, 5] * 255).to(torch.uint8)
    return torch.where(inside & (random[:, 6] < share)[:, None, None], grey[:, None, None], pixels)


# Table K.1 of ITU-T T.81 (JPEG), luminance, by rows; 50 is the quality at which it counts as it stands.
JPEG_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


def through_jpeg(x: torch.Tensor, qualities: torch.Tensor) -> torch.Tensor:
    """f32 [N, 1, S, S] in 0..1, S a multiple of 8, as grey JPEG of these qualities [N] (1 to 99) gives it back; 0 leaves a face as it is. Tables are scaled as libjpeg scales them."""
    n, _, side, _ = x.shape
    k = torch.arange(8, device=x.device)
    dct = torch.cos((2 * k[None] + 1) * k[:, None] * torch.pi / 16) * torch.where(k == 0, 0.125, 0.25).sqrt()[:, None]
    percent = torch.where(qualities < 50, torch.floor(5000 / qualities.clamp_min(1)), 200 - 2 * qualities)[:, None, None]
    steps = torch.floor((torch.tensor(JPEG_TABLE, device=x.device) * percent + 50) / 100).clamp(1, 255)[:, None, None]
    blocks = (x * 255).round().sub(128).reshape(n, side // 8, 8, side // 8, 8).transpose(2, 3)
    coefficients = dct @ blocks @ dct.T / steps
    kept = dct.T @ (coefficients.sign() * torch.floor(coefficients.abs() + 0.5) * steps) @ dct
    back = kept.transpose(2, 3).reshape(x.shape).add(128).round().clamp(0, 255) / 255
    return torch.where((qualities > 0)[:, None, None, None], back, x)


def augment(pixels: torch.Tensor, side: int, recipe: dict, generator: torch.Generator) -> torch.Tensor:
    """u8 [N, 48, 48] to f32 [N, 1, side, side] in 0..1, on the device of both `pixels` and `generator`: covers; turn, scale, shift and flip in one bilinear resampling; tone; lost detail; erasing."""
    n = len(pixels)

    def uniform(low, high):
        return torch.empty(n, device=pixels.device).uniform_(low, high, generator=generator)

    for name, place in COVERS.items():
        if name in recipe:
            pixels = covered(pixels, place, recipe[name], generator)

    angle = uniform(-1, 1) * (recipe["turn"] * torch.pi / 180)
    scale = torch.exp(uniform(*(float(np.log(s)) for s in recipe["scale"])))
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    shift = 2 * recipe["shift"]
    theta = torch.stack([torch.stack([cos * flip, -sin, uniform(-shift, shift)], 1), torch.stack([sin * flip, cos, uniform(-shift, shift)], 1)], 1)
    grid = F.affine_grid(theta, [n, 1, side, side], align_corners=False)
    x = F.grid_sample(pixels[:, None].float() / 255, grid, padding_mode="border", align_corners=False)
    contrast, brightness, gamma = (uniform(*recipe[key])[:, None, None, None] for key in ("contrast", "brightness", "gamma"))
    mean = x.mean((1, 2, 3), keepdim=True)
    x = (((x - mean) * contrast + mean + brightness).clamp(0, 1) + 1e-6) ** gamma
    degraded = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    x = torch.where((uniform(0, 1) < recipe.get("blur", 0.0))[:, None, None, None], degraded, x)
    if "small" in recipe:
        small = F.interpolate(F.avg_pool2d(x, 2), size=(side, side), mode="bilinear", align_corners=False)
        x = torch.where((uniform(0, 1) < recipe["small"])[:, None, None, None], small, x)
        noise = torch.empty_like(x).normal_(generator=generator) * uniform(0, recipe["noise"])[:, None, None, None]
        x = torch.where((uniform(0, 1) < recipe["noisy"])[:, None, None, None], (x + noise).clamp(0, 1), x)
    if "jpeg" in recipe:
        x = through_jpeg(x, uniform(*JPEG_QUALITY).floor() * (uniform(0, 1) < recipe["jpeg"]))
    erase = (uniform(0, 1) < recipe["erasing"]).float()
    height, width = uniform(0.15, 0.45) * side, uniform(0.15, 0.45) * side
    top, left = uniform(0, 1) * (side - height), uniform(0, 1) * (side - width)
    places = torch.arange(side, device=x.device)
    rows, columns = places[None, :, None], places[None, None, :]
    inside = (rows >= top[:, None, None]) & (rows < (top + height)[:, None, None]) & (columns >= left[:, None, None]) & (columns < (left + width)[:, None, None])
    inside = (inside & (erase > 0)[:, None, None])[:, None]
    return torch.where(inside, torch.empty_like(x).uniform_(0, 1, generator=generator), x)


def plain(pixels: np.ndarray, side: int = SIDE) -> torch.Tensor:
    """u8 [N, 48, 48] to f32 [N, 1, side, side] in 0..1, unaugmented."""
    x = torch.from_numpy(pixels)[:, None].float() / 255
    return x if side == SIDE else F.interpolate(x, size=(side, side), mode="bilinear", align_corners=False)
