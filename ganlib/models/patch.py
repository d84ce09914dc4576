"""A discriminator that judges patches, each for itself, and pairs: does this picture fit that condition?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from ganlib.models.unet import part_planes


class PatchDiscriminator(nn.Module):
    """Judge every patch of a picture by itself, beside the condition that it was made for (Isola et al. 2017, 2.2.2).

    x: (N, C, H, W), condition as for `UNet` -> logits: (N, h, w), one for each patch of `patch` x `patch` pixels.
    channels: those of each map; every step halves the side.  A condition of another size is enlarged by repeating.
    condition_channels: 0 for a discriminator that sees the picture alone, whatever it is called with.
    """

    def __init__(
        self,
        image_channels: int = 3,
        condition_channels: int = 0,
        channels: Sequence[int] = (32, 64),
        *,
        batch_norm: bool = False,
        slope: float = 0.2,
    ):
        super().__init__()
        self.condition_channels = condition_channels
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(zip([image_channels + condition_channels, *channels], channels)):
            normal = batch_norm and number > 0
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1, bias=not normal)]
            layers += [nn.BatchNorm2d(after)] if normal else []
            layers += [nn.LeakyReLU(slope, inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels[-1], 1, 3, padding=1))
        # a 3x3 window on maps whose neighbours lie 2^k pixels apart; each 4x4 window below adds 3 such distances
        self.patch = 1 + 2 * 2 ** len(channels) + sum(3 * 2**k for k in range(len(channels)))

    def forward(self, x: torch.Tensor, condition: torch.Tensor | None = None) -> torch.Tensor:
        if self.condition_channels:
            if condition is None:
                raise ValueError("this discriminator judges pairs: call it with (x, condition)")
            planes = part_planes(condition, self.condition_channels)
            if planes.shape[2:] != x.shape[2:]:
                planes = F.interpolate(planes, size=x.shape[2:], mode="nearest")
            x = torch.cat([x, planes], 1)
        return self.layers(x).squeeze(1)
