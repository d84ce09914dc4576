"""The VAEs of notebook 04: small ones on digits, and a series on scenes and faces by the size of their code."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from ganlib import data as datasets
from ganlib.data import Dataset
from ganlib.models.grid_vae import GridVAE
from ganlib.models.vae import MLPVAE, VAE, ConvVAE
from ganlib.progress_line import Watch
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


def train_detail_vae(
    kind: str,
    code: int | str,
    *,
    seed: int = 0,
    device: torch.device | str = "cpu",
    steps: int = STEPS,
    pictures: int = PICTURES,
    watch: Watch = iter,
) -> tuple[nn.Module, dict]:
    """Train one VAE of the series; returns (model in float16 as it ships, quality of its reconstructions)."""
    train = datasets.load(SETS[kind], limit=pictures, device=device)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = detail_vae(kind, code)
    ELBOTraining(model, train, lr=3e-3, schedule=falling(steps), seed=seed).finish(steps, watch=watch)
    model = model.half()  # half the bytes to ship; the quality is measured after rounding
    return model, quality(detail_vae(kind, code).to(device), model.state_dict(), kind)


@torch.no_grad()
def quality(model: VAE, weights: dict, kind: str, count: int = 300) -> dict:
    """Return sigma, error, KL and active numbers of the code, on held-out pictures."""
    model.load_state_dict(weights)
    x = datasets.load(SETS[kind], "test", limit=count, device=next(model.parameters()).device).images
    mean, log_var = model.eval().encode(x)
    kl = 0.5 * (mean.square() + log_var.exp() - log_var - 1)
    return {
        "sigma": round(model.sigma, 4),
        "mean_squared_error": round(float((model(x) - x).square().mean()), 5),
        "kl_nats": round(float(kl.sum(1).mean()), 1),
        "active": int((mean.var(0) > 0.01).sum()),
    }
