import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from ganlib.likelihood import PPCA, LinearTask, bits_per_dimension, log_mean_exp


@pytest.fixture
def x():
    generator = torch.Generator().manual_seed(0)
    mix = torch.randn(6, 6, generator=generator, dtype=torch.float64)
    return torch.randn(300, 6, generator=generator, dtype=torch.float64) @ mix + 3


@pytest.mark.parametrize("factors", [1, 3, 5])
def test_equal_to_scikit_learn(x, factors):
    theirs, ours = PCA(factors).fit(x.numpy()), PPCA.fit(x, factors, ddof=1)
    assert float(ours.log_prob(x).mean()) == pytest.approx(theirs.score(x.numpy()), abs=1e-8)
    assert np.allclose(ours.log_prob(x), theirs.score_samples(x.numpy()), atol=1e-8)
    assert np.allclose(ours.covariance, theirs.get_covariance(), atol=1e-10)


def test_two_dimensions_and_one_factor_give_the_sample_covariance(x):
    plane = x[:, :2]
    model = PPCA.fit(plane, 1)
    assert torch.allclose(model.covariance, plane.T.cov(correction=0), atol=1e-12)


def test_nothing_nearby_is_likelier(x):
    best = PPCA.fit(x, 2)
    top = float(best.log_prob(x).mean())
    generator = torch.Generator().manual_seed(1)
    for factor in (0.9, 1.1):
        assert float(PPCA(best.mean, best.W, best.sigma2 * factor).log_prob(x).mean()) < top
        W = best.W + 0.05 * torch.randn(best.W.shape, generator=generator, dtype=torch.float64)
        assert float(PPCA(best.mean, W, best.sigma2).log_prob(x).mean()) < top
    assert float(PPCA.fit(x, 2, ddof=1).log_prob(x).mean()) < top


def test_bayes_rule_holds_for_likelihood_prior_posterior_and_evidence(x):
    model = PPCA.fit(x, 2)
    z = torch.randn(4, 2, dtype=torch.float64)
    mean, covariance = model.posterior(x[:1])
    prior = torch.distributions.MultivariateNormal(torch.zeros(2).double(), torch.eye(2).double()).log_prob(z)
    posterior = torch.distributions.MultivariateNormal(mean[0], covariance).log_prob(z)
    evidence = model.log_likelihood(x[:1], z)[:, 0] + prior - posterior
    assert torch.allclose(evidence, model.log_prob(x[:1]).expand(4), atol=1e-9)


def test_samples_have_the_model_s_mean_and_covariance(x):
    model = PPCA.fit(x, 2)
    drawn = model.sample(100_000, torch.Generator().manual_seed(0))
    assert torch.allclose(drawn.mean(0), model.mean, atol=0.05)
    assert torch.allclose(drawn.T.cov(), model.covariance, atol=0.03 * float(model.covariance.max()))


def test_imputation_is_the_conditional_gaussian(x):
    model, observed = PPCA.fit(x, 2), torch.tensor([True, False, True, True, False, True])
    S, o, m = model.covariance, observed, ~observed
    expected = model.mean[m] + (x[:, o] - model.mean[o]) @ torch.linalg.solve(S[o][:, o], S[o][:, m])
    filled = model.impute(torch.where(observed, x, torch.nan).nan_to_num(1e9), observed)
    assert torch.allclose(filled[:, m], expected) and torch.equal(filled[:, o], x[:, o])
    draws = model.impute(x[:1].expand(50_000, -1), observed, generator=torch.Generator().manual_seed(0))
    spread = S[m][:, m] - S[m][:, o] @ torch.linalg.solve(S[o][:, o], S[o][:, m])
    assert torch.allclose(draws[:, m].mean(0), expected[0], atol=0.05)
    assert torch.allclose(draws[:, m].T.cov(), spread, atol=0.03 * float(spread.max()))


def test_what_is_no_model_is_refused(x):
    for factors in (0, 6):
        with pytest.raises(ValueError, match="factors must lie in 1 ... 5"):
            PPCA.fit(x, factors)
    flat = torch.cat([x[:, :2], torch.zeros(300, 2)], 1)
    with pytest.raises(ValueError, match="no variance for the noise"):
        PPCA.fit(flat, 2)
    with pytest.raises(ValueError, match="sigma2"):
        PPCA(torch.zeros(2), torch.zeros(2, 1), 0.0)
    with pytest.raises(ValueError, match="mean"):
        PPCA(torch.zeros(3), torch.zeros(2, 1), 1.0)


@pytest.mark.parametrize("knowledge", [0.0, 0.5, 1.0])
def test_the_weights_of_a_linear_task_average_to_the_exact_density(knowledge):
    task = LinearTask(2)
    noise = torch.randn(200_000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert float(log_mean_exp(task.log_weights(noise, knowledge))) == pytest.approx(task.exact, abs=0.02)


def test_a_linear_task_is_a_ppca_and_its_posterior_needs_one_sample():
    task = LinearTask(3, s=0.7)
    model = PPCA(torch.zeros(3).double(), torch.eye(3).double(), 0.7**2)
    x = torch.full((1, 3), task.x, dtype=torch.float64)
    mean, covariance = model.posterior(x)
    assert float(model.log_prob(x)) == pytest.approx(task.exact)
    assert (float(mean[0, 0]), float(covariance[0, 0]) ** 0.5) == pytest.approx(task.posterior)
    one = task.log_weights(torch.randn(5, 3, dtype=torch.float64), knowledge=1.0)
    assert torch.allclose(one, torch.full((5,), task.exact, dtype=torch.float64))
    posterior = torch.distributions.MultivariateNormal(mean[0], covariance)
    prior = torch.distributions.MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double())
    assert float(torch.distributions.kl_divergence(posterior, prior)) == pytest.approx(task.information)


@pytest.mark.parametrize(("dimension", "s"), [(0, 0.5), (2, 0.0), (2, -1.0)])
def test_what_is_no_task_is_refused(dimension, s):
    with pytest.raises(ValueError, match="dimension"):
        LinearTask(dimension, s)


def test_bits_do_not_depend_on_the_unit_of_pixels_but_nats_do():
    levels = torch.randint(0, 17, (500, 4), generator=torch.Generator().manual_seed(0)) + torch.rand(500, 4)
    bits, nats = [], []
    for scale in (1.0, 1 / 17, 2 / 17):
        model = PPCA.fit(levels * scale, 2)
        log_prob = model.log_prob(levels * scale)
        nats.append(float(log_prob.mean()))
        bits.append(float(bits_per_dimension(log_prob, 4, scale).mean()))
    assert bits == pytest.approx([bits[0]] * 3, abs=1e-6)
    assert nats[1] - nats[0] == pytest.approx(4 * math.log(17), abs=1e-6)


def test_bits_of_a_uniform_code():
    assert float(bits_per_dimension(torch.tensor(-64 * math.log(17.0)), 64, 1.0)) == pytest.approx(math.log2(17))
    for dimensions, width in ((0, 1.0), (64, 0.0)):
        with pytest.raises(ValueError, match="must be positive"):
            bits_per_dimension(torch.zeros(1), dimensions, width)
