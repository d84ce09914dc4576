"""Probabilistic PCA (Tipping and Bishop 1999): the latent-variable model in which every question has a formula."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class PPCA:
    """p(z) = N(0, I_M), p(x|z) = N(W z + mean, sigma2 I_D), hence p(x) = N(mean, W W^T + sigma2 I).

    mean: (D,).  W: (D, M).  sigma2: the variance of the noise, in squared units of x.

    Raises:
        ValueError: if the shapes do not fit, or sigma2 is not positive.
    """

    mean: torch.Tensor
    W: torch.Tensor
    sigma2: float

    def __post_init__(self):
        if self.W.ndim != 2 or self.mean.shape != self.W.shape[:1] or not self.sigma2 > 0:
            shapes = f"mean {tuple(self.mean.shape)}, W {tuple(self.W.shape)}, sigma2 {self.sigma2}"
            raise ValueError(f"need mean (D,), W (D, M) and sigma2 > 0, not {shapes}")

    @classmethod
    def fit(cls, x: torch.Tensor, factors: int, *, ddof: int = 0) -> PPCA:
        """Return the maximum-likelihood model of x: (N, D) with `factors` = M < D (Tipping and Bishop 1999, eqs. 7-8).

        W = U_M (L_M - sigma2 I)^(1/2), sigma2 = the mean of the D - M eigenvalues left out, L and U the eigenvalues
        and eigenvectors of the covariance. All in float64, on the CPU.
        ddof: 0 divides the covariance by N, which maximises the likelihood; 1 by N - 1, as scikit-learn's PCA does.

        Raises:
            ValueError: if M is not in 1 ... D - 1, or nothing is left over for the noise.
        """
        N, D = x.shape
        if not 1 <= factors < D:
            raise ValueError(f"factors must lie in 1 ... {D - 1} for {D} dimensions, not {factors}")
        x = x.cpu().double()  # Apple's GPUs have no float64
        mean = x.mean(0)
        S = (x - mean).T @ (x - mean) / (N - ddof)
        L, U = torch.linalg.eigh(S)
        L, U = L.flip(0), U.flip(1)  # largest first
        sigma2 = float(L[factors:].mean())
        if sigma2 <= 1e-12 * float(L[0]):
            raise ValueError(f"{factors} factors leave no variance for the noise: take fewer, or add noise to the data")
        return cls(mean, U[:, :factors] * (L[:factors] - sigma2).sqrt(), sigma2)

    @property
    def covariance(self) -> torch.Tensor:
        """W W^T + sigma2 I: (D, D)."""
        return self.W @ self.W.T + self.sigma2 * torch.eye(len(self.W)).to(self.W)

    def log_prob(self, x: torch.Tensor) -> torch.Tensor:
        """Return log p(x) exactly, in nats: (..., D) -> (...)."""
        chol = torch.linalg.cholesky(self.covariance)
        r = (x.to(self.W) - self.mean).reshape(-1, len(self.mean))
        squares = torch.linalg.solve_triangular(chol, r.T, upper=False).square().sum(0)
        log_det = 2 * chol.diagonal().log().sum()
        return -0.5 * (squares + log_det + len(self.mean) * math.log(2 * math.pi)).reshape(x.shape[:-1])

    def log_likelihood(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Return log p(x|z) for each pair, in nats: x (N, D), z (K, M) -> (K, N)."""
        squares = torch.cdist(z.to(self.W) @ self.W.T + self.mean, x.to(self.W)).square()
        return -0.5 * (squares / self.sigma2 + len(self.mean) * math.log(2 * math.pi * self.sigma2))

    def posterior(self, x: torch.Tensor, observed: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean (N, M) and covariance (M, M) of p(z|x), or of p(z|the observed entries of x).

        With P = W^T W + sigma2 I: mean P^-1 W^T (x - mean), covariance sigma2 P^-1 (Tipping and Bishop 1999, eq. 6);
        entries that are not observed drop out of every sum.
        x: (N, D).  observed: (D,) bool, the same entries for every example; None means all.
        """
        W, r = self.W, x.to(self.W) - self.mean
        if observed is not None:
            observed = observed.to(W.device)
            W, r = W[observed], r[:, observed]
        P = W.T @ W + self.sigma2 * torch.eye(W.shape[1]).to(W)
        return torch.linalg.solve(P, W.T @ r.T).T, self.sigma2 * torch.linalg.inv(P)

    def sample(self, n: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Draw z, then x given z: (n, D)."""
        D, M = self.W.shape
        z, noise = (torch.randn(n, k, generator=generator, dtype=self.W.dtype).to(self.W) for k in (M, D))
        return z @ self.W.T + self.mean + self.sigma2**0.5 * noise

    def impute(
        self, x: torch.Tensor, observed: torch.Tensor, *, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """Fill in what is missing: infer z from the observed entries, and read the others off W z + mean.

        x: (N, D), whose missing entries are ignored.  observed: (D,) bool.  -> (N, D), observed entries unchanged.
        Without a generator, the expected value; with one, a draw from p(missing|observed), the pixels' noise included.
        """
        z, covariance = self.posterior(x, observed)
        observed = observed.to(z.device)
        noise = 0.0
        if generator is not None:
            chol = torch.linalg.cholesky(covariance)
            z = z + torch.randn(z.shape, generator=generator, dtype=z.dtype).to(z) @ chol.T
            noise = self.sigma2**0.5 * torch.randn(x.shape, generator=generator, dtype=z.dtype).to(z)
        return torch.where(observed, x.to(self.W), z @ self.W.T + self.mean + noise)
