"""What a pass is worth: points of exercises and quiz questions, from one file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

DEFAULT = "points.toml"


@dataclass(frozen=True)
class Points:
    """exercise, question: what each is worth that is not in `own`."""

    exercise: float
    question: float
    own: dict[str, float]

    def of(self, name: str) -> float:
        return self.own.get(name, self.question if is_question(name) else self.exercise)


def is_question(name: str) -> bool:
    """Say whether "06-q1" is meant, and not "06-1"."""
    return "-q" in name


def read_points(path: Path | None = None) -> Points:
    """Read a file of points; without one, the course's own.

    Raises:
        ValueError: if it is not TOML, or names what there is not, or a number that is none.
    """
    place = path or files("ganlib.grading.report").joinpath(DEFAULT)
    try:
        text = place.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{place} can't be read: {error}") from error
    own = table.get("points", {})
    if not isinstance(own, dict):
        raise ValueError(f"{place}{at(text, 'points')}: points is the head of a list; write [points] in its own line")
    for key in set(table) - {"exercise", "question", "points"}:
        hint = " Write it below a line [points]." if key in known() else " There are exercise, question and [points]."
        raise ValueError(f"{place}{at(text, key)}: {key} means nothing here.{hint}")
    for key in set(own) - known():
        raise ValueError(f"{place}{at(text, key)}: there is no {key}; names are for instance 06-2 and 06-q1")
    given = {"exercise": 1, "question": 1} | {key: value for key, value in table.items() if key != "points"}
    for key, value in (given | own).items():
        if type(value) not in (int, float) or not 0 <= value <= 10_000:
            raise ValueError(f"{place}{at(text, key)}: {key} must be a number from 0 to 10000, not {value!r}")
    return Points(float(given["exercise"]), float(given["question"]), {key: float(own[key]) for key in own})


def at(text: str, key: str) -> str:
    """Return ", line 7" for the line that sets a key."""
    found = re.search(rf"""^[ \t]*\[?["']?{re.escape(key)}["']?[ \t]*[\]=.]""", text, re.MULTILINE)
    return f", line {text.count(chr(10), 0, found.start()) + 1}" if found else ""


def known() -> set[str]:
    from ganlib.check.catalogue import exercises
    from ganlib.check.questions import QUESTIONS

    return {one.id for one in exercises().values()} | set(QUESTIONS)
