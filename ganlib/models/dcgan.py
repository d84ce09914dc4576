"""Convolutional generator and discriminator after Radford, Metz and Chintala (2016), with or without a label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import nn
from torch.nn.functional import one_hot

from ganlib.models.generate import ConditionalGenerator
from ganlib.models.layers import Blur, ToMap, UpsampledConv2d

Network = TypeVar("Network", bound=nn.Module)
CHOSEN = 3.0  # as far out as one of a few hundred numbers from N(0, 1)


def init_dcgan(network: Network, spread: float = 0.02) -> Network:
    """Draw a network's weights as Radford et al. 2016 do, in place, and return it.

    Convolutions and products: N(0, spread²), biases 0. Batch normalisation: scale N(1, spread²), shift 0.
    """
    for layer in network.modules():
        if isinstance(layer, (nn.Linear, nn.modules.conv._ConvNd)):
            nn.init.normal_(layer.weight, 0.0, spread)
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, spread)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    return network


def _levels(image_shape: Sequence[int], channels: Sequence[int], least: int) -> int:
    """Return the side of the coarsest map: the image's, halved once a step."""
    side = image_shape[1] >> least
    if image_shape[1] != image_shape[2] or not channels or side < 1 or side << least != image_shape[1]:
        raise ValueError(
            f"images of shape {tuple(image_shape)} cannot be halved {least} times (a square side that is divisible by "
            f"{2**least} is needed): choose fewer channels than {list(channels)}"
        )
    return side


class DCGANGenerator(ConditionalGenerator):
    """Unfold noise to a small map of many channels, then double its side step by step.

    z: (N, z_dim), labels y: (N,) whole numbers below `classes` -> x: (N, C, H, W) in (-1, 1).
    channels: those of each map from the smallest on; every step doubles the side, the last one ends in the image.
    classes: 0 for no labels; else y is appended to z as a one-hot vector (Mirza and Osindero 2014).
    groups: how many separate islands of noise there are instead of a single one (Gurumurthy et al. 2017 learn such a
        mixture), 0 for one: z's first number, or y, chooses an island, and gives way to a one-hot vector of length
        CHOSEN. `shares`: (groups,), how probable each island is, equally at first; stored with the weights.
    sharpen: in eval mode the last tanh is this much steeper, for data of two tones only: greys at edges become fewer.
    strided: double by a transposed convolution with stride 2; False: by repeating pixels, then a convolution.

    Raises:
        ValueError: if the image's side cannot be halved len(channels) times, there are both classes and groups, or
            labels are missing or not wanted.
    """

    shares: torch.Tensor

    def __init__(
        self,
        z_dim: int,
        channels: Sequence[int],
        image_shape: Sequence[int],
        *,
        classes: int = 0,
        groups: int = 0,
        sharpen: float = 1.0,
        batch_norm: bool = True,
        slope: float = 0.0,  # ReLU in G (Radford et al. 2016)
        strided: bool = True,
    ):
        super().__init__()
        if classes and groups:
            raise ValueError(f"labels are classes or groups, not both: {classes} classes and {groups} groups")
        self.z_dim, self.classes, self.groups, self.image_shape = z_dim, classes, groups, tuple(image_shape)
        self.sharpen = sharpen
        if groups:
            self.register_buffer("shares", torch.full((groups,), 1 / groups))
        side = _levels(image_shape, channels, len(channels))
        # the normalisation that follows has a shift of its own: no bias before it
        width = z_dim + classes + (groups - 1 if groups else 0)
        first = nn.Linear(width, channels[0] * side**2, bias=not batch_norm)
        layers: list[nn.Module] = [first, ToMap(channels[0], side)]
        for before, after in zip(channels, [*channels[1:], None]):
            layers += [nn.BatchNorm2d(before)] if batch_norm else []
            layers += [nn.LeakyReLU(slope, inplace=True) if slope else nn.ReLU(inplace=True)]
            bias = after is None or not batch_norm
            wide = image_shape[0] if after is None else after
            if strided:
                layers += [nn.ConvTranspose2d(before, wide, 4, stride=2, padding=1, bias=bias)]
            else:
                layers += [UpsampledConv2d(before, wide, bias=bias)]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        if y is None and self.classes or y is not None and not (self.classes or self.groups):
            raise ValueError(f"this generator has {self.classes or 'no'} classes: {'give' if y is None else 'omit'} y")
        h = self.layers(self.place(z, y))
        return torch.tanh(h if self.training else self.sharpen * h)

    def place(self, z: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        """Return what the first layer is given: z with the label, or with the island that it, or y, chooses."""
        if self.groups:
            y = self.group(z) if y is None else y
            return torch.cat([CHOSEN * one_hot(y, self.groups).to(z.dtype), z[:, 1:]], 1)
        if not self.classes:
            return z
        assert y is not None  # forward has seen to it
        return torch.cat([z, one_hot(y, self.classes).to(z.dtype)], 1)

    def group(self, z: torch.Tensor) -> torch.Tensor:
        """Return the group that z's first number chooses: its normal distribution is cut as the shares say: (N,)."""
        return torch.bucketize(torch.special.ndtr(z[:, 0].float()), self.shares.float().cumsum(0)[:-1])


class DCGANDiscriminator(nn.Module):
    """Halve the image step by step while the channels grow, then weigh what is left: the generator's mirror.

    x: (N, C, H, W), labels y: (N,) -> logits: (N,).
    channels: those of each map from the largest on; every step halves the side.
    classes: 0 for no labels; else y is appended to x as `classes` constant planes, one of them 1.
    projected: y weighs D's last map instead (Miyato and Koyama 2018, eq. 3): the logit is (v + v_y)·h + b + b_y.
    batch_norm: in all layers but the first (Radford et al. 2016).  dropout: share of channels silenced a step.
    blur: D sees all pictures through a Gaussian blur of this standard deviation in pixels, and so cannot tell them by
        edges finer than G can draw (StyleGAN3's training does so at its start, Karras et al. 2021).
    strided: halve by a convolution with stride 2; False: by a convolution, then max pooling.

    Raises:
        ValueError: as `DCGANGenerator`.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        channels: Sequence[int],
        *,
        classes: int = 0,
        projected: bool = False,
        batch_norm: bool = True,
        dropout: float = 0.0,
        blur: float = 0.0,
        slope: float = 0.2,
        strided: bool = True,
    ):
        super().__init__()
        self.classes, self.image_shape = classes, tuple(image_shape)
        side = _levels(image_shape, channels, len(channels))
        planes = 0 if projected else classes
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(zip([image_shape[0] + planes, *channels], channels)):
            normal = batch_norm and number > 0
            if strided:
                layers += [nn.Conv2d(before, after, 4, stride=2, padding=1, bias=not normal)]
            else:
                layers += [nn.Conv2d(before, after, 3, padding=1, bias=not normal), nn.MaxPool2d(2)]
            layers += [nn.BatchNorm2d(after)] if normal else []
            layers += [nn.LeakyReLU(slope, inplace=True) if slope else nn.ReLU(inplace=True)]
            layers += [nn.Dropout2d(dropout)] if dropout else []
        self.blur = Blur(blur, image_shape[1]) if blur else nn.Identity()
        width = math.prod((channels[-1], side, side))
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(width, 1))
        self.by_class = nn.Linear(width, classes) if classes and projected else None

    def forward(self, x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        if (y is None) == bool(self.classes):
            raise ValueError(
                f"this discriminator has {self.classes or 'no'} classes: {'give' if y is None else 'omit'} y"
            )
        x = self.blur(x)
        if y is None:
            return self.layers(x).squeeze(1)
        if self.by_class is not None:
            h = self.layers[:-1](x)
            return self.layers[-1](h).squeeze(1) + self.by_class(h).gather(1, y[:, None]).squeeze(1)
        planes = one_hot(y, self.classes).to(x.dtype)[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return self.layers(torch.cat([x, planes], 1)).squeeze(1)


def dcgan_pair(
    image_shape: Sequence[int],
    *,
    z_dim: int = 64,
    channels_G: Sequence[int] = (64, 32, 16),
    channels_D: Sequence[int] = (16, 32, 64),
    classes: int = 0,
    **options,
) -> tuple[DCGANGenerator, DCGANDiscriminator]:
    """Return a generator and a discriminator that mirror each other, with Radford et al.'s first weights.

    options: batch_norm, strided, for both.
    """
    G = DCGANGenerator(z_dim, channels_G, image_shape, classes=classes, **options)
    D = DCGANDiscriminator(image_shape, channels_D, classes=classes, **options)
    return init_dcgan(G), init_dcgan(D)
