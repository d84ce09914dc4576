"""The evidence lower bound and its parts: pure functions of tensors, one number an example, in nats.

    log p(x) >= ELBO = E_q(z|x) [log p(x|z)] - KL(q(z|x) || p(z)),
    p(z) = N(0, I),  q(z|x) = N(mean, diag(exp log_var))

Kingma and Welling 2014, eqs. 2-3; Rezende, Mohamed and Wierstra 2014. The bound from K samples (Burda et al. 2016) is
`likelihood.log_mean_exp` of `VAE.log_weights`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

LOG_2PI = math.log(2 * math.pi)
SURE = 1e-6  # a Bernoulli's probability stays this far from 0 and 1: float32 can't tell less


class Terms(NamedTuple):
    """The two terms of the ELBO, each (N,), in nats: log p(x|z) for one z from q(z|x), and KL(q(z|x) || p(z))."""

    reconstruction: torch.Tensor
    kl: torch.Tensor

    def elbo(self, beta: float | torch.Tensor = 1.0) -> torch.Tensor:
        """Return reconstruction - beta * kl: (N,). It bounds log p(x) for beta >= 1 (Higgins et al. 2017, eq. 4)."""
        return self.reconstruction - beta * self.kl


def gaussian_kl(mean: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
    """Return KL(N(mean, diag(exp log_var)) || N(0, I)) = 1/2 sum(mean^2 + exp log_var - log_var - 1) >= 0.

    mean, log_var: (..., z_dim) -> (...), nats. log_var is log(sigma^2), not (log sigma)^2.
    (Kingma and Welling 2014, appendix B, which gives its negative.)
    """
    return 0.5 * (mean.square() + log_var.exp() - log_var - 1).sum(-1)


def reparametrised(mean: torch.Tensor, log_var: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Return z = mean + sigma * noise, sigma = exp(log_var / 2): noise ~ N(0, I) (..., z_dim) -> z (..., z_dim)."""
    return mean + (0.5 * log_var).exp() * noise


def log_normal(x: torch.Tensor, mean: torch.Tensor | float = 0.0, log_var: torch.Tensor | float = 0.0) -> torch.Tensor:
    """Return log N(x; mean, diag(exp log_var)), summed over the last axis: (..., d) -> (...)."""
    log_var = torch.as_tensor(log_var).to(x)
    return -0.5 * ((x - mean).square() / log_var.exp() + log_var + LOG_2PI).sum(-1)


def gaussian_log_likelihood(x: torch.Tensor, mean: torch.Tensor, log_sigma: torch.Tensor) -> torch.Tensor:
    """Return log N(x; mean, sigma^2 I), sigma in the pixels' unit: x, mean (..., C, H, W), log_sigma () -> (...).

    For a fixed sigma that is the squared error over -2 sigma^2 and a constant.
    """
    squares = ((x - mean) / log_sigma.exp()).square()
    return -(0.5 * squares + log_sigma + 0.5 * LOG_2PI).flatten(-3).sum(-1)


def laplace_log_likelihood(x: torch.Tensor, mean: torch.Tensor, log_sigma: torch.Tensor) -> torch.Tensor:
    """Return the Laplace log-density of x around `mean`, its scale b = sigma / sqrt 2, so that sigma is the deviation.

    For a fixed sigma that is the absolute error: its best guess is the median, not the mean. Shapes as above.
    """
    log_scale = log_sigma - 0.5 * math.log(2)
    return -((x - mean).abs() / log_scale.exp() + log_scale + math.log(2)).flatten(-3).sum(-1)


def bernoulli_log_likelihood(
    x: torch.Tensor, mean: torch.Tensor, log_sigma: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the log-probability of black-and-white pixels x = -1 or 1 with P(x = 1) = (1 + mean) / 2.

    Grey x count as that share of 1 (the usual cross-entropy), which is no density of grey pictures (Loaiza-Ganem and
    Cunningham 2019). log_sigma is not used. Shapes as for the Gaussian.
    """
    ink = ((1 + mean) / 2).clamp(SURE, 1 - SURE)
    share = (1 + x) / 2
    return (share * ink.log() + (1 - share) * (-ink).log1p()).flatten(-3).sum(-1)


LIKELIHOODS = {
    "gaussian": gaussian_log_likelihood,
    "laplace": laplace_log_likelihood,
    "bernoulli": bernoulli_log_likelihood,
}
