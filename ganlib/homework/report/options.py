"""The rules by which marks become points, from a command's options."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from ganlib.homework.report.late import Rule, read_rule
from ganlib.homework.report.overrides import Override, begin, place_of, read_overrides
from ganlib.homework.report.points import Points, read_points


@dataclass(frozen=True)
class Rules:
    """How marks become points."""

    points: Points
    late: Rule
    overrides: list[Override]


def rules_of(options: argparse.Namespace) -> Rules:
    """Read all rules before anything is graded, so that nobody waits for a mistake in one; begin a table of overrides.

    Raises:
        ValueError: if an option or a file can't be read.
    """
    points = read_points(options.points)
    late = read_rule(options.due, options.late_penalty, options.late_at_most, options.grace)
    place = place_of(options.out)
    overrides = read_overrides(place)
    begin(place)
    return Rules(points, late, overrides)
