"""The book of marks: what the grader found, with points, lateness and what was set by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ganlib.grading.grade import OUTCOMES, Mark
from ganlib.grading.report.overrides import Override
from ganlib.grading.report.points import Points, is_question

ABSENT = "not handed in"
ALL_OUTCOMES = (*OUTCOMES, ABSENT)


@dataclass(frozen=True)
class Entry:
    """One exercise or question of one student as it counts. mark: as the grader found it.

    points: before anything is deducted.  late: in words, "" if in time.  override: what was set by hand, if anything.
    """

    mark: Mark
    outcome: str
    points: float
    possible: float
    deducted: float = 0.0
    late: str = ""
    override: Override | None = None

    @property
    def notebook(self) -> str:
        return self.mark.exercise[:2]


@dataclass(frozen=True)
class Sum:
    """Points of several entries."""

    points: float
    deducted: float
    possible: float

    @property
    def total(self) -> float:
        return self.points - self.deducted


@dataclass(frozen=True)
class Student:
    """Who was graded, under the name of the files.

    full_name, id, email: from the roster; canvas_id: from Canvas's file names.  "" if not known.
    """

    name: str
    entries: tuple[Entry, ...]
    full_name: str = ""
    id: str = ""
    email: str = ""
    canvas_id: str = ""

    @property
    def late(self) -> str:
        """Return what is late, in words: of all notebooks the first that is."""
        return next((entry.late for entry in self.entries if entry.late), "")

    def of(self, notebook: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.notebook == notebook]


@dataclass(frozen=True)
class Book:
    """All students with their entries, and what should be told beside."""

    students: tuple[Student, ...]
    about: str = ""
    warnings: tuple[str, ...] = field(default=())

    def exercises(self) -> list[tuple[str, str]]:
        """Return (id, name) of all that was marked, by notebook; questions last."""
        found = {entry.mark.exercise: entry.mark.name for one in self.students for entry in one.entries}
        return sorted(found.items(), key=lambda item: order(item[0]))

    def notebooks(self) -> list[str]:
        return list(dict.fromkeys(name[:2] for name, _ in self.exercises()))


def order(name: str) -> tuple[str, bool, int]:
    """Return what sorts "06-2" before "06-10" and both before "06-q1"."""
    notebook, number = name.split("-", 1)
    return notebook, is_question(name), int(number.lstrip("q") or 0)


def summed(entries: Iterable[Entry]) -> Sum:
    rows = [(entry.points, entry.deducted, entry.possible) for entry in entries]
    return Sum(*(round(sum(column), 6) for column in zip(*rows))) if rows else Sum(0.0, 0.0, 0.0)


def entry_of(mark: Mark, points: Points, override: Override | None, late: str, cost: float) -> Entry:
    """Return how a mark counts. Points that were set by hand stand as they are: nothing is deducted from them."""
    possible = points.of(mark.exercise)
    outcome = override.outcome if override and override.outcome else mark.outcome
    won = possible if outcome == "pass" else 0.0
    if override is not None and override.points is not None:
        won, cost = override.points, 0.0
    return Entry(mark, outcome, won, possible, won * cost, late, override)


def with_absent(marks: list[Mark], names: Iterable[str]) -> list[Mark]:
    """Return the marks, and one "not handed in" for all that somebody on the roster has none of."""
    due = {mark.exercise: mark.name for mark in marks}
    there = {(mark.student, mark.exercise) for mark in marks}
    return [*marks, *(Mark(name, exercise, title, ABSENT) for name in names for exercise, title in due.items()
                      if (name, exercise) not in there)]  # fmt: skip


def noted(mark: Mark, note: str | None) -> Mark:
    return replace(mark, notes=(*mark.notes, note)) if note else mark
