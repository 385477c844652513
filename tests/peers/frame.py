"""The whole way from a 640x480 luma frame with one face to a verdict, against the usual way in Python: OpenCV finds the face, its crop is
reduced to 48x48, and ONNX Runtime runs our own expression network in int8."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

import engines
import native
import pictures
import timing

LEAST_OVERLAP = 0.3
"""Intersection over union of our box and a peer's: their ideas of a face's box differ, but it must be the same face."""
HAAR_SCALE, HAAR_NEIGHBOURS = 1.3, 5
SMALLEST_FACE = 48
"""What our own default finds at least, a tenth of the frame's short side: searching for nothing smaller is faster for OpenCV too."""
YUNET_SCORE = 0.9


def haar(smallest: int):
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    size = (smallest, smallest) if smallest else None
    return lambda frame: cascade.detectMultiScale(frame, HAAR_SCALE, HAAR_NEIGHBOURS, minSize=size)


def _yunet(weights: Path):
    height, width = pictures.FRAME
    network = cv2.FaceDetectorYN.create(str(weights), "", (width, height), YUNET_SCORE)

    def detect(frame):
        faces = network.detect(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))[1]
        return [] if faces is None else [face[:4].astype(int) for face in faces]

    return detect


def measure(library: native.Library, expression: Path, yunet: Path | None, seconds: float) -> dict[str, timing.Times]:
    """Times by name; ours is `moue`. Fails unless every way finds the same face."""
    frame = pictures.frame()
    analyzer = native.Analyzer(library)
    if analyzer.analyze(frame) != 1:
        raise SystemExit("the frame must have one face for Moue")
    ours = analyzer.face
    detectors = {"haar_usual": haar(0), f"haar_from_{SMALLEST_FACE}px": haar(SMALLEST_FACE)}
    if yunet:
        detectors["yunet"] = _yunet(yunet)
    cv2.setNumThreads(1)
    session = engines.OnnxRuntime(expression, np.zeros((48, 48), np.uint8))

    def read(detect):
        for x, y, width, height in detect(frame):
            session.show(cv2.resize(frame[y : y + height, x : x + width], (48, 48), interpolation=cv2.INTER_AREA))
            session.run()
            int(session.outputs(2)[1].argmax())

    runs = {"moue": lambda: analyzer.analyze(frame)}
    for name, detect in detectors.items():
        boxes = detect(frame)
        if len(boxes) != 1 or _overlap((ours.x, ours.y, ours.width, ours.height), boxes[0]) < LEAST_OVERLAP:
            raise SystemExit(f"{name} finds {[list(map(int, box)) for box in boxes]}, not the one face at {ours.x:.0f},{ours.y:.0f}")
        runs[f"{name}+onnxruntime_int8"] = lambda detect=detect: read(detect)
    return timing.side_by_side(runs, seconds)


def _overlap(a, b) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def table(times: dict[str, timing.Times]) -> str:
    height, width = pictures.FRAME
    lines = [f"a {width}x{height} frame with one face, from luma bytes to verdict", f"  {'way':36} {'min ms':>9} {'median ms':>10} {'moue / it':>10}"]
    for name, each in sorted(times.items(), key=lambda item: item[1].shortest):
        lines.append(f"  {name:36} {each.shortest:9.3f} {each.median:10.3f} {times['moue'].shortest / each.shortest:10.3f}")
    return "\n".join(lines)
