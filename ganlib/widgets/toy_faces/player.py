"""Play the training of notebook 05's little GAN: every picture and every weight, on one slider."""

from __future__ import annotations

import math
from collections.abc import Sequence

import ipywidgets
import numpy as np
from PIL import Image, ImageDraw

from ganlib import plots
from ganlib.widgets.base.canvas import ARROWS, PixelCanvas
from ganlib.widgets.base.curves import INK, SCALE, Chart, draw_chart, font, half
from ganlib.widgets.base.images import side_by_side
from ganlib.widgets.base.panel import Frame
from ganlib.widgets.base.sheet import SCALE as SHEET_SCALE
from ganlib.widgets.base.sheet import Sheet, sigmoid, signed, true_colours, verdict
from ganlib.widgets.player import TrainingPlayer
from ganlib.widgets.toy_faces.boards import SHOWN_Z

POINTS = 500  # of the curves: each is the mean over as many rounds as that takes
LINES = {"2 ln 2": 2 * math.log(2), "ln 2": math.log(2)}  # both losses when D can only guess


class ToyPlayer(TrainingPlayer):
    """Scrub through the training of a one-neuron discriminator (w, b) and a one-layer generator (v, c) of 2×2 pictures.

    history: one entry a round, with the attributes w (4), b, v (4), c (4), which the round began with, and its losses
    error_real, error_fake, error_G.  pictures: at most so many rounds can be stopped at; they lie
    closer at the start, where most happens.
    Drag on the curves, move the slider, use its arrow keys, or press play.

    Raises:
        ValueError: if the history is empty, or `pictures` is below 2.
    """

    name = "Toy faces' training"
    css_width, height = 470, 340

    def __init__(self, history: Sequence, *, pictures: int = 200):
        if not len(history) or pictures < 2:
            raise ValueError(f"a film needs a round and 2 pictures, not {len(history)} and {pictures}: train first")
        self.steps = sorted({round(k) for k in (len(history) - 1) * np.linspace(0, 1, pictures) ** 2})
        self.rounds = [history[step] for step in self.steps]
        self.lines = LINES
        self.curve_steps, self.curves = mean_curves(history)
        canvas = PixelCanvas(css_width=self.css_width, smooth=True, alt=self.describe())
        self.chart = self._draw_chart(330, self.height)
        self.chart_canvas = PixelCanvas(
            css_width=self.chart.pixels.shape[1] // SCALE,
            smooth=True,
            pointer="scrub",
            hears=ARROWS,
            alt=self._describe_curves(),
        )
        self.chart_canvas.show(0, self.chart.pixels)
        self._open(canvas, self._layout(canvas))
        self._extra.append(self._link)
        self.chart_canvas.on_pointer, self.chart_canvas.on_key = self._dragged, self._pressed

    def _draw_chart(self, width: int, height: int) -> Chart:
        return draw_chart(self.curve_steps, self.curves, width=width, height=height, lines=self.lines)

    def _layout(self, canvas: PixelCanvas) -> ipywidgets.Box:
        box = super()._layout(canvas)
        self.position.description = "round"
        return box

    def frame(self, state: int) -> Frame:
        """Draw what G makes of five z, D's answers and all weights, as the round `steps[state]` met them."""
        now = self.rounds[state]
        sheet = Sheet(self.css_width, self.height)
        sheet.text(12, 14, "what G draws, and D's answer", size=13, fill=plots.QUIET, anchor="lm")
        answers = []
        for column, z in enumerate(SHOWN_Z):
            pixels = sigmoid(np.asarray(now.v) * z + now.c)
            answers.append(float(sigmoid(np.dot(now.w, pixels) + now.b)))
            left = 12 + 92 * column
            sheet.pixels_square(left, 30, 76, pixels, digits=None)
            sheet.text(left + 38, 118, f"z = {z:.2f}", size=13)
            sheet.text(left + 38, 138, f"D: {answers[-1]:.2f}", size=13, fill=verdict(answers[-1])[1])
        squares = {"D's weights w": now.w, "G's weights v": now.v, "G's biases c": now.c}
        for column, (title, values) in enumerate(squares.items()):
            left = 12 + 160 * column
            sheet.text(left + 62, 180, title, size=13, fill=plots.QUIET)
            sheet.weights_square(left, 194, 124, values, digits=1)
        sheet.text(74, 332, f"bias b = {signed(float(now.b), 1)}", size=13)
        whole = np.isfinite([*now.w, now.b, *now.v, *now.c]).all()
        message = "" if whole else "A weight is no finite number here: the training has diverged."
        status = f"round {self.steps[state]:,} · D(G(z)) = {np.mean(answers):.2f} on average"
        return Frame(sheet.pixels, status, message)

    def picture(self) -> Image.Image:
        """Return the pictures and weights and, beside them, the curves with their cursor."""
        return side_by_side(smaller(self._now().pixels), half(self.chart.with_cursor(self.step)), gap=16)

    def still(self) -> Image.Image:
        """Return the first, an early and the last round side by side."""
        last = len(self.steps) - 1
        sheets = []
        for stage in sorted({0, round(0.1 * last), last}):
            sheet = Image.new("RGB", (self.css_width, self.height + 30), "white")
            ImageDraw.Draw(sheet).text((12, 4), f"round {self.steps[stage]:,}", fill=INK, font=font(16))
            sheet.paste(smaller(self.frame(stage).pixels), (0, 30))
            sheets.append(sheet)
        return true_colours(side_by_side(*sheets, gap=16))

    def describe(self) -> str:
        """Return the alternative text."""
        return (
            f"Five pictures that the generator draws, and all weights, at {len(self.steps)} rounds of a training, "
            f"from {self.steps[0]} to {self.steps[-1]}"
        )

    def __repr__(self) -> str:
        if self.closed:
            return self.__dict__["_title"]
        return f"ToyPlayer({len(self.steps)} pictures, rounds {self.steps[0]} to {self.steps[-1]})"


def mean_curves(history: Sequence) -> tuple[list[int], dict[str, np.ndarray]]:
    """Return rounds and curves of at most POINTS points, each the mean over the rounds that it stands for."""
    errors = np.array([[entry.error_real, entry.error_fake, entry.error_G] for entry in history], float)
    answers = np.exp(-errors[:, [0]]), -np.expm1(-errors[:, [1]])  # D(x) and D(G(z)), from −ln p and −ln(1−p)
    values = np.hstack([errors[:, :1] + errors[:, 1:2], errors[:, 2:], *answers])
    width = -(-len(values) // POINTS)
    starts = np.arange(0, len(values), width)
    means = np.add.reduceat(values, starts) / np.diff(np.append(starts, len(values)))[:, None]
    return starts.tolist(), dict(zip(("loss_D", "loss_G", "D_real", "D_fake"), means.T))


def smaller(pixels: np.ndarray) -> Image.Image:
    """Return a sheet in the size in which it is shown."""
    image = Image.fromarray(pixels)
    size = round(image.width / SHEET_SCALE), round(image.height / SHEET_SCALE)
    return image.resize(size, Image.Resampling.LANCZOS)
