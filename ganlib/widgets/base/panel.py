"""What all widgets share: controls over a pure `frame(state)`, the static picture, errors shown, memory given back."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections import deque
from dataclasses import dataclass

import ipywidgets
import numpy as np
from PIL import Image

from ganlib.pictures import as_html
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.images import enlarge, png
from ganlib.widgets.base.pump import FramePump, call_later

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
SETTLED = 2.0  # seconds without a new picture, after which the static one is drawn again
# JupyterLab and Notebook 7 show either the static picture or, where it lives, the widget in the output behind it.
STILL = ".jp-OutputArea-child:has(> .jp-OutputArea-output > .ganlib-still)"
NO_VIEW = ".jp-OutputArea-child:has(> :is(.lm-Panel, .jupyter-widgets)):not(:has(.ganlib-panel))"
ONE_OF_TWO = f"""<style>
{STILL}:has(+ .jp-OutputArea-child .ganlib-panel),
{STILL} + {NO_VIEW} {{ display: none; }}
</style>"""


@dataclass(frozen=True)
class Frame:
    """One picture, uint8 (H, W) or (H, W, 3), what to say below it, and what is wrong with it ("" if nothing is)."""

    pixels: np.ndarray
    status: str = ""
    message: str = ""


class Stopwatch:
    """Tell milliseconds as a text that is calm enough to read: a median, renewed four times a second."""

    def __init__(self, every: float = 0.25):
        self.recent: deque[float] = deque(maxlen=15)
        self.every, self.shown_at, self.text = every, float("-inf"), ""

    def add(self, seconds: float) -> str:
        self.recent.append(1000 * seconds)
        now = time.monotonic()
        if now - self.shown_at >= self.every:
            middle = statistics.median(self.recent)
            self.text, self.shown_at = f"{middle:.1f} ms a frame" if middle < 10 else f"{middle:.0f} ms a frame", now
        return self.text


def family(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """List a widget with all below it, layouts and styles included."""
    found = [widget]
    for name in ("layout", "style"):
        if isinstance(part := getattr(widget, name, None), ipywidgets.Widget):
            found.append(part)
    for child in getattr(widget, "children", ()):
        found += family(child)
    return found


class Panel:
    """Controls beside a canvas. A subclass sets `canvas` and `box`, then calls `_open`; it has

    state: what the controls say, read on the spot and hashable or not, but never changed afterwards.
    frame(state): the picture of a state, a pure function of it (and of the weights of the networks it shows).
    """

    name = "Widget"
    css_width = 520
    timed = True  # say below the picture how long it took

    def _open(self, canvas: PixelCanvas, box: ipywidgets.Box) -> None:
        self.canvas, self.box = canvas, box
        self.closed = False
        self._extra: list[ipywidgets.Widget] = []
        self._shown: deque = deque(maxlen=4)  # where the static picture stands: the last places at which it was shown
        self._drawn_at = self._still_at = self._still_due = float("-inf")
        self._quiet = threading.local()
        self._stopwatch = Stopwatch()
        self._pump = FramePump(self._draw)
        canvas.on_drawn = self._pump.acknowledge
        box.add_class("ganlib-panel")
        for widget in family(box):
            if isinstance(widget, PixelCanvas):
                widget.panel = box.model_id
        self._draw(0)

    @property
    def state(self):
        raise NotImplementedError

    def frame(self, state) -> Frame:
        raise NotImplementedError

    def render(self, state) -> np.ndarray:
        """Return the picture of `state`: uint8, (H, W) or (H, W, 3)."""
        return self.frame(state).pixels

    def refresh(self, _change=None) -> None:
        """Draw again, for instance after training has changed the network."""
        self._request()

    def _request(self) -> None:
        if not self.closed and not getattr(self._quiet, "on", False):
            self._pump.request()

    @contextlib.contextmanager
    def _together(self):
        """Let several controls change and draw once, afterwards."""
        self._quiet.on = True
        try:
            yield
        finally:
            self._quiet.on = False
        self._request()

    def _draw(self, number: int) -> None:
        """Draw the present state; an error becomes a message below the picture that stands."""
        started = time.perf_counter()
        try:
            frame = self.frame(self.state)
        except Exception as error:
            stands = self.canvas.pixels
            frame = Frame(
                np.full((32, 32), 221, np.uint8) if stands is None else stands,
                message=f"This picture could not be drawn. {type(error).__name__}: {error}",
            )
        speed = self._stopwatch.add(time.perf_counter() - started)
        status = f"{frame.status} · {speed}" if self.timed else frame.status
        self.canvas.show(number, frame.pixels, status, frame.message)
        if self.closed:  # meanwhile, on another thread
            return
        self._drawn_at = time.monotonic()
        if self._shown:
            self._still_later(SETTLED)

    def _check_open(self) -> None:
        if self.closed:
            raise RuntimeError(f"this {self.name} is closed: make a new one")

    def _now(self) -> Frame:
        self._check_open()
        return self.frame(self.state)

    def picture(self) -> Image.Image:
        """Return the picture of the present state, enlarged as on the screen."""
        return enlarge(self._now().pixels, self.css_width)

    def still(self) -> Image.Image:
        """Return the picture for pages without a kernel."""
        return self.picture()

    def describe(self) -> str:
        """Return the text that stands for the picture where it cannot be seen."""
        return self.name

    def outputs(self) -> list[dict]:
        """Return what a cell shows, as bundles of MIME types: the static picture, then the live widget.

        They are two, and both are displayed rather than returned, because pages differ: JupyterLab draws a widget
        that is no longer alive as an error and never the picture beside it, and Colab gives third-party widgets a
        manager only where they are displayed.
        """
        if self.closed:
            return [{"text/plain": repr(self)}]
        view = {WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}}
        return [*filter(None, [self._still_output()]), view | {"text/plain": repr(self)}]

    def _still_output(self) -> dict | None:
        """Return the static picture with its alternative text; None if it can't be drawn: the live widget says why."""
        with contextlib.suppress(Exception):
            picture = as_html(png(self.still()), self.describe(), class_="ganlib-still", data_view=self.box.model_id)
            return {"text/html": ONE_OF_TWO + picture, "text/plain": self.describe()}
        return None

    def _ipython_display_(self) -> None:
        """Let IPython show the outputs; the static picture follows the widget as long as it lives."""
        from IPython.display import display

        if not self.closed:
            self.refresh()  # training may have changed the network
        *stills, last = self.outputs()
        self._still_at = time.monotonic()
        for still in stills:
            self._shown.append(display(still, raw=True, display_id=True))
        display(last, raw=True)

    def _keep_still(self) -> None:
        """Draw the static picture again where it is shown, so that a saved page shows what was seen last."""
        if self.closed or not self._shown:
            return
        self._still_due = float("-inf")
        if (wait := self._drawn_at + SETTLED - time.monotonic()) > 0:
            self._still_later(wait)
        elif self._drawn_at > self._still_at and (still := self._still_output()):
            self._still_at = time.monotonic()
            for handle in list(self._shown):
                handle.update(still, raw=True)

    def _still_later(self, seconds: float) -> None:
        now = time.monotonic()
        if now > self._still_due + SETTLED:  # none is due, or its loop ended before it came
            self._still_due = now + seconds
            call_later(seconds, self._keep_still)

    def close(self) -> None:
        """Close every control and let go of networks and pictures; the page keeps nothing, nor does the kernel."""
        if self.closed:
            return
        title = repr(self)
        self.closed = True
        self._pump.close()
        for widget in [*self._extra, *family(self.box)]:
            widget.unobserve_all()
            widget.close()
            if isinstance(widget, PixelCanvas):
                widget.on_drawn = widget.on_pointer = widget.on_key = widget.on_stroke = None
        self.__dict__.clear()
        self.__dict__.update(closed=True, _title=f"{title} (closed)")

    def __repr__(self) -> str:
        return self.__dict__.get("_title", self.name)
