"""Counting small things in scenes: letters that can be read, and windows, leaves and birds that can be found.

Where everything stands is known, so a small network looks only at cut-out patches: it reads a letter, or says whether
there is something. It is judged by what it says of the originals, then asked about the same places of a rebuilt scene.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from ganlib.data import Dataset, sketch_faces
from ganlib.data.detail_scenes import STEP, draw
from ganlib.metrics.sharpness import retained, texture_left
from ganlib.models.mlp import MLP
from ganlib.progress_line import Watch
from ganlib.threads import steady

Rebuild = Callable[[torch.Tensor], torch.Tensor]  # pictures (N, C, H, W) -> the same pictures, through a network

LETTER, THING = (9, 7), (7, 9)  # height and width of a patch around a letter (a pixel's rim), and around a thing
BACKGROUND = ("windows", "leaves", "birds")
TEXTURES = ("lace", "weave", "hair")
FACE_DETAILS = ("freckles", "wrinkles", "strands")


class Spots(NamedTuple):
    """Places in scenes: which scene (M,), the middle in pixels (M, 2), what is there (M,): a letter's code, or 0/1."""

    scene: torch.Tensor
    middle: torch.Tensor
    truth: torch.Tensor

    def take(self, index: torch.Tensor) -> Spots:
        """Return some of the places, by position or mask."""
        return Spots(*(values[index] for values in self))


def letters(scenes: Dataset) -> Spots:
    """Return the place and code of every letter on signs and labels."""
    found = []
    lines = [(scenes.attributes["sign_text"], scenes.attributes["sign_xy"])]
    lines += [(scenes.attributes["label_text"][:, k], scenes.attributes["label_xy"][:, k]) for k in range(3)]
    for codes, corner in lines:
        for place in range(codes.shape[1]):
            scene = torch.nonzero((codes[:, place] >= 0) & (corner[:, 0] >= 0))[:, 0]
            middle = corner[scene] + torch.tensor([2.5 + STEP * place, 3.5], device=corner.device)
            found.append(Spots(scene, middle, codes[scene, place]))
    return Spots(*(torch.cat(parts) for parts in zip(*found)))


def things(scenes: Dataset, what: str) -> Spots:
    """Return where things are (truth 1) and comparable places where there is none (truth 0).

    birds: where a bird would fly, had it been drawn. windows: the wall between two windows. leaves: within the crown,
    at least 2.2 pixels from the middle of every leaf.

    Raises:
        ValueError: for anything but windows, leaves and birds.
    """
    if what not in BACKGROUND:
        raise ValueError(f"things far away are {', '.join(BACKGROUND)}, not {what!r}")
    name = {"windows": "window_xy", "leaves": "leaf_xy", "birds": "bird_xy"}[what]
    places = scenes.attributes[name]
    there = _listed(places, 1)
    if what == "birds":
        every = {**scenes.attributes, "birds": torch.ones_like(scenes.attributes["birds"])}
        empty = torch.where(places >= 0, -1.0, draw(every).attributes[name].to(places))
    else:
        shift = torch.tensor([2.0, 0.0] if what == "windows" else [2.2, 1.65], device=places.device)
        empty = torch.where(places >= 0, places + shift, -1.0)
        near = torch.cdist(empty, places) < (1.9 if what == "windows" else 2.2)
        empty = torch.where((near & (places[:, None, :, 0] >= 0)).any(2, keepdim=True), -1.0, empty)
        part = scenes.parts.index("houses" if what == "windows" else "tree")
        column, row = empty.floor().long().clamp(0, 63).unbind(-1)
        assert scenes.segments is not None  # scenes are drawn with them
        shown = scenes.segments[torch.arange(len(scenes), device=row.device)[:, None], row, column]
        empty = torch.where((shown == part)[..., None], empty, -1.0)
    return Spots(*(torch.cat(parts) for parts in zip(there, _listed(empty, 0))))


def _listed(places: torch.Tensor, truth: int) -> Spots:
    """List the places (N, K, 2) that are not -1."""
    scene, which = torch.nonzero(places[..., 0] >= 0, as_tuple=True)
    return Spots(scene, places[scene, which], torch.full_like(scene, truth))


def patches(images: torch.Tensor, spots: Spots, size: tuple[int, int]) -> torch.Tensor:
    """Cut (height, width) pixels around each place, edges repeated: (N, C, H, W) -> (M, C, height, width)."""
    height, width = size
    corner = (spots.middle - torch.tensor([width / 2, height / 2], device=images.device)).round().long()
    # no padded copy: of a thousand scenes it would be larger than all that is cut out
    rows = (corner[:, 1, None] + torch.arange(height, device=images.device)).clamp(0, images.shape[2] - 1)
    columns = (corner[:, 0, None] + torch.arange(width, device=images.device)).clamp(0, images.shape[3] - 1)
    return images[spots.scene[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def train_reader(
    x: torch.Tensor,
    truth: torch.Tensor,
    classes: int,
    *,
    steps: int = 800,
    seed: int = 0,
    noise: float = 0.15,
    watch: Watch = iter,
) -> nn.Module:
    """Train a small network that says what is on a patch: x (M, C, h, w), truth (M,) -> network, patches to logits.

    noise: added to the patches, so that it reads shapes and does not hang on single pixels.  watch: may wrap the steps.
    """
    generator = torch.Generator(device=x.device).manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        reader = MLP([x[0].numel(), 128, max(2, classes)]).to(x.device)
    optimiser = torch.optim.Adam(reader.parameters(), lr=2e-3, fused=True)
    for _ in steady(watch(range(steps)), x.device):
        index = torch.randint(len(x), (256,), generator=generator, device=x.device)
        part = x[index] + noise * torch.randn(256, *x.shape[1:], generator=generator, device=x.device)
        optimiser.zero_grad(set_to_none=True)
        F.cross_entropy(reader(part), truth[index]).backward()
        optimiser.step()
    return reader.eval().requires_grad_(False)


class Detector(NamedTuple):
    """A trained network and how sure it must be: `found(x)` says for each patch whether there is something."""

    network: nn.Module
    least: float

    def found(self, x: torch.Tensor) -> torch.Tensor:
        """Return True where something is found: (M, C, h, w) -> (M,) bool."""
        return _sure(self.network, x) > self.least


def _sure(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    logits = network(x)
    return logits[:, 1] - logits[:, 0]


def train_detector(x: torch.Tensor, truth: torch.Tensor, *, false_alarms: float = 0.02, **options) -> Detector:
    """Train a detector on three quarters of the patches; on the rest, set how sure it must be.

    false_alarms: the share of empty places of originals at which it may find something.
    """
    generator = torch.Generator(device=x.device).manual_seed(0)
    order = torch.randperm(len(x), generator=generator, device=x.device)
    last, rest = order[: len(x) // 4], order[len(x) // 4 :]
    network = train_reader(x[rest], truth[rest], 2, **options)
    empty = _sure(network, x[last][truth[last] == 0])
    return Detector(network, float(empty.cpu().quantile(1 - false_alarms)))


def share_read(reader: nn.Module, images: torch.Tensor, spots: Spots) -> float:
    """Return the share of the letters that a reader names rightly: between 0 and 1, by chance 1/26."""
    return float((reader(patches(images, spots, LETTER)).argmax(1) == spots.truth).float().mean())


def share_found(detector: Detector, images: torch.Tensor, spots: Spots) -> tuple[float, float]:
    """Return the share of things that a detector finds, and of empty places where it finds one all the same."""
    found = detector.found(patches(images, spots, THING))
    hits, alarms = (float(found[spots.truth == truth].float().mean()) for truth in (1, 0))
    return hits, alarms


def eyes(scenes: Dataset, rebuild: Rebuild = lambda images: images, *, steps: int = 600) -> dict:
    """Train a reader ("text") and three detectors on patches of scenes, or of scenes as a network has rebuilt them."""
    images, spots = rebuild(scenes.images), letters(scenes)
    reader = train_reader(patches(images, spots, LETTER), spots.truth, 26, steps=2 * steps)
    trained: dict[str, nn.Module | Detector] = {"text": reader}
    for what in BACKGROUND:
        spots = things(scenes, what)
        trained[what] = train_detector(patches(images, spots, THING), spots.truth, steps=steps)
    return trained


@torch.no_grad()
def left_in_scenes(rebuild: Rebuild, scenes: Dataset, trained: dict) -> dict[str, float]:
    """Return what is left of every detail of scenes after `rebuild`: 1 as in the originals, 0 nothing.

    trained: what `eyes` returned.  text: share of letters read.  windows, leaves, birds: share found, less the share of
    empty places where one is found too.  lace, weave, hair: energy of the fine layer; "lace right" and so on: as
    `sharpness.retained`.
    """
    images = torch.cat([rebuild(part) for part in scenes.images.split(100)])
    left = {"text": share_read(trained["text"], images, letters(scenes))}
    for what in BACKGROUND:
        hits, alarms = share_found(trained[what], images, things(scenes, what))
        left[what] = hits - alarms
    for what in TEXTURES:
        left[f"{what} right"], left[what] = texture_left(scenes.images, images, scenes.masks[what])
    return left


@torch.no_grad()
def left_in_faces(rebuild: Rebuild, faces: Dataset) -> dict[str, float]:
    """Return what is left of freckles, wrinkles and strands after `rebuild`, as `sharpness.retained`.

    Each face that shows a detail is drawn once more without it; both are rebuilt.
    """
    left = {}
    for what in FACE_DETAILS:
        shown = faces.take(faces.masks[what].flatten(1).sum(1) > 3)
        without = sketch_faces.change(shown, **{what: "no"}).images
        left[what] = retained(shown.images - without, rebuild(shown.images) - rebuild(without))
    return left
