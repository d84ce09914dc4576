"""The options that turn marks into points, and the rules that they make."""

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


def add_arguments(command: argparse.ArgumentParser) -> None:
    own = command.add_argument_group("points")
    own.add_argument("--points", type=Path, metavar="FILE", help="what each exercise is worth (default: 1 each)")
    own.add_argument("--due", metavar="TIME", help="such as 2026-11-20T23:59: what is handed in later is late")
    own.add_argument("--grace", metavar="TIME", help="after --due that nothing is late yet: 15m, 2h or 1d")
    own.add_argument("--late-penalty", metavar="PART", help="of the points, such as 10%%/day, 1%%/hour or 10%% in all")
    own.add_argument("--late-at-most", metavar="PART", help="the most that being late costs, such as 50%%")
    own.add_argument("--compare", nargs=2, type=Path, metavar=("OLD", "NEW"),
                     help="only say what differs between two tables of marks")  # fmt: skip


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
