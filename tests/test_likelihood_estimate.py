import math

import pytest
import torch

from ganlib.likelihood import effective_samples, log_mean_exp


def test_log_mean_exp_is_the_logarithm_of_the_mean():
    values = torch.rand(7, 5, 3, dtype=torch.float64) + 0.1
    for dim in (0, 1, -1):
        assert torch.allclose(log_mean_exp(values.log(), dim), values.mean(dim).log(), atol=1e-12)


@pytest.mark.parametrize("shift", [-5000.0, 5000.0])
def test_log_mean_exp_where_the_exponentials_under_or_overflow(shift):
    values = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    assert float(log_mean_exp(values.log() + shift)) == pytest.approx(shift + math.log(2), abs=1e-9)


def test_log_mean_exp_of_impossible_samples_and_of_none():
    impossible = torch.full((4,), -torch.inf)
    assert float(log_mean_exp(impossible)) == -torch.inf
    assert float(log_mean_exp(torch.tensor([-torch.inf, 0.0]))) == pytest.approx(-math.log(2))
    with pytest.raises(ValueError, match="nothing to average"):
        log_mean_exp(torch.zeros(3, 0), 1)


def test_the_estimate_is_low_on_average_and_rises_with_k():
    generator = torch.Generator().manual_seed(0)
    log_weights = 1.5 * torch.randn(4000, 64, generator=generator, dtype=torch.float64) - 1.5**2 / 2  # mean weight is 1
    means = [float(log_mean_exp(log_weights[:, :K], 1).mean()) for K in (1, 4, 16, 64)]
    assert means == sorted(means) and means[-1] < 0
    assert means[0] == pytest.approx(-1.125, abs=0.1)


def test_gradients_are_the_weights_shares():
    log_values = torch.randn(6, dtype=torch.float64, requires_grad=True)
    log_mean_exp(log_values).backward()
    assert torch.allclose(log_values.grad, log_values.detach().softmax(0))


def test_effective_samples_counts_equal_weights():
    assert float(effective_samples(torch.zeros(10))) == pytest.approx(10, abs=1e-4)
    assert float(effective_samples(torch.tensor([0.0, -100.0, -100.0]))) == pytest.approx(1)
    assert float(effective_samples(torch.tensor([500.0, 500.0, -500.0]))) == pytest.approx(2)
