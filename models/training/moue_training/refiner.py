"""Trains, quantises and exports the refiner: exact points and the face score of one crop."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from . import export, quantize, run
from .detector import torch_network
from .faces_data import Faces, Photo, load
from .faces_judge import Scores, choose_threshold, point_error
from .faces_pipeline import LONG_SIDE, PASSES, Network, detect, onnx_network, refine, working_picture
from .graph import Net
from .refiner_crops import CROP_SIDE
from .refiner_samples import Cutter, mean_template, mine

DETECTOR = Path(__file__).parents[2] / "detector.onnx"
"""The shipped detector: its false boxes are taught as such, and its points are where judging starts."""
ROUNDING = 0.02
"""Errors well below this share of the eye distance count by their square: hand-made points are no better."""

Points = list[tuple[Photo, np.ndarray]]
"""Photos, each with the five points [5, 2] from which the refiner starts."""


def build(dense: list[list[int]], middle_blocks: int, wide: int, wide_blocks: int, places: int, last: int) -> Net:
    """`dense`: [channels, stride] of the full 3x3 convolutions that lead to 8x8 cells; then residual blocks there, `wide` channels and residual blocks on 4x4 cells, `places` channels that are weighed place by place, and one cell of `last` channels that both outputs read."""
    net = Net()
    x = net.input()
    # Full convolutions first: edges of lids and lips need them, and few channels make them cheap.
    for channels, stride in dense:
        x = net.conv(x, channels, stride=stride)
    for _ in range(middle_blocks):
        x = net.add(x, net.separable(x, net.channels(x), 1, None))
    x = net.separable(x, wide, 2, None if wide_blocks else "relu")
    for _ in range(wide_blocks):
        x = net.add(x, net.separable(x, wide, 1, None))
    # 4x4 to one cell with a weight for every place: pooling would forget where things are.
    x = net.conv(x, places, kernel=1)
    x = net.conv(x, places, groups="depthwise", pads=(0, 0, 0, 0))
    x = net.conv(x, places, stride=2, groups="depthwise", act=None, pads=(0, 0, 1, 1))
    x = net.conv(x, last, kernel=1)
    net.output("points", x, 10, flatten=True)
    net.output("face", x, 1, flatten=True)
    return net


class Crops(Dataset):
    """Batch number `i` is the same in every run of the same seed; a batch an item, since a crop is too little for a hand-over."""

    def __init__(self, cutter: Cutter, seed: int, batch: int):
        self.cutter, self.seed, self.batch = cutter, seed, batch

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng([self.seed, index])
        samples = [self.cutter.sample(rng) for _ in range(self.batch)]
        wanted = np.array([[s.face, s.pointed, *s.corrections] for s in samples], np.float32)
        return torch.from_numpy(np.stack([s.luma for s in samples]))[:, None], torch.from_numpy(wanted)


def batches(crops: Crops, first: int, count: int) -> DataLoader:
    return DataLoader(crops, batch_size=None, sampler=range(first, first + count), num_workers=1, prefetch_factor=4)


def loss(outputs: dict[str, torch.Tensor], wanted: torch.Tensor, template: torch.Tensor) -> dict[str, torch.Tensor]:
    """Points: what is judged, the mean distance in eye distances, rounded off near zero, over crops with hand-made points. Face: cross-entropy."""
    face, pointed, corrections = wanted[:, :1], wanted[:, 1] > 0, wanted[:, 2:]
    wanted_points = template + corrections[pointed].reshape(-1, 5, 2)
    least = 0.5 * (template[1] - template[0]).norm()
    eyes = (wanted_points[:, 1] - wanted_points[:, 0]).norm(dim=1).clamp_min(least)
    error = (outputs["points"] - corrections)[pointed].reshape(-1, 5, 2) / eyes[:, None, None]
    distance = torch.sqrt(error.square().sum(2) + ROUNDING**2) - ROUNDING
    return {"points": 5 * distance.mean(), "face": 0.5 * F.binary_cross_entropy_with_logits(outputs["face"], face)}


def train(recipe: dict, data: Path, out: Path) -> None:
    rank, world = run.rank_and_world()
    run.seed_everything(recipe["seed"])
    torch.set_num_threads(recipe["threads"])
    if not DETECTOR.is_file():
        raise SystemExit(f"{DETECTOR}: not there; train the detector first, the refiner learns from its mistakes")
    detector, about = onnx_network(DETECTOR, "detector")
    faces, validation = load(data, "training"), load(data, "validation")
    template = mean_template(faces.portraits)
    crops = Crops(Cutter(faces, template, mine(detector, faces.negatives)), recipe["seed"], recipe["batch"])
    starts = detected_points(detector, validation.portraits)
    net = build(recipe["dense"], recipe["middle_blocks"], recipe["wide"], recipe["wide_blocks"], recipe["places"], recipe["last"]).to(memory_format=torch.channels_last)
    average, optimizer = run.Average(net, recipe["average"]), run.optimizer(net, recipe["rate"], recipe["weight_decay"])
    log, first, aim = run.Log(out, recipe, **faces.counts()), 0, torch.from_numpy(template).float()
    if state := log.resume():
        net.load_state_dict(state["net"]), average.net.load_state_dict(state["average"]), optimizer.load_state_dict(state["optimizer"])
        average.updates, first = state["updates"], state["epoch"]
    each = recipe["batches"] // world
    for epoch in range(first, recipe["epochs"]):
        clock, sums = run.Clock(), {"points": 0.0, "face": 0.0}
        net.train()
        for step, (luma, wanted) in enumerate(tqdm(batches(crops, (epoch * world + rank) * recipe["batches"], each), f"epoch {epoch + 1}", mininterval=20, disable=rank > 0)):
            for group in optimizer.param_groups:
                group["lr"] = recipe["rate"] * run.cosine(epoch * each + step, recipe["epochs"] * each, recipe["warmup"])
            for key, value in _step(net, optimizer, luma, wanted, aim, world).items():
                sums[key] += value.item() / each
            average.update(net)
        if rank == 0:
            error = mean_error(torch_network(average.net), template, starts)
            log.epoch(epoch=epoch + 1, **sums, error=error, seconds=clock.seconds())
            log.curves(("points", "face"), ("error",))
            log.save(epoch=epoch + 1, net=net.state_dict(), average=average.net.state_dict(), optimizer=optimizer.state_dict(), updates=average.updates)
    if rank == 0:
        run.save_weights(average.net, out / "refiner.npz")
        mistakes = [(photo, d.points) for photo in validation.negatives for d in detect(detector, working_picture(photo.luma), LONG_SIDE, float(about["moue.threshold"]))]
        finish(average.net, recipe, crops, template, starts, mistakes, len(validation.negatives), log)


def _step(net: Net, optimizer: torch.optim.Optimizer, luma: torch.Tensor, wanted: torch.Tensor, template: torch.Tensor, world: int) -> dict[str, torch.Tensor]:
    parts = loss(net((luma.float() / 255).contiguous(memory_format=torch.channels_last)), wanted, template)
    optimizer.zero_grad()
    sum(parts.values()).backward()
    run.share_gradients(net, world)
    torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimizer.step()
    return parts


def detected_points(detector: Network, portraits: list[Photo]) -> Points:
    """Each portrait with the points of the detector's largest box whose inside holds the hand-made points' middle; portraits without one are left out."""
    starts = []
    for photo in portraits:
        if photo.landmarks is None:
            continue
        middle = photo.landmarks.mean(0)
        hits = [d for d in detect(detector, working_picture(photo.luma), LONG_SIDE, 0.3) if (d.box[:2] < middle).all() and (middle < d.box[2:]).all()]
        if hits:
            starts.append((photo, max(hits, key=lambda d: np.prod(d.box[2:] - d.box[:2])).points))
    return starts


def mean_error(network: Network, template: np.ndarray, starts: Points) -> float:
    return float(np.mean([point_error(refine(network, template, photo.luma, points, PASSES)[0], photo.landmarks) for photo, points in starts]))


def finish(net: Net, recipe: dict, crops: Crops, template: np.ndarray, starts: Points, mistakes: Points, photos_without: int, log: run.Log) -> None:
    """Quantises a trained network, fine-tunes it on its grids, chooses the face threshold and writes `refiner.onnx`.

    `mistakes` are the shipped detector's false boxes on `photos_without` validation photos without a face: the threshold decides how many stay.
    """
    net = copy.deepcopy(net)
    first, steps, aim = recipe["epochs"] * recipe["batches"] * 1000, recipe["quantized_steps"], torch.from_numpy(template).float()
    quantize.prepare(net, [luma.float() / 255 for luma, _ in batches(crops, first, 8)])
    net.requires_grad_(True)
    average, optimizer = run.Average(net, 0.99), run.optimizer(net, recipe["quantized_rate"], 0.0)
    for step, (luma, wanted) in enumerate(tqdm(batches(crops, first + 8, steps), "int8", mininterval=20)):
        for group in optimizer.param_groups:
            group["lr"] = recipe["quantized_rate"] * run.cosine(step, steps, 5)
        _step(net, optimizer, luma, wanted, aim, 1)
        average.update(net)
    network = torch_network(average.net)
    scores = np.array([refine(network, template, photo.luma, points, PASSES)[1] for photo, points in starts])
    false = np.array([refine(network, template, photo.luma, points, PASSES)[1] for photo, points in mistakes])
    threshold = max(recipe["least_threshold"], choose_threshold(Scores(scores, false, photos_without), recipe["most_false"]))
    metadata = {
        "moue.kind": "refiner",
        "moue.version": recipe["version"],
        "moue.license": recipe["license"],
        "moue.card": "refiner.md",
        "moue.threshold": f"{threshold:g}",
        "moue.follow_threshold": f"{max(threshold, recipe['follow_threshold']):g}",
        "moue.template": ",".join(f"{n:.4f}" for n in template.ravel()),
    }
    export.write(average.net, log.out / "refiner.onnx", (CROP_SIDE, CROP_SIDE), metadata)
    log.result(parameters=sum(p.numel() for p in net.parameters()), threshold=threshold, template=template.ravel().tolist(), validation_error=mean_error(network, template, starts), validation_lost_faces=float((scores < threshold).mean()), validation_false_per_hundred=100 * float((false >= threshold).sum()) / photos_without)
