"""Mode collapse on points of the plane: every cure, ten seeds as one batched network; notebook 09's table."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import mean, stdev

from ganlib.data.mixtures import grid, ring
from ganlib.experiments.experiment import Experiment
from ganlib.recipes.collapse import CURES, ensemble_pair, measure, train_cured

MIXTURES = {"ring": ring, "grid": grid}
VARIANTS = tuple(f"{data}: {cure}" for data in MIXTURES for cure in CURES)


def run_collapse(variant: str, members: int, steps: int, *, seed: int = 0, watch: Callable = iter) -> list[dict]:
    """Train `members` GANs at once and return what each covers, and its share of the seconds of one CPU core.

    variant: "ring: plain" and so on. A member's weights depend on `seed`, `members` and its place among them.
    watch: may wrap the steps.

    Raises:
        ValueError: for unknown data or an unknown cure.
    """
    if variant not in VARIANTS:
        raise ValueError(f"there is no variant {variant!r}: use one of {', '.join(VARIANTS)}")
    name, _, cure = variant.partition(": ")
    data = MIXTURES[name]()
    G, D = ensemble_pair(CURES[cure], members, seed=seed)
    started = time.process_time()
    for _ in watch(train_cured(CURES[cure], G, D, data, steps, seed=seed)):
        pass
    seconds = (time.process_time() - started) / members
    return [{**one.as_dict(), "cpu_seconds": round(seconds, 2)} for one in measure(G, data)]


def summary(runs: list[dict], variant: str, key: str) -> tuple[float, float]:
    """Return mean and standard error of one measure over a variant's seeds.

    Raises:
        ValueError: if fewer than two runs of it are recorded.
    """
    values = [run[key] for run in runs if run["variant"] == variant]
    if len(values) < 2:
        raise ValueError(f"{variant!r} has {len(values)} runs: a standard error needs at least two")
    return mean(values), stdev(values) / len(values) ** 0.5


EXPERIMENTS = {
    "mode-collapse": Experiment(
        "notebook 09's GAN on points, plain and with each cure", VARIANTS, run_collapse, 10, 3000, together=True
    )
}
