"""Two pictures for docs/engine.md: time per layer, and us against the peers."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

import layers
from networks import OURS, Result

COLOURS = {
    "first convolution": "#9467bd",
    "pointwise": "#1f77b4",
    "depthwise 3x3": "#ff7f0e",
    "dense 3x3": "#8c564b",
    "add": "#2ca02c",
    "average pool": "#7f7f7f",
    "fully connected": "#d62728",
}
SHOWN = (OURS, "litert_int8", "onnxruntime_int8", "ncnn_int8", "litert_f32", "onnxruntime_f32", "opencv_f32", "tract_f32")


def per_layer(folder: Path, name: str, title: str, times: list[layers.LayerTime], peak: float) -> Path:
    """Each operation's time; above it the ideal, what its multiply-adds would take at the measured peak, and beside it the sums by kind."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 3.6), width_ratios=(3, 1))
    left.bar(range(len(times)), [1e3 * each.ms for each in times], color=[COLOURS[each.kind] for each in times])
    if peak:
        ideal = [1e6 * each.operation.multiply_adds / peak for each in times]
        left.step(range(len(times)), ideal, where="mid", color="black", linewidth=0.8, label="at the measured peak")
        left.legend(fontsize=8)
    left.set_xlabel("operation")
    left.set_ylabel("us")
    left.set_title(title, fontsize=9)
    sums = layers.by_kind(times)
    right.barh(list(sums), [1e3 * ms for ms, _ in sums.values()], color=[COLOURS[kind] for kind in sums])
    right.invert_yaxis()
    right.set_xlabel("us")
    return _save(figure, folder / f"layers-{name}.png")


def against_peers(folder: Path, results: list[Result], title: str) -> Path:
    """Each engine's shortest time over ours, for every network."""
    figure, axis = pyplot.subplots(figsize=(11, 3.6))
    width = 0.8 / (len(SHOWN) - 1)
    for place, engine in enumerate(SHOWN[1:]):
        points = [(index, 1 / result.ratio(engine)) for index, result in enumerate(results) if engine in result.times]
        axis.bar([index + (place - (len(SHOWN) - 2) / 2) * width for index, _ in points], [ratio for _, ratio in points], width, label=engine)
    axis.axhline(1, color="black", linewidth=0.8)
    axis.set_yscale("log")
    low, high = axis.get_ylim()
    # Room for the legend above the bars.
    axis.set_ylim(min(low, 0.8), 2 * high)
    axis.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axis.set_xticks(range(len(results)), [result.spec.name for result in results])
    axis.set_ylabel("times as long as moue")
    axis.set_title(title, fontsize=9)
    axis.legend(fontsize=7, ncols=len(SHOWN) - 1)
    return _save(figure, folder / "peers.png")


def _save(figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    # Without the version of the library that drew it, the same figures give the same file.
    figure.savefig(path, dpi=100, metadata={"Software": None})
    pyplot.close(figure)
    return path
