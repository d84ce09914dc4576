"""A small network that enlarges pictures."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class SubPixelNet(nn.Module):
    """Enlarge a picture `scale` times: convolutions at the small size, then one step to the large (Shi et al. 2016).

    c: (N, C, h, w) in [-1, 1] -> x: (N, C, scale*h, scale*w) in (-1, 1). At the small size a residual network of
    `blocks` blocks (Ledig et al. 2017 have 16) looks at `width` channels; pixel shuffling unfolds them.

    Raises:
        ValueError: if `scale` is not a power of 2 of at least 2.
    """

    def __init__(self, scale: int, *, channels: int = 1, width: int = 48, blocks: int = 2, fine: int = 8):
        super().__init__()
        if scale < 2 or scale & (scale - 1):
            raise ValueError(f"scale must be 2, 4, 8 …, not {scale}")
        self.scale = scale
        self.first = nn.Conv2d(channels, width, 3, padding=1)
        self.blocks = nn.ModuleList(_block(width) for _ in range(blocks))
        self.unfold = nn.Sequential(
            nn.Conv2d(width, fine * scale**2, 1), nn.PixelShuffle(scale), nn.LeakyReLU(0.2, inplace=True)
        )
        self.last = nn.Conv2d(fine, channels, 3, padding=1)

    def forward(self, c: torch.Tensor) -> torch.Tensor:
        features = F.leaky_relu(self.first(c), 0.2)
        for block in self.blocks:
            features = features + block(features)
        return torch.tanh(self.last(self.unfold(features)))


def _block(width: int) -> nn.Sequential:
    """Return two convolutions whose output is added to their input (He et al. 2016)."""
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(width, width, 3, padding=1)
    )
