"""`experiment`: record one that takes longer than class time."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganlib.cli.arguments import positive


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from ganlib.experiments import EXPERIMENTS

    command.add_argument("name", choices=sorted(EXPERIMENTS))
    command.add_argument("--seeds", type=positive, help="default: the experiment's own number")
    command.add_argument("--steps", type=positive, help="default: the experiment's own")
    command.add_argument("--out", type=Path, default=Path("runs"), help="folder for the record (default: %(default)s)")


def experiment(options: argparse.Namespace) -> None:
    """Record an experiment; a stopped one goes on where it was."""
    from tqdm import tqdm

    from ganlib import experiments, runtime
    from ganlib.data.disk import make_sure

    runtime.make_quick()
    make_sure(options.out)
    path = experiments.record(
        options.name, options.out, seeds=options.seeds, steps=options.steps, watch=lambda runs: tqdm(runs, unit="run")
    )
    print(f"wrote {path}")
