"""Layers of convolutional networks: the same functions as torch's laid out for speed, and a blur."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import conv2d, conv_transpose2d, fold


class UpsampledConv2d(nn.Conv2d):
    """Repeat every pixel twice in both directions, then convolve with a 3×3 kernel: x (N, C, H, W) -> (N, K, 2H, 2W).

    Computed as one transposed convolution with stride 2, whose 4×4 kernel adds the weights that meet the same pixel:
    the same function and the same weights, with four products an output where repeating takes nine.
    """

    met: torch.Tensor

    def __init__(self, before: int, after: int, bias: bool = True):
        super().__init__(before, after, 3, padding=1, bias=bias)
        line = torch.tensor([[0.0, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 0]])  # which of 3 weights meet in which of 4
        self.register_buffer("met", torch.kron(line, line).T.contiguous(), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = conv_transpose2d(x, self.folded(), stride=2, padding=1)
        # added apart: oneDNN takes as long for a transposed convolution's bias gradient as for all its others
        return y if self.bias is None else y.add_(self.bias.view(1, -1, 1, 1))

    def folded(self) -> torch.Tensor:
        """Return the kernel of the transposed convolution: (C, K, 4, 4)."""
        weights = self.weight.permute(1, 2, 3, 0).flatten(1, 2)  # (C, 9, K)
        return (self.met.to(weights.dtype) @ weights).unflatten(1, (4, 4)).permute(0, 3, 1, 2)


class NarrowConv2d(nn.Conv2d):
    """Convolve with a 3×3 kernel to very few channels: x (N, C, H, W) -> (N, K, H, W).

    Computed the other way round, every pixel times all weights first and the sum over neighbours last: the same
    function and the same weights, without the slow way that libraries take where K is far below C.
    """

    def __init__(self, before: int, after: int, bias: bool = True):
        super().__init__(before, after, 3, padding=1, bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one_pixel = self.weight.flip(2, 3).permute(0, 2, 3, 1).reshape(-1, x.shape[1], 1, 1)
        y = fold(conv2d(x, one_pixel).flatten(2).float(), x.shape[2:], 3, padding=1)
        return y if self.bias is None else y + self.bias.view(1, -1, 1, 1)


class ToMap(nn.Module):
    """Make a map of a vector: (N, C·side²) -> (N, C, side, side), in the order in memory that convolutions like."""

    def __init__(self, channels: int, side: int):
        super().__init__()
        self.shape = (channels, side, side)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # without it, whatever follows works on two orders at once, and slowly
        return x.unflatten(1, self.shape).contiguous(memory_format=torch.channels_last)


class Blur(nn.Module):
    """Weigh every pixel of a square picture with its neighbours, by a Gaussian: x (N, C, side, side) -> the same shape.

    sigma: its standard deviation in pixels.  What lies outside counts as -1, a digit's background.
    """

    weights: torch.Tensor

    def __init__(self, sigma: float, side: int):
        super().__init__()
        place = torch.arange(-side, 2 * side)  # a picture's width to either side
        weights = torch.exp(-((place - place[side : 2 * side, None]) ** 2) / (2 * sigma**2))
        # one matrix for the rows and one for the columns are quicker than a convolution with a single channel
        self.register_buffer("weights", (weights / weights.sum(1, keepdim=True))[:, side : 2 * side], persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weights = self.weights.to(x.dtype)
        return weights @ (x + 1) @ weights.T - 1
