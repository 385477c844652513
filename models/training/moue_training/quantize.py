"""From a trained network to an int8 one: folds batch norm, chooses the activation grids, turns on simulated rounding.

What `Net.forward` computes after `prepare` is what the exported file computes, up to float rounding. Fine-tuning afterwards is the task's job.
"""

from __future__ import annotations

import torch

from .graph import Net

CANDIDATES = 40


@torch.no_grad()
def fold(net: Net) -> None:
    for conv in net.convs.values():
        conv.fold()


@torch.no_grad()
def prepare(net: Net, batches: list[torch.Tensor]) -> None:
    """Folds, observes every tensor on `batches` (luma in 0..1) and sets its grid and the weights' grids."""
    fold(net)
    net.eval()
    samples: dict[str, list[torch.Tensor]] = {name: [] for name in net.grids}
    generator = torch.Generator().manual_seed(0)

    def watch(name):
        def hook(_module, _inputs, value):
            flat = value.detach().float().flatten()
            pick = torch.randint(0, len(flat), (min(len(flat), 60_000),), generator=generator)
            samples[name].append(torch.cat([flat[pick], flat.amin()[None], flat.amax()[None]]))

        return hook

    hooks = [grid.register_forward_hook(watch(name)) for name, grid in net.grids.items()]
    for batch in batches:
        net(batch)
    for hook in hooks:
        hook.remove()
    for node in net.nodes:
        if node.kind == "output":
            continue
        grid = net.grids[node.name]
        if node.kind == "input":
            low, high = 0.0, 1.0
        else:
            low, high = best_range(torch.cat(samples[node.name]))
        scale = torch.tensor((high - low) / 255, dtype=torch.float32)
        grid.scale.copy_(scale)
        grid.zero_point.copy_(torch.round(-low / scale).clamp(0, 255).to(torch.int32))
        grid.on = True
    for node in net.nodes:
        if node.name in net.convs:
            conv = net.convs[node.name]
            conv.quantized_weights, conv.input_scale = True, float(net.grids[node.inputs[0]].scale)


def best_range(values: torch.Tensor) -> tuple[float, float]:
    """The range, zero included, whose 255 steps lose the least in the mean square, clipping counted in."""
    low, high = min(0.0, float(values.min())), max(1e-6, float(values.max()))
    best = (float("inf"), low, high)
    for i in range(CANDIDATES):
        shrink = 1 - i / (CANDIDATES * 1.25)
        scale = (high - low) * shrink / 255
        zero_point = round(-low * shrink / scale)
        rounded = torch.fake_quantize_per_tensor_affine(values, scale, zero_point, 0, 255)
        loss = float((rounded - values).square().mean())
        if loss < best[0]:
            best = (loss, low * shrink, high * shrink)
    return best[1], best[2]
