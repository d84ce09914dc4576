"""Handwritten digits that are there without a network, restored from 8x8 block counts to sharp 32x32 pictures."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from ganlib.data.dataset import Dataset

BLOCK = 4  # each stored number counts the ink in a block of 4x4 pixels of the original 32x32 scan
HELD_OUT = 500  # images kept for evaluation: 50 a class or so


def restore(counts: torch.Tensor, iterations: int = 12) -> torch.Tensor:
    """Find a smooth black-and-white picture whose block counts are exactly the given ones.

    Each block of 4x4 pixels holds as many ink pixels as its count says; which ones is decided by where the picture,
    blurred, is darkest, again and again until the strokes are smooth. The block average of the result, times 16,
    equals the input (Kaynak 1995 made the counts from 32x32 scans; this inverts the averaging).

    counts: (N, 8, 8) whole numbers from 0 to 16 -> (N, 1, 32, 32) float, 0 or 1.

    Raises:
        ValueError: if a count is not a whole number from 0 to 16.
    """
    counts = counts.to(torch.float32)
    wrong = counts[(counts != counts.round()) | (counts < 0) | (counts > BLOCK**2)]
    if len(wrong):
        raise ValueError(f"counts must be whole numbers from 0 to 16, but {len(wrong)} are not, as {wrong[0]}")
    kernel = _blur_kernel(sigma=1.1)
    picture = F.interpolate(counts[:, None] / 16, scale_factor=BLOCK, mode="bicubic", align_corners=False)
    for _ in range(iterations):
        blurred = F.conv2d(F.pad(picture, (3, 3, 3, 3), mode="replicate"), kernel)
        picture = _darkest(blurred, counts)
    return picture


def _blur_kernel(sigma: float) -> torch.Tensor:
    """Return a 7x7 Gaussian whose sum is 1."""
    line = torch.exp(-(torch.arange(-3, 4).float() ** 2) / (2 * sigma**2))
    square = line[:, None] * line[None, :]
    return (square / square.sum())[None, None]


def _darkest(picture: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """In each block set the `count` darkest pixels to 1 and the others to 0."""
    blocks = F.pixel_unshuffle(picture, BLOCK).permute(0, 2, 3, 1).contiguous()  # (N, 8, 8, 16)
    order = blocks.argsort(dim=-1, descending=True, stable=True)
    ink = (torch.arange(BLOCK**2) < counts[..., None]).float()
    return F.pixel_shuffle(torch.zeros_like(blocks).scatter_(-1, order, ink).permute(0, 3, 1, 2), BLOCK)


def load_digits(split: str, device: torch.device | str = "cpu") -> Dataset:
    """Return the restored digits of scikit-learn (1,797 of the UCI optical recognition set; Kaynak 1995).

    split: "train" (1,297 images), "test" (500, the same fraction of every class) or "all".
    The split is a fixed function of the order in which scikit-learn stores them.
    """
    images, labels = _restored()
    test = _stratified(labels, HELD_OUT)
    keep = {"train": ~test, "test": test, "all": torch.ones_like(test)}[split]
    names = tuple(str(digit) for digit in range(10))
    return Dataset("digits", images[keep].to(device), labels[keep].to(device), names)


@cache
def _restored() -> tuple[torch.Tensor, torch.Tensor]:
    """Return all images and labels; restoring takes a second, so they are kept (callers copy what they take)."""
    rows = torch.from_numpy(np.loadtxt(_table(), delimiter=",", dtype=np.int64))
    counts, labels = rows[:, :-1].unflatten(1, (8, 8)), rows[:, -1]
    return torch.cat([restore(part) for part in counts.split(450)]) * 2 - 1, labels


def _table() -> Path:
    """Return scikit-learn's file of digits, 64 counts and a label in each row, without its import of a second.

    Raises:
        FileNotFoundError: if scikit-learn is not installed, or keeps the file elsewhere.
    """
    package = importlib.util.find_spec("sklearn")
    origin = package and package.origin
    path = Path(origin).parent / "datasets" / "data" / "digits.csv.gz" if origin else None
    if not path or not path.is_file():
        raise FileNotFoundError("scikit-learn's file of digits is not there: pip install -U scikit-learn")
    return path


def _stratified(labels: torch.Tensor, n: int) -> torch.Tensor:
    """Mark `n` positions, spread evenly over the set within each class: (N,) bool."""
    order = torch.argsort(labels, stable=True)
    chosen = order[torch.linspace(0, len(labels) - 1, n).round().long()]
    mask = torch.zeros(len(labels), dtype=torch.bool)
    mask[chosen] = True
    return mask
