"""Two answers' outputs beside each other: which entries differ, and how, in words."""

from __future__ import annotations

from typing import Any

import numpy as np


def differing_keys(expected: dict, got: dict, rtol: float, atol: float) -> list[str]:
    """Return the keys under which two outputs differ, missing and further ones among them, in the expected order."""
    keys = [*expected, *(key for key in got if key not in expected)]
    return [
        key for key in keys if key not in got or key not in expected or not equal(expected[key], got[key], rtol, atol)
    ]


def equal(expected: Any, got: Any, rtol: float, atol: float) -> bool:
    """Say whether two plain values are the same: words exactly, numbers within the tolerances, shapes always.

    Something that is not a finite number where a finite one is due never equals it.
    """
    a, b = np.asarray(expected), np.asarray(got)
    if a.shape != b.shape or kind(a) != kind(b):
        return False
    if kind(a) != "number":
        return bool(np.array_equal(a, b))
    a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return bool(np.allclose(b, a, rtol=rtol, atol=atol, equal_nan=True))


def kind(values: np.ndarray) -> str:
    """Return "number", "truth" (bool), "words" or "other"."""
    return {"b": "truth", "i": "number", "u": "number", "f": "number", "U": "words"}.get(values.dtype.kind, "other")


def difference(key: str, expected: Any, got: Any) -> str:
    """Say in a sentence how two values differ, with the factor or the sign if that is all."""
    if got is None:
        return f"There is no {key}."
    if expected is None:
        return f"Nobody asked for {key}."
    a, b = np.asarray(expected), np.asarray(got)
    if a.shape != b.shape:
        return f"{capital(key)} has the shape {b.shape}; it should be {a.shape}."
    if kind(a) != kind(b):
        return f"{capital(key)} should hold {kind(a)}s, not {kind(b)}s."
    if kind(a) == "number":
        if not np.isfinite(b.astype(np.float64)).all():
            return f"{capital(key)} is not finite (nan or inf): something was divided by 0, or log(0) was taken."
        if words := factor(a.astype(np.float64), b.astype(np.float64)):
            return f"{capital(key)} is {words}."
    return f"{capital(key)} is not right."


def factor(a: np.ndarray, b: np.ndarray) -> str | None:
    """Say by which one factor, or by which constant, all of b differ from a; None if by no such thing."""
    if a.size == 0:
        return None
    if not b.any():
        return "zero where it should not be"
    large = np.abs(a) > 1e-6 * np.abs(a).max()
    if a.any() and np.allclose(b[~large], 0, atol=1e-6):
        ratio = b[large] / a[large]
        if np.allclose(ratio, ratio[0], rtol=1e-3):
            if np.isclose(ratio[0], -1, rtol=1e-3):
                return "right but for its sign"
            if a.size == 1 and not np.isclose(2 * ratio[0], round(2 * ratio[0]), rtol=1e-3):
                return None  # any two numbers have some ratio
            return f"{ratio[0]:.4g} times what it should be"
    if a.size > 1 and np.allclose(b - a, (b - a).flat[0], rtol=1e-3, atol=1e-6):
        return f"off by {(b - a).flat[0]:.4g} everywhere"
    return None


def say(key: str, expected: Any, got: Any) -> str:
    """Return a line with both values, short."""
    return f"{key}: yours {short(got)}, due {short(expected)}"


def short(value: Any, most: int = 4) -> str:
    """Return a value in few characters: the first numbers and the shape of an array."""
    if value is None:
        return "nothing"
    values = np.asarray(value)
    if values.dtype.kind not in "iuf":
        return str(value)[:80]
    texts = [f"{number:.4g}" for number in values.ravel()[:most].tolist()]
    if values.ndim == 0:
        return texts[0]
    more = ", …" if values.size > most else ""
    return f"[{', '.join(texts)}{more}] of shape {values.shape}"


def capital(text: str) -> str:
    """Return a sentence's beginning; names of variables such as `loss_D` keep their case."""
    first = text.split(" ")[0]
    return text if "_" in first or len(first) == 1 or "(" in first else text[:1].upper() + text[1:]
