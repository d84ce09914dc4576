"""Trained weights by name: safetensors files in `data/weights`, each with its recipe, its quality and a checksum.

Opening weights runs no code: nothing is unpickled, and a file that is damaged or unknown is refused.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ganlib import models
from ganlib.data import tensors as files
from ganlib.data.disk import write_whole
from ganlib.runtime import shipped_folder

INDEX = "index.json"
ARCHITECTURES = {
    "MLPGenerator": models.MLPGenerator,
    "MLP": models.MLP,
    "BiGAN": models.BiGAN,
    "ConvNet": models.ConvNet,
    "DCGANDiscriminator": models.DCGANDiscriminator,
    "DCGANGenerator": models.DCGANGenerator,
    "MLPAutoencoder": models.MLPAutoencoder,
    "MLPVAE": models.MLPVAE,
    "ConvVAE": models.ConvVAE,
    "GridVAE": models.GridVAE,
    "PatchDiscriminator": models.PatchDiscriminator,
    "PixelCNN": models.PixelCNN,
    "SubPixelNet": models.SubPixelNet,
    "UNet": models.UNet,
    "GatedPixelCNN": models.GatedPixelCNN,
}


class WeightsError(ValueError):
    """Weights are unknown, damaged, changed, or not in the one format that is safe to open."""


@dataclass(frozen=True)
class Recipe:
    """What stands in the index beside each file of weights.

    architecture, arguments: how to build the network.  command: what made the weights.  data, seed: from what.
    quality: measured after training.  sha256: of the file.
    """

    architecture: str
    arguments: dict
    command: str
    data: str
    seed: int
    quality: dict
    sha256: str


def folder() -> Path:
    """Return the folder of the shipped weights."""
    return shipped_folder() / "weights"


def index(place: Path | None = None) -> dict[str, Recipe]:
    """Return every shipped network's recipe by name.

    Raises:
        WeightsError: if the index is damaged.
    """
    path = (place or folder()) / INDEX
    if not path.is_file():
        return {}
    try:
        return {name: Recipe(**entry) for name, entry in json.loads(path.read_text()).items()}
    except (ValueError, TypeError, AttributeError) as error:  # no JSON, or JSON of another shape
        raise WeightsError(f"{INDEX} is damaged ({error}): install ganlib again") from error


def load(name: str, *, device: torch.device | str = "cpu", place: Path | None = None) -> nn.Module:
    """Return a trained network in eval mode, its parameters not asking for gradients.

    Raises:
        WeightsError: if the name is unknown, or the file is missing, damaged or not the one that was recorded.
    """
    known = index(place)
    if name not in known:
        raise WeightsError(f"there are no weights {name!r}: use one of {', '.join(sorted(known)) or '(none shipped)'}")
    recipe = known[name]
    path = (place or folder()) / f"{name}.safetensors"
    tensors = read_tensors(path, recipe.sha256)
    try:
        network = ARCHITECTURES[recipe.architecture](**recipe.arguments)
        network.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        raise WeightsError(f"{path.name} does not fit its recorded architecture: {error}") from error
    return network.to(device).eval().requires_grad_(False)


def read_tensors(path: str | Path, sha256: str | None = None) -> dict[str, torch.Tensor]:
    """Read a safetensors file after comparing its checksum, if one is given.

    Raises:
        WeightsError: if the file is missing, has another ending or checksum, or cannot be read.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise WeightsError(
            f"{path.name} is not a .safetensors file: other formats (.pt, .pth, .pkl, .npy) can run code when they are "
            "opened, so they are refused; save the weights with safetensors.torch.save_file"
        )
    if not path.is_file():
        raise WeightsError(f"there is no file {path}: install ganlib again, or make it with the command in its recipe")
    if sha256 is not None and checksum(path) != sha256:
        raise WeightsError(f"{path.name} is damaged or changed: its checksum is not the recorded one; fetch it again")
    try:
        return files.read(path)[0]
    except (files.SafetensorError, OSError) as error:
        raise WeightsError(f"{path.name} is damaged or not a safetensors file ({error})") from error


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def save(
    name: str,
    network: nn.Module,
    *,
    arguments: dict,
    command: str,
    data: str,
    seed: int,
    quality: dict,
    place: Path | None = None,
) -> Path:
    """Write a network's weights and its recipe; the old files stay until the new ones are whole.

    Raises:
        WeightsError: if the network's class is not one that `load` can build.
    """
    architecture = type(network).__name__
    if architecture not in ARCHITECTURES:
        raise WeightsError(f"{architecture} cannot be loaded by name: add it to pretrained.ARCHITECTURES")
    place = place or folder()
    path = place / f"{name}.safetensors"
    files.write(path, network.state_dict())
    entries = {key: vars(recipe) for key, recipe in index(place).items()}
    entries[name] = vars(Recipe(architecture, arguments, command, data, seed, quality, checksum(path)))
    write_whole(place / INDEX, (json.dumps(entries, indent=2, sort_keys=True) + "\n").encode())
    return path
