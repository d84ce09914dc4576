"""A canvas in the browser that shows one uint8 picture and says when it has drawn it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import anywidget
import numpy as np
import traitlets

HERE = Path(__file__).parent
ARROWS = "ArrowLeft ArrowRight ArrowUp ArrowDown"


def module() -> str:
    """Return the browser's part as one ES module: the canvas, and what it does for the panel around it."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("panel.js", "pointer.js", "canvas.js"))


def check_picture(pixels: np.ndarray) -> np.ndarray:
    """Return `pixels` as a contiguous uint8 array (H, W) or (H, W, 3).

    Raises:
        TypeError: if the numbers are not uint8.
        ValueError: if the shape is another one, or has a side of zero.
    """
    pixels = np.ascontiguousarray(pixels)
    if pixels.dtype != np.uint8:
        raise TypeError(f"a picture holds uint8 numbers, not {pixels.dtype}: scale to 0…255 and convert it")
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3) or 0 in pixels.shape:
        raise ValueError(f"a picture has the shape (H, W) or (H, W, 3), not {pixels.shape}")
    return pixels


def pack(pixels: np.ndarray, number: int, status: str = "", message: str = "") -> bytes:
    """Pack a picture and its texts into one byte string, so that they arrive together or not at all."""
    pixels = check_picture(pixels)
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else 3
    header = json.dumps(
        {
            "height": height,
            "width": width,
            "channels": channels,
            "number": number,
            "status": status,
            "message": message,
        }
    ).encode()
    return b"".join((struct.pack("<I", len(header)), header, pixels.data))


def unpack(frame: bytes) -> tuple[np.ndarray, dict]:
    """Undo `pack`: return the picture (H, W) or (H, W, 3) and the header."""
    (length,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + length])
    shape = (header["height"], header["width"], header["channels"])
    pixels = np.frombuffer(frame, np.uint8, offset=4 + length).reshape(shape)
    return (pixels[:, :, 0] if header["channels"] == 1 else pixels), header


class PixelCanvas(anywidget.AnyWidget):
    """Show a uint8 picture enlarged to `css_width` CSS pixels, with a line of text and a line for errors below.

    `frame` holds what `pack` made; every new view draws it at once. The browser answers each drawn frame, which
    calls `on_drawn(number)`. `pointer` is "" (a picture), "click", "drag" or "scrub" (a drag in which only x counts: a
    finger that moves up or down scrolls the page): then `on_pointer(x, y)` is called with positions in [0, 1] from
    the top left corner. Or it is "draw": then `on_stroke(places, start)` is called with all positions [(x, y), …]
    since the last call, `start` for a new stroke's first ones.
    `hears`: names of the keys, separated by spaces ("Space" for the space bar), for which `on_key(name, shift)` is
    called; all others go to the page. `active`: [left, top, right, bottom] in shares, the part in which a drag means
    something; [] for all of it.
    `cursor` is empty or [x, top, bottom, top, bottom, …] in shares of the picture: a vertical line drawn over it.
    `panel` is the model of the panel that it belongs to, whose static picture it hides while it stands.
    `marker` is empty or [x, y, x, y, …] in shares of the picture: rings drawn over it.
    """

    _esm = traitlets.Unicode(module()).tag(sync=True)
    _css = traitlets.Unicode((HERE / "canvas.css").read_text(encoding="utf-8")).tag(sync=True)
    frame = traitlets.Bytes(b"").tag(sync=True)
    css_width = traitlets.Int(512).tag(sync=True)
    smooth = traitlets.Bool(False).tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    pointer = traitlets.Enum(["", "click", "drag", "scrub", "draw"], "").tag(sync=True)
    hears = traitlets.Unicode("").tag(sync=True)
    active = traitlets.List(traitlets.Float(), []).tag(sync=True)
    panel = traitlets.Unicode("").tag(sync=True)
    cursor = traitlets.List(traitlets.Float(), []).tag(sync=True)
    marker = traitlets.List(traitlets.Float(), []).tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)
        self.on_drawn: Callable[[int], None] | None = None
        self.on_pointer: Callable[[float, float], None] | None = None
        self.on_key: Callable[[str, bool], None] | None = None
        self.on_stroke: Callable[[list[tuple[float, float]], bool], None] | None = None
        self.on_msg(PixelCanvas._receive)

    def _receive(self, content: dict, buffers) -> None:
        kind = content.get("kind")
        if kind == "drawn" and self.on_drawn:
            self.on_drawn(content["number"])
        elif kind == "pointer" and self.on_pointer:
            try:
                self.on_pointer(float(content["x"]), float(content["y"]))
            finally:
                self.send({"kind": "heard"})  # the browser sends its next position only now
        elif kind == "stroke" and self.on_stroke:
            try:
                places = [float(value) for value in content["places"]]
                self.on_stroke(list(zip(places[::2], places[1::2])), bool(content["start"]))
            finally:
                self.send({"kind": "heard"})
        elif kind == "key" and self.on_key:
            self.on_key(content["key"], bool(content["shift"]))

    def show(self, number: int, pixels: np.ndarray, status: str = "", message: str = "") -> None:
        """Send a picture (H, W) or (H, W, 3), uint8, with its texts to all views."""
        self.frame = pack(pixels, number, status, message)

    @property
    def pixels(self) -> np.ndarray | None:
        """The picture that stands in the views, or None before the first."""
        return unpack(self.frame)[0] if self.frame else None
