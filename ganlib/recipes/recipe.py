"""What every recipe says, whether its weights ship with the course or are made from data of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import torch
from torch import nn

from ganlib import pretrained
from ganlib.data import Dataset


@dataclass(frozen=True)
class Loop:
    """A training that is a loop over `network` alone and can't be gone on with: `run(steps)` yields after each step."""

    network: nn.Module
    run: Callable[[int], Iterator]


@dataclass(frozen=True)
class Recipe:
    """How a network is made: pictures, a training on them, what of it is kept, and how that is measured.

    what: it is, in a line.  data: from what, beginning with the data set's name.  steps: of its training.
    load: (device=) -> pictures; for data of one's own (name, size=, limit=, device=).
    make: (pictures, seed=, steps=, further settings) -> `Training`, or anything else that has `run(steps)`.
    arguments: of the network, by which it is built again; where they depend on the pictures, a function of them.
    network: (training) -> what is kept of it.  half: whether its weights ship in float16, half the bytes.
    judge: (network) -> numbers by name, measured on the rounded weights; None for data that have no such measure.
    sheet: (training, pictures) -> what to draw (N, C, H, W) and how many in a row, None for a square; only for data of
        one's own.
    """

    what: str
    data: str
    steps: int
    load: Callable[..., Dataset]
    make: Callable
    arguments: dict | Callable[[Dataset], dict]
    judge: Callable[..., dict] | None = None
    network: Callable[..., nn.Module] = attrgetter("best_G")
    half: bool = False
    sheet: Callable[..., tuple[torch.Tensor, int | None]] | None = None

    @property
    def own_data(self) -> bool:
        """Whether the data may be chosen."""
        return self.sheet is not None

    def arguments_for(self, pictures: Dataset | None = None) -> dict:
        """Return the network's arguments; the pictures matter for data of one's own alone."""
        if not callable(self.arguments):
            return self.arguments
        assert pictures is not None, "the arguments of this network depend on its pictures"
        return self.arguments(pictures)

    def train(
        self, *, seed: int = 0, device: torch.device | str = "cpu", steps: int | None = None, watch: Callable = iter
    ) -> tuple[nn.Module, dict]:
        """Make all steps in one go and return (network as it ships, its quality); `watch` may wrap the steps."""
        steps = self.steps if steps is None else steps
        training = self.make(self.load(device=device), seed=seed, steps=steps)
        for _ in watch(training.run(steps)):
            pass
        return self.finished(training, {})

    def finished(self, training: Any, otherwise: dict) -> tuple[nn.Module, dict]:
        """Return the network of a training that has come to its end, as it ships, and its quality.

        otherwise: the quality where there is no measure.
        """
        network = judged = self.network(training)
        if self.half:
            network = network.half()
            judged = pretrained.ARCHITECTURES[type(network).__name__](**self.arguments_for())
            judged.load_state_dict(network.state_dict())
            judged.to(next(network.parameters()).device).eval()
        return network, otherwise if self.judge is None else self.judge(judged)
