"""Trains, quantises and exports the face detector."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from . import export, quantize, run
from .detector_canvas import Painter
from .detector_network import build, multiply_adds
from .detector_targets import STRIDES, flatten, loss, targets
from .faces_data import Faces, load
from .faces_judge import choose_threshold, detector_scores
from .faces_pipeline import Network
from .graph import Net


class Canvases(Dataset):
    """Canvas number `i` is the same in every run of the same seed."""

    def __init__(self, faces: Faces, size: int, seed: int):
        self.painter, self.seed = Painter(faces, size), seed

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        canvas = self.painter.canvas(np.random.default_rng([self.seed, index]))
        return torch.from_numpy(canvas.luma)[None], torch.from_numpy(targets(canvas))


def batches(canvases: Canvases, first: int, count: int, batch: int) -> DataLoader:
    return DataLoader(canvases, batch, sampler=range(first, first + count), num_workers=1, prefetch_factor=4, drop_last=True)


def train(recipe: dict, data: Path, out: Path) -> None:
    rank, world = run.rank_and_world()
    run.seed_everything(recipe["seed"])
    torch.set_num_threads(recipe["threads"])
    photos = load(data, "training")
    canvases = Canvases(photos, recipe["canvas"], recipe["seed"])
    validation = load(data, "validation")
    net = build(recipe["stem"], recipe["stages"], recipe["heads"]).to(memory_format=torch.channels_last)
    average, optimizer = run.Average(net, recipe["average"]), run.optimizer(net, recipe["rate"], recipe["weight_decay"])
    log, first = run.Log(out, recipe, **photos.counts()), 0
    if state := log.resume():
        net.load_state_dict(state["net"]), average.net.load_state_dict(state["average"]), optimizer.load_state_dict(state["optimizer"])
        average.updates, first = state["updates"], state["epoch"]
    each = recipe["canvases"] // (recipe["batch"] * world)
    for epoch in range(first, recipe["epochs"]):
        clock, sums = run.Clock(), {"score": 0.0, "box": 0.0, "points": 0.0}
        loader = batches(canvases, (epoch * world + rank) * recipe["canvases"], each * recipe["batch"], recipe["batch"])
        net.train()
        for step, (luma, wanted) in enumerate(tqdm(loader, f"epoch {epoch + 1}", mininterval=20, disable=rank > 0)):
            for group in optimizer.param_groups:
                group["lr"] = recipe["rate"] * run.cosine(epoch * each + step, recipe["epochs"] * each, recipe["warmup"])
            parts = _step(net, optimizer, luma, wanted, world, fast=True)
            average.update(net)
            for key, value in parts.items():
                sums[key] += value.item() / each
        if rank == 0:
            scores = detector_scores(torch_network(average.net), validation.portraits, validation.negatives, recipe["long_side"])
            threshold = choose_threshold(scores, recipe["most_false"])
            log.epoch(epoch=epoch + 1, **sums, recall=scores.recall(threshold), threshold=threshold, seconds=clock.seconds())
            log.curves(("score", "box", "points"), ("recall", "threshold"))
            log.save(epoch=epoch + 1, net=net.state_dict(), average=average.net.state_dict(), optimizer=optimizer.state_dict(), updates=average.updates)
    if rank == 0:
        run.save_weights(average.net, out / "detector.npz")
        finish(average.net, recipe, canvases, validation, log)


def _step(net: Net, optimizer: torch.optim.Optimizer, luma: torch.Tensor, wanted: torch.Tensor, world: int, fast: bool) -> dict[str, torch.Tensor]:
    with torch.autocast("cpu", torch.bfloat16, enabled=fast):
        answers = flatten(net((luma.float() / 255).contiguous(memory_format=torch.channels_last)))
    parts = loss(answers, wanted)
    optimizer.zero_grad()
    sum(parts.values()).backward()
    run.share_gradients(net, world)
    torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
    optimizer.step()
    return parts


def finish(net: Net, recipe: dict, canvases: Canvases, validation: Faces, log: run.Log) -> None:
    """Quantises a trained network, fine-tunes it on its grids, chooses the threshold on the validation photos and writes `detector.onnx`."""
    net = copy.deepcopy(net).requires_grad_(True)
    first, batch, steps = recipe["epochs"] * recipe["canvases"] * 1000, recipe["batch"], recipe["quantized_steps"]
    quantize.prepare(net, [luma.float() / 255 for luma, _ in batches(canvases, first, 4 * batch, batch)])
    net.requires_grad_(True)
    average, optimizer = run.Average(net, 0.98), run.optimizer(net, recipe["quantized_rate"], 0.0)
    for step, (luma, wanted) in enumerate(tqdm(batches(canvases, first + 4 * batch, steps * batch, batch), "int8", mininterval=20)):
        for group in optimizer.param_groups:
            group["lr"] = recipe["quantized_rate"] * run.cosine(step, steps, 5)
        _step(net, optimizer, luma, wanted, 1, fast=False)
        average.update(net)
    scores = detector_scores(torch_network(average.net), validation.portraits, validation.negatives, recipe["long_side"])
    threshold = choose_threshold(scores, recipe["most_false"])
    parameters, cost = sum(p.numel() for p in net.parameters()), multiply_adds(net, 240, 320)
    metadata = {
        "moue.kind": "detector",
        "moue.version": recipe["version"],
        "moue.license": recipe["license"],
        "moue.card": "detector.md",
        "moue.threshold": f"{threshold:g}",
        "moue.strides": ",".join(map(str, STRIDES)),
    }
    export.write(average.net, log.out / "detector.onnx", None, metadata)
    log.result(parameters=parameters, multiply_adds_at_320x240=cost, threshold=threshold, validation_recall=scores.recall(threshold), validation_false_per_hundred=scores.false_per_hundred(threshold))


def torch_network(net: Net) -> Network:
    net.eval()

    @torch.no_grad()
    def network(luma: np.ndarray) -> dict[str, np.ndarray]:
        return {name: value.float().numpy() for name, value in net(torch.from_numpy(luma)).items()}

    return network
