"""One entry point: `python -m moue_training RECIPE.toml --data DIR --out DIR`. The recipe's `task` says which network is trained."""

from __future__ import annotations

import argparse
import importlib
import tomllib
from pathlib import Path

TASKS = ("expression", "detector", "refiner", "paper")


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training", description=__doc__)
    parser.add_argument("recipe", type=Path, help="a file of recipes/")
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets the task needs")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, curves and the exported model; an unfinished run there is resumed")
    args = parser.parse_args()
    try:
        recipe = tomllib.loads(args.recipe.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SystemExit(f"{args.recipe}: {error}") from error
    if recipe.get("task") not in TASKS:
        raise SystemExit(f"{args.recipe}: task is {recipe.get('task')!r}, expected one of {', '.join(TASKS)}")
    if not args.data.is_dir():
        raise SystemExit(f"{args.data}: no such folder; --data must hold the training data, see models/training/README.md")
    importlib.import_module(f"moue_training.{recipe['task']}").train(recipe, args.data, args.out)


if __name__ == "__main__":
    main()
