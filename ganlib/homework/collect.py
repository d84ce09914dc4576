"""What lies in the folder of submissions: who handed in what. Nothing is opened that is not a plain file."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from ganlib.homework.parse import LARGEST_FILE

NOTEBOOKS = (".ipynb", ".json")
IGNORED = re.compile(r"^(\..*|__MACOSX|Thumbs\.db|desktop\.ini)$")
HAND_IN = re.compile(r"^hand_in_\d\d_")
DEEPEST, MOST_FILES = 5, 50


@dataclass(frozen=True)
class Handed:
    """One file of one student.

    problem: why it can't be read, "" if it can.  handed_at: when it was last changed, in seconds since 1970.
    late: the platform's own flag.  student_id: the platform's, as in its file names, or "".
    """

    student: str
    file: str
    data: bytes = b""
    problem: str = ""
    handed_at: float | None = None
    late: bool = False
    student_id: str = ""

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def collect(folder: Path) -> list[Handed]:
    """Return every student's files, by student: `folder/NAME.ipynb` or `folder/NAME/anything.ipynb`.

    Raises:
        ValueError: if there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}: name the one that holds the submissions")
    found: list[Handed] = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if IGNORED.match(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            found += of_folder(Path(entry.path), shown(entry.name))
        else:
            found.append(read(Path(entry.path), student_of(entry.name), entry.name))
    if not found:
        raise ValueError(f"{folder} holds no submissions")
    return found


def student_of(name: str) -> str:
    """Return whose a file is: its name without ending, and without what `check.hand_in` puts before."""
    return shown(HAND_IN.sub("", Path(name).stem)) or shown(name)


def of_folder(folder: Path, student: str) -> list[Handed]:
    """Return the notebooks in one student's folder; other files beside them are left alone."""
    paths = sorted(walk(folder, DEEPEST))
    notebooks = [path for path in paths if path.suffix.lower() in NOTEBOOKS]
    if len(notebooks) > MOST_FILES:
        return [
            Handed(student, shown(folder.name), problem=f"There are more than {MOST_FILES} notebooks in the folder.")
        ]
    if not notebooks:
        other = f", only {shown(paths[0].name)}" if paths else ""
        return [Handed(student, shown(folder.name), problem=f"There is no notebook in the folder{other}.")]
    return [read(path, student, str(path.relative_to(folder.parent))) for path in notebooks]


def walk(folder: Path, depth: int) -> list[Path]:
    """Return the files below a folder; links to folders are not followed."""
    found: list[Path] = []
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return found
    for entry in entries:
        if IGNORED.match(entry.name):
            continue
        if not entry.is_dir(follow_symlinks=False):
            found.append(Path(entry.path))
        elif depth > 1:
            found += walk(Path(entry.path), depth - 1)
    return found


def read(path: Path, student: str, name: str) -> Handed:
    """Read a plain file, or say why it is not read: a link, a pipe or a device may be anything."""
    name = shown(name)
    if path.suffix.lower() not in NOTEBOOKS:
        return Handed(student, name, problem=f"{name} is no notebook: hand in the file that ends in .ipynb.")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return Handed(student, name, problem=f"The file can't be opened, or is only a link: {error.strerror}.")
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return Handed(student, name, problem="This is no plain file.")
        if about.st_size > LARGEST_FILE:
            problem = f"The file is larger than {LARGEST_FILE // 2**20} MiB: clear the outputs and save it again."
            return Handed(student, name, problem=problem)
        return Handed(student, name, data=file.read(LARGEST_FILE + 1), handed_at=about.st_mtime)


def shown(name: str) -> str:
    """Return a name without what could spoil a table: control characters and undecodable bytes become `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in name).strip()[:200]
