"""A GAN that is trained inside a widget, before everybody's eyes."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ganlib.pictures import square_grid, tile, to_uint8
from ganlib.train import Training
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import beside, text
from ganlib.widgets.base.images import faults
from ganlib.widgets.base.panel import Frame
from ganlib.widgets.base.sampler import Sampler, cpu_threads, draw_z
from ganlib.widgets.live_panel import LivePanel, LiveState


class LiveTraining(LivePanel):
    """Train a GAN before everybody's eyes: samples of the same z, curves, and controls that act at once.

    make_training: a function without arguments that returns a new `ganlib.train.Training`; reset calls it again, so
    it should build its networks with fixed seeds.  samples: how many images are shown.  columns: of their grid.
    example: a training that has gone on for a while; as long as this one has not begun, pages without a kernel show it.
    Learning rates and D : G act from the next step on. While it runs, cells run too; it rests while one is busy,
    stops by itself when the widget is shown nowhere any more, and says so when a loss is NaN or a step fails.
    `training` is the training itself; `start`, `pause`, `step`, `advance(steps)` and `reset` do what the buttons do.
    """

    name = "Live training"

    def __init__(
        self,
        make_training: Callable[[], Training],
        *,
        samples: int = 36,
        columns: int | None = None,
        seed: int = 0,
        example=None,
    ):
        if samples < 1:
            raise ValueError(f"samples must be at least 1, not {samples}")
        self.samples, self.seed, self.example = samples, seed, example
        self.rows, self.columns = square_grid(samples) if columns is None else (-(-samples // columns), columns)
        self._begin(make_training)
        self._changed()
        height, width = self.sampler(self.z[:1]).shape[-2:]
        sheet = self.columns * (width + 1) - 1
        self.css_width = sheet * max(1, round(400 / sheet))
        self.curves_height = max(380, self.css_width * (self.rows * (height + 1)) // sheet)
        canvas = PixelCanvas(css_width=self.css_width, alt=self.describe())
        controls = [text("Train", "heading"), *self._training_controls()]
        self._open(canvas, beside(controls, canvas, self.chart_canvas))

    def _changed(self) -> None:
        self.sampler = Sampler(self.training.best_G)
        self.sampler.threads = 1
        self.z = draw_z(self.samples, self.sampler.z_dim, self.seed)
        classes = self.sampler.classes
        self.y = torch.arange(self.samples) % self.columns % classes if classes else None

    def frame(self, state: LiveState) -> Frame:
        """Draw the samples of the present weights."""
        with cpu_threads(1):
            images = self.sampler(self.z, self.y, seed=self.seed)
            status = f"step {state.number:,} · {images.device.type}"
            return Frame(tile(to_uint8(images), self.rows, self.columns), status, state.note or faults(images))

    def describe(self) -> str:
        """Return the alternative text."""
        return f"{self.samples} images that {type(self.training.G).__name__} draws from the same z as it is trained"

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"LiveTraining({type(self.training.G).__name__}, step {self.training.number})"
