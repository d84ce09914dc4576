"""`python -m ganlib train NAME`: carry a recipe out, so that it can be stopped and gone on with, by one process or,
started by torchrun, by several."""

from __future__ import annotations

import json
import os
import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from ganlib import data as datasets
from ganlib import pretrained
from ganlib.data import Dataset
from ganlib.data.disk import make_sure
from ganlib.pictures import square_grid, tile, to_uint8
from ganlib.recipes import OWN_DATA, RECIPES
from ganlib.recipes.recipe import Loop, Recipe
from ganlib.train import Training, progress
from ganlib.train.checkpoint import Resumable, resumable
from ganlib.train.kept import Kept
from ganlib.train.parallel import anyone, processes, share_out

SIZE = 32  # pixels, of data of one's own


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


def one_name(name: str) -> str:
    """Return the one name of a data set, however its folder is written: relative, with a slash behind, by a link."""
    return name if name in datasets.names() or not Path(name).is_dir() else str(Path(name).resolve())


def settings_of(name: str, recipe: Recipe, *, seed: int, steps: int, **choice) -> dict:
    """Return the settings under which alone a training is gone on with.

    A training on data of one's own may be made longer; the weights that ship are those of so many steps in one go.
    choice: data, size, limit and batch, None where nothing is chosen.

    Raises:
        ValueError: if data are chosen for a recipe that has its own.
    """
    if not recipe.own_data:
        if given := [option for option, value in choice.items() if value is not None]:
            raise ValueError(f"--{given[0]} is for {', '.join(OWN_DATA)}: {name} has its own recipe")
        return {"seed": seed, "steps": steps}
    choice["data"] = one_name(str(choice["data"] or recipe.data))
    return {**choice, "size": choice["size"] or SIZE, "seed": seed}


def refuse_other_settings(folder: Path, settings: dict) -> None:
    """Make sure that what lies in a training's folder was made with the same settings.

    Raises:
        ValueError: if it was not, or that cannot be told.
    """
    note = folder / "settings.json"
    if not note.is_file():
        return
    try:
        noted = json.loads(note.read_text())
        found = {name: one_name(noted[name]) if name == "data" else noted[name] for name in settings}
    except (ValueError, TypeError, KeyError) as error:  # no JSON, or JSON of another shape
        raise ValueError(f"{note} is damaged: delete it if the settings are the same, or --restart") from error
    if wrong := [name for name in settings if found[name] != settings[name]]:
        said = ", ".join(f"{name} {found[name]} and not {settings[name]}" for name in wrong)
        raise ValueError(f"{folder} holds a training with {said}: choose another --out, or --restart it")


def train(
    name: str,
    *,
    data: str | None = None,
    steps: int | None = None,
    size: int | None = None,
    limit: int | None = None,
    batch: int | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
    out: Path = Path("runs"),
    every: int = 500,
    restart: bool = False,
    say: Callable[[str], None] = print,
) -> Path:
    """Train up to `steps` steps and write what came of it; returns the folder of the weights.

    Weights that ship are written to `out`. On data of one's own, weights, a checkpoint and a sheet of samples are
    written to a folder in it; data, size, limit and batch are for these trainings alone.
    A training that was stopped goes on from its last checkpoint: written every `every` steps, at the end and on Ctrl-C,
    if it is one that can be gone on with.
    restart: begin anew instead.  batch: images a step, by default the training's own, divided among all processes.

    Raises:
        ValueError: for unknown names, data that do not fit, or a folder that holds a training with other settings.
        KeyboardInterrupt: after a stop, when all is saved.
    """
    if (recipe := {**OWN_DATA, **RECIPES}.get(name)) is None:
        raise ValueError(f"there is no recipe {name!r}: use one of {', '.join([*OWN_DATA, *sorted(RECIPES)])}")
    steps = steps or recipe.steps
    settings = settings_of(name, recipe, seed=seed, steps=steps, data=data, size=size, limit=limit, batch=batch)
    folder = out / (f"{name}-{Path(settings['data']).name}" if recipe.own_data else name)
    place = folder if recipe.own_data else out
    with processes(device) as (rank, count):
        say = say if rank == 0 else lambda _: None
        if not restart:
            refuse_other_settings(folder, settings)
        make_sure(next(home for home in (folder, *folder.parents) if home.exists()))  # before data are fetched
        pictures, training = _prepare(recipe, settings, steps, device)
        kept = Kept(folder, settings, anew=restart, say=say) if resumable(training) else None
        _take_up(training, name, kept, steps, say)
        if rank == 0:
            make_sure(folder if kept else place, 2 * room(training))
        _divide(training, name, rank, count)
        say(f"{name} on {pictures}, {steps} steps" + (f", {count} processes" if count > 1 else ""))
        if kept is None:
            _run_through(training, steps, name)
        elif _go_on(training, steps, every, kept if rank == 0 else None, name):
            say(f"stopped at step {training.number}: the same command goes on from {kept.last}")
            raise KeyboardInterrupt
        if rank == 0:
            _finish(training, name, recipe, pictures, place, settings, say)
            if kept and not recipe.own_data:
                kept.forget()  # the same command makes the weights anew
    return place


def _prepare(recipe: Recipe, settings: dict, steps: int, device: torch.device | str) -> tuple[Dataset, Any]:
    """Load the pictures, and return them and their training, ready to run."""
    if torch.device(device).type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
    if not recipe.own_data:
        pictures = recipe.load(device=device)
        return pictures, recipe.make(pictures, seed=settings["seed"], steps=steps)
    pictures = recipe.load(settings["data"], size=settings["size"], limit=settings["limit"], device=device)
    further = {} if settings["batch"] is None else {"batch_size": settings["batch"]}
    return pictures, recipe.make(pictures, seed=settings["seed"], steps=steps, **further)


def _take_up(training, name: str, kept: Kept | None, steps: int, say: Callable[[str], None]) -> None:
    """Bring a training to where it was stopped, if it can be gone on with."""
    if kept is None:
        say(f"{name} can't be gone on with after a stop: it then begins anew")
    elif kept.load(training):
        say(f"going on at step {training.number} of {steps}")


def _divide(training, name: str, rank: int, count: int) -> None:
    """Make this process do its part, if there are several.

    Raises:
        ValueError: if the training is none that can be shared out.
    """
    if count == 1:
        return
    if not isinstance(training, Training):
        raise ValueError(f"{name} can't be trained by several processes: start it without torchrun")
    share_out(training, rank, count)


def room(training: Resumable | Loop) -> int:
    """Return about how many bytes are written: each weight that learns with Adam's two averages, others alone."""
    if isinstance(training, Loop):
        return sum(weight.nbytes for weight in training.network.parameters())
    networks = [network for name in training.KEPT.networks if (network := getattr(training, name)) is not None]
    weights = [weight for network in networks for weight in network.parameters()]
    return sum((3 if weight.requires_grad else 1) * weight.nbytes for weight in weights)


def _run_through(loop: Loop, steps: int, label: str) -> None:
    """Make all steps; Ctrl-C ends them at once."""
    for _ in progress(loop.run(steps), steps, label=label):
        pass


def _go_on(training: Any, steps: int, every: int, kept: Kept | None, label: str) -> bool:
    """Make the steps that are left; returns whether it was stopped. Only the process that has a place writes."""
    left = training.run(max(0, steps - training.number))
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


def _finish(
    training, name: str, recipe: Recipe, pictures: Dataset, place: Path, settings: dict, say: Callable[[str], None]
) -> None:
    """Write the network with its recipe; then say how good it is, or draw a sheet of samples."""
    chosen = {**settings, "steps": getattr(training, "number", settings.get("steps"))}
    options = [word for option, value in chosen.items() if value is not None for word in (f"--{option}", str(value))]
    network, quality = recipe.finished(training, {"steps": chosen["steps"]})
    if recipe.own_data:
        (place / pretrained.INDEX).unlink(missing_ok=True)  # it names this network alone, and may be damaged
    path = pretrained.save(
        place.name if recipe.own_data else name, network, arguments=recipe.arguments_for(pictures),
        command=f"python -m ganlib train {name} {shlex.join(options)}", data=settings.get("data", recipe.data),
        seed=settings["seed"], quality=quality, place=place,
    )  # fmt: skip
    if not recipe.own_data:
        say("\n".join([f"wrote {path}", *(f"  {what}: {value}" for what, value in quality.items())]))
        return
    assert recipe.sheet is not None  # data of one's own
    _draw(*recipe.sheet(training, pictures), place / "samples.png")
    say(f"wrote weights, checkpoint and samples.png to {place}")


def _draw(images: torch.Tensor, columns: int | None, path: Path) -> None:
    """Write pictures (N, C, H, W) as one, in so many columns, or as a square."""
    from PIL import Image

    rows, columns = square_grid(len(images)) if columns is None else (-(-len(images) // columns), columns)
    Image.fromarray(tile(to_uint8(images), rows, columns)).save(path)
