"""`grade FOLDER --list`: who is taken for a student, before anything is graded."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ganlib.grading.collect import Collection, Handed
from ganlib.grading.roster import Person, absent, strangers


def listing(found: Collection, roster: Iterable[Person] = ()) -> str:
    """Return each student with his or her files and the rule that recognised them; then notes and warnings."""
    roster = list(roster)
    students: dict[str, list[Handed]] = {}
    for handed in found.handed:
        students.setdefault(handed.student, []).append(handed)
    lines = []
    for student, files in students.items():
        number = files[0].student_id
        about = f"{student}  (id {number})" if number and not student.endswith(f"({number})") else student
        lines += [about, *(f"    {line(one)}" for one in files)]
    lines += [f"not handed in: {name}" for name in absent(roster, found.handed)]
    lines += [f"note: {note}" for note in found.notes]
    lines += [f"warning: {warning}" for warning in warnings(found, roster)]
    return "\n".join([*lines, f"{len(students)} students, {len(found.handed)} files; nothing is graded yet"])


def line(handed: Handed) -> str:
    """Return what is known of one file."""
    at = time.strftime("%Y-%m-%d %H:%M", time.localtime(handed.handed_at)) if handed.handed_at is not None else ""
    parts = [handed.file, f"by {handed.rule}", at, "late" if handed.late else "", handed.problem]
    return "  ".join(part for part in parts if part)


def warnings(found: Collection, roster: Iterable[Person] = ()) -> list[str]:
    """Return what to look at before grading: several people in one, and who is not on the roster."""
    roster = list(roster)
    strange = strangers(roster, found.handed) if roster else []
    return [*found.warnings, *(f"{name} is on no line of the roster, or on several" for name in strange)]
