"""A recorded training, to be played and scrubbed through."""

from __future__ import annotations

import bisect
import math

import ipywidgets
import numpy as np
import torch
from PIL import Image, ImageDraw

from ganlib.pictures import square_grid, tile
from ganlib.widgets.base.canvas import ARROWS, PixelCanvas
from ganlib.widgets.base.controls import beside, row, slider
from ganlib.widgets.base.curves import INK, NAMES, SCALE, Chart, draw_chart, font, half
from ganlib.widgets.base.images import enlarge
from ganlib.widgets.base.panel import Frame, Panel

PLAY_SECONDS = 12  # a whole film, however many pictures it has
STAGES = (0.0, 0.1, 0.3, 1.0)  # of the training, in the static picture: most happens early


class TrainingPlayer(Panel):
    """Play a film of a training: the images of the same z at each recorded step, and the curves with a cursor.

    film: as `ganlib.train.Film`, with steps (T), images (T, N, C, H, W) uint8, curves (name -> S values) and
    curve_steps (S). lines: reference values in the box of losses, for instance {"ln 2": 0.693}.
    columns: of the grid of images; by default the squarest grid.
    Drag on the curves, move the slider, use its arrow keys, or press play.

    Raises:
        ValueError: if the film holds no picture, or its pictures or curves do not fit its steps.
    """

    name = "Training player"
    timed = False

    def __init__(self, film, *, lines: dict[str, float] | None = None, columns: int | None = None):
        self.steps = list(film.steps)
        self.images = torch.as_tensor(np.asarray(film.images)) if self.steps else torch.empty(0)
        if not self.steps or self.images.ndim != 5 or len(self.images) != len(self.steps):
            shape = tuple(self.images.shape)
            raise ValueError(f"{len(self.steps)} steps need images (T, N, C, H, W), not {shape}: record the film first")
        known: dict[str, np.ndarray] = {name: np.asarray(values, float) for name, values in film.curves.items()}
        self.curves = {name: values for name, values in known.items() if len(values)}
        self.curve_steps = list(film.curve_steps)
        self.lines = lines
        count, sheet_width = self.images.shape[1], self.images.shape[4] + 1
        self.rows, self.columns = square_grid(count) if columns is None else (math.ceil(count / columns), columns)
        sheet_width = self.columns * sheet_width - 1
        self.css_width = sheet_width * max(1, round(500 / sheet_width))
        canvas = PixelCanvas(css_width=self.css_width, alt=self.describe())
        sheet = self.frame(0).pixels
        self.chart = self._draw_chart(300, self.css_width * sheet.shape[0] // sheet.shape[1])
        self.chart_canvas = None
        if self.chart:
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
        if self.chart_canvas:
            self.chart_canvas.on_pointer, self.chart_canvas.on_key = self._dragged, self._pressed

    def _draw_chart(self, width: int, height: int) -> Chart | None:
        if not self.curves:
            return None
        return draw_chart(self.curve_steps, self.curves, width=width, height=height, lines=self.lines)

    def _layout(self, canvas: PixelCanvas) -> ipywidgets.Box:
        last = len(self.steps) - 1
        self.position = slider(0, 0, last, "picture", label="4em", readout=False)
        interval = int(min(500, max(40, 1000 * PLAY_SECONDS / len(self.steps))))
        self.play = ipywidgets.Play(value=0, min=0, max=last, interval=interval, description="play the training")
        self._link = ipywidgets.jslink((self.play, "value"), (self.position, "value"))
        self.position.observe(self.refresh, "value")
        return beside([row(self.play, self.position)], canvas, self.chart_canvas, above=True)

    @property
    def state(self) -> int:
        """Which recorded picture is shown, from 0."""
        return self.position.value

    @property
    def step(self) -> int:
        """The training step of the picture that is shown."""
        return self.steps[self.state]

    def frame(self, state: int) -> Frame:
        """Lay out the images recorded at `steps[state]`, and say what the curves said then."""
        step = self.steps[state]
        said = [f"step {step:,}"]
        place = bisect.bisect_right(self.curve_steps, step) - 1
        if place >= 0:
            said += [f"{NAMES.get(name, name)} {values[place]:.2f}" for name, values in self.curves.items()]
        lost = [name for name, values in self.curves.items() if place >= 0 and not np.isfinite(values[place])]
        message = f"{' and '.join(lost)} is no finite number here: the training has diverged." if lost else ""
        return Frame(tile(self.images[state], self.rows, self.columns), " · ".join(said), message)

    def _draw(self, number: int) -> None:
        super()._draw(number)
        if self.chart_canvas and self.chart:
            self.chart_canvas.cursor = self.chart.cursor(self.step)

    def _dragged(self, x: float, _y: float) -> None:
        """Go to the picture whose step is nearest to the place in the curves."""
        assert self.chart is not None  # what is dragged
        wanted = self.chart.step_at(x)
        self.position.value = min(range(len(self.steps)), key=lambda index: abs(self.steps[index] - wanted))

    def _pressed(self, key: str, shift: bool) -> None:
        move = {"ArrowLeft": -1, "ArrowRight": 1, "ArrowDown": -1, "ArrowUp": 1}[key] * (10 if shift else 1)
        self.position.value = min(max(self.position.value + move, 0), self.position.max)

    def picture(self) -> Image.Image:
        """Return the images and, beside them, the curves with their cursor."""
        samples = enlarge(self._now().pixels, self.css_width).convert("RGB" if self.chart else None)
        if not self.chart:
            return samples
        curves = half(self.chart.with_cursor(self.step))
        sheet = Image.new("RGB", (samples.width + 12 + curves.width, max(samples.height, curves.height)), "white")
        sheet.paste(samples, (0, 0))
        sheet.paste(curves, (samples.width + 12, 0))
        return sheet

    def still(self) -> Image.Image:
        """Return four stages of the training side by side, with their steps, above the curves."""
        stages = sorted({round(share * (len(self.steps) - 1)) for share in STAGES})
        grids = [Image.fromarray(self.frame(stage).pixels).convert("RGB") for stage in stages]
        wide, high, gap, head = grids[0].width, grids[0].height, 14, 24
        width = len(grids) * (wide + gap) - gap
        chart = self._draw_chart(max(width, 420), 340) if self.chart else None
        foot = chart.pixels.shape[0] // SCALE + 10 if chart else 0
        sheet = Image.new("RGB", (max(width, 420 if chart else 0), head + high + foot), "white")
        for k, (stage, grid) in enumerate(zip(stages, grids)):
            left = k * (wide + gap)
            ImageDraw.Draw(sheet).text((left, 4), f"step {self.steps[stage]:,}", fill=INK, font=font(14))
            sheet.paste(grid, (left, head))
        if chart:
            sheet.paste(half(chart.with_cursor(self.step)), (0, head + high + 10))
        return sheet

    def describe(self) -> str:
        """Return the alternative text."""
        count, last = self.images.shape[1], self.steps[-1]
        return f"{count} images of the same z at {len(self.steps)} steps of a training, from {self.steps[0]} to {last}"

    def _describe_curves(self) -> str:
        names = ", ".join(NAMES.get(name, name) for name in self.curves)
        return f"Curves over training steps: {names}. Drag or use the arrow keys to move through the training."

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        pictures = f"{len(self.steps)} pictures of {self.images.shape[1]} images"
        return f"TrainingPlayer({pictures}, steps {self.steps[0]} to {self.steps[-1]})"
