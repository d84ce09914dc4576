"""Sampling from a generator, in one way everywhere."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def generate(G: nn.Module, z: torch.Tensor, *, chunk: int = 500) -> torch.Tensor:
    """Return G(z) with G in eval mode and without gradients, in cache-sized chunks: z (N, ...) -> (N, C, H, W).

    Batch normalisation and dropout behave differently while training; forgetting `eval()` here is a classic mistake.
    G's own mode is restored.
    """
    was_training = G.training
    G.eval()
    try:
        return torch.cat([G(part) for part in z.split(chunk)])
    finally:
        G.train(was_training)
