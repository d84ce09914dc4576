"""Data sets that torchvision downloads and checks, and folders of images: all brought to one `Dataset` shape."""

from __future__ import annotations

import gzip
import math
import shutil
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ganlib.data.dataset import Dataset
from ganlib.runtime import cache_folder

CELEBA_LIMIT = 20_000  # images at 64x64: 1 GB as float32; the whole set would take 10 GB


class DownloadError(RuntimeError):
    """The files of a data set are not on disk and cannot be fetched, or are damaged."""


@dataclass(frozen=True)
class External:
    """How torchvision calls a data set, and what it is."""

    cls: str
    what: str


DOWNLOADED = {
    "mnist": External("MNIST", "70,000 handwritten digits, 28x28, 10 classes, 12 MB"),
    "fashion_mnist": External("FashionMNIST", "70,000 pieces of clothing, 28x28, 10 classes, 31 MB"),
    "cifar10": External("CIFAR10", "60,000 photographs, 32x32 RGB, 10 classes, 170 MB"),
    "celeba": External("CelebA", "202,599 faces, RGB, 40 attributes, 1.4 GB"),
}


def load_external(name: str, split: str, size: int | None, limit: int | None, source: str | Path | None) -> Dataset:
    """Return a torchvision data set as a `Dataset`; the arguments are those of `ganlib.data.load`."""
    parts = ("train", "test") if split == "all" else (split,)
    sets = [_open(name, part, source) for part in parts]
    if name == "celeba":
        return _celeba(sets, size or 64, limit or CELEBA_LIMIT)
    images = torch.cat([torch.as_tensor(np.asarray(part.data)) for part in sets])
    images = images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2)
    labels = torch.cat([torch.as_tensor(part.targets) for part in sets]).long()
    return Dataset(name, _to_unit(images), labels, tuple(str(label) for label in sets[0].classes))


def _to_unit(images: torch.Tensor) -> torch.Tensor:
    """Map uint8 0..255 to float32 -1..1."""
    return images.to(torch.float32).div_(127.5).sub_(1)


def _open(name: str, part: str, source: str | Path | None):
    """Open one split with torchvision, which fetches what is missing and checks each file's MD5."""
    import torchvision

    cls = getattr(torchvision.datasets, DOWNLOADED[name].cls)
    root = cache_folder()
    chosen = {"split": part} if name == "celeba" else {"train": part == "train"}
    if source is not None:
        _place(Path(source), cls, root)
    _drop_damaged(cls, root)
    try:
        return cls(root, download=True, **chosen)
    except Exception as error:  # torchvision raises anything from URLError to zipfile's own
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise DownloadError(
            f"{name} could not be fetched ({reason}). Without a network use an offline set: "
            f"load('digits'). If you have the files, pass their folder: load({name!r}, source='folder')."
        ) from error


def _place(source: Path, cls, root: Path) -> None:
    """Copy files that the user already has to where torchvision looks for them; MNIST's are unpacked on the way.

    Many copies of MNIST are packed otherwise than the official one: so the content is checked, not the MD5.
    """
    if not source.is_dir():
        raise DownloadError(f"there is no folder {source}: source must hold the files that a download would fetch")
    if not hasattr(cls, "resources"):
        target = root / "celeba" if cls.__name__ == "CelebA" else root
        target.mkdir(parents=True, exist_ok=True)
        for file in source.iterdir():
            if file.is_file() and not (target / file.name).exists():
                shutil.copy(file, target / file.name)
        return
    target = root / cls.__name__ / "raw"
    target.mkdir(parents=True, exist_ok=True)
    for archive, _ in cls.resources:
        unpacked = target / Path(archive).stem
        if (source / archive).is_file() and not _is_whole_idx(unpacked):
            try:
                unpacked.write_bytes(gzip.decompress((source / archive).read_bytes()))
            except (OSError, EOFError, zlib.error) as error:
                raise DownloadError(f"{source / archive} is damaged ({error}): fetch it again") from error


def _drop_damaged(cls, root: Path) -> None:
    """Delete unpacked files that are cut short, which torchvision would not notice, so that they are made anew."""
    for archive, _ in getattr(cls, "resources", []):
        unpacked = root / cls.__name__ / "raw" / Path(archive).stem
        if unpacked.is_file() and not _is_whole_idx(unpacked):
            unpacked.unlink()


def _is_whole_idx(path: Path) -> bool:
    """Say whether a file of the idx format (LeCun 1998) is as long as its header promises."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(4)
        if len(head) < 4 or head[:3] != b"\0\0\x08":
            return False
        sizes = file.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        return False
    shape = struct.unpack(f">{head[3]}I", sizes)
    return path.stat().st_size == 4 + 4 * len(shape) + math.prod(shape)


def _celeba(sets: list, size: int, limit: int) -> Dataset:
    """Read `limit` faces, cropped to the square around the face, at `size` pixels, with their 40 attributes."""
    from torch.utils.data import ConcatDataset
    from torchvision.transforms import v2

    steps = [v2.CenterCrop(160), v2.Resize(size, antialias=True), v2.PILToTensor()]
    for part in sets:
        part.transform = v2.Compose(steps)
    together = ConcatDataset(sets)
    index = np.linspace(0, len(together) - 1, min(limit, len(together))).round().astype(int)
    pairs = [together[int(i)] for i in index]
    attributes = torch.stack([attribute for _, attribute in pairs])
    attribute_names = [name for name in sets[0].attr_names if name]
    return Dataset(
        "celeba",
        _to_unit(torch.stack([image for image, _ in pairs])),
        attributes={name: attributes[:, i] for i, name in enumerate(attribute_names)},
    )
