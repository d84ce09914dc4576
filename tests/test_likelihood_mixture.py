import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture as Theirs

from ganlib.data.mixtures import ring
from ganlib.likelihood import FullMixture, fit_mixture
from ganlib.likelihood.mixture import _step


@pytest.fixture(scope="module")
def x():
    return ring(5, radius=2.0, sigma=0.3).sample(300, generator=torch.Generator().manual_seed(0)).double()


def test_density_equals_scikit_learn_s(x):
    theirs = Theirs(4, random_state=0).fit(x.numpy())
    ours = FullMixture(*(torch.from_numpy(part) for part in (theirs.weights_, theirs.means_, theirs.covariances_)))
    assert np.allclose(ours.log_prob(x), theirs.score_samples(x.numpy()), atol=1e-9)


def test_one_step_equals_scikit_learn_s(x):
    weights, means, covariances = (
        torch.full((3,), 1 / 3, dtype=torch.float64),
        x[:3],
        torch.eye(2).double().expand(3, 2, 2),
    )
    theirs = Theirs(
        3,
        max_iter=1,
        reg_covar=1e-4,
        weights_init=weights.numpy(),
        means_init=means.numpy(),
        precisions_init=np.linalg.inv(covariances.numpy()),
    )
    with pytest.warns(UserWarning, match="converge"):
        theirs.fit(x.numpy())
    ours = _step(FullMixture(weights[None], means[None], covariances[None]), x, floor=1e-4)
    assert np.allclose(ours.means[0], theirs.means_) and np.allclose(ours.weights[0], theirs.weights_)
    assert np.allclose(ours.covariances[0], theirs.covariances_)


def test_no_step_lowers_the_likelihood(x):
    now = FullMixture(
        torch.full((1, 4), 0.25, dtype=torch.float64), x[None, :4], torch.eye(2).double().expand(1, 4, 2, 2)
    )
    values = []
    for _ in range(25):
        values.append(float(now.log_prob(x).mean()))
        now = _step(now, x, floor=0.0)
    assert np.all(np.diff(values) > -1e-9) and values[-1] > values[0] + 0.5


def test_the_clumps_are_found_and_one_component_is_the_gaussian(x):
    found = fit_mixture(x, 5)
    nearest = torch.cdist(ring(5, radius=2.0).means.double(), found.means).min(1)
    assert nearest.values.max() < 0.2 and len(set(nearest.indices.tolist())) == 5
    one = fit_mixture(x, 1, floor=0.0)
    assert torch.allclose(one.means[0], x.mean(0)) and torch.allclose(one.covariances[0], x.T.cov(correction=0))


def test_the_same_seed_gives_the_same_fit_and_leaves_torch_s_stream_alone(x):
    before = torch.get_rng_state()
    assert torch.equal(fit_mixture(x, 3).means, fit_mixture(x, 3).means)
    assert torch.equal(before, torch.get_rng_state())


def test_too_few_points_are_refused(x):
    with pytest.raises(ValueError, match="need at least 6 points"):
        fit_mixture(x[:5], 3)
    with pytest.raises(ValueError, match="0 components"):
        fit_mixture(x, 0)
