"""Sampling from a generator, in one way everywhere."""

from __future__ import annotations

import torch
from torch import nn

from ganlib.models.modes import evaluated


@torch.no_grad()
def generate(G: nn.Module, z: torch.Tensor, y: torch.Tensor | None = None, *, chunk: int = 100) -> torch.Tensor:
    """Return G(z) with G in eval mode and without gradients, in cache-sized chunks: z (N, ...) -> (N, C, H, W).

    y: (N, ...), what a conditional generator is given beside z: then it is G(z, y).

    Batch normalisation and dropout behave differently while training; forgetting `eval()` here is a classic mistake.
    G's own mode is restored.
    """
    with evaluated(G):
        inputs = [z.split(chunk)] if y is None else [z.split(chunk), y.split(chunk)]
        return torch.cat([G(*parts) for parts in zip(*inputs, strict=True)])
