"""Mixtures of round Gaussians, whose density is known exactly: what a GAN learns can be compared with the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch


@dataclass(frozen=True)
class GaussianMixture:
    """p(x) = sum_k w_k N(x; mean_k, sigma^2 I).

    means: (K, d).  sigma: the standard deviation of every component, in the units of x.
    weights: (K,), positive with sum 1; None means equal ones.

    Raises:
        ValueError: if the shapes, sigma or the weights make no distribution.
    """

    means: torch.Tensor
    sigma: float
    weights: torch.Tensor = cast("torch.Tensor", None)  # `__post_init__` puts equal ones in its place

    def __post_init__(self):
        if self.means.ndim != 2 or self.sigma <= 0:
            raise ValueError(f"need means (K, d) and sigma > 0, not {tuple(self.means.shape)} and {self.sigma}")
        if self.weights is None:
            equal = self.means.new_full((len(self.means),), 1 / len(self.means))
            object.__setattr__(self, "weights", equal)
        w = self.weights
        if w.shape != self.means.shape[:1] or (w <= 0).any() or abs(float(w.sum()) - 1) > 1e-5:
            raise ValueError(f"weights must be {len(self.means)} positive numbers with sum 1, not {w}")

    def sample(self, *shape: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Draw points: (*shape, d)."""
        device = self.means.device
        n = math.prod(shape)
        kind = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        noise = torch.randn(n, self.means.shape[1], generator=generator, device=device)
        return (self.means[kind] + self.sigma * noise).view(*shape, -1)

    def log_prob(self, x: torch.Tensor) -> torch.Tensor:
        """Return log p(x) in nats: (..., d) -> (...)."""
        d = self.means.shape[1]
        squares = (x[..., None, :] - self.means.to(x)).square().sum(-1)
        log_parts = -squares / (2 * self.sigma**2) - d / 2 * math.log(2 * math.pi * self.sigma**2)
        return torch.logsumexp(log_parts + self.weights.to(x).log(), dim=-1)

    def score(self, x: torch.Tensor) -> torch.Tensor:
        """Return grad_x log p(x): (..., d) -> (..., d)."""
        difference = self.means.to(x) - x[..., None, :]
        log_parts = -difference.square().sum(-1) / (2 * self.sigma**2) + self.weights.to(x).log()
        return (log_parts.softmax(-1)[..., None] * difference).sum(-2) / self.sigma**2


def two_bumps(gap: float = 4.0, sigma: float = 0.5) -> GaussianMixture:
    """Return two equal bumps on a line, `gap` apart: the smallest data with modes."""
    return GaussianMixture(torch.tensor([[-gap / 2], [gap / 2]]), sigma)


def ring(modes: int = 8, radius: float = 1.0, sigma: float = 0.01) -> GaussianMixture:
    """Return `modes` small bumps on a circle (Lin et al. 2018: 8 of them, radius 1, sigma 0.01)."""
    angle = 2 * math.pi * torch.arange(modes) / modes  # not linspace(0, 2 pi, modes): its ends coincide
    return GaussianMixture(radius * torch.stack([angle.cos(), angle.sin()], dim=1), sigma)


def grid(side: int = 5, spacing: float = 2.0, sigma: float = 0.05) -> GaussianMixture:
    """Return side x side small bumps (Lin et al. 2018: 25 of them at {-4, -2, 0, 2, 4}^2, sigma 0.05)."""
    line = spacing * (torch.arange(side) - (side - 1) / 2)
    return GaussianMixture(torch.cartesian_prod(line, line), sigma)


def spiral(turns: float = 1.75, places: int = 40, sigma: float = 0.03) -> GaussianMixture:
    """Return small bumps along a spiral, evenly spaced along its angle's square root, so about evenly in length."""
    share = torch.linspace(0, 1, places).sqrt()
    angle, radius = 2 * math.pi * turns * share, 0.1 + 0.8 * share
    return GaussianMixture(torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1), sigma)
