"""Where things are: the checkout, and the folder of the made model files, which is never inside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def default_folder() -> Path:
    """`$MOUE_CACHE/peers`, or `~/.cache/moue/peers`."""
    cache = os.environ.get("MOUE_CACHE")
    return (Path(cache) if cache else Path.home() / ".cache" / "moue") / "peers"
