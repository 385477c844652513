"""What every cell of the detector should answer, the loss for it, and the way back from answers to boxes.

The layout of the fifteen channels is docs/model-format.md's. Assignment follows FCOS (Tian et al., 2019): cells near a face's centre at the
level whose range holds its size; the score learns the box's IoU (quality focal loss, Li et al., 2020).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from .detector_canvas import Canvas

STRIDES = (8, 16, 32)
SIZE_RANGE = {8: (0, 44), 16: (34, 108), 32: (84, 1e9)}
"""Faces (geometric mean side, pixels) taught at each stride; where ranges overlap both levels are taught."""
CENTRE, RING = 0.22, 0.38
"""Half extents, as shares of the box, of the region of positive cells and of the one that isn't background either."""
NEAR = 1.3
"""A face outside a level's range by no more than this factor is ignored there."""
LABEL, DISTANCES, POINTS, SIDE = 0, slice(1, 5), slice(5, 15), 15
"""Columns of a target row: 1 face, 0 background, -1 ignored, -2 background unless the network is sure of a face; then the channels; then the face's side in strides."""


def centres(height: int, width: int, stride: int) -> np.ndarray:
    """Cell centres in pixels of the input, [h * w, 2], rows first."""
    y, x = np.mgrid[0 : height // stride, 0 : width // stride]
    return np.stack([(x.ravel() + 0.5) * stride, (y.ravel() + 0.5) * stride], 1).astype(np.float32)


def targets(canvas: Canvas) -> np.ndarray:
    """float32 [cells, 16], strides one after another."""
    height, width = canvas.luma.shape
    return np.concatenate([_level(canvas, centres(height, width, stride), stride) for stride in STRIDES])


def _level(canvas: Canvas, cells: np.ndarray, stride: int) -> np.ndarray:
    out = np.zeros((len(cells), 16), np.float32)
    if canvas.unnamed:
        out[:, LABEL] = -2
    for box in canvas.ignored:
        out[_within(cells, box, 0.5, 0)[0], LABEL] = -1
    nearest = np.full(len(cells), np.inf, np.float32)
    low, high = SIZE_RANGE[stride]
    for box, points in zip(canvas.boxes, canvas.points):
        side = float(np.sqrt(np.prod(box[2:] - box[:2])))
        # Far from its range a face is background: its parts must not pass for small faces, nor a small face for a part of a large one.
        if not low / NEAR <= side < high * NEAR:
            continue
        ring, distance = _within(cells, box, RING, 0.5 * stride)
        out[ring & (out[:, LABEL] != 1), LABEL] = -1
        if not low <= side < high:
            continue
        hit = _within(cells, box, CENTRE, 0.5 * stride)[0] & (distance < nearest)
        nearest[hit] = distance[hit]
        out[hit, LABEL] = 1
        out[hit, DISTANCES] = np.concatenate([cells[hit] - box[:2], box[2:] - cells[hit]], 1) / stride
        out[hit, POINTS] = ((points[None] - cells[hit][:, None]) / stride).reshape(-1, 10)
        out[hit, SIDE] = side / stride
    return out


def _within(cells: np.ndarray, box: np.ndarray, share: float, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Which cells lie within `share` of the box's extents (at least `least` pixels) of its centre, and each one's relative distance."""
    extent = np.maximum(box[2:] - box[:2], 1e-3)
    offset = np.abs(cells - (box[:2] + box[2:]) / 2)
    return (offset <= np.maximum(share * extent, least)).all(1), np.linalg.norm(offset / extent, axis=1)


def flatten(outputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """The three outputs as one [N, cells, 15]."""
    return torch.cat([outputs[f"stride{stride}"].flatten(2).transpose(1, 2) for stride in STRIDES], 1)


def loss(answers: torch.Tensor, wanted: torch.Tensor) -> dict[str, torch.Tensor]:
    """`answers` [N, cells, 15], `wanted` [N, cells, 16]: the parts of the loss, already weighted."""
    label, positive = wanted[..., LABEL], wanted[..., LABEL] == 1
    count = positive.sum().clamp_min(1)
    logit = answers[..., 0]
    got, want = answers[positive], wanted[positive]
    overlap, generalised = box_overlaps(got[:, DISTANCES], want[:, DISTANCES])
    quality = torch.zeros_like(logit)
    quality[positive] = overlap.detach().clamp(0, 1)
    probability = torch.sigmoid(logit)
    counted = (label >= 0) | ((label == -2) & (probability.detach() < 0.3))
    score = F.binary_cross_entropy_with_logits(logit, quality, reduction="none") * (quality - probability).detach().square()
    side = want[:, SIDE, None]
    return {
        "score": (score * counted).sum() / count,
        "box": 1.5 * (1 - generalised).mean() + 0.5 * F.smooth_l1_loss(got[:, DISTANCES] / side, want[:, DISTANCES] / side, beta=0.1) if len(got) else answers.sum() * 0,
        "points": 2.0 * F.smooth_l1_loss(got[:, POINTS] / side, want[:, POINTS] / side, beta=0.05) if len(got) else answers.sum() * 0,
    }


def box_overlaps(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """IoU and generalised IoU of boxes given as distances from a common centre, [n, 4] left, top, right, bottom."""
    a = a.clamp_min(0.01)
    within = torch.minimum(a[:, :2], b[:, :2]) + torch.minimum(a[:, 2:], b[:, 2:])
    around = torch.maximum(a[:, :2], b[:, :2]) + torch.maximum(a[:, 2:], b[:, 2:])
    both = within.clamp_min(0).prod(1)
    union = (a[:, :2] + a[:, 2:]).prod(1) + (b[:, :2] + b[:, 2:]).prod(1) - both
    overlap, hull = both / union, around.prod(1)
    return overlap, overlap - (hull - union) / hull


def decode(answer: np.ndarray, stride: int, threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One output [15, h, w]: scores [n], boxes [n, 4] and points [n, 5, 2] in pixels of the input, of the cells at or above `threshold`."""
    channels, height, width = answer.shape
    rows = answer.reshape(channels, -1).T
    scores = 1 / (1 + np.exp(-rows[:, 0].astype(np.float64)))
    keep = scores >= threshold
    rows, cells = rows[keep], centres(height * stride, width * stride, stride)[keep]
    boxes = np.concatenate([cells - rows[:, 1:3] * stride, cells + rows[:, 3:5] * stride], 1)
    points = cells[:, None] + rows[:, 5:].reshape(-1, 5, 2) * stride
    return scores[keep], boxes, points


def non_maximum_suppression(scores: np.ndarray, boxes: np.ndarray, most_overlap: float, most_inside: float) -> np.ndarray:
    """Indices of the boxes kept, best first; equal scores keep their order.

    A box goes where its IoU with a better one is over `most_overlap`, or where more than `most_inside` of its own area lies in a better one.
    """
    order, kept = np.argsort(-scores, kind="stable"), []
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        within = np.prod(np.maximum(np.minimum(boxes[order, 2:], boxes[best, 2:]) - np.maximum(boxes[order, :2], boxes[best, :2]), 0), axis=1)
        apart = within <= most_overlap * (area[order] + area[best] - within)
        order = order[apart & (within <= most_inside * area[order])]
    return np.array(kept, int)
