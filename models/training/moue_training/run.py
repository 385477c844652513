"""What every training run shares: seeds, schedule, moving average, checkpoints, the CSV of every epoch and its curves.

A task (`expression`, `detector`, `refiner`) owns its data, its loss and its judgement.
"""

from __future__ import annotations

import contextlib
import copy
import csv
import json
import math
import os
import random
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch
import torch.distributed
from torch import nn


deadline: float | None = None
"""When a run has to have ended, in seconds of `time.time`. It stops before the epoch that would not end by then."""
MORE_TO_DO = 75
"""Exit status of a run that stopped so, EX_TEMPFAIL of sysexits.h: the same command goes on."""
UNREADABLE = (OSError, EOFError, TypeError, ValueError, KeyError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged .npz may raise."""


def device() -> torch.device:
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if torch.cuda.is_available() else torch.device("cpu")


def seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def rank_and_world() -> tuple[int, int]:
    """Under torchrun the process's number and how many there are; otherwise 0 of 1."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world > 1 and not torch.distributed.is_initialized():
        torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    return int(os.environ.get("RANK", "0")), world


def share_gradients(net: nn.Module, world: int) -> None:
    """Averages the gradients over all processes; call between `backward` and `step`."""
    if world == 1:
        return
    for parameter in net.parameters():
        if parameter.grad is not None:
            torch.distributed.all_reduce(parameter.grad)
            parameter.grad /= world


def cosine(step: int, steps: int, warmup: int) -> float:
    """Factor of the peak learning rate: linear warm-up, then half a cosine down to 1 %."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


class Average:
    """Exponential moving average of weights and batch-norm statistics; young averages forget faster."""

    def __init__(self, net: nn.Module, decay: float):
        self.net, self.decay, self.updates = copy.deepcopy(net).eval().requires_grad_(False), decay, 0

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for mine, theirs in zip(self.net.state_dict().values(), net.state_dict().values()):
            if mine.is_floating_point():
                mine.lerp_(theirs.float(), 1 - decay)
            else:
                mine.copy_(theirs)


def optimizer(net: nn.Module, rate: float, weight_decay: float, momentum: float = 0.0) -> torch.optim.Optimizer:
    """AdamW, or with a momentum SGD with Nesterov's step; decay on kernels only, not on biases and norms."""
    kernels = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": kernels, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=True) if momentum else torch.optim.AdamW(groups, lr=rate)


@torch.no_grad()
def uphill(net: nn.Module, radius: float) -> list[torch.Tensor]:
    """Moves the weights by `radius` along their gradient and gives the move, one tensor a parameter: the first half of a step of sharpness-aware minimisation (Foret et al., ICLR 2021)."""
    parameters = [p for p in net.parameters() if p.grad is not None]
    norm = torch.stack([p.grad.norm() for p in parameters]).norm().clamp_min(1e-12)
    moves = []
    for p in net.parameters():
        move = torch.zeros_like(p) if p.grad is None else p.grad * (radius / norm)
        p.add_(move)
        moves.append(move)
    return moves


@contextlib.contextmanager
def still_statistics(net: nn.Module):
    """Within, a forward pass doesn't move the running statistics of batch norm."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum


@torch.no_grad()
def back(net: nn.Module, moves: list[torch.Tensor]) -> None:
    for p, move in zip(net.parameters(), moves):
        p.sub_(move)


class Log:
    """A run's folder: `run.json`, `epochs.csv`, `curves.png`, `resume.pt`, `result.json`. Files are replaced whole, never half-written."""

    def __init__(self, out: Path, recipe: dict, **data: int):
        """`data` says in numbers what is trained on: a folder belongs to one recipe and one set of data, or what an earlier run left there would pass for this one's."""
        self.out, self.recipe = out, recipe
        out.mkdir(parents=True, exist_ok=True)
        self.rows: list[dict] = []
        self.since = time.time()
        mine = json.loads(json.dumps({"recipe": recipe, "data": data}))
        if not (out / "run.json").exists():
            if rank_and_world()[0] == 0:
                self._replace("run.json", lambda path: path.write_text(json.dumps(mine, indent=2) + "\n"))
            return
        try:
            theirs = json.loads((out / "run.json").read_text())
            changed = [f"{key} {theirs[part].get(key)!r}, now {mine[part].get(key)!r}" for part in mine for key in {**theirs[part], **mine[part]} if theirs[part].get(key) != mine[part].get(key)]
        except UNREADABLE as error:
            raise SystemExit(f"{out / 'run.json'}: can't be read ({error}); give another --out, or remove {out} to begin anew") from error
        if changed:
            raise SystemExit(f"{out}: holds a run of another recipe or other data ({'; '.join(changed)}); give another --out, or remove {out} to begin anew")

    def resume(self) -> dict | None:
        path = self.out / "resume.pt"
        if not path.exists():
            return None
        state = torch.load(path, weights_only=False, map_location="cpu")
        self.rows = state["rows"]
        return state

    def save(self, **state) -> None:
        """Keeps what a later run of the same command needs; ends this one where another epoch as long as the last would be too long."""
        self._replace("resume.pt", lambda path: torch.save({"rows": self.rows, **state}, path))
        took, self.since = time.time() - self.since, time.time()
        if deadline is not None and self.since + took > deadline:
            print(f"{self.out}: stopped in time; the same command goes on", flush=True)
            raise SystemExit(MORE_TO_DO)

    def epoch(self, **row) -> None:
        self.rows.append({key: round(value, 5) if isinstance(value, float) else value for key, value in row.items()})
        keys = list(dict.fromkeys(key for r in self.rows for key in r))

        def write(path):
            with open(path, "w", newline="") as file:
                table = csv.DictWriter(file, keys)
                table.writeheader()
                table.writerows(self.rows)

        self._replace("epochs.csv", write)
        print(" ".join(f"{key} {value}" for key, value in self.rows[-1].items()), flush=True)

    def curves(self, *panels: tuple[str, ...]) -> None:
        """Draws one panel for each tuple of column names."""
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot

        figure, axes = pyplot.subplots(1, len(panels), figsize=(5 * len(panels), 3.5), squeeze=False)
        for axis, names in zip(axes[0], panels):
            for name in names:
                points = [(i + 1, float(r[name])) for i, r in enumerate(self.rows) if r.get(name) not in (None, "")]
                if points:
                    axis.plot(*zip(*points), label=name)
            axis.set_xlabel("epoch")
            axis.grid(alpha=0.3)
            axis.legend()
        figure.tight_layout()
        self._replace("curves.png", lambda path: figure.savefig(path, dpi=110, format="png"))
        pyplot.close(figure)

    def result(self, **values) -> None:
        self._replace("result.json", lambda path: path.write_text(json.dumps({"recipe": self.recipe, **values}, indent=2) + "\n"))

    def _replace(self, name: str, write) -> None:
        part = self.out / f"{name}.part"
        write(part)
        part.replace(self.out / name)


def save_weights(net: nn.Module, path: Path) -> None:
    """Weights as float16, grids as they are, in a compressed .npz: small enough to keep beside the recipe. Batch-norm counters are left out."""
    state = {key: value.cpu() for key, value in net.state_dict().items() if "num_batches" not in key}
    arrays = {key: value.numpy().astype(np.float16) if value.is_floating_point() and value.ndim else value.numpy() for key, value in state.items()}
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **arrays)
    part.replace(path)


@torch.no_grad()
def round_as_saved(net: nn.Module) -> None:
    """Rounds to float16 what `save_weights` will, so that going on from memory is going on from the file."""
    for key, value in net.state_dict().items():
        if value.is_floating_point() and value.ndim:
            value.copy_(value.half())


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """All of an .npz."""
    if not path.is_file():
        raise SystemExit(f"{path}: not found; models/training/README.md says what runs start from, and where it lies")
    try:
        with np.load(path) as arrays:
            return {key: arrays[key] for key in arrays.files}
    except UNREADABLE as error:
        raise SystemExit(f"{path}: can't be read ({error})") from error


def load_weights(net: nn.Module, path: Path) -> None:
    state, arrays = net.state_dict(), read_arrays(path)
    wanted = {key: tuple(value.shape) for key, value in state.items() if "num_batches" not in key}
    given = {key: value.shape for key, value in arrays.items()}
    if wanted != given:
        key = sorted(set(wanted.items()) ^ set(given.items()))[0][0]
        hint = "; these are rounded weights, give float ones (float.npz of a run)" if key not in wanted and key.endswith(".bias") else ""
        raise SystemExit(f"{path}: does not fit this network, which wants {key} {wanted.get(key, 'not at all')}; the file holds {given.get(key, 'none')}{hint}")
    for key, value in arrays.items():
        state[key].copy_(torch.from_numpy(value.astype(np.float32) if value.dtype == np.float16 else value))


class Clock:
    def __init__(self):
        self.start = time.time()

    def seconds(self) -> float:
        return time.time() - self.start
