"""Moue against other runtimes, side by side in one process, one thread, the same pictures: `python tests/peers/bench.py`.

See README.md beside this for what it needs and what it prints.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import files

if "--as-avx2" in sys.argv:
    # Before the engines below ask what the CPU can do.
    import avx2_only

    avx2_only.hide(files.default_folder() / "avx2")

import bars
import clip
import frame
import layers
import machine
import native
import networks
import pictures
import startup
import timing
from models import SPECS

PARTS = ("networks", "layers", "frame", "clip", "startup", "arm64")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Times Moue's engine beside other runtimes and judges it by its bars.")
    parser.add_argument("--models", type=Path, default=files.default_folder(), help="what models.py made (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=[spec.name for spec in SPECS], help="these networks alone")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="these parts alone")
    parser.add_argument("--kernels", nargs="+", default=[], metavar="NAME", help="these kernel sets of ours besides the best, or `all`")
    parser.add_argument("--layers", nargs="+", default=[bars.CLASSIFIER], choices=[spec.name for spec in SPECS], help="networks shown operation by operation")
    parser.add_argument("--exact", action="store_true", help="time ONNX Runtime's exact int8 mode as well, even where the CPU has VNNI")
    parser.add_argument("--seconds", type=float, default=6.0, help="how long each network is timed, all engines together (default: %(default)s)")
    parser.add_argument("--as-avx2", action="store_true", help="hide AVX-512 and AVX-VNNI from every engine (x86-64 Linux; see avx2_only.py)")
    parser.add_argument("--yunet", type=Path, metavar="ONNX", help="OpenCV's YuNet weights, to join the whole-frame comparison")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--plot", type=Path, metavar="DIR", help="draw them there")
    return parser.parse_args()


def arm64() -> dict | None:
    """What `arm_instructions.py` predicts and prints; nothing where its tools are missing, which it says."""
    print("\nARM64, predicted:", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        predicted = Path(folder) / "arm64.json"
        done = subprocess.run([sys.executable, str(Path(__file__).with_name("arm_instructions.py")), "--json", str(predicted)])
        return json.loads(predicted.read_text()) if done.returncode == 0 else None


def main() -> None:
    options = arguments()
    specs = networks.chosen(options.only, options.models)
    built = native.build(("tract",) if "networks" in options.parts else ())
    library = native.Library(avx2_only.patched(built, files.default_folder() / "avx2") if options.as_avx2 else built)
    shared = startup.build() if "startup" in options.parts else None
    supported = library.kernel_sets()
    best = supported[0]
    sets = supported if options.kernels == ["all"] else options.kernels
    report = {
        "cpu": machine.cpu(),
        "isa": best,
        "instruction_sets": [name for name in machine.instruction_sets() if not (options.as_avx2 and name in machine.BEYOND_AVX2)],
        "versions": machine.versions(),
        "pinned_to": timing.pin(),
        "load_before": machine.load(),
        "rows": [],
    }
    print(f"{report['cpu']}; {' '.join(report['instruction_sets'])}; load {report['load_before']:.1f}")
    print(", ".join(f"{name} {version}" for name, version in report["versions"].items()))
    print(f"our kernels: {best} (can run: {' '.join(supported)}); one thread on CPU {report['pinned_to']}", flush=True)

    vnni = any("vnni" in name for name in report["instruction_sets"])
    results: dict[str, networks.Result] = {}
    peaks = [library.peak(best, layers.PEAK_TRIES)]
    if "networks" in options.parts:
        # With VNNI there is one mode: nothing saturates.
        exact = options.exact or ("avx2" in report["instruction_sets"] and not vnni)
        for spec in specs:
            results[spec.name] = networks.measure(spec, options.models, library, sets, exact, options.seconds)
            print("\n" + networks.table(results[spec.name]), flush=True)
            peaks.append(library.peak(best, layers.PEAK_TRIES))
    # The clock changes while we measure: the peak is the highest that was seen beside the runs.
    peak = max(peaks)
    report["peak_multiply_adds_per_second"] = peak
    print(f"\nmeasured int8 peak of {best}: " + (f"{peak / 1e9:.0f} G multiply-adds/s" if peak else "these kernels have no loop to measure it with"))
    by_layer = {}
    if "layers" in options.parts:
        for spec in SPECS:
            if spec.name in options.layers:
                by_layer[spec.name] = layers.measure(spec, options.models, library, best)
                print("\n" + layers.table(spec.name, best, by_layer[spec.name], peak), flush=True)

    judged = bars.against_peers(results, vnni) + [bars.of_peak(results, peak)]
    if "frame" in options.parts:
        times = frame.measure(library, options.models / "expression.onnx", options.yunet, options.seconds)
        print("\n" + frame.table(times), flush=True)
        fastest = min(each.shortest for name, each in times.items() if name != networks.OURS)
        judged.append(bars.Bar("whole frame / fastest of OpenCV + onnxruntime_int8", times[networks.OURS].shortest / fastest, bars.MOST_OF_OPENCV))
        report["frame"] = {name: vars(each) for name, each in times.items()}
    if "clip" in options.parts:
        ways = clip.measure(library, options.models / "expression.onnx")
        print("\n" + clip.table(ways), flush=True)
        judged += clip.bars_of(ways)
        report["clip"] = {name: vars(each) for name, each in ways.items()}
    if shared:
        height, width = pictures.FRAME
        started = startup.measure(shared, pictures.frame().tobytes(), width, height)
        print("\n" + startup.table(started, shared), flush=True)
        judged.append(bars.Bar("loading and first answer, ms, warm file cache", started["warm"].total_ms, bars.MOST_STARTUP_MS))
        judged.append(bars.Bar("loading and first answer, MB of resident memory", max(each.megabytes for each in started.values()), bars.MOST_STARTUP_MB))
        report["startup"] = {name: vars(each) for name, each in started.items()}
    judged += bars.of_sizes()
    print("\n" + bars.table(judged))
    if "arm64" in options.parts:
        report["arm64"] = arm64()

    report["load_after"] = machine.load()
    print(f"\nload at the end {report['load_after']:.1f}; compare shortest times: medians hold what else ran here", flush=True)
    for name, result in results.items():
        for engine, times in result.times.items():
            size = result.spec.height if result.spec.height == result.spec.width else f"{result.spec.width}x{result.spec.height}"
            report["rows"].append({"model": name, "size": size, "engine": engine, "ms_min": times.shortest, "ms_median": times.median})
    report["layers"] = {name: [{"node": each.operation.node, "kind": each.kind, "ms": each.ms, "multiply_adds": each.operation.multiply_adds} for each in times] for name, times in by_layer.items()}
    report["bars"] = [vars(bar) | {"passed": bar.passed} for bar in judged]
    if options.json:
        part = options.json.with_name(options.json.name + ".part")
        part.write_text(json.dumps(report, indent=1) + "\n")
        os.replace(part, options.json)
    if options.plot:
        import plots

        title = f"{report['cpu']}, {best}, one thread"
        for name, times in by_layer.items():
            plots.per_layer(options.plot, name, f"{name}: {title}", times, peak)
        if results:
            plots.against_peers(options.plot, list(results.values()), title)


if __name__ == "__main__":
    main()
