"""What all widgets share: controls over a pure `frame(state)`, the static picture, errors shown, memory given back."""

from __future__ import annotations

import base64
import contextlib
import statistics
import threading
import time
from collections import deque
from dataclasses import dataclass

import ipywidgets
import numpy as np
from PIL import Image

from ganlib.widgets.canvas import PixelCanvas
from ganlib.widgets.images import enlarge, png
from ganlib.widgets.pump import FramePump

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
HANDLE = "#0072b2"  # of sliders: a blue that stands out on light and dark pages


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
        self._quiet = threading.local()
        self._stopwatch = Stopwatch()
        self._pump = FramePump(self._draw)
        canvas.on_drawn = self._pump.acknowledge
        box.add_class("ganlib-panel")
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

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        """Give IPython the live widget and a static PNG with its alternative text; each place shows what it can."""
        data, metadata = {"text/plain": repr(self)}, {}
        if self.closed:
            return data, metadata
        with contextlib.suppress(Exception):  # the live widget shows the error itself
            data["image/png"] = base64.b64encode(png(self.still())).decode()
            metadata["image/png"] = {"alt": self.describe()}
        data[WIDGET_VIEW] = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        self.refresh()
        return data, metadata

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


def text(content: str, kind: str = "note") -> ipywidgets.HTML:
    """Return a line of text: kind "heading" or "note"."""
    return ipywidgets.HTML(f'<div class="ganlib-{kind}">{content}</div>')


def class_selector(classes: int | None, *, together: bool) -> ipywidgets.Dropdown | None:
    """Return a choice of one class, or None without classes; `together` offers all of them, one a column, too."""
    if not classes:
        return None
    options = [*([("one a column", None)] if together else []), *((str(k), k) for k in range(classes))]
    wide, style = ipywidgets.Layout(width="100%"), {"description_width": "72px"}
    return ipywidgets.Dropdown(options=options, description="class", layout=wide, style=style)


def beside(controls: list[ipywidgets.Widget], right: ipywidgets.Widget, *, width: str = "296px") -> ipywidgets.Box:
    """Put controls to the left of a canvas, or above it where the page is narrow."""
    left = ipywidgets.VBox(controls, layout=ipywidgets.Layout(width=width, margin="0 12px 8px 0"))
    row = ipywidgets.Layout(display="flex", flex_flow="row wrap", align_items="flex-start", width="100%")
    return ipywidgets.Box([left, right], layout=row)
