"""Curves over training steps drawn with PIL in a few milliseconds, and where a cursor stands in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganlib import plots

NAMES = {
    "loss_D": "loss of D", "loss_G": "loss of G", "accuracy_D": "D is right", "D_real": "D(x)", "D_fake": "D(G(z))",
    "share_modes": "modes", "share_good": "good samples", "share_entropy": "entropy",
}  # fmt: skip
COLOURS = {
    "loss_D": plots.PLAYER_D, "loss_G": plots.PLAYER_G, "accuracy_D": plots.PLAYER_D,
    "D_real": plots.REAL, "D_fake": plots.GAN,
    "share_modes": plots.REAL, "share_good": plots.GAN, "share_entropy": plots.QUIET,
}  # fmt: skip
OTHERS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
INK, GRID = "#222222", "#dddddd"
MANY = 60  # from so many points on, the running mean is drawn over the single values
SCALE = 2  # drawn twice as large as shown: sharp on dense screens


@dataclass(frozen=True)
class Chart:
    """A drawn chart: pixels (H, W, 3) at SCALE; plot boxes (left, top, right, bottom) in shares; the steps' range."""

    pixels: np.ndarray
    boxes: tuple[tuple[float, float, float, float], ...]
    first: float
    last: float

    def cursor(self, step: float) -> list[float]:
        """Return [x, top, bottom, top, bottom, …] in shares of the picture: a vertical line through all boxes."""
        left, _, right, _ = self.boxes[0]
        share = (step - self.first) / (self.last - self.first)
        x = left + (right - left) * min(1.0, max(0.0, share))
        return [x, *(edge for _, top, _, bottom in self.boxes for edge in (top, bottom))]

    def step_at(self, x: float) -> float:
        """Undo `cursor`: the step at a share of the picture's width."""
        left, _, right, _ = self.boxes[0]
        return self.first + (self.last - self.first) * min(1.0, max(0.0, (x - left) / (right - left)))

    def with_cursor(self, step: float) -> Image.Image:
        """Return the chart as an image with the cursor drawn in."""
        image = Image.fromarray(self.pixels)
        x, *edges = self.cursor(step)
        for top, bottom in zip(edges[::2], edges[1::2]):
            ends = [(x * image.width, top * image.height), (x * image.width, bottom * image.height)]
            ImageDraw.Draw(image).line(ends, fill="#111111", width=3)
        return image


def half(image: Image.Image) -> Image.Image:
    """Return what was drawn at SCALE in the size in which it is shown."""
    return image.resize((image.width // SCALE, image.height // SCALE), Image.Resampling.LANCZOS)


@cache
def font(size: float) -> ImageFont.FreeTypeFont:
    """Return matplotlib's own DejaVu Sans, so that charts look like the course's figures."""
    return ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf", size)


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` round numbers from low to high."""
    span = max(high - low, 1e-12)
    rough = span / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(k * power for k in (1, 2, 2.5, 5, 10) if k * power >= rough * 0.999)
    ticks = [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    return [0.0 if abs(tick) < step / 1e6 else tick for tick in ticks]


def running_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Average over `width` neighbours, fewer at the ends; numbers that are not finite are left out."""
    good = np.isfinite(values)
    kernel = np.ones(width)
    total = np.convolve(np.where(good, values, 0.0), kernel, "same")
    number = np.convolve(good.astype(float), kernel, "same")
    return np.where(good, total / np.maximum(number, 1), np.nan)


def groups(names: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Sort curves into boxes: losses together, probabilities and shares together, anything else alone."""
    losses = [name for name in names if name.startswith("loss")]
    shares = [name for name in names if name.startswith(("accuracy", "D_", "share_"))]
    rest = [name for name in names if name not in losses and name not in shares]
    boxes = [("loss (nats)", losses), ("share or probability", shares), *((name, [name]) for name in rest)]
    return [(title, members) for title, members in boxes if members]


def value_range(title: str, curves: list[np.ndarray], lines: Mapping[str, float]) -> tuple[float, float]:
    """Choose a box's vertical range: 0 to 1 for shares, else what holds all but the wildest half per cent."""
    if title.startswith("share"):
        return 0.0, 1.0
    finite = np.concatenate([curve[np.isfinite(curve)] for curve in curves] + [np.array(list(lines.values()))])
    if not len(finite):
        return 0.0, 1.0
    low, high = np.percentile(finite, [0.5, 99.5])
    low = min(low, 0.0) if low < 0.3 * high else low
    margin = 0.05 * (high - low) or 0.5
    high = max([high, *lines.values()])
    return float(low - (margin if low else 0)), float(high + margin)


class PlotBox:
    """One plot box on a PIL image, in the image's own pixels."""

    def __init__(
        self,
        image: Image.Image,
        edges: Sequence[float],
        x_range: tuple[float, float],
        y_range: tuple[float, float],
    ):
        self.pen, self.edges, self.x_range, self.y_range = ImageDraw.Draw(image), edges, x_range, y_range

    def place(self, x, y) -> tuple[Any, Any]:  # numbers for numbers, arrays for arrays
        left, top, right, bottom = self.edges
        across = (np.asarray(x) - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (np.asarray(y) - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        return left + (right - left) * across, bottom - (bottom - top) * np.clip(up, 0, 1)

    def axes(self, title: str, x_title: str) -> None:
        left, top, right, bottom = self.edges
        small = font(12 * SCALE)
        for tick in nice_ticks(*self.y_range, 4):
            _, y = self.place(self.x_range[0], tick)
            self.pen.line([(left, y), (right, y)], fill=GRID, width=SCALE)
            self.pen.text((left - 5 * SCALE, y), f"{tick:g}", fill=INK, font=small, anchor="rm")
        for tick in nice_ticks(*self.x_range, 4):
            x, _ = self.place(tick, self.y_range[0])
            self.pen.line([(x, bottom), (x, bottom + 4 * SCALE)], fill=INK, width=SCALE)
            self.pen.text((x, bottom + 6 * SCALE), f"{tick:g}", fill=INK, font=small, anchor="mt")
        self.pen.line([(left, top), (left, bottom), (right, bottom)], fill=INK, width=SCALE)
        self.pen.text((left - 36 * SCALE, top - 26 * SCALE), title, fill=INK, font=font(13 * SCALE), anchor="lm")
        self.pen.text(((left + right) / 2, bottom + 22 * SCALE), x_title, fill=INK, font=small, anchor="mt")

    def curve(self, steps: np.ndarray, values: np.ndarray, colour: str, width: int) -> None:
        for part in np.split(np.arange(len(values)), np.flatnonzero(~np.isfinite(values))):
            part = part[np.isfinite(values[part])]
            x, y = self.place(steps[part], values[part])
            if len(part) > 1:
                self.pen.line(list(zip(x.tolist(), y.tolist())), fill=colour, width=width, joint="curve")

    def references(self, lines: Mapping[str, float]) -> None:
        """Draw dashed lines at reference values, named beside the box, where no curve runs through a name."""
        left, _, right, _ = self.edges
        lowest = math.inf
        for name, value in sorted(lines.items(), key=lambda line: -line[1]):
            _, y = self.place(self.x_range[0], value)
            for start in range(int(left), int(right), 10 * SCALE):
                self.pen.line([(start, y), (min(right, start + 5 * SCALE), y)], fill=plots.QUIET, width=SCALE)
            at = float(y) if math.isinf(lowest) else max(float(y), lowest + 14 * SCALE)  # names keep their distance
            self.pen.text((right + 4 * SCALE, at), name, fill="#555555", font=font(12 * SCALE), anchor="lm")
            lowest = at

    def legend(self, entries: list[tuple[str, str]]) -> None:
        """Name the curves above the box, in their colours, up to the picture's right edge."""
        x, y = max(self.edges[2], self.pen.im.size[0] - 8 * SCALE), self.edges[1] - 10 * SCALE
        for name, colour in reversed(entries):
            self.pen.text((x, y), name, fill=INK, font=font(12 * SCALE), anchor="rm")
            x -= self.pen.textlength(name, font=font(12 * SCALE)) + 5 * SCALE
            self.pen.line([(x - 16 * SCALE, y), (x, y)], fill=colour, width=3 * SCALE)
            x -= 26 * SCALE


def lighter(colour: str, share: float = 0.65) -> str:
    """Mix a colour #rrggbb with white."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in parts)


def draw_chart(
    steps: Sequence[int],
    curves: Mapping[str, Sequence[float] | np.ndarray],
    *,
    width: int = 310,
    height: int = 526,
    lines: Mapping[str, float] | None = None,
) -> Chart:
    """Draw curves over training steps, one box for losses, one for shares, one for anything else.

    steps: (S,).  curves: name -> (S,); numbers that are not finite leave gaps.  lines: name -> reference loss.
    width, height: in CSS pixels.

    Raises:
        ValueError: if there is no curve, or one has not as many values as there are steps.
    """
    wrong = [name for name, values in curves.items() if len(values) != len(steps)]
    if wrong or not curves:
        raise ValueError(f"every curve needs {len(steps)} values, one a step: check {wrong or 'that there are curves'}")
    x, lines = np.asarray(steps, float), lines or {}
    first, last = (float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
    x_range = (min(first, 0.0), max(last, first + 1.0))
    image = Image.new("RGB", (width * SCALE, height * SCALE), "white")
    boxes, members = [], groups(list(curves))
    margin = 52 if lines or "accuracy_D" in curves else 18  # room for the names of reference values
    for row, (title, names) in enumerate(members):
        top, bottom = height * row / len(members) + 38, height * (row + 1) / len(members) - 42
        edges = [edge * SCALE for edge in (44, top, width - margin, bottom)]
        shown = lines if title.startswith("loss") else {"chance": 0.5} if "accuracy_D" in names else {}
        _draw_box(image, edges, title, x, {name: np.asarray(curves[name], float) for name in names}, x_range, shown)
        boxes.append((44 / width, top / height, 1 - margin / width, bottom / height))
    return Chart(np.asarray(image), tuple(boxes), *x_range)


def _draw_box(
    image: Image.Image,
    edges: Sequence[float],
    title: str,
    x: np.ndarray,
    curves: Mapping[str, np.ndarray],
    x_range: tuple[float, float],
    lines: Mapping[str, float],
) -> None:
    box = PlotBox(image, edges, x_range, value_range(title, list(curves.values()), lines))
    smooth = max(3, len(x) // 40) if len(x) >= MANY else 0
    box.axes(title, f"training step (thick: mean of {smooth} points)" if smooth else "training step")
    box.references(lines)
    colours = [COLOURS.get(name, OTHERS[k % len(OTHERS)]) for k, name in enumerate(curves)]
    for curve, colour in zip(curves.values(), colours):
        box.curve(x, curve, lighter(colour) if smooth else colour, SCALE if smooth else 2 * SCALE)
    for curve, colour in zip(curves.values(), colours) if smooth else ():
        box.curve(x, running_mean(curve, smooth), colour, 2 * SCALE)
    box.legend([(NAMES.get(name, name), colour) for name, colour in zip(curves, colours)])
