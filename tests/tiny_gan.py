"""A GAN small enough to train in milliseconds, with everything on that a training can have."""

from __future__ import annotations

import torch

from ganlib.data import Dataset
from ganlib.models import mlp_pair
from ganlib.train import Training

SHAPE = (1, 4, 4)


def tiny_data(n: int = 40) -> Dataset:
    """Return n images of 4x4 pixels."""
    generator = torch.Generator().manual_seed(7)
    return Dataset("tiny", torch.rand(n, *SHAPE, generator=generator) * 2 - 1)


def tiny_pair(seed: int = 1, **options):
    """Return a generator and a discriminator with the same first weights for the same seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return mlp_pair(SHAPE, z_dim=3, hidden_G=(8,), hidden_D=(8,), **options)


def tiny_training(*, data=None, seed: int = 0, dropout_D: float = 0.0, batch_norm_G: bool = False, **arguments):
    """Return a `Training` of such a pair."""
    G, D = tiny_pair(dropout_D=dropout_D, batch_norm_G=batch_norm_G)
    return Training(G, D, data or tiny_data(), seed=seed, **{"batch_size": 8, **arguments})


def weights_of(network) -> dict[str, torch.Tensor]:
    """Copy a network's parameters and buffers."""
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Say whether two copies are equal to the last bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def train(training: Training, steps: int):
    """Make steps and return the last."""
    for step in training.run(steps):
        last = step
    return last
