"""Mixtures of Gaussians of any shape, fitted by expectation and maximisation (Dempster et al. 1977)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class FullMixture:
    """p(x) = sum_z p(z) N(x; mean_z, covariance_z).

    weights: (Z,).  means: (Z, D).  covariances: (Z, D, D).  A leading dimension holds several mixtures at once.
    """

    weights: torch.Tensor
    means: torch.Tensor
    covariances: torch.Tensor

    def log_parts(self, x: torch.Tensor) -> torch.Tensor:
        """Return log p(z) + log p(x|z): x (N, D) -> (..., N, Z), nats."""
        chol = torch.linalg.cholesky(self.covariances)
        difference = (x[:, None] - self.means[..., None, :, :]).transpose(-3, -2)  # (..., Z, N, D)
        scaled = torch.linalg.solve_triangular(chol, difference.mT, upper=False)
        half_log_det = chol.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        constant = self.weights.log() - half_log_det - 0.5 * x.shape[1] * math.log(2 * math.pi)
        return constant[..., None, :] - 0.5 * scaled.square().sum(-2).mT

    def log_prob(self, x: torch.Tensor) -> torch.Tensor:
        """Return log p(x) in nats: (N, D) -> (..., N)."""
        return torch.logsumexp(self.log_parts(x.to(self.means)), -1)


def fit_mixture(
    x: torch.Tensor,
    components: int,
    *,
    starts: int = 8,  # from different points: the likelihood has many hills
    steps: int = 60,
    floor: float = 1e-4,  # added to variances: a component alone with one point would become a spike
    seed: int = 0,
) -> FullMixture:
    """Fit a mixture to x (N, D), in float64: the best of several starts, all run at once.

    Expectation: r_nz = p(z|x_n). Maximisation: weights, means and covariances of the points, each counted r_nz times.

    Raises:
        ValueError: if there are fewer than two points for each component.
    """
    N, D = x.shape
    if components < 1 or 2 * components > N:
        raise ValueError(f"{components} components need at least {max(2, 2 * components)} points, not {N}")
    x, generator = x.cpu().double(), torch.Generator().manual_seed(seed)
    means = torch.stack([_spread_points(x, components, generator) for _ in range(starts)])
    first = torch.atleast_2d(x.T.cov(correction=0)) / components + floor * torch.eye(D)
    weights = torch.full((starts, components), 1 / components, dtype=torch.float64)
    mixture = FullMixture(weights, means, first.expand(starts, components, D, D))
    for _ in range(steps):
        mixture = _step(mixture, x, floor)
    best = int(mixture.log_prob(x).sum(-1).argmax())
    return FullMixture(mixture.weights[best], mixture.means[best], mixture.covariances[best])


def _step(mixture: FullMixture, x: torch.Tensor, floor: float) -> FullMixture:
    """Take one step of expectation and maximisation, for all starts at once."""
    r = mixture.log_parts(x).softmax(-1)  # (S, N, Z)
    mass = r.sum(1) + 1e-9
    means = r.mT @ x / mass[..., None]
    difference = x[None, :, None] - means[:, None]  # (S, N, Z, D)
    covariances = torch.einsum("snz,snzi,snzj->szij", r, difference, difference) / mass[..., None, None]
    return FullMixture(mass / mass.sum(-1, keepdim=True), means, covariances + floor * torch.eye(x.shape[1]))


def _spread_points(x: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """Choose points far from those chosen, at random (Arthur and Vassilvitskii 2007, k-means++)."""
    chosen = x[torch.randint(len(x), (1,), generator=generator)]
    while len(chosen) < count:
        squares = torch.cdist(x, chosen).square().min(1).values + 1e-12
        chosen = torch.cat([chosen, x[torch.multinomial(squares, 1, generator=generator)]])
    return chosen
