"""The shipped networks on the int8 engine and on tract: the same faces, and the same labels wherever the two best scores don't nearly tie."""

import json

import cv2
import numpy as np

COUNT = 24
# One step of the last quantised tensor moves a score by less than this.
STEP = 0.1


def warps(photos, folder):
    """Photos with one face each: turned, scaled, mirrored, brighter and darker, from a seed."""
    rng = np.random.default_rng(4)
    pictures = [cv2.imread(str(photos / name)) for name in ("astronaut.jpg", "grace_hopper.jpg")]
    for i in range(COUNT):
        picture = pictures[i % 2]
        height, width = picture.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 3), rng.uniform(-20, 20), rng.uniform(0.7, 1.2))
        warped = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        warped = np.clip(warped * rng.uniform(0.6, 1.2) + rng.uniform(-20, 20), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{i:02}.png"), warped[:, ::-1] if rng.random() < 0.5 else warped)


def test_both_backends_find_the_same_faces_and_read_them_alike(moue, photos, tmp_path):
    warps(photos, tmp_path)
    int8, tract = ([json.loads(line) for line in moue("analyze", tmp_path, "--json", "--backend", backend).stdout.splitlines()] for backend in ("int8", "tract"))
    assert len(int8) == len(tract) == COUNT
    compared, labels = 0, set()
    for mine, theirs in zip(int8, tract):
        assert len(mine["faces"]) == len(theirs["faces"]), mine["image"]
        for a, b in zip(mine["faces"], theirs["faces"]):
            for point in a["points"]:
                assert np.abs(np.subtract(a["points"][point], b["points"][point])).max() < 2, mine["image"]
            second, first = sorted(a["scores"].values())[-2:]
            if first - second > STEP:
                assert max(a["scores"], key=a["scores"].get) == max(b["scores"], key=b["scores"].get), mine["image"]
                compared += 1
            labels.add(max(a["scores"], key=a["scores"].get))
    assert compared >= COUNT * 3 // 4
    assert len(labels) > 1, "the faces must differ for the comparison to mean anything"
