"""A network as ncnn's own converters would leave it: a `.param` text and a `.bin` of weights, in f32 and in int8.

ncnn's tools that quantise aren't in its Python package, so the int8 file is written here as `ncnn2int8` lays it out: weights s8 per channel,
activations s8 per tensor without a zero point, and a layer whose readers are all convolutions hands its result on as int8.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from network_file import Layer, NetworkFile, replace

MAGIC = 7767517
RELU, CLIP = 1, 3
HANDS_ON_INT8 = 100
"""Added to a layer's int8 term when its result stays int8."""


def write(network: NetworkFile, base: Path) -> None:
    """Writes `BASE.f32.param`, `.bin` and `BASE.int8.param`, `.bin`."""
    for kind in ("f32", "int8"):
        param, weights = _Writer(network, kind == "int8").files()
        replace(base.with_name(f"{base.name}.{kind}.bin"), weights)
        replace(base.with_name(f"{base.name}.{kind}.param"), param.encode())


class _Writer:
    def __init__(self, network: NetworkFile, int8: bool):
        self.network, self.int8 = network, int8
        self.lines: list[str] = []
        self.blobs = 0
        self.weights: list[bytes] = []
        self.readers: dict[str, list[Layer]] = {}
        for layer in network.layers:
            for name in layer.inputs:
                self.readers.setdefault(name, []).append(layer)
        # Names of a blob that several layers read, one for each of them.
        self.copies: dict[str, list[str]] = {}

    def files(self) -> tuple[str, bytes]:
        self._layer("Input", "luma", [], "luma", {0: self.network.width, 1: self.network.height, 2: 1})
        for layer in self.network.layers:
            inputs = [self.copies[name].pop(0) if name in self.copies else name for name in layer.inputs]
            if layer.kind == "add":
                self._layer("BinaryOp", layer.name, inputs, layer.name, {0: 0})
            elif layer.kind == "pool":
                self._layer("Pooling", layer.name, inputs, layer.name, {0: 1, 4: 1})
            else:
                self._convolution(layer, inputs)
        return "\n".join([str(MAGIC), f"{len(self.lines)} {self.blobs}", *self.lines]) + "\n", b"".join(self.weights)

    def _layer(self, kind: str, name: str, inputs: list[str], output: str, parameters: dict[int, object]) -> None:
        values = " ".join(f"{key}={value}" for key, value in parameters.items())
        self.lines.append(" ".join([kind, name, str(len(inputs)), "1", *inputs, output, values]))
        self.blobs += 1
        count = len(self.readers.get(output, []))
        if count > 1:
            copies = [f"{output}.{i}" for i in range(count)]
            self.lines.append(" ".join(["Split", f"{output}.split", "1", str(count), output, *copies]))
            self.blobs += count
            self.copies[output] = copies

    def _convolution(self, layer: Layer, inputs: list[str]) -> None:
        outputs, size = len(layer.bias), layer.weight.size
        term = self._int8_term(layer)
        if layer.flatten:
            self._layer("InnerProduct", layer.name, inputs, layer.name, {0: outputs, 1: 1, 2: size, 8: term})
        else:
            top, left, bottom, right = layer.pads
            parameters = {0: outputs, 1: layer.weight.shape[2], 3: layer.stride, 4: left, 14: top, 15: right, 16: bottom, 5: 1, 6: size}
            if layer.depthwise:
                parameters[7] = layer.groups
            parameters[8] = term
            if layer.high is not None:
                parameters |= {9: CLIP, -23310: f"2,{layer.low:e},{layer.high:e}"}
            elif layer.low is not None:
                parameters[9] = RELU
            self._layer("ConvolutionDepthWise" if layer.depthwise else "Convolution", layer.name, inputs, layer.name, parameters)
        tag = np.array(0, "<u4").tobytes()  # Raw f32 follows; ncnn rounds to int8 at load where the layer has scales.
        self.weights += [tag, layer.weight.astype("<f4").tobytes(), layer.bias.astype("<f4").tobytes()]
        if term:
            largest = np.abs(layer.weight).max((1, 2, 3))
            self.weights += [(127 / np.maximum(largest, 1e-12)).astype("<f4").tobytes(), self._scale(layer.inputs[0])]
        if term > HANDS_ON_INT8:
            self.weights.append(self._scale(layer.name))

    def _int8_term(self, layer: Layer) -> int:
        if not self.int8:
            return 0
        readers = self.readers.get(layer.name, [])
        return 1 + HANDS_ON_INT8 * bool(readers and not layer.flatten and all(reader.kind == "conv" for reader in readers))

    def _scale(self, tensor: str) -> bytes:
        low, high = self.network.ranges[tensor]
        return np.array(127 / max(-low, high), "<f4").tobytes()
