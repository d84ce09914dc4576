"""Marks set by hand, in a table beside the marks that the grader reads and never changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ganlib.grading.grade import OUTCOMES, Mark
from ganlib.grading.report.spreadsheet import TornError, as_csv, plain, read

COLUMNS = ("student", "exercise", "outcome", "points", "comment")


@dataclass(frozen=True)
class Override:
    """One row: outcome "" and points None leave these as they are. exercise: an id or a name."""

    line: int
    student: str
    exercise: str
    outcome: str
    points: float | None
    comment: str


def place_of(out: Path) -> Path:
    return out.with_name(f"{out.stem}-override.csv")


def read_overrides(path: Path) -> list[Override]:
    """Return the rows of a table; none if there is no such file.

    Raises:
        TornError: if it can't be read, or a row says what can't be.
    """
    if not path.exists():
        return []
    found = []
    for line, row in read(path, COLUMNS[:2]):
        where = f"{path}, line {line}"
        outcome, points = row.get("outcome", "").lower(), row.get("points", "").replace(",", ".")
        if not row["student"] or not row["exercise"]:
            raise TornError(f"{where}: name the student and the exercise")
        if outcome and outcome not in OUTCOMES:
            raise TornError(f"{where}: there is no outcome {outcome!r}, only {', '.join(OUTCOMES)}")
        comment = row.get("comment", "")
        found.append(Override(line, row["student"], row["exercise"], outcome, number_of(points, where), comment))
    return found


def number_of(points: str, where: str) -> float | None:
    try:
        value = float(points) if points else None
    except ValueError:
        value = -1.0
    if value is not None and not 0 <= value <= 10_000:
        raise TornError(f"{where}: points must be a number from 0 to 10000, not {points!r}")
    return value


def begin(path: Path) -> None:
    """Write an empty table to fill in, unless there is a file."""
    if not path.exists():
        path.write_text(as_csv(COLUMNS, []), encoding="utf-8-sig")


def matched(overrides: Iterable[Override], marks: Iterable[Mark]) -> tuple[dict[tuple[str, str], Override], list[str]]:
    """Return the overrides by (student, exercise id) of the marks, and a warning for each row that is not used."""
    places = {}
    for mark in marks:
        for exercise in (mark.exercise, mark.name, f"{mark.exercise} {mark.name}"):
            places[plain(mark.student).strip(), exercise] = (mark.student, mark.exercise)
    students, found, warnings = {student for student, _ in places}, {}, []
    for one in overrides:
        place = places.get((one.student, one.exercise))
        if place is None:
            why = f"{one.student} has no exercise {one.exercise}; names are for instance 06-2 and loss_D"
            why = why if one.student in students else f"there is no student {one.student}"
            warnings.append(f"override, line {one.line}, is not used: {why}")
            continue
        if place in found:
            warnings.append(f"override, line {found[place].line}, is not used: line {one.line} is of the same mark")
        found[place] = one
    return found, warnings
