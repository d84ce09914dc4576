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
from functools import partial

import torch

from ganlib import data, metrics, pretrained, runtime
from ganlib.experiments.dcgan import judge_often
from ganlib.recipes.dcgan import FALL, digits_dcgan
from ganlib.train import constant_then_linear
from tools.speed.dcgan import tutorial

BUDGETS = (5.0, 10.0, 20.0, 40.0, 60.0)  # seconds


class Stopwatch:
    """Count seconds of training: `work(function)` runs and returns it with the clock on; `spent` is the sum so far."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        self.clock, self.before, self.started = clock, 0.0, None

    @property
    def spent(self) -> float:
        return self.before + (0.0 if self.started is None else self.clock() - self.started)

    def work(self, function: Callable) -> object:
        self.started = self.clock()
        result = function()
        self.before, self.started = self.spent, None
        return result


def falling(watch: Stopwatch, budget: float) -> Callable[[int], float]:
    """Return a rate's factor that falls with the share of the budget that is spent, as the recipe's does with steps."""
    factor = constant_then_linear(1, **FALL)  # of a training of one unit
    return lambda number: factor(watch.spent / budget)


def ours(images: data.Dataset, seed: int, budget: float, judge: Callable) -> list:
    """Train the recipe for `budget` seconds, with all that it prepares, and return [(steps, quality)]."""
    watch = Stopwatch()
    training = watch.work(lambda: digits_dcgan(images, seed=seed, schedule=falling(watch, budget)))
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
    """Train both forms from each seed and print each one's quality over the seconds, then medians and ranges."""
    digits = data.load("digits", device=device)
    judge_once = partial(judge_often, draws=1)  # another draw changes the distance by 0.5, here one of hundreds
    budgets = tuple(budget for budget in BUDGETS if budget <= options.seconds) or (options.seconds,)
    found: dict[str, list[list]] = {"tutorial": [], "ganlib": []}
    print(f"{options.seeds} seeds, 2000 samples (ganlib: mean of five draws), {digits}, {runtime.device_name(device)}")
    runtime.keep_memory()  # of the whole process, and so for the tutorial's form as well, which gains by it
    with open(os.devnull, "w") as out:
        for seed in range(options.seeds):
            torch.set_float32_matmul_precision("highest")  # torch's own
            found["tutorial"].append(theirs(digits, seed, budgets, judge_once, out))
            torch.set_float32_matmul_precision("medium")  # as `runtime.setup` has it
            found["ganlib"].append([ours(digits, seed, budget, judge_often)[0] for budget in budgets])
            for form, runs in found.items():
                found_so_far = ", ".join(f"{quality['frechet']:.1f} ({steps} steps)" for steps, quality in runs[-1])
                print(f"  seed {seed}, {form}: Fréchet distance {found_so_far}", flush=True)
    print(table(budgets, found, real_distance(digits)))


def real_distance(digits: data.Dataset, draws: int = 400, n: int = 2000) -> float:
    """Return the mean Fréchet distance to the held-out digits of `draws` draws of `n` real digits: the yardstick."""
    device = digits.images.device
    classifier = pretrained.load("digits-classifier", device=device)
    held_out = metrics.classify(classifier, data.load("digits", "test", device=device).images)[0]
    features = metrics.classify(classifier, digits.images)[0]
    generator = torch.Generator().manual_seed(0)
    drawn = (torch.randint(len(digits), (n,), generator=generator).to(device) for _ in range(draws))
    return statistics.mean(metrics.frechet_distance(features[index], held_out) for index in drawn)


def reached(quality: dict, real: float) -> bool:
    """Say whether samples clear all bars of notebook 07's section 9."""
    return quality["least_share"] >= 0.05 and quality["confidence"] >= 0.93 and quality["frechet"] <= 1.5 * real


def table(budgets: tuple[float, ...], found: dict[str, list[list]], real: float) -> str:
    """Lay out medians and ranges over the seeds, for each form and each number of seconds."""
    heads = f"{'seconds':>8}{'steps':>8}{'Fréchet':>9}{'(range)':>20}{'confidence':>12}{'(range)':>14}"
    lines = [f"{'':10}{heads}{'rarest digit':>14}{'all bars':>10}"]
    for form, seeds in found.items():
        for budget, runs in zip(budgets, zip(*seeds)):
            columns = {key: [quality[key] for _, quality in runs] for key in ("frechet", "confidence", "least_share")}
            distances, sure, shares = columns.values()
            lines.append(
                f"{form:10}{budget:8.0f}{statistics.median(steps for steps, _ in runs):8.0f}"
                f"{statistics.median(distances):9.1f}{f'({min(distances):.1f}-{max(distances):.1f})':>20}"
                f"{statistics.median(sure):12.3f}{f'({min(sure):.3f}-{max(sure):.3f})':>14}{min(shares):14.1%}"
                f"{f'{sum(reached(quality, real) for _, quality in runs)} of {len(runs)}':>10}"
            )
    lines.append(f"{'real':10}{'':16}{real:9.1f}")
    return "\n".join(lines)
