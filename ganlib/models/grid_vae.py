"""A VAE whose code keeps the picture's layout: a coarse grid with a few numbers in each place, not one long vector."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from ganlib.models.generate import Generator
from ganlib.models.vae import VAE


class GridDecoder(Generator):
    """Draw images from a grid of codes, a quarter as high and wide: z (N, z_dim) -> x (N, C, S, S) in (-1, 1)."""

    def __init__(self, depth: int, image_shape: Sequence[int], width: int = 24):
        super().__init__()
        channels, size, _ = image_shape
        grid = size // 4
        self.z_dim = depth * grid * grid
        self.layers = nn.Sequential(
            nn.Unflatten(1, (depth, grid, grid)),
            nn.Conv2d(depth, 2 * width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.layers(z)


class GridVAE(VAE):
    """A VAE with `depth` numbers for each 4x4 pixels: z_dim = depth * (S/4)^2, every number near its own place.

    Only convolutions: a letter is coded where it stands, by numbers that have nothing else to say. The autoencoders
    in front of latent diffusion models are built like this (Rombach et al. 2022, section 3.1).
    image_shape: (C, S, S).  width: channels next to the images.  options: as for `VAE`.

    Raises:
        ValueError: if the images are not square, or their side is no multiple of 4.
    """

    def __init__(self, image_shape: Sequence[int], depth: int, width: int = 24, **options):
        channels, height, size = image_shape
        if height != size or size % 4:
            raise ValueError(f"images must be square with a side that 4 divides, not {height}x{size}")
        encoder = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 2 * depth, 3, padding=1),
            nn.Flatten(),
        )
        super().__init__(encoder, GridDecoder(depth, image_shape, width), **options)
