"""Times engines side by side: one process, one thread, one CPU, round robin, each timed run after an untimed one."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from statistics import median

SLOW_MS = 4.0
"""An engine whose run takes longer joins only every `SLOW_EVERY`th round, so that the fast ones get enough of them."""
SLOW_EVERY = 8
PROBES = 4
"""Runs from which an engine's speed is guessed at first."""
MOST_ROUNDS = 20_000


@dataclass(frozen=True)
class Times:
    """Milliseconds."""

    shortest: float
    median: float
    rounds: int


def pin() -> int:
    """Keeps this process on one CPU, the last it may use, and returns its number."""
    cpu = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpu})
    return cpu


def once(run) -> float:
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1e3


def side_by_side(runs: dict, seconds: float) -> dict[str, Times]:
    """`runs` maps a name to a callable. Lasts about `seconds`."""
    every = {}
    for name, run in runs.items():
        every[name] = SLOW_EVERY if min(once(run) for _ in range(PROBES)) > SLOW_MS else 1
    taken: dict[str, list[float]] = {name: [] for name in runs}
    end = time.perf_counter() + seconds
    for index in range(MOST_ROUNDS):
        for name, run in runs.items():
            if index % every[name] == 0:
                # Brings the engine's own memory back into the caches that the one before has filled.
                run()
                taken[name].append(once(run))
        if time.perf_counter() > end:
            break
    return {name: Times(min(values), median(values), len(values)) for name, values in taken.items()}
