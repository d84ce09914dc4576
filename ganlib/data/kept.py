"""Scaled pictures kept in the cache folder, so that a folder of photographs is unpacked once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from ganlib.data.disk import write_whole
from ganlib.runtime import cache_folder

MOST = 2 * 2**30  # bytes in all; what was used least lately goes
FORMAT = "ganlib-pictures-1"
UNFINISHED = 3600  # seconds after which a file that nobody finished is nobody's


def key(files: list[Path], **settings) -> str:
    """Return a name that changes with any file's path, length or time, and with any of the settings."""
    known = [(os.fspath(path.absolute()), *_length_and_time(path)) for path in files]
    return hashlib.sha256(json.dumps([FORMAT, known, settings]).encode()).hexdigest()[:32]


def _length_and_time(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:  # a link that leads nowhere: reading it will say so
        return -1, -1
    return stat.st_size, stat.st_mtime_ns


def recall(name: str) -> tuple[torch.Tensor, dict[str, str]] | None:
    """Return the pictures, (N, 3, H, W) uint8, and the notes kept under a key; None if none are, or damaged ones."""
    with contextlib.suppress(OSError, SafetensorError, KeyError, ValueError):
        path = _folder() / f"{name}.safetensors"
        with safe_open(path, "pt") as file:
            images, notes = file.get_tensor("images"), json.loads(file.metadata()["notes"])
        with contextlib.suppress(OSError):  # used now
            os.utime(path)
        return images, notes
    return None


def keep(name: str, images: torch.Tensor, notes: dict[str, str]) -> None:
    """Keep pictures and notes under a key, if there is room. Without a cache that can be written, nothing happens."""
    if images.numel() > MOST:
        return
    with contextlib.suppress(OSError):
        content = save({"images": images.contiguous()}, {"notes": json.dumps(notes)})
        write_whole(_folder() / f"{name}.safetensors", content)
        _make_room(_folder())


def _folder() -> Path:
    return cache_folder() / "pictures"


def _make_room(folder: Path) -> None:
    """Delete what was left unfinished, and the least lately used files until the rest fits."""
    ages = {}
    for path in folder.iterdir():
        with contextlib.suppress(OSError):  # another process was quicker
            ages[path] = path.stat()
    room = MOST
    for path, stat in sorted(ages.items(), key=lambda item: item[1].st_mtime, reverse=True):
        unfinished = path.suffix == ".part"
        room -= stat.st_size
        if room < 0 and not unfinished or unfinished and time.time() - stat.st_mtime > UNFINISHED:
            with contextlib.suppress(OSError):
                path.unlink()
