"""Times every engine on every network of `models.py` and checks that they compute the same."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import agreement
import engines
import native
import network_file
import timing
from models import SPECS, Spec

OURS = "moue"
AGREEMENT_PICTURES = 16
TIMED_SEED, AGREEMENT_SEED = 11, 12


@dataclass(frozen=True)
class Result:
    """One network: times by engine, the lowest correlation of each peer's outputs with ours, and why an engine is missing."""

    spec: Spec
    multiply_adds: int
    times: dict[str, timing.Times]
    correlation: dict[str, float]
    missing: dict[str, str]

    def ratio(self, engine: str) -> float | None:
        """Our shortest time over the engine's."""
        if engine not in self.times:
            return None
        return self.times[OURS].shortest / self.times[engine].shortest


def open_engines(spec: Spec, folder: Path, library: native.Library, kernels: list[str], exact: bool) -> tuple[dict, dict[str, str]]:
    """Those that load, ours first, and a sentence for each that doesn't."""
    picture = spec.pictures(1, TIMED_SEED)[0]
    int8, f32 = folder / f"{spec.name}.onnx", folder / f"{spec.name}.f32.onnx"
    network = network_file.read(int8, spec.height, spec.width)
    names = network.outputs
    tracted = lambda path: engines.Tracted(native.Tract(library, path, picture), network)
    makers = {
        OURS: lambda: native.Moue(library, int8, picture, None),
        **{f"{OURS}_{name}": lambda name=name: native.Moue(library, int8, picture, name) for name in kernels},
        "litert_int8": lambda: engines.LiteRt(folder / f"{spec.name}.int8.tflite", picture, names),
        "litert_f32": lambda: engines.LiteRt(folder / f"{spec.name}.f32.tflite", picture, names),
        "onnxruntime_int8": lambda: engines.OnnxRuntime(int8, picture),
        **({"onnxruntime_int8_exact": lambda: engines.OnnxRuntime(int8, picture, exact=True)} if exact else {}),
        "onnxruntime_f32": lambda: engines.OnnxRuntime(f32, picture),
        "ncnn_int8": lambda: engines.Ncnn(folder / f"{spec.name}.int8", picture, names),
        "ncnn_f32": lambda: engines.Ncnn(folder / f"{spec.name}.f32", picture, names),
        "opencv_f32": lambda: engines.OpenCv(f32, picture, names),
        "tract_f32": lambda: tracted(f32),
        "tract_int8": lambda: tracted(int8),
    }
    opened, missing = {}, {}
    for name, make in makers.items():
        try:
            opened[name] = make()
        # Whatever goes wrong in one peer, the others are still worth timing.
        except Exception as error:
            if name == OURS:
                raise
            missing[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return opened, missing


def measure(spec: Spec, folder: Path, library: native.Library, kernels: list[str], exact: bool, seconds: float) -> Result:
    opened, missing = open_engines(spec, folder, library, kernels, exact)
    pictures = spec.pictures(AGREEMENT_PICTURES, AGREEMENT_SEED)
    count = len(network_file.read(folder / f"{spec.name}.onnx", spec.height, spec.width).outputs)
    correlation: dict[str, float] = {}
    ours = agreement.collect(opened[OURS], pictures, count)
    for name in list(opened):
        # The exact mode is timed where the default one saturates.
        saturates = name == "onnxruntime_int8" and "onnxruntime_int8_exact" in opened
        least = agreement.LEAST_WHEN_SATURATING if saturates else agreement.LEAST_CORRELATION
        try:
            correlation[name] = agreement.check(ours, agreement.collect(opened[name], pictures, count), least)
        except Exception as error:
            missing[name] = f"not timed: {error}"
            del opened[name]
    timed = spec.pictures(1, TIMED_SEED)[0]
    for engine in opened.values():
        engine.show(timed)
    times = timing.side_by_side({name: engine.run for name, engine in opened.items()}, seconds)
    multiply_adds = sum(operation.multiply_adds for operation in opened[OURS].operations())
    return Result(spec, multiply_adds, times, correlation, missing)


def table(result: Result) -> str:
    """Lines for the terminal: time, ratio to ours, and how well the outputs agree."""
    spec = result.spec
    lines = [
        f"{spec.name}  {spec.width}x{spec.height}, {result.multiply_adds / 1e6:.1f} million multiply-adds",
        f"  {'engine':24} {'min ms':>9} {'median ms':>10} {'moue / it':>10} {'rounds':>7} {'agrees':>7}",
    ]
    for name, times in sorted(result.times.items(), key=lambda item: item[1].shortest):
        lines.append(f"  {name:24} {times.shortest:9.4f} {times.median:10.4f} {result.ratio(name):10.3f} {times.rounds:7} {result.correlation[name]:7.4f}")
    lines += [f"  {name:24} {why}" for name, why in result.missing.items()]
    return "\n".join(lines)


def chosen(names: list[str] | None, folder: Path) -> list[Spec]:
    """The networks to time; exits with a sentence where their files haven't been made."""
    specs = [spec for spec in SPECS if not names or spec.name in names]
    absent = [spec.name for spec in specs if not (folder / f"{spec.name}.int8.tflite").exists()]
    if absent:
        sys.exit(f"{folder} has no files of {', '.join(absent)}: make them with `python tests/peers/models.py --out {folder}`")
    return specs
