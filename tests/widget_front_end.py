"""A front end without a browser, for the widget tests."""

from ganlib.widgets.canvas import unpack


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
        for value in values:
            slider.set_state({"value": float(value)})

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
