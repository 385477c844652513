"""The recipe of the paper that Moue grew from, kept apart for comparison: nothing of it ships.

MobileNetV2 1.0 from ImageNet weights sees each face of FER-2013 enlarged to 224 px, its pixels from 0 to 1 and not from -1 to 1, as the paper
says; a fully connected layer gives 7 logits; cross-entropy with FER-2013's own labels; Adam; no augmentation. Train is the Training split as it
stands, duplicates included; test is PublicTest. The curves are those of the paper's Figure 4: accuracy and loss of both, by epoch.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from tqdm import tqdm

from . import fer, run
from .expression import build, read_imagenet, set_weights
from .graph import Net

HEAD = "fer2013"


def start(path: Path, batch: torch.Tensor) -> Net:
    """The network with ImageNet's weights. A grey picture in all three colours is one channel through their sum; 0..1 goes in as it is."""
    net = build(stem_stride=2, heads=(HEAD,))
    stored = read_imagenet(path)
    weight, bias = stored[0]
    stored[0] = weight.sum(1, keepdim=True), bias
    set_weights(net, stored, batch)
    return net


@torch.no_grad()
def judge(net: Net, faces: fer.Faces, side: int, batch: int) -> tuple[float, float]:
    """Accuracy and mean loss."""
    net.eval()
    labels = torch.from_numpy(faces.labels.argmax(1))
    right, loss = 0, 0.0
    for begin in range(0, len(faces), batch):
        part = slice(begin, begin + batch)
        logits = net(fer.plain(faces.pixels[part], side))[HEAD]
        right += int((logits.argmax(1) == labels[part]).sum())
        loss += float(F.cross_entropy(logits, labels[part], reduction="sum"))
    return right / len(faces), loss / len(faces)


def train(recipe: dict, data: Path, out: Path) -> None:
    """`data` holds fer2013.csv, fer2013new.csv and features.npz. `steps` of an epoch and `test_faces` may be bounded to try the recipe out."""
    run.seed_everything(recipe["seed"])
    faces, test = fer.read(data, "Training"), fer.read(data, "PublicTest")
    log = run.Log(out, recipe, faces=len(faces), checksum=faces.checksum())
    few = recipe.get("test_faces", len(test))
    test = fer.Faces(test.pixels[:few], test.labels[:few], test.votes[:few], test.majority[:few])
    side, batch = recipe["side"], recipe["batch"]
    labels = torch.from_numpy(faces.labels.argmax(1))
    first = torch.randperm(len(faces), generator=torch.Generator().manual_seed(recipe["seed"]))[:batch]
    net = start(data / "features.npz", fer.plain(faces.pixels[first.numpy()], side)).to(memory_format=torch.channels_last)
    opt = torch.optim.Adam(net.parameters(), lr=recipe["rate"])
    begin = 0
    if state := log.resume():
        net.load_state_dict(state["net"])
        opt.load_state_dict(state["opt"])
        begin = state["epoch"]
    steps = min(-(-len(faces) // batch), recipe.get("steps", len(faces)))
    for epoch in range(begin, recipe["epochs"]):
        clock, right, total, seen = run.Clock(), 0, 0.0, 0
        order = torch.randperm(len(faces), generator=torch.Generator().manual_seed(recipe["seed"] * 1000 + epoch))
        net.train()
        for step in tqdm(range(steps), desc=f"epoch {epoch + 1}/{recipe['epochs']}", disable=None):
            pick = order[step * batch : (step + 1) * batch]
            logits = net(fer.plain(faces.pixels[pick.numpy()], side).contiguous(memory_format=torch.channels_last))[HEAD]
            loss = F.cross_entropy(logits, labels[pick])
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            right += int((logits.argmax(1) == labels[pick]).sum())
            total += loss.item() * len(pick)
            seen += len(pick)
        test_accuracy, test_loss = judge(net, test, side, batch)
        # Of the epoch as it went, as Keras and the paper's curves have it.
        log.epoch(epoch=epoch + 1, train_accuracy=right / seen, test_accuracy=test_accuracy, train_loss=total / seen, test_loss=test_loss, seconds=clock.seconds())
        log.curves(("train_accuracy", "test_accuracy"), ("train_loss", "test_loss"))
        log.save(epoch=epoch + 1, net=net.state_dict(), opt=opt.state_dict())
    log.result(training_faces=len(faces), test_faces=len(test), last=log.rows[-1])
