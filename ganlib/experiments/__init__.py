"""Experiments that take longer than class time; `python -m ganlib experiment NAME` records them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ganlib.experiments.autoregressive import VARIANTS as PIXELCNN_VARIANTS
from ganlib.experiments.autoregressive import run_improvement
from ganlib.experiments.blur import VARIANTS as BLUR_VARIANTS
from ganlib.experiments.blur import run_blur
from ganlib.experiments.collapse import VARIANTS as COLLAPSE_VARIANTS
from ganlib.experiments.collapse import run_collapse
from ganlib.experiments.conditional import VARIANTS as OBEDIENCE_VARIANTS
from ganlib.experiments.conditional import run_obedience
from ganlib.experiments.cures import CURES, run_cure
from ganlib.experiments.dcgan import (
    FAILURES,
    GROUPS,
    GUIDELINES,
    PARTS,
    RATES,
    run_digits,
    run_failure,
    run_guideline,
    run_rate,
)
from ganlib.experiments.forgetting import CODES, run_forgetting
from ganlib.experiments.pix2pix import VARIANTS as PIX2PIX_VARIANTS
from ganlib.experiments.pix2pix import run_pix2pix
from ganlib.experiments.super_resolution import ENLARGERS, run_enlarging
from ganlib.progress_line import Watch
from ganlib.recipes.dcgan import DIGITS_STEPS
from ganlib.runtime import shipped_folder

__all__ = ["EXPERIMENTS", "Experiment", "read", "record"]


@dataclass(frozen=True)
class Experiment:
    """Runs of several `variants` from several seeds; `run(variant, seed, steps)` returns measured numbers by name.

    together: all seeds of a variant are trained as one; `run(variant, seeds, steps)` returns the numbers of each.
    """

    what: str
    variants: tuple[str, ...]
    run: Callable[[str, int, int], dict | list[dict]]
    seeds: int
    steps: int
    together: bool = False


EXPERIMENTS = {
    "digit-cures": Experiment(
        "notebook 06's vanilla GAN on digits, plain and with each cure alone", tuple(CURES), run_cure, 5, 3000
    ),
    "cgan-obedience": Experiment(
        "notebook 08's conditional GAN, and its usual bugs", tuple(OBEDIENCE_VARIANTS), run_obedience, 5, 700
    ),
    "super-resolution": Experiment(
        "digits enlarged by regression and by a GAN, from 8x8 and 4x4 pixels", tuple(ENLARGERS), run_enlarging, 5, 400
    ),
    "pix2pix-parts": Experiment(
        "notebook 08's pix2pix on sketched faces, each of its parts left out once",
        tuple(PIX2PIX_VARIANTS),
        run_pix2pix,
        3,
        350,
    ),  # fmt: skip
    "pixelcnn-improvements": Experiment(
        "notebook 02's PixelCNN with each improvement alone", PIXELCNN_VARIANTS, run_improvement, 5, 500
    ),
    "vae-blur": Experiment(
        "notebook 04's VAE on digits, each choice changed alone, beside a GAN", tuple(BLUR_VARIANTS), run_blur, 3, 800
    ),
    "vae-forgetting": Experiment(
        "what notebook 04's VAEs of scenes and faces forget, by their code", CODES, run_forgetting, 3, 400
    ),
    "vae-forgetting-long": Experiment(
        "the same for a code of 32 numbers, trained five times as long", ("32",), run_forgetting, 1, 2000
    ),
    "dcgan-digits": Experiment("notebook 07's recipe on digits", ("the recipe",), run_digits, 10, DIGITS_STEPS),
    "dcgan-groups": Experiment(
        "the same without groups, or with a D that does not know them", tuple(GROUPS), run_digits, 3, DIGITS_STEPS
    ),
    "dcgan-parts": Experiment(
        "notebook 07's recipe, a third of its length, with one thing changed", tuple(PARTS), run_digits, 3, 1800
    ),
    "dcgan-guidelines": Experiment(
        "notebook 07's DCGAN with each guideline left out, or a stabiliser put in",
        tuple(GUIDELINES),
        run_guideline,
        5,
        500,
    ),  # fmt: skip
    "dcgan-rates": Experiment("notebook 07's DCGAN at four learning rates", RATES, run_rate, 5, 400),
    "dcgan-failures": Experiment("notebook 07's DCGAN with one mistake in it", tuple(FAILURES), run_failure, 2, 400),
    "mode-collapse": Experiment(
        "notebook 09's GAN on points, plain and with each cure", COLLAPSE_VARIANTS, run_collapse, 10, 3000, True
    ),
}


def read(name: str) -> dict:
    """Return a recorded experiment: {"command", "steps", "runs": [{"variant", "seed", …numbers}]}.

    Raises:
        ValueError: if it was never recorded.
    """
    path = shipped_folder() / "experiments" / f"{name}.json"
    if not path.is_file():
        raise ValueError(f"{name} is not recorded: run `python -m ganlib experiment {name} --out data/experiments`")
    return json.loads(path.read_text())


def record(name: str, place: Path, *, seeds: int | None = None, steps: int | None = None, watch: Watch = iter) -> Path:
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
