"""How long it takes to load all models and give the first answer, and what memory stays: measured in fresh child processes, on the
library of `tests/size`, which holds what ships and nothing else.

Two figures, since an app meets both: `warm`, the library's file already in the system's file cache, and `cold`, dropped from it
beforehand, so that the disk is read as well. Time and memory count from before the library is opened; pages of the file that were
touched count as memory.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import files

CHILDREN = 9


@dataclass(frozen=True)
class Startup:
    """The best child: milliseconds to open the library and to load and answer, and megabytes (10^6 bytes) of resident memory gained."""

    open_ms: float
    answer_ms: float
    megabytes: float
    private_megabytes: float

    @property
    def total_ms(self) -> float:
        return self.open_ms + self.answer_ms


def build() -> Path:
    """Builds the library as `cargo xtask test --suite size` does and returns where cargo put it."""
    command = [os.environ.get("CARGO", "cargo"), "build", "--quiet", "--locked", "--profile", "ship", "-p", "moue-size", "--message-format=json"]
    done = subprocess.run(command, cwd=files.ROOT, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode:
        raise SystemExit("tests/size does not build; see above")
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    built = (m for m in messages if m["reason"] == "compiler-artifact" and m["target"]["name"] == "moue_size")
    return Path(next(built)["filenames"][0])


def measure(library: Path, frame: bytes, width: int, height: int) -> dict[str, Startup]:
    return {name: _best(library, frame, width, height, name == "cold") for name in ("warm", "cold")}


def _best(library: Path, frame: bytes, width: int, height: int, cold: bool) -> Startup:
    results = []
    for _ in range(CHILDREN):
        with open(library, "rb") as file:
            if cold:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            else:
                file.read()
        child = subprocess.run([sys.executable, __file__, str(library), str(width), str(height)], input=frame, stdout=subprocess.PIPE, check=True)
        results.append(Startup(**json.loads(child.stdout)))
    return min(results, key=lambda result: result.total_ms)


def _resident() -> tuple[int, int]:
    """Bytes in memory: all, and those that no file stands behind."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    kilobytes = lambda name: int(fields[name].split()[0]) * 1024
    return kilobytes("VmRSS"), kilobytes("RssAnon")


def _child(path: str, width: int, height: int) -> None:
    frame = sys.stdin.buffer.read()
    before = _resident()
    start = time.perf_counter()
    library = ctypes.CDLL(path)
    opened = time.perf_counter()
    faces = library.moue_size_faces(frame, width, height)
    answered = time.perf_counter()
    after = _resident()
    if faces != 1:
        raise SystemExit(f"{faces} faces in a frame with one")
    print(
        json.dumps(
            {
                "open_ms": (opened - start) * 1e3,
                "answer_ms": (answered - opened) * 1e3,
                "megabytes": (after[0] - before[0]) / 1e6,
                "private_megabytes": (after[1] - before[1]) / 1e6,
            }
        )
    )


def table(results: dict[str, Startup], library: Path) -> str:
    lines = [
        f"loading all models and the first answer (a 640x480 frame with one face), best of {CHILDREN} fresh processes",
        f"  {'file cache':10} {'open ms':>8} {'load and answer ms':>19} {'resident MB':>12} {'of it private':>14}",
    ]
    for name, each in results.items():
        lines.append(f"  {name:10} {each.open_ms:8.2f} {each.answer_ms:19.2f} {each.megabytes:12.2f} {each.private_megabytes:14.2f}")
    lines.append(f"  stripped shared library with models, without tract: {library.stat().st_size / 1e6:.2f} MB")
    return "\n".join(lines)


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
