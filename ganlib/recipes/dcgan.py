"""The DCGANs of notebook 07: digits while one watches, and sketched faces whose weights ship."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from ganlib import data as datasets
from ganlib.data import Dataset
from ganlib.metrics import frechet_distance
from ganlib.models import DCGANDiscriminator, DCGANGenerator, generate, init_dcgan
from ganlib.recipes.gan import judge_digits, moved_digits
from ganlib.train import Training, constant_then_linear

DIGITS = {"z_dim": 64, "channels": [64, 32, 16], "image_shape": [1, 32, 32]}
DIGITS_STEPS = 4000
FACES = {"z_dim": 64, "channels": [128, 64, 32], "image_shape": [3, 32, 32]}
FACES_STEPS = 12_000
PICTURES = 20_000  # drawn for training: too many to be learned by heart
COMPONENTS = 64  # of pixels, in which the faces' Fréchet distance is taken


def faces_dcgan(data: Dataset, *, seed: int = 0, steps: int = FACES_STEPS, **changes) -> Training:
    """Return the training of the DCGAN that draws sketched faces, ready to run for `steps` rounds.

    changes: keyword arguments of `Training` to replace.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        G = init_dcgan(DCGANGenerator(FACES["z_dim"], FACES["channels"], data.image_shape))
        D = init_dcgan(DCGANDiscriminator(data.image_shape, FACES["channels"][::-1]))
    return _training(G, D, data, steps, seed, {"lr_G": 1e-3, "lr_D": 1e-3, "ema": 0.999, "half": True, **changes})


def _training(G: nn.Module, D: nn.Module, data: Dataset, steps: int, seed: int, changes: dict) -> Training:
    """Return a training with what both recipes share."""
    for network in (G, D):
        network.to(memory_format=torch.channels_last)  # the order in memory that convolutions like
    settings = {
        "schedule": constant_then_linear(steps, start=0.5, end=0.05),  # the players settle instead of circling
        "reuse": True,  # G learns on the fakes that D has just judged: a pass through G less
        "seed": seed,
    }
    return Training(G, D, data, **{**settings, **changes})


def train_faces_dcgan(
    *, seed: int = 0, device: torch.device | str = "cpu", steps: int = FACES_STEPS, watch: Callable = iter
) -> tuple[nn.Module, dict]:
    """Train on sketched faces; returns (generator in float16 as it ships, quality of its samples)."""
    training = faces_dcgan(
        datasets.load("sketch_faces", size=32, limit=PICTURES, device=device), seed=seed, steps=steps
    )
    for _ in watch(training.run(steps)):
        pass
    shipped = training.best_G.half()  # half the bytes; the quality is measured after rounding
    G = DCGANGenerator(**FACES).to(device)
    G.load_state_dict(shipped.state_dict())
    return shipped, judge_faces(G)


def judge_faces(G: nn.Module, n: int = 2000, seed: int = 1) -> dict:
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
