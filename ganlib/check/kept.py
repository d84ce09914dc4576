"""What is kept beside the notebook, so that a kernel that starts again knows it: verdicts, quiz letters, cells.

One file of JSON lines, `check_state.jsonl`. A check adds its lines at the end in one go, so two open notebooks can
share the file, and a torn line costs itself alone. In a notebook only; `GANLIB_STATE=off` in the environment keeps
nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ganlib.check import kernel
from ganlib.check.kernel import is_aside

NAME = "check_state.jsonl"
LARGEST, TIDY_FROM = 50 * 2**20, 2**20  # bytes: what is ever read, and from where on outdated lines are dropped
NOW: dict[str, Record] = {}  # what this kernel has found, by id
SAID: set[str] = set()
UP_TO = {"cells": 0}  # so many cells of this kernel are in the file


@dataclass(frozen=True)
class Record:
    """A verdict ("06-2"), a quiz answer ("06-q1"), or a cell that was run beside them ("06").

    outcome: as in `Verdict`, "" of a cell.  letters: a quiz's.  source: the cell's.  when: seconds since 1970.
    """

    id: str
    outcome: str = ""
    letters: str = ""
    source: str = ""
    when: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """Of records with the same key only the last one counts."""
        return (self.id, "" if self.outcome else self.source)


def remember(record: Record) -> None:
    """Note a verdict or a quiz answer of this kernel, and keep it, with the cells that were run since the last one.

    An answer that is not there yet never takes the place of one that is kept.
    """
    NOW[record.id] = record
    if path() is None:
        return
    cells = kernel.history()
    new = [Record(record.id[:2], source=cell, when=record.when) for cell in cells[UP_TO["cells"] :] if is_aside(cell)]
    if record.outcome != "not yet" or (record.source and record.id not in latest()):
        new.append(record)
    if add(new):
        UP_TO["cells"] = len(cells)


def path() -> Path | None:
    """Return where the file is or would be; None where nothing is kept."""
    if kernel.shell() is None or os.environ.get("GANLIB_STATE") == "off":
        return None
    return kernel.folder() / NAME


def records() -> list[Record]:
    """Return what is kept, oldest first. A file that can't be read is named in one line, and counts as empty."""
    place = path()
    if place is None:
        return []
    try:
        parts = [parsed(line) for line in lines_of(place)]
    except OSError as error:
        say_once(f"{NAME} can't be read ({reason(error)}): what was passed last time is not shown.")
        return []
    found = [one for one in parts if one is not None]
    if parts and not found:
        say_once(f"{NAME} can't be read: what was passed last time is not shown.")
    elif len(found) < len(parts):
        say_once(f"{NAME}: {len(parts) - len(found)} of {len(parts)} lines can't be read and are passed over.")
    return found


def latest() -> dict[str, Record]:
    """Return the last verdict or quiz answer that is kept, by id."""
    return {one.id: one for one in records() if one.outcome}


def add(new: list[Record]) -> bool:
    """Keep further records, and say whether that could be done; if not, a line says why, and the exercise goes on."""
    place = path()
    if place is None or not new:
        return place is not None
    text = "".join(json.dumps(asdict(one)) + "\n" for one in new)
    try:
        set_aside_if_foreign(place)
        with place.open("ab", buffering=0) as file:
            file.write((text if ends_with_a_line(place) else "\n" + text).encode())
        tidy(place)
    except OSError as error:
        say_once(
            f"This is not kept for next time: {NAME} can't be written ({reason(error)}). All else works; after a "
            "restart of the kernel, run all cells again."
        )
        return False
    return True


def lines_of(place: Path) -> list[str]:
    """Return the lines of the file that hold something.

    Raises:
        OSError: if it is no plain file, or too large to be one of ours.
    """
    if not place.exists():
        return []
    if not place.is_file():
        raise OSError("it is no file")
    if place.stat().st_size > LARGEST:
        raise OSError("it is too large")
    text = place.read_text(encoding="utf-8", errors="replace")
    return [line for line in text.split("\n") if line.strip()]


def parsed(line: str) -> Record | None:
    """Return a line's record, None if it is no such thing."""
    try:
        values = json.loads(line)
        kept: dict[str, Any] = {field.name: values[field.name] for field in fields(Record)}
        good = all(isinstance(kept[name], str) for name in ("id", "outcome", "letters", "source")) and kept["id"]
        if not good:
            return None
        kept["when"] = min(max(float(kept["when"]), 0.0), 1e11)
        return Record(**kept)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def set_aside_if_foreign(place: Path) -> None:
    """Give another name to a file of which no line is ours, so that nothing of it is lost."""
    lines = lines_of(place)
    if not lines or any(parsed(line) is not None for line in lines):
        return
    number = 1
    while (aside := place.with_name(f"{NAME}.unreadable-{number}")).exists():
        number += 1
    place.rename(aside)
    say_once(f"{NAME} could not be read: it is now called {aside.name}, and a new one begins.")


def ends_with_a_line(place: Path) -> bool:
    with place.open("rb") as file:
        file.seek(max(place.stat().st_size - 1, 0))
        return file.read() in (b"", b"\n")


def tidy(place: Path) -> None:
    """Drop what newer lines have replaced, once the file has grown; lines that can't be read stay."""
    if place.stat().st_size < TIDY_FROM:
        return
    lines = lines_of(place)
    last = {one.key: number for number, one in enumerate(map(parsed, lines)) if one is not None}
    stay = set(last.values())
    kept = [line for number, line in enumerate(lines) if number in stay or parsed(line) is None]
    if len(kept) < len(lines) / 2:
        draft = place.with_name(f".{NAME}.{os.getpid()}")
        with contextlib.suppress(OSError):  # a file that somebody else has open stays as it is: nothing is lost
            draft.write_text("\n".join(kept) + "\n", encoding="utf-8")
            if len(lines_of(place)) == len(lines):  # no other kernel has written meanwhile
                draft.replace(place)
            draft.unlink(missing_ok=True)


def say_once(text: str) -> None:
    """Print a line about the file, once a kernel."""
    if text not in SAID:
        SAID.add(text)
        print(text)


def reason(error: OSError) -> str:
    return error.strerror or str(error)
