"""The check cells of a notebook: run an answer, print the verdict, and remember it in the kernel."""

from __future__ import annotations

import textwrap
import zlib
from typing import Any

import numpy as np

from ganlib.check.catalogue import of_notebook
from ganlib.check.drive import Failure
from ganlib.check.exercise import Exercise, Verdict, judge

VERDICTS: dict[str, Verdict] = {}


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
        verdict = verdict_on(self.exercise, answer)
        VERDICTS[self.exercise.id] = verdict
        for line in str(verdict).splitlines():
            print(textwrap.fill(line, 100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))


def state(number: str) -> None:
    """Print how far one notebook's exercises are: `check.state("06")`.

    Raises:
        ValueError: if that notebook has no exercises.
    """
    rows = of_notebook(number)
    if not rows:
        raise ValueError(
            f'no exercises belong to notebook {number!r}; write it with two digits, as in check.state("06")'
        )
    width = max(len(one.name) for one in rows)
    for one in rows:
        outcome = VERDICTS[one.id].outcome if one.id in VERDICTS else "not checked"
        print(f"{one.id}  {one.name:{width}}  {outcome:11}  {one.title}")
    done = sum(one.id in VERDICTS and VERDICTS[one.id].passed for one in rows)
    print(f"{done} of {len(rows)} passed")
