"""A magnifying glass over pictures and what models rebuild of them; a slider walks through the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ipywidgets
import numpy as np
import torch
from PIL import Image, ImageDraw

from ganlib import plots
from ganlib.pictures import to_uint8
from ganlib.widgets.base.canvas import ARROWS, PixelCanvas
from ganlib.widgets.base.controls import beside, button, choice, stops, text
from ganlib.widgets.base.curves import INK, font
from ganlib.widgets.base.panel import Frame, Panel

SIDE, GAP, HEAD = 256, 16, 22  # of an enlarged picture, between pictures, of a title, in drawn pixels
CROP = 72  # side of a crop in the static picture
GLASS = "#D55E00"  # the frame of what is magnified


@dataclass(frozen=True)
class MagnifierState:
    """Which model (from 0), which picture (from 0), and the middle of the glass in pixels."""

    model: int
    picture: int
    x: float
    y: float


class Magnifier(Panel):
    """Compare pictures with what models rebuild of them, through a glass that may be moved.

    real: (N, C, H, W) in [-1, 1], square.  rebuilt: name -> the same pictures rebuilt, in the slider's order.
    spots: name of a detail -> places (picture from 0, x, y in pixels) where it can be seen.
    what: what the names of `rebuilt` say.  notes: name of a model -> name of a detail -> a remark.  glass: pixels it
    covers. Everything is computed beforehand, so that the slider answers at once. Drag on a picture to move the glass.

    Raises:
        ValueError: if there is nothing rebuilt or no spot, a shape differs, or a spot lies outside the pictures.
    """

    name = "Magnifier"
    timed = False

    def __init__(
        self,
        real: torch.Tensor,
        rebuilt: Mapping[str, torch.Tensor],
        spots: Mapping[str, Sequence[tuple[int, float, float]]],
        *,
        what: str = "model",
        notes: Mapping[str, Mapping[str, str]] | None = None,
        glass: int = 16,
    ):
        self._check(real, rebuilt, spots)
        self.real, self.rebuilt = _levels(real), {str(name): _levels(images) for name, images in rebuilt.items()}
        self.spots, self.what, self.glass = {name: list(places) for name, places in spots.items()}, what, glass
        self.notes = {str(name): dict(remarks) for name, remarks in (notes or {}).items()}
        self.size = real.shape[-1]
        self._example = 0
        self._place: tuple[int, float, float] = self.spots[next(iter(self.spots))][0]
        self.css_width = 2 * SIDE + GAP
        controls = self._controls()
        canvas = PixelCanvas(
            css_width=self.css_width,
            smooth=True,
            pointer="drag",
            hears=ARROWS,
            alt=self._describe_canvas(),
            active=[0.0, 0.0, 1.0, (HEAD + SIDE) / (HEAD + 2 * SIDE + GAP)],
        )
        self._open(canvas, beside(controls, canvas))
        canvas.on_pointer, canvas.on_key = self._dragged, self._pressed

    @staticmethod
    def _check(real, rebuilt, spots) -> None:
        if not rebuilt or not spots or not all(spots.values()):
            raise ValueError("need at least one rebuilt set, and at least one spot for every detail")
        other = [name for name, images in rebuilt.items() if images.shape != real.shape]
        if other or real.shape[-1] != real.shape[-2]:
            raise ValueError(f"rebuilt pictures must be square and as the real ones, {tuple(real.shape)}: see {other}")
        N, size = len(real), real.shape[-1]
        for name, places in spots.items():
            if any(not (0 <= n < N and 0 <= x < size and 0 <= y < size) for n, x, y in places):
                raise ValueError(f"a spot of {name} lies outside the {N} pictures of {size} pixels")

    def _controls(self) -> list[ipywidgets.Widget]:
        self.slider = stops([(name, k) for k, name in enumerate(self.rebuilt)], 0, "model")
        self.detail = choice(list(self.spots), next(iter(self.spots)), "look at")
        other = button("Another example", lambda: self.show_example(self._example + 1), main=True)
        self.slider.observe(self.refresh, "value")
        self.detail.observe(lambda _: self.show_example(0), "value")
        remark = text("Drag on a picture, or click it and use the arrow keys, to move the glass.")
        return [text(f"Compare: {self.what}", "heading"), self.slider, self.detail, other, remark]

    def show_example(self, number: int) -> None:
        """Go to an example of the chosen detail, counted from 0 and round again."""
        places = self.spots[self.detail.value]
        self._example = number % len(places)
        self._place = places[self._example]
        self.refresh()

    @property
    def state(self) -> MagnifierState:
        """What the controls say now."""
        return MagnifierState(self.slider.value, *self._place)

    def corner(self, state: MagnifierState) -> tuple[int, int]:
        """Return the top left pixel under the glass, moved so that the glass stays on the picture: (x, y)."""
        left, top = (int(np.clip(round(v - self.glass / 2), 0, self.size - self.glass)) for v in (state.x, state.y))
        return left, top

    def frame(self, state: MagnifierState) -> Frame:
        """Draw both pictures with the glass, and below each what lies under it."""
        name = list(self.rebuilt)[state.model]
        sheet = Image.new("RGB", (2 * SIDE + GAP, HEAD + 2 * SIDE + GAP), "white")
        pen = ImageDraw.Draw(sheet)
        titles = (("real", plots.REAL), (f"rebuilt, {self.what}: {name}", plots.VAE))
        for column, (images, (title, colour)) in enumerate(zip((self.real, self.rebuilt[name]), titles)):
            left = column * (SIDE + GAP)
            pen.rectangle((left, 4, left + 12, 16), fill=colour)
            pen.text((left + 18, 2), title, fill=INK, font=font(14))
            self._column(sheet, left, images[state.picture], self.corner(state))
        said = [f"{self.what}: {name}", self.detail.value, self.notes.get(name, {}).get(self.detail.value, "")]
        return Frame(np.asarray(sheet), " · ".join(filter(None, said)))

    def _column(self, sheet: Image.Image, left: int, pixels: np.ndarray, corner: tuple[int, int]) -> None:
        x, y = corner
        times = SIDE / self.size
        sheet.paste(_enlarged(pixels, SIDE), (left, HEAD))
        box = (left + x * times, HEAD + y * times, left + (x + self.glass) * times, HEAD + (y + self.glass) * times)
        pen = ImageDraw.Draw(sheet)
        pen.rectangle(box, outline="white", width=3)
        pen.rectangle(box, outline=GLASS, width=2)
        below = HEAD + SIDE + GAP
        sheet.paste(_enlarged(pixels[y : y + self.glass, x : x + self.glass], SIDE), (left, below))
        pen.rectangle((left, below, left + SIDE - 1, below + SIDE - 1), outline=GLASS, width=2)

    def _dragged(self, x: float, y: float) -> None:
        """Put the glass where the pointer is on one of the two upper pictures."""
        across, down = x * self.css_width, y * (HEAD + 2 * SIDE + GAP) - HEAD
        if down <= SIDE:
            across -= (SIDE + GAP) * (across > SIDE + GAP / 2)
            self._move_to(across * self.size / SIDE, down * self.size / SIDE)

    def _pressed(self, key: str, shift: bool) -> None:
        step = 4 if shift else 1
        dx, dy = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}[key]
        self._move_to(self._place[1] + step * dx, self._place[2] + step * dy)

    def _move_to(self, x: float, y: float) -> None:
        half = self.glass / 2
        x, y = (float(np.clip(v, half, self.size - half)) for v in (x, y))
        self._place = self._place[0], x, y
        self.refresh()

    def still(self) -> Image.Image:
        """Return crops of the first example of every detail: real above, then as each model rebuilds it."""
        wide, aside = CROP + 8, 120
        rows = [("real", self.real), *self.rebuilt.items()]
        sheet = Image.new("RGB", (aside + len(self.spots) * wide, HEAD + len(rows) * wide), "white")
        pen = ImageDraw.Draw(sheet)
        for column, (detail, places) in enumerate(self.spots.items()):
            left = aside + column * wide
            pen.text((left + CROP / 2, HEAD - 4), detail, fill=INK, font=font(13), anchor="mb")
            x, y = self.corner(MagnifierState(0, *places[0]))
            for row, (_, images) in enumerate(rows):
                part = images[places[0][0]][y : y + self.glass, x : x + self.glass]
                sheet.paste(_enlarged(part, CROP), (left, HEAD + row * wide))
        for row, (name, _) in enumerate(rows):
            pen.text((aside - 10, HEAD + row * wide + CROP / 2), name, fill=INK, font=font(13), anchor="rm")
        return sheet

    def describe(self) -> str:
        """Return the alternative text."""
        details, names = ", ".join(self.spots), ", ".join(self.rebuilt)
        return f"Magnified details ({details}) of real pictures beside the same rebuilt; {self.what}: {names}"

    def _describe_canvas(self) -> str:
        return f"{self.describe()}. Drag on an upper picture or use the arrow keys to move the glass."

    def __repr__(self) -> str:
        return super().__repr__() if self.closed else f"Magnifier({self.what}: {', '.join(self.rebuilt)})"


def _levels(images: torch.Tensor) -> np.ndarray:
    """Return (N, C, H, W) in [-1, 1] as uint8 (N, H, W, 3)."""
    return to_uint8(images.detach()).expand(-1, 3, -1, -1).permute(0, 2, 3, 1).cpu().numpy()


def _enlarged(pixels: np.ndarray, side: int) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(pixels)).resize((side, side), Image.Resampling.NEAREST)
