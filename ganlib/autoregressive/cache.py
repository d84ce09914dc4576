"""Sampling without computing anything twice (Ramachandran et al. 2017): each layer keeps what it got.

A cache has `numbers(i, j) -> (N, outputs)`, to be asked for in reading order, and `write(i, j, values (N,))`.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import nn

from ganlib.models.pixelcnn import GatedLayer, GatedPixelCNN, MaskedConv2d, PixelCNN, gate
from ganlib.models.pixelrnn import ABOVE, PixelRNN


def cache_of(network: nn.Module, x: torch.Tensor, context: torch.Tensor | None = None):
    """Return the cache for a network and images of x's shape.

    Raises:
        TypeError: if there is none for this kind of network.
    """
    if isinstance(network, GatedPixelCNN):
        return GatedCache(network, x, context)
    if isinstance(network, PixelCNN):
        return PlainCache(network, x)
    if isinstance(network, PixelRNN):
        return RecurrentCache(network, x)
    raise TypeError(f"no cache is known for {type(network).__name__}: sample it with cached=False")


def matrix(weight: torch.Tensor) -> torch.Tensor:
    """Return a convolution's weights (O, C, a, b) as a matrix (C·a·b, O): at one pixel it is a product."""
    return weight.flatten(1).T.contiguous()


def apply_last(last: nn.Sequential, h: torch.Tensor) -> torch.Tensor:
    """Apply the 1×1 convolutions of a head to one pixel: (N, width) -> (N, outputs)."""
    for layer in last:
        h = F.linear(h, layer.weight[:, :, 0, 0], layer.bias) if isinstance(layer, nn.Conv2d) else layer(h)
    return h


class PlainCache:
    """For PixelCNN: each layer's input so far, and at each pixel one small product a layer."""

    def __init__(self, network: PixelCNN, x: torch.Tensor):
        self.network, n = network, len(x)
        height, width = x.shape[-2:]
        self.layers = []
        for layer in (network.first, *cast("list[MaskedConv2d]", list(network.middle))):
            reach = layer.kernel_size[0] // 2
            store = x.new_zeros(n, layer.in_channels, height + reach, width + 2 * reach)
            rows = (layer.weight * layer.mask)[:, :, : reach + 1]  # the rows below are masked
            self.layers.append((store, reach, matrix(rows), layer.bias))

    def numbers(self, i: int, j: int) -> torch.Tensor:
        h: torch.Tensor | None = None
        for store, reach, weight, bias in self.layers:
            if h is not None:
                store[:, :, i + reach, j + reach] = h.relu()
            seen = store[:, :, i : i + reach + 1, j : j + 2 * reach + 1].flatten(1)
            new = torch.addmm(bias, seen, weight)
            h = new if h is None or not self.network.shortcuts else h + new
        assert h is not None  # there is a first layer
        return apply_last(self.network.last, h)

    def write(self, i: int, j: int, values: torch.Tensor) -> None:
        store, reach, _, _ = self.layers[0]
        store[:, 0, i + reach, j + reach] = values


class GatedCache:
    """For GatedPixelCNN: the vertical stack once a row, the horizontal one at each pixel."""

    def __init__(self, network: GatedPixelCNN, x: torch.Tensor, context: torch.Tensor | None = None):
        self.network, self.row = network, -1
        seen = network.look(context)
        n, (height, width) = len(x), x.shape[-2:]
        self.above, self.left, self.products, self.extra = [], [], [], []
        self.layers = cast("list[GatedLayer]", list(network.layers))  # a ModuleList forgets what it holds
        for layer in self.layers:
            reach, channels = layer.reach, layer.down.in_channels
            self.above.append(x.new_zeros(n, channels, height + reach, width + 2 * reach))
            self.left.append(x.new_zeros(n, channels, width + reach))
            self.products.append([(matrix(conv.weight), conv.bias) for conv in (layer.right, layer.mix)])
            self.extra.append(None if seen is None or layer.inform is None else layer.inform(seen))

    def _next_row(self, i: int) -> None:
        """Run the vertical stack over row i: v there depends on the rows above, which are complete."""
        self.row, self.below = i, []
        v = None
        for layer, store, extra in zip(self.layers, self.above, self.extra):
            if v is not None:
                store[:, :, i + layer.reach, layer.reach : -layer.reach] = v[:, :, 0]
            rows = layer.reach + (0 if layer.first else 1)
            below = layer.down(store[:, :, i : i + rows])
            v = gate(below)
            across = layer.across(below)[:, :, 0]
            self.below.append(across if extra is None else across + extra[:, :, i])

    def numbers(self, i: int, j: int) -> torch.Tensor:
        if i != self.row:
            self._next_row(i)
        h: torch.Tensor | None = None
        for layer, store, below, products in zip(self.layers, self.left, self.below, self.products):
            (right, right_bias), (mix, mix_bias) = products
            if h is not None:
                store[:, :, j + layer.reach] = h
            wide = layer.reach + (0 if layer.first else 1)
            beside = torch.addmm(right_bias, store[:, :, j : j + wide].flatten(1), right) + below[:, :, j]
            new = torch.addmm(mix_bias, gate(beside), mix)
            h = new if h is None or not layer.shortcuts else h + new
        assert h is not None  # there is a first layer
        return apply_last(self.network.last, h)

    def write(self, i: int, j: int, values: torch.Tensor) -> None:
        reach = self.layers[0].reach
        self.above[0][:, 0, i + reach, j + reach] = values
        self.left[0][:, 0, j + reach] = values


class RecurrentCache:
    """For PixelRNN: the LSTM's state, which is all it knows of the past."""

    def __init__(self, network: PixelRNN, x: torch.Tensor):
        self.network, self.state = network, None
        height, width = x.shape[-2:]
        self.store = x.new_zeros(len(x), height + 1, width + 2)
        self.before = x.new_zeros(len(x))

    def numbers(self, i: int, j: int) -> torch.Tensor:
        above = [self.store[:, 1 + i + di, 1 + j + dj] for di, dj in ABOVE]
        output, self.state = self.network.lstm(torch.stack([self.before, *above], dim=-1)[:, None], self.state)
        return self.network.last(output[:, 0])

    def write(self, i: int, j: int, values: torch.Tensor) -> None:
        self.store[:, 1 + i, 1 + j] = self.before = values
