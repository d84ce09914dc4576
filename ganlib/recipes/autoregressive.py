"""PixelCNNs and a PixelRNN on digits, as notebook 02 trains them, and toward the literature's figure on MNIST."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any

import torch
from torch import nn

from ganlib import autoregressive as ar
from ganlib import data as datasets
from ganlib.data import Dataset
from ganlib.models.pixelcnn import GatedPixelCNN, PixelCNN
from ganlib.recipes.recipe import Loop, Recipe

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


def digits_pixelcnn(data: Dataset, *, seed: int, steps: int) -> Loop:
    """Return the training of a gated PixelCNN on binary 16x16 digits."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = GatedPixelCNN(**DIGITS).to(data.images.device)
    return Loop(network, lambda steps: ar.fit(network, data.images, steps, seed=seed))


def judge_digits(network: nn.Module) -> dict:
    """Return the quality on held-out digits, and on the training ones without their moved copies."""
    device = next(network.parameters()).device
    images, held_out = (binary_digits(split, device=device) for split in ("train", "test"))
    return quality(network, images[:1297], held_out)


def mnist_pixelcnn(data: Dataset, *, seed: int, steps: int) -> Loop:
    """Return the training of a PixelCNN with short-cuts on MNIST, toward the 81.3 nats of van den Oord et al. 2016.

    Each batch is binarised afresh, each pixel by chance with its grey value.
    """
    device = data.images.device
    chance = torch.Generator(device=device).manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = PixelCNN(**MNIST).to(device)
    prepare = lambda x: ar.binarise(x, chance)  # noqa: E731
    return Loop(network, lambda steps: ar.fit(network, data.images, steps, prepare=prepare, seed=seed))


def judge_mnist(network: nn.Module) -> dict:
    """Return the quality on the 10,000 test images and as many training ones, binarised once, from a fixed seed.

    The literature's binarised set was drawn in the same way by other random numbers.
    """
    device = next(network.parameters()).device
    grey, test = (datasets.load("mnist", split, device=device).images for split in ("train", "test"))
    fixed = torch.Generator(device=device).manual_seed(0)
    return quality(network, ar.binarise(grey[:10_000], fixed), ar.binarise(test, fixed))


def quality(network: nn.Module, train: torch.Tensor, held_out: torch.Tensor) -> dict:
    """Return -log p of held-out and of training images: nats an image, and bits a pixel."""
    nats = float(ar.nll(network, held_out).cpu().double().mean())
    bits = nats / held_out[0].numel() / torch.log(torch.tensor(2.0)).item()
    return {
        "held_out_nats": round(nats, 3),
        "held_out_bits_per_pixel": round(bits, 4),
        "train_nats": round(float(ar.nll(network, train).cpu().double().mean()), 3),
    }


RECIPES = {
    "digits-pixelcnn": Recipe(
        what="gated PixelCNN of notebook 02, binary 16x16 digits",
        data="digits (train), 16 moved copies, 16x16, binary",
        steps=DIGITS_STEPS,
        load=lambda device: Dataset("digits", binary_digits(device=device)),
        make=digits_pixelcnn,
        arguments=DIGITS,
        network=attrgetter("network"),
        judge=judge_digits,
    ),
    "mnist-pixelcnn": Recipe(
        what="PixelCNN with short-cuts on binarised 28x28 MNIST, toward the literature's 81.3 nats",
        data="mnist (train), 28x28, binarised afresh in each batch",
        steps=MNIST_STEPS,
        load=partial(datasets.load, "mnist"),
        make=mnist_pixelcnn,
        arguments=MNIST,
        network=attrgetter("network"),
        judge=judge_mnist,
    ),
}
