"""`python -m ganlib train dcgan|cgan|pix2pix|sr`: a GAN of the course on data of your own choice, which can be stopped
and gone on with, by one process or, started by torchrun, by several."""

from __future__ import annotations

import json
import os
import shlex
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from ganlib import data as datasets
from ganlib import pretrained
from ganlib.data import Dataset
from ganlib.data.disk import make_sure
from ganlib.models import generate
from ganlib.pictures import square_grid, tile, to_uint8
from ganlib.recipes.conditional import CGAN_STEPS, DIGITS_CGAN, digits_cgan
from ganlib.recipes.dcgan import DIGITS, DIGITS_STEPS, digits_dcgan, faces_dcgan, sharpening
from ganlib.recipes.dcgan import FACES as DCGAN_FACES
from ganlib.recipes.gan import moved_digits
from ganlib.recipes.pix2pix import faces_pix2pix
from ganlib.recipes.super_resolution import SR_STEPS, WEIGHT, enlarging
from ganlib.train import ConditionalTraining, PairedTraining, Training, progress
from ganlib.train.kept import Kept
from ganlib.train.parallel import anyone, processes, share_out

SCALE = 4  # of super-resolution
UNET = [16, 32, 64]
SHEET = 64  # pictures on the sheet of samples


@dataclass(frozen=True)
class Kind:
    """A training by name.

    make: (data, seed, steps, further settings) -> Training.  arguments: of its generator, by which it is made again.
    sheet: (training, data) -> pictures to look at (N, C, H, W) and how many stand in a row, or None for a square.
    """

    what: str
    data: str
    steps: int
    make: Callable[..., Training]
    arguments: Callable[[Dataset], dict]
    sheet: Callable[[Training, Dataset], tuple[torch.Tensor, int | None]]


def make_dcgan(data: Dataset, *, seed: int, steps: int, **settings) -> Training:
    """Return notebook 07's training: the smaller networks for grey pictures, the larger ones for colour."""
    make = digits_dcgan if data.image_shape[0] == 1 else faces_dcgan
    return make(data, seed=seed, steps=steps, **settings)


def make_cgan(data: Dataset, *, seed: int, steps: int, **settings) -> Training:
    """Return notebook 08's conditional training.

    Raises:
        ValueError: if the data have no labels.
    """
    if data.labels is None:
        raise ValueError(
            f"cgan needs labels, and {data.name} has none: take digits or mnist, or sort your folder's images into one "
            "sub-folder for each class"
        )
    return digits_cgan(data, seed=seed, steps=steps, **settings)


def make_sr(data: Dataset, *, seed: int, steps: int, **settings) -> Training:
    """Return notebook 08's super-resolution, with its discriminator from the first step on.

    Raises:
        ValueError: if the pictures' side is no multiple of the scale.
    """
    if any(side % SCALE or side < 2 * SCALE for side in data.image_shape[1:]):
        raise ValueError(f"sr enlarges {SCALE} times: choose a --size of {2 * SCALE} or another multiple of {SCALE}")
    return enlarging(data, SCALE, weight=WEIGHT, seed=seed, steps=steps, **settings)


def _noise(training: Training, n: int) -> torch.Tensor:
    z = torch.randn(n, training.G.z_dim, generator=torch.Generator().manual_seed(1))
    return z.to(training.device)


def sheet_dcgan(training: Training, data: Dataset) -> tuple[torch.Tensor, int | None]:
    """Return samples."""
    return generate(training.best_G, _noise(training, SHEET)), None


def sheet_cgan(training: Training, data: Dataset) -> tuple[torch.Tensor, int | None]:
    """Return a row for each style, a column for each class."""
    assert isinstance(training, ConditionalTraining)
    classes = training.known
    z = _noise(training, 8).repeat_interleave(classes, 0)
    return generate(training.best_G, z, torch.arange(classes, device=z.device).repeat(8)), classes


def sheet_pairs(training: Training, data: Dataset) -> tuple[torch.Tensor, int | None]:
    """Return pictures in rows of eight, and below each row the truth."""
    assert isinstance(training, PairedTraining)
    rows = []
    for first in range(0, min(32, len(data)), 8):
        rows += [generate(training.best_G, training.conditions[first : first + 8]), data.images[first : first + 8]]
    return torch.cat(rows), 8


def _dcgan_arguments(data: Dataset) -> dict:
    sizes = {**DIGITS, "sharpen": sharpening(data)} if data.image_shape[0] == 1 else DCGAN_FACES
    return {**sizes, "image_shape": list(data.image_shape)}


TRAININGS = {
    "dcgan": Kind(
        "pictures from noise (notebook 07)", "digits", DIGITS_STEPS, make_dcgan, _dcgan_arguments, sheet_dcgan
    ),
    "cgan": Kind(
        "pictures of the class asked for (notebook 08)",
        "digits",
        CGAN_STEPS,
        make_cgan,
        lambda data: {**DIGITS_CGAN, "image_shape": list(data.image_shape), "classes": len(data.classes)},
        sheet_cgan,
    ),
    "pix2pix": Kind(
        "pictures from maps of their parts (notebook 08)",
        "sketch_faces",
        2000,
        partial(faces_pix2pix, channels=UNET),
        lambda data: {"in_channels": len(data.parts), "out_channels": data.image_shape[0], "channels": UNET},
        sheet_pairs,
    ),
    "sr": Kind(
        "pictures enlarged four times (notebook 08)",
        "digits",
        2 * SR_STEPS,
        make_sr,
        lambda data: {"scale": SCALE, "channels": data.image_shape[0], "width": 32},
        sheet_pairs,
    ),
}


class Stop:
    """Whether somebody has asked to stop: the step that is being made is finished first."""

    asked = False


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Turn the first Ctrl-C (or request to end) into a note in `Stop`; the second one interrupts at once."""
    stop, before = Stop(), {}

    def note(number: int, _frame) -> None:
        stop.asked = True
        signal.signal(number, before[number])

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def load(kind: str, name: str, *, size: int, limit: int | None, device: torch.device | str) -> Dataset:
    """Load pictures for a training; the few digits there are come with moved copies, but where D is blurred instead."""
    found = datasets.load(name, size=size, limit=limit, device=device)
    return moved_digits(found) if name == "digits" and kind != "dcgan" else found


def one_name(name: str) -> str:
    """Return the one name of a data set, however its folder is written: relative, with a slash behind, by a link."""
    return name if name in datasets.names() or not Path(name).is_dir() else str(Path(name).resolve())


def home_of(kind: str, out: Path, settings: dict, restart: bool) -> Path:
    """Return the training's folder, after making sure that what lies in it was made with the same settings.

    Raises:
        ValueError: if it was not, or that cannot be told.
    """
    folder = out / f"{kind}-{Path(settings['data']).name}"
    note = folder / "settings.json"
    if note.is_file() and not restart:
        try:
            found = json.loads(note.read_text())
            found["data"] = one_name(found["data"])
        except (ValueError, TypeError, KeyError) as error:  # no JSON, or JSON of another shape
            raise ValueError(f"{note} is damaged: delete it if the settings are the same, or --restart") from error
        if wrong := [name for name in settings if found.get(name) != settings[name]]:
            said = ", ".join(f"{name} {found.get(name)} and not {settings[name]}" for name in wrong)
            raise ValueError(f"{folder} holds a training with {said}: choose another --out, or --restart it")
    return folder


def train(
    kind: str,
    *,
    data: str | None = None,
    steps: int | None = None,
    size: int = 32,
    limit: int | None = None,
    batch: int | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
    out: Path = Path("runs"),
    every: int = 500,
    restart: bool = False,
    say: Callable[[str], None] = print,
) -> Path:
    """Train up to `steps` steps and write weights, a checkpoint and a sheet of samples; returns their folder.

    A training that was stopped goes on from its last checkpoint: written every `every` steps, at the end and on Ctrl-C.
    restart: begin anew instead.  batch: images a step, by default the training's own, divided among all processes.

    Raises:
        ValueError: for unknown names, data that do not fit, or a folder that holds a training with other settings.
        KeyboardInterrupt: after a stop, when all is saved.
    """
    if kind not in TRAININGS:
        raise ValueError(f"there is no training {kind!r}: use one of {', '.join(TRAININGS)}")
    plan = TRAININGS[kind]
    name, steps = one_name(str(data or plan.data)), steps or plan.steps
    settings = {"data": name, "size": size, "limit": limit, "batch": batch, "seed": seed}
    further = {} if batch is None else {"batch_size": batch}
    with processes(device) as (rank, count):
        say = say if rank == 0 else lambda _: None
        if torch.device(device).type == "cuda":
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        folder = home_of(kind, out, settings, restart)
        make_sure(next(place for place in (folder, *folder.parents) if place.exists()))  # before data are fetched
        pictures = load(kind, name, size=size, limit=limit, device=device)
        training = plan.make(pictures, seed=seed, steps=steps, **further)
        kept = Kept(folder, settings, anew=restart, say=say)
        if kept.load(training):
            say(f"going on at step {training.number} of {steps}")
        if rank == 0:
            make_sure(folder, 2 * room(training))
        share_out(training, rank, count)
        say(f"{kind} on {pictures}, {steps} steps" + (f", {count} processes" if count > 1 else ""))
        stopped = _go_on(training, steps, every, kept if rank == 0 else None, kind)
        if stopped:
            say(f"stopped at step {training.number}: the same command goes on from {kept.last}")
            raise KeyboardInterrupt
        if rank == 0:
            _finish(training, plan, pictures, folder, kind, settings)
            say(f"wrote weights, checkpoint and samples.png to {folder}")
    return folder


def room(training: Training) -> int:
    """Return about how many bytes a checkpoint takes: each weight with Adam's two averages, and the average G."""
    networks = (training.G, training.D, training.G, training.D, training.G, training.D, training.G_ema)
    return sum(weight.nbytes for network in networks if network is not None for weight in network.parameters())


def _go_on(training: Training, steps: int, every: int, kept: Kept | None, label: str) -> bool:
    """Make the steps that are left; returns whether it was stopped. Only the process that has a place writes."""
    left: Generator = training.run(max(0, steps - training.number))
    if kept is not None:
        left = progress(left, max(0, steps - training.number), label=label)
    with stoppable() as stop:
        for step in left:
            stopped = anyone(stop.asked)
            last = stopped or step.number == steps
            if kept is not None and (last or step.number % every == 0):
                kept.save(training, needed=last)
            if stopped and step.number < steps:
                left.close()
                return True
    return False


def _finish(training: Training, plan: Kind, data: Dataset, folder: Path, kind: str, settings: dict) -> None:
    """Write the generator with its recipe, and a sheet of what it draws."""
    from PIL import Image

    G = training.best_G.to(memory_format=torch.contiguous_format)
    chosen = {**settings, "steps": training.number}
    options = [word for name, value in chosen.items() if value is not None for word in (f"--{name}", str(value))]
    (folder / pretrained.INDEX).unlink(missing_ok=True)  # it names this network alone, and may be damaged
    pretrained.save(
        folder.name, G, arguments=plan.arguments(data), command=f"python -m ganlib train {kind} {shlex.join(options)}",
        data=settings["data"], seed=settings["seed"], quality={"steps": training.number}, place=folder,
    )  # fmt: skip
    images, columns = plan.sheet(training, data)
    rows, columns = square_grid(len(images)) if columns is None else (-(-len(images) // columns), columns)
    Image.fromarray(tile(to_uint8(images), rows, columns)).save(folder / "samples.png")
