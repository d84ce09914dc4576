"""What a sketched face looks with and speaks with: eyes, brows, glasses, mouth."""

from __future__ import annotations

import numpy as np

from ganlib.data.drawing import arch, blend, box, circle, ellipse, hue, segment
from ganlib.data.sketch_faces.palette import (
    BROWS,
    EYES,
    FRAME,
    GLASSES,
    HAIRS,
    INK,
    IRIS,
    IRISES,
    LIP,
    MOUTH,
    SKIN,
    SKINS,
    TEETH,
    WHITE,
)

SIDES = ((-1, -20, 4), (1, -4, 20))  # which eye, and the columns where it can lie


def eye_place(head, side: int) -> tuple:
    """Return where an eye is, and half its width and height: the one turned away is narrower."""
    far = np.clip(side * head["turn"], 0, 1)
    size = head["eye_size"]
    return side * (6.3 - 0.9 * far) + 3.1 * head["turn"], -0.8, (2.9 + 0.8 * size) * (1 - 0.14 * far), 2.6 + 0.8 * size


def draw_eyes(head) -> None:
    """Draw open eyes with iris, pupil and highlight; a wink or happy eyes are arcs."""
    kind = head.values["eyes"]
    for side, left, right in SIDES:
        shut = (kind == 2) | ((kind == 1) & (side == 1))
        _open_eye(head.only(~shut), side, left, right)
        part = head.only(shut)
        area, (x, y, wide, _) = part.window(left, -10, right, 10), eye_place(part, side)
        area.paint(area.stroke(arch(area.x, area.y, x, y - 1.2, wide, 2.4), 0.7), INK, EYES)
        _lashes(part.only(part.values["lashes"] == 1), side, left, right, 1.0)
    _lashes(head.only((head.values["lashes"] == 1) & (kind == 0)), -1, -20, 4, -0.9)
    _lashes(head.only((head.values["lashes"] == 1) & (kind == 0)), 1, -4, 20, -0.9)


def _open_eye(part, side: int, left: int, right: int) -> None:
    area, (x, y, wide, high) = part.window(left, -10, right, 10), eye_place(part, side)
    ball = ellipse(area.x, area.y, x, y, wide, high)
    white = area.fill(ball)
    area.paint(white, WHITE, EYES)
    look = x + 0.9 * part["gaze"] + 0.3 * part["turn"]
    iris = circle(area.x, area.y, look, y + 0.2, 2.35)
    area.paint(white * area.fill(iris), hue(part, IRIS, "eye_colour"), IRISES)
    area.shade(white * area.fill(np.abs(iris) - 0.3), 0.35)
    area.paint(white * area.fill(iris + 0.95), INK, IRISES)
    t = (area.x - x) / wide
    edge = area.y - (y - high * (0.62 - 0.75 * t * t * t * t))
    area.paint(area.fill(np.maximum(ball, edge)), hue(part, SKINS, "skin", 0.14), SKIN)
    area.paint(area.fill(circle(area.x, area.y, look - 0.85, y - 0.65, 0.65)), (1, 1, 1))
    lid = np.maximum(np.abs(edge), ball - 0.4)
    area.paint(area.stroke(lid, 0.42 + 0.22 * part["lashes"]), INK, EYES)


def _lashes(part, side: int, left: int, right: int, drop: float) -> None:
    area, (x, y, wide, high) = part.window(left, -10, right, 10), eye_place(part, side)
    distance = None
    for out, up, length in ((0.72, 0.75, 1.5), (0.95, 0.3, 1.7)):
        start_x, start_y = x + side * wide * out, y - high * up * (1 if drop < 0 else -0.3)
        lash = segment(area.x, area.y, start_x, start_y, start_x + side * length, start_y + drop * 1.2)
        distance = lash if distance is None else np.minimum(distance, lash)
    area.paint(area.stroke(distance, 0.38), INK, EYES)


def draw_brows(head) -> None:
    """Draw the brows in the hair's colour, darker, tilted by the mood."""
    colour = hue(head, HAIRS, "hair_colour", 0.3)
    for side, left, right in SIDES:
        area, (x, y, wide, high) = head.window(left, -18, right, 6), eye_place(head, side)
        level = y - high - 2.6 + head["brow_tilt"] * side * 0.22 * -(area.x - x)
        distance = arch(area.x, area.y - level, x, -0.6, wide + 0.5, 1.2)
        area.paint(area.stroke(distance, 0.5 + 0.55 * head["brow_weight"]), colour, BROWS)


def draw_glasses(head) -> None:
    """Draw round or square glasses with a glint."""
    for number in (1, 2):
        part = head.only(head.values["glasses"] == number)
        for side, left, right in SIDES:
            area, (x, y, wide, _) = part.window(left, -12, right, 12), eye_place(part, side)
            wide = wide + 1.5
            lens = (
                ellipse(area.x, area.y, x, y + 0.4, wide, 4.9)
                if number == 1
                else box(area.x, area.y, x, y + 0.6, wide, 3.9, 1.2)
            )
            area.paint(area.fill(lens) * 0.08, (0.85, 0.95, 1.0))
            glint = np.abs(area.x - x + 0.8 * (area.y - y) + 1.6) - 0.5
            area.paint(area.fill(np.maximum(glint, lens + 0.8)) * 0.26, WHITE)
            area.paint(area.stroke(lens, 0.6), FRAME, GLASSES)
            temple = segment(area.x, area.y, x + side * wide, y - 0.4, side * (part["width"] + 0.6), y - 0.8)
            area.paint(area.stroke(temple, 0.5), FRAME, GLASSES)
        area = part.window(-10, -12, 10, 12)
        turn = 3.1 * part["turn"]
        area.paint(area.stroke(arch(area.x, area.y, turn, -1.9, 2.2, 0.8), 0.55), FRAME, GLASSES)


def draw_mouth(head) -> None:
    """Draw the mouth: closed as a curve, or open with teeth and tongue."""
    shut, wide_open = (head.only(head.values["mouth_open"] == k) for k in (0, 1))
    area, (x, y, half, rise) = shut.window(-16, 4, 16, 20), _mouth_place(shut)
    line = arch(area.x, area.y, x, y + rise * 0.5, half, -rise)
    t = np.clip((area.x - x) / half, -1, 1)
    lips = area.stroke(line, 0.3 + 1.15 * (1 - t * t)) * shut["lips"]
    area.paint(lips, blend([LIP[k] for k in range(3)], hue(shut, SKINS, "skin"), 0.15), MOUTH)
    area.paint(area.stroke(line, 0.55), blend(hue(shut, SKINS, "skin", 0.6), LIP, 0.3), MOUTH)
    area, (x, y, half, rise) = wide_open.window(-16, 4, 16, 20), _mouth_place(wide_open)
    _open_mouth(wide_open, area, x, y - 0.8, half, rise)


def _mouth_place(head) -> tuple:
    smile = head["smile"]
    return 3.3 * head["turn"], 10.2, 4.0 + 1.9 * np.maximum(smile, 0), 3.8 * smile


def _open_mouth(part, area, x, y, half, rise) -> None:
    t = (area.x - x) / half
    inside = np.maximum(1 - t * t, 0)
    top, bottom = y + 0.45 * rise * (inside - 0.5), y + 0.45 * rise * (inside - 0.5) + (3.4 + 0.35 * rise) * inside
    shape = np.maximum(np.maximum(top - area.y, area.y - bottom), (np.abs(t) - 1) * half)
    area.paint(area.fill(shape - 0.35 - 0.75 * part["lips"]), blend(hue(part, SKINS, "skin", 0.45), LIP, 0.85), MOUTH)
    hole = area.fill(shape)
    area.paint(hole, (0.35, 0.1, 0.12), MOUTH)
    area.paint(hole * area.fill(ellipse(area.x, area.y, x, y + 3.6, half * 0.6, 1.5)), (0.88, 0.45, 0.45), MOUTH)
    area.paint(hole * area.fill(area.y - top - 1.35), WHITE, TEETH)
