"""Multilayer perceptrons: the networks of the first GAN (Goodfellow et al. 2014)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from ganlib.models.generate import Generator


class MLP(nn.Module):
    """Map flattened inputs to `sizes[-1]` numbers through fully connected layers.

    x: (N, ...) with sizes[0] numbers an example -> (N, sizes[-1]), or (N,) if sizes[-1] is 1 (a logit).
    dropout: the share of hidden units silenced at each training step (Srivastava et al. 2014).
    batch_norm: normalise hidden units over the batch (Ioffe and Szegedy 2015).

    Raises:
        ValueError: if fewer than two sizes are given.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        slope: float = 0.2,  # LeakyReLU's negative slope: no unit of D goes silent for good (Radford et al. 2016)
        dropout: float = 0.0,
        batch_norm: bool = False,
    ):
        super().__init__()
        if len(sizes) < 2:
            raise ValueError(f"sizes must hold at least an input and an output size, not {list(sizes)}")
        layers: list[nn.Module] = [nn.Flatten()]
        for wide_in, wide_out in zip(sizes[:-2], sizes[1:-1]):
            layers.append(nn.Linear(wide_in, wide_out))
            if batch_norm:
                layers.append(nn.BatchNorm1d(wide_out))
            layers.append(nn.LeakyReLU(slope))
            if dropout:
                layers.append(nn.Dropout(dropout))
        layers.append(nn.Linear(sizes[-2], sizes[-1]))
        self.layers = nn.Sequential(*layers)
        self.scalar = sizes[-1] == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.layers(x)
        return out.squeeze(1) if self.scalar else out


class MLPGenerator(Generator):
    """Map noise to images: an `MLP` whose outputs pass through tanh and are folded into a picture.

    z: (N, z_dim) -> x: (N, C, H, W) in (-1, 1).
    """

    def __init__(self, z_dim: int, hidden: Sequence[int], image_shape: Sequence[int], **options):
        super().__init__()
        self.z_dim = z_dim
        self.image_shape = tuple(image_shape)
        self.mlp = MLP([z_dim, *hidden, math.prod(image_shape)], **options)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.mlp(z)).unflatten(1, self.image_shape)


def mlp_pair(
    image_shape: tuple[int, int, int],
    *,
    z_dim: int = 64,
    hidden_G: Sequence[int] = (256, 512),
    hidden_D: Sequence[int] = (512, 256),
    dropout_D: float = 0.0,
    batch_norm_G: bool = False,
) -> tuple[MLPGenerator, MLP]:
    """Return a generator and a discriminator for images of `image_shape` (C, H, W).

    G: z (N, z_dim) -> x (N, C, H, W) in (-1, 1).  D: x (N, C, H, W) -> logits (N,).
    """
    G = MLPGenerator(z_dim, hidden_G, image_shape, batch_norm=batch_norm_G)
    D = MLP([math.prod(image_shape), *hidden_D, 1], dropout=dropout_D)
    return G, D
