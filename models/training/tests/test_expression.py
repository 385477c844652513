"""The expression task's own arithmetic: the folded stem, FER+ majorities, duplicates, temperature."""

import io

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from moue_training import expression, fer, run


def test_the_folded_stem_is_the_stride_two_stem_on_the_doubled_picture():
    torch.manual_seed(0)
    picture, kernel = torch.rand(2, 1, 20, 20), torch.randn(4, 1, 3, 3)
    doubled = F.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)
    wanted = F.conv2d(F.pad(doubled, (0, 1, 0, 1)), kernel, stride=2)
    folded = torch.einsum("ia,ocab,jb->ocij", expression.FOLD, kernel, expression.FOLD)
    given = F.conv2d(picture, folded, padding=1)
    assert torch.allclose(given[..., 1:-1, 1:-1], wanted[..., 1:-1, 1:-1], atol=1e-5)


def test_a_majority_is_one_of_the_seven_and_alone_at_the_top():
    #                 neutral happy surprise sad anger disgust fear contempt unknown NF
    votes = np.array([[1, 7, 0, 0, 0, 0, 0, 0, 1, 1], [5, 5, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 2, 0, 6, 1, 0], [0] * 10, [0, 0, 0, 0, 6, 2, 2, 0, 0, 0]])
    assert fer.majority(votes).tolist() == [fer.LABELS.index("happy"), -1, -1, -1, fer.LABELS.index("angry")]


def test_duplicates_become_one_face_and_what_is_no_face_goes(tmp_path):
    rng = np.random.default_rng(0)
    one, two, three = rng.integers(0, 256, (3, 48, 48))
    rows = [(one, 0, [0, 0, 0, 0, 8, 0, 0, 0, 2, 0]), (two, 3, [0, 9, 0, 0, 0, 0, 0, 0, 1, 0]), (one, 4, [0, 0, 0, 6, 4, 0, 0, 0, 0, 0]), (three, 6, [1, 0, 0, 0, 0, 0, 0, 0, 0, 9])]
    (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n" + "".join(f"{label},{' '.join(map(str, face.ravel()))},Training\n" for face, label, _ in rows))
    (tmp_path / "fer2013new.csv").write_text("Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n" + "".join(f"Training,x,{','.join(map(str, votes))}\n" for *_, votes in rows))
    faces = fer.training(tmp_path)
    found = {face.tobytes(): (label.tolist(), vote.tolist()) for face, label, vote in zip(faces.pixels, faces.labels, faces.votes)}
    assert len(found) == 2
    labels, votes = found[one.astype(np.uint8).tobytes()]
    assert labels == [0.5, 0, 0, 0, 0.5, 0, 0]
    assert votes == [12, 0, 0, 0, 6, 0, 0]


def test_targets_are_shares_and_a_teacher_speaks_only_for_its_own_head_and_for_faces_with_votes():
    labels, votes = np.eye(7, dtype=np.float32)[[0, 3]], np.array([[6, 0, 0, 0, 0, 0, 2], [0] * 7], np.float32)
    faces = fer.Faces(np.zeros((2, 48, 48), np.uint8), labels, votes, np.array([0, -1]))
    recipe = {"label_smoothing": 0.07, "teacher_weight": 0.5}
    alone = expression.targets(faces, recipe, None)
    assert np.allclose(alone["fer2013"].numpy(), labels * 0.93 + 0.01)
    assert np.allclose(alone["consensus"].numpy(), [[0.75, 0, 0, 0, 0, 0, 0.25], [0] * 7])
    teacher = {"fer2013": np.eye(7, dtype=np.float32)[[1, 1]], "consensus": np.eye(7, dtype=np.float32)[[2, 2]]}
    taught = expression.targets(faces, recipe, teacher)
    assert np.allclose(taught["fer2013"].sum(1), 1) and np.allclose(taught["fer2013"][:, 1], 0.505)
    assert np.allclose(taught["consensus"].numpy(), [[0.375, 0, 0.5, 0, 0, 0, 0.125], [0] * 7])


def test_several_teachers_speak_as_the_mean_of_their_probabilities_and_once(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 48, 48), dtype=np.uint8)
    faces = fer.Faces(pixels, np.eye(7, dtype=np.float32)[:4], np.zeros((4, 7), np.float32), np.full(4, -1), pixels[None, :, ::-1])
    views = torch.cat([fer.plain(np.ascontiguousarray(view)) for picture in (pixels, pixels[:, ::-1]) for view in (picture, picture[:, :, ::-1])])
    paths, read = [tmp_path / "a.npz", tmp_path / "b.npz"], []
    for seed, path in enumerate(paths):
        torch.manual_seed(seed)
        net = expression.build().eval()
        run.save_weights(net, path)
        run.load_weights(net, path)  # as stored, in 16 bits
        with torch.no_grad():
            read.append({head: F.softmax(z, 1).view(4, 4, 7).mean(0).numpy() for head, z in net(views).items()})
    taught = expression.taught_by(paths, faces, tmp_path / "teacher.npz")
    for head in expression.HEADS:
        assert not np.allclose(read[0][head], read[1][head], atol=1e-3)
        assert np.allclose(taught[head], (read[0][head] + read[1][head]) / 2, atol=1e-5)
    for path in paths:
        path.unlink()
    assert all(np.array_equal(again, taught[head]) for head, again in expression.taught_by(paths, faces, tmp_path / "teacher.npz").items())


def test_the_temperature_undoes_a_known_stretch():
    torch.manual_seed(0)
    z = torch.randn(20_000, 7) * 2
    truth = torch.distributions.Categorical(logits=z).sample().numpy()
    assert abs(expression.temperature((3 * z).numpy(), truth) - 3) < 0.1


def test_augmentation_off_leaves_a_face_as_it_is_or_mirrors_it():
    still = {"turn": 0, "scale": [1, 1], "shift": 0, "contrast": [1, 1], "brightness": [0, 0], "gamma": [1, 1], "erasing": 0}
    faces = torch.randint(0, 256, (16, 48, 48), dtype=torch.uint8)
    plain = fer.plain(faces.numpy())
    given = fer.augment(faces, 48, still, torch.Generator().manual_seed(0))
    mirrored = [bool(torch.allclose(g, p.flip(2), atol=1e-4)) for g, p in zip(given, plain)]
    assert all(m or torch.allclose(g, p, atol=1e-4) for m, g, p in zip(mirrored, given, plain))
    assert 0 < sum(mirrored) < 16


def test_a_cover_hides_the_mouth_with_one_grey_and_leaves_the_eyes():
    faces = torch.randint(0, 256, (32, 48, 48), dtype=torch.uint8)
    given = fer.covered(faces, fer.COVERS["mouth_covered"], 1.0, torch.Generator().manual_seed(0))
    # Centre 0.766 with at most 0.06 off, 0.294 * 0.7 high at least: rows 36 and 37 of 48 always lie inside, row 20 never does.
    assert (given[:, 36:38, 22:26] == given[:, 36:37, 22:23]).all()
    assert torch.equal(given[:, :21], faces[:, :21])
    assert torch.equal(fer.covered(faces, fer.COVERS["mouth_covered"], 0.0, torch.Generator().manual_seed(0)), faces)


@pytest.mark.parametrize("quality", [15, 30, 49, 50, 75])
def test_jpeg_is_what_a_library_makes_of_it(quality):
    random = torch.rand((4, 1, 12, 12), generator=torch.Generator().manual_seed(0))
    x = F.interpolate(random, size=(48, 48), mode="bilinear", align_corners=False)
    given = fer.through_jpeg(x, torch.full((4,), float(quality)))
    for face, mine in zip(x, given):
        file = io.BytesIO()
        Image.fromarray((face[0] * 255).round().to(torch.uint8).numpy()).save(file, "JPEG", quality=quality)
        theirs = np.array(Image.open(file)).astype(int)
        # Their transform is in integers: in a few blocks a coefficient near the middle of a step falls to its other side.
        assert (np.abs((mine[0] * 255).numpy() - theirs) <= 1).mean() > 0.9


def test_jpeg_of_no_quality_leaves_a_face_as_it_is():
    x = torch.rand((2, 1, 48, 48), generator=torch.Generator().manual_seed(0))
    given = fer.through_jpeg(x, torch.tensor([0.0, 30.0]))
    assert torch.equal(given[0], x[0])
    assert (given[1] - x[1]).abs().mean() > 0.01
