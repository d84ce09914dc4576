import math

import pytest
import torch

from ganlib.data.mixtures import GaussianMixture, grid, ring, two_bumps


def test_density_integrates_to_one_and_agrees_with_torch():
    mixture = two_bumps(gap=3.0, sigma=0.7)
    x = torch.linspace(-12, 12, 20_001, dtype=torch.float64)[:, None]
    density = mixture.log_prob(x).exp()
    assert float(density.sum() * (x[1] - x[0])) == pytest.approx(1, abs=1e-6)
    parts = torch.distributions.Normal(mixture.means.double().T, mixture.sigma).log_prob(x)
    assert torch.allclose(mixture.log_prob(x), torch.logsumexp(parts + math.log(0.5), 1), atol=1e-6)


def test_score_is_the_gradient_of_the_log_density():
    mixture = GaussianMixture(torch.randn(4, 2), 0.6, torch.tensor([0.1, 0.2, 0.3, 0.4]))
    x = torch.randn(50, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(mixture.log_prob(x).sum(), x)
    assert torch.allclose(mixture.score(x), gradient, atol=1e-4)


def test_ring_has_as_many_different_modes_as_asked_for():
    means = ring(8).means
    assert torch.allclose(means.norm(dim=1), torch.ones(8))
    assert torch.cdist(means, means).add(torch.eye(8) * 9).min() > 0.7  # linspace(0, 2 pi, 8) would give 0


def test_grid_is_the_paper_s():
    assert {tuple(mean) for mean in grid().means.tolist()} == {(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)}


def test_samples_follow_the_weights_and_sigma():
    mixture = GaussianMixture(torch.tensor([[-10.0], [10.0]]), 0.5, torch.tensor([0.25, 0.75]))
    x = mixture.sample(40, 500, generator=torch.Generator().manual_seed(0))
    assert x.shape == (40, 500, 1)
    right = x[x > 0]
    assert len(right) / x.numel() == pytest.approx(0.75, abs=0.02)
    assert float(right.std()) == pytest.approx(0.5, abs=0.02)


def test_samples_come_from_the_given_generator_only():
    before = torch.get_rng_state()
    first = ring().sample(5, generator=torch.Generator().manual_seed(3))
    assert torch.equal(first, ring().sample(5, generator=torch.Generator().manual_seed(3)))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("means", "sigma", "weights"),
    [
        (torch.zeros(3), 1.0, None),
        (torch.zeros(3, 1), 0.0, None),
        (torch.zeros(2, 1), 1.0, torch.tensor([0.5, 0.6])),
        (torch.zeros(2, 1), 1.0, torch.tensor([1.0, 0.0])),
        (torch.zeros(2, 1), 1.0, torch.tensor([1.0])),
    ],
)
def test_what_is_no_distribution_is_refused(means, sigma, weights):
    with pytest.raises(ValueError, match="means|weights"):
        GaussianMixture(means, sigma, weights)
