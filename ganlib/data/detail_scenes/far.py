"""What is far away in a scene: sky, houses with windows, a tree with leaves, birds."""

from __future__ import annotations

import numpy as np

from ganlib.data.detail_scenes.attributes import ACROSS, BIRDS, FLOORS, HOUSES, LEAVES
from ganlib.data.detail_scenes.palette import (
    DARK_PANE,
    GROUND,
    HOUSE,
    INK,
    LEAF,
    LIT,
    SKY,
    SKY_LOW,
    SKY_TOP,
    TREE,
    TRUNK,
    WALLS,
    WHITE,
)
from ganlib.data.drawing import arch, blend, box, circle, ellipse, hue

# Where the random numbers of a scene's `jitter` go.
HOUSE_JITTER, PANE_JITTER, LEAF_JITTER, BIRD_JITTER, CLOUD_JITTER = 0, 8, 56, 108, 118


def draw_sky(canvas) -> None:
    """Fill the sky, and draw the sun or moon and two clouds."""
    area, jitter = canvas.window(0, 0, 64, 44), canvas.values["jitter"]
    top, low = hue(canvas, SKY_TOP, "sky"), hue(canvas, SKY_LOW, "sky")
    fall = np.clip(area.y / 34, 0, 1)
    area.paint(np.ones_like(area.x + fall), [a + fall * (b - a) for a, b in zip(top, low)], SKY)
    across = canvas.column(8 + 48 * jitter[:, CLOUD_JITTER])
    glow = np.where(canvas["sky"] == 3, np.float32(0.9), np.float32(0.75))
    area.paint(area.fill(circle(area.x, area.y, across, 9, 4)) * glow, (1, 0.95, 0.75))
    part = canvas.only(canvas.values["weather"] == 1)
    area, jitter = part.window(0, 0, 64, 20), part.values["jitter"]
    for k in range(2):
        x = part.column(30 * k + 34 * jitter[:, CLOUD_JITTER + 1 + 2 * k])
        y = part.column(5 + 7 * jitter[:, CLOUD_JITTER + 2 + 2 * k])
        puffs = [
            ellipse(area.x, area.y, x + dx, y + dy, r, r * 0.62)
            for dx, dy, r in ((-4, 0.6, 4), (0, -0.8, 5), (5, 0.8, 4))
        ]
        area.paint(
            area.fill(np.minimum(np.minimum(*puffs[:2]), puffs[2])) * 0.8, blend(hue(part, SKY_LOW, "sky"), WHITE, 0.5)
        )


def house_tops(jitter: np.ndarray) -> np.ndarray:
    """Return where the roofs of the houses begin: (N, HOUSES)."""
    return 15 + np.floor(8 * jitter[:, HOUSE_JITTER : HOUSE_JITTER + HOUSES])


def window_places(jitter: np.ndarray) -> np.ndarray:
    """Return the middles of all windows that a house is high enough for, −1 elsewhere: (N, 48, 2)."""
    tops = house_tops(jitter)
    places = np.full((len(jitter), HOUSES, FLOORS, ACROSS, 2), -1, np.float32)
    for floor in range(FLOORS):
        for across in range(ACROSS):
            places[:, :, floor, across, 0] = np.arange(HOUSES) * 16 + 4 + 4 * across
            places[:, :, floor, across, 1] = tops + 4 + 5 * floor
    places[places[..., 1] > 38] = -1
    return places.reshape(len(jitter), -1, 2)


def draw_houses(canvas) -> None:
    """Draw four distant houses, their windows lit or dark, and the ground before them."""
    jitter = canvas.values["jitter"]
    tops, dim = house_tops(jitter), np.array([0.0, 0.0, 0.25, 0.55], np.float32)[canvas.values["sky"]]
    area = canvas.window(0, 38, 64, 64)
    area.paint(
        np.ones_like(area.x + area.y), [np.float32(c) * (1 - canvas.column(dim)) for c in (0.72, 0.7, 0.62)], GROUND
    )
    for k in range(HOUSES):
        area, top = canvas.window(16 * k, 6, 16 * k + 16, 42), canvas.column(tops[:, k])
        wall = WALLS[np.floor(8 * jitter[:, HOUSE_JITTER + 4 + k]).astype(np.int64)] * (1 - dim[:, None])
        wall = [canvas.column(wall[:, channel]) for channel in range(3)]
        middle = 16 * k + 8
        area.paint(area.fill(box(area.x, area.y, middle, top + 20, 7.6, 20)), wall, HOUSE)
        pointed = canvas.column((jitter[:, PANE_JITTER + 12 * k] * 8 % 1 < 0.5).astype(np.float32))
        roof = np.maximum(
            np.abs(area.x - middle) - 8 + (top - area.y) * (0.5 + 1.1 * pointed),
            np.maximum(area.y - top, top - 5 - area.y),
        )
        area.paint(area.fill(roof), [0.62 * value for value in wall], HOUSE)
        area.paint(area.fill(box(area.x, area.y, middle, 41, 8, 2.5)), [0.8 * value for value in wall], HOUSE)
    _windows(canvas)


def _windows(canvas) -> None:
    places = window_places(canvas.values["jitter"])
    for k in range(places.shape[1]):
        x, y = (canvas.column(places[:, k, axis]) for axis in (0, 1))
        left = float(places[:, k, 0].max())
        if left < 0:
            continue
        area = canvas.window(left - 2, 16, left + 2, 42)
        lit = canvas.column((canvas.values["jitter"][:, PANE_JITTER + k] < 0.45).astype(np.float32))
        pane = [np.float32(d) + lit * np.float32(l - d) for d, l in zip(DARK_PANE, LIT)]
        cover = area.fill(box(area.x, area.y, x, y, 1, 1.5))
        area.paint(cover, pane, HOUSE)
        area.mark("windows", cover)


def leaf_places(values: dict[str, np.ndarray]) -> np.ndarray:
    """Return the middles of a tree's leaves, −1 where there is no tree: (N, LEAVES, 2)."""
    u = values["jitter"][:, LEAF_JITTER : LEAF_JITTER + 2 * LEAVES].reshape(-1, LEAVES, 2)
    row = np.arange(LEAVES) % 6
    x = np.where(values["tree"] == 1, 9, 55)[:, None] + (np.arange(LEAVES) // 6 - 1.75) * 4.4 + 3 * (u[..., 0] - 0.5)
    y = 13 + 3.3 * row + 2.4 * (u[..., 1] - 0.5)
    places = np.stack([x, y], axis=-1).astype(np.float32)
    return np.where((values["tree"] == 0)[:, None, None], np.float32(-1), places)


def draw_tree(canvas) -> None:
    """Draw the tree on its side, its crown, and single leaves lighter or darker than the crown."""
    places = leaf_places(canvas.values)
    for number, middle in ((1, 9), (2, 55)):
        part = canvas.only(canvas.values["tree"] == number)
        area = part.window(middle - 14, 6, middle + 14, 48)
        area.paint(area.fill(box(area.x, area.y, middle, 38, 1.6, 9)), TRUNK, TREE)
        crown = np.minimum(circle(area.x, area.y, middle, 19, 8.5), circle(area.x, area.y, middle - 3, 25, 7.5))
        crown = np.minimum(crown, circle(area.x, area.y, middle + 4, 24.5, 7))
        dim = np.array([0.1, 0.1, 0.3, 0.55], np.float32)[part.values["sky"]]
        colour = [part.column(1 - dim) * value for value in hue(part, LEAF, "season")]
        area.paint(area.fill(crown), colour, TREE)
        for k in range(LEAVES):
            x, y = (part.column(places[:, k, axis]) for axis in (0, 1))
            cover = area.fill(ellipse(area.x + 0.5 * (area.y - y), area.y, x, y, 1.5, 0.95))
            tone = blend(colour, WHITE, 0.45) if k % 2 else [0.5 * value for value in colour]
            area.paint(cover, tone, TREE)
            area.mark("leaves", cover)


def bird_places(values: dict[str, np.ndarray]) -> np.ndarray:
    """Return where the birds fly, −1 where there is none: (N, BIRDS, 2)."""
    u = values["jitter"][:, BIRD_JITTER : BIRD_JITTER + 2 * BIRDS].reshape(-1, BIRDS, 2)
    places = np.stack([4.5 + 12.8 * np.arange(BIRDS) + 4 * u[..., 0], 4 + 7 * u[..., 1]], axis=-1).astype(np.float32)
    return np.where(values["birds"][..., None] > 0, places, np.float32(-1))


def draw_birds(canvas) -> None:
    """Draw birds with spread wings, dark by day and pale at night."""
    places = bird_places(canvas.values)
    pale = np.where(canvas["sky"] == 3, np.float32(0.8), np.float32(0))
    colour = [np.float32(c) + pale * (1 - np.float32(c)) for c in INK]
    for k in range(BIRDS):
        x, y = (canvas.column(places[:, k, axis]) for axis in (0, 1))
        area = canvas.window(12.8 * k, 0, 12.8 * k + 14, 15)
        wings = np.minimum(
            arch(area.x, area.y, x - 1.6, y - 1, 1.6, 1.2), arch(area.x, area.y, x + 1.6, y - 1, 1.6, 1.2)
        )
        cover = area.fill(wings - 0.5) * (x >= 0)
        area.paint(cover, colour)
        area.mark("birds", cover)
