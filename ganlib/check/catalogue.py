"""All exercises of the course, read from `ganlib.check.answers` when they are first asked for."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from ganlib.check.exercise import Exercise


@functools.cache
def exercises() -> dict[str, Exercise]:
    """Return every exercise by its name, in the course's order.

    Raises:
        RuntimeError: if two exercises share a name or an id.
    """
    answers = importlib.import_module("ganlib.check.answers")
    found: dict[str, Exercise] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(answers.__path__) if info.name.startswith("nb")):
        for exercise in importlib.import_module(f"ganlib.check.answers.{module}").EXERCISES:
            if exercise.name in found or any(exercise.id == other.id for other in found.values()):
                raise RuntimeError(f"two exercises are called {exercise.name} or have the id {exercise.id}")
            found[exercise.name] = exercise
    return found


def of_notebook(number: str) -> list[Exercise]:
    """Return the exercises of one notebook, such as "06", by their ids."""
    return sorted((one for one in exercises().values() if one.id[:2] == number), key=lambda one: one.id)
