"""The smallest data set of the course: pictures of 2×2 pixels, tilted faces and one that is none (lecture 004)."""

from __future__ import annotations

import torch

from ganlib.data.dataset import Dataset

# Pixels row by row: top left, top right, bottom left, bottom right. White is 0, black is 1.
FACES = ((0.5, 0.0, 0.0, 0.5), (1.0, 0.5, 0.5, 1.0), (1.0, 0.0, 0.0, 1.0), (1.0, 0.5, 0.0, 1.0))
NO_FACES = ((0.25, 1.0, 0.5, 0.75),)
CLASSES = ("no face", "face")


def from_pixels(pixels: torch.Tensor) -> torch.Tensor:
    """Map the lecture's values, white 0 and black 1, to the course's images: 2·pixels − 1, so that −1 is paper.

    pixels: (N, 4), row by row -> images: (N, 1, 2, 2) in [−1, 1].

    Raises:
        ValueError: for another shape.
    """
    pixels = torch.as_tensor(pixels)
    if pixels.ndim != 2 or pixels.shape[1] != 4:
        raise ValueError(f"pixels must have the shape (N, 4), four numbers a picture, not {tuple(pixels.shape)}")
    return (2 * pixels - 1).reshape(-1, 1, 2, 2)


def to_pixels(images: torch.Tensor) -> torch.Tensor:
    """Undo `from_pixels`: images (N, 1, 2, 2) in [−1, 1] -> the lecture's values (N, 4), white 0 and black 1.

    Raises:
        ValueError: for another shape.
    """
    if images.shape[1:] != (1, 2, 2):
        raise ValueError(f"images must have the shape (N, 1, 2, 2), not {tuple(images.shape)}")
    return (images.flatten(1) + 1) / 2


def load_toy_faces(split: str) -> Dataset:
    """Return the lecture's five pictures: four faces (label 1) and one that is no face (label 0).

    split: "train", "test" or "all", which are the same: five pictures are too few to keep any back.
    `attributes["pixels"]`, (N, 4), holds the lecture's own values, white 0 and black 1; `images` holds 2·pixels − 1.
    """
    pixels = torch.tensor(FACES + NO_FACES)
    labels = torch.tensor([1] * len(FACES) + [0] * len(NO_FACES))
    return Dataset("toy_faces", from_pixels(pixels), labels, CLASSES, {"pixels": pixels})
