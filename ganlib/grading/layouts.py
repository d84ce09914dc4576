"""Whose a file or folder is, by its name: check.hand_in's own, and those of learning platforms.

Moodle: `Anna Müller_12345_assignsubmission_file_` (a folder or the start of a file's name; new ones lack the last `_`).
Canvas: `muelleranna_LATE_340934_208490284_06.ipynb`, with the user's number and the submission's.
nbgrader's exchange: `anna+06+2026-11-20 23:59:00 UTC`. Google Classroom: `Anna Müller - 06_vanilla_gan.ipynb`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

NOTEBOOKS = (".ipynb", ".ipynb.txt", ".ipynb.json", ".json")
ARCHIVE = ".zip"
LONGEST_NAME = 200
IGNORED = re.compile(r"^(\..*|__MACOSX|Thumbs\.db|desktop\.ini)$")
PLATFORMS = ("Moodle", "Canvas", "nbgrader")  # whose names nobody writes by hand
HAND_IN = re.compile(r"^hand_in_\d\d_(.+)$", re.DOTALL)
MOODLE = re.compile(r"^(.+)_(\d+)_assignsubmission_(?:file|onlinetext)(?:_.*)?$", re.DOTALL)
CANVAS = re.compile(r"^([^_]+?)_(?:(LATE)_)?(\d+)_(\d+)_.+$", re.DOTALL | re.IGNORECASE)
EXCHANGE = re.compile(r"^(.+)\+[^+]+\+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)?(?: \S+)?$", re.DOTALL)
TITLE = r"(?:Copy of )?(?:\d\d_\w+|hand_in_\d\d_.+)"
CLASSROOM = re.compile(rf"^(.+?) - {TITLE}$", re.DOTALL)
COPY = re.compile(r"(?: ?\(\d+\)|-Copy\d+| - Copy)+$")
LESSON = re.compile(r"^\d\d_[a-z_]+")
ASSIGNMENT = re.compile(r"^(?:\d{1,2}|\d\d_\w+|(?:hw|homework|week|exercise|assignment|ps|lab|sheet)[ _-]?\d+)$", re.I)


@dataclass(frozen=True)
class Who:
    """Whose a file is. rule: what told so; sure: whether that rule names a person, and not any file or folder."""

    name: str
    rule: str
    id: str = ""
    late: bool = False
    handed_at: float | None = None
    sure: bool = True


def who(name: str, folder: bool = False) -> Who:
    """Return whose a file or folder of this name is."""
    stem = name if folder else without_ending(name)
    bare = COPY.sub("", stem)
    if match := MOODLE.match(stem):
        return Who(shown(match[1]), "Moodle", match[2])
    if match := CANVAS.match(stem):
        return Who(shown(match[1]), "Canvas", match[3], late=match[2] is not None)
    if match := EXCHANGE.match(stem):
        return Who(shown(match[1]), "nbgrader", handed_at=moment(match[2]))
    if match := CLASSROOM.match(bare):
        return Who(shown(match[1]), "Google Classroom")
    if match := HAND_IN.match(bare):
        return Who(shown(match[1]), "check.hand_in")
    if not folder and LESSON.match(stem):
        return Who(shown(stem), "the notebook's own name: it does not say whose it is", sure=False)
    return Who(shown(stem if folder else bare) or shown(name), "folder" if folder else "file", sure=False)


def moment(text: str) -> float | None:
    """Return the seconds since 1970 of nbgrader's time, which is in UTC."""
    try:
        return datetime.fromisoformat(f"{text}+00:00").timestamp()
    except ValueError:
        return None


def is_notebook(name: str) -> bool:
    return name.lower().endswith(NOTEBOOKS)


def is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVE)


def without_ending(name: str) -> str:
    """Return a file's name without its ending, however a browser doubled it."""
    for ending in (".ipynb.txt", ".ipynb.json"):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return PurePath(name).stem


def shown(name: str) -> str:
    r"""Return a name for tables: NFC, on one line, and no two names alike.

    Bytes that are not UTF-8, control characters and backslashes become escapes such as `\xe4`; of a long name the
    end becomes a digest of the whole.
    """
    text = "".join(escaped(letter) for letter in unicodedata.normalize("NFC", name)).strip()
    if len(text) <= LONGEST_NAME:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{text[: LONGEST_NAME - 9]}…{digest}"


def escaped(letter: str) -> str:
    """Return a letter as it may stand in a table."""
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # how Python writes a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(letter) == "Zs":
        return " "
    if letter.isprintable() and letter != "\\":
        return letter
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
