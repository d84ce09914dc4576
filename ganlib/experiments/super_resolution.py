"""What does a discriminator add to regression when digits are enlarged? Notebook 08, from 8x8 and from 4x4 pixels."""

from __future__ import annotations

from ganlib.experiments.experiment import Experiment
from ganlib.recipes.super_resolution import WEIGHT, enlarge_digits

# name -> (scale, weight of the squared error beside D's opinion; None: no D)
ENLARGERS = {
    "8x8, squared error": (4, None),
    "8x8, GAN": (4, WEIGHT),
    "4x4, squared error": (8, None),
    "4x4, GAN": (8, WEIGHT),
    "4x4, GAN, weight 3": (8, 3.0),
    "4x4, GAN, weight 0.3": (8, 0.3),
}


def run_enlarging(variant: str, seed: int, steps: int) -> dict:
    """Train one variant and return its sharpness and its fidelity on held-out digits."""
    scale, weight = ENLARGERS[variant]
    return enlarge_digits(scale, weight, seed=seed, steps=steps)


EXPERIMENTS = {
    "super-resolution": Experiment(
        "digits enlarged by regression and by a GAN, from 8x8 and 4x4 pixels", tuple(ENLARGERS), run_enlarging, 5, 400
    )
}
