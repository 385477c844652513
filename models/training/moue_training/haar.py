"""The peer in the table: OpenCV's Haar cascade for frontal faces, the detector that the paper behind this project used."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SCALE_FACTOR, MIN_NEIGHBOURS = 1.3, 5


class Haar:
    """`haarcascade_frontalface_default.xml` as it ships with OpenCV below 5."""

    def __init__(self):
        if not hasattr(cv2, "CascadeClassifier"):
            raise SystemExit("this OpenCV has no Haar cascades: install opencv-python-headless<5")
        self.cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"))

    def boxes(self, luma: np.ndarray) -> np.ndarray:
        """[n, 4] left, top, right, bottom; Haar has no scores and no points."""
        found = np.array(self.cascade.detectMultiScale(luma, SCALE_FACTOR, MIN_NEIGHBOURS), np.float64).reshape(-1, 4)
        return np.concatenate([found[:, :2], found[:, :2] + found[:, 2:]], 1)
