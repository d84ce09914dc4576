"""What every experiment says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Experiment:
    """Runs of several `variants` from several seeds; `run(variant, seed, steps)` returns measured numbers by name.

    together: all seeds of a variant are trained as one; `run(variant, seeds, steps)` returns the numbers of each.
    """

    what: str
    variants: tuple[str, ...]
    run: Callable[[str, int, int], dict | list[dict]]
    seeds: int
    steps: int
    together: bool = False
