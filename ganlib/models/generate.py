"""Sampling from a generator, in one way everywhere."""

from __future__ import annotations

import torch
from torch import nn

from ganlib.models.modes import evaluated


class Generator(nn.Module):
    """What a generator has beside its layers; annotations name it, and any network that has the same will do.

    z_dim: the length of z.
    """

    z_dim: int


class ConditionalGenerator(Generator):
    """A generator that is also given labels.  classes: how many it was told; groups: how many it chose; 0 for none."""

    classes: int
    groups: int


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
