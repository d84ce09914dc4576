"""`train`: a GAN on data of one's choice, or a shipped network again."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganlib.cli.arguments import positive


def add_arguments(one: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from ganlib.recipes import OWN_DATA, RECIPES

    def listed(things: dict) -> str:
        return "".join(f"  {name:20} {thing.what}\n" for name, thing in things.items())

    one.formatter_class = argparse.RawDescriptionHelpFormatter
    one.epilog = (
        f"on any data:\n{listed(OWN_DATA)}\n"
        f"shipped networks, by their recipes:\n{listed(RECIPES)}\n"
        "Ctrl-C stops, the same command goes on; only readers, classifiers and PixelCNNs begin anew\n"
        "several devices: torchrun --nproc-per-node 2 -m ganlib train dcgan …"
    )
    one.add_argument("name", metavar="NAME", choices=[*OWN_DATA, *sorted(RECIPES)], help="one of those listed below")
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--steps", type=positive, help="in all; default: the recipe's own")
    one.add_argument("--device", help="cuda, mps or cpu; default: the best there is")
    one.add_argument("--out", type=Path, default=Path("runs"), help="folder to write to (default: %(default)s)")
    one.add_argument("--every", type=positive, default=500, help="steps between two checkpoints (default: %(default)s)")
    one.add_argument("--restart", action="store_true", help="begin anew, whatever --out already holds")
    own = one.add_argument_group(f"only for {', '.join(OWN_DATA)}")
    own.add_argument("--data", help="a name of ganlib.data.names() or a folder of images; default: the lecture's")
    own.add_argument("--size", type=positive, help="side of the pictures in pixels (default: 32)")
    own.add_argument("--limit", type=positive, help="at most so many pictures")
    own.add_argument("--batch", type=positive, help="pictures a step, of all processes together")


def train(options: argparse.Namespace) -> None:
    """Train a GAN on data of one's choice; or a shipped network by its recipe, and print its measured quality."""
    from ganlib import runtime
    from ganlib.recipes import run

    runtime.make_quick()
    settings = {name: value for name, value in vars(options).items() if name not in ("command", "name", "device")}
    run.train(options.name, device=runtime.best_device(options.device), **settings)
