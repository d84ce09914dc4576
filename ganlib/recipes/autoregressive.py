"""PixelCNNs and a PixelRNN on digits, as notebook 02 trains them, and toward the literature's figure on MNIST."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ganlib import autoregressive as ar
from ganlib import data as datasets
from ganlib.models.pixelcnn import GatedPixelCNN, PixelCNN
from ganlib.progress_line import Watch

DIGITS: dict[str, Any] = {"width": 24, "layers": 5}
DIGITS_STEPS = 2000
MNIST = {"width": 32, "layers": 7, "shortcuts": True}  # three times as many steps in an hour as the gated one
MNIST_STEPS = 100_000  # some hours on a GPU; the shipped record says how far fewer steps got


def moved(
    split: str = "train", *, size: int = 16, copies: int = 16, seed: int = 0, device: torch.device | str = "cpu"
) -> torch.Tensor:
    """Return slightly moved grey copies of the digits, as people would have written them: (copies·N, 1, size, size)."""
    data = datasets.augmented(
        datasets.load("digits", split, device=device), copies, shift=1.0, rotate=6.0, zoom=0.05, seed=seed
    )
    return data.resized(size).images


def binary_digits(
    split: str = "train", *, size: int = 16, copies: int = 16, device: torch.device | str = "cpu"
) -> torch.Tensor:
    """Return digits of ink (1) and paper (-1) only: training ones with moved copies, held-out ones as they are."""
    return ar.binarise(moved(split, size=size, copies=copies if split == "train" else 1, device=device))


def train_digits_pixelcnn(
    *, seed: int = 0, device: torch.device | str = "cpu", steps: int = DIGITS_STEPS, watch: Watch = iter
) -> tuple[nn.Module, dict]:
    """Train a gated PixelCNN on binary 16x16 digits; returns (network, held-out -log p in nats and bits a pixel)."""
    images, held_out = (binary_digits(split, device=device) for split in ("train", "test"))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = GatedPixelCNN(**DIGITS).to(device)
        for _ in watch(ar.fit(network, images, steps, seed=seed)):
            pass
    return network, quality(network, images[:1297], held_out)


def train_mnist_pixelcnn(
    *, seed: int = 0, device: torch.device | str = "cpu", steps: int = MNIST_STEPS, watch: Watch = iter
) -> tuple[nn.Module, dict]:
    """Train a PixelCNN with short-cuts on binarised 28x28 MNIST, toward the 81.3 nats of van den Oord et al. 2016.

    Each batch is binarised afresh, each pixel by chance with its grey value; so are the 10,000 test images, once, from
    a fixed seed. The literature's binarised set was drawn in the same way by other random numbers.
    """
    grey, test = (datasets.load("mnist", split, device=device).images for split in ("train", "test"))
    chance, fixed = (torch.Generator(device=device).manual_seed(number) for number in (seed, 0))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = PixelCNN(**MNIST).to(device)
        prepare = lambda x: ar.binarise(x, chance)  # noqa: E731
        for _ in watch(ar.fit(network, grey, steps, prepare=prepare, seed=seed)):
            pass
    return network, quality(network, ar.binarise(grey[:10_000], fixed), ar.binarise(test, fixed))


def quality(network: nn.Module, train: torch.Tensor, held_out: torch.Tensor) -> dict:
    """Return -log p of held-out and of training images: nats an image, and bits a pixel."""
    nats = float(ar.nll(network, held_out).cpu().double().mean())
    bits = nats / held_out[0].numel() / torch.log(torch.tensor(2.0)).item()
    return {
        "held_out_nats": round(nats, 3),
        "held_out_bits_per_pixel": round(bits, 4),
        "train_nats": round(float(ar.nll(network, train).cpu().double().mean()), 3),
    }
