"""Fixtures for the tests that look at Moue from outside: the built command and the photos.

What a test compares with (ONNX Runtime, OpenCV) is the test's own business.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = ROOT / "tests" / "photos"


@pytest.fixture(scope="session")
def moue():
    """Runs the built `moue` command: `moue("analyze", photo)` returns the completed process, its output as text.

    The binary is `$MOUE_BIN`, which `cargo xtask test --suite python` sets, or else the last release build.
    """
    suffix = ".exe" if sys.platform == "win32" else ""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = Path(os.environ.get("MOUE_BIN", target / "release" / f"moue{suffix}"))
    if not binary.is_file():
        pytest.fail(f"{binary} is not there; build it with: cargo build --release -p moue-cli")

    def run(*arguments):
        return subprocess.run([binary, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=300)

    return run


@pytest.fixture(scope="session")
def root():
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def photos():
    """The folder of the public-domain photos."""
    return PHOTOS


@pytest.fixture(scope="session")
def astronaut():
    """One frontal, smiling face, 512x512."""
    return PHOTOS / "astronaut.jpg"


@pytest.fixture(scope="session")
def grace_hopper():
    """One face with glasses, turned a little, 512x600."""
    return PHOTOS / "grace_hopper.jpg"
