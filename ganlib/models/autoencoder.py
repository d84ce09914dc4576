"""Autoencoders: a network that squeezes pictures into a few numbers, and one that draws pictures from them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from ganlib.likelihood.elbo import Terms
from ganlib.models.mlp import MLP, MLPGenerator


class Rows(nn.Module):
    """Pass (N, ...) through a network whose last axis must stay, even if it is 1 long."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(x).reshape(len(x), -1)


class MLPAutoencoder(nn.Module):
    """Map images to z_dim numbers and back with two multilayer perceptrons that mirror each other.

    encode: x (N, C, H, W) -> z (N, z_dim).  decode: z -> x (N, C, H, W) in (-1, 1).  forward: decode(encode(x)).
    """

    def __init__(self, image_shape: Sequence[int], z_dim: int, hidden: Sequence[int] = (256, 128)):
        super().__init__()
        self.z_dim = z_dim
        self.encoder = Rows(MLP([math.prod(image_shape), *hidden, z_dim]))
        self.decoder = MLPGenerator(z_dim, tuple(reversed(hidden)), tuple(image_shape))

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return self.encoder(x)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return self.decoder(z)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.decode(self.encode(x))

    def terms(self, x: torch.Tensor, generator: torch.Generator | None = None) -> Terms:
        """Return what training raises: minus the squared error of each picture, and no KL."""
        errors = (x - self(x)).square().flatten(1).sum(1)
        return Terms(-errors, torch.zeros_like(errors))
