"""A class of students for the tests of the grader's report, without a sandbox."""

from ganlib.check.catalogue import exercises
from ganlib.grading import batch, report
from ganlib.grading.collect import Handed
from ganlib.grading.grade import Mark
from ganlib.grading.parse import Cell
from ganlib.grading.report.late import Rule
from ganlib.grading.report.options import Rules
from ganlib.grading.report.points import read_points

OF_06 = tuple(one.name for one in exercises().values() if one.id.startswith("06"))


class Task:
    """What the report reads of a `batch.Task`."""

    def __init__(self, student, file="", due=OF_06, cells=(), problem="", quizzes=None, **handed):
        self.handed, self.due, self.cells = Handed(student, file or f"{student}.ipynb"), due, cells
        self.problem, self.quizzes = problem, quizzes or {}
        for name, value in handed.items():
            object.__setattr__(self.handed, name, value)


def answer(source, exercise="06-2", number=1):
    return Cell(number, f"# EXERCISE: {exercise} (keep this line)\n{source}")


def mark(student, exercise="06-2", outcome="pass", hint="", notes=(), file=""):
    names = {one.id: one.name for one in exercises().values()}
    return Mark(student, exercise, names[exercise], outcome, hint, notes, file or f"{student}.ipynb")


def book_of(marks, tasks=(), late=Rule(), overrides=(), points=None, roster=()):  # noqa: B008
    rules = Rules(points or read_points(), late, list(overrides))
    return report.make_book(list(tasks), marks, batch.merged(marks), rules, roster, "about <b>")


def entries(book):
    return {(student.name, entry.mark.exercise): entry for student in book.students for entry in student.entries}
