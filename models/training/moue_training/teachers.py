"""Larger networks that teach the expression network on a machine with an accelerator. They ship in nothing, so they may use what the engine doesn't run.

ResNet-18 (He et al., 2015) with squeeze-excitation (Hu et al., 2018) and VGG-13 with batch norm (Simonyan & Zisserman, 2014), both for 48 px: a stride-1 stem, and in the ResNet no pooling after it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .expression import HEADS


class Teacher(nn.Module):
    """Luma [N, 1, S, S] in 0..1 to {head: logits [N, 7]}, as the network that ships."""

    def __init__(self, body: nn.Module, channels: int):
        super().__init__()
        self.body, self.dropout = body, 0.0
        self.heads = nn.ModuleDict({head: nn.Linear(channels, 7) for head in HEADS})

    def forward(self, luma: torch.Tensor) -> dict[str, torch.Tensor]:
        x = F.dropout(self.body(luma).mean((2, 3)), self.dropout, self.training)
        return {head: layer(x).float() for head, layer in self.heads.items()}


class Block(nn.Module):
    """ResNet's basic block; each channel of what it adds is weighed by what all places of it say together."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.first, self.second = _conv(inputs, outputs, stride), _conv(outputs, outputs)
        self.weigh = nn.Sequential(nn.Conv2d(outputs, outputs // 16, 1), nn.ReLU(), nn.Conv2d(outputs // 16, outputs, 1), nn.Sigmoid())
        self.short = nn.Identity() if stride == 1 and inputs == outputs else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.second(F.relu(self.first(x)))
        return F.relu(self.short(x) + y * self.weigh(y.mean((2, 3), keepdim=True)))


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))


def resnet18() -> Teacher:
    layers, channels = [_conv(1, 64), nn.ReLU()], 64
    for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [Block(channels, outputs, stride), Block(outputs, outputs, 1)]
        channels = outputs
    return Teacher(nn.Sequential(*layers), channels)


def vgg13() -> Teacher:
    layers, channels = [], 1
    for outputs in (64, 128, 256, 512, 512):
        layers += [_conv(channels, outputs), nn.ReLU(), _conv(outputs, outputs), nn.ReLU(), nn.MaxPool2d(2)]
        channels = outputs
    return Teacher(nn.Sequential(*layers), channels)


TEACHERS = {"resnet18": resnet18, "vgg13": vgg13}
