"""`train`: a GAN on data of one's choice, or a shipped network again."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganlib.cli.arguments import positive

OWN_DATA = ("data", "size", "limit", "batch", "every", "restart")  # options of a training on data of one's choice


def add_arguments(one: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from ganlib.recipes import RECIPES
    from ganlib.recipes.own_data import TRAININGS

    def listed(things: dict) -> str:
        return "".join(f"  {name:20} {thing.what}\n" for name, thing in things.items())

    one.formatter_class = argparse.RawDescriptionHelpFormatter
    one.epilog = (
        f"on any data (Ctrl-C stops, the same command goes on):\n{listed(TRAININGS)}\n"
        f"shipped networks, by their recipes:\n{listed(RECIPES)}\n"
        "several devices: torchrun --nproc-per-node 2 -m ganlib train dcgan …"
    )
    one.add_argument("name", metavar="NAME", choices=[*TRAININGS, *sorted(RECIPES)], help="one of those listed below")
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--steps", type=positive, help="in all; default: the recipe's own")
    one.add_argument("--device", help="cuda, mps or cpu; default: the best there is")
    one.add_argument("--out", type=Path, default=Path("runs"), help="folder to write to (default: %(default)s)")
    own = one.add_argument_group(f"only for {', '.join(TRAININGS)}")
    own.add_argument("--data", help="a name of ganlib.data.names() or a folder of images; default: the lecture's")
    own.add_argument("--size", type=positive, help="side of the pictures in pixels (default: 32)")
    own.add_argument("--limit", type=positive, help="at most so many pictures")
    own.add_argument("--batch", type=positive, help="pictures a step, of all processes together")
    own.add_argument("--every", type=positive, help="steps between two checkpoints (default: 500)")
    own.add_argument("--restart", action="store_true", default=None, help="begin anew, whatever --out already holds")


def train(options: argparse.Namespace) -> None:
    """Train a GAN on data of one's choice; or a shipped network by its recipe, and print its measured quality."""
    from ganlib.recipes.own_data import TRAININGS

    given = {name: getattr(options, name) for name in OWN_DATA if getattr(options, name) is not None}
    if options.name in TRAININGS:
        return train_own(options, given)
    if given:
        raise ValueError(f"--{next(iter(given))} is for {', '.join(TRAININGS)}: {options.name} has its own recipe")
    train_recipe(options)


def train_own(options: argparse.Namespace, given: dict) -> None:
    """Train dcgan, cgan, pix2pix or sr."""
    from ganlib import runtime
    from ganlib.recipes import own_data as trainings

    runtime.make_quick()
    device = runtime.best_device(options.device)
    trainings.train(options.name, steps=options.steps, seed=options.seed, device=device, out=options.out, **given)


def train_recipe(options: argparse.Namespace) -> None:
    """Train a shipped network again."""
    from tqdm import tqdm

    from ganlib import recipes, runtime
    from ganlib.data.disk import make_sure

    runtime.make_quick()
    make_sure(options.out)
    device = runtime.best_device(options.device)
    steps = options.steps or recipes.RECIPES[options.name].steps
    print(f"{options.name} on {runtime.device_name(device)}: {steps} steps, seed {options.seed}")
    path, quality = recipes.make(
        options.name,
        seed=options.seed,
        device=device,
        steps=options.steps,
        place=options.out,
        watch=lambda steps_: tqdm(steps_, total=steps, unit="step", mininterval=1),
    )
    print(f"wrote {path}")
    for name, value in quality.items():
        print(f"  {name}: {value}")
