"""The hats of sketched faces."""

from __future__ import annotations

import numpy as np

from ganlib.data.drawing import blend, box, circle, ellipse, hue
from ganlib.data.sketch_faces.palette import (
    HAT,
    HATS,
    STRAW,
    WHITE,
)

BEANIE, CAP, STRAW_HAT, PARTY = 1, 2, 3, 4


def draw_hats(head) -> None:
    """Draw the hat, where there is one."""
    for number, draw in ((BEANIE, _beanie), (CAP, _cap), (STRAW_HAT, _straw), (PARTY, _party)):
        draw(head.only(head.values["hat"] == number))


def _dome(area, part, grow: float, top: float):
    return np.maximum(ellipse(area.x, area.y, 0, -9, part["width"] + grow, top), area.y + 8.5)


def _beanie(part) -> None:
    area, colour = part.window(-26, -30, 26, 0), hue(part, HATS, "hat_colour")
    area.paint(area.fill(circle(area.x, area.y, 0, -23.5, 3.6)), blend(colour, WHITE, 0.8), HAT)
    area.paint(area.fill(_dome(area, part, 2.4, 14.5)), colour, HAT)
    ribs = np.abs(area.x / 3 - np.floor(area.x / 3) - 0.5) * 3
    band = box(area.x, area.y, 0, -8.6, part["width"] + 2.8, 2.6, 1.4)
    area.paint(area.fill(band), blend(colour, WHITE, 0.25), HAT)
    area.shade(area.fill(band) * area.stroke(ribs, 0.35), 0.3)


def _cap(part) -> None:
    area, colour = part.window(-28, -28, 30, 0), hue(part, HATS, "hat_colour")
    area.paint(area.fill(_dome(area, part, 2.2, 13.5)), colour, HAT)
    area.paint(area.fill(circle(area.x, area.y, 0, -22, 1.2)), blend(colour, WHITE, 0.4), HAT)
    area.paint(area.fill(ellipse(area.x, area.y, 4 * part["turn"], -14.5, 3.6, 3.2)), blend(colour, WHITE, 0.8), HAT)
    brim = ellipse(area.x, area.y, 5.5 * part["turn"], -8.2, part["width"] + 2.6, 2.5)
    area.paint(area.fill(brim), [0.7 * value for value in colour], HAT)


def _straw(part) -> None:
    area = part.window(-32, -28, 32, 0)
    area.paint(area.fill(_dome(area, part, 0.4, 13.5)), STRAW, HAT)
    area.paint(area.fill(np.maximum(_dome(area, part, 0.4, 13.5), -12.6 - area.y)), hue(part, HATS, "hat_colour"), HAT)
    area.paint(area.fill(ellipse(area.x, area.y, 0, -8.4, part["width"] + 10.5, 3)), STRAW * np.float32(0.95), HAT)
    area.shade(area.fill(ellipse(area.x, area.y, 0, -6.4, part["width"] + 7, 1)), 0.2)


def _party(part) -> None:
    area, colour = part.window(-20, -30, 20, -4), hue(part, HATS, "hat_colour")
    x = area.x - 0.12 * (area.y + 10)
    cone = np.maximum((np.abs(x) - 0.5 * (area.y + 29)) * 0.9, area.y + 11 + 0.02 * x * x)
    area.paint(area.fill(cone), colour, HAT)
    bands = (area.y + 0.35 * x) / 5
    area.paint(
        area.fill(np.maximum(cone, (np.abs(bands - np.floor(bands) - 0.5) - 0.2) * 5)), blend(colour, WHITE, 0.75), HAT
    )
    area.paint(area.fill(circle(area.x, area.y, -2.3, -28, 2.4)), WHITE, HAT)
