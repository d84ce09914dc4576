"""How much does it save to train ten seeds as one batched network? Notebook 09's plain GAN, both ways in turns."""

from __future__ import annotations

import argparse
import statistics

import torch

from ganlib import runtime
from ganlib.data.mixtures import ring
from ganlib.recipes.collapse import CURES, ensemble_pair, train_cured
from tools.speed.timing import seconds

SEEDS = 10


class Run:
    """A training of `members` seeds that can be gone on with: `go_on(steps)`."""

    def __init__(self, members: int, seed: int, device: torch.device):
        cure, mixture = CURES["plain"], ring()
        mixture = type(mixture)(mixture.means.to(device), mixture.sigma, mixture.weights.to(device))
        G, D = (network.to(device) for network in ensemble_pair(cure, members, seed=seed))
        self.steps = train_cured(cure, G, D, mixture, 10**9, seed=seed)

    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            next(self.steps)


def ensemble(options: argparse.Namespace, device: torch.device) -> None:
    """Time both forms in turns and print seconds for `steps` rounds of all seeds, and the ratio round by round."""
    steps = options.steps or 100
    together, alone = Run(SEEDS, 0, device), [Run(1, seed, device) for seed in range(SEEDS)]

    def one_by_one():
        for run in alone:
            run.go_on(steps)

    forms = {"together, as one batched network": lambda: together.go_on(steps), "one at a time": one_by_one}
    times: dict[str, list[float]] = {name: [] for name in forms}
    print(f"{SEEDS} seeds, {steps} steps each, {options.rounds} rounds in turns, {runtime.device_name(device)}")
    for number in range(options.rounds + 1):  # the first round warms up and is not counted
        for name in forms if number % 2 else reversed(forms):
            times[name].append(seconds(forms[name], device))
    for name, values in times.items():
        print(f"{name:34}{statistics.median(values[1:]):8.3f} s  ({min(values[1:]):.3f}-{max(values[1:]):.3f})")
    first, second = (values[1:] for values in times.values())
    ratios = [theirs / mine for mine, theirs in zip(first, second)]
    print(f"{'speed-up':34}{statistics.median(ratios):8.2f} x  ({min(ratios):.2f}-{max(ratios):.2f})")
