"""Discriminators that judge several points at once, so that sameness shows: wrappers around any network of points.

All take x (..., N, d): one set of N points, or one for each of S members, as `MLPEnsemble` has them.
`beside(x, others)` is what each point of x would be given, were it one of a batch of `others` (..., M, d).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Packed(nn.Module):
    """Judge `count` points at a time, laid side by side: x (..., N, d) -> logits (..., N // count).

    network: maps (..., N // count, count * d) to (..., N // count).
    After Lin et al. 2018, section 2: two real points differ, two points of a collapsed G do not.

    Raises:
        ValueError: if N is no multiple of count.
    """

    def __init__(self, network: nn.Module, count: int):
        super().__init__()
        self.network, self.count = network, count

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        *lead, n, d = x.shape
        if n % self.count:
            raise ValueError(f"{n} points do not make packs of {self.count}: choose a multiple of {self.count}")
        return self.network(x.reshape(*lead, n // self.count, self.count * d))

    def beside(self, x: torch.Tensor, others: torch.Tensor, packs: int = 8) -> torch.Tensor:
        """Judge each of x (..., N, d) in `packs` packs with the first of the others, and average: -> (..., N)."""
        size = self.count - 1
        partners = others[..., : packs * size, :].unflatten(-2, (packs, -1)).flatten(-2)  # (..., packs, size * d)
        verdicts = [
            self.network(torch.cat([x, pack.unsqueeze(-2).expand(*x.shape[:-1], -1)], -1))
            for pack in partners.unbind(-2)
        ]
        return torch.stack(verdicts).mean(0)


class MinibatchStd(nn.Module):
    """Tell the head how much the batch's features vary: x (..., N, d) -> logits (..., N).

    body: points to features (..., N, F).  head: F + 1 numbers to a logit.
    The further number is the mean over features of their standard deviation over the batch (Karras et al. 2018,
    section 3).
    """

    def __init__(self, body: nn.Module, head: nn.Module, slope: float = 0.2):
        super().__init__()
        self.body, self.head, self.slope = body, head, slope

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.beside(x, x)

    def beside(self, x: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        """Judge each of x with the spread of the others."""
        features = F.leaky_relu(self.body(x), self.slope)
        around = features if others is x else F.leaky_relu(self.body(others), self.slope)
        variance = around.var(-2, correction=0, keepdim=True)
        spread = (variance + 1e-8).sqrt().mean(-1, keepdim=True)
        return self.head(torch.cat([features, spread.expand(*features.shape[:-1], 1)], -1))


class MinibatchDiscrimination(nn.Module):
    """Tell the head how close each example's features are to the others' (Salimans et al. 2016, section 3.2).

    body: points to features (..., N, F).  project: features to kernels * width numbers.  head: F + kernels to a logit.
    M_i = project(f_i), as `kernels` rows of `width`;  o_b(x_i) = sum_j exp(-|M_ib - M_jb|_1), here divided by N.
    """

    def __init__(self, body: nn.Module, project: nn.Module, head: nn.Module, kernels: int = 8, slope: float = 0.2):
        super().__init__()
        self.body, self.project, self.head = body, project, head
        self.kernels, self.slope = kernels, slope

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.beside(x, x)

    def rows(self, features: torch.Tensor) -> torch.Tensor:
        """Return M: features (..., N, F) -> (..., kernels, N, width)."""
        return self.project(features).unflatten(-1, (self.kernels, -1)).transpose(-2, -3)

    def beside(self, x: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        """Judge each of x by how close it is to the others."""
        features = F.leaky_relu(self.body(x), self.slope)
        rows = self.rows(features)
        around = rows if others is x else self.rows(F.leaky_relu(self.body(others), self.slope))
        close = (-torch.cdist(rows, around, p=1)).exp().mean(-1)  # (..., kernels, N)
        return self.head(torch.cat([features, close.transpose(-1, -2)], -1))


class NoisyInputs(nn.Module):
    """Blur what the network sees while it is trained: x + sigma * noise (Sønderby et al. 2017, section 3).

    Real and fake points pass through the same blur, so D can no longer tell them apart by what is finer than it.
    sigma may be changed at any time; in eval mode nothing is added.
    """

    def __init__(self, network: nn.Module, sigma: float):
        super().__init__()
        self.network, self.sigma = network, sigma

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(x + self.sigma * torch.randn_like(x) if self.training and self.sigma else x)

    def beside(self, x: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        """Judge x as it is, without blur: the others do not matter."""
        return self.network(x)
