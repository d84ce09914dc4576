"""Inputs that several exercises share."""

from __future__ import annotations

import numpy as np


def gan_weights(rng: np.random.Generator, z_dim: int = 2, width: int = 6, pixels: int = 3) -> dict:
    """Return weights for the (G, D) that `drive.tools.pair` makes: z (N, z_dim) -> x (N, pixels) -> logits (N,)."""
    return {"G": mlp_weights(rng, z_dim, width, pixels), "D": mlp_weights(rng, pixels, width, 1)}


def mlp_weights(rng: np.random.Generator, *widths: int) -> list[np.ndarray]:
    """Return `[W1, b1, W2, b2, ...]`, W: (out, in), large enough for the networks to be curved."""
    weights: list[np.ndarray] = []
    for before, after in zip(widths, widths[1:]):
        weights += [rng.normal(size=(after, before)) * 1.5 / before**0.5, 0.3 * rng.normal(size=after)]
    return weights
