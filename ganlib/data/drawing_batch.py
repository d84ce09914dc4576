"""What the drawn data sets share: how many to draw, checking attributes, and drawing them batch by batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ganlib.data.drawing import uniform

Sample = Callable[[int, str, int], dict[str, np.ndarray]]  # (count, split, seed) -> the attributes of each picture
BATCH = 262_144  # pixels drawn together: a batch of that many stays in the processor's cache
BLOCK = 256  # pictures whose random numbers are drawn together: number i is the same however many are asked for
STREAM = {"train": 0, "test": 1}  # seeds of the two splits never meet
MARKED = 0.3  # the share of a pixel that a detail must cover to be in its mask


def draws(count: int, columns: int, which: int, split: str, seed: int) -> np.ndarray:
    """Return the uniform numbers of the first `count` pictures of a stream: (count, columns) float32."""
    key = (which, STREAM[split], seed)
    blocks = [uniform(BLOCK, columns, *key, block) for block in range(max(1, -(-count // BLOCK)))]
    return np.concatenate(blocks)[:count]


def sampled(sample: Sample, split: str, limit: int | None, sizes: dict[str, int], seed: int) -> dict[str, np.ndarray]:
    """Sample the attributes of a split, or of "all": five of train, then one of test for every five."""
    counts = {split: limit or sizes[split]} if split != "all" else dict(sizes)
    if split == "all" and limit is not None:
        counts = {"train": limit - limit // 6, "test": limit // 6}
    parts = [sample(count, part, seed) for part, count in counts.items()]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def checked(attributes: dict, choices: dict, wanted: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the attributes as NumPy arrays of the types and shapes of `wanted`, an example.

    Raises:
        ValueError: if one is missing, has another shape, or names a choice that there is not.
    """
    missing = [name for name in wanted if name not in attributes]
    if missing:
        raise ValueError(f"attributes lack {', '.join(missing)}: start from sample(n) or a data set's attributes")
    values, count = {}, len(attributes[next(iter(wanted))])
    for name, example in wanted.items():
        numbers = attributes[name]
        numbers = numbers.cpu().numpy() if isinstance(numbers, torch.Tensor) else np.asarray(numbers)
        if numbers.shape != (count, *example.shape[1:]):
            raise ValueError(f"{name} must have the shape {(count, *example.shape[1:])}, not {numbers.shape}")
        values[name] = np.ascontiguousarray(numbers, example.dtype)
        known = choices.get(name)
        if known and count and not 0 <= values[name].min() <= values[name].max() < len(known):
            raise ValueError(f"{name} must be from 0 to {len(known) - 1}: {', '.join(known)}")
    return values


def changed(attributes: dict[str, torch.Tensor], choices: dict, changes: dict) -> dict[str, torch.Tensor]:
    """Return the attributes with some changed: to a number, to a choice by its name, or to a tensor of their shape.

    Raises:
        ValueError: for an attribute or a name that there is not.
    """
    known = dict(attributes)
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"there is no attribute {name!r}: use one of {', '.join(known)}")
        if isinstance(value, str):
            if value not in choices.get(name, ()):
                raise ValueError(f"{name} can't be {value!r}: use {', '.join(choices.get(name, ('a number',)))}")
            value = choices[name].index(value)
        value = torch.as_tensor(value, dtype=known[name].dtype, device=known[name].device)
        known[name] = value.expand(known[name].shape) if value.ndim == 0 else value
    return known


def pictures(draw: Callable, values: dict[str, np.ndarray], size: int, details: tuple[str, ...]) -> tuple:
    """Draw all pictures, a batch at a time: `draw(values, size)` returns the canvas of one.

    Returns images (N, 3, size, size) float32 in [−1, 1], segments (N, size, size) uint8, and masks by name, bool.
    """
    count, step = len(next(iter(values.values()))), max(1, BATCH // size**2)
    images = torch.empty(count, 3, size, size)
    segments = torch.empty(count, size, size, dtype=torch.uint8)
    masks = {name: torch.empty(count, size, size, dtype=torch.bool) for name in details}
    for start in range(0, count, step):
        part = slice(start, start + step)
        canvas = draw({name: numbers[part] for name, numbers in values.items()}, size)
        images[part] = torch.from_numpy(canvas.pictures() / np.float32(127.5) - 1)
        segments[part] = torch.from_numpy(canvas.parts)
        for name, mask in canvas.masks.items():
            masks[name][part] = torch.from_numpy(mask > MARKED)
    return images, segments, masks
