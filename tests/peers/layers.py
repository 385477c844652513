"""Where our own time goes: each operation of a network, its speed and its share of the CPU's measured int8 peak."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import native
from models import Spec
from networks import TIMED_SEED

ROUNDS = 3000
PEAK_TRIES = 200


@dataclass(frozen=True)
class LayerTime:
    operation: native.Operation
    ms: float

    @property
    def speed(self) -> float:
        """Multiply-adds a second."""
        return self.operation.multiply_adds / self.ms * 1e3 if self.ms else 0.0

    @property
    def kind(self) -> str:
        """What it does, in the words of tables and plots."""
        operation = self.operation
        if operation.kind == "convolution":
            if operation.kernel == 1:
                return "fully connected" if operation.height == operation.width == 1 else "pointwise"
            return "first convolution" if operation.inputs == 1 else "dense 3x3"
        return {"depthwise convolution": "depthwise 3x3"}.get(operation.kind, operation.kind)


def measure(spec: Spec, folder: Path, library: native.Library, kernels: str) -> list[LayerTime]:
    engine = native.Moue(library, folder / f"{spec.name}.onnx", spec.pictures(1, TIMED_SEED)[0], kernels)
    times = engine.observe(ROUNDS)
    return [LayerTime(operation, float(ms)) for operation, ms in zip(engine.operations(), times)]


def by_kind(layers: list[LayerTime]) -> dict[str, tuple[float, int]]:
    """Milliseconds and multiply-adds of each kind, the longest first."""
    sums: dict[str, tuple[float, int]] = {}
    for layer in layers:
        ms, products = sums.get(layer.kind, (0.0, 0))
        sums[layer.kind] = ms + layer.ms, products + layer.operation.multiply_adds
    return dict(sorted(sums.items(), key=lambda item: -item[1][0]))


def table(name: str, kernels: str, layers: list[LayerTime], peak: float) -> str:
    total = sum(layer.ms for layer in layers)
    products = sum(layer.operation.multiply_adds for layer in layers)
    share = lambda speed: f"{100 * speed / peak:6.1f}" if peak else "     -"
    lines = [
        f"{name} on {kernels}, operation by operation (shortest of {ROUNDS} runs; reading the clock costs each some 0.02 us)",
        f"  {'#':>3} {'kind':18} {'result':>13} {'in':>5} {'s':>2} {'us':>8} {'% time':>7} {'G/s':>7} {'% peak':>6}",
    ]
    for index, layer in enumerate(layers):
        operation = layer.operation
        result = f"{operation.height}x{operation.width}x{operation.outputs}"
        lines.append(
            f"  {index:3} {layer.kind:18} {result:>13} {operation.inputs:5} {operation.stride:2} {1e3 * layer.ms:8.2f} {100 * layer.ms / total:7.1f} {layer.speed / 1e9:7.1f} {share(layer.speed)}"
        )
    lines.append(f"  by kind: {'us':>13} {'% time':>7} {'G/s':>7} {'% peak':>6}")
    for kind, (ms, count) in by_kind(layers).items():
        lines.append(f"  {kind:18} {1e3 * ms:8.1f} {100 * ms / total:7.1f} {count / ms / 1e6:7.1f} {share(count / ms * 1e3)}")
    lines.append(f"  {'sum':18} {1e3 * total:8.1f} {'':7} {products / total / 1e6:7.1f} {share(products / total * 1e3)}")
    return "\n".join(lines)
