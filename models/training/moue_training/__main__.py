"""One entry point: `python -m moue_training RECIPE.toml --data DIR --out DIR`. The recipe's `task` says which network is trained."""

from __future__ import annotations

import argparse
import importlib
import time
import tomllib
from pathlib import Path

from . import run

TASKS = ("expression", "detector", "refiner", "paper")


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training", description=__doc__)
    parser.add_argument("recipe", type=Path, help="a file of recipes/")
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets the task needs")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, curves and the exported model; an unfinished run there is resumed")
    parser.add_argument("--minutes", type=float, help=f"stop before the epoch that would not end within so many minutes, with status {run.MORE_TO_DO}; the same command goes on")
    args = parser.parse_args()
    try:
        recipe = tomllib.loads(args.recipe.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SystemExit(f"{args.recipe}: {error}") from error
    if recipe.get("task") not in TASKS:
        raise SystemExit(f"{args.recipe}: task is {recipe.get('task')!r}, expected one of {', '.join(TASKS)}")
    if not args.data.is_dir():
        raise SystemExit(f"{args.data}: no such folder; --data must hold the training data, see models/training/README.md")
    if args.minutes is not None and args.minutes <= 0:
        raise SystemExit(f"--minutes {args.minutes}: it must be above 0")
    if args.minutes is not None and run.rank_and_world()[1] > 1:
        raise SystemExit("--minutes: a run of several processes can't stop early; leave it out, or start one process")
    if args.minutes is not None:
        run.deadline = time.time() + 60 * args.minutes
    importlib.import_module(f"moue_training.{recipe['task']}").train(recipe, args.data, args.out)


if __name__ == "__main__":
    main()
