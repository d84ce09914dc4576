"""The book as tables: marks, totals, statistics, and what Moodle and Canvas import."""

from __future__ import annotations

from ganlib.grading.report.book import ALL_OUTCOMES, Book, Entry, Student, summed
from ganlib.grading.report.spreadsheet import as_csv
from ganlib.grading.report.statistics import statistics

MARKS = ("student", "exercise", "name", "outcome", "points", "possible", "graded", "late", "hint", "notes", "comment",
         "file")  # fmt: skip


def marks(book: Book) -> str:
    """Return one row a student and exercise. graded: what the grader found, where something else was set by hand."""
    return as_csv(MARKS, (mark_row(student.name, entry) for student in book.students for entry in student.entries))


def mark_row(student: str, entry: Entry) -> list:
    mark, by_hand = entry.mark, entry.override
    return [student, mark.exercise, mark.name, entry.outcome, entry.points, entry.possible,
            mark.outcome if by_hand else "", entry.late, mark.hint, "; ".join(mark.notes),
            by_hand.comment if by_hand else "", mark.file]  # fmt: skip


def totals(book: Book, feedback: dict[str, str]) -> str:
    """Return one row a student. feedback: the name of each student's page."""
    notebooks = book.notebooks()
    rows = []
    for one in book.students:
        whole = summed(one.entries)
        rows.append(
            [
                one.name,
                one.id,
                one.email,
                *(of_notebook(one, number) for number in notebooks),
                whole.points,
                whole.deducted,
                whole.total,
                whole.possible,
                one.late,
                feedback.get(one.name, ""),
            ]
        )
    head = ["student", "id", "email", *(f"notebook {number}" for number in notebooks), "points", "deducted", "total",
            "possible", "late", "feedback"]  # fmt: skip
    return as_csv(head, rows)


def of_notebook(student: Student, number: str) -> float | None:
    """Return a student's total in a notebook, None if none of it is due."""
    entries = student.of(number)
    return summed(entries).total if entries else None


def possible(book: Book, number: str) -> float:
    """Return how many points there are in a notebook."""
    return max(summed(student.of(number)).possible for student in book.students)


def title(number: str) -> str:
    return f"GAN notebook {number}"


def moodle(book: Book) -> str:
    """Return the table for Moodle's grade import: whoever imports it maps one of the first columns and the grades.

    Source: https://docs.moodle.org/en/Grade_import
    """
    rows = (
        [one.full_name or one.name, one.id, one.email, *(of_notebook(one, number) for number in book.notebooks())]
        for one in book.students
    )
    return as_csv(["Full name", "ID number", "Email address", *map(title, book.notebooks())], rows)


def canvas(book: Book) -> str:
    """Return the table for Canvas's gradebook import, which finds students by ID, SIS ids or, failing these, name.

    Source: the guide "How do I import grades in the Gradebook?" of Canvas.
    """
    notebooks = book.notebooks()
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *map(title, notebooks)]
    rows = [["Points Possible", "", "", "", "", *(possible(book, number) for number in notebooks)]]
    for one in book.students:
        known = [one.full_name or one.name, one.canvas_id, one.id, one.email, ""]
        rows.append([*known, *(of_notebook(one, number) for number in notebooks)])
    return as_csv(head, rows)


def of_statistics(book: Book) -> str:
    """Return one row for each outcome of an exercise, and for each hint that was given."""
    rows = []
    for one in statistics(book):
        total = one.outcomes.total()
        counts = [("outcome", name, one.outcomes[name]) for name in ALL_OUTCOMES if one.outcomes[name]]
        for kind, text, count in [*counts, *(("hint", text, count) for text, count in one.hints)]:
            rows.append([one.exercise, one.name, kind, text, count, count / total])
    return as_csv(["exercise", "name", "kind", "text", "students", "share"], rows)
