"""A paused training on disk: everything that the next step depends on, in safetensors, so that opening runs no code."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple, Protocol

import torch

from ganlib.data import tensors as files

FORMAT = "ganlib-training-1"


class Parts(NamedTuple):
    """The names of what a training keeps in a checkpoint. A network may be None."""

    networks: tuple[str, ...]
    optimisers: tuple[str, ...]
    settings: tuple[str, ...]


class Resumable(Protocol):
    """A training that can be gone on with: all that its next step depends on is in its parts and its random streams.

    generator: its own stream.  streams: torch's own, where layers draw from them.
    """

    KEPT: Parts
    number: int
    generator: torch.Generator
    streams: list[torch.Tensor]


def resumable(training) -> bool:
    """Say whether a training can be saved and gone on with."""
    return hasattr(training, "KEPT")


class CheckpointError(ValueError):
    """A checkpoint is damaged, or belongs to other networks."""


def save_checkpoint(training: Resumable, path: str | Path) -> Path:
    """Write weights, optimiser states, random streams and step number; an older file stays until the new one is whole.

    The data set, the loss and the penalty are not saved: make the training with the same arguments to go on.
    """
    path = Path(path)
    settings = json.dumps({name: getattr(training, name) for name in training.KEPT.settings})
    tensors = {name: tensor.cpu().contiguous().clone() for name, tensor in _tensors(training).items()}
    metadata = {"format": FORMAT, "settings": settings, "sha256": _checksum(tensors, settings)}
    files.write(path, tensors, metadata)
    return path


def load_checkpoint(training: Resumable, path: str | Path) -> None:
    """Bring a training made with the same arguments to the state that was saved; nothing changes if that fails.

    Raises:
        FileNotFoundError: if there is no such file.
        CheckpointError: if the file is damaged or was made with other networks.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint {path}")
    try:
        tensors, metadata = files.read(path)
    except (files.SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is damaged or not a checkpoint ({error})") from error
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint of a training (its format is {metadata.get('format')!r})")
    if metadata.get("sha256") != _checksum(tensors, metadata.get("settings", "")):
        raise CheckpointError(f"{path} is damaged or changed: its checksum is not the recorded one")
    _refuse_other_networks(training, tensors, path)
    _restore(training, tensors)
    for name, value in json.loads(metadata["settings"]).items():
        setattr(training, name, value)


def _checksum(tensors: dict[str, torch.Tensor], settings: str) -> str:
    """Return the SHA-256 of the settings and of every tensor's name and bytes: safetensors itself keeps none."""
    digest = hashlib.sha256(settings.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _tensors(training: Resumable) -> dict[str, torch.Tensor]:
    """Name every tensor of the training's state."""
    named = {"stream.own": training.generator.get_state()}
    for i, state in enumerate(training.streams):
        named[f"stream.{i}"] = state
    for network in training.KEPT.networks:
        if (module := getattr(training, network)) is not None:
            named.update({f"{network}.{name}": tensor for name, tensor in module.state_dict().items()})
    for optimiser in training.KEPT.optimisers:
        for index, state in getattr(training, optimiser).state_dict()["state"].items():
            named.update({f"{optimiser}.{index}.{name}": tensor for name, tensor in state.items()})
    return named


def _refuse_other_networks(training: Resumable, tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Compare the names and shapes of networks and random streams before anything is changed."""
    fixed = *training.KEPT.networks, "stream"  # what the same arguments on the same kind of device always give
    expected = {name: t.shape for name, t in _tensors(training).items() if name.split(".")[0] in fixed}
    found = {name: t.shape for name, t in tensors.items() if name.split(".")[0] in fixed}
    if expected == found:
        return
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    name = wrong[0]
    raise CheckpointError(
        f"{path} was made with other networks or on another kind of device: {name} is {_shape(found.get(name))} in the "
        f"file and {_shape(expected.get(name))} here ({len(wrong)} tensors differ). "
        "Make the Training with the same arguments."
    )


def _shape(shape: torch.Size | None) -> str:
    return "missing" if shape is None else str(tuple(shape))


def _restore(training: Resumable, tensors: dict[str, torch.Tensor]) -> None:
    for network in training.KEPT.networks:
        if (module := getattr(training, network)) is not None:
            module.load_state_dict(_under(tensors, network))
    for name in training.KEPT.optimisers:
        optimiser = getattr(training, name)
        weights = [weight for group in optimiser.param_groups for weight in group["params"]]
        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, tensor in _under(tensors, name).items():
            index, field = key.split(".", 1)
            weight = weights[int(index)]
            if tensor.shape == weight.shape:  # in the weight's order in memory: the fused Adam goes by that
                tensor = torch.empty_like(weight, dtype=tensor.dtype).copy_(tensor)
            state.setdefault(int(index), {})[field] = tensor
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    streams = _under(tensors, "stream")
    training.generator.set_state(streams.pop("own"))
    training.streams = [streams[key] for key in sorted(streams, key=int)]


def _under(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """Return the tensors whose name begins with `prefix.`, without it."""
    return {name[len(prefix) + 1 :]: t for name, t in tensors.items() if name.startswith(prefix + ".")}
