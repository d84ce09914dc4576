"""The rules by which marks become points, from a command's options."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from ganlib.grading.report.late import Rule, read_rule
from ganlib.grading.report.overrides import Override, place_of, read_overrides
from ganlib.grading.report.points import Points, read_points


@dataclass(frozen=True)
class Rules:
    """How marks become points."""

    points: Points
    late: Rule
    overrides: list[Override]


def rules_of(options: argparse.Namespace) -> Rules:
    """Read all rules before anything is graded, so that nobody waits for a mistake in one.

    Raises:
        ValueError: if an option or a file can't be read.
    """
    points = read_points(options.points)
    late = read_rule(options.due, options.late_penalty, options.late_at_most, options.grace)
    return Rules(points, late, read_overrides(place_of(options.out)))
