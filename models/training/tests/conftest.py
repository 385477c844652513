"""What several tests of the training code start from."""

import numpy as np
import pytest

from moue_training import expression


@pytest.fixture
def data(tmp_path):
    """A folder with 24 random faces in the public formats, and random weights in ImageNet's shapes."""
    rng = np.random.default_rng(0)
    faces, votes = ["emotion,pixels,Usage"], ["Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"]
    for number in range(24):
        usage = "Training" if number < 16 else "PublicTest"
        faces.append(f"{number % 7},{' '.join(map(str, rng.integers(0, 256, 48 * 48)))},{usage}")
        votes.append(f"{usage},x,10,0,0,0,0,0,0,0,0,0")
    (tmp_path / "fer2013.csv").write_text("\n".join(faces) + "\n")
    (tmp_path / "fer2013new.csv").write_text("\n".join(votes) + "\n")
    net, arrays = expression.build(), {}
    convs = [node for node in net.nodes if node.kind == "conv"]
    for number, node in enumerate(convs):
        shape = list(net.convs[node.name].weight.shape)
        shape[1] = 3 if number == 0 else shape[1]
        arrays[f"conv{number:02}.weight"] = (rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(np.float32)
        arrays[f"conv{number:02}.bias"] = rng.normal(size=shape[0]).astype(np.float32) * 0.1
    np.savez(tmp_path / "features.npz", **arrays)
    return tmp_path
