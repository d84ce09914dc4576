"""A front end without a browser, for the widget tests."""

import base64
import html
import io
import re

from PIL import Image

from ganlib.widgets.base.canvas import unpack
from ganlib.widgets.base.panel import WIDGET_VIEW


class FrontEnd:
    """What a browser does: it moves sliders, draws frames, and answers each when the test says so."""

    def __init__(self, widget):
        self.canvas, self.frames = widget.canvas, []
        self.canvas.observe(lambda change: self.frames.append(unpack(change["new"])), "frame")

    @property
    def header(self):
        return unpack(self.canvas.frame)[1]

    def answer(self):
        self.canvas._handle_custom_msg({"kind": "drawn", "number": self.header["number"]}, [])

    def drag(self, slider, values):
        name = "index" if slider.has_trait("index") else "value"  # of a slider over named stops
        for value in values:
            slider.set_state({name: int(value) if name == "index" else float(value)})

    def answer_all(self):
        number = None
        while number != self.header["number"]:
            number = self.header["number"]
            self.answer()


def point(canvas, x: float, y: float) -> None:
    """Press or drag the pointer at a place of a canvas, in shares of its width and height."""
    canvas._handle_custom_msg({"kind": "pointer", "x": x, "y": y}, [])


def press(canvas, key: str, shift: bool = False) -> None:
    """Press an arrow key on a canvas."""
    canvas._handle_custom_msg({"kind": "key", "key": key, "shift": shift}, [])


class Still:
    """The static picture that a widget's outputs hold: `picture` (PIL) and `alt`; None of both if there is none."""

    def __init__(self, widget):
        found = [
            match
            for output in widget.outputs()
            if (match := re.search(r'alt="([^"]*)" src="data:image/png;base64,([^"]*)"', output.get("text/html", "")))
        ]
        self.alt = html.unescape(found[0][1]) if found else None
        self.picture = Image.open(io.BytesIO(base64.b64decode(found[0][2]))) if found else None


def is_live(widget) -> bool:
    """Say whether a widget's outputs end with its live view."""
    return widget.outputs()[-1].get(WIDGET_VIEW, {}).get("model_id") == widget.box.model_id
