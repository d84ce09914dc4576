"""Use a network in another mode for a while, and leave it as it should be however the block ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluated(network: nn.Module) -> Iterator[nn.Module]:
    """Hold a network in eval mode; each of its layers gets its own mode back."""
    modes = [(layer, layer.training) for layer in network.modules()]
    network.eval()
    try:
        yield network
    finally:
        for layer, training in modes:
            layer.training = training


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Hold a network's parameters constant: gradients pass through it to its input, none are computed for its weights.

    What was frozen before stays so afterwards.
    """
    thawed = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in thawed:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in thawed:
            parameter.requires_grad_(True)


@contextmanager
def ready_afterwards(*networks: nn.Module) -> Iterator[None]:
    """Leave networks in eval mode after a training that may be left off at any time: ready to be sampled from."""
    try:
        yield
    finally:
        for network in networks:
            network.eval()
