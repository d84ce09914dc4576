"""What stands behind and below a sketched face: background, neck, clothes."""

from __future__ import annotations

import numpy as np

from ganlib.data.drawing import blend, box, ellipse, hue, segment, wave
from ganlib.data.sketch_faces.palette import (
    BACKGROUND,
    CLOTH,
    CLOTHES,
    SCENES,
    SKIN,
    SKINS,
    WHITE,
)

GRASS = (0.42, 0.62, 0.5)


def draw_background(canvas) -> None:
    """Fill the picture with one of six colours and one of five patterns."""
    area, colour = canvas.window(), hue(canvas, SCENES, "background_colour")
    area.paint(np.float32(1) - 0.0 * area.x * area.y, blend(colour, WHITE, 0.25), BACKGROUND)
    plain, disc, stripes, dots, hills = (canvas.only(canvas.values["background"] == k) for k in range(5))
    area = plain.window()
    area.shade(area.y / 64, 0.2)
    area = disc.window()
    area.paint(area.fill(ellipse(area.x, area.y, 32, 31, 27, 27)), hue(disc, SCENES, "background_colour", 0.14))
    area = stripes.window()
    diagonal = (area.x + area.y) / 12
    area.paint(
        area.fill((np.abs(diagonal - np.floor(diagonal) - 0.5) - 0.25) * 8.5),
        hue(stripes, SCENES, "background_colour", 0.08),
    )
    area = dots.window()
    across, down = area.x - 10 * np.floor(area.x / 10) - 5, area.y - 10 * np.floor(area.y / 10) - 5
    area.paint(
        area.fill(np.sqrt(across * across + down * down) - 2), blend(hue(dots, SCENES, "background_colour"), WHITE, 0.8)
    )
    area = hills.window(top=26)
    for height, depth, phase in ((36, 0.0, 0.1), (46, 0.25, 0.7)):
        top = height + 6 * wave(area.x / 58 + phase)
        colour = blend(hue(hills, SCENES, "background_colour", depth), GRASS, 0.7)
        area.paint(area.fill(top - area.y), colour)


def draw_body(canvas) -> None:
    """Draw neck, shoulders and clothes."""
    wide = canvas["shoulders"]
    area, skin = canvas.window(20, 38, 44, 64), hue(canvas, SKINS, "skin")
    neck = area.fill(box(area.x, area.y, 32, 51, canvas["neck"], 12, 2))
    area.paint(neck, skin, SKIN)
    area.shade(neck * area.fill(ellipse(area.x, area.y, 32, 46, 10.5, 9.5)), 0.2)
    area = canvas.window(2, 48, 62, 64)
    body = np.maximum(ellipse(area.x, area.y, 32, 68.5, wide, 14.5), -ellipse(area.x, area.y, 32, 53, 5, 3.4))
    area.paint(area.fill(body), hue(canvas, CLOTH, "clothes_colour"), CLOTHES)
    _stripes(canvas.only(canvas.values["clothes"] == 1))
    _collar(canvas.only(canvas.values["clothes"] == 2))
    _scarf(canvas.only(canvas.values["clothes"] == 3))


def _stripes(canvas) -> None:
    area = canvas.window(2, 52, 62, 64)
    body = ellipse(area.x, area.y, 32, 68.5, canvas["shoulders"], 14.5)
    bands = (area.y + 0.02 * (area.x - 32) * (area.x - 32)) / 5
    cover = area.fill(np.maximum(body, (np.abs(bands - np.floor(bands) - 0.5) - 0.22) * 5))
    area.paint(
        cover * (1 - area.fill(ellipse(area.x, area.y, 32, 53, 5, 3.4))),
        blend(hue(canvas, CLOTH, "clothes_colour"), WHITE, 0.75),
        CLOTHES,
    )


def _collar(canvas) -> None:
    area = canvas.window(18, 48, 46, 64)
    for side in (-1, 1):
        u = side * (area.x - 32)
        flap = np.maximum(np.maximum(50.5 - area.y + 0.15 * u, u - 8.5), (area.y - 61 + 1.1 * u) * 0.7)
        flap = np.maximum(flap, 0.6 - u + 0.25 * (area.y - 58))
        area.paint(area.fill(flap), blend(hue(canvas, CLOTH, "clothes_colour"), WHITE, 0.8), CLOTHES)
        area.shade(area.stroke(segment(area.x, area.y, 32 + side * 0.8, 59.5, 32 + side * 8, 52.5), 0.3), 0.35)


def _scarf(canvas) -> None:
    area, colour = canvas.window(18, 46, 46, 64), blend(hue(canvas, CLOTH, "clothes_colour"), WHITE, 0.45)
    tail = box(area.x, area.y, 37, 59, 3.2, 7, 1)
    area.paint(area.fill(tail), colour, CLOTHES)
    area.paint(area.fill(ellipse(area.x, area.y, 32, 51, 11, 4)), colour, CLOTHES)
    area.shade(area.stroke(ellipse(area.x, area.y, 32, 49.5, 11.5, 4), 0.4), 0.25)
    area.shade(area.stroke(np.maximum(tail, 54 - area.y), 0.4), 0.25)
