"""The test for copies: who copies fails it, who does not passes, by a margin that chance does not reach."""

import pytest
import torch
from scipy.stats import mannwhitneyu

from ganlib.metrics import nearest_neighbours
from ganlib.metrics.memorisation import copying


def points(n, seed):
    return torch.randn(n, 8, generator=torch.Generator().manual_seed(seed))


def test_new_points_of_the_same_kind_pass_and_copies_do_not():
    train, new = points(300, 0), points(200, 1)
    fresh = [copying(points(200, seed), train, new) for seed in range(2, 12)]
    assert not any(verdict.copies for verdict in fresh)
    assert all(abs(verdict.share - 0.5) < 0.12 for verdict in fresh)
    copied = copying(train[:200] + 0.3 * points(200, 20), train, new)
    assert copied.copies and copied.share > 0.95 and copied.samples < copied.held_out
    assert "COPIES" in str(copied) and "no copies" in str(fresh[0])


def test_half_a_set_of_copies_is_found_too():
    train, new = points(300, 0), points(200, 1)
    half = torch.cat([train[:100] + 0.2 * points(100, 5), points(100, 6)])
    assert copying(half, train, new).copies


def test_noise_passes_because_it_is_far_from_everything():
    verdict = copying(5 * points(200, 3), points(300, 0), points(200, 1))
    assert not verdict.copies and verdict.share < 0.05 and verdict.z < -5


def test_share_and_z_are_those_of_the_rank_test():
    train, new, samples = points(100, 0), points(60, 1), 0.9 * points(80, 2)
    verdict = copying(samples, train, new)
    near, near_new = (nearest_neighbours(x, train)[0].numpy() for x in (samples, new))
    U = mannwhitneyu(near_new, near).statistic
    assert verdict.share == pytest.approx(U / (60 * 80))
    assert verdict.z == pytest.approx((U - 60 * 80 / 2) / (60 * 80 * (60 + 80 + 1) / 12) ** 0.5)


def test_equal_distances_count_half():
    same = torch.ones(30, 2)
    assert copying(same, torch.zeros(5, 2), same).share == 0.5


def test_few_points_are_refused():
    with pytest.raises(ValueError, match="at least 20"):
        copying(points(10, 0), points(50, 1), points(50, 2))
