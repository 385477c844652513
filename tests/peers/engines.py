"""The other engines, all with the same three methods: `show` takes a u8 picture, `run` is what gets timed, `outputs` tells what came out.

`run` does what an app would do for each picture once it has the input in the engine's own layout: no conversion of bytes is timed for
the others, while Moue's own `run` starts from luma bytes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from network_file import NetworkFile


def _f32(luma: np.ndarray) -> np.ndarray:
    return luma.astype(np.float32) / np.float32(255)


def _channels_last(value: np.ndarray) -> np.ndarray:
    """[1, C] or [1, C, H, W] flat, the channels running fastest."""
    return np.moveaxis(value[0], 0, -1).ravel().astype(np.float32)


class OnnxRuntime:
    def __init__(self, path: Path, luma: np.ndarray, exact: bool = False):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        if exact:
            options.add_session_config_entry("session.x64quantprecision", "1")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._names = [output.name for output in self._session.get_outputs()]
        self.show(luma)

    def show(self, luma: np.ndarray) -> None:
        self._feed = {"luma": _f32(luma)[None, None]}

    # `run` with its dictionary costs some 4 us; binding inputs and outputs costs more.
    def run(self) -> None:
        self._values = self._session.run(self._names, self._feed)

    def outputs(self, count: int) -> list[np.ndarray]:
        return [_channels_last(value) for value in self._values[:count]]


class LiteRt:
    """ai-edge-litert, whose default delegate is XNNPACK; it must have taken over the network, or this fails."""

    def __init__(self, path: Path, luma: np.ndarray, names: tuple[str, ...]):
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_path=str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        # The list goes on naming what the delegate has taken over; a delegate that makes the outputs has taken over the end of the network at
        # least, and a single one all of it.
        delegates = [each for each in self._interpreter._get_ops_details() if each["op_name"] == "DELEGATE"]
        made = {int(index) for each in delegates for index in each["outputs"]}
        if len(delegates) != 1 or not made.issuperset(each["index"] for each in self._interpreter.get_output_details()):
            raise RuntimeError(f"XNNPACK has not taken over the whole network ({len(delegates)} delegated parts)")
        self._input = self._interpreter.get_input_details()[0]
        details = self._interpreter.get_signature_runner().get_output_details()
        self._outputs = [details[name] for name in names]
        self.show(luma)

    def show(self, luma: np.ndarray) -> None:
        value = _f32(luma)[None, :, :, None]
        if self._input["dtype"] == np.int8:
            scale, zero = self._input["quantization"]
            value = np.clip(np.rint(value / scale + zero), -128, 127).astype(np.int8)
        self._interpreter.set_tensor(self._input["index"], value)

    def run(self) -> None:
        self._interpreter.invoke()

    def outputs(self, count: int) -> list[np.ndarray]:
        values = []
        for detail in self._outputs[:count]:
            value = self._interpreter.get_tensor(detail["index"]).ravel().astype(np.float32)
            if detail["dtype"] == np.int8:
                scale, zero = detail["quantization"]
                value = (value - zero) * scale
            values.append(value)
        return values


class OpenCv:
    def __init__(self, path: Path, luma: np.ndarray, names: tuple[str, ...]):
        import cv2

        cv2.setNumThreads(1)
        self._net, self._names = cv2.dnn.readNetFromONNX(str(path)), names
        self.show(luma)

    def show(self, luma: np.ndarray) -> None:
        self._luma = _f32(luma)[None, None]

    def run(self) -> None:
        self._net.setInput(self._luma)
        self._values = self._net.forward(self._names)

    def outputs(self, count: int) -> list[np.ndarray]:
        return [_channels_last(value) for value in self._values[:count]]


class Ncnn:
    def __init__(self, base: Path, luma: np.ndarray, names: tuple[str, ...]):
        import ncnn

        self._ncnn, self._net, self._names = ncnn, ncnn.Net(), names
        self._net.opt.num_threads = 1
        for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
            setattr(self._net.opt, option, False)
        if self._net.load_param(f"{base}.param") or self._net.load_model(f"{base}.bin"):
            raise RuntimeError(f"ncnn can't load {base}")
        self.show(luma)

    def show(self, luma: np.ndarray) -> None:
        self._luma = np.ascontiguousarray(_f32(luma)[None])
        self._mat = self._ncnn.Mat(self._luma)

    def run(self) -> None:
        extractor = self._net.create_extractor()
        extractor.input("luma", self._mat)
        self._values = [extractor.extract(name)[1] for name in self._names]

    def outputs(self, count: int) -> list[np.ndarray]:
        values = [np.array(value) for value in self._values[:count]]
        return [_channels_last(value[None]) if value.ndim == 3 else value.ravel() for value in values]


class Tracted:
    """tract, its outputs laid out as the others'."""

    def __init__(self, tract, network: NetworkFile):
        self._tract = tract
        self._channels = {layer.name: len(layer.bias) for layer in network.layers if layer.kind == "conv"}
        self._names = network.outputs
        self.show, self.run = tract.show, tract.run

    def outputs(self, count: int) -> list[np.ndarray]:
        return [value.reshape(self._channels[name], -1).T.ravel() for name, value in zip(self._names, self._tract.outputs(count))]
