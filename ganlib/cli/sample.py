"""`sample`: a sheet of what a shipped network, or one of your own, draws, as PNG."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ganlib.cli.arguments import positive

if TYPE_CHECKING:
    import torch
    from torch import nn

    from ganlib.models.generate import Generator


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    command.add_argument("name", nargs="?", help="a network that ships with the course (default: digits-mlp)")
    command.add_argument("--from", dest="folder", type=Path, metavar="FOLDER", help="one of your own: a run of `train`")
    command.add_argument("--n", type=positive, default=64, help="how many images (default: %(default)s)")
    command.add_argument("--label", type=int, help="the class to draw, from 0 on; default: all in turn")
    command.add_argument("--seed", type=int, default=0, help="another one, other pictures (default: %(default)s)")
    command.add_argument("--device", help="cuda, mps or cpu; default: the best there is")
    command.add_argument("--out", type=Path, default=Path("samples.png"), help="(default: %(default)s)")


def sample(options: argparse.Namespace) -> None:
    """Draw images with a network and write them as one PNG, in rows if there are several."""
    from PIL import Image

    from ganlib import pretrained, runtime
    from ganlib.data.disk import make_sure
    from ganlib.pictures import square_grid, tile, to_uint8

    make_sure(options.out.parent)
    name, place = chosen(options.name, options.folder)
    network = pretrained.load(name, device=runtime.best_device(options.device), place=place)
    classes = getattr(network, "classes", 0)
    if options.label is not None and not 0 <= options.label < classes:
        known = f"its labels go from 0 to {classes - 1}" if classes else "it was not taught any"
        raise ValueError(f"{name} can't be asked for the label {options.label}: {known}")
    images = way_of(network, name, place)(options.n, options.seed, options.label)
    columns = classes if classes and options.label is None else square_grid(len(images))[1]
    columns = min(columns, len(images))
    sheet = tile(to_uint8(images), -(-len(images) // columns), columns)
    Image.fromarray(sheet).save(options.out)
    many = f"{len(images)} samples" if len(images) > 1 else "a sample"
    size = f"{sheet.shape[1]}x{sheet.shape[0]} pixels"
    print(f"wrote {many} of {name} to {options.out}, {size}, seed {options.seed}")


def chosen(name: str | None, folder: Path | None) -> tuple[str, Path | None]:
    """Return a network's name and the folder that holds it, None for the shipped ones.

    Raises:
        ValueError: if both are given, or the folder holds no network.
    """
    from ganlib import pretrained

    if folder is None:
        return name or "digits-mlp", None
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}: --from is for what `train` has written, runs/dcgan-digits say")
    try:
        known = sorted(pretrained.index(folder))
    except pretrained.WeightsError as error:
        raise ValueError(f"{folder / pretrained.INDEX} is damaged: the command that trained writes it anew") from error
    if not known:
        raise ValueError(f"{folder} holds no trained network: one is written when `train` has made its last step")
    if name is None and len(known) > 1 or name is not None and name not in known:
        raise ValueError(f"{folder} holds {', '.join(known)}: say which of them")
    return name or known[0], folder


def way_of(network: nn.Module, name: str, place: Path | None) -> Callable[[int, int, int | None], torch.Tensor]:
    """Return how a network draws: (how many, seed, label) -> images (N, C, H, W).

    Raises:
        ValueError: if it draws nothing.
    """
    from ganlib import models

    if isinstance(network, models.GatedPixelCNN | models.PixelCNN):
        return lambda n, seed, label: by_pixels(network, n, seed, data_of(name, place)[1])
    if isinstance(network, models.SubPixelNet) or isinstance(network, models.UNet) and network.tanh:
        return lambda n, seed, label: from_pictures(network, n, seed, *data_of(name, place))
    if isinstance(network, models.VAE | models.BiGAN):
        return lambda n, seed, label: from_noise(network.decoder, n, seed, None)
    if isinstance(network, models.MLPGenerator | models.DCGANGenerator):
        return lambda n, seed, label: from_noise(network, n, seed, label)
    raise ValueError(f"{name} is not a generator: there is nothing to sample from")


def data_of(name: str, place: Path | None) -> tuple[str, int]:
    """Return what a network was trained on, and the pictures' side: as its run noted it, or its recipe says."""
    from ganlib import pretrained

    note = (place or Path()) / "settings.json"
    if place is not None and note.is_file():
        try:
            settings = json.loads(note.read_text())
            return settings["data"], settings["size"]
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{note} is damaged, and says no more how large the pictures are") from error
    said = pretrained.index(place)[name].data  # "sketch_faces (train), 10,000 pairs of map and picture, 32x32"
    side = re.search(r"(\d+)x\1", said)
    return said.split(" ")[0], int(side[1]) if side else 32


def from_noise(G: Generator, n: int, seed: int, label: int | None) -> torch.Tensor:
    """Draw from z ~ N(0, I), of one class or of all in turn, a style a row."""
    import torch

    from ganlib.models import generate

    device, classes = next(G.parameters()).device, getattr(G, "classes", 0)
    dice = torch.Generator().manual_seed(seed)
    if not classes or label is not None:
        z = torch.randn(n, G.z_dim, generator=dice)
        asked = torch.full((n,), label, device=device) if classes and label is not None else None
        return generate(G, z.to(device), asked)
    z = torch.randn(-(-n // classes), G.z_dim, generator=dice).repeat_interleave(classes, 0)[:n]
    return generate(G, z.to(device), torch.arange(n, device=device) % classes)


def by_pixels(network: nn.Module, n: int, seed: int, side: int) -> torch.Tensor:
    """Draw pixel by pixel: (n, 1, side, side)."""
    import torch

    from ganlib import autoregressive
    from ganlib.progress_line import progress

    u = torch.rand(n, side, side, generator=torch.Generator().manual_seed(seed)).to(next(network.parameters()).device)
    watch = lambda rows: progress(rows, label="drawing", unit="rows")  # noqa: E731
    return autoregressive.sample(network, u, watch=watch).images


def from_pictures(network: nn.Module, n: int, seed: int, name: str, side: int) -> torch.Tensor:
    """Draw what held-out pictures' maps of parts, or small copies of them, ask for.

    seed: of drawn pictures, which have no end; of others, which are taken.
    """
    import torch

    from ganlib import data
    from ganlib.models import SubPixelNet, generate
    from ganlib.recipes.super_resolution import shrink

    device = next(network.parameters()).device
    if name in data.DRAWN:
        held_out = data.load(name, "test", size=side, limit=n, seed=seed, device=device)
    else:
        held_out = data.load(name, "test", size=side, device=device)
        held_out = held_out.take(torch.randperm(len(held_out), generator=torch.Generator().manual_seed(seed))[:n])
    if isinstance(network, SubPixelNet):
        return generate(network, shrink(held_out.images, network.scale))
    assert held_out.segments is not None  # what a U-Net was trained on has them
    return generate(network, held_out.segments)
