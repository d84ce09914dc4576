"""`python -m ganlib`: train a shipped network again, draw samples, grade homework, describe the machine."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

OWN_DATA = ("data", "size", "limit", "batch", "every", "restart")  # options of a training on data of one's choice


def train(options: argparse.Namespace) -> None:
    """Train a GAN on data of one's choice; or a shipped network by its recipe, and print its measured quality."""
    from ganlib.trainings import TRAININGS

    given = {name: getattr(options, name) for name in OWN_DATA if getattr(options, name) is not None}
    if options.name in TRAININGS:
        return train_own(options, given)
    if given:
        raise ValueError(f"--{next(iter(given))} is for {', '.join(TRAININGS)}: {options.name} has its own recipe")
    train_recipe(options)


def train_own(options: argparse.Namespace, given: dict) -> None:
    """Train dcgan, cgan, pix2pix or sr."""

    from ganlib import runtime, trainings

    runtime.make_quick()
    device = runtime.best_device(options.device)
    trainings.train(options.name, steps=options.steps, seed=options.seed, device=device, out=options.out, **given)


def train_recipe(options: argparse.Namespace) -> None:
    """Train a shipped network again."""
    from tqdm import tqdm

    from ganlib import recipes, runtime

    runtime.make_quick()
    device = runtime.best_device(options.device)
    steps = options.steps or recipes.RECIPES[options.name].steps
    print(f"{options.name} on {runtime.device_name(device)}: {steps} steps, seed {options.seed}")
    path, quality = recipes.make(
        options.name, seed=options.seed, device=device, steps=options.steps, place=options.out,
        watch=lambda steps_: tqdm(steps_, total=steps, unit="step", mininterval=1),
    )  # fmt: skip
    print(f"wrote {path}")
    for name, value in quality.items():
        print(f"  {name}: {value}")


def sample(options: argparse.Namespace) -> None:
    """Draw images from a generator by name and write them as one PNG sheet."""
    import torch
    from PIL import Image

    from ganlib import pretrained, runtime
    from ganlib.models import generate
    from ganlib.pictures import square_grid, tile, to_uint8

    device = runtime.best_device(options.device)
    G = pretrained.load(options.name, device=device)
    if not hasattr(G, "z_dim"):
        raise ValueError(f"{options.name} is not a generator: there is nothing to sample from")
    z = torch.randn(options.n, G.z_dim, generator=torch.Generator().manual_seed(options.seed)).to(device)
    sheet = tile(to_uint8(generate(G, z)), *square_grid(options.n))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(options.out)
    print(f"wrote {options.n} samples to {options.out}, {sheet.shape[1]}x{sheet.shape[0]} pixels")


def experiment(options: argparse.Namespace) -> None:
    """Record an experiment; a stopped one goes on where it was."""
    from tqdm import tqdm

    from ganlib import experiments, runtime

    runtime.make_quick()
    path = experiments.record(
        options.name, options.out, seeds=options.seeds, steps=options.steps, watch=lambda runs: tqdm(runs, unit="run")
    )
    print(f"wrote {path}")


def collapse(options: argparse.Namespace) -> None:
    """Run a paper's own set-up of mode collapse and print its table."""
    import json

    from tqdm import tqdm

    from ganlib import runtime
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
    path = run_paper(
        options.out, epochs=epochs, members=runs, device=device, watch=lambda steps: tqdm(steps, unit="epoch")
    )
    print(f"wrote {path}")
    print(table(json.loads(path.read_text())["runs"]))


def doctor(options: argparse.Namespace) -> None:
    """Print what machine, device, versions and offline data there are."""
    from ganlib.doctor import report

    print(report())


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def add_train(commands: argparse._SubParsersAction) -> None:
    """Add the grammar of `train`."""
    from ganlib.recipes import RECIPES
    from ganlib.trainings import TRAININGS

    def listed(things: dict) -> str:
        return "".join(f"  {name:20} {thing.what}\n" for name, thing in things.items())

    one = commands.add_parser(
        "train",
        help="train a GAN on your own choice of data, or a shipped network again",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"on any data (Ctrl-C stops, the same command goes on):\n{listed(TRAININGS)}\n"
        f"shipped networks, by their recipes:\n{listed(RECIPES)}\n"
        "several devices: torchrun --nproc-per-node 2 -m ganlib train dcgan …",
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
    one.set_defaults(run=train)


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    from ganlib.experiments import EXPERIMENTS
    from ganlib.homework.command import add_arguments as add_grade_arguments
    from ganlib.homework.command import grade

    top = argparse.ArgumentParser(prog="python -m ganlib", description="The helper library of the course on GANs.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    add_train(commands)
    two = commands.add_parser("sample", help="write a sheet of samples as PNG")
    two.add_argument("name", nargs="?", default="digits-mlp", help="which generator (default: %(default)s)")
    two.add_argument("--n", type=positive, default=64, help="how many images (default: %(default)s)")
    two.add_argument("--seed", type=int, default=0)
    two.add_argument("--device")
    two.add_argument("--out", type=Path, default=Path("samples.png"))
    two.set_defaults(run=sample)
    long = commands.add_parser("experiment", help="record an experiment that takes longer than class time")
    long.add_argument("name", choices=sorted(EXPERIMENTS))
    long.add_argument("--seeds", type=positive, help="default: the experiment's own number")
    long.add_argument("--steps", type=positive, help="default: the experiment's own")
    long.add_argument("--out", type=Path, default=Path("runs"), help="folder for the record (default: %(default)s)")
    long.set_defaults(run=experiment)
    paper = commands.add_parser("collapse", help="mode collapse as a paper measured it, with its networks; for a GPU")
    paper.add_argument("--paper", choices=["pacgan"], default="pacgan", help="Lin et al. 2018, table 1")
    paper.add_argument("--epochs", type=positive, help="default: the paper's 400, which need a GPU")
    paper.add_argument("--runs", type=positive, default=10, help="runs of each setting (default: %(default)s)")
    paper.add_argument("--device", help="cuda, mps or cpu; default: the best there is")
    paper.add_argument("--out", type=Path, default=Path("runs"), help="folder for the record (default: %(default)s)")
    paper.set_defaults(run=collapse)
    marks = commands.add_parser("grade", help="grade a folder of submitted exercise notebooks, each in a sandbox")
    add_grade_arguments(marks)
    marks.set_defaults(run=grade)
    three = commands.add_parser("doctor", help="one screen on machine, versions and data, to paste into a question")
    three.set_defaults(run=doctor)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors that the user can mend are told in one line."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as error:
        print(f"ganlib: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ganlib: stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
