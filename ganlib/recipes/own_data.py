"""GANs of the course on pictures of one's own choice: `python -m ganlib train dcgan|cgan|pix2pix|sr`."""

from __future__ import annotations

from functools import partial

import torch

from ganlib import data as datasets
from ganlib.data import Dataset
from ganlib.models import generate
from ganlib.recipes.conditional import CGAN_STEPS, DIGITS_CGAN, digits_cgan
from ganlib.recipes.dcgan import DIGITS, DIGITS_STEPS, digits_dcgan, faces_dcgan, sharpening
from ganlib.recipes.dcgan import FACES as DCGAN_FACES
from ganlib.recipes.gan import moved_digits
from ganlib.recipes.pix2pix import faces_pix2pix
from ganlib.recipes.recipe import Recipe
from ganlib.recipes.super_resolution import SR_STEPS, WEIGHT, enlarging
from ganlib.train import ConditionalTraining, PairedTraining, Training

SCALE = 4  # of super-resolution
UNET = [16, 32, 64]
SHEET = 64  # pictures on the sheet of samples


def make_dcgan(data: Dataset, *, seed: int, steps: int, **settings) -> Training:
    """Return notebook 07's training: the smaller networks for grey pictures, the larger ones for colour."""
    make = digits_dcgan if data.image_shape[0] == 1 else faces_dcgan
    return make(data, seed=seed, steps=steps, **settings)


def make_cgan(data: Dataset, *, seed: int, steps: int, **settings) -> Training:
    """Return notebook 08's conditional training.

    Raises:
        ValueError: if the data have no labels.
    """
    if data.labels is None:
        raise ValueError(
            f"cgan needs labels, and {data.name} has none: take digits or mnist, or sort your folder's images into one "
            "sub-folder for each class"
        )
    return digits_cgan(data, seed=seed, steps=steps, **settings)


def make_sr(data: Dataset, *, seed: int, steps: int, **settings) -> Training:
    """Return notebook 08's super-resolution, with its discriminator from the first step on.

    Raises:
        ValueError: if the pictures' side is no multiple of the scale.
    """
    if any(side % SCALE or side < 2 * SCALE for side in data.image_shape[1:]):
        raise ValueError(f"sr enlarges {SCALE} times: choose a --size of {2 * SCALE} or another multiple of {SCALE}")
    return enlarging(data, SCALE, weight=WEIGHT, seed=seed, steps=steps, **settings)


def _noise(training: Training, n: int) -> torch.Tensor:
    z = torch.randn(n, training.G.z_dim, generator=torch.Generator().manual_seed(1))
    return z.to(training.device)


def sheet_dcgan(training: Training, data: Dataset) -> tuple[torch.Tensor, int | None]:
    """Return samples."""
    return generate(training.best_G, _noise(training, SHEET)), None


def sheet_cgan(training: ConditionalTraining, data: Dataset) -> tuple[torch.Tensor, int | None]:
    """Return a row for each style, a column for each class."""
    classes = len(data.classes)
    z = _noise(training, 8).repeat_interleave(classes, 0)
    return generate(training.best_G, z, torch.arange(classes, device=z.device).repeat(8)), classes


def sheet_pairs(training: PairedTraining, data: Dataset) -> tuple[torch.Tensor, int | None]:
    """Return pictures in rows of eight, and below each row the truth."""
    rows = []
    for first in range(0, min(32, len(data)), 8):
        rows += [generate(training.best_G, training.conditions[first : first + 8]), data.images[first : first + 8]]
    return torch.cat(rows), 8


def _dcgan_arguments(data: Dataset) -> dict:
    sizes = {**DIGITS, "sharpen": sharpening(data)} if data.image_shape[0] == 1 else DCGAN_FACES
    return {**sizes, "image_shape": list(data.image_shape)}


def moved_if_digits(name: str, **choice) -> Dataset:
    """Load pictures; the few digits there are come with moved copies."""
    found = datasets.load(name, **choice)
    return moved_digits(found) if name == "digits" else found


RECIPES = {
    "dcgan": Recipe(
        what="pictures from noise (notebook 07)",
        data="digits",
        steps=DIGITS_STEPS,
        load=datasets.load,  # without moved copies: D is blurred instead
        make=make_dcgan,
        arguments=_dcgan_arguments,
        sheet=sheet_dcgan,
    ),
    "cgan": Recipe(
        what="pictures of the class asked for (notebook 08)",
        data="digits",
        steps=CGAN_STEPS,
        load=moved_if_digits,
        make=make_cgan,
        arguments=lambda data: {**DIGITS_CGAN, "image_shape": list(data.image_shape), "classes": len(data.classes)},
        sheet=sheet_cgan,
    ),
    "pix2pix": Recipe(
        what="pictures from maps of their parts (notebook 08)",
        data="sketch_faces",
        steps=2000,
        load=moved_if_digits,
        make=partial(faces_pix2pix, channels=UNET),
        arguments=lambda data: {
            "in_channels": len(data.parts), "out_channels": data.image_shape[0], "channels": UNET
        },
        sheet=sheet_pairs,
    ),
    "sr": Recipe(
        what="pictures enlarged four times (notebook 08)",
        data="digits",
        steps=2 * SR_STEPS,
        load=moved_if_digits,
        make=make_sr,
        arguments=lambda data: {"scale": SCALE, "channels": data.image_shape[0], "width": 32},
        sheet=sheet_pairs,
    ),
}  # fmt: skip
