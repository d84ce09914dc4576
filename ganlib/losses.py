"""What each player minimises: pure functions of logits, one named (D, G) pair for each kind of GAN.

Everything is computed from logits, never from probabilities: log(sigmoid(l)) loses all its digits when l is large,
softplus does not. With s = sigmoid: -log s(l) = softplus(-l) and -log(1 - s(l)) = softplus(l).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F

Critic = Callable[[torch.Tensor], torch.Tensor]  # a D as a function of its first input: x (N, ...) -> logits (N,)


def softplus(logits: torch.Tensor) -> torch.Tensor:
    """Return log(1 + e^l) to the last digit at every l; torch's default leaves e^-l out from l = 20 on, which shows."""
    return F.softplus(logits, threshold=40.0)


class GANLoss(NamedTuple):
    """The losses of the two players.

    D: (logits_real: (N,), logits_fake: (M,)) -> scalar.  G: logits_fake: (M,) -> scalar.  Both are minimised.
    """

    name: str
    D: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    G: Callable[[torch.Tensor], torch.Tensor]


def cross_entropy_D(logits_real: torch.Tensor, logits_fake: torch.Tensor, real_target: float = 1.0) -> torch.Tensor:
    """Return -E log D(x) - E log(1 - D(G(z))) (Goodfellow et al. 2014, eq. 1, with the sign of a loss).

    real_target < 1 is one-sided label smoothing (Salimans et al. 2016, section 3.4): D may be sure of fakes, but is
    asked to be only so sure of real images.

    Raises:
        ValueError: if real_target lies outside (0, 1].
    """
    if not 0 < real_target <= 1:
        raise ValueError(f"real_target must lie in (0, 1], not {real_target}")
    real = real_target * softplus(-logits_real).mean()
    if real_target < 1:
        real = real + (1 - real_target) * softplus(logits_real).mean()
    return real + softplus(logits_fake).mean()


def minimax_G(logits_fake: torch.Tensor) -> torch.Tensor:
    """Return E log(1 - D(G(z))): the generator's part of -loss_D (Goodfellow et al. 2014, eq. 1)."""
    return -softplus(logits_fake).mean()


def non_saturating_G(logits_fake: torch.Tensor) -> torch.Tensor:
    """Return -E log D(G(z)) (Goodfellow et al. 2014, section 3, last paragraph)."""
    return softplus(-logits_fake).mean()


def least_squares_D(logits_real: torch.Tensor, logits_fake: torch.Tensor) -> torch.Tensor:
    """Return E (D(x) - 1)^2 / 2 + E D(G(z))^2 / 2 on raw scores (Mao et al. 2017, eq. 9)."""
    return 0.5 * (logits_real - 1).square().mean() + 0.5 * logits_fake.square().mean()


def least_squares_G(logits_fake: torch.Tensor) -> torch.Tensor:
    """Return E (D(G(z)) - 1)^2 / 2 (Mao et al. 2017, eq. 9)."""
    return 0.5 * (logits_fake - 1).square().mean()


def wasserstein_D(logits_real: torch.Tensor, logits_fake: torch.Tensor) -> torch.Tensor:
    """Return E D(G(z)) - E D(x) on raw scores (Arjovsky et al. 2017, eq. 2); D must be kept Lipschitz."""
    return logits_fake.mean() - logits_real.mean()


def wasserstein_G(logits_fake: torch.Tensor) -> torch.Tensor:
    """Return -E D(G(z)) (Arjovsky et al. 2017, eq. 3)."""
    return -logits_fake.mean()


def hinge_D(logits_real: torch.Tensor, logits_fake: torch.Tensor) -> torch.Tensor:
    """Return E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))) on raw scores (Lim and Ye 2017; Miyato et al. 2018, eq. 16)."""
    return F.relu(1 - logits_real).mean() + F.relu(1 + logits_fake).mean()


minimax = GANLoss("minimax", cross_entropy_D, minimax_G)
non_saturating = GANLoss("non_saturating", cross_entropy_D, non_saturating_G)
least_squares = GANLoss("least_squares", least_squares_D, least_squares_G)
wasserstein = GANLoss("wasserstein", wasserstein_D, wasserstein_G)
hinge = GANLoss("hinge", hinge_D, wasserstein_G)

BY_NAME = {loss.name: loss for loss in (minimax, non_saturating, least_squares, wasserstein, hinge)}


def squared_gradient(D: Critic, x: torch.Tensor) -> torch.Tensor:
    """Return |grad_x D(x)|^2 of each example, differentiable once more: x (N, ...) -> (N,)."""
    x = x.detach().requires_grad_(True)
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gradient.flatten(1).square().sum(1)


def zero_centred_penalty(
    D: Critic, x_real: torch.Tensor, x_fake: torch.Tensor | None = None, *, weight: float = 1.0
) -> torch.Tensor:
    """Return weight/2 * E |grad D(x)|^2 at real images, called R1 (Mescheder et al. 2018, eq. 9): a scalar.

    It costs D to be steep where the data are, so D cannot single out the training images one by one.
    """
    return 0.5 * weight * squared_gradient(D, x_real).mean()


def gradient_penalty(
    D: Critic,
    x_real: torch.Tensor,
    x_fake: torch.Tensor,
    *,
    weight: float = 10.0,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Return weight * E (|grad D(x)| - 1)^2 at random points between real and fake (Gulrajani et al. 2017, eq. 3).

    x_real, x_fake: (N, ...) of equal shape -> scalar. D must not use batch normalisation: each point stands alone.

    Raises:
        ValueError: if the two shapes differ.
    """
    if x_real.shape != x_fake.shape:
        raise ValueError(f"x_real {tuple(x_real.shape)} and x_fake {tuple(x_fake.shape)} must have the same shape")
    share = torch.rand(len(x_real), *[1] * (x_real.ndim - 1), generator=generator).to(x_real)
    between = torch.lerp(x_fake.detach(), x_real, share)
    # the tiny number keeps the square root's derivative finite where the gradient is exactly zero
    return weight * (squared_gradient(D, between).add(1e-12).sqrt() - 1).square().mean()
