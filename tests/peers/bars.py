"""The bars that Moue's speed is held to, each with what was measured: passed, missed, or not measured in this run."""

from __future__ import annotations

import math
from dataclasses import dataclass

import files
from networks import Result

CLASSIFIER = "expression"
SIZES = ("mobilenet48", "mobilenet64", "mobilenet96", "mobilenet112", "mobilenet224")
MOST_OF = {
    "litert_int8": (0.60, 0.60),
    "onnxruntime_int8": (0.50, 0.80),
    "tract_f32": (0.08, 0.08),
}
"""Our time may be at most this share of the engine's: on a CPU with VNNI, and on one without."""
LEAST_OF_PEAK = 0.60
MOST_OF_OPENCV = 1 / 3
LEAST_TIMES_OPENCV = 10.0
"""On a clip: our frames a second over those of the fastest of the usual ways."""
MOST_STARTUP_MS, MOST_STARTUP_MB = 10.0, 12.0
MOST_MEGABYTES = {"analyzer": 4.0, "engine": 0.5}
"""Of a stripped shared library with what the name says; 10^6 bytes."""


@dataclass(frozen=True)
class Bar:
    """`limit` is the most that `value` may be, or the least where `at_least`; a `value` of None wasn't measured."""

    name: str
    value: float | None
    limit: float
    at_least: bool = False

    @property
    def passed(self) -> bool | None:
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def against_peers(results: dict[str, Result], vnni: bool) -> list[Bar]:
    """For each engine: the shipped classifier, and the geometric mean over the sizes."""
    bars = []
    for engine, (with_vnni, without) in MOST_OF.items():
        limit = with_vnni if vnni else without
        ratio = lambda name: results[name].ratio(engine) if name in results else None
        bars.append(Bar(f"moue / {engine}, shipped classifier", ratio(CLASSIFIER), limit))
        ratios = [ratio(name) for name in SIZES]
        mean = None if None in ratios else geometric_mean(ratios)
        bars.append(Bar(f"moue / {engine}, geometric mean over {len(SIZES)} sizes", mean, limit))
    return bars


def of_peak(results: dict[str, Result], peak: float) -> Bar:
    """`peak` in multiply-adds a second; 0 where it can't be measured."""
    result = results.get(CLASSIFIER)
    speed = result.multiply_adds / result.times["moue"].shortest * 1e3 if result else 0.0
    return Bar("share of the CPU's measured int8 peak, shipped classifier", speed / peak if peak and speed else None, LEAST_OF_PEAK, at_least=True)


def of_sizes() -> list[Bar]:
    """The sizes in `tests/sizes.txt` that have a limit; `cargo xtask test --suite size` holds them to the built libraries."""
    lines = (line.split() for line in (files.ROOT / "tests" / "sizes.txt").read_text().splitlines() if line and not line.startswith("#"))
    return [Bar(f"MB of the stripped {library} library, {target}", int(size) / 1e6, MOST_MEGABYTES[library]) for target, library, size in lines if library in MOST_MEGABYTES]


def table(bars: list[Bar]) -> str:
    words = {True: "passed", False: "MISSED", None: "not measured"}
    lines = ["bars"]
    for bar in bars:
        value = "-" if bar.value is None else f"{bar.value:.3f}"
        lines.append(f"  {words[bar.passed]:12} {bar.name:62} {value:>8}  {'at least' if bar.at_least else 'at most'} {bar.limit:.3f}")
    return "\n".join(lines)
