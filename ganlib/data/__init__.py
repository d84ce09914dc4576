"""Data sets behind one call: `load(name)` gives a `Dataset`, resident on the device.

Offline: digits, toy_faces; drawn: sketch_faces, detail_scenes. With a network, once: mnist, fashion_mnist, cifar10,
celeba. From disk: folders of images.
"""

from __future__ import annotations

from pathlib import Path

import torch

from ganlib.data.dataset import Dataset, augmented
from ganlib.data.detail_scenes import load_detail_scenes
from ganlib.data.digits import load_digits, restore
from ganlib.data.disk import DownloadError
from ganlib.data.external import DOWNLOADED, load_external
from ganlib.data.folder import load_folder
from ganlib.data.groups import grouped
from ganlib.data.sketch_faces import load_sketch_faces
from ganlib.data.toy_faces import load_toy_faces

OFFLINE = ("digits", "toy_faces", "sketch_faces", "detail_scenes")
DRAWN = {"sketch_faces": load_sketch_faces, "detail_scenes": load_detail_scenes}

__all__ = ["OFFLINE", "Dataset", "DownloadError", "augmented", "grouped", "load", "names", "restore"]


def names() -> dict[str, str]:
    """Return every name that `load` knows, with where its images come from."""
    return {
        "digits": "offline: 1,797 handwritten digits, 32x32, 10 classes",
        **{name: f"download on first use: {entry.what}" for name, entry in DOWNLOADED.items()},
        "toy_faces": "offline: the 2x2 pictures of notebook 05, 4 faces and 1 that is none",
        "sketch_faces": "offline: drawn RGB faces of known attributes, with segments and masks of fine details",
        "detail_scenes": "offline: drawn 64x64 RGB scenes with small text, textures, windows, leaves and birds, masked",
        "a folder's path": "your own images; sub-folders are classes",
    }


def load(
    name: str | Path,
    split: str = "train",
    *,
    size: int | None = None,
    limit: int | None = None,
    device: torch.device | str = "cpu",
    source: str | Path | None = None,
    seed: int | None = None,
) -> Dataset:
    """Load a data set by name, or a folder of images by path.

    name: one of `names()`, or a folder. split: "train", "test" or "all".
    size: side of the square images in pixels; None keeps the set's own (64 for CelebA and folders).
    limit: at most so many images, evenly spread over the set (CelebA: 20,000 unless said otherwise).
        A drawn set has no end: there it is the number of images, of which the first are always the same.
    device: where the whole set then lies, as float32.
    source: a folder that holds a copy of what a download would fetch, itself or below (see `ganlib.data.sources`).
    seed: of the drawn sets: another seed, other pictures; None is 0.

    Raises:
        ValueError: for an unknown name or split, a limit below 1, or a seed for a set that is not drawn.
        DownloadError: if the files are not there and cannot be fetched, or are damaged.
    """
    _check(name, split, limit, seed)
    if isinstance(name, str) and name in DRAWN:
        return DRAWN[name](split, size=64 if size is None else size, limit=limit, seed=seed or 0).to(device)
    if name == "digits":
        data = load_digits(split)
    elif name == "toy_faces":
        data = load_toy_faces(split)
    elif name in DOWNLOADED:
        data = load_external(str(name), split, size, limit, source)
    elif Path(name).is_dir():
        data = load_folder(Path(name), split, 64 if size is None else size, limit)
    else:
        raise ValueError(f"there is no data set {str(name)!r}: use one of {', '.join(names())}")
    if limit is not None and limit < len(data):
        data = data.take(torch.linspace(0, len(data) - 1, limit).round().long())
    if size is not None:
        data = data.resized(size)
    return data.to(device)


def _check(name: str | Path, split: str, limit: int | None, seed: int | None) -> None:
    """Refuse what no data set has."""
    if split not in ("train", "test", "all"):
        raise ValueError(f"there is no split {split!r}: use 'train', 'test' or 'all'")
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1 image, not {limit}")
    if seed is not None and name not in DRAWN:
        raise ValueError(f"seed is for the drawn sets {', '.join(DRAWN)}: {str(name)!r} is always the same")
