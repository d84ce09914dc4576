"""How sharp are pictures, and how much of a fine detail is left? Pure functions of images, in the pixels' own units.

A blurred picture lacks high frequencies: see its radial power spectrum, or how steep its edges are. A detail is the
difference between a picture and the same picture without it; what is left of it is its share in another such pair.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F


def ring_numbers(height: int, width: int) -> torch.Tensor:
    """Return for every bin of a 2-D Fourier transform its distance from zero, rounded, in cycles per picture: (H, W).

    For pictures that are not square, cycles along the longer side.
    """
    longer = max(height, width)
    rows, columns = (torch.fft.fftfreq(side) * longer for side in (height, width))
    return (rows[:, None].square() + columns.square()).sqrt().round().long()


def ring_energy(images: torch.Tensor) -> torch.Tensor:
    """Return how much of each picture's variance lies in each ring of frequencies: (N, C, H, W) -> (N, R).

    Ring r holds the waves of r cycles per picture, in all directions; R - 1 is the length of the diagonal. The mean of
    each channel is left out, channels are averaged, and a row sums to the variance of its picture (Parseval).
    """
    N, C, H, W = images.shape
    waves = torch.fft.fft2((images - images.mean((2, 3), keepdim=True)).float())
    power = waves.abs().square().mean(1).flatten(1) / (H * W) ** 2
    rings = ring_numbers(H, W).flatten().to(images.device)
    return power.new_zeros(N, int(rings.max()) + 1).index_add_(1, rings, power)


def radial_spectrum(images: torch.Tensor) -> torch.Tensor:
    """Return the mean power of a wave of 0, 1, 2 … cycles per picture, up to half the pixels: (N, C, H, W) -> (K,)."""
    H, W = images.shape[-2:]
    energy = ring_energy(images).mean(0)
    count = torch.bincount(ring_numbers(H, W).flatten()).to(energy)
    return (energy / count)[: max(H, W) // 2 + 1]


def fine_energy(images: torch.Tensor, shortest: float = 4.0) -> torch.Tensor:
    """Return each picture's variance in waves shorter than `shortest` pixels: (N, C, H, W) -> (N,), pixels squared.

    Raises:
        ValueError: if `shortest` is below 2 pixels: there is no shorter wave in a picture.
    """
    if shortest < 2:
        raise ValueError(f"the shortest wave that pixels can hold has 2 pixels, not {shortest}")
    energy = ring_energy(images)
    return energy[:, round(max(images.shape[-2:]) / shortest) + 1 :].sum(1)


def fine_share(images: torch.Tensor, shortest: float = 4.0) -> float:
    """Return the share of the pictures' variance in waves shorter than `shortest` pixels: (N, C, H, W) -> 0 to 1."""
    return float(fine_energy(images, shortest).sum() / ring_energy(images).sum())


def steepness(images: torch.Tensor) -> torch.Tensor:
    """Return |gradient| between neighbouring pixels, in brightness a pixel: (N, C, H, W) -> (N, H-1, W-1)."""
    grey = images.mean(1)
    down, right = grey[:, 1:, :-1] - grey[:, :-1, :-1], grey[:, :-1, 1:] - grey[:, :-1, :-1]
    return (down.square() + right.square()).sqrt()


def gradient_energy(images: torch.Tensor) -> torch.Tensor:
    """Return each picture's mean squared gradient: (N, C, H, W) -> (N,)."""
    return steepness(images).square().mean((1, 2))


def blurred(images: torch.Tensor, sigma: float) -> torch.Tensor:
    """Return the pictures under a Gaussian of `sigma` pixels, mirrored at the edges: (N, C, H, W) -> (N, C, H, W)."""
    reach = max(1, round(3 * sigma))
    line = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
    kernel = (-0.5 * (line / sigma).square()).exp()
    kernel = (kernel / kernel.sum()).expand(images.shape[1], 1, 1, -1)
    padded = F.pad(images, [reach] * 4, mode="reflect")
    across = F.conv2d(padded, kernel, groups=images.shape[1])
    return F.conv2d(across, kernel.transpose(2, 3), groups=images.shape[1])


def fine_layer(images: torch.Tensor, sigma: float = 1.5) -> torch.Tensor:
    """Return what a blur of `sigma` pixels takes away: (N, C, H, W) -> (N, C, H, W)."""
    return torch.cat([part - blurred(part, sigma) for part in images.split(50)])  # the whole set takes 3 times as long


def retained(detail: torch.Tensor, left: torch.Tensor, mask: torch.Tensor | None = None) -> float:
    """Return how much of a detail is left: sum of left * detail over sum of detail^2, inside a mask, over all pictures.

    detail: a picture minus the same picture without the detail; left: the same difference after a network rebuilt
    both: (N, C, H, W). mask: (N, H, W) bool; None is everywhere. It is the share by which `detail` must be multiplied
    to come nearest to `left`: 1 if all of it is left, 0 if nothing or something unrelated is; it may be negative.

    Raises:
        ValueError: if there is no detail inside the mask.
    """
    inside = torch.ones_like(detail[:, :1]) if mask is None else mask[:, None].to(detail)
    whole = (detail.square() * inside).sum()
    if not whole > 0:
        raise ValueError("there is no detail inside the mask: the two pictures are equal there")
    return float((detail * left * inside).sum() / whole)


def texture_left(
    real: torch.Tensor, rebuilt: torch.Tensor, mask: torch.Tensor, sigma: float = 1.5
) -> tuple[float, float]:
    """Return (right, any): how much of a texture is left inside a mask, with the right threads, and with any threads.

    The texture is the fine layer. right: as `retained`. any: energy of the rebuilt fine layer over the real one's.
    A texture that is smoothed out has neither; one that was invented anew has only the second.
    real, rebuilt: (N, C, H, W); mask: (N, H, W) bool.

    Raises:
        ValueError: if the mask is empty, or there is no texture in it.
    """
    shown = mask.flatten(1).any(1)
    mask, layers = mask[shown], (fine_layer(real[shown]), fine_layer(rebuilt[shown]))
    inside = mask[:, None].to(real)
    right = retained(*layers, mask)
    whole, left = ((layer.square() * inside).sum() for layer in layers)
    return right, float(left / whole)
