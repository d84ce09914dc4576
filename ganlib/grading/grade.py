"""One submission: its cells go into a sandbox, raw numbers come out, and the judge looks at them here."""

from __future__ import annotations

import platform
import re
import sys
import time
import warnings
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ganlib.check.catalogue import of_notebook
from ganlib.check.drive import Failure
from ganlib.check.exercise import Exercise, Verdict, judge
from ganlib.grading.parse import Cell
from ganlib.grading.sandbox.box import Box, NoSandboxError
from ganlib.grading.sandbox.inside import wire
from ganlib.grading.sandbox.job import Job, StoppedError

OUTCOMES = ("pass", "fail", "not done", "timeout", "crashed", "rejected")
ATTEMPTS = 5  # an exercise is tried again without a cell of another one that ended Python before its turn
OVERWRITTEN = re.compile(r"\bcheck(\.\w+)?[ \t]*=[^=]|\b(def|class)[ \t]+check\b|setattr\([ \t]*check\b")
CHECK_CALL = re.compile(r"\bcheck\.(?!quiz\b)")  # the quiz's calls are its answers
FROM_VERDICT = {"passed": "pass", "wrong": "fail", "error": "fail", "not yet": "not done"}


@dataclass(frozen=True)
class Mark:
    """What one exercise of one student came to. outcome: one of OUTCOMES; seconds: by the clock."""

    student: str
    exercise: str
    name: str
    outcome: str
    hint: str = ""
    notes: tuple[str, ...] = ()
    file: str = ""
    seconds: float = 0.0


@dataclass
class Told:
    """What a student's process says of itself. lacking: libraries that were not there; library: what it called of
    ganlib.
    """

    lacking: tuple[str, ...] = ()
    library: tuple[str, ...] = ()


def grade(cells: Sequence[Cell], exercises: Iterable[Exercise], box: Box, seed: int, python: str = "") -> list[Mark]:
    """Judge each exercise on inputs drawn from `seed`; the box is closed, and starts anew, whenever one goes wrong.

    python: the version that the notebook was saved with.
    """
    marks, without, began = [], frozenset(), time.monotonic()
    for exercise in exercises:
        started = time.monotonic()
        answers, told = answer_cells(cells, exercise.id), Told()
        outcome = "not done"
        hint = f"There is no cell with the line `# EXERCISE: {exercise.id} (keep this line)`."
        if answers and time.monotonic() - began > box.limits.submission:
            outcome = "timeout"
            hint = f"The exercises before this one took more than {box.limits.submission:g} seconds, so it was not run."
        elif answers:
            try:
                outcome, hint, without = attempts(box, cells, answers, exercise, seed, without, told)
                hint += explained(outcome, hint, told, python)
            except NoSandboxError:
                raise
            except Exception as error:  # the grader's or the course's mistake, perhaps brought about by the student
                box.close()
                outcome, hint = "crashed", f"The grader could not judge this ({type(error).__name__}: {error})."
        notes = tuple(remarks(cells, answers, exercise, outcome, told))
        seconds = round(time.monotonic() - started, 2)
        marks.append(Mark("", exercise.id, exercise.name, outcome, hint, notes, seconds=seconds))
    return marks


def answer_cells(cells: Sequence[Cell], name: str) -> list[Cell]:
    """Return the cells that hold an exercise's answer; of several, those still as handed out do not count."""
    marked = [cell for cell in cells if name in cell.exercises]
    return [cell for cell in marked if not cell.stub] or marked


def attempts(
    box: Box,
    cells: Sequence[Cell],
    answers: list[Cell],
    exercise: Exercise,
    seed: int,
    without: frozenset[int],
    told: Told,
) -> tuple[str, str, frozenset[int]]:
    """Run and judge one exercise; return its outcome, its hint, and the cells that are better left out from now on.

    told: is filled with what the last process said of itself.
    """
    own = {cell.number for cell in answers}
    further = [cell for cell in cells if goes_on_with(cell, exercise.name) and cell.number not in own]
    others = [one.name for one in of_notebook(exercise.id[:2]) if one.id != exercise.id]
    call = {"exercise": exercise.id, "name": exercise.name, "others": others, "drive": exercise.drive}
    ways, tries = ["sparing", "in order", "all first"], 0
    while ways and tries < ATTEMPTS:
        tries += 1
        plan = planned(cells, own, without, all_first=ways[0] == "all first")
        plan += [planned_cell(cell, answer=True, further=True) for cell in further if cell.number not in without]
        job = box.job(call | {"cells": plan, "sparing": ways[0] == "sparing"})
        try:
            verdict = conversation(job, exercise, seed, told)
        except StoppedError as stop:
            box.close()
            if job.cell is None or job.cell in own | without:
                return stop.outcome, str(stop), without
            without |= {job.cell}  # another cell did this: it costs its own exercise, not this one
            continue
        job.finish()
        said = " ".join([verdict.hint, *verdict.details])
        done = FROM_VERDICT[verdict.outcome], said, without
        if verdict.outcome in ("passed", "not yet"):
            return done
        ways = ways[1:] if job.spared else ["all first"] * (ways[0] != "all first")
        if ways == ["all first"] and "NameError" not in said:
            return done  # nothing is missing that a cell further down could give, as in a notebook run out of order
    return done if not ways else ("crashed", "Cells before this one ended Python again and again.", without)


def planned(cells: Sequence[Cell], own: set[int], without: frozenset[int], all_first: bool) -> list[dict]:
    """Return the cells to run for one exercise, in order, up to its last answer.

    all_first: every other cell of the notebook is run before.
    """
    last = max(own)
    others = [cell for cell in cells if cell.number not in own and cell.number not in without]
    if all_first:
        chosen = [*others, *(cell for cell in cells if cell.number in own)]
    else:
        chosen = [cell for cell in cells if cell.number <= last and (cell.number in own or cell in others)]
    return [planned_cell(cell, answer=cell.number in own) for cell in chosen]


def planned_cell(cell: Cell, answer: bool, further: bool = False) -> dict:
    return {"number": cell.number, "source": cell.source, "answer": answer, "further": further}


def goes_on_with(cell: Cell, name: str) -> bool:
    """Say whether a cell, itself no answer, adds to a class of that name or derives one of the same name from it."""
    adds = rf"^[ \t]*{name}\.\w+[ \t]*=[^=]|^[ \t]*setattr\([ \t]*{name}\b|^class[ \t]+{name}\([ \t]*{name}[ \t]*\)"
    return not cell.exercises and re.search(adds, cell.source, re.MULTILINE) is not None


def conversation(job: Job, exercise: Exercise, seed: int, told: Told) -> Verdict:
    """Wait until the answer is there, then let the judge ask.

    Raises:
        StoppedError: if the job had to be ended.
    """
    kind, _, fields = job.ask()
    job.spared = fields.get("spared") is True
    told.lacking = names_in(fields, "lacking")
    if kind == "missing":
        return missing(exercise, fields)
    if kind != "ready":
        raise StoppedError("rejected", "The program wrote into the grader's own channel.")
    job.cell = None  # from here on only the answer runs

    def run(inputs: dict) -> dict | Failure:
        kind, values, fields = job.ask(wire.pack("case", inputs))
        if kind == "failure":
            return Failure(*(word(fields, key) for key in ("error", "message", "line")))
        if kind != "values":
            raise StoppedError("rejected", "The program wrote into the grader's own channel.")
        told.library = names_in(fields, "library")
        return {name: regular(value) for name, value in values.items()}

    rng = np.random.default_rng([seed, zlib.crc32(exercise.id.encode())])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return judge(exercise, run, rng)


def regular(value: object) -> object:
    """Return a value as it came; what makes no array of its own becomes a word, which equals nothing that is due."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value)):
        return "a table"
    try:
        np.asarray(value)
    except (ValueError, OverflowError):
        return "a list of unequal parts"
    return value


def word(fields: dict, key: str) -> str:
    value = fields.get(key, "")
    return value[:300] if isinstance(value, str) else ""


def names_in(fields: dict, key: str) -> tuple[str, ...]:
    """Return a few names that a message holds; it may hold anything."""
    value = fields.get(key)
    found = value if isinstance(value, list) else []
    return tuple(one[:120] for one in found[:5] if isinstance(one, str) and re.fullmatch(r"[\w.<>]+", one))


def explained(outcome: str, hint: str, told: Told, python: str) -> str:
    """Return what else an answer may have failed for: a library or a Python that the grader has not."""
    if outcome in ("pass", "not done"):
        return ""
    more = ""
    if told.lacking:
        more += f" The notebook imports {', '.join(told.lacking)}, which the grader's Python has not."
    if "SyntaxError" in hint and newer(python):
        more += f" The notebook was saved with Python {python}, and the grader runs {platform.python_version()}:"
        more += " a newer one may read this cell."
    return more


def newer(python: str) -> bool:
    """Say whether a version such as "3.12.4" is newer than the Python that runs this."""
    numbers = re.findall(r"\d+", python)[:2]
    return len(numbers) == 2 and tuple(map(int, numbers)) > sys.version_info[:2]


def missing(exercise: Exercise, fields: dict) -> Verdict:
    """Return the verdict where the answer's cell defined nothing of the exercise's name."""
    error = word(fields, "error")
    if error == "CellTimeout":
        raise StoppedError("timeout", "The cell computes for too long before it defines anything.")
    if error == "NotImplementedError":
        return Verdict(exercise.id, exercise.name, "not yet", "The cell is as it was handed out.")
    if error:
        line = f" in the line `{word(fields, 'line')}`" if word(fields, "line") else ""
        hint = f"The cell stops with {error}{line}: {word(fields, 'message')}"
    else:
        hint = f"The cell defines nothing called `{exercise.name}`: keep that name."
    return Verdict(exercise.id, exercise.name, "error", hint)


def remarks(cells: Sequence[Cell], answers: list[Cell], exercise: Exercise, outcome: str, told: Told) -> Iterable[str]:
    """Tell the teaching assistant what is odd about a submission; none of it changes a mark."""
    call = re.compile(rf"^[ \t]*check\.{exercise.name}\({exercise.name}\)[ \t]*$", re.MULTILINE)
    calls = [cell for cell in cells if CHECK_CALL.search(cell.source)]  # none in a file of check.hand_in
    if answers and calls and not any(call.search(cell.source) for cell in calls):
        yield "its check cell was edited or removed"
    if any(OVERWRITTEN.search(cell.source) for cell in cells):
        yield "`check` was overwritten"
    claimed = f"{exercise.id} {exercise.name}: passed"
    if outcome != "pass" and any(claimed in cell.printed for cell in cells):
        yield "a stored output says that it passed"
    if len(answers) > 1:
        yield f"{len(answers)} cells carry its marker: the last one counted"
    if told.library:
        yield f"it calls {', '.join(told.library)}"


def rejected(exercises: Iterable[Exercise], why: str) -> list[Mark]:
    """Return the marks of a submission that can't be read."""
    return [Mark("", one.id, one.name, "rejected", why) for one in exercises]


def owned(marks: Iterable[Mark], student: str, file: str) -> list[Mark]:
    return [replace(mark, student=student, file=file) for mark in marks]
