"""The conditional GAN of notebook 08: digits on demand."""

from __future__ import annotations

import torch
from torch import nn

from ganlib import data as datasets
from ganlib import pretrained
from ganlib.data import Dataset
from ganlib.metrics import confusion, evaluate
from ganlib.models import DCGANDiscriminator, DCGANGenerator, generate, init_dcgan
from ganlib.models.generate import ConditionalGenerator
from ganlib.recipes.gan import moved_digits
from ganlib.recipes.recipe import Recipe
from ganlib.train import ConditionalTraining, constant_then_linear

DIGITS_CGAN = {"z_dim": 64, "channels": [64, 32, 16], "image_shape": [1, 32, 32], "classes": 10}
LIVE_STEPS = 700  # half a minute on two cores
CGAN_STEPS = 3000  # for the weights that ship: no lecture waits for them


def cgan_pair(image_shape, classes: int = 10, *, seed: int = 0) -> tuple[DCGANGenerator, DCGANDiscriminator]:
    """Return a generator and a discriminator that are both told a label, with Radford et al.'s first weights."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        G = init_dcgan(DCGANGenerator(DIGITS_CGAN["z_dim"], DIGITS_CGAN["channels"], image_shape, classes=classes))
        # no batch normalisation: real and fake images then share one pass, and D learned faster here
        D = init_dcgan(DCGANDiscriminator(image_shape, (16, 32, 64), classes=classes, batch_norm=False))
    return G, D


def digits_cgan(
    data: Dataset, *, seed: int = 0, steps: int = LIVE_STEPS, kind: type = ConditionalTraining, pair=None, **changes
) -> ConditionalTraining:
    """Return the training of a conditional DCGAN on labelled images, ready to run for `steps` rounds.

    kind: a subclass to take instead.  pair: (G, D) to take instead of `cgan_pair`'s.
    changes: keyword arguments of `Training` to replace.
    """
    G, D = pair or cgan_pair(data.image_shape, len(data.classes), seed=seed)
    settings = {
        "lr_G": 2e-3,  # ten times Radford et al.'s: few steps, small networks
        "lr_D": 2e-3,
        "schedule": constant_then_linear(steps, start=0.5, end=0.05),
        "ema": 0.99,  # the last hundred steps or so
        "one_pass": True,
        "seed": seed,
    }
    return kind(G, D, data, **{**settings, **changes})


def samples_of_each(G: ConditionalGenerator, n: int = 2000, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw `n` images, a style z for every ten of them and in it every class once: (n, C, H, W) and labels (n,)."""
    device = next(G.parameters()).device
    z = torch.randn(n // G.classes, G.z_dim, generator=torch.Generator().manual_seed(seed))
    z = z.repeat_interleave(G.classes, 0).to(device)
    y = torch.arange(len(z), device=device) % G.classes
    return generate(G, z, y), y


def judge_obedience(G: ConditionalGenerator, n: int = 2000, seed: int = 1) -> dict:
    """Measure whether a generator of digits draws what it is asked for.

    obedience: the share of images that the shipped classifier reads as the digit asked for.  least: of the digit
    that is obeyed worst.  same: how large a share of the ten images of one style are read as the same digit, mean
    over styles (0.1 if all differ, 1 if the label does nothing).
    """
    device = next(G.parameters()).device
    classifier = pretrained.load("digits-classifier", device=device)
    images, y = samples_of_each(G, n, seed)
    counts, read = confusion(classifier, images, y)
    shares = counts.diagonal() / counts.sum(1)
    styles = nn.functional.one_hot(read.view(-1, G.classes), G.classes).sum(1)
    found = evaluate(classifier, images, datasets.load("digits", "test", device=device).images)
    return {
        "obedience": round(float(counts.diagonal().sum() / counts.sum()), 4),
        "least": round(float(shares.min()), 4),
        "same": round(float(styles.max(1).values.cpu().double().mean()) / G.classes, 4),
        "confidence": round(found.confidence, 4),
        "frechet": round(found.frechet, 2),
        "recall": round(found.recall, 4),
    }


RECIPES = {
    "digits-cgan": Recipe(
        what="generator of notebook 08's conditional GAN, 32x32 digits on demand",
        data="digits (train), 16 moved copies",
        steps=CGAN_STEPS,
        load=lambda device: moved_digits(datasets.load("digits", device=device)),
        make=digits_cgan,
        arguments=DIGITS_CGAN,
        judge=judge_obedience,
    )
}
