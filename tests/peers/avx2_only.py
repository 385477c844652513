"""Makes a CPU with AVX-512 or AVX-VNNI look like one that has AVX2 only, to every engine in this process but OpenCV, ours included: for
judging the bars of AVX2 where no such CPU is at hand.

The engines ask the CPU with the `cpuid` instruction. Copies of their libraries get `ud2` in its place, which is as long, and a signal handler
(`hide_avx512.c`) gives the answers. Needs a C compiler, `objdump` and `readelf`.
"""

from __future__ import annotations

import ctypes
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("onnxruntime", "ai_edge_litert", "ncnn")
CPUID, UD2 = b"\x0f\xa2", b"\x0f\x0b"


def hide(folder: Path) -> None:
    """Must run before any of the engines is imported. Copies into `folder`, once for each version."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        source = Path(importlib.util.find_spec(package).origin).parent
        if not (folder / package).exists():
            part = folder / f"{package}.part"
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(source, part)
            # Wheels keep a package's own libraries in a folder beside it.
            for beside in source.parent.glob(f"{package}*.libs"):
                shutil.copytree(beside, folder / beside.name, dirs_exist_ok=True)
            for library in part.rglob("*.so*"):
                _patch(library)
            part.rename(folder / package)
    sys.path.insert(0, str(folder))
    handler = folder / "hide_avx512.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", str(Path(__file__).with_name("hide_avx512.c")), "-o", str(handler)], check=True)
    ctypes.CDLL(str(handler))


def patched(library: Path, folder: Path) -> Path:
    """A patched copy of one library."""
    copy = folder / library.name
    shutil.copyfile(library, copy)
    _patch(copy)
    return copy


def _patch(library: Path) -> None:
    """By address of each disassembled instruction: the two bytes alone could be part of another one."""
    listing = subprocess.run(f"objdump -d --no-show-raw-insn '{library}' | grep -w cpuid", shell=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    addresses = [int(line.split(":")[0], 16) for line in listing.splitlines()]
    if not addresses:
        return
    headers = subprocess.run(["readelf", "-lW", str(library)], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    segments = [[int(number, 16) for number in match] for match in re.findall(r"LOAD\s+(0x\w+)\s+(0x\w+)\s+0x\w+\s+(0x\w+)", headers)]
    data = bytearray(library.read_bytes())
    for address in addresses:
        offset, start, _ = next(segment for segment in segments if segment[1] <= address < segment[1] + segment[2])
        place = address - start + offset
        if data[place : place + 2] != CPUID:
            raise SystemExit(f"{library}: no cpuid at {address:#x}")
        data[place : place + 2] = UD2
    library.write_bytes(data)
