"""Averages the float weights of expression networks that share a start: where training noise pulls each its own way, the middle is better than the ends.

    python -m moue_training.soup A.npz B.npz --shares 0.4 0.6 --out runs/soup/float.npz [--data DATA]

"Model soups" (Wortsman et al., ICML 2022). A run whose `--out` holds the `float.npz` goes on with rounding; batch-norm statistics are averaged like weights. With `--data`, both heads' accuracy on PublicTest is printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from . import expression, fer, run
from .graph import Net


@torch.no_grad()
def soup(paths: list[Path], shares: list[float]) -> Net:
    """`shares` sum to 1."""
    if len(paths) != len(shares) or abs(sum(shares) - 1) > 1e-6:
        raise SystemExit(f"{len(paths)} files and shares {shares}: each file needs one, and together they are 1")
    mixed = expression.build()
    sums = {key: torch.zeros_like(value) for key, value in mixed.state_dict().items() if value.is_floating_point()}
    for path, share in zip(paths, shares):
        net = expression.build()
        run.load_weights(net, path)
        for key, value in net.state_dict().items():
            if key in sums:
                sums[key] += share * value
    mixed.load_state_dict(sums, strict=False)
    return mixed.eval()


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.soup", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="+", help="float weights of expression networks")
    parser.add_argument("--shares", type=float, nargs="+", required=True, help="the share of each, 1 in all")
    parser.add_argument("--out", type=Path, required=True, help="file for the mixed weights")
    parser.add_argument("--data", type=Path, help="folder with fer2013.csv and fer2013new.csv, to judge the mix")
    args = parser.parse_args()
    net = soup(args.weights, args.shares)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    run.save_weights(net, args.out)
    if args.data:
        check = fer.read(args.data, "PublicTest")
        print(args.shares, expression.accuracies(expression.logits(net, check.pixels), check))


if __name__ == "__main__":
    main()
