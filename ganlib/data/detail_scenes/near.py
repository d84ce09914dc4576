"""What is near in a scene: a sign, and on the table a lace cloth, woven baskets, labelled jars; people from behind."""

from __future__ import annotations

import numpy as np

from ganlib.data.detail_scenes.font import HIGH, STEP, ink
from ganlib.data.detail_scenes.palette import (
    BASKET,
    BOARD,
    CLOTH,
    CLOTHS,
    FRUIT,
    GLASS,
    HAIRS,
    INK,
    JAR,
    LABELS,
    LETTERING,
    PERSON,
    SIGN,
    STRAW,
    TABLE,
    WHITE,
    WOOD,
)
from ganlib.data.drawing import arch, blend, box, circle, ellipse, hue, wave

SLOTS = {"left": 11, "middle": 32, "right": 53}
NEAR_JITTER = 122


def sign_corner(values: dict[str, np.ndarray]) -> np.ndarray:
    """Return the top left corner of the sign's first letter, in whole pixels: (N, 2)."""
    wide = STEP * (values["sign_letters"] + 3) - 1
    left = np.floor(10 + values["sign_place"][:, 0] * (44 - wide + 1).astype(np.float32))
    return np.stack([left, 24 + np.floor(values["sign_place"][:, 1] * 5)], axis=1).astype(np.float32)


def draw_sign(canvas) -> None:
    """Draw the sign on its two posts."""
    corner, wide = sign_corner(canvas.values), (STEP * (canvas.values["sign_letters"] + 3) - 1).astype(np.float32)
    left, top, wide = canvas.column(corner[:, 0]), canvas.column(corner[:, 1]), canvas.column(wide)
    area = canvas.window(4, 18, 60, 52)
    middle = left + wide / 2
    for side in (-1, 1):
        area.paint(area.fill(box(area.x, area.y, middle + side * (wide / 2 - 2), 44, 0.8, 8)), WOOD * 0.7, SIGN)
    board = box(area.x, area.y, middle, top + HIGH / 2, wide / 2 + 3, HIGH / 2 + 3, 1)
    area.paint(area.fill(board), hue(canvas, LETTERING, "sign_colour"), SIGN)
    area.paint(area.fill(board + 1), hue(canvas, BOARD, "sign_colour"), SIGN)
    letters, cells = ink(area, canvas.values["sign_text"][canvas.rows], left, top)
    area.paint(letters, hue(canvas, LETTERING, "sign_colour"))
    area.mark("text", cells)


def draw_table(canvas) -> None:
    """Draw the table with its cloth: lace, checks, or none."""
    area = canvas.window(0, 48, 64, 64)
    area.paint(np.ones_like(area.x + area.y), hue(canvas, CLOTHS, "cloth_colour"), TABLE)
    area.shade(area.stroke(area.y - 49 + 0 * area.x, 0.7), 0.3)
    grain = wave(area.x / 23 + 0.4 * wave(area.y / 17))
    area.shade(area.stroke(area.y - 57 - 3 * grain, 0.4), 0.15)
    part = canvas.only(canvas.values["cloth"] == 0)
    area = part.window(0, 50, 64, 64)
    lace = _lace(area, part.column(4 * part.values["jitter"][:, NEAR_JITTER]))
    area.paint(lace, WHITE, CLOTH)
    area.mark("lace", area.fill(_hem(area)))
    part = canvas.only(canvas.values["cloth"] == 1)
    area = part.window(0, 50, 64, 64)
    for line in (area.x + 0 * area.y, area.y + 0 * area.x):
        area.paint(area.fill((np.abs(line / 6 - np.floor(line / 6) - 0.5) - 0.25) * 6) * 0.5, WHITE, CLOTH)


def _hem(area) -> np.ndarray:
    """Return the signed distance to the lace: a band with a scalloped lower edge."""
    t = area.x / 8 - np.floor(area.x / 8) - 0.5
    return np.maximum(50.5 - area.y, area.y - 60.5 - 2 * (1 - 4 * t * t))


def _lace(area, shift) -> np.ndarray:
    """Return how much thread there is in each pixel: a net of threads, flowers, and a hem."""
    x, edge = area.x + shift, _hem(area)
    a, b = (x + area.y) / 3, (x - area.y) / 3
    net = np.maximum(area.stroke((a - np.floor(a) - 0.5) * 2.1, 0.4), area.stroke((b - np.floor(b) - 0.5) * 2.1, 0.4))
    u, v = x - 8 * np.floor(x / 8) - 4, area.y - 55
    flower = np.abs(np.sqrt(u * u + v * v) - 2.2 - 0.7 * wave((np.abs(u) - np.abs(v)) / 5 + 0.25)) - 0.5
    thread = np.maximum(net * 0.75, np.maximum(area.fill(flower), area.stroke(edge, 0.6)))
    thread = np.where(u * u + v * v < 4, area.fill(np.sqrt(u * u + v * v) - 0.8), thread)
    return thread * area.fill(edge - 0.4)


def draw_things(canvas) -> None:
    """Draw what stands in the three places of the table: a basket, a jar, or somebody before it, seen from behind."""
    for place, (slot, middle) in enumerate(SLOTS.items()):
        thing = canvas.values[slot]
        _basket(canvas.only(thing == 1), middle, place)
        _jar(canvas.only(thing == 2), middle, place)
    for place, (slot, middle) in enumerate(SLOTS.items()):
        _person(canvas.only(canvas.values[slot] == 3), middle, place)


def _basket(part, middle: int, place: int) -> None:
    area = part.window(middle - 12, 34, middle + 12, 60)
    shift = part.column(3 * part.values["jitter"][:, NEAR_JITTER + 1 + place])
    first = np.floor(part.values["jitter"][:, NEAR_JITTER + 1 + place] * 64).astype(np.int64)
    for k in range(3):
        fruit = FRUIT[(first // 4**k) % 4]
        colour = [part.column(fruit[:, channel]) for channel in range(3)]
        area.paint(area.fill(circle(area.x, area.y, middle - 5 + 5 * k, 45.5 - k % 2, 3.2)), colour, BASKET)
        area.paint(area.fill(circle(area.x, area.y, middle - 5.8 + 5 * k, 44 - k % 2, 0.6)) * 0.6, WHITE)
    body = np.maximum(box(area.x, area.y, middle, 51, 10 - 0.16 * (area.y - 46), 5.5, 2), 46 - area.y)
    cover = area.fill(body)
    area.paint(cover, STRAW, BASKET)
    row = np.floor((area.y - 46) / 2.5)
    u = (area.x + shift) / 4 + 0.5 * row
    u, v = u - np.floor(u) - 0.5, (area.y - 46) / 2.5 - row - 0.5
    area.shade(cover * np.clip(5 * (u * u + v * v) - 0.35, 0, 1), 0.62)
    area.shade(cover * np.clip(0.5 - 6 * (u * u + v * v), 0, 1), -0.25)
    area.mark("weave", cover)
    area.paint(area.fill(box(area.x, area.y, middle, 46, 10.6, 1.1, 1)), STRAW * np.float32(0.75), BASKET)


def label_corner(place: int) -> tuple[int, int]:
    """Return the top left corner of the first letter on the label of a jar."""
    return list(SLOTS.values())[place] - 6, 45


def _jar(part, middle: int, place: int) -> None:
    area, (left, top) = part.window(middle - 11, 34, middle + 11, 60), label_corner(place)
    body = box(area.x, area.y, middle, 48, 8.6, 8.5, 3)
    area.paint(area.fill(body), GLASS * np.float32(0.85), JAR)
    jam = part.column(part.values["jitter"][:, NEAR_JITTER + 1 + place])
    area.paint(area.fill(np.maximum(body + 1, 43 - area.y)), [0.85 - 0.3 * jam, 0.3 + 0.4 * jam, 0.25 + 0 * jam], JAR)
    area.paint(
        area.fill(box(area.x, area.y, middle, 38.5, 7.6, 2, 0.8)),
        [0.25 + 0.6 * jam, 0.35 + 0 * jam, 0.65 - 0.4 * jam],
        JAR,
    )
    area.paint(
        area.fill(box(area.x, area.y, left + 5.5, top + 3.5, 7.5, 5, 0.5)), hue(part, LABELS, "label_colour"), JAR
    )
    corner = np.full((len(part.rows), 1, 1), np.float32(1))
    letters, cells = ink(area, part.values["label_text"][part.rows, place], left * corner, top * corner)
    area.paint(letters, INK)
    area.mark("text", cells)


def _person(part, middle: int, place: int) -> None:
    area, phase = (
        part.window(middle - 12, 36, middle + 12, 64),
        part.column(part.values["jitter"][:, NEAR_JITTER + 1 + place]),
    )
    coat = [0.35 + 0.4 * phase, 0.35 + 0.2 * (1 - phase), 0.5 - 0.2 * phase]
    area.paint(area.fill(ellipse(area.x, area.y, middle, 68, 11.5, 9)), coat, PERSON)
    plait = part["hair_style"]
    u, head = area.x - middle, ellipse(area.x, area.y, middle, 47, 8, 9)
    fall = box(area.x, area.y, middle, 51.5, 8 - 4.5 * plait, 8 + plait, 3)
    cover = area.fill(np.minimum(head, fall))
    colour = hue(part, HAIRS, "hair_colour")
    area.paint(cover, colour, PERSON)
    spread = u / (1 + 0.012 * (area.y - 38)) + 0.8 * wave(area.y / 15 + phase)
    woven = np.abs(u) - 1.2 * (area.y - 56)
    spread = np.where((plait > 0) & (area.y > 55), woven + 0 * spread, spread)
    strand = wave(spread / 2.6 + phase) + 0.5 * wave(spread / 1.7 + 3 * phase)
    area.shade(cover * np.clip(strand, 0, 1), 0.55)
    area.paint(cover * np.clip(-strand - 0.2, 0, 1) * 0.4, blend(colour, WHITE, 0.45))
    area.mark("hair", cover)
    area.shade(area.stroke(arch(area.x, area.y, middle, 40.5, 5, 2), 0.7) * cover, -0.2)
