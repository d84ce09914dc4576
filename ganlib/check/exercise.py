"""What an exercise is, and the judge that compares an answer with the reference and names the mistake."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ganlib.check.compare import difference, differing_keys, say
from ganlib.check.drive import LEFT, Failure, attempt, driver

Outputs = dict | Failure
AGAIN = (
    "The first call was right, but with the same inputs once more something else came out: your function keeps "
    "something from one call to the next. Make all it needs anew in each call."
)


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that is often given, and what to tell whoever gives it.

    hint: one or two sentences to the student: what is wrong and what to do, never the solution's code.
    answer: a wrong answer that makes the mistake; its outputs are compared with the student's.
    """

    hint: str
    answer: Callable


@dataclass(frozen=True)
class Exercise:
    """One function that a student writes.

    id: "06-2", notebook and number.  name: the function's, unique in the course: `check.<name>(function)`.
    drive: the driver's name in `ganlib.check.drive.nbNN`.  answer: the reference.
    inputs: (random generator, number of the case from 0) -> plain values; the first cases are the simple ones.
    explain: (inputs, expected, got) -> a hint, or None, for errors with structure that no Mistake covers.
    """

    id: str
    name: str
    title: str
    drive: str
    inputs: Callable[[np.random.Generator, int], dict]
    answer: Callable
    mistakes: tuple[Mistake, ...]
    cases: int = 4
    rtol: float = 1e-4
    atol: float = 1e-5
    explain: Callable[[dict, dict, dict], str | None] | None = None

    def run(self, answer: Callable, inputs: dict) -> Outputs:
        """Run an answer with this exercise's driver in this process."""
        return attempt(driver(self.id, self.drive), answer, inputs)


@dataclass(frozen=True)
class Verdict:
    """What the judge found. outcome: "passed", "wrong", "not yet" or "error"; hint: to the student, "" if passed."""

    id: str
    name: str
    outcome: str
    hint: str = ""
    details: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    def __str__(self) -> str:
        head = f"{self.id} {self.name}: {self.outcome}"
        return "\n".join([head + (f". {self.hint}" if self.hint else ""), *(f"  {line}" for line in self.details)])


@dataclass(frozen=True)
class Case:
    """One set of inputs, what the reference makes of it, and what the student's answer does."""

    inputs: dict
    expected: dict
    got: Outputs


def judge(exercise: Exercise, run: Callable[[dict], Outputs], rng: np.random.Generator) -> Verdict:
    """Compare an answer with the reference on fresh inputs.

    run: inputs -> the outputs of the student's answer, wherever it runs, or a `Failure`.

    Raises:
        RuntimeError: if the reference itself fails, which is the course's mistake and not the student's.
    """
    cases, first = [], None
    for number in range(exercise.cases):
        inputs = exercise.inputs(rng, number)
        expected = exercise.run(exercise.answer, inputs)
        if isinstance(expected, Failure):
            raise RuntimeError(f"the reference of {exercise.id} failed: {expected.kind}: {expected.message}")
        case = Case(inputs, expected, run(inputs))
        if isinstance(case.got, Failure) and case.got.kind == "NotImplementedError":
            hint = f"Write it in the cell marked {exercise.id}, run that cell, then this one again."
            return Verdict(exercise.id, exercise.name, "not yet", hint)
        cases.append(case)
        if first is None and is_wrong(case, exercise):
            first = case
            if not exercise.mistakes:
                break  # further cases would only tell which mistake it is
    if first is not None:
        return blame(exercise, cases, first)
    again = Case(cases[0].inputs, cases[0].expected, run(cases[0].inputs))  # nothing may be kept from call to call
    if is_wrong(again, exercise):
        return Verdict(exercise.id, exercise.name, "wrong", AGAIN)
    return Verdict(exercise.id, exercise.name, "passed")


def is_wrong(case: Case, exercise: Exercise) -> bool:
    """Say whether the answer failed or differs from the reference."""
    return isinstance(case.got, Failure) or bool(differing_keys(case.expected, case.got, exercise.rtol, exercise.atol))


def blame(exercise: Exercise, cases: list[Case], first: Case) -> Verdict:
    """Return the verdict on a wrong answer: the known mistake if there is one, else what differs in the first case."""
    outcome = "error" if isinstance(first.got, Failure) else "wrong"
    hint, details = known_mistake(exercise, cases), []
    if isinstance(first.got, Failure):
        place = f" in the line `{first.got.line}`" if first.got.line else ""
        message = f"{first.got.kind}{place}: {first.got.message}"
        details = [message] if hint else []
        hint = hint or (first.got.message if first.got.kind == "NoAnswer" else f"Your code stopped with {message}")
    else:
        keys = differing_keys(first.expected, first.got, exercise.rtol, exercise.atol)
        details = [say(key, first.expected.get(key), first.got.get(key)) for key in keys[:3]]
        if not hint and exercise.explain and first.got.keys() == first.expected.keys():
            hint = exercise.explain(first.inputs, first.expected, first.got)
        if not hint and keys[0] == LEFT:
            hint, details = left_behind(first.expected[LEFT], first.got[LEFT]), []
        if not hint:
            hint = difference(keys[0], first.expected.get(keys[0]), first.got.get(keys[0]))
    return Verdict(exercise.id, exercise.name, outcome, hint, tuple(details))


def left_behind(expected: list[str], got: list[str]) -> str:
    """Say what an answer changed besides its result, and what it should have changed."""
    if more := [what for what in got if what not in expected]:
        return f"The result is right, but your function also changed {' and '.join(more[:2])}. Leave it as it was."
    missing = [what for what in expected if what not in got]
    return f"Your function should change {' and '.join(missing[:2])}, and did not."


def known_mistake(exercise: Exercise, cases: list[Case]) -> str | None:
    """Return the hint of the mistake whose outputs are the student's in every case; else of one that is part of it.

    A mistake is part of an answer if the two agree wherever the mistake differs from the reference.
    """
    part = None
    for mistake in exercise.mistakes:
        whole, partly = compared(exercise, mistake, cases, or_part=part is None)
        if whole:
            return mistake.hint
        part = mistake.hint if partly and part is None else part
    return part


def compared(exercise: Exercise, mistake: Mistake, cases: list[Case], or_part: bool) -> tuple[bool, bool]:
    """Say whether a mistake explains the whole of an answer, and whether a part; no further than either can be."""
    whole, partly, touched = True, or_part, 0
    for case in cases:
        made = exercise.run(mistake.answer, case.inputs)
        whole = whole and same(made, case.got, exercise)
        shown = effect(exercise, case, made)
        partly = partly and shown is not None
        touched += shown or 0
        if not whole and not partly:
            break
    return whole, partly and touched > 0


def same(one: Outputs, other: Outputs, exercise: Exercise) -> bool:
    """Say whether two answers did the same, or failed in the same way."""
    if isinstance(one, Failure) or isinstance(other, Failure):
        return isinstance(one, Failure) and isinstance(other, Failure) and alike(one, other)
    return not differing_keys(one, other, exercise.rtol, exercise.atol)


def alike(one: Failure, other: Failure) -> bool:
    """Say whether two failures are the same but for the numbers in their messages."""
    return one.kind == other.kind and re.sub(r"\d+", "", one.message) == re.sub(r"\d+", "", other.message)


def effect(exercise: Exercise, case: Case, made: Outputs) -> int | None:
    """Return on how many outputs a mistake has an effect that the student's show, too; None if on one they do not."""
    if isinstance(made, Failure) or isinstance(case.got, Failure):
        return None
    keys = set(differing_keys(case.expected, made, exercise.rtol, exercise.atol))
    if keys & set(differing_keys(made, case.got, exercise.rtol, exercise.atol)):
        return None
    return len(keys)
