"""Drawing for the likelihood widgets: plot boxes, bands, clouds and ellipses, with PIL in milliseconds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from ganlib import plots
from ganlib.widgets.base.curves import GRID, INK, font, lighter
from ganlib.widgets.base.sheet import SCALE, Sheet
from ganlib.widgets.plane.picture import rgb

HEAVY = plots.PLAYER_D  # samples that count


class Plot:
    """A plot box on a Sheet: edges (left, top, right, bottom) in CSS pixels, and the ranges of both axes."""

    def __init__(self, sheet: Sheet, edges, x_range, y_range):
        self.sheet, self.edges, self.x_range, self.y_range = sheet, edges, x_range, y_range

    def place(self, x, y) -> np.ndarray:
        """Map values to CSS pixels (N, 2), clipped to the box."""
        left, top, right, bottom = self.edges
        across = (np.asarray(x, float) - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (np.asarray(y, float) - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        across, up = np.broadcast_arrays(across.clip(0, 1), up.clip(0, 1))
        return np.stack([left + (right - left) * across, bottom - (bottom - top) * up], axis=-1)

    def axes(
        self,
        x_title: str,
        y_title: str,
        x_ticks: Mapping[Any, str],
        y_ticks: Mapping[Any, str],
        *,
        grid: bool = True,
    ) -> None:
        """Draw both axes, their ticks by position, their names, and a grid of horizontal lines."""
        left, top, right, bottom = self.edges
        for value, name in y_ticks.items():
            y = self.place(self.x_range[0], value)[1]
            if grid:
                self.sheet.line([(left, y), (right, y)], fill=GRID, width=1)
            self.sheet.text(left - 6, y, name, size=12, anchor="rm")
        for value, name in x_ticks.items():
            x = self.place(value, self.y_range[0])[0]
            self.sheet.line([(x, bottom), (x, bottom + 4)], width=1)
            self.sheet.text(x, bottom + 12, name, size=12)
        self.sheet.line([(left, top), (left, bottom), (right, bottom)], width=1)
        self.sheet.text(left - 30, top - 15, y_title, size=13, anchor="lm")
        self.sheet.text((left + right) / 2, bottom + 30, x_title, size=13)

    def curve(self, x, y, colour: str, width: float = 2) -> None:
        """Draw a line through values."""
        self.sheet.line([tuple(p) for p in self.place(x, y).tolist()], fill=colour, width=width)

    def level(self, value: float, name: str, colour: str = plots.QUIET, *, below: bool = False) -> None:
        """Draw a dashed horizontal line with its name at the right end, above or below it."""
        left, _, right, _ = self.edges
        y = float(self.place(self.x_range[0], value)[1])
        for start in np.arange(left, right, 9):
            self.sheet.line([(start, y), (min(right, start + 5), y)], fill=colour, width=1.2)
        self.sheet.text(right, y + (9 if below else -8), name, size=12, fill=colour, anchor="rm")

    def upright(self, value: float) -> None:
        """Draw a vertical line: where the slider stands."""
        _, top, _, bottom = self.edges
        x = float(self.place(value, self.y_range[0])[0])
        self.sheet.line([(x, top), (x, bottom)], fill="#999999", width=1)

    def band(self, x, low, high, colour: str) -> None:
        """Fill between two curves."""
        outline = np.concatenate([self.place(x, low), self.place(x, high)[::-1]])
        self.sheet.pen.polygon([tuple(p) for p in (outline * SCALE).tolist()], fill=colour)

    def discs(self, places: np.ndarray, colours, radii) -> None:
        """Draw discs at places (N, 2) inside the box, without rims."""
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        inside = (places[:, 0] > x0) & (places[:, 0] < x1) & (places[:, 1] > y0) & (places[:, 1] < y1)
        pixels = self.place(places[:, 0], places[:, 1]) * SCALE
        for k in np.flatnonzero(inside):
            (x, y), r = pixels[k].tolist(), radii[k] * SCALE
            self.sheet.pen.ellipse([x - r, y - r, x + r, y + r], fill=colours[k])

    def ellipse(self, mean, covariance, radius: float, colour: str, *, dashed: bool = False, width: float = 2) -> None:
        """Draw the curve on which a Gaussian lies `radius` standard deviations from its mean."""
        angle = np.linspace(0, 2 * math.pi, 61)
        circle = np.stack([np.cos(angle), np.sin(angle)])
        outline = np.asarray(mean)[:, None] + radius * np.linalg.cholesky(covariance) @ circle
        points = [tuple(p) for p in self.place(*outline).tolist()]
        for k in range(0, 60, 2 if dashed else 60):
            self.sheet.line(points[k : k + (2 if dashed else 61)], fill=colour, width=width)

    def heat(self, values: np.ndarray, colour: str) -> None:
        """Fill the box with a map (H, W) in [0, 1], row 0 at the bottom, from white to `colour`."""
        left, top, right, bottom = (round(edge * SCALE) for edge in self.edges)
        share = values[::-1, :, None]
        small = (255 - share * (255 - rgb(colour))).round().astype(np.uint8)
        large = Image.fromarray(small).resize((right - left, bottom - top), Image.Resampling.BICUBIC)
        self.sheet.image.paste(large, (left, top))


def weight_colours(shares: np.ndarray) -> list[str]:
    """Return from light grey (0) to vermilion (1), in sixteen shades."""
    shades = [lighter("#8a8a8a", 0.5), *(lighter(HEAVY, 0.6 * (1 - k / 15)) for k in range(1, 16))]
    return [shades[round(15 * float(share))] for share in shares]


def key(sheet: Sheet, x: float, y: float, entries: list[tuple[str, str]]) -> None:
    """Name colours in a row from (x, y) on."""
    for name, colour in entries:
        sheet.line([(x, y), (x + 16, y)], fill=colour, width=3)
        sheet.text(x + 21, y, name, size=12, anchor="lm", fill=INK)
        x += 21 + sheet.pen.textlength(name, font=font(12 * SCALE)) / SCALE + 14
