"""Does a conditional GAN draw what it is asked for? Notebook 08's recipe, and the usual bugs on purpose."""

from __future__ import annotations

import torch
from torch import nn

from ganlib import data as datasets
from ganlib import pretrained
from ganlib.experiments.experiment import Experiment
from ganlib.metrics import confusion
from ganlib.models import DCGANDiscriminator, init_dcgan
from ganlib.models.generate import ConditionalGenerator
from ganlib.recipes.conditional import cgan_pair, digits_cgan, judge_obedience, samples_of_each
from ganlib.recipes.gan import moved_digits
from ganlib.train import ConditionalTraining


class MixedUp(ConditionalGenerator):
    """A generator that is handed the labels in another order than D, as when two loops each draw their own.

    Only in training: asked on its own, it gets the right ones.
    """

    def __init__(self, G: ConditionalGenerator):
        super().__init__()
        self.G, self.z_dim, self.classes = G, G.z_dim, G.classes

    def forward(self, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.G(z, y[torch.randperm(len(y))] if self.training else y)


class Deaf(nn.Module):
    """A discriminator that is handed the label and does nothing with it."""

    def __init__(self, D: nn.Module):
        super().__init__()
        self.D = D

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.D(x)


class NeverTheLast(ConditionalTraining):
    """Asks with `randint(0, K - 1)` for classes 0 to K - 1: the upper end is left out, so the last never comes up."""

    def ask(self) -> torch.Tensor:
        last = self.known - 1
        return torch.randint(0, last, (self.batch_size,), generator=self.generator, device=self.device)


def mixed_up(data, seed: int, steps: int) -> ConditionalTraining:
    G, D = cgan_pair(data.image_shape, seed=seed)
    return digits_cgan(data, seed=seed, steps=steps, pair=(MixedUp(G), D))


def deaf(data, seed: int, steps: int) -> ConditionalTraining:
    G, _ = cgan_pair(data.image_shape, seed=seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        D = init_dcgan(DCGANDiscriminator(data.image_shape, (16, 32, 64), batch_norm=False))
    return digits_cgan(data, seed=seed, steps=steps, pair=(G, Deaf(D)))


# name -> (images, seed, steps) -> training
VARIANTS = {
    "right": lambda data, seed, steps: digits_cgan(data, seed=seed, steps=steps),
    "labels mixed up": mixed_up,
    "randint(0, 9)": lambda data, seed, steps: digits_cgan(data, seed=seed, steps=steps, kind=NeverTheLast),
    "D not told": deaf,
}


def run_obedience(variant: str, seed: int, steps: int) -> dict:
    """Train one variant and return its obedience, its confusion matrix, a row of counts as a text each."""
    training = VARIANTS[variant](moved_digits(datasets.load("digits")), seed, steps)
    for _ in training.run(steps):
        pass
    G = training.best_G
    images, y = samples_of_each(G)
    counts, _ = confusion(pretrained.load("digits-classifier"), images, y)
    return {**judge_obedience(G), "read": [" ".join(str(int(count)) for count in row) for row in counts]}


EXPERIMENTS = {
    "cgan-obedience": Experiment(
        "notebook 08's conditional GAN, and its usual bugs", tuple(VARIANTS), run_obedience, 5, 700
    )
}
