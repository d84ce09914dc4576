"""The check cells of a notebook: run an answer, print the verdict, remember it; and `check.state`, which shows all."""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganlib.check import kept, kernel, signs
from ganlib.check.catalogue import of_notebook
from ganlib.check.drive import Failure
from ganlib.check.exercise import Exercise, Verdict, judge
from ganlib.check.kept import Record
from ganlib.check.questions import of_notebook as questions_of
from ganlib.check.questions import short_question

OVERTAKEN = "A later cell has put another version in place of yours. Run the cell marked {} again, then this one."


def verdict_on(exercise: Exercise, answer: Any) -> Verdict:
    """Judge an answer in this process; the same answer always gets the same verdict."""
    if not callable(answer):
        hint = f"Hand over the function itself, without brackets behind it: check.{exercise.name}({exercise.name})"
        return Verdict(exercise.id, exercise.name, "error", hint)

    def run(inputs: dict) -> dict | Failure:
        return exercise.run(answer, inputs)

    return judge(exercise, run, np.random.default_rng(zlib.crc32(exercise.id.encode())))


class Check:
    """`check.<name>`: call it with an answer."""

    def __init__(self, exercise: Exercise):
        self.exercise = exercise
        self.__doc__ = f"Say what is wrong with `{exercise.name}`: {exercise.title}."

    def __repr__(self) -> str:
        return f"<check of {self.exercise.id}: {self.exercise.title}>"

    def __call__(self, answer: Any) -> None:
        cells, one = kernel.history(), self.exercise
        if kernel.overtaken(one.id, one.name, answer, cells):
            signs.say("not checked", str(Verdict(one.id, one.name, "not checked", OVERTAKEN.format(one.id))))
            return
        verdict = verdict_on(one, answer)
        signs.say(verdict.outcome, str(verdict))
        kept.remember(Record(one.id, verdict.outcome, source=kernel.last_answer(one.id, cells), when=time.time()))


@dataclass(frozen=True)
class Row:
    """A line of `check.state`: now is what this kernel found, before what is kept, now among it."""

    id: str
    name: str
    title: str
    now: Record | None
    before: Record | None

    @property
    def counts(self) -> Record | None:
        """The record that says how far this exercise is."""
        return self.now or self.before

    @property
    def changed(self) -> bool:
        """Whether the answer's cell was run again since, and is another one by now."""
        source = kernel.last_answer(self.id, kernel.history())
        return bool(self.counts and source and self.counts.source and source.strip() != self.counts.source.strip())

    @property
    def passed(self) -> bool:
        return self.counts is not None and self.counts.outcome == "passed" and not self.changed

    def words(self) -> str:
        """Say how far it is: now, last time and how long ago, changed since, or not checked."""
        if self.counts is None:
            return "not checked"
        letters = f" with {self.counts.letters}" if self.counts.letters else ""
        said = self.counts.outcome + letters
        if self.counts.outcome != "not yet":
            said += f" last time, {ago(self.counts.when)}" if self.now is None else ""
        elif self.before and self.before.outcome != "not yet":
            said += f" ({self.before.outcome} {ago(self.before.when)})"
        return said + (", changed since" if self.changed else "")

    def sign(self) -> str:
        outcome = self.counts.outcome if self.counts else "not checked"
        return signs.sign(outcome, now=self.now is not None and not self.changed)


def state(number: str) -> None:
    """Print how far one notebook's exercises and questions are, from this kernel and from what was kept.

    `check.state("06")`.

    Raises:
        ValueError: if that notebook has no exercises.
    """
    rows, questions = rows_of(number)
    both = [*rows, *questions]
    names, words = max(len(row.name) for row in both), max(len(row.words()) for row in both)
    for row in both:
        print(f"{row.sign()} {row.id:5}  {row.name:{names}}  {row.words():{words}}  {row.title}".rstrip())
    print(summary(rows, questions))
    if all(row.counts is None for row in both):
        print(f"Nothing is known here from an earlier time: {kernel.run_all()} checks everything again.")
    elif last := sum(row.passed and row.now is None for row in both):
        print(f"{last} of these from last time: {kernel.run_all()} checks everything again.")


def rows_of(number: str) -> tuple[list[Row], list[Row]]:
    """Return the rows of a notebook's exercises and of its questions."""
    exercises = of_notebook(number)
    if not exercises:
        raise ValueError(
            f'no exercises belong to notebook {number!r}; write it with two digits, as in check.state("06")'
        )
    before, now = kept.latest(), kept.NOW
    rows = [Row(one.id, one.name, one.title, now.get(one.id), before.get(one.id)) for one in exercises]
    names = questions_of(number)
    return rows, [Row(name, "question", short_question(name), now.get(name), before.get(name)) for name in names]


def summary(rows: list[Row], questions: list[Row]) -> str:
    """Count what is passed, and how many questions are right."""
    text = f"{sum(row.passed for row in rows)} of {len(rows)} passed"
    if not questions:
        return text
    return f"{text}, {sum(row.passed for row in questions)} of {len(questions)} questions right"


def ago(when: float) -> str:
    """Say how long ago something was; the clock of a kernel far away may run in another zone."""
    minutes = max(time.time() - when, 0) / 60
    for size, word in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = int(minutes / size)
            return f"{count} {word}{'s' * (count > 1)} ago"
    return "just now"
