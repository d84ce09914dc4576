"""A generator with an encoder that learns beside it (Donahue et al. 2017; Dumoulin et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from ganlib.models.mlp import MLP, MLPGenerator


def wide_awake(network: nn.Module, slope: float = 0.2) -> nn.Module:
    """Draw a network's weights so that outputs spread as much as inputs (He et al. 2015), in place, and return it.

    torch's own first weights shrink them layer by layer: an encoder would begin with all of its z near 0.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, a=slope)
            nn.init.zeros_(layer.bias)
    return network


class BiGAN(nn.Module):
    """An encoder x -> z and a generator z -> x, of multilayer perceptrons that mirror each other.

    encoder: x (N, C, H, W) -> (N, z_dim).  decoder: the generator, z (N, z_dim) -> (N, C, H, W) in (-1, 1).
    Called with pictures it rebuilds them, as an autoencoder does, though it was never asked to.
    """

    def __init__(self, image_shape: Sequence[int], z_dim: int, hidden: Sequence[int] = (512, 256)):
        super().__init__()
        self.z_dim, self.image_shape = z_dim, tuple(image_shape)
        self.encoder = wide_awake(MLP([math.prod(image_shape), *hidden, z_dim]))
        self.decoder = MLPGenerator(z_dim, tuple(reversed(hidden)), self.image_shape)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Return the z that the encoder finds behind pictures: (N, C, H, W) -> (N, z_dim)."""
        return self.encoder(x)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Return G(z): (N, z_dim) -> (N, C, H, W)."""
        return self.decoder(z)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return G(E(x)): (N, C, H, W) -> (N, C, H, W)."""
        return self.decoder(self.encoder(x))


class PairDiscriminator(nn.Module):
    """Judge a picture together with its z: x (N, C, H, W), z (N, z_dim) -> logits (N,).

    Each is first turned into features of its own, so that a few numbers of z are not lost among a thousand pixels.
    """

    def __init__(self, image_shape: Sequence[int], z_dim: int, hidden: Sequence[int] = (512, 256), slope: float = 0.2):
        super().__init__()
        self.see = nn.Sequential(MLP([math.prod(image_shape), *hidden]), nn.LeakyReLU(slope))
        self.know = nn.Sequential(MLP([z_dim, hidden[-1], hidden[-1]]), nn.LeakyReLU(slope))
        self.head = MLP([2 * hidden[-1], hidden[-1], 1])

    def forward(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return self.head(torch.cat([self.see(x), self.know(z)], 1))


def bigan_pair(
    image_shape: Sequence[int], *, z_dim: int = 16, hidden: Sequence[int] = (512, 256)
) -> tuple[BiGAN, PairDiscriminator]:
    """Return a BiGAN and the discriminator of its pairs."""
    return BiGAN(image_shape, z_dim, hidden), PairDiscriminator(image_shape, z_dim, hidden)
