"""How good after how many seconds? The digits' recipe of notebook 07 beside a tutorial's DCGAN, on the same digits.

The recipe's learning rate falls towards the end, so every budget of seconds is a training of its own; the tutorial's
form, whose rate stays, is looked at on its way. The clock stands still while samples are judged.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

import torch

from ganlib import data, metrics, pretrained, runtime
from ganlib.models import generate
from ganlib.recipes.dcgan import FALL, digits_dcgan
from ganlib.train import constant_then_linear
from tools.speed.dcgan import tutorial

BUDGETS = (5.0, 10.0, 20.0, 40.0, 60.0)  # seconds
SAMPLES = 2000


class Stopwatch:
    """Count seconds of training: `work(function)` runs it with the clock on; `spent` is the sum so far."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        self.clock, self.before, self.started = clock, 0.0, None

    @property
    def spent(self) -> float:
        return self.before + (0.0 if self.started is None else self.clock() - self.started)

    def work(self, function: Callable[[], None]) -> None:
        self.started = self.clock()
        function()
        self.before, self.started = self.spent, None


def falling(watch: Stopwatch, budget: float) -> Callable[[int], float]:
    """Return a rate's factor that falls with the share of the budget that is spent, as the recipe's does with steps."""
    factor = constant_then_linear(1, **FALL)  # of a training of one unit
    return lambda number: factor(watch.spent / budget)


def ours(images: data.Dataset, seed: int, budget: float, judge: Callable) -> list:
    """Train the recipe for `budget` seconds and return [(steps, quality)]."""
    watch = Stopwatch()
    training = digits_dcgan(images, seed=seed, schedule=falling(watch, budget))
    while watch.spent < budget:
        watch.work(training.step)
    return [(training.number, judge(training.best_G))]


def theirs(images: data.Dataset, seed: int, budgets: tuple[float, ...], judge: Callable, out) -> list:
    """Train the tutorial's form for the longest budget and return [(steps, quality)] after each."""
    watch, form, found = Stopwatch(), tutorial(images, out, seed), []
    for budget in budgets:
        while watch.spent < budget:
            watch.work(lambda: form.run(1))
        found.append((form.done, judge(form.G)))
    return found


def time_to_quality(options: argparse.Namespace, device: torch.device) -> None:
    """Train both forms from each seed and print medians (and ranges) of the Fréchet distance over the seconds."""
    digits, held_out = data.load("digits", device=device), data.load("digits", "test", device=device)
    classifier = pretrained.load("digits-classifier", device=device)

    def judge(G):
        z = torch.randn(SAMPLES, G.z_dim, generator=torch.Generator().manual_seed(1)).to(device)
        return metrics.evaluate(classifier, generate(G, z), held_out.images)

    budgets = tuple(budget for budget in BUDGETS if budget <= options.seconds) or (options.seconds,)
    found: dict[str, list[list]] = {"tutorial": [], "ganlib": []}
    print(f"{options.seeds} seeds, {SAMPLES} samples, {digits}, {runtime.device_name(device)}")
    with open(os.devnull, "w") as out:
        for seed in range(options.seeds):
            torch.set_float32_matmul_precision("highest")  # torch's own
            found["tutorial"].append(theirs(digits, seed, budgets, judge, out))
            torch.set_float32_matmul_precision("medium")  # as `runtime.setup` has it
            found["ganlib"].append([ours(digits, seed, budget, judge)[0] for budget in budgets])
    print(table(budgets, found, metrics.evaluate(classifier, digits.images, held_out.images)))


def table(budgets: tuple[float, ...], found: dict[str, list[list]], real: metrics.Quality) -> str:
    """Lay out, for each form and each number of seconds, steps, Fréchet distance (range), confidence and classes."""
    lines = [f"{'':10}{'seconds':>8}{'steps':>8}{'Fréchet':>9}{'(range)':>20}{'confidence':>12}{'classes':>9}"]
    for form, seeds in found.items():
        for budget, runs in zip(budgets, zip(*seeds)):
            qualities = [quality for _, quality in runs]
            distances = [quality.frechet for quality in qualities]
            middle = {
                name: statistics.median(getattr(q, name) for q in qualities) for name in ("confidence", "classes")
            }
            spread = f"({min(distances):.1f}-{max(distances):.1f})"
            lines.append(
                f"{form:10}{budget:8.0f}{statistics.median(steps for steps, _ in runs):8.0f}"
                f"{statistics.median(distances):9.1f}{spread:>20}{middle['confidence']:12.2f}{middle['classes']:9.0f}"
            )
    lines.append(f"{'real':10}{'':16}{real.frechet:9.1f}{'':20}{real.confidence:12.2f}{real.classes:9}")
    return "\n".join(lines)
