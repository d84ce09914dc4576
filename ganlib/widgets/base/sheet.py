"""Pictures of 2×2 pixels, their weights and a sigmoid, drawn with PIL: what the boards of notebook 05 are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from ganlib import plots
from ganlib.widgets.base.curves import GRID, INK, font, lighter

SCALE = 1.5  # drawn larger than shown, for sharper type
POSITIVE, NEGATIVE = plots.REAL, plots.PLAYER_D  # of weights: the blue and the vermilion of the course's palette
LEFT, RIGHT = -6.0, 6.0  # of the sigmoid's picture


def sigmoid(score):
    """Return 1 / (1 + e^−score), for a number or an array of any size of numbers."""
    half = np.tanh(np.asarray(score, float) / 2)  # never overflows
    return (1 + half) / 2


def signed(value: float, digits: int = 2) -> str:
    """Write a number with a true minus sign, and no minus in front of zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def verdict(probability: float) -> tuple[str, str]:
    """Return what a discriminator's answer means, and the colour to say it in."""
    if abs(probability - 0.5) < 1e-9:
        return "undecided", INK
    return ("a face", plots.REAL) if probability > 0.5 else ("not a face", plots.PLAYER_D)


def weight_colour(value: float, largest: float = 3.0) -> str:
    """Return white for 0, blue for positive and vermilion for negative weights, full at `largest`."""
    share = min(1.0, abs(value) / largest)
    return lighter(POSITIVE if value > 0 else NEGATIVE, 1 - 0.85 * share)


def true_colours(image: Image.Image) -> Image.Image:
    """Return an image in the mode whose colours are stored as they are: here the greys are what is to be compared."""
    return image.convert("RGBA")


class Sheet:
    """A white picture that is drawn on in CSS pixels: width × height."""

    def __init__(self, width: float, height: float):
        self.image = Image.new("RGB", (round(width * SCALE), round(height * SCALE)), "white")
        self.pen = ImageDraw.Draw(self.image)

    @property
    def pixels(self) -> np.ndarray:
        """The picture so far: (H, W, 3) uint8."""
        return np.asarray(self.image)

    def text(self, x, y, content: str, *, size: float = 14, fill: str = INK, anchor: str = "mm") -> None:
        """Write one line at (x, y); `anchor` as PIL's, by default the text's middle."""
        self.pen.text((x * SCALE, y * SCALE), content, fill=fill, font=font(size * SCALE), anchor=anchor)

    def line(self, points: Sequence[tuple[float, float]], *, fill: str = INK, width: float = 1.5) -> None:
        """Draw a line through points."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.pen.line(scaled, fill=fill, width=max(1, round(width * SCALE)), joint="curve")

    def dot(self, x: float, y: float, *, fill: str, radius: float = 6) -> None:
        """Draw a filled disc with a white rim."""
        for r, colour in ((radius + 1.5, "white"), (radius, fill)):
            box = [(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE]
            self.pen.ellipse(box, fill=colour)

    def square(self, x: float, y: float, side: float, values, colours, *, frame: str = INK, digits: int | None = 2):
        """Draw four numbers as a 2×2 square at its top left corner (x, y): each its colour, its number written in."""
        small = side / 2
        for place, (value, colour) in enumerate(zip(values, colours)):
            left, top = x + place % 2 * small, y + place // 2 * small
            corners = [left * SCALE, top * SCALE, (left + small) * SCALE, (top + small) * SCALE]
            self.pen.rectangle(corners, fill=colour, outline=frame, width=round(SCALE))
            if digits is not None:
                dark = sum(ImageColor.getrgb(colour)) < 330
                ink, size = ("white" if dark else INK), min(15, side / 8)
                self.text(left + small / 2, top + small / 2, signed(value, digits), size=size, fill=ink)

    def pixels_square(self, x: float, y: float, side: float, pixels, *, digits: int | None = 2) -> None:
        """Draw a picture of four pixels, 0 white and 1 black; what is no number becomes hatched grey."""
        shades = [round(255 * (1 - min(1.0, max(0.0, value)))) if math.isfinite(value) else 200 for value in pixels]
        self.square(x, y, side, pixels, [f"#{s:02x}{s:02x}{s:02x}" for s in shades], digits=digits)

    def weights_square(self, x: float, y: float, side: float, weights, *, largest=3.0, digits: int | None = 2) -> None:
        """Draw four weights: blue for positive, vermilion for negative, the stronger the larger."""
        colours = [weight_colour(value, largest) if math.isfinite(value) else "#c8c8c8" for value in weights]
        self.square(x, y, side, weights, colours, frame="#888888", digits=digits)

    def sigmoid(self, x: float, y: float, width: float, height: float, score: float) -> None:
        """Draw σ from LEFT to RIGHT with a dot at `score` (at the edge if it lies further out) and the border ½."""

        def place(s, p):
            return x + width * (s - LEFT) / (RIGHT - LEFT), y + height * (1 - p)

        for level in (0.0, 0.5, 1.0):
            self.line([place(LEFT, level), place(RIGHT, level)], fill=INK if level == 0 else GRID)
            self.text(x - 7, place(0, level)[1], f"{level:g}", size=12, anchor="rm")
        for tick in (-6, -3, 0, 3, 6):
            self.text(place(tick, 0)[0], y + height + 11, signed(tick, 0), size=12)
        steps = np.linspace(LEFT, RIGHT, 60)
        self.line([place(s, p) for s, p in zip(steps, sigmoid(steps))], fill=plots.QUIET, width=2)
        inside, p = min(RIGHT, max(LEFT, score)), float(sigmoid(score))
        dotted, colour = place(inside, p), verdict(p)[1]
        self.line([place(inside, 0), dotted], fill=colour)
        self.line([dotted, (x, dotted[1])], fill=colour)
        self.dot(*dotted, fill=colour)
