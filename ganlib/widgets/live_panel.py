"""What live trainings share: start, pause, one step, reset, and rates that change while it runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets
from PIL import Image

from ganlib.threads import Threads
from ganlib.train import Training
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import button, row, slider, stops, text
from ganlib.widgets.base.curves import draw_chart, half
from ganlib.widgets.base.history import History, trouble
from ganlib.widgets.base.images import enlarge, side_by_side
from ganlib.widgets.base.panel import Panel
from ganlib.widgets.base.runner import Runner

LABEL = "4em"  # room for a control's name
RATES = [factor * 10.0**power for power in range(-5, -1) for factor in (1, 2, 5)] + [0.1]
EXAMPLE_SECONDS = 0.8  # at most, for the static picture of a training that has not begun
CHART_EVERY = 0.5  # seconds: curves cost more than samples and change less
SLOW = 0.02  # seconds a step on one CPU thread, above which more threads are tried: the browser needs a core too


@dataclass(frozen=True)
class LiveState:
    """How far a live training is: rounds done, and a remark on what stopped it. The rest is in its weights."""

    number: int
    note: str = ""


def rate_slider(name: str, value: float) -> ipywidgets.SelectionSlider:
    """Return a slider over round learning rates from 1e-5 to 0.1, and `value` among them."""
    rates = sorted({*RATES, value})
    return stops([(f"{rate:.6f}".rstrip("0"), rate) for rate in rates], value, name, label=LABEL)


class LivePanel(Panel):
    """What all live trainings share: a `ganlib.train.Training`, its controls, its runner and its curves.

    A subclass calls `_begin(make_training)` before it lays out its controls, and `_open` after that.
    """

    example = None  # a training that is further on, for the static picture of one that has not begun
    example_steps = 0  # how far one that is made for this purpose goes
    curves_height: int  # in CSS pixels
    curve_lines = {"ln 4": 1.386, "ln 2": 0.693}  # both losses when D can only guess

    def _begin(self, make_training: Callable[[], Training]) -> None:
        self.make_training = make_training
        self.training = make_training()
        self.note, self.history, self._threads = "", History(), self._new_threads()
        self._further = None if self.example is None else (self.example, History())
        self._chart, self._chart_of, self._chart_at = None, None, float("-inf")
        self.chart_canvas = PixelCanvas(css_width=300, smooth=True, alt="Curves over training steps")
        self.runner = Runner(self._work, self._look, failed=self._failed, stopped=self._stopped)

    def _open(self, canvas: PixelCanvas, box: ipywidgets.Box) -> None:
        super()._open(canvas, box)
        canvas.on_drawn = self._answered

    def _answered(self, number: int) -> None:
        self.runner.watched()
        self._pump.acknowledge(number)

    def _training_controls(self) -> list[ipywidgets.Widget]:
        self.toggle = button("Start", self._toggled, icon="play", main=True)
        self.one_step = button("Step", self.step, icon="step-forward")
        self.again = button("Reset", self.reset, icon="refresh")
        self.lr_G, self.lr_D = rate_slider("lr of G", self.training.lr_G), rate_slider("lr of D", self.training.lr_D)
        self.D_steps = slider(self.training.D_steps, 1, max(10, self.training.D_steps), "D : G", label=LABEL)
        for control in (self.lr_G, self.lr_D, self.D_steps):
            control.observe(self._set_rates, "value")
        note = text("D : G: steps of D for each of G")
        return [row(self.toggle, self.one_step, self.again), self.lr_G, self.lr_D, self.D_steps, note]

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
                self._further = None if self.example is None else self._further  # it had the choices of before
                self.history, self.note, self._threads = History(), "", self._new_threads()
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
        with self._threads.step():
            step = self.training.step()
        if self.history.wants(step.number):
            self.history.add(step.number, self._numbers(step))
        self._last = {"the loss of D": step.loss_D, "the loss of G": step.loss_G}

    def _new_threads(self) -> Threads:
        return Threads(self.training.device, enough=SLOW)

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

    def _stopped(self, reason: str) -> None:
        self.note = reason
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

    def still(self) -> Image.Image:
        """Return the picture of what has been trained so far; before the first step, that of an example."""
        self._check_open()
        if self.training.number or not (self._further or self.example_steps):
            return self.picture()
        self._further = self._further or (self.make_training(), History())
        with self._instead(*self._further):
            until = time.monotonic() + EXAMPLE_SECONDS
            with contextlib.suppress(Exception):  # no data yet, for instance: then as it begins
                while self.training.number < self.example_steps and time.monotonic() < until:
                    self._work()
            shown = enlarge(self._now().pixels, self.css_width).convert("RGB")
            return side_by_side(shown, half(Image.fromarray(self.curves()))) if self.history.read()[0] else shown

    def _keep_still(self) -> None:
        """Leave the example where it stands until the training itself has begun."""
        if not self.closed and self.training.number:
            super()._keep_still()
        else:
            self._still_due = float("-inf")

    @contextlib.contextmanager
    def _instead(self, training, history: History):
        """Show another training for a while."""
        with self.runner.lock:
            own = self.training, self.history
            self.training, self.history = training, history
            self._changed()
            try:
                yield
            finally:
                self.training, self.history = own
                self._changed()

    def close(self) -> None:
        """Stop the training, close every control and let go of the networks."""
        if not self.closed:
            self.runner.close()
        super().close()
