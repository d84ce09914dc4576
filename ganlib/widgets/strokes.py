"""What a brush and a push do to a map of parts: pure functions of whole numbers (H, W)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

DISTINCT = (
    "#dfe7ee", "#7fa8d9", "#f2c9a5", "#b8a3e3", "#8a6bb1", "#ffffff", "#3fb1a3", "#e39b76", "#e4576b", "#fff2a8",
    "#c7a27c", "#6f7f96", "#e9b93f", "#a4d06b",
)  # fmt: skip


def coloured(parts: np.ndarray) -> np.ndarray:
    """Return a map, or several, as a picture with a colour for each part: (…, H, W) -> (…, H, W, 3) uint8."""
    colours = np.array([list(bytes.fromhex(colour[1:])) for colour in DISTINCT], np.uint8)
    return colours[np.asarray(parts) % len(DISTINCT)]


def painted(parts: np.ndarray, places: Sequence[tuple[float, float]], part: int, size: int) -> np.ndarray:
    """Return the map after a stroke: every pixel whose middle the brush passed now belongs to `part`.

    places: one or more, in pixels from the top left corner; the brush goes straight from one to the next.
    size: the brush's width in pixels; a width of 1 paints the pixel that it is on.
    """
    rows, columns = np.indices(parts.shape) + 0.5
    reach = max(size / 2, 0.5)
    result = parts.copy()
    for (x, y), (u, v) in zip(places, [*places[1:], places[-1]]):
        for share in np.linspace(0, 1, 1 + int(np.ceil(2 * max(abs(u - x), abs(v - y))))):
            across, down = np.floor((x + share * (u - x), y + share * (v - y))) + 0.5
            result[np.hypot(columns - across, rows - down) < reach] = part
    return result


def moved(parts: np.ndarray, which: Collection[int], right: int, down: int) -> np.ndarray:
    """Return the map with the parts numbered `which` moved; what was behind them is filled from around.

    right, down: whole pixels.  What leaves the map is lost.
    """
    if not (right or down):
        return parts.copy()
    mask = np.isin(parts, list(which))
    result = filled(parts, mask)
    rows, columns = np.nonzero(mask)
    inside = (rows + down >= 0) & (rows + down < len(parts)) & (columns + right >= 0)
    inside &= columns + right < parts.shape[1]
    rows, columns = rows[inside], columns[inside]
    result[rows + down, columns + right] = parts[rows, columns]
    return result


def filled(parts: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the map with the masked pixels taken over by their neighbours, from the hole's edge inwards."""
    result, hole = parts.copy(), mask.copy()
    while hole.any() and not hole.all():
        known, numbers = ~hole, result.copy()
        for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
            beside, value = np.roll(known, step, axis), np.roll(numbers, step, axis)
            edge: list[slice | int] = [slice(None), slice(None)]
            edge[axis] = 0 if step == 1 else -1  # what rolled around the picture is no neighbour
            beside[tuple(edge)] = False
            take = hole & beside
            result[take] = value[take]
            hole &= ~take
    return result
