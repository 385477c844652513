"""How well an expression file's probabilities are calibrated, with its temperature as it is and cross-validated; and the plot for its card.

    python -m moue_training.calibration expression.onnx --data DATA [--plot calibration.png]

The file's temperatures were fitted on the same PublicTest faces. Cross-validated means: in `FOLDS` parts of the faces, each part read with the temperature that the others ask for.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from . import expression, fer
from .faces_pipeline import onnx_network

BINS, FOLDS, SEED = 15, 5, 7


def probabilities(logits: np.ndarray, temperature: np.ndarray | float) -> np.ndarray:
    """Softmax of [N, classes], each row divided by its temperature."""
    z = logits / np.reshape(temperature, (-1, 1))
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def reliability(probability: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """[`BINS`, 3]: faces, mean confidence and accuracy of each bin of equal width; zeros where nobody falls."""
    confidence, right = probability.max(1), probability.argmax(1) == truth
    number = np.minimum((confidence * BINS).astype(int), BINS - 1)
    faces = np.bincount(number, minlength=BINS)
    sums = [np.bincount(number, weights, BINS) / np.maximum(faces, 1) for weights in (confidence, right.astype(float))]
    return np.stack([faces, *sums], 1)


def expected_calibration_error(probability: np.ndarray, truth: np.ndarray) -> float:
    """Guo et al., "On Calibration of Modern Neural Networks", ICML 2017: the bins' gaps between confidence and accuracy, weighted by their faces."""
    faces, confidence, accuracy = reliability(probability, truth).T
    return float((faces * np.abs(accuracy - confidence)).sum() / faces.sum())


def cross_validated(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Probabilities [N, classes], each face's with a temperature that was fitted without it."""
    part = np.random.default_rng(SEED).permutation(len(truth)) % FOLDS
    fitted = np.array([expression.temperature(logits[part != fold], truth[part != fold]) for fold in range(FOLDS)])
    return probabilities(logits, fitted[part])


def draw(path: Path, panels: dict[str, np.ndarray]) -> None:
    """`panels`: a name and its `reliability`."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(panels), figsize=(4 * len(panels), 4), squeeze=False)
    for axis, (name, bins) in zip(axes[0], panels.items()):
        filled = bins[bins[:, 0] > 0]
        axis.plot([0, 1], [0, 1], color="0.6", linewidth=1)
        axis.bar(filled[:, 1], filled[:, 2], width=0.8 / BINS, alpha=0.35)
        axis.plot(filled[:, 1], filled[:, 2], marker="o", markersize=4)
        axis.set(title=name, xlabel="mean confidence", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1), aspect="equal")
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.calibration", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="an expression network as training writes it")
    parser.add_argument("--data", type=Path, required=True, help="folder with fer2013.csv and fer2013new.csv")
    parser.add_argument("--plot", type=Path, help="PNG file for the plot")
    args = parser.parse_args()
    network, about = onnx_network(args.model, "expression")
    faces = fer.read(args.data, "PublicTest")
    outputs = [network(face[None, None].astype(np.float32) / np.float32(255)) for face in faces.pixels]
    panels = {}
    for head, truth in (("fer2013", faces.labels.argmax(1)), ("consensus", faces.majority)):
        judged = truth >= 0
        logits, truth = np.stack([output[head].reshape(-1) for output in outputs])[judged], truth[judged]
        shipped = probabilities(logits, float(about[f"moue.temperature.{head}"]))
        panels[head] = reliability(shipped, truth)
        print(f"{head}: {len(truth)} faces, expected calibration error {100 * expected_calibration_error(shipped, truth):.2f} %, cross-validated {100 * expected_calibration_error(cross_validated(logits, truth), truth):.2f} %")
    if args.plot:
        draw(args.plot, panels)


if __name__ == "__main__":
    main()
