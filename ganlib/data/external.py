"""Data sets that torchvision downloads and checks, brought to the one `Dataset` shape."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ganlib.data import idx, sources
from ganlib.data.dataset import Dataset
from ganlib.data.disk import DownloadError, alone
from ganlib.runtime import cache_folder

CELEBA_LIMIT = 20_000  # images at 64x64: 1 GB as float32; the whole set would take 10 GB
PATIENCE = 30  # seconds without a byte after which a server counts as silent


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
    sets = _open(name, parts, source)
    if name == "celeba":
        return _celeba(sets, size or 64, limit or CELEBA_LIMIT)
    images = torch.cat([torch.as_tensor(np.asarray(part.data)) for part in sets])
    images = images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2)
    labels = torch.cat([torch.as_tensor(part.targets) for part in sets]).long()
    return Dataset(name, _to_unit(images), labels, tuple(str(label) for label in sets[0].classes))


def _to_unit(images: torch.Tensor) -> torch.Tensor:
    """Map uint8 0..255 to float32 -1..1."""
    return images.to(torch.float32).div_(127.5).sub_(1)


def _open(name: str, parts: tuple[str, ...], source: str | Path | None) -> list:
    """Open splits with torchvision, which fetches what is missing and checks each file's MD5.

    One process at a time does this: torchvision writes files under their last names, where others would read them.
    """
    import torchvision

    cls = getattr(torchvision.datasets, DOWNLOADED[name].cls)
    root = cache_folder()
    with alone(root / f".{name}.lock", f"fetching {name}"):
        if source is not None:
            root = sources.place(Path(source), name, cls, root)
        _drop_damaged(cls, root)
        try:
            with _patience(PATIENCE):
                chosen = [{"split": part} if name == "celeba" else {"train": part == "train"} for part in parts]
                return [cls(root, download=True, **which) for which in chosen]
        except Exception as error:  # torchvision raises anything from URLError to zipfile's own
            raise DownloadError(
                f"{name} could not be fetched ({_reason(error)}). Without a network use an offline set: "
                "load('digits'), --data digits. If you have the files, pass their folder: "
                f"load({name!r}, source='folder')."
            ) from error


@contextlib.contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Let connections that are opened meanwhile fail when nothing comes for so long: torchvision waits for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _reason(error: Exception) -> str:
    """Say in a few words why nothing was fetched."""
    if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
        return f"the server was silent for {PATIENCE} seconds: try again later"
    if isinstance(error.__context__, ModuleNotFoundError):  # torchvision needs it for this set alone, so do we
        missing = error.__context__.name
        return f"it comes from Google Drive, for which the package {missing} is needed: pip install {missing}"
    return str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__


def _drop_damaged(cls, root: Path) -> None:
    """Delete unpacked files that are cut short, which torchvision would not notice, so that they are made anew."""
    for archive, _ in getattr(cls, "resources", []):
        unpacked = root / cls.__name__ / "raw" / Path(archive).stem
        if unpacked.is_file() and not idx.is_whole(unpacked.read_bytes()):
            unpacked.unlink()


def _celeba(sets: list, size: int, limit: int) -> Dataset:
    """Read `limit` faces, cropped to the square around the face, at `size` pixels, with their 40 attributes."""
    from torch.utils.data import ConcatDataset
    from torchvision.transforms import v2

    steps = [v2.CenterCrop(160), v2.Resize(size, antialias=True), v2.PILToTensor()]
    for part in sets:
        part.transform = v2.Compose(steps)
    together: ConcatDataset[tuple[torch.Tensor, torch.Tensor]] = ConcatDataset(sets)
    index = np.linspace(0, len(together) - 1, min(limit, len(together))).round().astype(int)
    pairs = [together[int(i)] for i in index]
    attributes = torch.stack([attribute for _, attribute in pairs])
    attribute_names = [name for name in sets[0].attr_names if name]
    return Dataset(
        "celeba",
        _to_unit(torch.stack([image for image, _ in pairs])),
        attributes={name: attributes[:, i] for i, name in enumerate(attribute_names)},
    )
