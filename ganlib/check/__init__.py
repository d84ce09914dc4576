"""What an exercise cell calls: `check.loss_D(loss_D)` says what is wrong with an answer.

`check.state("06")` says what is done, `check.quiz("06-q1", "letters")` asks, `check.hand_in("name")` writes one file.
Every exercise of the course is an attribute, by the name of the function that it asks for.
"""

from __future__ import annotations

__all__ = ["hand_in", "quiz", "state"]  # pyright: ignore[reportUnsupportedDunderAll]  __getattr__ finds them

_OWN = {"hand_in": "handing_in", "state": "notebook", "quiz": "questions"}


def __getattr__(name: str):
    import importlib.util

    if name in _OWN:
        return getattr(importlib.import_module(f"ganlib.check.{_OWN[name]}"), name)
    if name.startswith("_") or importlib.util.find_spec(f"ganlib.check.{name}"):
        raise AttributeError(name)  # Python then imports the module of that name
    from ganlib.check.catalogue import exercises
    from ganlib.check.notebook import Check

    if name not in exercises():
        known = ", ".join(exercises())
        raise AttributeError(f"there is no exercise called {name!r}; there are: {known}")
    return Check(exercises()[name])


def __dir__() -> list[str]:
    from ganlib.check.catalogue import exercises

    return sorted([*__all__, *exercises()])
