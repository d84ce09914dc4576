"""Numbers of a training that goes on: bounded in memory however long it lasts."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch


class History:
    """Collect named numbers by step; when there are `limit` points, every second one goes.

    Tensors are read (which waits for a GPU) only by `read`.
    """

    def __init__(self, limit: int = 1000):
        self.limit, self.every = limit, 1
        self._steps: list[int] = []
        self._values: dict[str, list] = {}

    def wants(self, step: int) -> bool:
        """Say whether a step's values are to be kept."""
        return step % self.every == 0

    def add(self, step: int, values: Mapping[str, torch.Tensor | float]) -> None:
        """Add the values of a step that `wants` asked for. Every step must bring the same names."""
        self._steps.append(step)
        for name, value in values.items():
            self._values.setdefault(name, []).append(value)
        if len(self._steps) >= self.limit:
            self.every *= 2
            keep = [k for k, kept in enumerate(self._steps) if kept % self.every == 0]
            self._steps = [self._steps[k] for k in keep]
            self._values = {name: [values[k] for k in keep] for name, values in self._values.items()}

    def read(self) -> tuple[list[int], dict[str, list[float]]]:
        """Return the steps and the curves as plain numbers."""
        for values in self._values.values():
            fresh = [k for k, value in enumerate(values) if isinstance(value, torch.Tensor)]
            if fresh:
                for k, value in zip(fresh, torch.stack([values[k].detach() for k in fresh]).tolist()):
                    values[k] = value
        return list(self._steps), {name: list(values) for name, values in self._values.items()}


def trouble(losses: Mapping[str, float]) -> str:
    """Say which of the named losses is no finite number; "" if all are."""
    lost = [f"{name} is {value}" for name, value in losses.items() if not math.isfinite(value)]
    return " and ".join(lost)
