"""Folders of the user's own pictures, as cameras, drawing programs and operating systems leave them."""

from __future__ import annotations

import os
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from ganlib.data import kept, picture
from ganlib.data.dataset import Dataset
from ganlib.progress_line import progress

PICTURES = (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".heif")
SYSTEM = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"}
PARTS = {"train": ("train", "training"), "test": ("test", "testing", "val", "valid", "validation")}
THREADS = min(8, os.cpu_count() or 1)  # Pillow unpacks without holding the interpreter
NAMED = 3  # files that a message names


def load_folder(folder: Path, split: str, size: int, limit: int | None) -> Dataset:
    """Read a folder of pictures as RGB squares; sub-folders, if there are any, are the classes, in natural order.

    A folder that holds both train/ and test/ (or val/) gives these as its splits, and nothing else of it is read. Of
    any other folder every tenth picture is the test split. Each picture is turned upright, put on white, scaled and
    cropped to its middle square (`ganlib.data.picture`). What is hidden or a system's own counts for nothing. One that
    cannot be read is left out, which is said. The result is kept in the cache until a file changes.

    Raises:
        ValueError: if no picture is there, or more than half cannot be read.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel, not {size}")
    files, classes = _of_split(folder, split)
    if not files:
        raise ValueError(f"no images for the split {split!r} in {folder}: it should hold {', '.join(PICTURES)} files")
    if limit is not None and limit < len(files):
        files = [files[int(i)] for i in np.linspace(0, len(files) - 1, limit).round()]
    images, left_out = _read(folder, files, size)
    if left_out:
        print(f"{folder.name}: {len(left_out)} of {_pictures(len(files))} left out: {_named(left_out)}")
    images = images.to(torch.float32).div_(127.5).sub_(1)
    if len(classes) < 2:
        return Dataset(folder.name, images)
    labels = [classes.index(path.parent.name) for path in files if _name(path, folder) not in left_out]
    return Dataset(folder.name, images, torch.tensor(labels), tuple(classes))


def _of_split(folder: Path, split: str) -> tuple[list[Path], list[str]]:
    """Return the files of a split, and the classes of all splits, so that a class has one number in each."""
    files = _pictures_in(folder)
    tops = {_top(path, folder) for path in files}
    parts = {part: next((name for name in names if name in tops), None) for part, names in PARTS.items()}
    if all(parts.values()):
        of_part = {part: [path for path in files if _top(path, folder) == name] for part, name in parts.items()}
        used = of_part["train"] + of_part["test"]
        if others := len(files) - len(used):
            print(f"{folder.name}: {_pictures(others)} outside {parts['train']}/ and {parts['test']}/ not used")
        chosen = used if split == "all" else of_part[split]
    else:
        used = files
        chosen = [path for i, path in enumerate(files) if split == "all" or (i % 10 == 9) == (split == "test")]
    places = {path.parent for path in used}
    if all(parts.values()) and all(place.parent == folder for place in places):
        return chosen, []  # train/ and test/ themselves are no classes
    return chosen, sorted({place.name for place in places}, key=_natural)


def _top(path: Path, folder: Path) -> str | None:
    """Return the name, in small letters, of the sub-folder of `folder` in which a picture lies."""
    return None if path.parent == folder else path.relative_to(folder).parts[0].casefold()


def _pictures_in(folder: Path) -> list[Path]:
    """Return all pictures below a folder in natural order, without what is hidden or a system's own."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        found += [Path(place, name) for name in names if not _is_hidden(name) and name.lower().endswith(PICTURES)]
    return sorted(found, key=lambda path: [_natural(part) for part in path.relative_to(folder).parts])


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in SYSTEM


def _natural(name: str) -> tuple:
    """Return a key that sorts 2 before 10: text and numbers by turns, then the name itself."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def _read(folder: Path, files: list[Path], size: int) -> tuple[torch.Tensor, dict[str, str]]:
    """Return the pictures that can be read, (N, 3, size, size) uint8, and why each of the others cannot, by its name.

    Raises:
        ValueError: if that are more than half.
    """
    import PIL

    name = kept.key(files, size=size, pillow=PIL.__version__)
    if (found := kept.recall(name)) is not None:
        return found
    squares = _unpacked(files, size, folder.name)
    left_out = {_name(path, folder): square for path, square in zip(files, squares) if isinstance(square, str)}
    if 2 * len(left_out) > len(files):
        raise ValueError(f"{len(left_out)} of {_pictures(len(files))} in {folder} cannot be read ({_named(left_out)})")
    good = [square for square in squares if not isinstance(square, str)]
    images = torch.from_numpy(picture.brought_to_bytes(good)).permute(0, 3, 1, 2).contiguous()
    kept.keep(name, images, left_out)
    return images, left_out


def _unpacked(files: list[Path], size: int, label: str) -> list[np.ndarray | picture.Deep | str]:
    """Unpack all files with several threads while a line says how far it is; a file that cannot be read gives why."""
    from PIL import Image

    def read(path: Path) -> np.ndarray | picture.Deep | str:
        try:
            return picture.read_square(path, size)
        except Exception as error:  # Pillow raises nearly anything for a damaged file, also SyntaxError
            return picture.reason(error)

    Image.init()  # all formats, before several threads need one
    pool = ThreadPoolExecutor(THREADS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the pictures' own making: sizes, metadata
        try:
            return list(progress(pool.map(read, files), len(files), label=label, unit="pictures"))
        finally:
            pool.shutdown(cancel_futures=True)


def _name(path: Path, folder: Path) -> str:
    return os.fspath(path.relative_to(folder))


def _pictures(count: int) -> str:
    return f"{count:,} picture" + ("" if count == 1 else "s")


def _named(left_out: dict[str, str]) -> str:
    """Name the first few files and why they cannot be read."""
    several = [f"{name}: {reason}" for name, reason in list(left_out.items())[:NAMED]]
    return "; ".join(several) + (f"; and {len(left_out) - NAMED:,} more" if len(left_out) > NAMED else "")
