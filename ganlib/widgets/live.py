"""A training that goes on inside a widget: start, pause, one step, reset, and rates that change while it runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets
import torch
from PIL import Image

from ganlib.pictures import square_grid, tile, to_uint8
from ganlib.widgets.canvas import PixelCanvas
from ganlib.widgets.curves import draw_chart, half
from ganlib.widgets.history import History, trouble
from ganlib.widgets.images import enlarge, faults, side_by_side
from ganlib.widgets.latent import Sampler, cpu_threads, draw_z
from ganlib.widgets.panel import HANDLE, Frame, Panel, beside, text
from ganlib.widgets.runner import Runner

RATES = [factor * 10.0**power for power in range(-5, -1) for factor in (1, 2, 5)] + [0.1]
CHART_EVERY = 0.5  # seconds: curves cost more than samples and change less
SLOW = 0.02  # seconds a step on one CPU thread, above which a training gets torch's usual number


@dataclass(frozen=True)
class LiveState:
    """How far a live training is: rounds done, and a remark on what stopped it. The rest is in its weights."""

    number: int
    note: str = ""


def rate_slider(name: str, value: float) -> ipywidgets.SelectionSlider:
    """Return a slider over round learning rates from 1e-5 to 0.1, and `value` among them."""
    rates = sorted({*RATES, value})
    slider = ipywidgets.SelectionSlider(
        options=[(f"{rate:.6f}".rstrip("0"), rate) for rate in rates], value=value, description=name,
        continuous_update=True, layout=ipywidgets.Layout(width="100%"), style={"description_width": "52px"},
    )  # fmt: skip
    if slider.style.has_trait("handle_color"):  # not in ipywidgets 7
        slider.style.handle_color = HANDLE
    return slider


class LivePanel(Panel):
    """What all live trainings share: a `ganlib.train.Training`, its controls, its runner and its curves.

    A subclass calls `_begin(make_training)` before it lays out its controls, and `_open` after that.
    """

    curve_lines = {"ln 4": 1.386, "ln 2": 0.693}  # both losses when D can only guess

    def _begin(self, make_training: Callable) -> None:
        self.make_training = make_training
        self.training = make_training()
        self.note, self.history, self._threads = "", History(), 1
        self._chart, self._chart_of, self._chart_at = None, None, float("-inf")
        self.chart_canvas = PixelCanvas(css_width=300, smooth=True, alt="Curves over training steps")
        self.runner = Runner(self._work, self._look, failed=self._failed, stopped=self._left_alone)

    def _open(self, canvas: PixelCanvas, box: ipywidgets.Box) -> None:
        super()._open(canvas, box)
        canvas.on_drawn = self._answered

    def _answered(self, number: int) -> None:
        self.runner.watched()
        self._pump.acknowledge(number)

    def _training_controls(self) -> list[ipywidgets.Widget]:
        third = ipywidgets.Layout(width="32%")
        self.toggle = ipywidgets.Button(description="Start", icon="play", button_style="primary", layout=third)
        self.one_step = ipywidgets.Button(description="Step", icon="step-forward", layout=third)
        self.again = ipywidgets.Button(description="Reset", icon="refresh", layout=third)
        for button, action in ((self.toggle, self._toggled), (self.one_step, self.step), (self.again, self.reset)):
            button.on_click(lambda _, action=action: action())
        self.lr_G, self.lr_D = rate_slider("lr of G", self.training.lr_G), rate_slider("lr of D", self.training.lr_D)
        self.D_steps = ipywidgets.IntSlider(
            self.training.D_steps, min=1, max=max(10, self.training.D_steps), description="D : G",
            layout=ipywidgets.Layout(width="100%"), style={"description_width": "52px", "handle_color": HANDLE},
        )  # fmt: skip
        for control in (self.lr_G, self.lr_D, self.D_steps):
            control.observe(self._set_rates, "value")
        buttons = ipywidgets.Layout(justify_content="space-between", width="100%")
        return [ipywidgets.HBox([self.toggle, self.one_step, self.again], layout=buttons),
                self.lr_G, self.lr_D, self.D_steps, text("D : G: steps of D for each of G")]  # fmt: skip

    def _set_rates(self, _change=None) -> None:
        with self.runner.lock:
            self.training.lr_G, self.training.lr_D = self.lr_G.value, self.lr_D.value
            self.training.D_steps = self.D_steps.value

    # What the buttons do; cells may call it too

    @property
    def running(self) -> bool:
        """Whether it trains by itself now."""
        return not self.closed and self.runner.running

    def start(self) -> None:
        """Train until paused: the kernel stays free for cells and controls."""
        self._check_open()
        self.note = ""
        self.runner.start()
        self._show_running()

    def pause(self) -> None:
        """Stop after the present step."""
        self._check_open()
        self.runner.pause()
        self._show_running()
        self._request()

    def step(self) -> None:
        """Pause, and make one step."""
        self.advance(1)

    def advance(self, steps: int) -> None:
        """Pause, and make some steps at once."""
        self._check_open()
        self.runner.pause()
        self.note = ""
        try:
            with self.runner.lock:
                for _ in range(steps):
                    self._work()
            self._check()
        except Exception as error:
            self._failed(error)
        self._show_running()
        self._chart_at = float("-inf")
        self._request()

    def reset(self) -> None:
        """Pause, and begin again with new networks; learning rates and D : G stay as they are set."""
        self._check_open()
        self.runner.pause()
        try:
            with self.runner.lock:
                self.training = self.make_training()
                self.history, self.note, self._threads = History(), "", 1
                self._set_rates()
                self._changed()
        except Exception as error:
            self._failed(error)
        self._show_running()
        self._chart_at = float("-inf")
        self._request()

    def _changed(self) -> None:
        """Take note of a new training."""

    def _toggled(self) -> None:
        self.pause() if self.running else self.start()

    def _show_running(self) -> None:
        running = self.running
        self.toggle.description, self.toggle.icon = ("Pause", "pause") if running else ("Start", "play")

    # What the runner calls

    def _work(self) -> None:
        started = time.perf_counter()
        with cpu_threads(self._threads):
            step = self.training.step()
        if self._threads == 1 and step.number == 3 and time.perf_counter() - started > SLOW:
            self._threads = None
        if self.history.wants(step.number):
            self.history.add(step.number, self._numbers(step))
        self._last = {"the loss of D": step.loss_D, "the loss of G": step.loss_G}

    def _numbers(self, step) -> dict:
        return {"loss_D": step.loss_D, "loss_G": step.loss_G, "accuracy_D": step.accuracy_D}

    def _check(self) -> None:
        """Pause if a loss is no finite number, and say so."""
        lost = trouble({name: float(loss) for name, loss in getattr(self, "_last", {}).items()})
        if lost:
            self.runner.pause()
            self.note = f"The training has diverged and is paused: {lost}. Reset it, and try smaller learning rates."
            self._show_running()

    def _look(self) -> None:
        self._check()
        self._request()

    def _failed(self, error: Exception) -> None:
        self.note = f"The training has stopped. {type(error).__name__}: {error}"
        self._show_running()
        self._request()

    def _left_alone(self) -> None:
        self.note = "Paused, because nobody was watching: press Start to go on."
        self._show_running()
        self._request()

    # Pictures

    @property
    def state(self) -> LiveState:
        """How far the training is."""
        return LiveState(self.training.number, self.note)

    def _draw(self, number: int) -> None:
        with self.runner.lock:
            super()._draw(number)
            with contextlib.suppress(Exception):
                self._draw_curves(number)

    def _draw_curves(self, number: int) -> None:
        now, key = time.monotonic(), (id(self.history), self.training.number)
        if key == self._chart_of or (self.running and now - self._chart_at < CHART_EVERY):
            return
        self._chart_of, self._chart_at = key, now
        self.chart_canvas.show(number, self.curves())

    def curves(self):
        """Draw the curves so far: uint8 (H, W, 3)."""
        steps, values = self.history.read()
        values, lines = values or self._no_numbers(), self.curve_lines
        return draw_chart(steps, values, width=300, height=self.curves_height, lines=lines).pixels

    def _no_numbers(self) -> dict:
        return {"loss_D": [], "loss_G": [], "accuracy_D": []}

    def picture(self) -> Image.Image:
        """Return the picture, enlarged, with the curves beside it."""
        self._check_open()
        with self.runner.lock:
            shown = enlarge(self._now().pixels, self.css_width).convert("RGB")
            return side_by_side(shown, half(Image.fromarray(self.curves())))

    def close(self) -> None:
        """Stop the training, close every control and let go of the networks."""
        if not self.closed:
            self.runner.close()
        super().close()


class LiveTraining(LivePanel):
    """Train a GAN before everybody's eyes: samples of the same z, curves, and controls that act at once.

    make_training: a function without arguments that returns a new `ganlib.train.Training`; reset calls it again, so
    it should build its networks with fixed seeds.  samples: how many images are shown.  columns: of their grid.
    Learning rates and D : G act from the next step on. While it runs, cells run too; it rests while one is busy,
    stops by itself when the widget is shown nowhere any more, and says so when a loss is NaN or a step fails.
    `training` is the training itself; `start`, `pause`, `step`, `advance(steps)` and `reset` do what the buttons do.
    """

    name = "Live training"

    def __init__(self, make_training: Callable, *, samples: int = 36, columns: int | None = None, seed: int = 0):
        if samples < 1:
            raise ValueError(f"samples must be at least 1, not {samples}")
        self.samples, self.seed = samples, seed
        self.rows, self.columns = square_grid(samples) if columns is None else (-(-samples // columns), columns)
        self._begin(make_training)
        self._changed()
        height, width = self.sampler(self.z[:1]).shape[-2:]
        sheet = self.columns * (width + 1) - 1
        self.css_width = sheet * max(1, round(400 / sheet))
        self.curves_height = max(380, self.css_width * (self.rows * (height + 1)) // sheet)
        canvas = PixelCanvas(css_width=self.css_width, alt=self.describe())
        row = ipywidgets.Layout(display="flex", flex_flow="row wrap", align_items="flex-start", grid_gap="12px")
        right = ipywidgets.Box([canvas, self.chart_canvas], layout=row)
        self._open(canvas, beside([text("Train", "heading"), *self._training_controls()], right))

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
