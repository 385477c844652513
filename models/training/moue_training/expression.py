"""The expression network: MobileNetV2 1.0 on 48x48 luma with a stride-1 stem and two heads, from ImageNet weights to an int8 file.

The stem is folded before training: doubling a picture bilinearly and then a stride-2 convolution is one stride-1 convolution on the original
(borders aside), so ImageNet's 96 px network runs on 48 px at a quarter of the input.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from . import export, fer, quantize, run
from .graph import Net

# Table 2 of "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (Sandler et al., 2018): expansion, channels, repeats, stride.
BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
STRIDE_TWO_PADS = (0, 0, 1, 1)  # TensorFlow's SAME on an even side, which the ImageNet weights were trained with
HEADS = ("fer2013", "consensus")
# The last part of training sees faces as they are, not mixed.
MIXUP_UNTIL = 0.85


def build(stem_stride: int = 1, heads: tuple[str, ...] = HEADS) -> Net:
    """What ships has a stride-1 stem and two heads; other strides are for comparisons with the original network."""
    net = Net()
    x = net.conv(net.input(), 32, stride=stem_stride, act="relu6", pads=STRIDE_TWO_PADS if stem_stride == 2 else None)
    for expansion, channels, repeats, stride in BLOCKS:
        for i in range(repeats):
            inputs, step = net.channels(x), stride if i == 0 else 1
            y = x if expansion == 1 else net.conv(x, inputs * expansion, kernel=1, act="relu6")
            y = net.conv(y, inputs * expansion, stride=step, groups="depthwise", act="relu6", pads=STRIDE_TWO_PADS if step == 2 else None)
            y = net.conv(y, channels, kernel=1, act=None)
            x = net.add(x, y) if step == 1 and inputs == channels else y
    x = net.global_pool(net.conv(x, 1280, kernel=1, act="relu6"))
    for head in heads:
        net.output(head, x, 7, flatten=True)
    return net


# One row for each tap of the folded kernel: what the three taps of the stride-2 kernel, on the doubled picture, give it.
FOLD = torch.tensor([[0.25, 0.0, 0.0], [0.75, 0.75, 0.25], [0.0, 0.25, 0.75]])


@torch.no_grad()
def load_imagenet(net: Net, path: Path, batch: torch.Tensor) -> None:
    """Sets every convolution from `features.npz`, the stem folded, and each batch norm as `set_weights` does."""
    stored = read_imagenet(path)
    weight, bias = stored[0]
    # Trained on RGB in [-1, 1]; ours is one channel in [0, 1]: x' = 2x - 1 in all three.
    bias = bias - weight.sum((1, 2, 3))
    weight = torch.einsum("ia,ocab,jb->ocij", FOLD, 2 * weight.sum(1, keepdim=True), FOLD)
    stored[0] = weight, bias
    set_weights(net, stored, batch)


def read_imagenet(path: Path) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Weight and bias of each of the 52 convolutions, in network order, for RGB in -1..1."""
    arrays = run.read_arrays(path)
    try:
        return [(torch.from_numpy(arrays[f"conv{i:02}.weight"].astype(np.float32)), torch.from_numpy(arrays[f"conv{i:02}.bias"])) for i in range(52)]
    except KeyError as error:
        raise SystemExit(f"{path}: no array {error}; `python -m moue_training.imagenet` makes this file") from error


@torch.no_grad()
def set_weights(net: Net, stored: list[tuple[torch.Tensor, torch.Tensor]], batch: torch.Tensor) -> None:
    """Sets every convolution, and each batch norm so that the outputs on `batch` stay what the weights alone give."""
    values = {}
    convs = iter(stored)
    for node in net.nodes:
        if node.kind == "input":
            values[node.name] = batch
        elif node.kind == "conv":
            conv = net.convs[node.name]
            weight, bias = next(convs)
            norm = weight.flatten(1).norm(dim=1).clamp_min(1e-6)
            conv.weight.copy_(weight / norm[:, None, None, None])
            act, batch_norm = conv.act, conv.norm
            conv.act, conv.norm = None, None
            y = conv(values[node.inputs[0]])
            conv.act, conv.norm = act, batch_norm
            mean, variance = y.mean((0, 2, 3)), y.var((0, 2, 3))
            batch_norm.running_mean.copy_(mean)
            batch_norm.running_var.copy_(variance)
            batch_norm.weight.copy_(norm * torch.sqrt(variance + batch_norm.eps))
            batch_norm.bias.copy_(bias + norm * mean)
            net.eval()
            values[node.name] = conv(values[node.inputs[0]])
        elif node.kind == "add":
            values[node.name] = values[node.inputs[0]] + values[node.inputs[1]]


def targets(faces: fer.Faces, recipe: dict, teacher: dict[str, np.ndarray] | None) -> dict[str, torch.Tensor]:
    """What each head is taught, f32 [N, 7]: labels smoothed, shares of votes (rows of zeros where nobody voted), and of both `teacher_weight` as the teacher reads the face with the same head."""
    smoothing, share = recipe["label_smoothing"], recipe.get("teacher_weight", 0.0)
    counts = faces.votes.sum(1, keepdims=True)
    taught = {"fer2013": faces.labels * (1 - smoothing) + smoothing / 7, "consensus": faces.votes / np.maximum(counts, 1)}
    if teacher is not None:
        taught = {head: (1 - share) * rows + share * teacher[head] * rows.sum(1, keepdims=True) for head, rows in taught.items()}
    return {head: torch.from_numpy(rows.astype(np.float32)) for head, rows in taught.items()}


def taught_by(paths: Sequence[Path], faces: fer.Faces, kept: Path) -> dict[str, np.ndarray]:
    """From the file `kept`, which a run that goes on finds there, or into it: how the networks of these weights read each face: probabilities [N, 7] a head, the mean over networks, its pictures, the pipeline's among them, and their mirror images."""
    if kept.exists():
        with np.load(kept) as arrays:
            return {head: arrays[head] for head in HEADS}
    net, views = build().to(memory_format=torch.channels_last), []
    for path in paths:
        run.load_weights(net, path)
        views += [logits(net, view) for pixels in faces.pictures() for view in (pixels, np.ascontiguousarray(pixels[:, :, ::-1]))]
    taught = {head: np.mean([F.softmax(torch.from_numpy(view[head]), 1).numpy() for view in views], 0) for head in HEADS}
    part = kept.with_suffix(f".{os.getpid()}.npz")
    np.savez(part, **taught)
    part.replace(kept)
    return taught


def loss_of(outputs: dict[str, torch.Tensor], taught: dict[str, torch.Tensor], recipe: dict) -> torch.Tensor:
    loss = F.cross_entropy(outputs["fer2013"], taught["fer2013"])
    voted = taught["consensus"].sum(1) > 0
    if voted.any():
        loss = loss + recipe["consensus_weight"] * F.cross_entropy(outputs["consensus"][voted], taught["consensus"][voted])
    return loss


@torch.no_grad()
def logits(net: torch.nn.Module, pixels: np.ndarray, autocast: bool = False) -> dict[str, np.ndarray]:
    net.eval()
    device = next(net.parameters()).device
    rows: dict[str, list] = {head: [] for head in HEADS}
    for start in range(0, len(pixels), 256):
        x = fer.plain(pixels[start : start + 256]).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            outputs = net(x)
        for head in HEADS:
            rows[head].append(outputs[head].float().cpu().numpy())
    return {head: np.concatenate(parts) for head, parts in rows.items()}


def accuracies(scores: dict[str, np.ndarray], faces: fer.Faces) -> dict[str, float]:
    agreed = faces.majority >= 0
    return {
        "fer2013": float((scores["fer2013"].argmax(1) == faces.labels.argmax(1)).mean()),
        "consensus": float((scores["consensus"].argmax(1) == faces.majority)[agreed].mean()),
    }


def temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """The temperature with the least cross-entropy against `truth` (indices), by golden-section search over its logarithm."""
    z, y = torch.from_numpy(scores).double(), torch.from_numpy(truth)
    low, high = np.log(0.2), np.log(5.0)
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(40):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if F.cross_entropy(z / np.exp(a), y) < F.cross_entropy(z / np.exp(b), y):
            high = b
        else:
            low = a
    return float(np.exp((low + high) / 2))


def cuts(pictures: int, batch: int, recipe: dict, generator: torch.Generator) -> torch.Tensor:
    """Which picture of each face a step sees: 0 is the data set's own, the others, on a share `recut` of the faces, are the pipeline's."""
    if pictures == 1:
        return torch.zeros(batch, dtype=torch.long, device=generator.device)
    again = torch.rand(batch, generator=generator, device=generator.device) < recipe["recut"]
    return again * torch.randint(1, pictures, (batch,), generator=generator, device=generator.device)


def epochs(net: torch.nn.Module, faces: fer.Faces, taught: dict[str, torch.Tensor], stages: list[dict], recipe: dict, log: run.Log, check: fer.Faces, name: str, teachers: Sequence[torch.nn.Module] = ()) -> run.Average:
    """Trains through `stages` (each with `epochs` and `side`) on one cosine; resumes at the last finished epoch of `name`. `teachers` see what `net` sees, and their mean reading is a share `same_view` of what it is taught."""
    rank, world = run.rank_and_world()
    device = run.device()
    net.to(device)
    plan = [stage["side"] for stage in stages for _ in range(stage["epochs"])]
    batch = recipe["batch"]
    per_epoch = min(len(faces) // batch // world, recipe.get("steps", len(faces)))
    if per_epoch == 0:
        raise SystemExit(f"{len(faces)} faces to train on, and a step takes {batch * world} of them (the recipe's batch, on each of {world} processes); give more faces or a smaller batch")
    opt = run.optimizer(net, recipe["rate"], recipe["weight_decay"], recipe.get("momentum", 0.0))
    average = run.Average(net, recipe["ema"])
    begin = 0
    state = log.resume()
    if state and state["name"] == name:
        net.load_state_dict(state["net"])
        average.net.load_state_dict(state["average"])
        average.updates = state["updates"]
        opt.load_state_dict(state["opt"])
        begin = state["epoch"]
    pictures = torch.from_numpy(faces.pictures()).to(device)
    taught = {head: rows.to(device) for head, rows in taught.items()}
    teachers = [teacher.to(device, memory_format=torch.channels_last).eval() for teacher in teachers]
    autocast = recipe.get("bf16", False)
    net.to(memory_format=torch.channels_last)
    net.dropout = recipe["dropout"]
    model = torch.compile(net, dynamic=False) if recipe.get("compile", False) else net
    for epoch in range(begin, len(plan)):
        clock, total = run.Clock(), 0.0
        order = torch.randperm(len(faces), generator=torch.Generator().manual_seed(recipe["seed"] * 1000 + epoch))[rank::world]
        generator = torch.Generator(device).manual_seed(recipe["seed"] * 1000 + epoch + 500_000 * (rank + 1))
        net.train()
        for step in tqdm(range(per_epoch), desc=f"{name} {epoch + 1}/{len(plan)}", disable=None):
            for group in opt.param_groups:
                group["lr"] = recipe["rate"] * run.cosine(epoch * per_epoch + step, len(plan) * per_epoch, int(recipe["warmup"] * per_epoch))
            pick = order[step * batch : (step + 1) * batch].to(device)
            x = fer.augment(pictures[cuts(len(pictures), batch, recipe, generator), pick], plan[epoch], recipe, generator).contiguous(memory_format=torch.channels_last)
            parts = [(1.0, pick)]
            progress = (epoch * per_epoch + step) / (len(plan) * per_epoch)
            if recipe.get("mixup", 0.0) and progress < MIXUP_UNTIL and step % 2:
                share = float(np.random.default_rng((recipe["seed"], epoch, step)).beta(recipe["mixup"], recipe["mixup"]))
                x = share * x + (1 - share) * x.flip(0)
                parts = [(share, pick), (1 - share, pick.flip(0))]
            wanted = [(weight, {head: rows[part] for head, rows in taught.items()}) for weight, part in parts]
            if teachers:
                share = recipe["same_view"]
                wanted = [(weight * (1 - share), rows) for weight, rows in wanted] + [(share, reading(teachers, x, autocast))]

            def descend() -> torch.Tensor:
                with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
                    outputs = model(x)
                loss = sum(weight * loss_of(outputs, rows, recipe) for weight, rows in wanted)
                opt.zero_grad(set_to_none=True)
                loss.backward()
                run.share_gradients(net, world)
                return loss

            loss = descend()
            if "sam" in recipe:
                moves = run.uphill(net, recipe["sam"])
                with run.still_statistics(net):
                    descend()
                run.back(net, moves)
            opt.step()
            average.update(net)
            total += loss.item()
        if rank == 0:
            scores = logits(average.net, check.pixels, autocast)
            log.epoch(stage=name, epoch=epoch + 1, side=plan[epoch], loss=total / per_epoch, seconds=clock.seconds(), **{f"public_{k}": v for k, v in accuracies(scores, check).items()})
            log.curves(("loss",), ("public_fer2013", "public_consensus"))
            log.save(name=name, epoch=epoch + 1, net=net.state_dict(), average=average.net.state_dict(), updates=average.updates, opt=opt.state_dict())
    net.cpu(), average.net.cpu()
    return average


@torch.no_grad()
def reading(teachers: list[torch.nn.Module], x: torch.Tensor, autocast: bool) -> dict[str, torch.Tensor]:
    """Probabilities [N, 7] a head, the mean over the teachers."""
    with torch.autocast(x.device.type, torch.bfloat16, enabled=autocast):
        outputs = [teacher(x) for teacher in teachers]
    return {head: torch.stack([F.softmax(output[head].float(), 1) for output in outputs]).mean(0) for head in HEADS}


def trained_teachers(recipe: dict, faces: fer.Faces, check: fer.Faces, log: run.Log) -> list[torch.nn.Module]:
    """The recipe's `[[teachers]]`, each trained on labels and votes by the recipe's `[teaching]`, or read from the run's folder if that is done."""
    from .teachers import TEACHERS

    teaching, nets = {**recipe, **recipe.get("teaching", {})}, []
    taught = targets(faces, teaching, None)
    for number, teacher in enumerate(recipe.get("teachers", []), 1):
        if teacher["network"] not in TEACHERS:
            raise SystemExit(f"teacher {number}: network is {teacher['network']!r}, expected one of {', '.join(TEACHERS)}")
        run.seed_everything(teacher["seed"])
        net, weights = TEACHERS[teacher["network"]](), log.out / f"teacher-{number}.npz"
        if weights.exists():
            run.load_weights(net, weights)
        else:
            net = epochs(net, faces, taught, teaching["stages"], {**teaching, **teacher}, log, check, f"teacher-{number}").net
            run.round_as_saved(net)
            if run.rank_and_world()[0] == 0:
                run.save_weights(net, weights)
                print(weights, accuracies(logits(net, check.pixels), check), flush=True)
        nets.append(net)
    run.seed_everything(recipe["seed"])
    return nets


AUGMENTATION = {"turn", "scale", "shift", "contrast", "brightness", "gamma", "erasing"}
STEPS = {"batch", "rate", "weight_decay", "warmup", "ema", "dropout", "label_smoothing", "consensus_weight", "stages"} | AUGMENTATION
NEEDED = {"task", "version", "license", "seed", "calibration", "quantized"} | STEPS
OPTIONAL = {"card", "start", "teacher", "teacher_weight", "teachers", "teaching", "same_view", "recut", "mixup", "sam", "momentum", "compile", "bf16", "steps", "blur", "small", "noisy", "noise", "jpeg", *fer.COVERS}
TABLES, TEXTS, LISTS, FLAGS = {"quantized", "teaching"}, {"task", "version", "license", "card", "start"}, {"stages", "teachers", "scale", "contrast", "brightness", "gamma"}, {"compile", "bf16"}
TOGETHER = (("teacher", "teacher_weight"), ("teachers", "same_view"), ("small", "noise"), ("small", "noisy"))


def fits(key: str, value: object) -> bool:
    """Whether a recipe's value is of the key's type; what is no table, text, list or flag is a number."""
    if key == "teacher":
        return isinstance(value, str) or (isinstance(value, list) and all(isinstance(name, str) for name in value))
    for keys, kind in ((TABLES, dict), (TEXTS, str), (LISTS, list), (FLAGS, bool)):
        if key in keys:
            return isinstance(value, kind)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def check_recipe(recipe: dict) -> None:
    """Names what is missing, unknown or without its counterpart, before anything runs: a key that is only misspelt would change nothing, and nobody would know."""
    if wrong := [f"{key} is {value!r}" for table in (recipe, *(recipe.get(name) for name in sorted(TABLES))) if isinstance(table, dict) for key, value in table.items() if not fits(key, value)]:
        raise SystemExit(f"recipe: {'; '.join(wrong)}: of another type than this key has in recipes/")
    problems = [f"{key} is missing" for key in sorted(NEEDED - recipe.keys())]
    tables = {"": (recipe, NEEDED | OPTIONAL), "quantized.": (recipe.get("quantized", {}), STEPS | OPTIONAL), "teaching.": (recipe.get("teaching", {}), STEPS | OPTIONAL)}
    problems += [f"{name}{key} is unknown" for name, (table, known) in tables.items() for key in sorted(table.keys() - known)]
    problems += [f"{a} and {b} go together" for a, b in TOGETHER if (a in recipe) != (b in recipe)]
    if "stages" not in recipe.get("quantized", {}):
        problems.append("quantized.stages is missing")
    if problems:
        raise SystemExit(f"recipe: {'; '.join(problems)}")


def train(recipe: dict, data: Path, out: Path) -> None:
    """`data` holds fer2013.csv, fer2013new.csv and features.npz (the ImageNet weights), or in its stead the float weights that `start` names; those of `teacher`, where the recipe names one or a list; and recut.npz where it gives a share `recut`."""
    check_recipe(recipe)
    run.seed_everything(recipe["seed"])
    rank, _ = run.rank_and_world()
    faces, check = fer.training(data, "recut" in recipe), fer.read(data, "PublicTest")
    log = run.Log(out, recipe, faces=len(faces), checksum=faces.checksum())
    names = recipe.get("teacher", [])
    paths = [data / name for name in ([names] if isinstance(names, str) else names)]
    weights = out / "float.npz"
    only_rounding = weights.exists() and not recipe["quantized"]["stages"]
    taught = targets(faces, recipe, taught_by(paths, faces, out / "teacher.npz") if paths and not only_rounding else None)
    teachers = trained_teachers(recipe, faces, check, log)
    net = build()
    if weights.exists():
        run.load_weights(net, weights)
    else:
        if "start" in recipe:
            run.load_weights(net, data / recipe["start"])
        else:
            first = torch.randperm(len(faces), generator=torch.Generator().manual_seed(recipe["seed"]))[:1024]
            load_imagenet(net, data / "features.npz", fer.plain(faces.pixels[first.numpy()]))
        net = epochs(net, faces, taught, recipe["stages"], recipe, log, check, "float", teachers).net
        run.round_as_saved(net)
        if rank == 0:
            run.save_weights(net, weights)
            print("float", accuracies(logits(net, check.pixels), check), flush=True)
    net.requires_grad_(True)
    generator = torch.Generator().manual_seed(recipe["seed"] + 1)
    picks = torch.randperm(len(faces), generator=generator)[: recipe["calibration"]]
    batches = [fer.plain(faces.pixels[part.numpy()]) for part in picks.split(128)]
    quantize.prepare(net, batches)
    rounded = accuracies(logits(net, check.pixels), check)
    print("quantised, not tuned", rounded, flush=True)
    tuned = epochs(net, faces, taught, recipe["quantized"]["stages"], {**recipe, **recipe["quantized"]}, log, check, "int8", teachers).net
    if rank == 0:
        finish(tuned, faces, check, recipe, out, log)


def finish(net: Net, faces: fer.Faces, check: fer.Faces, recipe: dict, out: Path, log: run.Log) -> None:
    """Temperatures, metadata, the file itself and the figures."""
    run.save_weights(net, out / "int8.npz")
    scores = logits(net, check.pixels)
    fitted = temperatures(scores, check)
    export.write(net, out / "expression.onnx", (fer.SIDE, fer.SIDE), metadata(recipe, fitted))
    log.result(public=accuracies(scores, check), temperatures=fitted, training_faces=len(faces))
    print("int8", accuracies(scores, check), fitted, flush=True)


def temperatures(scores: dict[str, np.ndarray], check: fer.Faces) -> dict[str, float]:
    """Each head's, against its own truth."""
    agreed = check.majority >= 0
    return {
        "fer2013": temperature(scores["fer2013"], check.labels.argmax(1)),
        "consensus": temperature(scores["consensus"][agreed], check.majority[agreed]),
    }


def template() -> np.ndarray:
    """Where FER-2013 has a face's five points, [5, 2] in fractions of its side."""
    return np.array(json.loads((Path(__file__).parent.parent / "recipes" / "fer_template.json").read_text())["points"]).reshape(5, 2)


def metadata(about: dict[str, str], fitted: dict[str, float]) -> dict[str, str]:
    """`about` has the version, the license and, where there is one, the card."""
    return {
        "moue.kind": "expression",
        "moue.version": about["version"],
        "moue.labels": ",".join(fer.LABELS),
        "moue.template": ",".join(f"{v:.5f}" for v in template().ravel()),
        **{f"moue.temperature.{head}": f"{value:.4f}" for head, value in fitted.items()},
        "moue.license": about["license"],
        **({"moue.card": about["card"]} if "card" in about else {}),
    }
