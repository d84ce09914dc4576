"""The ELBO's parts against torch.distributions, against sums over draws, and against an exact likelihood."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Laplace, Normal, kl_divergence

from ganlib.likelihood import PPCA, elbo, log_mean_exp

coordinate = st.tuples(st.floats(-5, 5), st.floats(-4, 3))


@settings(deadline=None, max_examples=60)
@given(st.lists(coordinate, min_size=1, max_size=6))
def test_gaussian_kl_is_that_of_torch_distributions_and_never_negative(coordinates):
    mean, log_var = torch.tensor(coordinates, dtype=torch.float64).T
    ours = elbo.gaussian_kl(mean, log_var)
    theirs = kl_divergence(Normal(mean, (0.5 * log_var).exp()), Normal(0.0, 1.0)).sum()
    assert torch.isclose(ours, theirs, atol=1e-9) and ours >= -1e-12


def test_gaussian_kl_is_the_mean_of_log_q_minus_log_p():
    mean, log_var = torch.tensor([[0.5, -1.0], [0.0, 0.0]]), torch.tensor([[-1.0, 1.0], [0.0, 0.0]])
    noise = torch.randn(200_000, 1, 2, generator=torch.Generator().manual_seed(0))
    z = elbo.reparametrised(mean, log_var, noise)
    counted = (elbo.log_normal(z, mean, log_var) - elbo.log_normal(z)).mean(0)
    assert torch.allclose(elbo.gaussian_kl(mean, log_var), counted, atol=0.02)
    assert elbo.gaussian_kl(mean, log_var)[1] == 0


def test_reparametrised_draws_have_the_mean_and_the_deviation_asked_for():
    mean, log_var = torch.tensor([2.0, -1.0]), torch.tensor([4.0, 0.25]).log()
    z = elbo.reparametrised(mean, log_var, torch.randn(100_000, 2, generator=torch.Generator().manual_seed(0)))
    assert torch.allclose(z.mean(0), mean, atol=0.03) and torch.allclose(z.std(0), torch.tensor([2.0, 0.5]), atol=0.03)


@pytest.mark.parametrize(("name", "family"), [("gaussian", Normal), ("laplace", Laplace)])
def test_log_likelihoods_are_densities_whose_deviation_is_sigma(name, family):
    x, mean, sigma = torch.randn(5, 1, 4, 4), torch.randn(5, 1, 4, 4), torch.tensor(0.3)
    scale = sigma if name == "gaussian" else sigma / math.sqrt(2)
    expected = family(mean, scale).log_prob(x).flatten(1).sum(1)
    assert torch.allclose(elbo.LIKELIHOODS[name](x, mean, sigma.log()), expected, rtol=1e-5)
    assert torch.isclose(family(0.0, scale).stddev, sigma)


def test_bernoulli_is_the_probability_of_black_and_white_pixels_and_finite_where_it_is_sure():
    mean = torch.rand(3, 1, 2, 2) * 1.8 - 0.9
    x = torch.randint(2, (3, 1, 2, 2)) * 2.0 - 1
    expected = torch.where(x > 0, (1 + mean) / 2, (1 - mean) / 2).log().flatten(1).sum(1)
    assert torch.allclose(elbo.bernoulli_log_likelihood(x, mean), expected, rtol=1e-5)
    assert elbo.bernoulli_log_likelihood(-torch.ones(1, 1, 2, 2), torch.ones(1, 1, 2, 2)).isfinite().all()


def test_beta_weighs_the_divergence():
    terms = elbo.Terms(torch.tensor([-3.0, -1.0]), torch.tensor([2.0, 0.5]))
    assert terms.elbo().tolist() == [-5.0, -1.5] and terms.elbo(0.0).tolist() == [-3.0, -1.0]


def linear(generator):
    model = PPCA(torch.zeros(6).double(), torch.randn(6, 2, generator=generator).double(), 0.3)
    return model, model.sample(5, generator)


def weights_under(model, x, mean, log_var, K, generator):
    """log p(x|z) + log p(z) - log q(z|x) for K draws: (K, N)."""
    noise = torch.randn(K, *mean.shape, generator=generator, dtype=torch.float64)
    z = elbo.reparametrised(mean, log_var, noise)
    squares = (x - z @ model.W.T).square().sum(-1)
    log_likelihood = -0.5 * (squares / model.sigma2 + 6 * math.log(2 * math.pi * model.sigma2))
    return log_likelihood + elbo.log_normal(z) - elbo.log_normal(z, mean, log_var)


def test_the_bound_is_below_the_exact_likelihood_and_rises_with_the_number_of_draws():
    generator = torch.Generator().manual_seed(0)
    model, x = linear(generator)
    centre, covariance = model.posterior(x)
    mean = centre + 0.3
    log_var = covariance.diagonal().log().expand_as(mean)
    log_weights = weights_under(model, x, mean, log_var, 40_000, generator)
    bounds = [log_mean_exp(log_weights.view(-1, K, 5), dim=1).mean() for K in (1, 4, 50)]
    exact = model.log_prob(x).mean()
    assert bounds[0] < bounds[1] < bounds[2] <= exact + 0.02 and bounds[2] > exact - 0.2


def test_the_gap_is_the_divergence_to_the_posterior():
    generator = torch.Generator().manual_seed(1)
    model, x = linear(generator)
    centre, covariance = model.posterior(x)
    mean, log_var = centre - 0.2, torch.full((5, 2), -2.0, dtype=torch.float64)
    bound = weights_under(model, x, mean, log_var, 40_000, generator).mean(0)
    family = torch.distributions.MultivariateNormal
    gap = kl_divergence(family(mean, log_var.exp().diag_embed()), family(centre, covariance))
    assert torch.allclose(model.log_prob(x), bound + gap, atol=0.05)
