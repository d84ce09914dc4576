"""Experiments that take longer than class time; `python -m ganlib experiment NAME` records them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import torch

from ganlib.experiments import (
    autoregressive,
    blur,
    collapse,
    cures,
    dcgan,
    forgetting,
    obedience,
    pix2pix,
    super_resolution,
)
from ganlib.experiments.experiment import Experiment
from ganlib.runtime import shipped_folder

__all__ = ["EXPERIMENTS", "Experiment", "read", "record"]

MODULES = cures, obedience, super_resolution, pix2pix, autoregressive, blur, forgetting, dcgan, collapse
EXPERIMENTS: dict[str, Experiment] = {name: one for module in MODULES for name, one in module.EXPERIMENTS.items()}


def read(name: str) -> dict:
    """Return a recorded experiment: {"command", "steps", "runs": [{"variant", "seed", …numbers}]}.

    Raises:
        ValueError: if it was never recorded.
    """
    path = shipped_folder() / "experiments" / f"{name}.json"
    if not path.is_file():
        raise ValueError(f"{name} is not recorded: run `python -m ganlib experiment {name} --out data/experiments`")
    return json.loads(path.read_text())


def record(
    name: str, place: Path, *, seeds: int | None = None, steps: int | None = None, watch: Callable = iter
) -> Path:
    """Run an experiment and write it to `place`/`name`.json after every run; a stopped one goes on where it was.

    Raises:
        ValueError: for an unknown name, or a file there that was recorded with other numbers of steps.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"there is no experiment {name!r}: use one of {', '.join(sorted(EXPERIMENTS))}")
    experiment = EXPERIMENTS[name]
    seeds, steps = seeds or experiment.seeds, steps or experiment.steps
    path = place / f"{name}.json"
    found = json.loads(path.read_text()) if path.is_file() else {"steps": steps, "runs": []}
    if found["steps"] != steps:
        raise ValueError(f"{path} holds runs of {found['steps']} steps, not {steps}: move it away, or choose --out")
    runs = found["runs"]
    done = {(run["variant"], run["seed"]) for run in runs}
    groups = [range(seeds)] if experiment.together else [[seed] for seed in range(seeds)]
    pairs = [(variant, group) for group in groups for variant in experiment.variants]
    for variant, group in watch([pair for pair in pairs if any((pair[0], seed) not in done for seed in pair[1])]):
        measured = experiment.run(variant, seeds if experiment.together else group[0], steps)
        runs[:] = [run for run in runs if run["variant"] != variant or run["seed"] not in group]
        several = measured if isinstance(measured, list) else [measured]
        runs += [{"variant": variant, "seed": seed, **numbers} for seed, numbers in zip(group, several)]
        _write(path, {"command": f"python -m ganlib experiment {name}", "torch": torch.__version__, **found})
    return path


def _write(path: Path, content: dict) -> None:
    """Replace a file by a whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(content, indent=1) + "\n")
    os.replace(unfinished, path)
