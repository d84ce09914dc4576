"""From marks to what can be entered and sent back: points, tables, a page, feedback."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ganlib.grading.grade import Mark
from ganlib.grading.report import feedback, likeness, quizzes, tables
from ganlib.grading.report.book import Book, Student, entry_of, noted, order, with_absent
from ganlib.grading.report.compare import report as differences  # noqa: F401
from ganlib.grading.report.late import Rule
from ganlib.grading.report.options import Rules
from ganlib.grading.report.overrides import begin, matched, place_of
from ganlib.grading.report.page import page
from ganlib.grading.report.spreadsheet import plain
from ganlib.grading.roster import Person, matches, strangers

FOLDER = "feedback"
MADE_FOR = '<meta name="generator" content="ganlib grade {}">'


def make_book(
    tasks: list, every: list[Mark], merged: list[Mark], rules: Rules, roster: Iterable[Person] = (), about: str = ""
) -> Book:
    """Return the book of all marks.

    every: the marks of all files; merged: the better one of each student and exercise.
    roster: who should have handed in.
    """
    people, strange = on_roster(list(roster), [task.handed for task in tasks])
    alike = likeness.notes(tasks)
    asked = quizzes.marks(tasks)
    found = [noted(mark, alike.get((mark.student, mark.file, mark.exercise))) for mark in merged]
    found = with_absent([*found, *asked], people)
    late = lateness(tasks, [*every, *asked], rules.late)
    by_hand, warnings = matched(rules.overrides, found)
    students: dict[str, list] = {}
    for mark in sorted(found, key=lambda one: (one.student, order(one.exercise))):
        over, override = (
            late.get((mark.student, mark.exercise, mark.outcome)),
            by_hand.get((mark.student, mark.exercise)),
        )
        entry = entry_of(mark, rules.points, override, rules.late.said(over), rules.late.cost(over))
        students.setdefault(mark.student, []).append(entry)
    numbers = {task.handed.student: task.handed.student_id for task in tasks if task.handed.rule == "Canvas"}
    known = tuple(student_of(name, entries, people, numbers) for name, entries in students.items())
    return Book(known, about, tuple(map(plain, (*warnings, *strange, *about_times(tasks, rules.late)))))


def on_roster(roster: list[Person], submissions: list) -> tuple[dict[str, Person], list[str]]:
    """Return the people by the names of students, the absent among them, and a warning if students are on no roster."""
    people = matches(roster, submissions)
    there, taken = set(people.values()), {handed.student for handed in submissions}
    for person in roster:
        if person not in there:
            name = person.name if person.name not in taken else f"{person.name} ({person.id or person.email})"
            taken.add(name)
            people[name] = person
    strange = strangers(roster, submissions) if roster else []
    said = f"on no line of the roster, or on several: {', '.join(strange)}. Ids and emails are missing there"
    return people, [said] if strange else []


def about_times(tasks: list, rule: Rule) -> list[str]:
    """Return warnings about when files were handed in, which is all that `--due` has to go by."""
    times = [task.handed.handed_at for task in tasks if not task.problem]
    if rule.due is None or not times:
        return []
    unknown = sum(time is None for time in times)
    said = [f"when {unknown} of {len(times)} files were handed in is not known: they count as in time"] * (unknown > 0)
    if all(rule.lateness(time) for time in times):
        said.append("all files are late: was their time lost when they were copied or unpacked?")
    return said


def student_of(name: str, entries: list, people: dict[str, Person], canvas: dict[str, str]) -> Student:
    person = people.get(name, Person(""))
    return Student(name, tuple(entries), person.name, person.id, person.email, canvas.get(name, ""))


def lateness(tasks: list, marks: list[Mark], rule: Rule) -> dict[tuple[str, str, str], timedelta]:
    """Return how late each (student, exercise, outcome) was; of several files with one outcome, the earliest counts."""
    files = {(task.handed.student, task.handed.file): task.handed for task in tasks}
    found: dict[tuple[str, str, str], list[timedelta | None]] = {}
    for mark in marks:
        handed = files.get((mark.student, mark.file))
        late = rule.lateness(handed.handed_at, handed.late) if handed else None
        found.setdefault((mark.student, mark.exercise, mark.outcome), []).append(late)
    known = {place: [time for time in times if time is not None] for place, times in found.items()}
    return {place: min(times) for place, times in known.items() if len(times) == len(found[place])}


def write(book: Book, out: Path) -> Path:
    """Write all tables and pages beside `out`; return the page's path. A byte order mark tells Excel UTF-8; the tables
    for Moodle and Canvas have none.
    """
    names = feedback.file_names(student.name for student in book.students)
    folder, made_for = out.parent / FOLDER, MADE_FOR.format(re.sub(r"[^\w.-]", "_", out.name))
    stem, place = out.stem, out.with_suffix(".html")
    put(out, tables.marks(book), "utf-8-sig")
    put(out.with_name(f"{stem}-totals.csv"), tables.totals(book, names), "utf-8-sig")
    put(out.with_name(f"{stem}-statistics.csv"), tables.of_statistics(book), "utf-8-sig")
    put(out.with_name(f"{stem}-moodle.csv"), tables.moodle(book))
    put(out.with_name(f"{stem}-canvas.csv"), tables.canvas(book))
    put(place, page(book))
    begin(place_of(out))
    folder.mkdir(exist_ok=True)
    for student in book.students:
        put(folder / names[student.name], feedback.page(student).replace("<title>", f"{made_for}<title>", 1))
    for path in set(folder.glob("*.html")) - {folder / name for name in names.values()}:
        with contextlib.suppress(OSError):  # of an earlier run of the same table: it may be out of date
            if made_for in path.read_text(encoding="utf-8", errors="replace")[:2_000]:
                path.unlink()
    return place


def put(path: Path, content: str, encoding: str = "utf-8") -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(path.name + ".tmp")
    fresh.write_text(content, encoding=encoding, errors="replace")
    fresh.replace(path)
