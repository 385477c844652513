"""Makes every model file that the comparison runs, into a folder outside the checkout: `python tests/peers/models.py [--out DIR]`.

The networks are the three that ship and MobileNetV2 1.0 on one channel with seven outputs at five sizes, all with trained weights from this
repository: their activations are real, and the outputs depend on the input. For each: int8 in our format (`NAME.onnx`), the same
weights in f32 (`NAME.f32.onnx`), through TensorFlow's converter (`NAME.f32.tflite`, `NAME.int8.tflite`) and for ncnn
(`NAME.f32.*`, `NAME.int8.*`). `bench.py` times them.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import files
import pictures

TRAINING = files.ROOT / "models" / "training"
CALIBRATION = 128
"""Pictures on which activation grids are chosen."""
SEED = 5


@dataclass(frozen=True)
class Spec:
    """A network of the comparison. `stem_stride` is None for one that ships."""

    name: str
    height: int
    width: int
    stem_stride: int | None

    def pictures(self, count: int, seed: int) -> np.ndarray:
        """u8 [count, height, width] of what the network is for."""
        if self.height != self.width:
            return pictures.scenes(self.height, self.width, count, seed)
        return pictures.faces(self.height, count, seed)


SPECS = (
    Spec("expression", 48, 48, None),
    Spec("refiner", 64, 64, None),
    Spec("detector", 256, 320, None),
    Spec("mobilenet48", 48, 48, 1),
    Spec("mobilenet64", 64, 64, 2),
    Spec("mobilenet96", 96, 96, 2),
    Spec("mobilenet112", 112, 112, 2),
    Spec("mobilenet224", 224, 224, 2),
)


def write_int8(spec: Spec, path: Path) -> None:
    """The file in our format: the shipped one, or the shipped expression network's weights at another size, with grids chosen anew."""
    if spec.stem_stride is None:
        shutil.copyfile(files.ROOT / "models" / f"{spec.name}.onnx", path)
        return
    sys.path.insert(0, str(TRAINING))
    import torch
    from moue_training import export, expression, quantize, run

    torch.set_num_threads(1)
    shipped, net = expression.build(), expression.build(spec.stem_stride, ("logits",))
    for each in (shipped, net):
        quantize.fold(each)
    run.load_weights(shipped, TRAINING / "checkpoints" / "expression.npz")
    for grid in shipped.grids.values():
        grid.on = False
    with torch.no_grad():
        for name, conv in net.convs.items():
            source = shipped.convs["consensus" if name == "logits" else name]
            conv.weight.copy_(source.weight)
            conv.bias.copy_(source.bias)
    luma = torch.from_numpy(spec.pictures(CALIBRATION, SEED))[:, None].float() / 255
    quantize.prepare(net, list(luma.split(16)))
    export.write(net, path, (spec.height, spec.width), {"moue.kind": "expression", "moue.version": "peers"})


def make(spec: Spec, out: Path) -> None:
    import network_file
    import to_ncnn
    import to_tflite

    int8 = out / f"{spec.name}.onnx"
    write_int8(spec, int8)
    network = network_file.read(int8, spec.height, spec.width)
    network_file.write_f32(network, out / f"{spec.name}.f32.onnx")
    to_ncnn.write(network, out / spec.name)
    luma = spec.pictures(CALIBRATION, SEED).astype(np.float32) / np.float32(255)
    to_tflite.write(network, luma, out / f"{spec.name}.f32.tflite", out / f"{spec.name}.int8.tflite")


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the model files that bench.py times.")
    parser.add_argument("--out", type=Path, default=files.default_folder(), help="where they go (default: %(default)s)")
    parser.add_argument("--only", nargs="*", choices=[spec.name for spec in SPECS], help="these alone")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for spec in SPECS:
        if not options.only or spec.name in options.only:
            make(spec, options.out)
            print(f"{spec.name}: made", flush=True)


if __name__ == "__main__":
    main()
