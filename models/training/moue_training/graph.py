"""A small network description that the trainer, the quantiser and the exporter all walk.

Only the operators of docs/model-format.md exist here, so whatever trains can be exported. Data, losses and schedules live elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

LARGEST_BIAS = 2**30
"""Steps that a bias may have, so that 32-bit sums have room for the products."""


@dataclass(frozen=True)
class Node:
    """One operator: its kind (`input`, `conv`, `add`, `pool`, `output`), its own name and the names of its inputs."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    channels: int
    flatten: bool = False


class Conv(nn.Module):
    """Convolution, batch norm and activation, as one unit of quantisation.

    Once `fold` has run there is no batch norm: `weight` and `bias` hold everything. `quantized_weights` set to True makes the forward pass see
    weights rounded to s8 per output channel; the activation's rounding is the job of `ActivationGrid`.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, depthwise: bool, act: str | None, pads, norm: bool):
        super().__init__()
        self.stride, self.groups, self.act = stride, inputs if depthwise else 1, act
        self.pads = tuple(pads) if pads is not None else (1, 1, 1, 1) if kernel == 3 else (0, 0, 0, 0)
        self.weight = nn.Parameter(torch.empty(outputs, inputs // self.groups, kernel, kernel))
        nn.init.kaiming_normal_(self.weight, mode="fan_out" if not depthwise else "fan_in", nonlinearity="relu")
        self.norm = nn.BatchNorm2d(outputs) if norm else None
        self.bias = None if norm else nn.Parameter(torch.zeros(outputs))
        self.quantized_weights = False
        self.input_scale = 0.0

    def weight_scale(self) -> torch.Tensor:
        """Scale of each output channel's s8 grid: the largest magnitude stands at 127.

        A channel whose weights have died keeps a grid coarse enough for its bias, which is counted in steps of input scale times weight scale.
        """
        scale = self.weight.detach().abs().amax((1, 2, 3)).clamp_min(1e-8) / 127
        if self.input_scale and self.bias is not None:
            scale = torch.maximum(scale, self.bias.detach().abs() / (LARGEST_BIAS * self.input_scale))
        return scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.weight
        if self.quantized_weights:
            zero = torch.zeros(len(weight), dtype=torch.int32, device=weight.device)
            weight = torch.fake_quantize_per_channel_affine(weight, self.weight_scale(), zero, 0, -127, 127)
        top, left, bottom, right = self.pads
        if top == bottom == left == right:
            y = F.conv2d(x, weight, self.bias, self.stride, top, 1, self.groups)
        else:
            y = F.conv2d(F.pad(x, (left, right, top, bottom)), weight, self.bias, self.stride, 0, 1, self.groups)
        if self.norm is not None:
            y = self.norm(y)
        if self.act == "relu":
            y = F.relu(y)
        elif self.act == "relu6":
            y = F.relu6(y)
        return y

    @torch.no_grad()
    def fold(self) -> None:
        """Puts the batch norm's running statistics and gain into weight and bias."""
        if self.norm is None:
            return
        gain = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        bias = self.norm.bias - self.norm.running_mean * gain
        self.weight.mul_(gain[:, None, None, None])
        self.bias, self.norm = nn.Parameter(bias.clone()), None


class ActivationGrid(nn.Module):
    """The u8 grid of one tensor. It is off until `quantize.prepare` has set it."""

    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.zeros(()))
        self.register_buffer("zero_point", torch.zeros((), dtype=torch.int32))
        self.on = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.on:
            return x
        return torch.fake_quantize_per_tensor_affine(x.float(), self.scale, self.zero_point, 0, 255)


class Net(nn.Module):
    """A graph of `Node`s. `forward` takes luma `[N, 1, H, W]` in 0..1 and gives `{output name: tensor}`."""

    def __init__(self):
        super().__init__()
        self.nodes: list[Node] = []
        self.convs = nn.ModuleDict()
        self.grids = nn.ModuleDict()
        self.dropout = 0.0

    def _push(self, kind: str, inputs: tuple[str, ...], channels: int, name: str | None = None, flatten: bool = False) -> str:
        name = name or f"{kind}{len(self.nodes)}"
        self.nodes.append(Node(kind, name, inputs, channels, flatten))
        if kind != "output":
            self.grids[name] = ActivationGrid()
        return name

    def channels(self, name: str) -> int:
        return next(n.channels for n in self.nodes if n.name == name)

    def input(self) -> str:
        return self._push("input", (), 1, "luma")

    def conv(self, x: str, channels: int, kernel: int = 3, stride: int = 1, groups=1, act: str | None = "relu", pads=None, norm: bool = True) -> str:
        name = self._push("conv", (x,), channels)
        self.convs[name] = Conv(self.channels(x), channels, kernel, stride, groups == "depthwise", act, pads, norm)
        return name

    def separable(self, source: str, channels: int, stride: int = 1, act: str | None = "relu") -> str:
        """A depthwise convolution, then one of 1x1 with this activation."""
        return self.conv(self.conv(source, self.channels(source), stride=stride, groups="depthwise"), channels, kernel=1, act=act)

    def add(self, x: str, y: str) -> str:
        return self._push("add", (x, y), self.channels(x))

    def global_pool(self, x: str) -> str:
        return self._push("pool", (x,), self.channels(x))

    def output(self, name: str, x: str, channels: int, flatten: bool = False) -> None:
        """A 1x1 convolution with bias whose result leaves the network unquantised."""
        self._push("output", (x,), channels, name, flatten)
        conv = Conv(self.channels(x), channels, 1, 1, False, None, None, False)
        nn.init.normal_(conv.weight, 0, 0.01)
        self.convs[name] = conv

    def forward(self, luma: torch.Tensor) -> dict[str, torch.Tensor]:
        values, outputs = {}, {}
        for node in self.nodes:
            args = [values[i] for i in node.inputs]
            if node.kind == "input":
                value = luma
            elif node.kind in ("conv", "output"):
                value = self.convs[node.name](args[0])
            elif node.kind == "add":
                value = args[0] + args[1]
            else:
                value = args[0].mean((2, 3), keepdim=True)
            if node.kind == "output":
                outputs[node.name] = value.flatten(1).float() if node.flatten else value.float()
                continue
            value = self.grids[node.name](value)
            if node.kind == "pool" and self.dropout and self.training:
                value = F.dropout(value, self.dropout)
            values[node.name] = value
        return outputs
