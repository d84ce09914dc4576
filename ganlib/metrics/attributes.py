"""Yes-or-no attributes of sketch faces: what is true of a drawn one, and what a classifier reads off any picture."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from ganlib.data import Dataset
from ganlib.metrics.samples import CHUNK
from ganlib.models.modes import evaluated

# name -> which values of a set's attribute count as yes
ATTRIBUTES: dict[str, tuple[str, Callable[[torch.Tensor], torch.Tensor]]] = {
    "man": ("presentation", lambda value: value == 1),
    "glasses": ("glasses", lambda value: value > 0),
    "hat": ("hat", lambda value: value > 0),
    "beard": ("beard", lambda value: value > 1),  # stubble is no more than a shade
    "open mouth": ("mouth_open", lambda value: value == 1),
    "smile": ("smile", lambda value: value > 0.3),
    "earrings": ("earrings", lambda value: value == 1),
    "freckles": ("freckles", lambda value: value == 1),
    "light hair": ("hair_colour", lambda value: (value >= 3) & (value <= 5)),  # blond, grey, pink
    "turned right": ("turn", lambda value: value > 0),
}
NAMES = tuple(ATTRIBUTES)


def targets(data: Dataset) -> torch.Tensor:
    """Return which attributes the faces of a set have: (N, K) bool, K in the order of `NAMES`.

    Raises:
        ValueError: if the set tells nothing of them.
    """
    missing = [source for source, _ in ATTRIBUTES.values() if source not in data.attributes]
    if missing:
        raise ValueError(f"{data.name} does not know {', '.join(missing)}: load sketch_faces")
    return torch.stack([yes(data.attributes[source]) for source, yes in ATTRIBUTES.values()], 1)


@torch.no_grad()
def read(classifier: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Return the probability of each attribute: images (N, C, H, W) -> (N, K), the classifier in eval mode."""
    with evaluated(classifier):
        return torch.cat([classifier(part).sigmoid() for part in images.split(CHUNK)])
