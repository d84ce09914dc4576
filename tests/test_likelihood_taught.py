"""What notebook 01 writes out in full equals what the library has, and is what it says it is."""

import math

import pytest
import torch
from test_taught import cells_with
from torch import nn

from ganlib.data.mixtures import GaussianMixture
from ganlib.likelihood import PPCA, bits_per_dimension, log_mean_exp

NOTEBOOK = "01_likelihood_models"


def taught(*marks: str) -> dict:
    space = {"torch": torch, "nn": nn, "math": math}
    exec(cells_with(NOTEBOOK, *marks), space)
    return space


@pytest.fixture
def x():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(200, 6, generator=generator).double() @ torch.randn(6, 6, generator=generator).double() + 1


def test_log_mean_exp():
    values = 500 * torch.randn(7, 5)
    for dim in (0, 1):
        assert torch.equal(taught("def log_mean_exp(")["log_mean_exp"](values, dim), log_mean_exp(values, dim))


def test_mixture():
    mixture = GaussianMixture(torch.randn(3, 2), 0.6, torch.tensor([0.2, 0.3, 0.5]))
    points = torch.randn(20, 2)
    ours = taught("def log_prob_mixture(")["log_prob_mixture"](points, mixture.weights, mixture.means, mixture.sigma)
    assert torch.allclose(ours, mixture.log_prob(points), atol=1e-5)


@pytest.mark.parametrize("ddof", [0, 1])
def test_ppca(x, ddof):
    ours, theirs = PPCA(*taught("def fit_ppca(")["fit_ppca"](x, 2, ddof)), PPCA.fit(x, 2, ddof=ddof)
    assert torch.allclose(ours.covariance, theirs.covariance) and torch.allclose(ours.mean, theirs.mean)


def test_imputation(x):
    model, observed = PPCA.fit(x, 3), torch.tensor([True, False, True, True, False, True])
    assert torch.allclose(taught("def fill_in(")["fill_in"](model, x, observed), model.impute(x, observed))


def test_bits(x):
    log_prob = PPCA.fit(x, 2).log_prob(x)
    ours = taught("def bits_per_dimension(")["bits_per_dimension"](log_prob, 6, 0.1)
    assert torch.equal(ours, bits_per_dimension(log_prob, 6, 0.1))


def test_the_regression_is_a_density_of_y():
    torch.manual_seed(0)
    model = taught("class MixtureRegression(")["MixtureRegression"](3).requires_grad_(False)
    y = torch.linspace(-30, 30, 60_001)
    for place in (-1.0, 2.0):
        assert float(model.log_prob(torch.full_like(y, place), y).exp().sum() * 1e-3) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("components", [1, 3])
def test_the_density_network_is_the_mixture_it_says(components):
    torch.manual_seed(0)
    space = taught("def log_mean_exp(", "class DensityNetwork(")
    model = space["DensityNetwork"](nn.Linear(2, components * 3), 2, components).requires_grad_(False)
    z, points = torch.randn(4, 2), torch.randn(9, 2)
    out = model.decoder(z).view(4, components, 3)
    for k in range(4):
        weights = out[k, :, 2].softmax(0)
        expected = GaussianMixture(out[k, :, :2], float(model.log_sigma.exp()), weights).log_prob(points)
        assert torch.allclose(model.log_likelihood(points, z)[:, k], expected, atol=1e-4)
    torch.manual_seed(1)
    drawn = torch.randn(50, 2)
    torch.manual_seed(1)
    expected = log_mean_exp(model.log_likelihood(points, drawn), 1)
    assert torch.allclose(model.log_prob(points, 50), expected)
