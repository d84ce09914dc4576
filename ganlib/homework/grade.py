"""One submission: its cells go into a sandbox, raw numbers come out, and the judge looks at them here."""

from __future__ import annotations

import re
import time
import warnings
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ganlib.check.drive import Failure
from ganlib.check.exercise import Exercise, Verdict, judge
from ganlib.homework.inside import wire
from ganlib.homework.job import Job, StoppedError
from ganlib.homework.parse import Cell
from ganlib.homework.sandbox import Box, NoSandboxError

OUTCOMES = ("pass", "fail", "not done", "timeout", "crashed", "rejected")
ATTEMPTS = 5  # an exercise is tried again without a cell of another one that ended Python before its turn
OVERWRITTEN = re.compile(r"\bcheck(\.\w+)?[ \t]*=[^=]|\b(def|class)[ \t]+check\b|setattr\([ \t]*check\b")
CHECK_CALL = re.compile(r"\bcheck\.(?!quiz\b)")  # the quiz's calls are its answers
LIBRARY = re.compile(r"\bganlib\b|\b(losses|models|metrics|train)\.\w")
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


def grade(cells: list[Cell], exercises: Iterable[Exercise], box: Box, seed: int) -> list[Mark]:
    """Judge each exercise on inputs drawn from `seed`; the box is closed, and starts anew, whenever one goes wrong."""
    marks, without, began = [], frozenset(), time.monotonic()
    for exercise in exercises:
        started = time.monotonic()
        answers = answer_cells(cells, exercise.id)
        outcome = "not done"
        hint = f"There is no cell with the line `# EXERCISE: {exercise.id} (keep this line)`."
        if answers and time.monotonic() - began > box.limits.submission:
            outcome = "timeout"
            hint = f"The exercises before this one took more than {box.limits.submission:g} seconds, so it was not run."
        elif answers:
            try:
                outcome, hint, without = attempts(box, cells, answers, exercise, seed, without)
            except NoSandboxError:
                raise
            except Exception as error:  # the grader's or the course's mistake, perhaps brought about by the student
                box.close()
                outcome, hint = "crashed", f"The grader could not judge this ({type(error).__name__}: {error})."
        notes = tuple(remarks(cells, answers, exercise, outcome))
        seconds = round(time.monotonic() - started, 2)
        marks.append(Mark("", exercise.id, exercise.name, outcome, hint, notes, seconds=seconds))
    return marks


def answer_cells(cells: list[Cell], name: str) -> list[Cell]:
    """Return the cells that hold an exercise's answer; of several, those still as handed out do not count."""
    marked = [cell for cell in cells if name in cell.exercises]
    return [cell for cell in marked if not cell.stub] or marked


def attempts(
    box: Box, cells: list[Cell], answers: list[Cell], exercise: Exercise, seed: int, without: frozenset[int]
) -> tuple[str, str, frozenset[int]]:
    """Run and judge one exercise; return its outcome, its hint, and the cells that are better left out from now on."""
    own = {cell.number for cell in answers}
    call = {"exercise": exercise.id, "name": exercise.name, "drive": exercise.drive}
    ways, tries = ["sparing", "in order", "all first"], 0
    while ways and tries < ATTEMPTS:
        tries += 1
        plan = planned(cells, own, without, all_first=ways[0] == "all first")
        job = box.job(call | {"cells": plan, "sparing": ways[0] == "sparing"})
        try:
            verdict = conversation(job, exercise, seed)
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


def planned(cells: list[Cell], own: set[int], without: frozenset[int], all_first: bool) -> list[dict]:
    """Return the cells to run for one exercise, in order, up to its last answer.

    all_first: every other cell of the notebook is run before.
    """
    last = max(own)
    others = [cell for cell in cells if cell.number not in own and cell.number not in without]
    if all_first:
        chosen = [*others, *(cell for cell in cells if cell.number in own)]
    else:
        chosen = [cell for cell in cells if cell.number <= last and (cell.number in own or cell in others)]
    return [{"number": cell.number, "source": cell.source, "answer": cell.number in own} for cell in chosen]


def conversation(job: Job, exercise: Exercise, seed: int) -> Verdict:
    """Wait until the answer is there, then let the judge ask.

    Raises:
        StoppedError: if the job had to be ended.
    """
    kind, _, fields = job.ask()
    job.spared = fields.get("spared") is True
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


def remarks(cells: list[Cell], answers: list[Cell], exercise: Exercise, outcome: str) -> Iterable[str]:
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
    if any(LIBRARY.search(cell.source) for cell in answers):
        yield "the answer's cell uses ganlib"


def rejected(exercises: Iterable[Exercise], why: str) -> list[Mark]:
    """Return the marks of a submission that can't be read."""
    return [Mark("", one.id, one.name, "rejected", why) for one in exercises]


def owned(marks: Iterable[Mark], student: str, file: str) -> list[Mark]:
    return [replace(mark, student=student, file=file) for mark in marks]
