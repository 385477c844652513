"""The detector's network: depthwise-separable blocks over luma, one head at each of the strides 8, 16 and 32. No upsampling."""

from __future__ import annotations

import torch

from .detector_targets import STRIDES
from .graph import Net

CHANNELS = 15
FACE_PRIOR_LOGIT = -4.6
"""A cell's logit before training: one cell in a hundred holds a face."""


def build(stem: int, stages: list[list[int]], heads: list[int]) -> Net:
    """`stages`: [channels, residual blocks] at strides 4, 8, 16 and 32; `heads`: channels before the outputs at 8, 16 and 32."""
    net = Net()
    x = net.conv(net.input(), stem, stride=2)
    for index, (channels, blocks) in enumerate(stages):
        x = net.conv(x, net.channels(x), stride=2, groups="depthwise")
        x = net.conv(x, channels, kernel=1, act=None if blocks else "relu")
        for _ in range(blocks):
            x = net.add(x, net.separable(x, channels, act=None))
        if index:
            net.output(f"stride{STRIDES[index - 1]}", net.separable(x, heads[index - 1], act="relu"), CHANNELS)
    for stride in STRIDES:
        bias = net.convs[f"stride{stride}"].bias
        with torch.no_grad():
            bias[0], bias[1:5] = FACE_PRIOR_LOGIT, 1.5
    return net


def multiply_adds(net: Net, height: int, width: int) -> int:
    total, sizes = 0, {}
    for node in net.nodes:
        size = sizes[node.inputs[0]] if node.inputs else (height, width)
        if node.name in net.convs:
            conv = net.convs[node.name]
            size = tuple(-(-n // conv.stride) for n in size)
            total += size[0] * size[1] * conv.weight.numel()
        sizes[node.name] = size
    return total
