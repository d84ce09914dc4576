"""Paint on a map of parts, or push its parts about, and see the picture that a network makes of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ipywidgets
import numpy as np
import torch
from PIL import Image
from torch import nn

from ganlib.pictures import tile, to_uint8
from ganlib.widgets.base.canvas import ARROWS as KEYS
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import beside, box, button, choice, row, slider, text
from ganlib.widgets.base.images import enlarge, faults, side_by_side
from ganlib.widgets.base.panel import Frame, Panel
from ganlib.widgets.base.sampler import cpu_threads, evaluating, home
from ganlib.widgets.strokes import DISTINCT, coloured, moved, painted

UNDOS = 100  # strokes and pushes that can be taken back
BRUSHES = (1, 2, 3, 5, 8)  # widths in pixels
FACE = {  # of sketch_faces: what moves together, back to front
    "mouth": ("mouth", "teeth"),
    "eyes": ("eyes", "irises"),
    "brows": ("brows",),
    "glasses": ("glasses",),
    "nose": ("nose",),
    "hair": ("hair",),
    "hat": ("hat",),
}
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowDown": (0, 1), "ArrowUp": (0, -1)}


@dataclass(frozen=True)
class PaintState:
    """What a MapPainter holds: which example, its painted map as bytes, and (name, right, down) of what was pushed."""

    example: int
    painted: bytes
    pushed: tuple[tuple[str, int, int], ...]


class MapPainter(Panel):
    """Paint a map of parts, or move parts of it, and see G's picture of it at once.

    G: parts' numbers (N, H, W) -> images (N, C, H, W) in [-1, 1], as `UNet`.
    segments: (M, H, W) whole numbers, the maps to begin from.  parts: the name of each number.
    groups: name -> the parts that the sliders move together; by default those of the sketched faces that there are.
    Draw with the mouse or a finger, or move the ring with the arrow keys (Shift: further) and paint with the space bar.

    Raises:
        ValueError: if segments has another shape or numbers without a name, or there is no group to move.
    """

    name = "Map painter"

    def __init__(
        self,
        G: nn.Module,
        segments: torch.Tensor,
        parts: Sequence[str],
        *,
        groups: Mapping[str, Sequence[str]] | None = None,
        size: int = 384,
    ):
        self.maps = np.asarray(torch.as_tensor(segments).cpu(), np.uint8)
        if self.maps.ndim != 3 or not len(self.maps):
            raise ValueError(f"segments must be (M, H, W) with at least one map, not {self.maps.shape}")
        if self.maps.max() >= len(parts):
            raise ValueError(f"the maps hold part {self.maps.max()}, and there are {len(parts)} names")
        self.G, self.parts = evaluating(G), tuple(parts)
        wanted = FACE if groups is None else groups
        known = {name: [self.parts.index(part) for part in of if part in self.parts] for name, of in wanted.items()}
        self.groups = {name: numbers for name, numbers in known.items() if numbers}
        if not self.groups:
            raise ValueError(f"no part can be moved: name some of {', '.join(self.parts)} in groups")
        self.height, self.width = self.maps.shape[1:]
        self.css_width = self.width * max(1, size // self.width)
        self.part, self.place = min(3, len(parts) - 1), (0.5, 0.5)
        self._begin(0)
        canvas = PixelCanvas(css_width=self.css_width, smooth=True, alt=self.describe())
        self.pad = PixelCanvas(
            css_width=self.css_width, pointer="draw", hears=f"{KEYS} Space", alt=self._describe_map()
        )
        self._open(canvas, beside(self._controls(), self.pad, canvas))
        self.pad.on_stroke, self.pad.on_key = self._stroked, self._pressed

    def _begin(self, example: int) -> None:
        """Take an example's map, with nothing painted, nothing pushed and nothing to undo."""
        self.example, self.painted, self.pushed = example, self.maps[example], {}
        self._before: deque[tuple[np.ndarray, dict]] = deque(maxlen=UNDOS)
        self._last: tuple[float, float] | None = None
        self._pushing = False

    def _controls(self) -> list[ipywidgets.Widget]:
        first = "eyes" if "eyes" in self.groups else next(iter(self.groups))
        self.group = choice(list(self.groups), first, "move", label="3.5em")
        self.right, self.down = (
            slider(0, -reach, reach, name, label="3.5em")
            for name, reach in (("right", self.width // 4), ("down", self.height // 4))
        )
        widths = [(f"{size} pixel{'s' * (size > 1)} wide", size) for size in BRUSHES]
        self.brush = choice(widths, 3, "brush", label="3.5em")
        self.group.observe(self._chose_group, "value")
        for control in (self.right, self.down):
            control.observe(self._push, "value")
        self.chosen = text("")
        palette = box("palette", *(self._swatch(number) for number in range(len(self.parts))))
        self._choose(self.part)
        heading = text("Move a part, or paint on the map", "heading")
        return [heading, self.group, self.right, self.down, self.chosen, palette, self.brush, *self._buttons()]

    def _swatch(self, number: int) -> ipywidgets.Button:
        """Return a part's button of the palette, in its colour on the map."""
        button = ipywidgets.Button(
            description=self.parts[number],
            tooltip=f"Paint {self.parts[number]}",
            style={"button_color": DISTINCT[number % len(DISTINCT)]},
        )
        button.add_class("ganlib-swatch")
        button.on_click(lambda _: self._choose(number))
        return button

    def _buttons(self) -> list[ipywidgets.Widget]:
        another = button("Another", self.resample, main=True)
        return [row(button("Undo", self.undo), button("Reset", self.reset), another)]

    def _choose(self, number: int) -> None:
        self.part = number
        self.chosen.value = f'<div class="ganlib-note">paint with: <b>{self.parts[number]}</b></div>'

    @property
    def state(self) -> PaintState:
        """What the map is now."""
        pushed = tuple((name, *offset) for name, offset in self.pushed.items() if offset != (0, 0))
        return PaintState(self.example, self.painted.tobytes(), pushed)

    def map_of(self, state: PaintState) -> np.ndarray:
        """Return the map of a state: parts' numbers (H, W)."""
        parts = np.frombuffer(state.painted, np.uint8).reshape(self.height, self.width)
        offsets = {name: offset for name, *offset in state.pushed}
        for name, numbers in self.groups.items():
            parts = moved(parts, numbers, *offsets.get(name, (0, 0)))
        return parts

    @torch.inference_mode()
    def frame(self, state: PaintState) -> Frame:
        """Draw the picture of a state's map."""
        parts = self.map_of(state)
        with cpu_threads(1):
            image = self.G(torch.from_numpy(parts)[None].to(home(self.G)[0])).float()
        different = int((parts != self.maps[state.example]).sum())
        return Frame(tile(to_uint8(image), 1, 1), f"{different} of {parts.size} pixels changed", faults(image))

    def _draw(self, number: int) -> None:
        self.pad.show(number, coloured(self.map_of(self.state)))
        super()._draw(number)

    def _keep(self) -> None:
        """Remember the map as it is, for `undo`."""
        self._before.append((self.painted, dict(self.pushed)))

    def _stroked(self, places: list[tuple[float, float]], start: bool) -> None:
        if start or self._last is None:
            self._keep()
            self.painted = self.map_of(self.state)  # what was pushed is painted over where it lies now
            self._last = None
            self._rest({})
        places = [(x * self.width, y * self.height) for x, y in places]
        line = places if self._last is None else [self._last, *places]
        self.painted = painted(self.painted, line, self.part, self.brush.value)
        self._last = places[-1]
        self.refresh()

    def _pressed(self, key: str, shift: bool) -> None:
        if key == " ":
            self._stroked([self.place], True)
            return
        right, down = (step * (4 if shift else 1) for step in ARROWS[key])
        ends = (right / self.width, 0.5 / self.width), (down / self.height, 0.5 / self.height)
        self.place = tuple(min(max(at + step, half), 1 - half) for at, (step, half) in zip(self.place, ends))
        self.pad.marker = list(self.place)

    def _chose_group(self, _change) -> None:
        self._rest(self.pushed)

    def _push(self, _change) -> None:
        """Take a slider's word; pushes of one group in a row are one step of `undo`."""
        if getattr(self._quiet, "on", False):
            return
        offset = (self.right.value, self.down.value)
        if self.pushed.get(self.group.value, (0, 0)) != offset:
            if self._pushing != self.group.value:
                self._keep()
            self._pushing, self._last = self.group.value, None
            self.pushed = {**self.pushed, self.group.value: offset}
        self.refresh()

    def _rest(self, pushed: dict) -> None:
        """Set what was pushed, and the sliders to what it says of the chosen group."""
        with self._together():
            self.pushed, self._pushing = dict(pushed), False
            self.right.value, self.down.value = self.pushed.get(self.group.value, (0, 0))

    def undo(self) -> None:
        """Take back the last stroke or push."""
        if self._before:
            self.painted, pushed = self._before.pop()
            self._last = None
            self._rest(pushed)

    def reset(self) -> None:
        """Go back to the example's own map; this too can be undone."""
        self._keep()
        self.painted, self._last = self.maps[self.example], None
        self._rest({})

    def resample(self) -> None:
        """Take the next example."""
        self._begin((self.example + 1) % len(self.maps))
        self._rest({})

    def picture(self) -> Image.Image:
        """Return the map, and the picture beside it."""
        pixels = self._now().pixels
        parts = enlarge(coloured(self.map_of(self.state)), self.css_width)
        image = Image.fromarray(pixels).convert("RGB").resize(parts.size, Image.Resampling.BICUBIC)
        return side_by_side(parts, image).convert("RGBA")  # kept as it is: 256 colours are too few for a smooth face

    def describe(self) -> str:
        """Return the alternative text."""
        return f"A map of parts, one colour a part, and the picture that {type(self.G).__name__} makes of it"

    def _describe_map(self) -> str:
        return "Map of parts. Draw on it; or move the ring with the arrow keys and paint with the space bar."

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"MapPainter({type(self.G).__name__}, {len(self.maps)} maps of {self.height} x {self.width})"
