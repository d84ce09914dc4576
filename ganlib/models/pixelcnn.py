"""Convolutions that look only at earlier pixels: the PixelCNN, and its gated version without a blind spot.

All take images x (N, 1, H, W) in [-1, 1] of any size and return numbers for every pixel at once, (N, outputs, H, W);
those at pixel (i, j) depend only on pixels before it in reading order.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class MaskedConv2d(nn.Conv2d):
    """Convolve with the weights on later pixels switched off (van den Oord et al. 2016, PixelRNN, figure 2).

    kind "A" also hides the pixel itself (for the first layer, which sees the image); "B" shows it (for all others,
    where it stands for what the layers below already computed from earlier pixels).

    Raises:
        ValueError: if the kind is another one, or the kernel has no middle.
    """

    mask: torch.Tensor

    def __init__(self, kind: str, channels_in: int, channels_out: int, kernel: int):
        if kind not in ("A", "B") or kernel % 2 == 0:
            raise ValueError(f"a masked convolution is of kind 'A' or 'B' with an odd kernel, not {kind!r}, {kernel}")
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2)
        middle = kernel // 2
        mask = torch.ones(kernel, kernel)
        mask[middle, middle + (kind == "B") :] = 0
        mask[middle + 1 :] = 0
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(x, self.weight * self.mask, self.bias)


class PixelCNN(nn.Module):
    """Stack masked convolutions: x (N, 1, H, W) -> (N, outputs, H, W) (van den Oord et al. 2016, PixelRNN).

    first: size of the first kernel.  shortcuts: let each layer add to what it got instead of replacing it.
    """

    def __init__(
        self,
        *,
        width: int = 32,
        layers: int = 5,
        outputs: int = 1,
        first: int = 7,
        kernel: int = 3,
        shortcuts: bool = False,
    ):
        super().__init__()
        self.shortcuts = shortcuts
        self.first = MaskedConv2d("A", 1, width, first)
        self.middle = nn.ModuleList(MaskedConv2d("B", width, width, kernel) for _ in range(layers))
        self.last = head(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.first(x)
        for layer in self.middle:
            new = layer(h.relu())
            h = h + new if self.shortcuts else new
        return self.last(h)


def head(width: int, outputs: int) -> nn.Sequential:
    """Return what turns each pixel's features into its numbers, by itself: (N, width, H, W) -> (N, outputs, H, W)."""
    return nn.Sequential(nn.ReLU(), nn.Conv2d(width, width, 1), nn.ReLU(), nn.Conv2d(width, outputs, 1))


def gate(features: torch.Tensor) -> torch.Tensor:
    """Return tanh(a) * sigmoid(b) of the two halves of the channels (van den Oord et al. 2016, gated, eq. 2)."""
    a, b = features.chunk(2, dim=1)
    return a.tanh() * b.sigmoid()


class GatedLayer(nn.Module):
    """Take one step of both stacks (van den Oord et al. 2016, gated, figure 2).

    The vertical stack v sees all rows above, the horizontal one h what is left in its own row, and v's answer.
    v: (N, channels, H, W), h the same -> both (N, width, H, W).  first: the layer that sees the image itself.
    context: channels of a picture that every pixel may see whole, 0 for none.
    """

    def __init__(
        self, channels: int, width: int, kernel: int, *, first: bool = False, shortcuts: bool = True, context: int = 0
    ):
        super().__init__()
        self.reach, self.first = kernel // 2, first
        self.shortcuts = shortcuts and not first
        extra = 0 if first else 1  # later layers may use what stands at the pixel itself
        self.down = nn.Conv2d(channels, 2 * width, (self.reach + extra, kernel))
        self.right = nn.Conv2d(channels, 2 * width, (1, self.reach + extra))
        self.across = nn.Conv2d(width * 2, 2 * width, 1)
        self.mix = nn.Conv2d(width, width, 1)
        self.inform = nn.Conv2d(context, 2 * width, 1, bias=False) if context else None

    def forward(self, v, h, context=None):
        cut = -1 if self.first else 0  # shift by one pixel: the first layer must not see the pixel itself
        below = self.down(F.pad(v, (self.reach, self.reach, self.reach, cut)))
        beside = self.right(F.pad(h, (self.reach, cut, 0, 0))) + self.across(below)
        if context is not None and self.inform is not None:
            beside = beside + self.inform(context)
        new = self.mix(gate(beside))
        return gate(below), h + new if self.shortcuts else new


class GatedPixelCNN(nn.Module):
    """Stack gated layers of two streams: x (N, 1, H, W) -> (N, outputs, H, W) (van den Oord et al. 2016, gated).

    first, shortcuts: as for PixelCNN.
    context: channels of a second picture (N, context, H, W) that every pixel may see whole; 0 for none.

    Raises:
        ValueError: if a context is missing or unexpected.
    """

    def __init__(
        self,
        *,
        width: int = 32,
        layers: int = 5,
        outputs: int = 1,
        first: int = 7,
        kernel: int = 3,
        shortcuts: bool = True,
        context: int = 0,
    ):
        super().__init__()
        inner = width if context else 0
        self.read = (
            nn.Sequential(
                nn.Conv2d(context, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU()
            )
            if context
            else None
        )
        options = {"shortcuts": shortcuts, "context": inner}
        self.layers = nn.ModuleList([GatedLayer(1, width, first, first=True, **options)])
        self.layers.extend(GatedLayer(width, width, kernel, **options) for _ in range(layers))
        self.last = head(width, outputs)

    def look(self, context: torch.Tensor | None) -> torch.Tensor | None:
        """Return the context's features, (N, width, H, W), or None without one."""
        if (context is None) != (self.read is None):
            raise ValueError("give a context picture to a network that was made with context=..., and to no other")
        return None if context is None or self.read is None else self.read(context)

    def forward(self, x: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        seen = self.look(context)
        v = h = x
        for layer in self.layers:
            v, h = layer(v, h, seen)
        return self.last(h)
