"""Predictions for ARM64, where no hardware is at hand: instructions of an inference, counted by QEMU, and the pace of the inner loops on a
Cortex-A76 (its twin Neoverse N1), simulated by llvm-mca. Both are deterministic; neither is a time.

    python tests/peers/arm_instructions.py [--network NAME HEIGHT WIDTH] [--json FILE]

Needs qemu-aarch64 (7.2 or newer, with plugins), cc, llvm-objdump and llvm-mca, and `rustup target add aarch64-unknown-linux-musl`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = "aarch64-unknown-linux-musl"
SETS = ("neon_i8mm", "neon_dotprod", "neon")

PRODUCTS_OF_SDOT = 16
MOST_TIMES_SDOT = 2.5
"""Instructions of the dot-product kernels, as a multiple of the `sdot` that the network's products need."""
MOST_OF_DOTPROD = 0.75
"""Instructions of the matrix-product kernels, as a share of the dot-product kernels'."""
LEAST_OF_PEAK = 0.80
"""Multiplying instructions of an inner loop, as a share of those that the CPU could start in its time."""

CPU = "neoverse-n1"
SDOT_PER_CYCLE = 2.0
"""What Neoverse N1 starts in a cycle (Arm, Neoverse N1 Software Optimization Guide). It has no matrix products to simulate."""
ITERATIONS = 100


@dataclass(frozen=True)
class Loop:
    """A loop of a kernel: `name` is how many of its instructions multiply."""

    name: str
    lines: list[str]
    multiplies: int


def build() -> Path:
    environment = {**os.environ, "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER": "rust-lld"}
    command = ["cargo", "build", "--quiet", "--locked", "--release", "--package", "moue-nn", "--example", "repeat", "--target", TARGET]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / TARGET / "release/examples/repeat"


def plugin(folder: Path) -> Path:
    library = folder / "counter.so"
    source = Path(__file__).with_name("instruction_counter.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


def count(program: Path, counter: Path, arguments: list[str], kernels: str) -> tuple[int, int]:
    """Instructions and products of one inference: what two more cost than one alone, halved."""

    def run(times: int) -> tuple[int, int]:
        model, *size = arguments
        command = ["qemu-aarch64", "-cpu", "max", "-plugin", counter, "-d", "plugin", program, model, kernels, str(times), *size]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(re.search(r"^instructions (\d+)$", done.stderr, re.MULTILINE)[1]), int(done.stdout)

    (once, products), (thrice, _) = run(1), run(3)
    return (thrice - once) // 2, products


def tool(name: str) -> str:
    """LLVM's tools carry their version in Debian, and may do so without a plain name."""
    versions = [f"{name}-{version}" for version in range(21, 13, -1)]
    for candidate in (name, *versions):
        if shutil.which(candidate):
            return candidate
    raise SystemExit(f"{name} is missing: install Debian's `llvm`")


def loops(program: Path) -> list[Loop]:
    """Inner loops of the dot-product tiles: straight code from a label back to it, with `sdot` in it."""
    disassembly = subprocess.run(
        [tool("llvm-objdump"), "-d", "--no-show-raw-insn", "--mattr=+dotprod,+i8mm", program], capture_output=True, text=True, check=True
    ).stdout
    found = []
    for function in re.split(r"\n(?=[0-9a-f]+ <)", disassembly):
        head, *body = function.splitlines()
        if "kernels..neon_dotprod.." not in head or "4tile7tile_of" not in head:
            continue
        code = [(int(match[1], 16), match[2]) for line in body if (match := re.match(r"\s*([0-9a-f]+):\s+(.*)", line))]
        place = {address: index for index, (address, _) in enumerate(code)}
        for index, (address, text) in enumerate(code):
            back = re.match(r"b\.(?:ne|lo|hi|hs|ls)\s+0x([0-9a-f]+)", text)
            start = place.get(int(back[1], 16)) if back else None
            if start is None or start >= index:
                continue
            lines = [text for _, text in code[start : index + 1]]
            branches = sum(bool(re.match(r"(b|b\.\w+|cb\w+|tb\w+|bl|ret)\s", line + " ")) for line in lines)
            multiplies = sum(line.split()[0] == "sdot" for line in lines)
            if branches == 1 and multiplies:
                found.append(Loop(f"{multiplies} sdot of {len(lines)}", lines, multiplies))
    # The same loop stands in a function for each way of storing results.
    unique = {loop.name: loop for loop in found}
    return sorted(unique.values(), key=lambda loop: -loop.multiplies)


def cycles(loop: Loop) -> float:
    """Cycles of a round, by llvm-mca."""
    text = "\n".join(["1:", *(re.sub(r"0x[0-9a-f]+.*", "1b", line) if line.startswith("b.") else line for line in loop.lines)])
    command = [tool("llvm-mca"), "-mtriple=aarch64", f"-mcpu={CPU}", f"-iterations={ITERATIONS}", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return int(re.search(r"Total Cycles:\s+(\d+)", done.stdout)[1]) / ITERATIONS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", nargs="+", default=["expression"], metavar="NAME", help="a shipped network, and HEIGHT WIDTH where it takes any")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    name, *size = options.network
    program = build()
    with tempfile.TemporaryDirectory() as folder:
        counter = plugin(Path(folder))
        counts = {kernels: count(program, counter, [str(ROOT / f"models/{name}.onnx"), *size], kernels) for kernels in SETS}
    products = counts["neon_dotprod"][1]
    needed = products / PRODUCTS_OF_SDOT

    print(f"{name}: {products:,} products, {needed:,.0f} sdot; predictions, no times\n")
    print(f"{'kernels':14} {'instructions':>14} {'times sdot':>11} {'of dotprod':>11}")
    rows = []
    for kernels, (instructions, _) in counts.items():
        row = {"kernels": kernels, "instructions": instructions, "times_sdot": instructions / needed, "of_dotprod": instructions / counts["neon_dotprod"][0]}
        rows.append(row)
        print(f"{kernels:14} {instructions:14,} {row['times_sdot']:11.2f} {row['of_dotprod']:11.3f}")

    print(f"\nLoops of the dot-product tiles on {CPU}, by llvm-mca: the widest, which nearly all pixels run through, first\n")
    print(f"{'sdot of instructions':24} {'cycles':>8} {'of peak':>8}")
    paces = []
    for loop in loops(program):
        took = cycles(loop)
        paces.append({"loop": loop.name, "cycles": took, "of_peak": loop.multiplies / SDOT_PER_CYCLE / took})
        print(f"{loop.name:24} {took:8.2f} {paces[-1]['of_peak']:8.0%}")

    by_kernels = {row["kernels"]: row for row in rows}
    widest = paces[0] if paces else None
    bars = [
        {"bar": "dotprod, times sdot", "value": by_kernels["neon_dotprod"]["times_sdot"], "most": MOST_TIMES_SDOT},
        {"bar": "i8mm, of dotprod", "value": by_kernels["neon_i8mm"]["of_dotprod"], "most": MOST_OF_DOTPROD},
        {"bar": "widest dotprod loop, of peak", "value": widest and widest["of_peak"], "least": LEAST_OF_PEAK},
    ]
    print()
    for bar in bars:
        value = bar["value"]
        bar["passed"] = value is not None and (value <= bar["most"] if "most" in bar else value >= bar["least"])
        limit = f"at most {bar['most']}" if "most" in bar else f"at least {bar['least']}"
        print(f"{'passed' if bar['passed'] else 'missed'}  {bar['bar']}: {value:.3f}, {limit}" if value is not None else f"missed  {bar['bar']}: not found")
    if options.json:
        report = {"network": name, "products": products, "rows": rows, "loops": paces, "bars": bars}
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
