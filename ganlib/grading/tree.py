"""What lies in a folder and in the zip files in it, and how to read one file of it. Nothing is ever unpacked to disk.

Nothing is opened that is not a plain file: a link, a pipe or a device may be anything.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from ganlib.grading.layouts import IGNORED, is_archive, shown
from ganlib.grading.parse import LARGEST_FILE

DEEPEST, MOST_ENTRIES = 40, 200_000
LARGEST_ZIP, LARGEST_INNER, LARGEST_LIST = 4 * 2**30, 200 * 2**20, 8 * 2**20
MOST_MEMBERS, RATIO, ZIPS_DEEP = 20_000, 200, 2
TOO_LARGE = f"The file is larger than {LARGEST_FILE // 2**20} MiB: clear the outputs and save it again."
BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error, struct.error)


class UnreadableError(Exception):
    """A file can't be read; the message says why, to the student."""


@dataclass(frozen=True)
class Source:
    """How to read a file: its path, and within zip files the place and name of a member, from outside in."""

    path: Path
    members: tuple[tuple[int, str], ...] = ()

    def read(self) -> bytes:
        """Return the file's content.

        Raises:
            UnreadableError: if it is no plain file, too large, gone, or changed while it was read.
        """
        try:
            with opened(self.path) as file:
                return self.inside(file, self.members)
        except (OSError, *BROKEN) as error:
            raise UnreadableError(f"The file can't be read: {getattr(error, 'strerror', None) or error}.") from error

    def inside(self, file: BinaryIO, members: tuple[tuple[int, str], ...]) -> bytes:
        """Return the content of a member of a member …, or of the file itself."""
        if not members:
            return limited(file, LARGEST_FILE)
        (place, name), *rest = members
        with archive(file) as outer:
            infos = outer.infolist()
            if place >= len(infos) or infos[place].filename != name:
                raise UnreadableError("The zip file changed while it was read: run the same command again.")
            with outer.open(infos[place]) as member:
                if not rest:
                    return limited(member, LARGEST_FILE)
                return self.inside(io.BytesIO(limited(member, LARGEST_INNER)), tuple(rest))


@dataclass
class Node:
    """A file, or a folder or zip file with what is in it. problem: why it can't be read."""

    name: str
    source: Source
    children: list[Node] | None = None
    time: float | None = None
    link: bool = False
    problem: str = ""
    parts: tuple[str, ...] = field(default=())

    @property
    def archive(self) -> bool:
        return self.children is not None and is_archive(self.name)

    @property
    def place(self) -> str:
        """The path below the folder of submissions, to be shown."""
        return "/".join(shown(part) for part in self.parts)

    def add(self, child: Node) -> None:
        """Put an entry into a folder or a zip file."""
        assert self.children is not None
        self.children.append(child)

    def files(self) -> Iterator[Node]:
        """Yield all files below, and the folders and zip files that can't be read."""
        if self.children is None or self.problem:
            yield self
        for child in self.children or ():
            yield from child.files()


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a plain file, and nothing else; raise UnreadableError otherwise."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableError(f"The file can't be opened, or is only a link: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableError("This is no plain file.")
    with open(descriptor, "rb") as file:
        yield file


def limited(file: IO[bytes], most: int) -> bytes:
    """Read a file that must not be larger than `most` bytes, whatever it says of itself."""
    data = file.read(most + 1)
    if len(data) > most:
        raise UnreadableError(TOO_LARGE)
    return data


@contextmanager
def archive(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """Open a zip file after a look at how long its list of members is: Python reads all of that list into memory."""
    size = file.seek(0, os.SEEK_END)
    if size > LARGEST_ZIP:
        raise UnreadableError(f"The zip file is larger than {LARGEST_ZIP // 2**30} GiB.")
    file.seek(max(0, size - 65_535 - 22 - 20))
    tail = file.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) - end < 22:
        raise UnreadableError("The file is no zip file, or was cut off: download it again.")
    (length,) = struct.unpack_from("<L", tail, end + 12)
    if length > LARGEST_LIST or tail[max(0, end - 20) : end].startswith(b"PK\6\7"):
        raise UnreadableError(f"The zip file holds more than {MOST_MEMBERS} files: unpack it yourself.")
    with zipfile.ZipFile(file) as opened_zip:
        if len(opened_zip.infolist()) > MOST_MEMBERS:
            raise UnreadableError(f"The zip file holds more than {MOST_MEMBERS} files: unpack it yourself.")
        yield opened_zip


def tree(folder: Path) -> Node:
    """Return all that lies in a folder, its zip files opened.

    Raises:
        ValueError: if there is too much.
    """
    root = Node("", Source(folder), [])
    grow(root, [MOST_ENTRIES], 0)
    return root


def grow(parent: Node, left: list[int], depth: int) -> None:
    """Fill a folder of the disk. left: how many entries may still come."""
    try:
        entries = sorted(os.scandir(parent.source.path), key=lambda entry: entry.name)
    except OSError as error:
        parent.problem = f"The folder can't be opened: {error.strerror}."
        return
    for entry in entries:
        if IGNORED.match(entry.name):
            continue
        spend(left)
        node = Node(entry.name, Source(Path(entry.path)), parts=(*parent.parts, entry.name))
        parent.add(node)
        try:
            node.link, node.time = entry.is_symlink(), entry.stat(follow_symlinks=False).st_mtime
        except OSError as error:
            node.problem = f"The file can't be opened: {error.strerror}."
            continue
        if entry.is_dir(follow_symlinks=False):
            node.children = []
            if depth + 1 >= DEEPEST:
                node.problem = f"Folders are nested more than {DEEPEST} deep: put the notebook further up."
            else:
                grow(node, left, depth + 1)
        elif is_archive(entry.name):
            node.children = []
            unzip(node, left)


def unzip(node: Node, left: list[int]) -> None:
    """Fill a zip file of the disk with the names in it; one that holds too much costs nobody else."""
    most = min(MOST_MEMBERS, left[0])
    own = [most]
    try:
        with opened(node.source.path) as file:
            fill(node, file, own)
        left[0] -= most - own[0]
    except TooMuchError:
        node.children, node.problem = [], f"The zip file holds more than {most} files: unpack it yourself."
    except UnreadableError as error:
        node.problem = str(error)
    except (OSError, *BROKEN) as error:
        node.problem = f"The zip file can't be read: {error}."


def fill(node: Node, file: BinaryIO, left: list[int]) -> None:
    """Fill a zip file with the names in it, and those of zip files in it."""
    with archive(file) as content:
        folders: dict[tuple[str, ...], Node] = {(): node}
        for place, info in enumerate(content.infolist()):
            parts = tuple(part for part in name_of(info).split("/") if part not in ("", ".", ".."))
            if not parts or any(IGNORED.match(part) for part in parts):
                continue
            spend(left)
            if len(parts) > DEEPEST:
                node.problem = f"Folders are nested more than {DEEPEST} deep: put the notebook further up."
                continue
            for depth in range(1, len(parts) + info.is_dir()):
                if parts[:depth] not in folders:
                    one = Node(parts[depth - 1], node.source, [], parts=(*node.parts, *parts[:depth]))
                    folders[parts[: depth - 1]].add(one)
                    folders[parts[:depth]] = one
            if info.is_dir():
                continue
            source = Source(node.source.path, (*node.source.members, (place, info.filename)))
            member = Node(parts[-1], source, time=time_of(info), parts=(*node.parts, *parts), problem=wrong(info))
            folders[parts[:-1]].add(member)
            if is_archive(member.name) and not member.problem:
                member.children = []
                nested(member, content, info, left)


def nested(member: Node, content: zipfile.ZipFile, info: zipfile.ZipInfo, left: list[int]) -> None:
    """Fill a zip file that lies in another."""
    if len(member.source.members) >= ZIPS_DEEP:
        member.problem = "The zip file lies too deep in other zip files: hand in the notebook itself."
        return
    try:
        with content.open(info) as file:
            fill(member, io.BytesIO(limited(file, LARGEST_INNER)), left)
    except UnreadableError as error:
        member.problem = str(error)
    except (OSError, *BROKEN) as error:
        member.problem = f"The zip file can't be read: {error}."


def spend(left: list[int]) -> None:
    """Count an entry."""
    left[0] -= 1
    if left[0] < 0:
        raise TooMuchError(f"there are more than {MOST_ENTRIES} files: name the folder of submissions alone")


class TooMuchError(Exception):
    """There is more than anybody grades; no ValueError, which a broken zip file raises, too."""


def name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name with plain slashes; old programs wrote UTF-8 or anything without saying so."""
    name = info.filename
    if not info.flag_bits & 0x800:
        name = os.fsdecode(name.encode("cp437", "replace"))
    return name.replace("\\", "/")


def wrong(info: zipfile.ZipInfo) -> str:
    """Return why a member is not to be read, "" if it may be."""
    if stat.S_ISLNK(info.external_attr >> 16):
        return "This is only a link: hand in the file itself."
    if info.flag_bits & 1:
        return "The zip file has a password: hand in the notebook itself."
    if info.file_size > 2**20 and info.file_size > RATIO * info.compress_size:
        return f"The file in the zip is more than {RATIO} times as large as it is packed: hand in the notebook itself."
    return ""


def time_of(info: zipfile.ZipInfo) -> float | None:
    """Return a member's time, which zip files keep in local time; 1980 is what they write if they do not know."""
    try:
        return datetime(*info.date_time).timestamp() if info.date_time[0] > 1980 else None
    except (ValueError, OverflowError, OSError):
        return None
