"""What the figures depend on: the CPU, its instruction sets, and every version."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess

import files

PACKAGES = ("onnxruntime", "ai-edge-litert", "opencv-python-headless", "ncnn", "numpy")
INSTRUCTION_SETS = ("avx512_vnni", "avx_vnni", "avx2", "sse4_1", "i8mm", "asimddp", "asimd")
"""As `/proc/cpuinfo` names them; those that int8 kernels care about."""
BEYOND_AVX2 = ("avx512_vnni", "avx_vnni")


def _cpuinfo() -> dict[str, str]:
    try:
        lines = open("/proc/cpuinfo").read().split("\n\n")[0].splitlines()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def cpu() -> str:
    info = _cpuinfo()
    family = f" (family {info['cpu family']}, model {info['model']})" if "cpu family" in info else ""
    return info.get("model name", platform.processor() or platform.machine()) + family


def instruction_sets() -> list[str]:
    info = _cpuinfo()
    flags = (info.get("flags") or info.get("Features") or "").split()
    return [name for name in INSTRUCTION_SETS if name in flags]


def versions() -> dict[str, str]:
    def of(command):
        try:
            return subprocess.run(command, cwd=files.ROOT, capture_output=True, encoding="utf-8").stdout.strip()
        except OSError:
            return ""

    result = {"moue": of(["git", "describe", "--always", "--dirty"]), "rustc": of(["rustc", "--version"]).removeprefix("rustc ")}
    for name in PACKAGES:
        try:
            result[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    lock = (files.ROOT / "Cargo.lock").read_text()
    result["tract-onnx"] = lock.split('name = "tract-onnx"\nversion = "', 1)[-1].split('"', 1)[0]
    result["python"] = platform.python_version()
    return result


def load() -> float:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0]
