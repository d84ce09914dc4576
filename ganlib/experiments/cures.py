"""Which cure rescues the vanilla GAN on few images? Each is tried alone, from several seeds."""

from __future__ import annotations

from functools import partial

import torch

from ganlib import data as datasets
from ganlib import losses
from ganlib.experiments.experiment import Experiment
from ganlib.losses import GANLoss
from ganlib.recipes import judge_digits, moved_digits, plain_gan, rescued_gan
from ganlib.train import Training, constant_then_linear

SMOOTHED = GANLoss("one_sided_smoothing", partial(losses.cross_entropy_D, real_target=0.9), losses.non_saturating_G)


def _plain(data, seed, steps, **changes) -> Training:
    return plain_gan(data, seed=seed, **changes)


# name -> (images, seed, steps) -> Training
CURES = {
    "plain": _plain,
    "dropout in D": partial(_plain, pair={"dropout_D": 0.3}),
    "batch norm in G": partial(_plain, pair={"batch_norm_G": True}),
    "gradient clipping": partial(_plain, clip=0.1),
    "smoothed labels": partial(_plain, loss=SMOOTHED),
    "moved copies": lambda data, seed, steps: plain_gan(moved_digits(data), seed=seed),
    "gradient penalty": partial(_plain, penalty=partial(losses.zero_centred_penalty, weight=3.0)),
    "falling rate": lambda data, seed, steps: plain_gan(
        data, seed=seed, schedule=constant_then_linear(steps, start=0.5, end=0.05)
    ),
    "average of G": partial(_plain, ema=0.995),
    "recipe": lambda data, seed, steps: rescued_gan(moved_digits(data), seed=seed, steps=steps),
    "recipe without penalty": lambda data, seed, steps: rescued_gan(
        moved_digits(data), seed=seed, steps=steps, penalty=None
    ),
}


def run_cure(variant: str, seed: int, steps: int) -> dict:
    """Train one variant on the digits and return the quality of 1,000 samples and D's last accuracy."""
    training = CURES[variant](datasets.load("digits"), seed, steps)
    accuracy = []
    for step in training.run(steps):
        if step.number > steps - 200:
            accuracy.append(step.accuracy_D)
    quality = judge_digits(training.best_G).as_dict()
    return {**quality, "accuracy_D": round(float(torch.tensor(accuracy).mean()), 4)}


EXPERIMENTS = {
    "digit-cures": Experiment(
        "notebook 06's vanilla GAN on digits, plain and with each cure alone", tuple(CURES), run_cure, 5, 3000
    )
}
