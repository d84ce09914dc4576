"""What a whole class found easy or hard: how often each exercise passed, and which hints were given how often."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from ganlib.grading.report.book import ABSENT, Book

NUMBER = re.compile(r"(?<!\w)-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)")


@dataclass(frozen=True)
class Statistic:
    """One exercise or question. handed_in: students who handed something in.

    hints: the most frequent first; those that differ in numbers alone are one, with dots for the numbers.
    """

    exercise: str
    name: str
    outcomes: Counter
    hints: list[tuple[str, int]]

    @property
    def handed_in(self) -> int:
        return self.outcomes.total() - self.outcomes[ABSENT]

    @property
    def passed(self) -> float | None:
        """Return the part of those who handed in that passed."""
        return self.outcomes["pass"] / self.handed_in if self.handed_in else None


def statistics(book: Book) -> list[Statistic]:
    """Return one for each exercise and question, in order. Hints are those of the grader, whatever was set by hand."""
    found = {name: (title, Counter(), defaultdict(Counter)) for name, title in book.exercises()}
    for student in book.students:
        for entry in student.entries:
            _, outcomes, hints = found[entry.mark.exercise]
            outcomes[entry.outcome] += 1
            if entry.mark.hint and entry.mark.outcome == "fail":
                hints[NUMBER.sub("…", entry.mark.hint)][entry.mark.hint] += 1
    return [Statistic(name, title, outcomes, counted(hints)) for name, (title, outcomes, hints) in found.items()]


def counted(hints: dict[str, Counter]) -> list[tuple[str, int]]:
    """Return (text, how often), the most frequent first. hints: by their text without numbers."""
    both = [(next(iter(same)) if len(same) == 1 else text, same.total()) for text, same in hints.items()]
    return sorted(both, key=lambda one: -one[1])
