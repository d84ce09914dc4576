"""A DCGAN as tutorials write it beside ganlib's, on the same networks: 128 maps of 8x8, twice doubled to 32x32.

Pixels are repeated, then convolved, in the generator, as in the best-known of these tutorials; its discriminator halves
the picture four times, with dropout of whole channels and batch normalisation. What ganlib does otherwise:
channels last in memory, repeating folded into the convolution (the same function, fewer products), the last convolution
turned round, one fused Adam step, no gradients for a D that stands still, bfloat16, batches by index, not picture by
picture, and memory that is kept from step to step. Every form runs in a process of its own.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable

import torch
from torch import nn

from ganlib import data, runtime
from ganlib.models import init_dcgan
from ganlib.models.layers import NarrowConv2d, ToMap, UpsampledConv2d
from ganlib.train import Training
from tools.speed import timing
from tools.speed.apart import Apart
from tools.speed.tutorial import TutorialGAN

SIDE, Z_DIM = 32, 100
BATCH = timing.BATCH
ADAM = {"lr": 2e-4, "betas": (0.5, 0.999)}


class Generator(nn.Sequential):
    """z (N, 100) -> (N, 1, 32, 32).  folded: repeating is part of the convolution; the weights are the same."""

    z_dim = Z_DIM

    def __init__(self, folded: bool):
        def doubled(before: int, after: int) -> list[nn.Module]:
            if folded:
                return [nn.Identity(), UpsampledConv2d(before, after)]  # keeps the weights' names
            return [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1)]

        super().__init__(
            nn.Linear(Z_DIM, 128 * 8 * 8),
            ToMap(128, 8) if folded else nn.Unflatten(1, (128, 8, 8)),
            nn.BatchNorm2d(128),
            *doubled(128, 128),
            nn.BatchNorm2d(128),
            nn.LeakyReLU(0.2, inplace=True),
            *doubled(128, 64),
            nn.BatchNorm2d(64),
            nn.LeakyReLU(0.2, inplace=True),
            NarrowConv2d(64, 1) if folded else nn.Conv2d(64, 1, 3, padding=1),
            nn.Tanh(),
        )


def discriminator() -> nn.Sequential:
    """Return a network (N, 1, 32, 32) -> logits (N,)."""
    layers: list[nn.Module] = []
    for before, after in ((1, 16), (16, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(0.2, inplace=True), nn.Dropout2d(0.25)]
        layers += [nn.BatchNorm2d(after)] if before > 1 else []
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 2 * 2, 1), nn.Flatten(0))


def pair(seed: int, folded: bool) -> tuple[Generator, nn.Sequential]:
    """Return both networks, with weights that depend on the seed alone."""
    torch.manual_seed(seed)
    return init_dcgan(Generator(folded)), init_dcgan(discriminator())


def tutorial(images: data.Dataset, out, seed: int = 0, reuse: bool = True) -> TutorialGAN:
    """Return the tutorial's training; as it is published, G learns on the fakes that D has just seen."""
    return TutorialGAN(*pair(seed, folded=False), images.images, batch_size=BATCH, out=out, reuse=reuse, **ADAM)


def training(images: data.Dataset, seed: int = 0, *, quick: bool = True, half: bool = False, **options) -> Training:
    """Return ganlib's training of the same pair; quick: channels last and the folded generator."""
    networks = pair(seed, folded=quick)
    if quick:
        for network in networks:
            network.to(memory_format=torch.channels_last)
    settings = {"batch_size": BATCH, "lr_G": ADAM["lr"], "lr_D": ADAM["lr"], "betas": ADAM["betas"], "reuse": True}
    return Training(*networks, images, **{**settings, "half": half, **options}, seed=seed)


# name -> precision of products, memory kept between steps, the tutorial's loop or ganlib's, its options
FORMS = {
    "tutorial": ("highest", False, "tutorial", {}),
    "tutorial, fresh fakes for G": ("highest", False, "tutorial", {"reuse": False}),
    "tutorial, memory kept": ("highest", True, "tutorial", {}),
    "ganlib, networks as they are": ("medium", True, "ganlib", {"quick": False}),
    "ganlib, channels last, folded": ("medium", True, "ganlib", {}),
    "the same, bfloat16": ("medium", True, "ganlib", {"half": True}),
    "the same, memory not kept": ("medium", False, "ganlib", {"half": True}),
    "the same, fresh fakes for G": ("medium", True, "ganlib", {"half": True, "reuse": False}),
}


class Nowhere(io.TextIOBase):
    """Forget what is printed."""

    def write(self, text: str) -> int:
        return len(text)


def make(name: str, device: torch.device) -> tuple[Callable[[int], None], int]:
    """Build one of FORMS: returns run(steps), and the FLOPs of one of its steps."""
    _, _, loop, options = FORMS[name]
    images = data.load("digits", size=SIDE, device=device)
    if loop == "tutorial":
        run = tutorial(images, Nowhere(), **options).run
    else:
        trained = training(images, **options)

        def run(steps: int) -> None:
            timing.run_training(trained, steps)

    return run, timing.step_flops(run)


def speed(options: argparse.Namespace, device: torch.device) -> None:
    """Time all forms in turns and print images/s, their ratio to the tutorial's, FLOP/s and the machine's share."""
    options.steps = options.steps or 10
    print(f"DCGAN {Z_DIM} -> 128x8x8 -> 128x16x16 -> 64x32x32 -> 1x32x32, D 16-32-64-128, batch {BATCH}")
    print(f"{options.rounds} rounds of {options.steps} steps, in turns, {runtime.device_name(device)}")
    apart = {
        name: Apart(make, name, device, precision=precision, keep_memory=kept)
        for name, (precision, kept, _, _) in FORMS.items()
    }
    forms = [timing.Form(name, FORMS[name][0], form.run, form.flops) for name, form in apart.items()]
    products = timing.measure(forms, device, options.rounds, options.steps)
    for form in apart.values():
        form.close()
    print(timing.report(forms, products))


def quality(options: argparse.Namespace, device: torch.device) -> None:
    """Train the tutorial's form and ours for the same steps from each seed, and compare their samples."""
    from tools.speed.quality import quality as compare

    options.steps = options.steps or 600

    def ours(images: data.Dataset, seed: int, half: bool = False, reuse: bool = False, **_) -> Training:
        return training(images, seed, half=half, reuse=reuse)  # D has batch normalisation: never in one pass

    compare(options, data.load("digits", size=SIDE, device=device), tutorial, ours)
