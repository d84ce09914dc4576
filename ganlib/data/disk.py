"""Files that other processes may read or write at the same time."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class DownloadError(OSError):
    """The files of a data set are not on disk and cannot be fetched, or are damaged."""


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a place to write a file that is moved to `path` when it is whole: there it is never seen in part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write or replace a file at once, with the mode that the user's umask gives."""
    with _whole(path) as unfinished:
        unfinished.write_bytes(content)


def make_sure(folder: Path, size: int = 1) -> None:
    """Make a folder, and write and delete `size` bytes in it: what will be needed at the end is missed at the start.

    Raises:
        OSError: with a sentence that says what to do, if that does not work.
    """
    probe = folder / f".room.{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            write_whole(probe, bytes(size))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        room = f"; {size / 1e6:.0f} MB are needed" if size > 1e6 else ""
        raise OSError(f"can't write to {folder} ({error.strerror or error}{room}): choose another --out") from error


def copy_whole(source: Path, path: Path) -> None:
    """Copy a file's content at once; its mode is not copied, but the one that the user's umask gives."""
    with _whole(path) as unfinished:
        shutil.copyfile(source, unfinished)


@contextlib.contextmanager
def alone(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock file `path`, as one process at a time can; if it has to wait, say what the other is `doing`.

    The system lets go of it when a process ends in whatever way. Without locks (Windows, some network disks) all go on.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            file = stack.enter_context(path.open("a"))
            _hold(file, doing)
        yield


def _hold(file, doing: str) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"another process is {doing}: waiting for it")
        fcntl.flock(file, fcntl.LOCK_EX)
