"""Faces drawn by the course, of which everything is known: attributes, parts, and where the fine details lie.

`load_sketch_faces` gives a `Dataset`; `draw` turns attributes back into the same pictures; `change` draws the same
faces again with some attributes changed.
"""

from __future__ import annotations

import numpy as np
import torch

from ganlib.data.dataset import Dataset
from ganlib.data.drawing import Canvas
from ganlib.data.drawing_batch import changed, checked, pictures, sampled
from ganlib.data.sketch_faces import body, features, hair, hats
from ganlib.data.sketch_faces import head as heads
from ganlib.data.sketch_faces.attributes import NAMES, RANGES, sample
from ganlib.data.sketch_faces.palette import DETAILS, PARTS

SIZES = {"train": 10_000, "test": 2_000}
CLASSES = ("woman", "woman with glasses", "man", "man with glasses")

__all__ = ["CLASSES", "DETAILS", "NAMES", "PARTS", "RANGES", "change", "draw", "load_sketch_faces", "sample"]


def load_sketch_faces(split: str = "train", size: int = 64, limit: int | None = None, seed: int = 0) -> Dataset:
    """Draw sketched faces: the first `limit` (10,000 of train, 2,000 of test) of an endless stream.

    split: "train", "test" (another stream), or "all": five of train for every one of test.
    size: 32 or 64, or any from 16 to 256: the same faces, drawn at that size.

    Raises:
        ValueError: for another size.
    """
    return draw(sampled(sample, split, limit, SIZES, seed), size)


def draw(attributes: dict, size: int = 64) -> Dataset:
    """Draw the faces that the attributes describe: the same numbers, the same pictures, bit for bit.

    attributes: all that `sample` returns or a data set's `attributes` hold, tensors or arrays of length N.

    Raises:
        ValueError: if an attribute is missing, has another length, or names a choice that there is not.
    """
    if not 16 <= size <= 256:
        raise ValueError(f"size must be from 16 to 256 pixels, not {size}")
    values = checked(attributes, NAMES, sample(1))
    images, segments, masks = pictures(_drawn, values, size, DETAILS)
    known = {name: torch.from_numpy(numbers) for name, numbers in values.items()}
    labels = 2 * known["presentation"] + (known["glasses"] > 0)
    return Dataset("sketch_faces", images, labels, CLASSES, known, NAMES, segments, PARTS, masks)


def change(data: Dataset, **attributes) -> Dataset:
    """Draw the same faces again with some attributes changed: `change(data, glasses="round", smile=1.0)`.

    Each attribute is one value for all faces, as a number or by its name, or a tensor of length N.

    Raises:
        ValueError: for an attribute or a name that there is not.
    """
    return draw(changed(data.attributes, NAMES, attributes), data.images.shape[-1]).to(data.images.device)


def _drawn(values: dict[str, np.ndarray], size: int) -> Canvas:
    """Draw one batch, back to front."""
    width, chin, jaw, square = heads.OUTLINES[values["face_shape"]].T
    man = values["presentation"].astype(np.float32)
    turn, tilt = values["turn"], values["tilt"]
    light = np.where(values["jitter"][:, 63] < 0.5, np.float32(-1), np.float32(1))
    more = {"width": width + np.float32(0.5) * man, "chin": chin, "jaw": jaw + np.float32(0.05) * man, "square": square,
            "light": light, "neck": 5 + np.float32(1.4) * man, "shoulders": 21 + 4 * man}  # fmt: skip
    canvas = Canvas({**values, **more}, size, DETAILS)
    head = canvas.turned((32, 31.5), 1.1, tilt * np.float32(0.087), turn * np.float32(1.2) + tilt * np.float32(2))
    body.draw_background(canvas)
    hair.draw_hair_behind(head)
    body.draw_body(canvas)
    for step in (heads.draw_head, heads.draw_beard, heads.draw_freckles, heads.draw_wrinkles, heads.draw_nose,
                 features.draw_mouth, heads.draw_moustache, features.draw_eyes, features.draw_brows,
                 hair.draw_hair_front, hair.draw_strands, heads.draw_earrings, features.draw_glasses,
                 hats.draw_hats):  # fmt: skip
        step(head)
    return canvas
