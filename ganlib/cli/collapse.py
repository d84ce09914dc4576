"""`collapse`: mode collapse as a paper measured it, with its networks; for a GPU."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganlib.cli.arguments import positive


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    command.add_argument("--paper", choices=["pacgan"], default="pacgan", help="Lin et al. 2018, table 1")
    command.add_argument("--epochs", type=positive, help="default: the paper's 400, which need a GPU")
    command.add_argument("--runs", type=positive, default=10, help="runs of each setting (default: %(default)s)")
    command.add_argument("--device", help="cuda, mps or cpu; default: the best there is")
    command.add_argument("--out", type=Path, default=Path("runs"), help="folder for the record (default: %(default)s)")


def collapse(options: argparse.Namespace) -> None:
    """Run a paper's own set-up of mode collapse and print its table."""
    import json

    from tqdm import tqdm

    from ganlib import runtime
    from ganlib.data.disk import make_sure
    from ganlib.experiments.pacgan import BATCH, EPOCHS, POINTS, SETTINGS, run_paper, seconds_per_step, table

    device = runtime.best_device(options.device)
    epochs, runs = options.epochs or EPOCHS, options.runs
    hours = seconds_per_step(device, runs) * (POINTS / BATCH) * epochs * len(SETTINGS) / 3600
    where = runtime.device_name(device)
    print(f"{len(SETTINGS)} settings, {runs} runs each, {epochs} epochs: about {hours:.1f} hours on {where}")
    if device.type == "cpu" and options.epochs is None:
        raise ValueError(
            "the paper's 400 epochs are for a GPU: run this on one, or choose fewer, for instance --epochs 2 --runs 2"
        )
    make_sure(options.out)
    path = run_paper(
        options.out, epochs=epochs, members=runs, device=device, watch=lambda steps: tqdm(steps, unit="epoch")
    )
    print(f"wrote {path}")
    print(table(json.loads(path.read_text())["runs"]))
