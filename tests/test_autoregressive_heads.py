"""The distributions of one pixel: they add up to one, and draw what they say."""

import pytest
import torch

from ganlib.autoregressive.heads import Bernoulli, Categorical, DiscretisedGaussian, DiscretisedLogistic

HEADS = {
    "softmax": Categorical(7),
    "logistic": DiscretisedLogistic(16),
    "three logistics": DiscretisedLogistic(256, 3),
    "Gaussian": DiscretisedGaussian(17, 2),
}


def numbers(head, n=50, scale=1.5):
    return torch.randn(n, head.outputs, 1, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * scale


@pytest.mark.parametrize("name", HEADS)
def test_all_levels_share_a_probability_of_one(name):
    head = HEADS[name]
    for scale in (0.1, 1.5, 4.0):
        assert torch.allclose(head.table(numbers(head, scale=scale)).exp().sum(1), torch.ones(1).double(), atol=1e-4)


@pytest.mark.parametrize("name", HEADS)
def test_log_prob_is_the_table_at_the_level(name):
    head, given = HEADS[name], numbers(HEADS[name])
    table = head.table(given)
    for level in (0, 1, head.levels // 2, head.levels - 1):
        x = head.values[level].double().expand(50, 1, 1, 1)
        assert torch.allclose(head.log_prob(given, x), table[:, level])
        assert (head.index(x) == level).all() and torch.equal(head.quantise(x + 0.1 / head.levels), x)


def test_the_logistic_is_the_difference_of_two_sigmoids():
    head, mean, width = DiscretisedLogistic(9), 0.3, 0.2
    given = torch.tensor([0.0, mean, torch.tensor(width).log() + 2]).double().view(1, 3, 1, 1)
    edges = head.values.double()[:-1] + 1 / 8
    below = torch.cat([torch.zeros(1), torch.sigmoid((edges - mean) / width), torch.ones(1)])
    assert torch.allclose(head.table(given)[0, :, 0, 0].exp(), below.diff(), atol=1e-7)


@pytest.mark.parametrize("name", ["logistic", "Gaussian"])
def test_far_tails_keep_their_digits_and_their_gradients(name):
    head = HEADS[name]
    given = torch.zeros(2, head.outputs, 1, 1)
    k = head.outputs // 3
    given[:, k : 2 * k], given[:, 2 * k :] = torch.tensor([-4.0, 4.0]).view(2, 1, 1, 1), -2.0
    given.requires_grad_(True)
    x = torch.tensor([0.5, -0.5]).view(2, 1, 1, 1)
    logs = head.log_prob(given, x)
    logs.sum().backward()
    assert logs.isfinite().all() and logs.max() < -50 and given.grad.isfinite().all()
    assert torch.allclose(logs[0], logs[1], rtol=0.15), "both tails alike"
    assert (given.grad[:, k].flatten() * torch.tensor([1.0, -1.0]) > 0).all(), "the mean is pulled towards x"


@pytest.mark.parametrize("name", HEADS)
def test_draws_come_as_often_as_the_table_says(name):
    head = HEADS[name]
    given = numbers(head, 1)[..., 0, 0]
    u = (torch.arange(4000).double() + 0.5) / 4000
    value, log_prob = head.draw(given.expand(4000, -1), u)
    share = torch.bincount(head.index(value), minlength=head.levels) / 4000
    assert torch.allclose(share.double(), head.table(given)[0].exp(), atol=2e-3)
    assert torch.allclose(log_prob, head.table(given)[0][head.index(value)])
    assert (value.diff() >= 0).all(), "the inverse of the cumulative distribution rises"


def test_bernoulli():
    logit = torch.tensor([[-2.0], [0.0], [3.0]])
    p = logit.sigmoid()[:, 0]
    for ink in (1.0, -1.0):
        expected = (p if ink > 0 else 1 - p).log()
        got = Bernoulli.log_prob(logit[..., None, None], torch.full((3, 1, 1, 1), ink))[:, 0, 0]
        assert torch.allclose(got, expected)
    value, log_prob = Bernoulli.draw(logit, torch.tensor([0.2, 0.4, 0.9]))
    assert value.tolist() == [-1, 1, 1] and torch.allclose(log_prob, torch.stack([1 - p[0], p[1], p[2]]).log())


def test_too_few_levels_are_refused():
    with pytest.raises(ValueError, match="at least 2 grey levels"):
        Categorical(1)
