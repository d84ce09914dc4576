"""A problem of any dimension whose log p(x) is known, to measure what estimating it by samples costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class LinearTask:
    """p(z) = N(0, I_M), p(x|z) = N(z, s^2 I_M), and a typical x: every coordinate one standard deviation from 0.

    Every dimension brings the same surprise, so that only their number matters.
    dimension: M.  s: the noise of x given z; the smaller, the more a look at x says about z.

    Raises:
        ValueError: if dimension is less than 1, or s is not positive.
    """

    dimension: int
    s: float = 0.5

    def __post_init__(self):
        if self.dimension < 1 or not self.s > 0:
            raise ValueError(f"need dimension >= 1 and s > 0, not {self.dimension} and {self.s}")

    @property
    def x(self) -> float:
        """The value of every coordinate of x."""
        return math.sqrt(1 + self.s**2)

    @property
    def exact(self) -> float:
        """Return log p(x) = M log N(x; 0, 1 + s^2), in nats."""
        return -0.5 * self.dimension * (1 + math.log(2 * math.pi * (1 + self.s**2)))

    @property
    def posterior(self) -> tuple[float, float]:
        """Mean and standard deviation of every coordinate of z given x."""
        return self.x / (1 + self.s**2), self.s / math.sqrt(1 + self.s**2)

    @property
    def information(self) -> float:
        """KL(p(z|x) || p(z)) = M/2 log(1 + 1/s^2): the nats that this x tells about z.

        About e^information samples of the prior are needed and suffice (Chatterjee and Diaconis 2018, theorem 1.1).
        """
        return 0.5 * self.dimension * math.log(1 + 1 / self.s**2)

    def proposal(self, knowledge: float) -> tuple[float, float]:
        """Return mean and standard deviation of q(z|x), between the prior (knowledge 0) and the posterior (1)."""
        mean, deviation = self.posterior
        return knowledge * mean, (1 - knowledge) + knowledge * deviation

    def log_weights(self, noise: torch.Tensor, knowledge: float = 0.0) -> torch.Tensor:
        """Return log p(x|z) p(z) / q(z|x) summed over the last dimension, for z = mean + deviation * noise.

        noise: (..., m) standard normal, m <= M coordinates -> (...), nats.
        """
        rows = noise.reshape(-1, noise.shape[-1])
        parts = [self._log_weights(part, *self.proposal(knowledge)) for part in rows.split(10_000)]  # few in memory
        return torch.cat(parts).view(noise.shape[:-1])

    def _log_weights(self, noise: torch.Tensor, mean: float, deviation: float) -> torch.Tensor:
        z = mean + deviation * noise
        log_likelihood = -0.5 * ((self.x - z) / self.s) ** 2 - math.log(self.s * math.sqrt(2 * math.pi))
        return (log_likelihood - 0.5 * z**2 + 0.5 * noise**2 + math.log(deviation)).sum(-1)
