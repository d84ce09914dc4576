"""Scenes full of small things, drawn by the course: what is where is known, down to each letter, window, leaf and bird.

`load_detail_scenes` gives a `Dataset`; `draw` turns attributes back into the same pictures; `read` spells a text;
`patches` cuts out what is at known places.
"""

from __future__ import annotations

import numpy as np
import torch

from ganlib.data.dataset import Dataset
from ganlib.data.detail_scenes import far, near
from ganlib.data.detail_scenes.attributes import NAMES, sample
from ganlib.data.detail_scenes.font import GLYPHS, HIGH, LETTERS, STEP, WIDE, read
from ganlib.data.detail_scenes.palette import DETAILS, PARTS
from ganlib.data.drawing import Canvas
from ganlib.data.drawing_batch import changed, checked, pictures, sampled

SIZE = 64
SIZES = {"train": 5_000, "test": 1_000}

__all__ = [
    "DETAILS", "GLYPHS", "HIGH", "LETTERS", "NAMES", "PARTS", "STEP", "WIDE", "change", "draw", "load_detail_scenes",
    "patches", "read", "sample",
]  # fmt: skip


def load_detail_scenes(split: str = "train", size: int = SIZE, limit: int | None = None, seed: int = 0) -> Dataset:
    """Draw scenes: the first `limit` (5,000 of train, 1,000 of test) of an endless stream.

    split: "train", "test" (another stream), or "all": five of train for every one of test.
    size: 64, at which every letter is whole; another size is resized from it, places in pixels along.
    """
    return draw(sampled(sample, split, limit, SIZES, seed), size)


def draw(attributes: dict, size: int = SIZE) -> Dataset:
    """Draw the scenes that the attributes describe: the same numbers, the same pictures, bit for bit.

    attributes: all that `sample` returns, or a data set's `attributes`, tensors or arrays of length N.
    The set's attributes also tell where things are, in pixels (x to the right, y down), −1 where there is none to be
    seen: bird_xy (N, 5, 2), leaf_xy (N, 26, 2) and window_xy (N, 48, 2) the middles; sign_xy (N, 2) and label_xy
    (N, 3, 2) the top left corners of the first letters.

    Raises:
        ValueError: if an attribute is missing, has another shape, or names a choice that there is not.
    """
    values = checked(attributes, NAMES, sample(1))
    images, segments, masks = pictures(_drawn, values, SIZE, DETAILS)
    known = {name: torch.from_numpy(numbers) for name, numbers in values.items()}
    for name, mask, places in (
        ("bird_xy", "birds", far.bird_places(values)),
        ("leaf_xy", "leaves", far.leaf_places(values)),
        ("window_xy", "windows", far.window_places(values["jitter"])),
    ):
        known[name] = _seen(torch.from_numpy(places), masks[mask])
    known["sign_xy"] = torch.from_numpy(near.sign_corner(values))
    corners = torch.tensor([near.label_corner(place) for place in range(3)], dtype=torch.float32)
    known["label_xy"] = torch.where(known["label_text"][..., :1] >= 0, corners, -1.0)
    if size != SIZE:
        scaled = {k: torch.where(xy < 0, xy, xy * (size / SIZE)) for k, xy in known.items() if k.endswith("_xy")}
        known.update(scaled)
    data = Dataset("detail_scenes", images, known["sky"], NAMES["sky"], known, NAMES, segments, PARTS, masks)
    return data.resized(size)


def change(data: Dataset, **attributes) -> Dataset:
    """Draw the same scenes again with some attributes changed: `change(data, sky="night", birds=0)`.

    Each attribute is one value for all scenes, as a number or by its name, or a tensor of the attribute's shape.

    Raises:
        ValueError: for an attribute or a name that there is not.
    """
    return draw(changed(data.attributes, NAMES, attributes), data.images.shape[-1]).to(data.images.device)


def patches(images: torch.Tensor, corners: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Cut the same rectangle out of every image, from its own corner on.

    images: (N, C, H, W); corners: (N, 2), x and y in pixels, rounded -> (N, C, height, width).

    Raises:
        ValueError: if a rectangle reaches beyond its image.
    """
    corners = corners.round().long()
    rows = corners[:, 1, None] + torch.arange(height, device=images.device)
    columns = corners[:, 0, None] + torch.arange(width, device=images.device)
    if (
        min(int(rows.min()), int(columns.min())) < 0
        or rows.max() >= images.shape[2]
        or columns.max() >= images.shape[3]
    ):
        raise ValueError(f"a patch of {height}×{width} pixels reaches beyond its image")
    every = torch.arange(len(images), device=images.device)
    return images[every[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _seen(places: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Keep the places where the mask shows something; the others become −1: (N, K, 2) -> (N, K, 2)."""
    x, y = places.floor().long().clamp(0, SIZE - 1).unbind(-1)
    shown = mask[torch.arange(len(mask))[:, None], y, x] & ((places >= 0) & (places < SIZE)).all(-1)
    return torch.where(shown[..., None], places, -1.0)


def _drawn(values: dict[str, np.ndarray], size: int) -> Canvas:
    """Draw one batch, back to front."""
    canvas = Canvas(values, size, DETAILS)
    for step in (far.draw_sky, far.draw_houses, far.draw_tree, far.draw_birds, near.draw_sign, near.draw_table,
                 near.draw_things):  # fmt: skip
        step(canvas)
    return canvas
