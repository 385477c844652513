"""The shipped networks in our engine, in ONNX Runtime and in tract: the same faces in, the same answers out.

Crops are seeded warps of the two photos. ONNX Runtime computes convolutions in other orders and rounds some sums the other way, so outputs may
differ by a few steps of the last quantised tensor; labels may differ only where the two best scores nearly tie.
"""

import json
import subprocess

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest

FACES = {
    # Eyes' middle and eye distance, marked by hand.
    "astronaut.jpg": ((224.5, 102.5), 43.0),
    "grace_hopper.jpg": ((263.0, 189.0), 83.0),
}
COUNT = 200


@pytest.fixture(scope="session")
def ours(root):
    """`ours(model, pictures)`: each output of the engine as an array [n, values], the channel running fastest."""
    build = subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--release", "-p", "moue-nn", "--example", "outputs", "--message-format=json"],
        cwd=root, capture_output=True, encoding="utf-8",
    )
    assert build.returncode == 0, build.stderr
    messages = [json.loads(line) for line in build.stdout.splitlines() if line.startswith("{")]
    program = next(m["executable"] for m in messages if m["reason"] == "compiler-artifact" and m["target"]["name"] == "outputs")

    def run(model, pictures):
        height, width = pictures.shape[1:]
        done = subprocess.run([program, model, str(height), str(width)], input=pictures.tobytes(), capture_output=True, timeout=300)
        assert done.returncode == 0, done.stderr.decode()
        return np.frombuffer(done.stdout, "<f4").reshape(len(pictures), -1)

    return run


def runtime(model, pictures):
    """The same numbers in the same order from ONNX Runtime, computed exactly on CPUs whose int8 instructions saturate."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    rows = []
    for picture in pictures:
        outputs = session.run(None, {"luma": picture[None, None].astype(np.float32) / np.float32(255)})
        rows.append(np.concatenate([np.moveaxis(o[0], 0, -1).ravel() for o in outputs]))
    return np.array(rows)


def crops(photos, side, eyes_at, eye_share):
    """Faces cut with random turn, scale, shift, light and mirroring."""
    rng = np.random.default_rng(20)
    pictures = {name: cv2.imread(str(photos / name), cv2.IMREAD_GRAYSCALE) for name in FACES}
    result = []
    for i in range(COUNT):
        name = list(FACES)[i % 2]
        (x, y), distance = FACES[name]
        scale = eye_share * side / distance * rng.uniform(0.8, 1.25)
        matrix = cv2.getRotationMatrix2D((x, y), rng.uniform(-25, 25), scale)
        matrix[:, 2] += np.array(eyes_at) * side - (x, y) + rng.uniform(-0.08, 0.08, 2) * side
        crop = cv2.warpAffine(pictures[name], matrix, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        crop = np.clip(crop * rng.uniform(0.5, 1.4) + rng.uniform(-30, 30), 0, 255).astype(np.uint8)
        result.append(crop[:, ::-1] if rng.random() < 0.5 else crop)
    return np.ascontiguousarray(result)


def test_expression_logits_agree_with_onnx_runtime(ours, root, photos):
    model = root / "models" / "expression.onnx"
    faces = crops(photos, 48, (0.5, 0.38), 0.4)
    mine, theirs = ours(model, faces).reshape(COUNT, 2, 7), runtime(model, faces).reshape(COUNT, 2, 7)
    spread = theirs.std(axis=0).min()
    assert spread > 0.1, "the faces must differ for the comparison to mean anything"
    assert np.abs(mine - theirs).mean() < 0.02
    best = np.sort(theirs, axis=2)
    clear = best[..., -1] - best[..., -2] > last_step(model, "fer2013")
    assert (mine.argmax(2) == theirs.argmax(2))[clear].all()
    assert clear.mean() > 0.9


def last_step(model, output):
    """The largest change that one step of the last quantised tensor makes in an output."""
    proto = onnx.load(model)
    values = {i.name: onnx.numpy_helper.to_array(i) for i in proto.graph.initializer}
    nodes = {o: n for n in proto.graph.node for o in n.output}
    conv = nodes[nodes[output].input[0]] if nodes[output].op_type == "Flatten" else nodes[output]
    step = float(values[nodes[conv.input[0]].input[1]])
    weight = nodes[conv.input[1]]
    weights = values[weight.input[0]].astype(np.float64) * values[weight.input[1]].reshape(-1, 1, 1, 1)
    # Two logits move against each other by at most the difference of their weights, in every channel that is off by one.
    return step * np.abs(weights[:, None] - weights[None]).max() * 8


def test_refiner_agrees_with_onnx_runtime(ours, root, photos):
    model = root / "models" / "refiner.onnx"
    faces = crops(photos, 64, (0.5, 0.4), 0.3)
    mine, theirs = ours(model, faces), runtime(model, faces)
    assert theirs[:, :10].std(axis=0).min() > 0.005
    assert np.abs(mine[:, :10] - theirs[:, :10]).max() < 0.01
    assert np.abs(mine[:, 10:] - theirs[:, 10:]).max() < 0.5


@pytest.mark.parametrize("size", [(256, 320), (320, 192)])
def test_detector_agrees_with_onnx_runtime(ours, root, photos, size):
    model = root / "models" / "detector.onnx"
    height, width = size
    pictures = []
    for name in FACES:
        photo = cv2.imread(str(photos / name), cv2.IMREAD_GRAYSCALE)
        pictures += [cv2.resize(photo, (width, height)), cv2.resize(photo[:, ::-1] // 2, (width, height))]
    pictures = np.ascontiguousarray(pictures)
    mine, theirs = ours(model, pictures), runtime(model, pictures)
    assert mine.shape == theirs.shape
    score = lambda values: 1 / (1 + np.exp(-values.reshape(len(pictures), -1, 15)[..., 0]))
    threshold = next(float(entry.value) for entry in onnx.load(model).metadata_props if entry.key == "moue.threshold")
    assert score(theirs).max(axis=1).min() > threshold, "each picture shows a face"
    assert np.abs(score(mine) - score(theirs)).max() < 0.1
    assert np.abs(mine - theirs).mean() < 0.03
