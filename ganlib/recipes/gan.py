"""The vanilla GAN on digits, as notebook 06 arrives at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from ganlib import data as datasets
from ganlib import losses
from ganlib.data import Dataset
from ganlib.models import generate, mlp_pair
from ganlib.train import Training, constant_then_linear

STEPS = 4000


def moved_digits(data: Dataset, copies: int = 16) -> Dataset:
    """Return slightly moved copies of the images: people write a digit a little higher, wider or more slanted too."""
    return datasets.augmented(data, copies, shift=1.0, rotate=6.0, zoom=0.05)


def rescued_gan(data: Dataset, *, seed: int = 0, steps: int = STEPS, **changes) -> Training:
    """Return the training of the multilayer-perceptron GAN that draws digits, ready to run for `steps` rounds.

    data: images (N, C, H, W), already augmented if wanted. changes: keyword arguments of `Training` to replace.
    The reasons for the numbers stand beside them; notebook 06 shows what happens without them.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        G, D = mlp_pair(data.image_shape, z_dim=64, hidden_G=(256, 512), hidden_D=(512, 256))
    settings = {
        "batch_size": 64,  # more noise in each step, more steps in a minute
        "lr_G": 1e-3,
        "lr_D": 1e-3,
        "schedule": constant_then_linear(steps, start=0.5, end=0.05),  # the players settle instead of circling
        "penalty": partial(losses.zero_centred_penalty, weight=3.0),  # D may not be steep where the data are
        "ema": 0.995,  # the average over 200 steps draws calmer pictures than the last step's weights
        "seed": seed,
    }
    return Training(G, D, data, **{**settings, **changes})


def plain_gan(data: Dataset, *, seed: int = 0, **changes) -> Training:
    """Return the training of the same two networks without any of the cures."""
    bare = {"schedule": lambda step: 1.0, "penalty": None, "ema": None}
    return rescued_gan(data, seed=seed, **{**bare, **changes})


def train_digits_mlp(
    *, seed: int = 0, device: torch.device | str = "cpu", steps: int = STEPS, watch: Callable = iter
) -> tuple[torch.nn.Module, dict]:
    """Train the rescued GAN on the moved digits and return (generator, quality); `watch` may wrap the steps."""
    from ganlib import metrics, pretrained

    training = rescued_gan(moved_digits(datasets.load("digits", device=device)), seed=seed, steps=steps)
    for _ in watch(training.run(steps)):
        pass
    generator = torch.Generator(device=device).manual_seed(1)
    z = torch.randn(1000, training.G.z_dim, generator=generator, device=device)
    images = generate(training.best_G, z)
    classifier = pretrained.load("digits-classifier", device=device)
    test = datasets.load("digits", "test", device=device)
    return training.best_G, metrics.evaluate(classifier, images, test.images).as_dict()
