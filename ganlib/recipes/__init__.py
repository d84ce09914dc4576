"""How the shipped networks were made: `python -m ganlib train NAME` makes any of them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from ganlib import pretrained
from ganlib.progress_line import Watch
from ganlib.recipes.autoregressive import (
    DIGITS,
    DIGITS_STEPS,
    MNIST,
    MNIST_STEPS,
    train_digits_pixelcnn,
    train_mnist_pixelcnn,
)
from ganlib.recipes.bigan import (
    BIGAN,
    BIGAN_STEPS,
    READER,
    READER_STEPS,
    train_digits_bigan,
    train_face_attributes,
)
from ganlib.recipes.conditional import CGAN_STEPS, DIGITS_CGAN, train_digits_cgan
from ganlib.recipes.dcgan import DIGITS as DCGAN
from ganlib.recipes.dcgan import DIGITS_STEPS as DCGAN_STEPS
from ganlib.recipes.dcgan import FACES, FACES_STEPS, PICTURES, train_digits_dcgan, train_faces_dcgan
from ganlib.recipes.forgetting import CODES, CONV, GRID, SETS, SHAPE, train_detail_vae
from ganlib.recipes.forgetting import STEPS as FORGETTING_STEPS
from ganlib.recipes.gan import (
    SHIPPED_STEPS,
    STEPS,
    judge_digits,
    moved_digits,
    plain_gan,
    rescued_gan,
    train_digits_mlp,
)
from ganlib.recipes.pix2pix import FACES as PIX2PIX
from ganlib.recipes.pix2pix import FACES_STEPS as PIX2PIX_STEPS
from ganlib.recipes.pix2pix import READER as PARTS_READER
from ganlib.recipes.pix2pix import READER_STEPS as PARTS_READER_STEPS
from ganlib.recipes.pix2pix import train_faces_pix2pix, train_faces_reader
from ganlib.recipes.readers import ARGUMENTS, train_classifier

__all__ = ["RECIPES", "STEPS", "Recipe", "judge_digits", "make", "moved_digits", "plain_gan", "rescued_gan"]


@dataclass(frozen=True)
class Recipe:
    """A training by name: `train(seed=, device=, steps=, watch=)` returns (network, quality)."""

    what: str
    train: Callable
    arguments: dict
    steps: int
    data: str


RECIPES = {
    "digits-classifier": Recipe(
        "convolutional classifier whose features and verdicts the metrics use",
        train_classifier,
        ARGUMENTS,
        1500,
        "digits (train), 12 moved copies, half as many non-digits",
    ),
    "digits-mlp": Recipe(
        "generator of notebook 06's vanilla GAN, 32x32 digits",
        train_digits_mlp,
        {"z_dim": 64, "hidden": [256, 512], "image_shape": [1, 32, 32]},
        SHIPPED_STEPS,
        "digits (train), 16 moved copies",
    ),
    "digits-dcgan": Recipe(
        "generator of notebook 07's DCGAN, 32x32 digits",
        train_digits_dcgan,
        DCGAN,
        DCGAN_STEPS,
        "digits (train)",
    ),
    "faces-dcgan": Recipe(
        "generator of notebook 07's DCGAN on sketched faces, 32x32 in colour",
        train_faces_dcgan,
        FACES,
        FACES_STEPS,
        f"sketch_faces (train), {PICTURES:,} pictures of 32x32",
    ),
    "digits-bigan": Recipe(
        "encoder and generator of notebook 10, learned together by adversarial inference, 32x32 digits",
        train_digits_bigan,
        BIGAN,
        BIGAN_STEPS,
        "digits (train), 16 moved copies",
    ),
    "faces-attributes": Recipe(
        "classifier of notebook 10: ten yes-or-no attributes of 32x32 sketch faces",
        train_face_attributes,
        READER,
        READER_STEPS,
        "sketch_faces (train), 8,000 pictures, 32x32",
    ),
    "digits-cgan": Recipe(
        "generator of notebook 08's conditional GAN, 32x32 digits on demand",
        train_digits_cgan,
        DIGITS_CGAN,
        CGAN_STEPS,
        "digits (train), 16 moved copies",
    ),
    "faces-reader": Recipe(
        "reader of notebook 08: which part of a sketched face each pixel shows, 32x32",
        train_faces_reader,
        PARTS_READER,
        PARTS_READER_STEPS,
        "sketch_faces (train), 10,000 pictures of 32x32",
    ),
    "faces-pix2pix": Recipe(
        "U-Net of notebook 08's pix2pix, from a map of parts to a sketched face, 32x32",
        train_faces_pix2pix,
        PIX2PIX,
        PIX2PIX_STEPS,
        "sketch_faces (train), 10,000 pairs of map and picture, 32x32",
    ),
    "digits-pixelcnn": Recipe(
        "gated PixelCNN of notebook 02, binary 16x16 digits",
        train_digits_pixelcnn,
        DIGITS,
        DIGITS_STEPS,
        "digits (train), 16 moved copies, 16x16, binary",
    ),
    "mnist-pixelcnn": Recipe(
        "PixelCNN with short-cuts on binarised 28x28 MNIST, toward the literature's 81.3 nats",
        train_mnist_pixelcnn,
        MNIST,
        MNIST_STEPS,
        "mnist (train), 28x28, binarised afresh in each batch",
    ),
}

for _kind, _set in SETS.items():
    for _code in (*CODES, "grid"):
        RECIPES[f"{_kind}-vae-{_code}"] = Recipe(
            f"VAE of notebook 04 on {_kind}, latent size {_code}",
            partial(train_detail_vae, _kind, _code),
            {"image_shape": SHAPE, **(GRID if _code == "grid" else {"z_dim": _code, **CONV})},
            FORGETTING_STEPS,
            f"{_set} (train), 6,000 pictures",
        )


def make(
    name: str,
    *,
    seed: int = 0,
    device: torch.device | str = "cpu",
    steps: int | None = None,
    place: Path | None = None,
    watch: Watch = iter,
) -> tuple[Path, dict]:
    """Train the network `name`, write its weights and recipe into `place`, return (path, quality).

    steps: None for the recipe's own.  place: None for the shipped folder.

    Raises:
        ValueError: for an unknown name or fewer than 1 step.
    """
    if name not in RECIPES:
        raise ValueError(f"there is no recipe {name!r}: use one of {', '.join(sorted(RECIPES))}")
    recipe = RECIPES[name]
    steps = recipe.steps if steps is None else steps
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps}")
    network, quality = recipe.train(seed=seed, device=device, steps=steps, watch=watch)
    command = f"python -m ganlib train {name} --seed {seed} --steps {steps}"
    path = pretrained.save(
        name,
        network,
        arguments=recipe.arguments,
        command=command,
        data=recipe.data,
        seed=seed,
        quality=quality,
        place=place,
    )
    return path, quality
