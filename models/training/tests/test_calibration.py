"""Calibration and soups, against values worked out by hand or known from how the data was drawn."""

import numpy as np
import pytest
import torch

from moue_training import calibration, expression, run, soup


def test_the_error_is_the_gap_of_each_bin_weighted_by_its_faces():
    # Two of the fifteen bins: 0.62 (three faces, two right) and 0.95 (one face, wrong).
    probability = np.array([[0.62, 0.38], [0.62, 0.38], [0.38, 0.62], [0.95, 0.05]])
    error = calibration.expected_calibration_error(probability, np.array([0, 0, 0, 1]))
    assert error == pytest.approx((3 * abs(2 / 3 - 0.62) + 1 * abs(0 - 0.95)) / 4)


def test_logits_that_the_labels_were_drawn_from_are_calibrated_once_their_stretch_is_undone():
    torch.manual_seed(1)
    logits = torch.randn(20_000, 7) * 2
    truth = torch.distributions.Categorical(logits=logits).sample().numpy()
    stretched = 3 * logits.numpy()
    assert calibration.expected_calibration_error(calibration.probabilities(stretched, 1.0), truth) > 0.1
    assert calibration.expected_calibration_error(calibration.cross_validated(stretched, truth), truth) < 0.02


def test_a_soup_lies_between_its_networks(tmp_path):
    nets = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        nets.append(expression.build())
        run.save_weights(nets[-1], tmp_path / f"{seed}.npz")
    mixed = soup.soup([tmp_path / "0.npz", tmp_path / "1.npz"], [0.25, 0.75]).state_dict()
    for key in ("convs.conv1.weight", "convs.conv1.norm.running_var"):
        wanted = sum(share * net.state_dict()[key].half().float() for share, net in zip((0.25, 0.75), nets))
        assert torch.allclose(mixed[key], wanted, atol=1e-6), key


def test_a_soup_whose_shares_are_not_one_in_all_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="together they are 1"):
        soup.soup([tmp_path / "a.npz", tmp_path / "b.npz"], [0.5, 0.6])


def test_weights_that_are_not_there_are_named(tmp_path):
    with pytest.raises(SystemExit, match="a.npz: not found"):
        soup.soup([tmp_path / "a.npz"], [1.0])
