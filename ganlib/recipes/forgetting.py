"""The VAEs of notebook 04: small ones on digits, and a series on scenes and faces by the size of their code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter

import torch

from ganlib import data as datasets
from ganlib.data import Dataset
from ganlib.models.grid_vae import GridVAE
from ganlib.models.vae import MLPVAE, VAE, ConvVAE
from ganlib.recipes.recipe import Recipe
from ganlib.train import ELBOTraining

STEPS = 1000
SETS = {"scenes": "detail_scenes", "faces": "sketch_faces"}
CODES = (8, 32, 128)  # of the shipped series; the experiment goes on to 512
SHAPE = [3, 64, 64]
PICTURES = 6000  # drawn for training: more than a network of this size can learn by heart in so few steps
CONV = {"width": 12, "learn_sigma": True}  # sigma learned: no code may lose because somebody chose a bad one
GRID = {"depth": 8, "width": 16, "learn_sigma": True}


def digits_vae(
    data: Dataset, *, z_dim: int = 32, steps: int = 800, seed: int = 0, beta: float = 1.0, **options
) -> ELBOTraining[MLPVAE]:
    """Return the training of a small VAE on digits, ready to run for `steps`; `options` as for `VAE`."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = MLPVAE(data.image_shape, z_dim, (256, 128), **options)
    return ELBOTraining(model, data, beta=beta, lr=2e-3, schedule=falling(steps), seed=seed)


def falling(steps: int) -> Callable[[int], float]:
    """Return a learning rate's factor: up within 50 steps, then down to a fiftieth in a straight line."""
    return lambda number: min(1.0, (number + 1) / 50) * max(0.02, 1 - number / steps)


def detail_vae(kind: str, code: int | str) -> VAE:
    """Return an untrained VAE for pictures of 64 pixels: `code` is its latent size, or "grid".

    Raises:
        ValueError: for an unknown kind of pictures.
    """
    if kind not in SETS:
        raise ValueError(f"there are VAEs for {' and '.join(SETS)}, not for {kind!r}")
    return GridVAE(SHAPE, **GRID) if code == "grid" else ConvVAE(SHAPE, int(code), **CONV)


def detail_recipe(kind: str, code: int | str) -> Recipe:
    """Return the recipe of one VAE of the series, or of one with a code of another size."""
    return Recipe(
        what=f"VAE of notebook 04 on {kind}, latent size {code}",
        data=f"{SETS[kind]} (train), 6,000 pictures",
        steps=STEPS,
        load=partial(datasets.load, SETS[kind], limit=PICTURES),
        make=partial(detail_training, kind, code),
        arguments={"image_shape": SHAPE, **(GRID if code == "grid" else {"z_dim": int(code), **CONV})},
        network=attrgetter("model"),
        judge=partial(quality, kind=kind),
        half=True,
    )


def detail_training(kind: str, code: int | str, data: Dataset, *, seed: int, steps: int) -> ELBOTraining:
    """Return the training of one VAE of the series, ready to run for `steps`."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = detail_vae(kind, code)
    return ELBOTraining(model, data, lr=3e-3, schedule=falling(steps), seed=seed)


@torch.no_grad()
def quality(model: VAE, kind: str, count: int = 300) -> dict:
    """Return sigma, error, KL and active numbers of the code, on held-out pictures."""
    x = datasets.load(SETS[kind], "test", limit=count, device=next(model.parameters()).device).images
    mean, log_var = model.eval().encode(x)
    kl = 0.5 * (mean.square() + log_var.exp() - log_var - 1)
    return {
        "sigma": round(model.sigma, 4),
        "mean_squared_error": round(float((model(x) - x).square().mean()), 5),
        "kl_nats": round(float(kl.sum(1).mean()), 1),
        "active": int((mean.var(0) > 0.01).sum()),
    }


RECIPES = {f"{kind}-vae-{code}": detail_recipe(kind, code) for kind in SETS for code in (*CODES, "grid")}
