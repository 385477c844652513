"""The face tasks on tiny made-up data: geometry, targets, the split. No photo set is needed."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from moue_training import detector_network, detector_targets, evaluate_faces, faces_data, faces_judge, faces_pipeline, refiner
from moue_training.detector_canvas import Canvas, Painter
from moue_training.faces_augment import affine, move_boxes, move_points, warp
from moue_training.refiner_crops import CROP_SIDE, cut, from_crop, similarity

FACE = np.array([[40, 50], [70, 52], [56, 66], [44, 80], [68, 81]], np.float32)
BOX = np.array([30, 25, 80, 95], np.float32)


def photo(luma=None, name="portraits/1_0_0.jpg"):
    luma = np.zeros((120, 110), np.uint8) if luma is None else luma
    return faces_data.Photo(name, luma, BOX[None].copy(), FACE[None].copy(), np.array([0.9], np.float32), FACE.copy(), faces_data.pyramid(luma))


def names(count, pattern):
    return [pattern.format(i) for i in range(count)]


def test_a_mirrored_face_has_its_left_points_on_the_left():
    matrix = affine(np.array([55.0, 60.0]), np.array([55.0, 60.0]), 1.0, 0.0, True)
    left_eye, right_eye, _, left_mouth, right_mouth = move_points(FACE[None], matrix, True)[0]
    assert left_eye[0] < right_eye[0] and left_mouth[0] < right_mouth[0]
    np.testing.assert_allclose(left_eye, [110 - 70, 52], atol=1e-4)


def test_mirroring_twice_gives_the_face_back():
    matrix = affine(np.array([55.0, 60.0]), np.array([55.0, 60.0]), 1.0, 0.0, True)
    np.testing.assert_allclose(move_points(move_points(FACE[None], matrix, True), matrix, True)[0], FACE, atol=1e-4)


@pytest.mark.parametrize("scale", [0.2, 0.6, 1.0, 2.5])
def test_a_warped_picture_shows_a_dot_where_its_point_was_moved(scale):
    luma = np.zeros((120, 110), np.uint8)
    cv2.GaussianBlur(cv2.circle(luma, (70, 52), 5, 255, -1), (0, 0), 4, luma)
    matrix = affine(np.array([55.0, 60.0]), np.array([100.0, 90.0]), scale, 0.4, True)
    seen = warp(photo(luma), matrix, (200, 180)).astype(float)
    y, x = np.mgrid[0:180, 0:200] + 0.5
    middle = np.array([(seen * x).sum(), (seen * y).sum()]) / seen.sum()
    expected = matrix @ [70.5, 52.5, 1]
    assert np.linalg.norm(middle - expected) < 0.35


def test_a_quarter_turn_swaps_a_boxs_sides():
    matrix = affine(np.array([55.0, 60.0]), np.array([55.0, 60.0]), 1.0, np.pi / 2, False)
    np.testing.assert_allclose(move_boxes(BOX[None], matrix)[0], [55 - 35, 60 - 25, 55 + 35, 60 + 25], atol=1e-3)


@pytest.mark.parametrize("side, stride", [(20, 8), (60, 16), (180, 32)])
def test_a_face_is_taught_at_the_level_of_its_size_and_decodes_back(side, stride):
    box = np.array([128 - side / 2, 120 - side / 2, 128 + side / 2, 120 + side / 2], np.float32)
    points = box[:2] + np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32) * side
    rows, first, taught = detector_targets.targets(Canvas(np.zeros((256, 256), np.uint8), [box], [points])), 0, []
    for level in detector_targets.STRIDES:
        cells = 256 // level
        part = rows[first : first + cells**2]
        first += cells**2
        if not (part[:, 0] == 1).any():
            continue
        taught.append(level)
        answer = part[:, :15].T.reshape(15, cells, cells).copy()
        answer[0] = np.where(answer[0] == 1, 5, -5)
        scores, boxes, decoded = detector_targets.decode(answer, level, 0.5)
        assert len(scores) == (part[:, 0] == 1).sum()
        np.testing.assert_allclose(boxes, np.tile(box, (len(boxes), 1)), atol=1e-3)
        np.testing.assert_allclose(decoded, np.tile(points, (len(boxes), 1, 1)), atol=1e-3)
    assert taught == [stride]


def test_an_ignored_region_is_neither_face_nor_background():
    rows = detector_targets.targets(Canvas(np.zeros((64, 64), np.uint8), ignored=[np.array([8, 8, 40, 40], np.float32)]))
    cells = detector_targets.centres(64, 64, 8)
    inside = ((cells > 8) & (cells < 40)).all(1)
    assert (rows[:64, 0][inside] == -1).all() and (rows[:64, 0][~inside] == 0).all()


def test_a_large_faces_inside_is_background_to_the_level_of_small_faces():
    box = np.array([40, 30, 220, 230], np.float32)
    rows = detector_targets.targets(Canvas(np.zeros((256, 256), np.uint8), [box], [FACE]))
    assert (rows[: 32 * 32, 0] == 0).all()


def test_the_right_answer_costs_less_than_a_shifted_one():
    box = np.array([100, 100, 160, 170], np.float32)
    wanted = torch.from_numpy(detector_targets.targets(Canvas(np.zeros((256, 256), np.uint8), [box], [FACE])))[None]
    answer = wanted[..., :15].clone()
    answer[..., 0] = torch.where(wanted[..., 0] == 1, 6.0, -6.0)
    shifted = answer.clone()
    shifted[..., 1:] += 0.5
    right, wrong = detector_targets.loss(answer, wanted), detector_targets.loss(shifted, wanted)
    assert float(right["box"]) < 0.01 and float(right["points"]) < 0.01
    assert all(float(wrong[key]) > float(right[key]) for key in ("box", "points"))


def test_overlaps_of_known_boxes_are_the_known_ones():
    same = torch.tensor([[1.0, 1.0, 1.0, 1.0]])
    overlap, generalised = detector_targets.box_overlaps(same, torch.tensor([[1.0, 1.0, 1.0, 3.0]]))
    assert overlap.item() == pytest.approx(0.5) and generalised.item() == pytest.approx(0.5)


def test_suppression_keeps_the_best_of_overlapping_boxes_and_every_lone_one():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 30, 40, 40]], float)
    assert detector_targets.non_maximum_suppression(np.array([0.6, 0.9, 0.5]), boxes, 0.4, 0.8).tolist() == [1, 2]


def test_suppression_drops_a_part_of_a_better_face_but_not_a_face_around_a_better_one():
    boxes = np.array([[0, 0, 40, 40], [10, 10, 20, 20]], float)
    assert detector_targets.non_maximum_suppression(np.array([0.9, 0.6]), boxes, 0.4, 0.8).tolist() == [0]
    assert detector_targets.non_maximum_suppression(np.array([0.6, 0.9]), boxes, 0.4, 0.8).tolist() == [1, 0]


def test_no_file_stands_on_two_sides_and_the_split_ignores_the_order_of_files():
    portraits = names(400, "{0}_0_0.jpg") + names(400, "{0}_1_0.jpg") + names(50, "_-20_{0}_1.jpg")
    once = faces_data.split_names(portraits, names(100, "s{0}.jpg"), names(300, "n{0:05}.jpg"))
    again = faces_data.split_names(portraits[::-1], names(100, "s{0}.jpg")[::-1], names(300, "n{0:05}.jpg")[::-1])
    assert once == again
    for kind, count in (("portraits", 850), ("scenes", 100), ("negatives", 300)):
        everything = [name for part in once.values() for name in part[kind]]
        assert len(everything) == len(set(everything)) == count
    assert len(once["held_out"]["negatives"]) == 100
    assert 0.06 < len(once["held_out"]["portraits"]) / 850 < 0.14


def test_two_cuts_of_one_photo_fall_on_the_same_side():
    parts = {faces_data.portrait_part(f"77_{face}_0.jpg") for face in range(5)}
    assert len(parts) == 1


def test_a_similarity_fit_finds_the_transform_that_made_the_points():
    matrix = affine(np.array([10.0, 5.0]), np.array([40.0, 30.0]), 0.7, 0.5, False)
    moved = FACE @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(similarity(FACE, moved), matrix, atol=1e-4)
    np.testing.assert_allclose(from_crop(matrix, moved), FACE, atol=1e-4)


@pytest.mark.parametrize("zoom", [0.3, 0.8, 2.0])
def test_a_crop_shows_a_dot_where_the_transform_says(zoom):
    luma = np.zeros((400, 400), np.uint8)
    cv2.GaussianBlur(cv2.circle(luma, (200, 210), 6, 255, -1), (0, 0), 4, luma)
    to_crop = affine(np.array([202.0, 209.0]), np.array([32.0, 32.0]), zoom, 0.3, False)
    crop = cut(luma, to_crop).astype(float)
    y, x = np.mgrid[0:CROP_SIDE, 0:CROP_SIDE] + 0.5
    middle = np.array([(crop * x).sum(), (crop * y).sum()]) / crop.sum()
    assert np.linalg.norm(middle - to_crop @ [200.5, 210.5, 1]) < 0.3


def test_a_portrait_pasted_on_a_background_keeps_its_points_inside_its_box():
    luma = np.full((120, 110), 128, np.uint8)
    painter = Painter(faces_data.Faces([photo(luma)], [photo(luma, "scenes/a.jpg")], [photo(luma, "negatives/b.jpg")]), 128)
    rng, faces = np.random.default_rng(3), 0
    for _ in range(60):
        canvas = painter.canvas(rng)
        assert canvas.luma.shape == (128, 128) and canvas.luma.dtype == np.uint8
        for box, points in zip(canvas.boxes, canvas.points):
            faces += 1
            assert (points > box[:2]).all() and (points < box[2:]).all()
            assert points[0, 0] < points[1, 0] and points[3, 0] < points[4, 0]
    assert faces > 30


@pytest.mark.parametrize("height, width, expected", [(480, 640, (256, 320)), (400, 400, (320, 320)), (216, 160, (320, 256)), (50, 1000, (32, 320))])
def test_the_detectors_picture_is_padded_to_whole_cells(height, width, expected):
    picture, factors = faces_pipeline.detector_input(np.full((height, width), 200, np.uint8), 320)
    assert picture.shape == expected
    inside = picture[: round(height / factors[1]), : round(width / factors[0])]
    assert inside.min() == 200 and picture.sum() == inside.sum(dtype=int)


def test_both_networks_answer_in_the_shapes_of_the_model_format():
    detector = detector_network.build(8, [[8, 0], [8, 1], [8, 0], [8, 0]], [8, 8, 8]).eval()
    shapes = {name: tuple(value.shape) for name, value in detector(torch.rand(1, 1, 64, 96)).items()}
    assert shapes == {"stride8": (1, 15, 8, 12), "stride16": (1, 15, 4, 6), "stride32": (1, 15, 2, 3)}
    small = refiner.build([[8, 2], [8, 2], [8, 2]], 1, 8, 1, 8, 8).eval()
    assert {name: tuple(value.shape) for name, value in small(torch.rand(2, 1, 64, 64)).items()} == {"points": (2, 10), "face": (2, 1)}


def test_points_that_the_refiner_leaves_alone_come_back_unmoved():
    template = (FACE - FACE.mean(0)) / 100 + 0.5
    still = lambda luma: {"points": np.zeros((1, 10), np.float32), "face": np.zeros((1, 1), np.float32)}  # noqa: E731
    points, score = faces_pipeline.refine(still, template, np.zeros((200, 200), np.uint8), FACE * 1.5 + 10, 2)
    np.testing.assert_allclose(points, FACE * 1.5 + 10, atol=1e-4)
    assert score == pytest.approx(0.5)


def test_a_missed_face_counts_as_a_whole_eye_distance():
    hit = faces_pipeline.Detection(0.9, BOX, FACE + [3.0, 0.0])
    error = 3 / np.linalg.norm(FACE[0] - FACE[1])
    figures = evaluate_faces.point_figures([(photo(), hit), (photo(), None)])
    assert figures["point_error"] == pytest.approx((error + 1) / 2, abs=1e-4)
    assert figures["point_error_of_found"] == pytest.approx(error, abs=1e-4)


def test_the_threshold_is_the_lowest_that_leaves_few_enough_false_boxes():
    scores = faces_judge.Scores(np.array([0.9, 0.5, 0.2]), np.array([0.3, 0.62, 0.8]), 100)
    threshold = faces_judge.choose_threshold(scores, 1.0)
    assert 0.62 < threshold <= 0.64
    assert scores.recall(threshold) == pytest.approx(1 / 3) and scores.false_per_hundred(threshold) == 1


def test_a_part_without_photos_is_named_and_held_out_needs_no_scenes(tmp_path):
    names = {kind: [f"{number}_0.png" for number in range(count)] for kind, count in (("portraits", 60), ("scenes", 60), ("negatives", 210))}
    for kind, files in names.items():
        (tmp_path / kind).mkdir()
        for name in files:
            cv2.imwrite(str(tmp_path / kind / name), np.zeros((8, 8), np.uint8))
    columns = [f"{point}_{axis}" for point in faces_data.POINTS for axis in "xy"]
    (tmp_path / "boxes.csv").write_text(",".join(["path", "x", "y", "w", "h", "score", *columns]) + "\n")
    (tmp_path / "landmarks.csv").write_text(",".join(["path", *columns]) + "\n")
    for part in ("training", "validation", "held_out"):
        assert faces_data.load(tmp_path, part).counts() == {kind: len(given) for kind, given in faces_data.split_names(*names.values())[part].items()}
    for name in names["negatives"][:20]:
        (tmp_path / "negatives" / name).unlink()
    with pytest.raises(SystemExit, match="no negatives fall into the training part"):
        faces_data.load(tmp_path, "training")
