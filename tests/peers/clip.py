"""A clip of ten seconds with one person at a time, from luma bytes to verdicts: a live session of Moue's against the usual program in
Python, which has OpenCV find the face in every frame, cuts it out, and has ONNX Runtime read it, here with our own expression network in int8."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import bars
import engines
import frame
import native
import networks
import pictures

RATE = 30
SECONDS = 5
"""For each of the two people; a cut lies between them."""
PASSES = 3
"""Counted ones, after one to warm up; the shortest counts for each way."""
SEED = 11
NOISE = 3.0
"""Standard deviation of the sensor's noise in grey levels."""
BOX_SIDES = (1.2, 5.0)
"""How large a box may be for its face, in eye distances; the face's middle must lie in it."""
NOSE_BELOW_EYES = 0.55
"""Of the tip of the nose, in eye distances."""


@dataclass(frozen=True)
class Shown:
    """One frame and where its face is."""

    luma: np.ndarray
    middle: tuple[float, float]
    eye_distance: float


@dataclass(frozen=True)
class Way:
    """`found` counts frames whose face was found, `false` boxes elsewhere, both in one pass."""

    frames: int
    seconds: float
    found: int
    false: int

    @property
    def frames_per_second(self) -> float:
        return self.frames / self.seconds


def frames() -> list[Shown]:
    """Each person sways, comes nearer and goes again, tilts the head by up to 15 degrees to either side, and the light goes down to a third
    and comes back."""
    height, width = pictures.FRAME
    rng = np.random.default_rng(SEED)
    shown = []
    for name, ((x, y), distance) in pictures.FACES.items():
        photo = pictures.photo(name)
        for index in range(RATE * SECONDS):
            t = index / RATE
            eyes = 45 + 20 * np.sin(1.3 * t)
            matrix = cv2.getRotationMatrix2D((x, y), 15 * np.sin(1.9 * t), eyes / distance)
            matrix[:, 2] += (width / 2 + 90 * np.sin(1.1 * t) - x, height * 0.4 + 20 * np.sin(2.3 * t) - y)
            picture = cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
            light = 1 - 0.67 * max(0.0, np.sin(0.9 * t)) ** 4
            luma = np.clip(picture * light + rng.normal(0, NOISE, picture.shape), 0, 255).astype(np.uint8)
            middle = matrix @ (x, y + NOSE_BELOW_EYES * distance, 1)
            shown.append(Shown(luma, (middle[0], middle[1]), eyes))
    return shown


def _is_face(box, shown: Shown) -> bool:
    x, y, width, height = box
    inside = x <= shown.middle[0] <= x + width and y <= shown.middle[1] <= y + height
    return bool(inside and BOX_SIDES[0] <= np.sqrt(width * height) / shown.eye_distance <= BOX_SIDES[1])


def measure(library: native.Library, expression: Path) -> dict[str, Way]:
    """By name; ours is `moue`. Every frame goes through each way in turn, so that all meet the same machine."""
    clip = frames()
    cv2.setNumThreads(1)
    reader = engines.OnnxRuntime(expression, np.zeros((48, 48), np.uint8))
    session = native.Session(library)
    clock = [0]

    def moue(luma):
        clock[0] += 10**9 // RATE
        return [(face.x, face.y, face.width, face.height) for face in session.watch(luma, clock[0])]

    def usual(detect):
        def run(luma):
            boxes = detect(luma)
            for x, y, width, height in boxes:
                reader.show(cv2.resize(luma[y : y + height, x : x + width], (48, 48), interpolation=cv2.INTER_AREA))
                reader.run()
                int(reader.outputs(2)[1].argmax())
            return boxes

        return run

    ways = {networks.OURS: moue}
    for name, smallest in (("haar_usual", 0), (f"haar_from_{frame.SMALLEST_FACE}px", frame.SMALLEST_FACE)):
        ways[f"{name}+onnxruntime_int8"] = usual(frame.haar(smallest))
    passes = [_pass(clip, ways) for _ in range(1 + PASSES)][1:]
    return {name: min((each[name] for each in passes), key=lambda way: way.seconds) for name in ways}


def _pass(clip: list[Shown], ways: dict) -> dict[str, Way]:
    seconds, found, false = ({name: 0 for name in ways} for _ in range(3))
    for shown in clip:
        for name, way in ways.items():
            start = time.perf_counter()
            boxes = way(shown.luma)
            seconds[name] += time.perf_counter() - start
            right = sum(_is_face(box, shown) for box in boxes)
            found[name] += right > 0
            false[name] += len(boxes) - right
    return {name: Way(len(clip), seconds[name], found[name], false[name]) for name in ways}


def bars_of(ways: dict[str, Way]) -> list[bars.Bar]:
    others = [way for name, way in ways.items() if name != networks.OURS]
    ours = ways[networks.OURS]
    fastest = max(way.frames_per_second for way in others)
    most = max(way.found for way in others)
    return [
        bars.Bar("clip: frames a second / fastest of OpenCV + onnxruntime_int8", ours.frames_per_second / fastest, bars.LEAST_TIMES_OPENCV, at_least=True),
        bars.Bar("clip: frames with the face found / most of OpenCV's", ours.found / most, math.nextafter(1.0, 2.0), at_least=True),
    ]


def table(ways: dict[str, Way]) -> str:
    height, width = pictures.FRAME
    count = next(iter(ways.values())).frames
    lines = [f"a clip of {count} frames of {width}x{height} with one face, shortest of {PASSES} passes", f"  {'way':36} {'frames/s':>9} {'ms/frame':>9} {'found':>6} {'false':>6}"]
    for name, way in sorted(ways.items(), key=lambda item: item[1].seconds):
        lines.append(f"  {name:36} {way.frames_per_second:9.1f} {1e3 / way.frames_per_second:9.3f} {way.found:6} {way.false:6}")
    return "\n".join(lines)
