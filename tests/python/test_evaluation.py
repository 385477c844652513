"""`moue eval` against the same figures from ONNX Runtime, NumPy, OpenCV and Pillow: the same faces in, the same figures out.

Faces are seeded warps of the two photos. Their labels are what ONNX Runtime reads, wrong on purpose for every third face.
"""

import csv
import io
import json

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

COUNT = 150
NAMES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
EYES = {"astronaut.jpg": ((224.5, 102.5), 43.0), "grace_hopper.jpg": ((263.0, 189.0), 83.0)}
SIDE = 48


def make_faces(photos):
    rng = np.random.default_rng(7)
    pictures = {name: cv2.imread(str(photos / name), cv2.IMREAD_GRAYSCALE) for name in EYES}
    faces = []
    for i in range(COUNT):
        name = list(EYES)[i % 2]
        (x, y), distance = EYES[name]
        matrix = cv2.getRotationMatrix2D((x, y), rng.uniform(-25, 25), 0.4 * SIDE / distance * rng.uniform(0.8, 1.25))
        matrix[:, 2] += np.array((0.5, 0.38)) * SIDE - (x, y) + rng.uniform(-5, 5, 2)
        face = cv2.warpAffine(pictures[name], matrix, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        faces.append(np.clip(face * rng.uniform(0.5, 1.4) + rng.uniform(-30, 30), 0, 255).astype(np.uint8))
    return faces


@pytest.fixture(scope="module")
def read(root):
    """`read(faces)`: the probabilities of the fer2013 head, in the order of NAMES."""
    model = root / "models" / "expression.onnx"
    entries = {entry.key: entry.value for entry in onnx.load(model).metadata_props}
    order = [entries["moue.labels"].split(",").index(name) for name in NAMES]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def run(faces):
        rows = []
        for face in faces:
            (logits,) = session.run(["fer2013"], {"luma": face[None, None].astype(np.float32) / np.float32(255)})
            logits = logits[0][order].astype(np.float64) / float(entries["moue.temperature.fer2013"])
            rows.append(np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum())
        return np.array(rows)

    return run


@pytest.fixture(scope="module")
def case(photos, read, moue, tmp_path_factory):
    """Faces, their labels, what ONNX Runtime makes of them, and what `moue eval --corrupt` says."""
    faces = make_faces(photos)
    scores = read(faces)
    labels = scores.argmax(axis=1)
    labels[::3] = (labels[::3] + 1 + np.arange(len(labels[::3])) % 6) % 7
    path = tmp_path_factory.mktemp("fer") / "fer2013.csv"
    with open(path, "w", newline="", encoding="ascii") as file:
        rows = csv.writer(file)
        rows.writerow(["emotion", "pixels", "Usage"])
        for face, label in zip(faces, labels):
            rows.writerow([label, " ".join(map(str, face.ravel())), "PublicTest"])
    done = moue("eval", path, "--split", "PublicTest", "--corrupt", "--json")
    assert done.returncode == 0, done.stderr
    return faces, labels, scores, json.loads(done.stdout)


def test_readings_and_their_calibration_are_those_of_onnx_runtime(case):
    _, labels, scores, found = case
    right, confidence = scores.argmax(axis=1) == labels, scores.max(axis=1)
    assert len(set(labels)) >= 4, "several classes must occur for the comparison to mean anything"
    assert found["faces"] == COUNT
    assert found["accuracy"] == pytest.approx(right.mean(), abs=0.02)
    gaps = [(right - confidence)[np.ceil(confidence * 15) == bin].sum() for bin in range(1, 16)]
    assert found["ece"] == pytest.approx(np.abs(gaps).sum() / COUNT, abs=0.02)
    confident = np.argsort(-confidence, kind="stable")[: int(np.ceil(0.8 * COUNT))]
    assert found["accuracy_at_80_coverage"] == pytest.approx(right[confident].mean(), abs=0.02)
    assert sum(bin["faces"] for bin in found["reliability"]) == COUNT


def test_figures_by_class_follow_from_the_confusion_matrix(case):
    _, labels, _, found = case
    confusion = np.array(found["confusion"])
    assert (confusion.sum(axis=1) == np.bincount(labels, minlength=7)).all()
    truth = np.repeat(np.arange(7), confusion.sum(axis=1))
    predicted = np.concatenate([np.repeat(np.arange(7), row) for row in confusion])
    recalls, scores = [], []
    for index, entry in enumerate(found["per_class"]):
        hits = ((truth == index) & (predicted == index)).sum()
        is_true, is_predicted = (truth == index).sum(), (predicted == index).sum()
        assert (entry["expression"], entry["support"]) == (NAMES[index], is_true)
        for key, value, of in [("recall", hits, is_true), ("precision", hits, is_predicted), ("f1", 2 * hits, is_true + is_predicted)]:
            assert entry[key] == (pytest.approx(value / of) if of else None)
        recalls += [hits / is_true] if is_true else []
        scores += [2 * hits / (is_true + is_predicted)] if is_true + is_predicted else []
    assert found["balanced_accuracy"] == pytest.approx(np.mean(recalls))
    assert found["macro_f1"] == pytest.approx(np.mean(scores))


def test_the_interval_of_accuracy_is_near_the_binomial_one(case):
    found = case[3]
    share = found["accuracy"]
    half = 1.96 * np.sqrt(share * (1 - share) / COUNT)
    assert found["intervals"]["accuracy"] == pytest.approx([share - half, share + half], abs=0.015)


def through_jpeg(face):
    file = io.BytesIO()
    Image.fromarray(face).save(file, "JPEG", quality=30)
    return np.array(Image.open(file))


TURN = cv2.getRotationMatrix2D((SIDE / 2 - 0.5, SIDE / 2 - 0.5), -15, 1)  # OpenCV counts counterclockwise, pixel centres at whole numbers

CORRUPTIONS = {
    "small": lambda face: cv2.resize(cv2.resize(face, (24, 24), interpolation=cv2.INTER_AREA), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR),
    "blur": lambda face: cv2.GaussianBlur(face, (0, 0), 1.2, borderType=cv2.BORDER_REPLICATE),
    "dark": lambda face: face // 2,
    "jpeg": through_jpeg,
    "turn": lambda face: cv2.warpAffine(face, TURN, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruptions_cost_what_opencvs_and_pillows_cost(case, read, name):
    faces, labels, _, found = case
    expected = (read([CORRUPTIONS[name](face) for face in faces]).argmax(axis=1) == labels).mean()
    row = next(row for row in found["robustness"]["corruptions"] if row["name"] == name)
    assert row["accuracy"]["value"] == pytest.approx(expected, abs=0.025)
    assert row["loss"]["value"] == pytest.approx(found["accuracy"] - row["accuracy"]["value"])
