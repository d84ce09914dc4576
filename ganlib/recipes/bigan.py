"""The encoder of notebook 10, which learned by playing along."""

from __future__ import annotations

from operator import attrgetter

import torch

from ganlib import data as datasets
from ganlib import pretrained
from ganlib.metrics import classify
from ganlib.models.bigan import BiGAN, bigan_pair
from ganlib.recipes.gan import judge_digits, moved_digits
from ganlib.recipes.recipe import Recipe
from ganlib.train import constant_then_linear
from ganlib.train.bigan import BiGANTraining

BIGAN = {"image_shape": [1, 32, 32], "z_dim": 16, "hidden": [512, 256]}
BIGAN_STEPS = 10_000


def digits_bigan(data: datasets.Dataset, *, seed: int = 0, steps: int = BIGAN_STEPS, **changes) -> BiGANTraining:
    """Return the training of an encoder and a generator of digits, ready to run for `steps` steps.

    changes: keyword arguments of `BiGANTraining` to replace.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        pair = bigan_pair(data.image_shape, z_dim=BIGAN["z_dim"], hidden=BIGAN["hidden"])
    settings = {
        "lr": 6e-4,  # E turns about in z while the players circle: a slow game, and one that settles for long
        "schedule": constant_then_linear(steps, start=0.3, end=0.02),
        "gamma": 3.0,
        "seed": seed,
    }
    return BiGANTraining(*pair, data, **{**settings, **changes})


@torch.no_grad()
def measure_bigan(model: BiGAN) -> dict:
    """Return how well new digits are rebuilt, how often as the same digit, and the quality of samples."""
    device = next(model.parameters()).device
    test = datasets.load("digits", "test", device=device)
    rebuilt = model(test.images)
    read = classify(pretrained.load("digits-classifier", device=device), rebuilt)[1].argmax(1)
    samples = judge_digits(model.decoder).as_dict()
    return {
        "mean_squared_error": round(float((rebuilt - test.images).square().mean()), 4),
        "same_digit": round(float((read == test.labels).cpu().double().mean()), 4),
        **{name: samples[name] for name in ("classes", "confidence", "frechet")},
    }


RECIPES = {
    "digits-bigan": Recipe(
        what="encoder and generator of notebook 10, learned together by adversarial inference, 32x32 digits",
        data="digits (train), 16 moved copies",
        steps=BIGAN_STEPS,
        load=lambda device: moved_digits(datasets.load("digits", device=device)),
        make=digits_bigan,
        arguments=BIGAN,
        network=attrgetter("best"),
        judge=measure_bigan,
        half=True,
    )
}
