"""Learning rates over time: functions from a step's number to a factor."""

from __future__ import annotations

from collections.abc import Callable

Schedule = Callable[[int], float]


def constant(step: int) -> float:
    """Keep the learning rate as it is."""
    return 1.0


def constant_then_linear(steps: int, *, start: float = 0.5, end: float = 0.0) -> Schedule:
    """Keep the rate for the share `start` of all `steps`, then let it fall in a straight line to the factor `end`.

    A GAN's players circle each other at a fixed rate; a falling one lets them settle.

    Raises:
        ValueError: if steps is below 1 or start is not in [0, 1).
    """
    if steps < 1 or not 0 <= start < 1:
        raise ValueError(f"need steps >= 1 and 0 <= start < 1, not steps={steps}, start={start}")

    def factor(step: int) -> float:
        done = (step / steps - start) / (1 - start)
        return 1.0 - (1.0 - end) * min(max(done, 0.0), 1.0)

    return factor
