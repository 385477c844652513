"""A peer in the detectors' table: BlazeFace (Bazarevsky et al., 2019), short range, as MediaPipe's package ships it.

The file is `mediapipe/modules/face_detection/face_detection_short_range.tflite` in the wheel of `mediapipe` 0.10.21; numbers below are those of
`face_detection_short_range.pbtxt` beside it in MediaPipe's sources. It runs on LiteRT, one thread.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from .detector_targets import non_maximum_suppression
from .faces_pipeline import Detection

SIDE = 128
LAYERS = ((8, 2), (16, 6))
"""Strides, and how many anchors stand in each of their cells."""
LEAST_SCORE, MOST_OVERLAP = 0.5, 0.3


class BlazeFace:
    def __init__(self, model: Path):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(str(model), num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        outputs = sorted(self.interpreter.get_output_details(), key=lambda one: -one["shape"][-1])
        self.boxes, self.scores = (one["index"] for one in outputs)
        self.anchors = np.array([((x + 0.5) * stride, (y + 0.5) * stride) for stride, each in LAYERS for y in range(SIDE // stride) for x in range(SIDE // stride) for _ in range(each)])

    def faces(self, luma: np.ndarray, least_score: float = LEAST_SCORE) -> list[Detection]:
        """Faces with their scores, without points: its points are other ones than ours. The picture is fitted into a square, as MediaPipe does."""
        height, width = luma.shape
        scale = SIDE / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
        square = np.zeros((SIDE, SIDE), np.float32)
        square[top : top + size[1], left : left + size[0]] = cv2.resize(luma, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        # What lies outside is black before grey levels become -1 to 1.
        picture = np.repeat(square[None, :, :, None] / 127.5 - 1, 3, 3).astype(np.float32)
        self.interpreter.set_tensor(self.input, picture)
        self.interpreter.invoke()
        raw = self.interpreter.get_tensor(self.boxes)[0].astype(float)
        scores = 1 / (1 + np.exp(-np.clip(self.interpreter.get_tensor(self.scores)[0, :, 0].astype(float), -100, 100)))
        picked = scores >= least_score
        middles, half = raw[picked, :2] + self.anchors[picked], raw[picked, 2:4] / 2
        boxes = (np.concatenate([middles - half, middles + half], 1) - np.tile([left, top], 2)) / scale
        scores = scores[picked]
        # MediaPipe averages what overlaps; the best of them stands in the same place to a few pixels.
        return [Detection(float(scores[i]), boxes[i], None) for i in non_maximum_suppression(scores, boxes, MOST_OVERLAP, 1.1)]
