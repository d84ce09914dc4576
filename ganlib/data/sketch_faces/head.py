"""The head of a sketched face: outline, ears, cheeks, nose, beard, freckles and wrinkles."""

from __future__ import annotations

import numpy as np

from ganlib.data.drawing import arch, blend, circle, ellipse, hue, segment
from ganlib.data.sketch_faces.palette import (
    BEARD,
    EARRINGS,
    GOLD,
    HAIRS,
    NOSE,
    SKIN,
    SKINS,
)

# By face shape: half the width, chin's depth, how much wider the jaw is than the temples, how square.
OUTLINES = np.array(
    [(13.4, 16.8, -0.05, 0.15), (14.8, 15.2, 0.03, 0.2), (12.7, 18.2, -0.02, 0.25), (13.8, 16.4, 0.06, 0.8),
     (14.4, 16.8, -0.17, 0.1)], np.float32,
)  # fmt: skip
ROSE = (0.93, 0.42, 0.42)


def outline(area, head, grow: float = 0.0) -> np.ndarray:
    """Return the signed distance, nearly, to the edge of the face, widened by `grow` on all sides."""
    jaw, square = head["jaw"], head["square"]
    u = area.x / ((head["width"] + grow) * (1 + jaw * np.clip(area.y / 16, -1, 1)))
    v = area.y / (np.where(area.y > 0, head["chin"], np.float32(17)) + grow)
    u, v = u * u, v * v
    return ((1 - square) * (u + v) + square * (u * u + v * v) - 1) * (head["width"] / (2 + 2 * square))


def draw_head(head) -> None:
    """Draw the ears and the face with its shadow and cheeks."""
    skin = hue(head, SKINS, "skin")
    for side, left, right in ((-1, -22, -5), (1, 5, 22)):
        area = head.window(left, -10, right, 12)
        place = side * (head["width"] + 0.4) - 1.6 * head["turn"]
        area.paint(area.fill(ellipse(area.x, area.y, place, 1, 2.6, 3.8)), skin, SKIN)
        area.shade(area.fill(ellipse(area.x, area.y, place + 0.3 * side, 1, 1.2, 2.2)), 0.2)
    area = head.window(-22, -22, 22, 24)
    edge = outline(area, head)
    cover = area.fill(edge)
    area.paint(cover, skin, SKIN)
    area.shade(cover * np.clip((area.x * -head["light"] + 0.3 * area.y + edge * 0.6) / 16, 0, 0.6), 0.22)
    area, rosy = head.window(-20, -4, 20, 14), blend(skin, ROSE, 0.6)
    for side in (-1, 1):
        blush = ellipse(area.x, area.y, side * 8.2 + 2.8 * head["turn"], 5.6, 3.4, 2.4)
        soft = np.clip(0.5 - blush / 2.5, 0, 1) * (0.15 + 0.55 * head["cheeks"])
        area.paint(soft * area.fill(outline(area, head)), rosy)


def draw_nose(head) -> None:
    """Draw a nose that points where the head is turned."""
    area, size = head.window(-12, -6, 12, 14), head["nose_size"]
    middle, tip = 3.6 * head["turn"], 4.6 * head["turn"]
    wide = 1.5 + 0.9 * size
    ball = ellipse(area.x, area.y, tip, 4.6, wide, 1.3 + 0.5 * size)
    area.paint(area.fill(ball) * 0.85, blend(hue(head, SKINS, "skin", 0.06), ROSE, 0.18), NOSE)
    area.shade(area.stroke(arch(area.x, area.y, tip, 5.9 + 0.5 * size, wide, -0.9), 0.4), 0.42)
    area.paint(area.fill(circle(area.x, area.y, tip - 0.6, 4.1, 0.6)) * 0.45, (1, 0.95, 0.9))
    side = np.where(head["turn"] < 0, np.float32(-1), np.float32(1))
    area.shade(area.stroke(segment(area.x, area.y, middle + side * 0.8, -1.5, tip + side * 1.0, 2.8), 0.3), 0.16)


def draw_beard(head) -> None:
    """Draw stubble, moustache, goatee or a full beard in the hair's colour, a little darker."""
    kind = head.values["beard"]
    for number in (1, 4):
        part = head.only(kind == number)
        area = part.window(-22, -2, 22, 30)
        t = (area.x - 1.2 * part["turn"]) / part["width"]
        line = area.y - 9.2 + 9.5 * t * t * t * t
        cover = area.fill(np.maximum(outline(area, part, 0.9 if number == 4 else -0.2), -line))
        colour = blend(hue(part, HAIRS, "hair_colour", 0.4), hue(part, SKINS, "skin", 0.4), 0.6)
        if number == 1:
            area.paint(cover * 0.4, colour)
        else:
            area.paint(cover, hue(part, HAIRS, "hair_colour", 0.12), BEARD)
    part = head.only(kind == 3)
    area = part.window(-12, 4, 12, 26)
    chin = part["chin"]
    area.paint(
        area.fill(ellipse(area.x, area.y, 2.4 * part["turn"], chin - 0.9, 4.2, 3)),
        hue(part, HAIRS, "hair_colour", 0.12),
        BEARD,
    )


def draw_moustache(head) -> None:
    """Draw the moustache over the mouth's upper edge: of its own, or with a full beard."""
    part = head.only((head.values["beard"] == 2) | (head.values["beard"] == 4))
    area = part.window(-14, 2, 14, 16)
    for side in (-1, 1):
        u, v = area.x - 3.4 * part["turn"] - side * 2.6, area.y - 7.6
        cover = area.fill(ellipse(u + side * 0.35 * v, v + side * -0.22 * u, 0, 0, 3.4, 1.35))
        area.paint(cover, hue(part, HAIRS, "hair_colour", 0.2), BEARD)


def draw_freckles(head) -> None:
    """Scatter 14 freckles over nose and cheeks."""
    part = head.only(head.values["freckles"] == 1)
    area, jitter = part.window(-18, -4, 18, 12), part.values["jitter"]
    inside = area.fill(outline(area, part, -1.5))
    for k in range(14):
        across = part.column((k % 7 - 3) * np.float32(3.3) + 3 * jitter[:, 2 * k]) - 1.5 + 3 * part["turn"]
        down = part.column(np.float32(2.2 + 3.4 * (k // 7)) + np.float32(2.6) * jitter[:, 2 * k + 1])
        cover = area.fill(circle(area.x, area.y, across, down, 0.55)) * inside
        area.paint(cover * 0.8, blend(hue(part, SKINS, "skin", 0.5), (0.5, 0.2, 0.05), 0.3))
        area.mark("freckles", cover)


def draw_wrinkles(head) -> None:
    """Draw lines on the forehead, beside the eyes, and from the nose to the corners of the mouth."""
    part = head.only(head.values["wrinkles"] == 1)
    area, turn, jitter = part.window(-20, -16, 20, 18), part["turn"], part.values["jitter"]
    lines = []
    for k in range(3):
        middle, half = part.column(2 * jitter[:, 30 + k]) - 1 + 2.5 * turn, part.column(4 + 3 * jitter[:, 33 + k])
        lines.append(arch(area.x, area.y, middle, -11.2 + 2.1 * k, half, 0.7))
    for side in (-1, 1):
        lines.append(segment(area.x, area.y, side * 4.2 + 3 * turn, 5.4, side * 6.2 + 2.6 * turn, 9.2))
        lines.append(arch(area.x, area.y, side * 6.2 + 3 * turn, 4.3, 2.4, -0.9))
        for slope in (-1.2, 0.1, 1.4):
            lines.append(
                segment(
                    area.x, area.y, side * 10.4 + 2.6 * turn, -0.6 + 0.4 * slope, side * 12 + 2.3 * turn, -0.6 + slope
                )
            )
    distance = lines[0]
    for line in lines[1:]:
        distance = np.minimum(distance, line)
    cover = area.stroke(distance, 0.38) * area.fill(outline(area, part, -0.6))
    area.shade(cover, 0.2 + 0.25 * part["age"])
    area.mark("wrinkles", cover)


def draw_earrings(head) -> None:
    """Hang a golden ring or drop from each ear."""
    part = head.only(head.values["earrings"] == 1)
    for side, left, right in ((-1, -22, -5), (1, 5, 22)):
        area = part.window(left, 2, right, 16)
        place = side * (part["width"] + 0.8) - 1.6 * part["turn"]
        area.paint(area.fill(circle(area.x, area.y, place, 6.6, 1.6)), GOLD, EARRINGS)
        area.paint(area.fill(circle(area.x, area.y, place - 0.4, 6.1, 0.5)), (1, 0.97, 0.8))
