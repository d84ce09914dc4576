"""What is late, and what that costs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LENGTHS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}
PENALTY = re.compile(r"(\d+(?:\.\d+)?)\s*%\s*(?:/\s*(hour|day|week))?")
LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(minute|hour|day|week|m|h|d|w)s?")


@dataclass(frozen=True)
class Rule:
    """When files are due and what being late costs.

    rate: the part of the points that each begun period costs, or being late at all if `period` is None.
    most: the largest part that may be lost.
    """

    due: datetime | None = None
    grace: timedelta = timedelta()
    rate: float = 0.0
    period: timedelta | None = None
    most: float = 1.0

    def lateness(self, handed_at: datetime | float | None, flag: bool = False) -> timedelta | None:
        """Return how late a file is, None if it is in time.

        handed_at: seconds since 1970 or a moment.  flag: the platform's word, which counts where no date is given.
        """
        if self.due is None:
            return timedelta(seconds=1) if flag else None
        if handed_at is None:
            return None
        over = with_zone(handed_at) - self.due
        return over if over > self.grace else None

    def cost(self, late: timedelta | None) -> float:
        """Return the part of its points that a file loses."""
        if late is None:
            return 0.0
        periods = math.ceil(late / self.period) if self.period else 1
        return min(self.rate * periods, self.most)

    def said(self, late: timedelta | None) -> str:
        """Return "late", and by how much where that is known; "" if it is in time."""
        if late is None or self.due is None:
            return "" if late is None else "late"
        minutes = math.ceil(late / timedelta(minutes=1))
        days, hours = divmod(math.ceil(minutes / 60), 24)
        if minutes < 120:
            return f"late by {minutes} min"
        return f"late by {f'{days} d ' if days else ''}{hours} h"


def read_rule(due: str | None, penalty: str | None, most: str | None, grace: str | None) -> Rule:
    """Read the rule from a command's words: 2026-11-20T23:59, 10%/day, 50%, 15m.

    Raises:
        ValueError: if one of them can't be read.
    """
    when = None
    if due is not None:
        try:
            when = with_zone(datetime.fromisoformat(due))
        except ValueError as error:
            raise ValueError(f"--due {due} is no date: write it as 2026-11-20T23:59") from error
    rate, period = 0.0, None
    if penalty is not None:
        if not (found := PENALTY.fullmatch(penalty.strip())):
            raise ValueError(f"--late-penalty {penalty} can't be read: write it as 10%/day (or hour, week), or as 10%")
        rate, period = float(found[1]) / 100, timedelta(seconds=LENGTHS[found[2]]) if found[2] else None
    return Rule(when, length_of(grace), rate, period, part_of(most))


def length_of(grace: str | None) -> timedelta:
    """Return a length of time such as 15m, 2h or 1d."""
    if grace is None:
        return timedelta()
    if not (found := LENGTH.fullmatch(grace.strip())):
        raise ValueError(f"--grace {grace} can't be read: write it as 15m, 2h or 1d")
    unit = next(name for name in LENGTHS if name.startswith(found[2][0]))
    return timedelta(seconds=float(found[1]) * LENGTHS[unit])


def part_of(most: str | None) -> float:
    found = PENALTY.fullmatch((most or "100%").strip())
    if not found or found[2] or float(found[1]) > 100:
        raise ValueError(f"--late-at-most {most} can't be read: write it as 50%, and at most 100%")
    return float(found[1]) / 100


def with_zone(moment: datetime | float) -> datetime:
    """Return a moment with its zone; without one, it is this machine's time."""
    if not isinstance(moment, datetime):
        return datetime.fromtimestamp(moment, UTC)
    return moment if moment.tzinfo else moment.astimezone()
