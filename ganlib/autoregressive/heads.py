"""Which distribution of one pixel a network's numbers mean.

A head has `outputs`, how many numbers a pixel needs, and two functions:
`log_prob`: numbers (N, outputs, H, W), x (N, 1, H, W) in [-1, 1] -> log P of x's values (N, H, W), in nats;
`draw`: numbers (N, outputs), u (N,) uniform -> values (N,), their log P (N,), by the inverse cumulative distribution.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F


class Bernoulli:
    """Ink (1) with probability sigmoid(logit), else paper (-1)."""

    outputs = 1

    @staticmethod
    def log_prob(numbers: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return F.logsigmoid(numbers * x.sign())[:, 0]

    @staticmethod
    def draw(numbers: torch.Tensor, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        value = torch.where(u < numbers[:, 0].sigmoid(), 1.0, -1.0).to(numbers.dtype)
        return value, F.logsigmoid(numbers[:, 0] * value)


class Levels:
    """What heads for L grey levels from -1 to 1 share: subclasses give the log-probabilities of all levels.

    Raises:
        ValueError: if there are fewer than two levels.
    """

    outputs = 0

    def __init__(self, levels: int):
        if levels < 2:
            raise ValueError(f"a pixel has at least 2 grey levels, not {levels}")
        self.levels = levels
        self.values = torch.linspace(-1, 1, levels)

    def index(self, x: torch.Tensor) -> torch.Tensor:
        """Return the level of each value, 0 ... L-1."""
        return ((x + 1) / 2 * (self.levels - 1)).round().long()

    def quantise(self, x: torch.Tensor) -> torch.Tensor:
        """Return the nearest level's value."""
        return self.values.to(x)[self.index(x)]

    def table(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return log P of every level: (N, outputs, ...) -> (N, L, ...)."""
        raise NotImplementedError

    def log_prob(self, numbers: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return self.table(numbers).gather(1, self.index(x))[:, 0]

    def draw(self, numbers: torch.Tensor, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        table = self.table(numbers)
        level = (table.exp().cumsum(1) < u[:, None]).sum(1).clamp(max=self.levels - 1)
        return self.values.to(numbers)[level], table.gather(1, level[:, None])[:, 0]


class Categorical(Levels):
    """One free number a level: the network is not told that level 7 lies beside level 8."""

    def __init__(self, levels: int):
        super().__init__(levels)
        self.outputs = levels

    def table(self, numbers: torch.Tensor) -> torch.Tensor:
        return numbers.log_softmax(1)


class Binned(Levels):
    """Mix K bell curves and give each level the area over its bin; the first and last bins reach to infinity.

    numbers: (N, 3K, ...): K weights (as logits), K means, K log widths.
    """

    def __init__(self, levels: int, components: int = 1):
        super().__init__(levels)
        self.components, self.outputs = components, 3 * components

    @staticmethod
    def log_cdf(z: torch.Tensor) -> torch.Tensor:
        """Return the log of the curve's area left of z."""
        raise NotImplementedError

    def areas(self, mean: torch.Tensor, log_width: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Return the log area over x's bin, exact also far out, where both edges' areas round to 0 or 1."""
        half = 1 / (self.levels - 1)
        low, high = ((x + edge - mean) * (-log_width).exp() for edge in (-half, half))
        flip = low + high > 0  # compare in the tail where small areas keep their digits
        low, high = torch.where(flip, -high, low), torch.where(flip, -low, high)
        upper, lower = self.log_cdf(high), self.log_cdf(low)
        inside = upper + torch.log(-torch.expm1((lower - upper).clamp(max=-1e-6)))
        lowest, highest = (x < -1 + half), (x > 1 - half)
        outer = self.log_cdf(torch.where(lowest, (x + half - mean), (mean - x + half)) * (-log_width).exp())
        return torch.where(lowest | highest, outer, inside)

    def log_prob(self, numbers: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        logits, mean, log_width = numbers.chunk(3, dim=1)
        log_width = log_width.clamp(min=-7) - 2  # at the start a bell is about 1/7 wide
        return (logits.log_softmax(1) + self.areas(mean, log_width, self.quantise(x))).logsumexp(1)

    def table(self, numbers: torch.Tensor) -> torch.Tensor:
        shape = (1, self.levels, *[1] * (numbers.ndim - 2))
        values = self.values.to(numbers).view(shape).expand(len(numbers), -1, *numbers.shape[2:])
        logs = [self.log_prob(numbers, values[:, k : k + 1]) for k in range(self.levels)]
        return torch.stack(logs, dim=1)


class DiscretisedLogistic(Binned):
    """Mix logistic curves, whose area is a sigmoid (Salimans et al. 2017, PixelCNN++, eqs. 1-2)."""

    @staticmethod
    def log_cdf(z: torch.Tensor) -> torch.Tensor:
        return F.logsigmoid(z)


class DiscretisedGaussian(Binned):
    """Mix Gaussian curves, whose tails are much thinner."""

    @staticmethod
    def log_cdf(z: torch.Tensor) -> torch.Tensor:
        """Return the log of the normal distribution's area left of z, on the CPU where the device is Apple's."""
        return torch.special.log_ndtr(z.cpu() if z.device.type == "mps" else z).to(z)
