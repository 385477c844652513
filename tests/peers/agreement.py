"""Whether a peer computes what we compute: nobody should time garbage.

Peers round differently, and TensorFlow's converter chooses grids of its own, so values differ a little. What must hold is that the outputs
follow the picture in the same way.
"""

from __future__ import annotations

import numpy as np

LEAST_CORRELATION = 0.95
"""Between our outputs and a peer's, each value's mean over the pictures taken off."""
LEAST_WHEN_SATURATING = 0.5
"""Of ONNX Runtime's default mode on CPUs without VNNI, whose sums are known to saturate: it is what its users get."""
LEAST_SPREAD = 0.02
"""Standard deviation of our own outputs over the pictures: an output that ignores its input agrees with anything."""


def collect(engine, pictures: np.ndarray, outputs: int) -> list[np.ndarray]:
    """For each output an array [pictures, values]."""
    rows = []
    for picture in pictures:
        engine.show(picture)
        engine.run()
        rows.append(engine.outputs(outputs))
    return [np.stack(values) for values in zip(*rows)]


def check(ours: list[np.ndarray], theirs: list[np.ndarray], least: float = LEAST_CORRELATION) -> float:
    """The lowest correlation over the outputs; raises ValueError where one is below `least`."""
    lowest = 1.0
    for index, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        if mine.shape != other.shape:
            raise ValueError(f"output {index} has {other.shape[1]} values, ours {mine.shape[1]}")
        spread = mine.std(axis=0).max()
        if spread < LEAST_SPREAD:
            raise ValueError(f"our own output {index} hardly depends on the picture (standard deviation {spread:.3g})")
        lowest = min(lowest, float(np.corrcoef((mine - mine.mean(0)).ravel(), (other - other.mean(0)).ravel())[0, 1]))
    if not lowest >= least:
        raise ValueError(f"the outputs don't follow ours: correlation {lowest:.3f}, at least {least} is needed")
    return lowest
