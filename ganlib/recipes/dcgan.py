"""The DCGANs of notebook 07: digits while one watches, and sketched faces whose weights ship."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from ganlib import data as datasets
from ganlib.data import Dataset, grouped
from ganlib.losses import zero_centred_penalty
from ganlib.metrics import frechet_distance
from ganlib.models import DCGANDiscriminator, DCGANGenerator, generate, init_dcgan
from ganlib.models.generate import Generator
from ganlib.recipes.gan import judge_digits
from ganlib.recipes.recipe import Recipe
from ganlib.train import ConditionalTraining, Training, constant, constant_then_linear

DIGITS = {"z_dim": 64, "channels": [64, 32, 16], "image_shape": [1, 32, 32], "groups": 10, "sharpen": 2.0}
DIGITS_STEPS = 6000  # a minute to a minute and a half on two cores
FACES = {"z_dim": 64, "channels": [128, 64, 32], "image_shape": [3, 32, 32]}
FACES_STEPS = 12_000
PICTURES = 20_000  # drawn for training: too many to be learned by heart
FALL = {"start": 0.25, "end": 0.05}  # of the digits' learning rate: the players settle instead of circling
COMPONENTS = 64  # of pixels, in which the faces' Fréchet distance is taken


def digits_dcgan(
    data: Dataset,
    *,
    seed: int = 0,
    steps: int = DIGITS_STEPS,
    groups: int = DIGITS["groups"],
    told: bool = True,
    options_G: dict | None = None,
    options_D: dict | None = None,
    spread: float | None = 0.02,
    momentum: float = 0.02,
    **changes,
) -> Training:
    """Return the training of the DCGAN that draws digits, ready to run for `steps` rounds.

    data: images (N, C, H, W), already augmented if wanted; labels are not looked at.
    groups: how many groups of similar pictures k-means is to find, 0 for none. Each gets an island of noise in G, and
        each judgement of D is about one group, if D is told (Sage et al. 2018; Liu et al. 2020 with D's own features).
    options_G, options_D: keyword arguments of the networks to change.  spread: of the first weights, None for torch's.
    momentum: of G's batch statistics, by which samples are drawn: those of the last 50 batches. PyTorch's 0.1 keeps
        ten, whose chance shifts all samples alike.
    changes: keyword arguments of `Training` to replace.
    """
    settings = {
        "batch_size": 32,  # twice as many steps a second as with 64
        "lr_G": 2e-3,  # ten times that of Radford et al. 2016: these networks are small, and the clock is running
        "lr_D": 2e-3,
        "schedule": constant_then_linear(steps, **FALL),
        "penalty": partial(zero_centred_penalty, weight=1.5),  # else D soon knows 1,297 pictures by heart (notebook 06)
        "penalty_every": 4,
        "ema": 0.99,  # an average of G over the last 100 steps
        "reuse": True,  # G learns on the fakes that D has just judged: a pass through G less
        "half": has_bfloat16(data.images.device),
        "seed": seed,
    }
    options_G = {"groups": groups, "sharpen": sharpening(data), **(options_G or {})}
    # blur: D judges shapes, not whether an edge is as sharp as ink's
    options_D = {"classes": groups if told else 0, "projected": True, "blur": 1.0, **(options_D or {})}
    G, D = _pair(data, DIGITS, seed, options_G, options_D, spread, momentum)
    if groups:
        data = grouped(data, groups)
        assert data.labels is not None  # the groups
        G.shares.copy_(torch.bincount(data.labels, minlength=groups) / len(data))
    return (ConditionalTraining if groups and told else Training)(G, D, data, **{**settings, **changes})


def sharpening(data: Dataset) -> float:
    """Return how much steeper the last tanh of samples is to be: 2 for two tones, whose sharp edges D cannot see."""
    return DIGITS["sharpen"] if bool((data.images.abs() == 1).all()) else 1.0


def plain_dcgan(
    data: Dataset, *, seed: int = 0, options_G: dict | None = None, options_D: dict | None = None, **changes
) -> Training:
    """Return the training of the same networks without the cures; `options_…` and `changes` as for `digits_dcgan`."""
    bare = {"schedule": constant, "penalty": None, "ema": None, "momentum": 0.1}
    options_G = {"sharpen": 1.0, **(options_G or {})}
    options_D = {"blur": 0.0, **(options_D or {})}
    return digits_dcgan(data, seed=seed, groups=0, options_G=options_G, options_D=options_D, **{**bare, **changes})


def faces_dcgan(data: Dataset, *, seed: int = 0, steps: int = FACES_STEPS, **changes) -> Training:
    """Return the training of the DCGAN that draws sketched faces: larger networks, slower, averaged for longer."""
    settings = {"lr_G": 1e-3, "lr_D": 1e-3, "ema": 0.999, "half": has_bfloat16(data.images.device)}
    pair = _pair(data, FACES, seed, {}, {}, 0.02)
    schedule = constant_then_linear(steps, start=0.5, end=0.05)
    return Training(*pair, data, **{**settings, "schedule": schedule, "reuse": True, "seed": seed, **changes})


def _pair(
    data: Dataset, sizes: dict, seed: int, options_G: dict, options_D: dict, spread: float | None, momentum: float = 0.1
) -> tuple[DCGANGenerator, DCGANDiscriminator]:
    """Return a generator and its mirror, with weights that depend on the seed alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        G = DCGANGenerator(**{**sizes, "image_shape": data.image_shape, **options_G})
        D = DCGANDiscriminator(data.image_shape, **{"channels": sizes["channels"][::-1], **options_D})
        if spread is not None:
            init_dcgan(G, spread)
            init_dcgan(D, spread)
    for layer in G.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = momentum
    # channels last: the order in memory that convolutions like
    return G.to(memory_format=torch.channels_last), D.to(memory_format=torch.channels_last)


def has_bfloat16(device: torch.device) -> bool:
    """Say whether the device multiplies bfloat16 numbers itself; where it does not, they are slower than float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        known = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, name, bool)() for name in known)
    return False


def judge_faces(G: Generator, n: int = 2000, seed: int = 1) -> dict:
    """Return the Fréchet distance of `n` samples to held-out faces, and that of `n` training faces, as a yardstick.

    There is no classifier of faces, so it is taken in the 64 leading principal components of pictures of 16 pixels.
    """
    device = next(G.parameters()).device
    train, test = (datasets.load("sketch_faces", split, size=32, limit=n, device=device) for split in ("train", "test"))
    z = torch.randn(n, G.z_dim, generator=torch.Generator().manual_seed(seed)).to(device)
    coarse = [data.resized(16).images.flatten(1) for data in (train, test, Dataset("samples", generate(G, z)))]
    axes = torch.linalg.eigh(coarse[0].T.cov()).eigenvectors[:, -COMPONENTS:]
    real, held_out, found = (x @ axes for x in coarse)
    return {
        "frechet": round(frechet_distance(found, held_out), 2),
        "frechet_of_real": round(frechet_distance(real, held_out), 2),
    }


RECIPES = {
    "digits-dcgan": Recipe(
        what="generator of notebook 07's DCGAN, 32x32 digits",
        data="digits (train)",
        steps=DIGITS_STEPS,
        load=partial(datasets.load, "digits"),
        make=digits_dcgan,
        arguments=DIGITS,
        judge=lambda G: judge_digits(G, n=2000).as_dict(),
    ),
    "faces-dcgan": Recipe(
        what="generator of notebook 07's DCGAN on sketched faces, 32x32 in colour",
        data=f"sketch_faces (train), {PICTURES:,} pictures of 32x32",
        steps=FACES_STEPS,
        load=partial(datasets.load, "sketch_faces", size=32, limit=PICTURES),
        make=faces_dcgan,
        arguments=FACES,
        judge=judge_faces,
        half=True,
    ),
}
