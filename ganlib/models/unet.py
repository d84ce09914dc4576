"""From picture to picture: a network that narrows to see the whole, and short-cuts that keep edges in place."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


def part_planes(condition: torch.Tensor, channels: int) -> torch.Tensor:
    """Return a map of parts as one plane a part, 1 where the part is: whole numbers (N, H, W) -> (N, channels, H, W).

    A condition of floating-point numbers (N, C, H, W), a picture, is returned as it is.
    """
    if condition.is_floating_point():
        return condition
    numbers = torch.arange(channels, device=condition.device)[:, None, None]
    return (condition[:, None] == numbers).float()


class UNet(nn.Module):
    """Turn a picture, or a map of parts, into a picture of the same size (Ronneberger et al. 2015; Isola et al. 2017).

    condition: floats (N, in_channels, H, W), or parts' numbers (N, H, W) below in_channels -> x: (N, C, H, W).
    channels: those of each map from the full size on; every step down halves the side, every step up doubles it.
    skips: each step up also sees the map of its own size on the way down (U-Net); False: an encoder and a decoder,
    where all goes through the smallest map.  batch_norm: after every convolution but the first and the last.
    tanh: end in (-1, 1), as pictures do; False: in any numbers, such as logits of parts.

    Raises:
        ValueError: if there are fewer than two channels; when called, if H or W cannot be halved that often.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int = 3,
        channels: Sequence[int] = (24, 48, 96),
        *,
        skips: bool = True,
        batch_norm: bool = True,
        tanh: bool = True,
    ):
        super().__init__()
        if len(channels) < 2:
            raise ValueError(f"a U-Net needs the channels of at least two sizes, not {list(channels)}")
        self.in_channels, self.skips, self.tanh = in_channels, skips, tanh
        self.first = nn.Sequential(nn.Conv2d(in_channels, channels[0], 3, padding=1), nn.ReLU(inplace=True))
        self.down = nn.ModuleList(
            self._block(nn.Conv2d(a, b, 4, stride=2, padding=1, bias=not batch_norm), batch_norm)
            for a, b in zip(channels, channels[1:])
        )
        again = [1, *[1 + skips] * (len(channels) - 1)]  # of how many maps each step up is made; the lowest of one
        self.up = nn.ModuleList(
            self._block(nn.ConvTranspose2d(a * n, b, 4, stride=2, padding=1, bias=not batch_norm), batch_norm)
            for a, b, n in zip(reversed(channels), channels[-2::-1], again)
        )
        self.last = nn.Conv2d(channels[0] * again[-1], out_channels, 3, padding=1)

    @staticmethod
    def _block(convolution: nn.Conv2d | nn.ConvTranspose2d, batch_norm: bool) -> nn.Sequential:
        norm = [nn.BatchNorm2d(convolution.out_channels)] if batch_norm else []
        return nn.Sequential(convolution, *norm, nn.ReLU(inplace=True))

    def forward(self, condition: torch.Tensor) -> torch.Tensor:
        x = part_planes(condition, self.in_channels)
        halvings = len(self.down)
        if any(side % 2**halvings for side in x.shape[2:]):
            raise ValueError(f"a side of {tuple(x.shape[2:])} pixels cannot be halved {halvings} times")
        maps = [self.first(x)]
        for step in self.down:
            maps.append(step(maps[-1]))
        x = maps.pop()
        for step, same_size in zip(self.up, reversed(maps)):
            x = step(x)
            if self.skips:
                x = torch.cat([x, same_size], 1)
        return torch.tanh(self.last(x)) if self.tanh else self.last(x)
