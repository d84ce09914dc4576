"""The hair of a sketched face: what falls behind the head, what lies over the forehead, and single strands."""

from __future__ import annotations

import numpy as np

from ganlib.data.drawing import arch, blend, box, circle, ellipse, hue, wave
from ganlib.data.sketch_faces.head import outline
from ganlib.data.sketch_faces.palette import (
    HAIR,
    HAIRS,
    WHITE,
)

PARTY = 4
SHAVED, CROP, PARTED, SPIKES, CURLS, STRAIGHT, WAVES, BUN, PIGTAILS = range(9)
CURL_PLACES = ((-13, -8), (-11, -13), (-5, -17), (1, -18), (7, -16.5), (12, -12), (14, -7), (-15, -2), (15, -2),
               (-15.5, 4), (15.5, 4))  # fmt: skip


def _under_hat(area, part) -> np.ndarray:
    """Return 1 where hair may be: everywhere, or below a hat's rim; a party hat stands on it."""
    worn = (part["hat"] > 0) & (part["hat"] != PARTY)
    return np.where(worn, area.fill(-9.5 - area.y), np.float32(1))


def draw_hair_behind(head) -> None:
    """Draw what lies behind the head: long hair, curls, a bun, pigtails."""
    style = head.values["hair_style"]
    for number in (STRAIGHT, WAVES):
        part = head.only(style == number)
        area = part.window(-26, -24, 26, 34)
        low = 15 + 15 * part["hair_length"]
        edge = 1.3 * wave(area.y / 9) if number == WAVES else 0.0
        grow = 3.2 + (0.9 if number == WAVES else 0.0)
        fall = box(np.abs(area.x) + edge, area.y, 0, low / 2 - 4, part["width"] + grow - 0.6, low / 2 + 5, 5)
        _lay(area, part, np.minimum(outline(area, part, grow), fall), 0.12)
    part = head.only(style == CURLS)
    area = part.window(-28, -28, 28, 18)
    _lay(area, part, _curls(area, part), 0.12)
    part = head.only((style == BUN) & (head.values["hat"] == 0))
    area = part.window(-14, -30, 14, -6)
    _lay(area, part, circle(area.x, area.y, -1.5 * part["turn"], -19.5, 5.6), 0.08)
    part = head.only(style == PIGTAILS)
    for side, left, right in ((-1, -30, -6), (1, 6, 30)):
        area = part.window(left, -6, right, 34)
        long = 5 + 5 * part["hair_length"]
        tail = ellipse(area.x - side * 0.1 * area.y, area.y, side * (part["width"] + 3.6), 3 + long, 4.2, long)
        _lay(area, part, tail, 0.05)


def _curls(area, part) -> np.ndarray:
    distance = outline(area, part, 2.2)
    distance = np.where(area.y > 8, 9.0, distance)
    for k, (x, y) in enumerate(CURL_PLACES):
        radius = 3.6 + part.column(part.values["jitter"][:, 40 + k])
        distance = np.minimum(distance, circle(area.x, area.y, x, y, radius))
    return distance


def _lay(area, part, distance, dark: float) -> None:
    area.paint(area.fill(distance) * _under_hat(area, part), hue(part, HAIRS, "hair_colour", dark), HAIR)


def draw_hair_front(head) -> None:
    """Draw the hair over the forehead, down to a hairline that depends on the style."""
    part = head.only(head.values["hair_style"] != SHAVED)
    area = part.window(-26, -26, 26, 16)
    style = part["hair_style"]
    grow = np.choose(style, [np.float32(g) for g in (0, 1.6, 2.2, 1.8, 2.6, 2.8, 3.2, 1.4, 1.6)])
    top = outline(area, part, grow)
    spikes = np.where(style == SPIKES, 2.6 * np.abs(wave(area.x / 11 + 0.25)) - 1.6, 0) * (area.y < -8)
    below, clear = area.y - _hairline(area, part, style), _under_hat(area, part)
    area.shade(area.fill(np.maximum(outline(area, part), below - 1.3)) * clear, 0.22)
    cover = area.fill(np.maximum(top - np.maximum(spikes, 0), below)) * clear
    area.paint(cover, hue(part, HAIRS, "hair_colour"), HAIR)
    sheen = arch(area.x, area.y, 1.5 + 2 * part["light"] * -3, -14.2, 7, 2.2)
    area.paint(cover * area.stroke(sheen, 0.8) * 0.3, blend(hue(part, HAIRS, "hair_colour"), WHITE, 0.6))


def _hairline(area, part, style) -> np.ndarray:
    """Return how far down the hair reaches in each column; beside the face it goes on to the ear."""
    t = area.x / part["width"]
    u = t - 0.12 * part["turn"]
    middle = -10.5 + 5 * u * u
    swept = -9.5 - 3.2 * u + 2.5 * u * u
    parted = -13.2 + 10.5 * np.abs(u) - 2 * u * u
    fringe = -6.3 - 0.6 * u * u + 0.35 * wave(area.x / 3)
    line = np.where(
        style == PARTED, swept, np.where((style == STRAIGHT) | (style == WAVES) | (style == PIGTAILS), parted, middle)
    )
    line = np.where(part["fringe"] > 0, np.maximum(line, fringe), line)
    low = np.where((style == STRAIGHT) | (style == WAVES), np.float32(8), np.float32(-1))
    return np.where(np.abs(t) > 0.9, low, line)


def draw_strands(head) -> None:
    """Draw single hairs: six in the hair, lighter, and four that have sprung loose."""
    part = head.only((head.values["strands"] == 1) & (head.values["hair_style"] != SHAVED))
    area, jitter = part.window(-28, -28, 28, 16), part.values["jitter"]
    clear = _under_hat(area, part)
    for k in range(8):
        start = part.column(20 * jitter[:, 42 + k] - 10)
        bend = part.column(5 * jitter[:, 50 + k] - 2.5)
        t = np.clip((area.y + 21) / 12, 0, 1)
        loose = k % 2
        x = start * (0.7 + 0.5 * t) + bend * t * t
        low = -9.5 if not loose else -6.5
        line = np.abs(area.x - x) + np.maximum(area.y - low, 0) + np.maximum(-(20.5 if loose else 17) - area.y, 0)
        cover = area.stroke(line, 0.32) * clear
        area.paint(
            cover * 0.9, blend(hue(part, HAIRS, "hair_colour", 0.1 * loose), WHITE, 0.0 if loose else 0.35), HAIR
        )
        area.mark("strands", cover)
