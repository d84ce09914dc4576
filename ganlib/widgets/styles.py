"""Ask a conditional generator: one class large, all classes in the same style beside it."""

from __future__ import annotations

from dataclasses import dataclass

import ipywidgets
import numpy as np
import torch
from torch import nn

from ganlib.models.generate import Generator
from ganlib.pictures import to_uint8
from ganlib.widgets.base.canvas import ARROWS, PixelCanvas
from ganlib.widgets.base.controls import beside, button, choice, row, slider, text
from ganlib.widgets.base.images import faults
from ganlib.widgets.base.panel import Frame, Panel
from ganlib.widgets.base.sampler import Sampler, cpu_threads, draw_z
from ganlib.widgets.explorer import choose_directions

ROWS = 2  # of the sheet with all classes
CELL = 64  # its pictures' side, at least, in pixels
QUIET, CHOSEN = 64, 255  # grey of the frames


@dataclass(frozen=True)
class StyleState:
    """What the controls of a StyleExplorer say: the class, one offset a direction, the seed of the style."""

    label: int
    offsets: tuple[float, ...]
    seed: int = 0


class StyleExplorer(Panel):
    """Choose a class, move the style z, and see every class drawn with the same z.

    G: (z (N, z_dim), y (N,)) -> images (N, C, H, W) in [−1, 1], with `G.z_dim` and `G.classes`.
    label: the class shown first.  directions, n_directions, scale: as for `LatentExplorer`.
    Click one of the small pictures, or use the arrow keys on it, to choose its class.

    Raises:
        TypeError: if G has no `z_dim`, or no classes.
        ValueError: if `directions` make no sense, or there is no such class.
    """

    name = "Style explorer"

    def __init__(
        self,
        G: Generator,
        *,
        label: int = 0,
        directions: str | torch.Tensor = "principal",
        n_directions: int = 5,
        seed: int = 0,
        scale: float = 3.0,
    ):
        self.G, self.sampler, self.seed = G, Sampler(G), seed
        if not self.sampler.classes:
            raise TypeError(f"{type(G).__name__} has no classes to choose from: use LatentExplorer")
        self.classes = self.sampler.classes
        if not 0 <= label < self.classes:
            raise ValueError(f"there are classes 0 to {self.classes - 1}, no {label}")
        self.directions, names, self._source = choose_directions(self.sampler, directions, n_directions, seed)
        self.columns = -(-self.classes // ROWS)
        self.sampler.choose_speed(draw_z(self.classes, G.z_dim, seed), enough=0.02)
        width = self.frame(StyleState(label, (0.0,) * len(names), seed)).pixels.shape[1]
        self.css_width = width * max(1, round(520 / width))
        canvas = PixelCanvas(css_width=self.css_width, alt=self._describe_canvas(), pointer="click", hears=ARROWS)
        self._open(canvas, beside(self._controls(names, scale, label), canvas))
        canvas.on_pointer, canvas.on_key = self._clicked, self._pressed

    def _controls(self, names: list[str], scale: float, label: int) -> list[ipywidgets.Widget]:
        self.label = choice([(str(k), k) for k in range(self.classes)], label, "class")
        self.sliders = [slider(0.0, -scale, scale, name, step=scale / 30, readout_format="+.1f") for name in names]
        for control in (self.label, *self.sliders):
            control.observe(self.refresh, "value")
        return [
            text("What: the label y", "heading"),
            self.label,
            text("How: the style z", "heading"),
            *self.sliders,
            text(self._source),
            row(button("Reset sliders", self.reset), button("Another style", self.resample, main=True)),
        ]

    @property
    def state(self) -> StyleState:
        """What the controls say now."""
        return StyleState(self.label.value, tuple(slider.value for slider in self.sliders), self.seed)

    def style(self, state: StyleState) -> torch.Tensor:
        """Return the state's z: (1, z_dim), drawn with its seed and moved by its sliders."""
        return draw_z(1, self.sampler.z_dim, state.seed) + torch.tensor(state.offsets) @ self.directions

    def frame(self, state: StyleState) -> Frame:
        """Draw the chosen class large and every class small, all with one z."""
        with cpu_threads(1):
            K = self.classes
            images = self.sampler(self.style(state).expand(K, -1), torch.arange(K), seed=state.seed)
            status = f"class {state.label}, style {state.seed} · {images.device.type}"
            return Frame(self._sheet(to_uint8(images).cpu(), state.label), status, faults(images))

    def _sheet(self, images: torch.Tensor, label: int) -> np.ndarray:
        """Lay out uint8 images (K, C, H, W): the large one, twice as wide as the small ones, then two rows of these."""
        small = repeated(images, max(1, CELL // images.shape[-1]))
        large = framed(repeated(small[label : label + 1], ROWS)[0], CHOSEN, thick=ROWS)
        cells = [framed(image, CHOSEN if k == label else QUIET) for k, image in enumerate(small)]
        cells += [torch.full_like(cells[0], 255)] * (ROWS * self.columns - len(cells))
        rows = [torch.cat(cells[r * self.columns : (r + 1) * self.columns], 2) for r in range(ROWS)]
        gap = torch.full((large.shape[0], large.shape[1], 6), 255, dtype=torch.uint8)
        sheet = torch.cat([large, gap, torch.cat(rows, 1)], 2).permute(1, 2, 0).numpy()
        return np.ascontiguousarray(sheet[:, :, 0] if sheet.shape[2] == 1 else sheet)

    def reset(self) -> None:
        """Put every slider back to 0."""
        with self._together():
            for slider in self.sliders:
                slider.value = 0.0

    def resample(self) -> None:
        """Draw another style, with the next seed."""
        self.seed += 1
        self.refresh()

    def _clicked(self, x: float, y: float) -> None:
        """Choose the class of the small picture at a place of the canvas, in shares of its width and height."""
        sheet = self.canvas.pixels
        assert sheet is not None  # what was clicked
        height, width = sheet.shape[:2]
        cell = height / ROWS
        column = int((x * width - (width - self.columns * cell)) // cell)
        chosen = min(int(y * ROWS), ROWS - 1) * self.columns + column
        if 0 <= column < self.columns and chosen < self.classes:
            self.label.value = chosen

    def _pressed(self, key: str, _shift: bool) -> None:
        """Step through the classes with the arrow keys."""
        move = {"ArrowLeft": -1, "ArrowRight": 1, "ArrowUp": -self.columns, "ArrowDown": self.columns}.get(key, 0)
        if 0 <= self.label.value + move < self.classes:
            self.label.value += move

    def describe(self) -> str:
        """Return the alternative text."""
        return f"One image large, and all {self.classes} classes that {type(self.G).__name__} draws with its z"

    def _describe_canvas(self) -> str:
        return f"{self.describe()}. Click a small one, or use the arrow keys, to choose its class."

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"StyleExplorer({type(self.G).__name__}, {self.classes} classes, z_dim={self.G.z_dim})"


def repeated(images: torch.Tensor, times: int) -> torch.Tensor:
    """Enlarge images by whole pixels: (N, C, H, W) -> (N, C, times·H, times·W)."""
    return images.repeat_interleave(times, 2).repeat_interleave(times, 3)


def framed(image: torch.Tensor, grey: int, thick: int = 1) -> torch.Tensor:
    """Put a frame around an image: (C, H, W) -> (C, H + 2·thick, W + 2·thick)."""
    return nn.functional.pad(image, [thick] * 4, value=grey)
