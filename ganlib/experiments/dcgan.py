"""Notebook 07's recorded runs: small DCGANs on digits with one thing changed, and the recipe from several seeds."""

from __future__ import annotations

import statistics
import time

import torch

from ganlib import data as datasets
from ganlib import metrics, pretrained
from ganlib.experiments.experiment import Experiment
from ganlib.losses import GANLoss, non_saturating
from ganlib.models import generate
from ganlib.models.generate import Generator
from ganlib.recipes import judge_digits, moved_digits
from ganlib.recipes.dcgan import DIGITS_STEPS, digits_dcgan, plain_dcgan
from ganlib.train import Training, constant

POINTS = 40  # of a recorded curve: means over as many equal stretches of the training

# name -> what differs from `plain_dcgan`, which keeps to Radford et al. 2016
GUIDELINES = {
    "all guidelines": {},
    "no batch norm": {"options_G": {"batch_norm": False}, "options_D": {"batch_norm": False}},
    "no batch norm in D": {"options_D": {"batch_norm": False}},
    "pooling, repeated pixels": {"options_G": {"strided": False}, "options_D": {"strided": False}},
    "ReLU in D": {"options_D": {"slope": 0.0}},
    "LeakyReLU in G": {"options_G": {"slope": 0.2}},
    "Adam, β₁ = 0.9": {"betas": (0.9, 0.99)},
    "PyTorch's first weights": {"spread": None},
    "with dropout in D": {"options_D": {"dropout": 0.25}},
    "with clipped gradients": {"clip": 0.1, "reuse": False},
    "with an average of G": {"ema": 0.99},
}

# name -> what is taken away from `digits_dcgan`, or put in
PARTS = {
    "the recipe": {},
    "D sees sharp edges": {"options_D": {"blur": 0.0}},
    "no groups, one island of noise": {"groups": 0},
    "no gradient penalty": {"penalty": None},
    "the rate stays": {"schedule": constant},
    "no average of G": {"ema": None},
    (MOVED := "with moved copies"): {},
}
# the same at the full length
GROUPS = {"no groups": {"groups": 0}, "D is not told the group": {"told": False}}
RATES = ("0.00002", "0.002", "0.02", "0.2")

_bounded = GANLoss(  # D ends in a sigmoid, and the loss applies one again
    "sigmoid twice",
    lambda real, fake: non_saturating.D(real.sigmoid(), fake.sigmoid()),
    lambda fake: non_saturating.G(fake.sigmoid()),
)
_swapped = GANLoss("swapped", lambda real, fake: non_saturating.D(fake, real), non_saturating.G)

FAILURES = {
    "D too strong": {"lr_D": 5e-3, "lr_G": 2e-4},
    "G collapsed": {
        "lr_D": 2e-4,
        "lr_G": 5e-3,
        "options_G": {"batch_norm": False},
        "options_D": {"batch_norm": False},
    },
    "learning rate too high": {"lr_D": 0.3, "lr_G": 0.3},
    "labels swapped": {"loss": _swapped},
    "D is never trained": {"lr_D": 0.0},
    "sigmoid twice": {"loss": _bounded},
}


def curves(training: Training, steps: int) -> dict[str, list[float]]:
    """Train for `steps` rounds and return loss_D, loss_G and accuracy_D, each as means over equal stretches."""
    values = torch.tensor([(step.loss_D, step.loss_G, step.accuracy_D) for step in training.run(steps)])
    stretches = torch.stack([part.mean(0) for part in values.tensor_split(min(POINTS, steps))])
    return {
        name: [round(float(value), 4) for value in column]
        for name, column in zip(("loss_D", "loss_G", "accuracy_D"), stretches.T)
    }


def run_guideline(variant: str, seed: int, steps: int) -> dict:
    """Train a small DCGAN with one guideline left out, or one stabiliser put in, and judge 1,000 samples."""
    training = plain_dcgan(datasets.load("digits"), seed=seed, **GUIDELINES[variant])
    accuracy = curves(training, steps)["accuracy_D"]
    return {**judge_digits(training.best_G).as_dict(), "accuracy_D": accuracy[-1]}


def run_rate(variant: str, seed: int, steps: int) -> dict:
    """Train a small DCGAN at one learning rate of both players, and judge 1,000 samples."""
    training = plain_dcgan(datasets.load("digits"), seed=seed, lr_G=float(variant), lr_D=float(variant))
    return {**curves(training, steps), **_judged(training)}


def run_failure(variant: str, seed: int, steps: int) -> dict:
    """Train a small DCGAN with one mistake in it; returns its curves and the quality of 1,000 samples."""
    training = plain_dcgan(datasets.load("digits"), seed=seed, **FAILURES[variant])
    return {**curves(training, steps), **_judged(training)}


def _judged(training: Training) -> dict:
    """Return the quality of 1,000 samples, or nothing if they are not all numbers: a training may diverge."""
    if all(torch.isfinite(weight).all() for weight in training.best_G.parameters()):
        return judge_digits(training.best_G).as_dict()
    return {}


def run_digits(variant: str, seed: int, steps: int) -> dict:
    """Train the recipe, or what is left of it, and return the quality of its samples, its curves and CPU seconds."""
    digits = datasets.load("digits")
    pictures = moved_digits(digits) if variant == MOVED else digits
    training = digits_dcgan(pictures, seed=seed, steps=steps, **{**PARTS, **GROUPS}[variant])
    started = time.process_time()
    recorded = curves(training, steps)
    spent = time.process_time() - started
    return {**judge_often(training.best_G), "cpu_seconds": round(spent, 1), **recorded}


def judge_often(G: Generator, n: int = 2000, draws: int = 5) -> dict:
    """Return the quality of `n` samples, each number the mean of several draws, and the least share of a class.

    One draw's Fréchet distance differs from the next one's by half a unit; seeds are to be compared, not draws.
    """
    found = [judge_digits(G, n, seed).as_dict() for seed in range(1, draws + 1)]
    device = next(G.parameters()).device
    z = torch.randn(draws * n, G.z_dim, generator=torch.Generator().manual_seed(1)).to(device)
    _, probabilities = metrics.classify(pretrained.load("digits-classifier", device=device), generate(G, z))
    means = {key: round(statistics.mean(draw[key] for draw in found), 4) for key in found[0]}
    return {**means, "least_share": round(float(metrics.class_shares(probabilities).min()), 4)}


EXPERIMENTS = {
    "dcgan-digits": Experiment("notebook 07's recipe on digits", ("the recipe",), run_digits, 10, DIGITS_STEPS),
    "dcgan-groups": Experiment(
        "the same without groups, or with a D that does not know them", tuple(GROUPS), run_digits, 3, DIGITS_STEPS
    ),
    "dcgan-parts": Experiment(
        "notebook 07's recipe, a third of its length, with one thing changed", tuple(PARTS), run_digits, 3, 1800
    ),
    "dcgan-guidelines": Experiment(
        "notebook 07's DCGAN with each guideline left out, or a stabiliser put in",
        tuple(GUIDELINES), run_guideline, 5, 500,
    ),
    "dcgan-rates": Experiment("notebook 07's DCGAN at four learning rates", RATES, run_rate, 5, 400),
    "dcgan-failures": Experiment("notebook 07's DCGAN with one mistake in it", tuple(FAILURES), run_failure, 2, 400),
}  # fmt: skip
