"""How blurred are VAEs on digits? One choice changed at a time, and a GAN on the same pictures."""

from __future__ import annotations

import torch

from ganlib import data as datasets
from ganlib.experiments.experiment import Experiment
from ganlib.metrics import sharpness
from ganlib.models import generate
from ganlib.recipes import moved_digits, rescued_gan
from ganlib.recipes.forgetting import digits_vae

GAN_ROUNDS = 2  # rounds of the GAN for every step of a VAE
VARIANTS = {
    "plain": {"sigma": 0.3},
    "sigma 0.1": {"sigma": 0.1},
    "sigma 1": {"sigma": 1.0},
    "sigma learned": {"learn_sigma": True},
    "beta 4": {"sigma": 0.3, "beta": 4.0},
    "sigma 0.6": {"sigma": 0.6},
    "z of 2": {"sigma": 0.3, "z_dim": 2},
    "z of 8": {"sigma": 0.3, "z_dim": 8},
    "z of 128": {"sigma": 0.3, "z_dim": 128},
    "Laplace": {"likelihood": "laplace", "sigma": 0.3},
    "Bernoulli": {"likelihood": "bernoulli"},
    "GAN": None,
}


def references() -> torch.Tensor:
    """Return 2,000 held-out digits, moved as the training ones are: moving smooths a picture, so both must be moved."""
    return moved_digits(datasets.load("digits", "test")).images[::4]


@torch.no_grad()
def run_blur(variant: str, seed: int, steps: int) -> dict:
    """Train one variant; returns fine energy and gradient energy over those of real digits, rebuilt and drawn."""
    train, real = moved_digits(datasets.load("digits")), references()
    noise = torch.Generator().manual_seed(seed)
    measured = {}
    with torch.enable_grad():
        changes, model = VARIANTS[variant], None
        if changes is None:
            training = rescued_gan(train, seed=seed, steps=GAN_ROUNDS * steps)
            for _ in training.run(GAN_ROUNDS * steps):
                pass
            G = training.best_G
        else:
            model = digits_vae(train, steps=steps, seed=seed, **changes).finish(steps)
            G = model.decoder
    pictures = {"drawn": generate(G, torch.randn(1000, G.z_dim, generator=noise))}
    if model is not None:
        pictures["rebuilt"] = model(real)
        measured["error"] = round(float((pictures["rebuilt"] - real).square().mean()), 5)
        measured["kl"] = round(float(model.terms(real, noise).kl.mean()), 2)
        measured["sigma"] = round(model.sigma, 4)
    for name, images in pictures.items():
        for what, measure in (("fine", sharpness.fine_energy), ("gradient", sharpness.gradient_energy)):
            measured[f"{what}_{name}"] = round(float(measure(images).mean() / measure(real).mean()), 4)
    return measured


EXPERIMENTS = {
    "vae-blur": Experiment(
        "notebook 04's VAE on digits, each choice changed alone, beside a GAN", tuple(VARIANTS), run_blur, 3, 800
    )
}
