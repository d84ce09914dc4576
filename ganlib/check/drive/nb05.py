"""Drivers of notebook 05: two single neurons, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ganlib.check.drive.tools import NoAnswer, array


def several(value: Any, *names: str) -> dict:
    """Return the parts of an answer that must be as many values as there are names.

    Raises:
        NoAnswer: if it is not.
    """
    rows = isinstance(value, np.ndarray) and value.ndim > 0  # an array is unpacked as a tuple is
    if not (rows or isinstance(value, tuple | list)) or len(value) != len(names):
        raise NoAnswer(f"Return {len(names)} values, as in `return a, b`: {', '.join(names)}.")
    return {name: array(part, name) for name, part in zip(names, value)}


def drive_toy_D(answer: Callable, inputs: dict) -> dict:
    """toy_D(x: (4,), w: (4,), b) -> probability."""
    return {"D(x)": array(answer(inputs["x"], inputs["w"], inputs["b"]))}


def drive_errors(answer: Callable, inputs: dict) -> dict:
    """errors(p_real, p_fake) -> (error_D, error_G)."""
    return several(answer(inputs["p_real"], inputs["p_fake"]), "error_D", "error_G")


def drive_slopes_D(answer: Callable, inputs: dict) -> dict:
    """slopes_D(x_real, x_fake, w, b) -> (slope for w: (4,), slope for b)."""
    given = answer(inputs["x_real"], inputs["x_fake"], inputs["w"], inputs["b"])
    return several(given, "slope for w", "slope for b")


def drive_slopes_G(answer: Callable, inputs: dict) -> dict:
    """slopes_G(z, v, c, w, b) -> (slope for v: (4,), slope for c: (4,))."""
    given = answer(inputs["z"], inputs["v"], inputs["c"], inputs["w"], inputs["b"])
    return several(given, "slope for v", "slope for c")


def drive_step_D(answer: Callable, inputs: dict) -> dict:
    """step_D(x_real, x_fake, w, b, rate) -> (new w, new b); the caller's own w must stay as it was."""
    w = np.array(inputs["w"])
    parts = several(answer(inputs["x_real"], inputs["x_fake"], w, inputs["b"], inputs["rate"]), "new w", "new b")
    return parts | {"the caller's own w afterwards": w}
