"""Many small MLPs of one shape side by side: one batched product trains them all at the price of a few."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from ganlib.models.generate import Generator


class MLPEnsemble(Generator):
    """Hold `members` independent MLPs as one network: x (S, N, sizes[0]) -> (S, N, sizes[-1]), or (S, N) if that is 1.

    A member's output depends on its own weights and inputs alone. The members start as `nn.Linear` does.
    keep_last: keep a last axis of size 1 (a generator of points), instead of dropping it (a discriminator's logits).
    bound: send the outputs through bound * tanh(out), so that none leaves (-bound, bound).
    """

    def __init__(
        self,
        members: int,
        sizes: Sequence[int],
        *,
        slope: float = 0.2,
        keep_last: bool = False,
        bound: float | None = None,
    ):
        super().__init__()
        self.members, self.slope, self.z_dim, self.bound = members, slope, sizes[0], bound
        self.squeeze = sizes[-1] == 1 and not keep_last
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for wide_in, wide_out in zip(sizes[:-1], sizes[1:]):
            bound = 1 / math.sqrt(wide_in)
            self.weights.append(torch.empty(members, wide_in, wide_out).uniform_(-bound, bound))
            self.biases.append(torch.empty(members, 1, wide_out).uniform_(-bound, bound))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            x = torch.baddbmm(bias, x, weight)
            if layer < last:
                x = F.leaky_relu(x, self.slope)
        if self.bound is not None:
            x = self.bound * torch.tanh(x)
        return x.squeeze(-1) if self.squeeze else x
