"""The vanilla GAN on digits, as notebook 06 arrives at it."""

from __future__ import annotations

from functools import partial

import torch

from ganlib import data as datasets
from ganlib import losses, pretrained
from ganlib.data import Dataset
from ganlib.metrics import Quality, evaluate
from ganlib.models import generate, mlp_pair
from ganlib.models.generate import Generator
from ganlib.recipes.recipe import Recipe
from ganlib.train import Training, constant, constant_then_linear

STEPS = 4000  # half a minute on two cores
SHIPPED_STEPS = 12_000  # for the weights that ship: no lecture waits for them


def moved_digits(data: Dataset, copies: int = 16) -> Dataset:
    """Return slightly moved copies of the images: people write a digit a little higher, wider or more slanted too."""
    return datasets.augmented(data, copies, shift=1.0, rotate=6.0, zoom=0.05)


def rescued_gan(data: Dataset, *, seed: int = 0, steps: int = STEPS, pair: dict | None = None, **changes) -> Training:
    """Return the training of the multilayer-perceptron GAN that draws digits, ready to run for `steps` rounds.

    data: images (N, C, H, W), already augmented if wanted.
    pair: options of `mlp_pair` to change.  changes: keyword arguments of `Training` to replace.
    The reasons for the numbers stand beside them; notebook 06 shows what happens without them.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        sizes = {"z_dim": 64, "hidden_G": (256, 512), "hidden_D": (512, 256)}
        G, D = mlp_pair(data.image_shape, **{**sizes, **(pair or {})})
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


def plain_gan(data: Dataset, *, seed: int = 0, pair: dict | None = None, **changes) -> Training:
    """Return the training of the same two networks without any of the cures."""
    bare = {"schedule": constant, "penalty": None, "ema": None}
    return rescued_gan(data, seed=seed, pair=pair, **{**bare, **changes})


def judge_digits(G: Generator, n: int = 1000, seed: int = 1) -> Quality:
    """Measure `n` samples of a digit generator against the 500 held-out digits with the shipped classifier."""
    device = next(G.parameters()).device
    classifier = pretrained.load("digits-classifier", device=device)
    z = torch.randn(n, G.z_dim, generator=torch.Generator().manual_seed(seed)).to(device)
    reference = datasets.load("digits", "test", device=device).images
    return evaluate(classifier, generate(G, z), reference)


RECIPES = {
    "digits-mlp": Recipe(
        what="generator of notebook 06's vanilla GAN, 32x32 digits",
        data="digits (train), 16 moved copies",
        steps=SHIPPED_STEPS,
        load=lambda device: moved_digits(datasets.load("digits", device=device)),
        make=rescued_gan,
        arguments={"z_dim": 64, "hidden": [256, 512], "image_shape": [1, 32, 32]},
        judge=lambda G: judge_digits(G).as_dict(),
    )
}
