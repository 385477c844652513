"""Counts that both the training runs and the final judgement use: faces found, false boxes, point errors, and the choice of a threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .faces_data import Photo
from .faces_pipeline import Detection, Network, detect, overlap, working_picture

FOUND_OVERLAP = 0.5
LOWEST_SCORE = 0.05
"""Scores below it are not even looked at when a threshold is chosen."""


@dataclass
class Scores:
    """`found`: for each photo with a face, the score of the box on the reference's largest face, 0 where there is none; `false`: scores of all boxes on photos without a face."""

    found: np.ndarray
    false: np.ndarray
    photos_without: int

    def recall(self, threshold: float) -> float:
        return float((self.found >= threshold).mean())

    def false_per_hundred(self, threshold: float) -> float:
        return 100 * float((self.false >= threshold).sum()) / max(1, self.photos_without)


def found_score(detections: list[Detection], box: np.ndarray) -> float:
    """Best score among the detections that overlap `box` enough."""
    return max((d.score for d in detections if overlap(d.box, box) >= FOUND_OVERLAP), default=0.0)


def detector_scores(network: Network, portraits: list[Photo], negatives: list[Photo], long_side: int) -> Scores:
    found = [found_score(detect(network, working_picture(p.luma), long_side, LOWEST_SCORE), p.boxes[p.largest()]) for p in portraits if len(p.boxes)]
    false = [d.score for n in negatives for d in detect(network, working_picture(n.luma), long_side, LOWEST_SCORE)]
    return Scores(np.array(found), np.array(false), len(negatives))


def choose_threshold(scores: Scores, most_false: float) -> float:
    """The lowest score, in steps of 0.01, with at most `most_false` boxes on a hundred photos without a face."""
    for hundredths in range(round(100 * LOWEST_SCORE), 100):
        if scores.false_per_hundred(hundredths / 100) <= most_false:
            return hundredths / 100
    return 0.99


def point_error(points: np.ndarray, landmarks: np.ndarray) -> float:
    """Mean distance over the five points as a share of the distance between the hand-made eyes."""
    return float(np.linalg.norm(points - landmarks, axis=1).mean() / np.linalg.norm(landmarks[0] - landmarks[1]))
