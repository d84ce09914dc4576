"""pix2pix of notebook 08: from a map of a face's parts to the face."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

from ganlib import data as datasets
from ganlib import pretrained
from ganlib.data import Dataset
from ganlib.data.sketch_faces import PARTS
from ganlib.metrics import sharpness
from ganlib.models import PatchDiscriminator, UNet, generate
from ganlib.recipes.recipe import Recipe
from ganlib.train import PairedTraining, constant_then_linear

SIZE = 32  # pixels: a step then takes a thirtieth of a second on one core
FACES = {"in_channels": len(PARTS), "out_channels": 3, "channels": [16, 32, 64, 96]}
FACES_STEPS = 8000
PICTURES = 10_000
SMALL = ("brows", "eyes", "irises", "nose", "mouth", "beard", "glasses")  # what a blur loses first


def faces_pix2pix(
    data: Dataset,
    *,
    seed: int = 0,
    steps: int = 400,
    channels: Sequence[int] = (16, 32, 64),
    skips: bool = True,
    D_sees_map: bool = True,
    **changes,
) -> PairedTraining:
    """Return the training from maps of parts to pictures, ready to run for `steps` rounds.

    data: pictures with segments.  channels, skips: of the U-Net.  D_sees_map: False for a D that sees pictures alone.
    changes: keyword arguments of `PairedTraining` to replace; `D=None` for no discriminator at all.

    Raises:
        ValueError: if the data have no segments.
    """
    if data.segments is None:
        raise ValueError(f"{data.name} has no segments, and pix2pix learns from pairs of map and picture: sketch_faces "
                         "and detail_scenes have them")  # fmt: skip
    parts = len(data.parts)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        G = UNet(parts, data.image_shape[0], channels, skips=skips)
        D = PatchDiscriminator(data.image_shape[0], parts if D_sees_map else 0, (32, 64))
        # channels last: the order in memory that convolutions like
        G, D = (network.to(memory_format=torch.channels_last) for network in (G, D))
    settings = {
        "D": D,
        "weight": 30.0,  # Isola et al. take 100; in so few steps that leaves D too little to say
        "batch_size": 16,
        "lr_G": 2e-3,
        "lr_D": 1e-3,
        "schedule": constant_then_linear(steps, start=0.5, end=0.05),
        "ema": 0.99,
        "seed": seed,
    }
    settings |= changes
    return PairedTraining(G, settings.pop("D"), data, **settings)


def held_out(device: torch.device | str = "cpu", count: int = 500) -> Dataset:
    """Return faces that no training saw."""
    return datasets.load("sketch_faces", "test", size=SIZE, limit=count, device=device)


def overlaps(found: torch.Tensor, asked: torch.Tensor, parts: int) -> torch.Tensor:
    """Return for each part the pixels in both maps over the pixels in either: (N, H, W), (N, H, W) -> (parts,).

    1 if a part is where it should be, 0 if nowhere of it is; NaN if it is in neither map.
    """
    numbers = torch.arange(parts, device=found.device).view(-1, 1)
    one, other = found.flatten() == numbers, asked.flatten() == numbers
    return (one & other).sum(1) / (one | other).sum(1)


def found_again(reader: nn.Module, images: torch.Tensor, real: Dataset) -> dict:
    """Say how well a reader finds in pictures the parts that the maps of `real` ask for, as `judge_maps` does."""
    assert real.segments is not None, "judge pictures of maps by a data set with segments"
    found = generate(reader, images).argmax(1)
    overlap = overlaps(found, real.segments, len(PARTS))
    return {
        "pixels_right": round(float((found == real.segments).float().mean()), 4),
        "small_parts": round(float(overlap[[PARTS.index(name) for name in SMALL]].mean()), 4),
    }


@torch.no_grad()
def judge_maps(images: torch.Tensor, real: Dataset, reader: nn.Module | None = None) -> dict:
    """Say how well pictures keep to the maps of `real`, and how sharp and colourful they are beside its pictures.

    pixels_right: share of the pixels in which the reader finds the part that the map asked for (the FCN score of Isola
    et al. 2017, 4.1).  small_parts: mean overlap of brows, eyes, mouth, glasses …  error: mean absolute difference.
    fine: energy in waves shorter than four pixels, and colour: mean distance between the strongest and the weakest of
    red, green and blue, both over those of the real pictures.
    """
    reader = reader or pretrained.load("faces-reader", device=images.device)

    def colour(x):
        return (x.amax(1) - x.amin(1)).mean()

    return {
        **found_again(reader, images, real),
        "error": round(float((images - real.images).abs().mean()), 4),
        "fine": round(float(sharpness.fine_energy(images).mean() / sharpness.fine_energy(real.images).mean()), 4),
        "colour": round(float(colour(images) / colour(real.images)), 4),
    }


def judge_faces(G: nn.Module) -> dict:
    """Say how well a generator draws the held-out maps."""
    real = held_out(next(G.parameters()).device)
    assert real.segments is not None  # sketched faces have them
    return judge_maps(generate(G, real.segments), real)


RECIPES = {
    "faces-pix2pix": Recipe(  # a deeper U-Net than the lecture's, for longer
        what="U-Net of notebook 08's pix2pix, from a map of parts to a sketched face, 32x32",
        data="sketch_faces (train), 10,000 pairs of map and picture, 32x32",
        steps=FACES_STEPS,
        load=partial(datasets.load, "sketch_faces", size=SIZE, limit=PICTURES),
        make=partial(faces_pix2pix, channels=FACES["channels"], lr_G=1e-3, ema=0.999),
        arguments=FACES,
        judge=judge_faces,
        half=True,
    )
}
