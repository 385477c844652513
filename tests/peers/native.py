"""The library of `tests/peers/native` through ctypes: Moue's engine and analyzer, and tract."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from ctypes import POINTER, c_char_p, c_double, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import files

LARGEST_OUTPUT = 1 << 16


@dataclass(frozen=True)
class Operation:
    """One fused operation of the engine's plan; sizes are those of its result."""

    node: str
    kind: str
    kernel: int
    stride: int
    inputs: int
    outputs: int
    height: int
    width: int
    multiply_adds: int


class _Face(ctypes.Structure):
    _fields_ = [("x", c_float), ("y", c_float), ("width", c_float), ("height", c_float), ("expression", c_int32)]


_SIGNATURES = {
    "peers_error": (c_char_p, []),
    "peers_kernels": (c_char_p, []),
    "peers_peak": (c_double, [c_char_p, c_size_t]),
    "peers_engine_load": (c_void_p, [c_char_p, c_size_t, c_size_t, c_size_t, c_char_p]),
    "peers_engine_operations": (c_char_p, [c_void_p]),
    "peers_engine_run": (c_int32, [c_void_p, c_void_p, c_size_t]),
    "peers_engine_output": (c_size_t, [c_void_p, c_size_t, c_void_p, c_size_t]),
    "peers_engine_observe": (c_int32, [c_void_p, c_void_p, c_size_t, c_size_t, c_void_p, c_size_t]),
    "peers_engine_free": (None, [c_void_p]),
    "peers_tract_load": (c_void_p, [c_char_p, c_size_t, c_size_t, c_size_t]),
    "peers_tract_run": (c_int32, [c_void_p, c_void_p]),
    "peers_tract_output": (c_size_t, [c_void_p, c_size_t, c_void_p, c_size_t]),
    "peers_tract_free": (None, [c_void_p]),
    "peers_analyzer_load": (c_void_p, []),
    "peers_analyzer_run": (c_int32, [c_void_p, c_void_p, c_uint32, c_uint32, POINTER(_Face)]),
    "peers_analyzer_free": (None, [c_void_p]),
    "peers_session_load": (c_void_p, []),
    "peers_session_run": (c_int32, [c_void_p, c_void_p, c_uint32, c_uint32, c_uint64, POINTER(_Face), c_size_t]),
    "peers_session_free": (None, [c_void_p]),
}


def build(features: tuple[str, ...] = ("tract",)) -> Path:
    """Builds the library in release and returns where cargo put it. Without `tract` among the features, `Tract` isn't there."""
    done = subprocess.run(
        [os.environ.get("CARGO", "cargo"), "build", "--quiet", "--locked", "--release", "-p", "moue-peers", "--message-format=json",
         "--no-default-features", "--features", ",".join(features)],
        cwd=files.ROOT, stdout=subprocess.PIPE, encoding="utf-8",
    )
    if done.returncode:
        raise SystemExit("tests/peers/native does not build; see above")
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    built = (m for m in messages if m["reason"] == "compiler-artifact" and m["target"]["name"] == "moue_peers")
    return Path(next(built)["filenames"][0])


class Library:
    def __init__(self, path: Path):
        self._library = ctypes.CDLL(str(path))
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self._library, name, None)
            if function is None and name.startswith("peers_tract"):
                continue
            function.restype, function.argtypes = result, arguments

    def __getattr__(self, name: str):
        return getattr(self._library, f"peers_{name}")

    def error(self) -> str:
        return self._library.peers_error().decode()

    def kernel_sets(self) -> list[str]:
        """Those that this CPU can run, the fastest first."""
        return self._library.peers_kernels().decode().split()

    def peak(self, kernels: str, tries: int) -> float:
        """Multiply-adds a second of the set's own instruction; 0 where the set has no loop to measure it."""
        return self._library.peers_peak(kernels.encode(), tries)


class Moue:
    """A model on `moue-nn`. `kernels` names a set; None leaves the choice to the engine."""

    def __init__(self, library: Library, path: Path, luma: np.ndarray, kernels: str | None):
        data = path.read_bytes()
        self._library = library
        self._handle = library.engine_load(data, len(data), *luma.shape, (kernels or "").encode())
        if not self._handle:
            raise RuntimeError(library.error())
        self._run = library.engine_run
        self.show(luma)

    def show(self, luma: np.ndarray) -> None:
        self._luma = np.ascontiguousarray(luma)
        self._arguments = (self._handle, self._luma.ctypes.data, self._luma.size)

    def run(self) -> None:
        self._run(*self._arguments)

    def outputs(self, count: int) -> list[np.ndarray]:
        """Each output flat, its channels running fastest."""
        values = np.empty(LARGEST_OUTPUT, np.float32)
        lengths = lambda index: self._library.engine_output(self._handle, index, values.ctypes.data, values.size)
        return [values[: lengths(index)].copy() for index in range(count)]

    def operations(self) -> list[Operation]:
        rows = [line.split("\t") for line in self._library.engine_operations(self._handle).decode().splitlines()]
        return [Operation(node, kind, *map(int, numbers)) for node, kind, *numbers in rows]

    def observe(self, rounds: int) -> np.ndarray:
        """The shortest time of each operation over `rounds` runs, in milliseconds."""
        times = np.empty(len(self.operations()))
        if self._library.engine_observe(*self._arguments, rounds, times.ctypes.data, times.size):
            raise RuntimeError(self._library.error())
        return times / 1e6

    def __del__(self):
        if getattr(self, "_handle", None):
            self._library.engine_free(self._handle)


class Tract:
    """An ONNX file on tract."""

    def __init__(self, library: Library, path: Path, luma: np.ndarray):
        data = path.read_bytes()
        self._library = library
        self._handle = library.tract_load(data, len(data), *luma.shape)
        if not self._handle:
            raise RuntimeError(library.error())
        self.show(luma)

    def show(self, luma: np.ndarray) -> None:
        self._luma = luma.astype(np.float32) / np.float32(255)

    def run(self) -> None:
        if self._library.tract_run(self._handle, self._luma.ctypes.data):
            raise RuntimeError(self._library.error())

    def outputs(self, count: int) -> list[np.ndarray]:
        """Each output flat, as tract lays it out: rows and pixels running fastest."""
        values = np.empty(LARGEST_OUTPUT, np.float32)
        lengths = lambda index: self._library.tract_output(self._handle, index, values.ctypes.data, values.size)
        return [values[: lengths(index)].copy() for index in range(count)]

    def __del__(self):
        if getattr(self, "_handle", None):
            self._library.tract_free(self._handle)


class Analyzer:
    """Moue whole, with the networks that ship, on luma frames of one size."""

    def __init__(self, library: Library):
        self._library = library
        self._handle = library.analyzer_load()
        if not self._handle:
            raise RuntimeError(library.error())
        self.face = _Face()

    def analyze(self, frame: np.ndarray) -> int:
        """How many faces; `face` then holds the largest."""
        height, width = frame.shape
        count = self._library.analyzer_run(self._handle, frame.ctypes.data, width, height, self.face)
        if count < 0:
            raise RuntimeError(self._library.error())
        return count

    def __del__(self):
        if getattr(self, "_handle", None):
            self._library.analyzer_free(self._handle)


class Session:
    """A live session of Moue's, with the networks that ship, on luma frames of one size."""

    MOST_FACES = 32

    def __init__(self, library: Library):
        self._library = library
        self._handle = library.session_load()
        if not self._handle:
            raise RuntimeError(library.error())
        self._faces = (_Face * self.MOST_FACES)()

    def watch(self, frame: np.ndarray, timestamp: int) -> list[_Face]:
        """The faces that a frame of this time, in nanoseconds, shows; their list is overwritten by the next call."""
        height, width = frame.shape
        count = self._library.session_run(self._handle, frame.ctypes.data, width, height, timestamp, self._faces, self.MOST_FACES)
        if count < 0:
            raise RuntimeError(self._library.error())
        return self._faces[: min(count, self.MOST_FACES)]

    def __del__(self):
        if getattr(self, "_handle", None):
            self._library.session_free(self._handle)
