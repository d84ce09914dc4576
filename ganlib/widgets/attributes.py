"""Sliders that have names: compose attributes of a generator's pictures, and see what a classifier reads off them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import ipywidgets
import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn

from ganlib import latent, plots
from ganlib.models.generate import Generator
from ganlib.pictures import tile, to_uint8
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import beside, tick
from ganlib.widgets.base.curves import INK, SCALE, font, half
from ganlib.widgets.base.images import beneath, enlarge, faults
from ganlib.widgets.base.panel import Frame
from ganlib.widgets.base.sampler import cpu_threads
from ganlib.widgets.explorer import ExplorerState, LatentExplorer

WIDTH, LEFT, RIGHT, ROW = 520, 120, 470, 22  # of the readings, CSS pixels
STILL = 4  # attributes in the static picture


@dataclass(frozen=True)
class AttributeState(ExplorerState):
    """What the controls say; apart: each direction moves without its share in the others."""

    apart: bool = False


class AttributeMixer(LatentExplorer):
    """Move a grid of pictures along directions that have names, and read off what changed, wanted or not.

    G: as for `LatentExplorer`.  directions: (K, z_dim) of any length, `names` (K of them) beside the sliders; a
    slider counts standard deviations of z along its direction.
    read: pictures (N, C, H, W) -> (N, R) probabilities, R as many as `readings`, what they are called.
    Below the pictures stands the mean of each reading, and a line where it was before the sliders moved.
    The box "keep the others" takes out of each direction its share in the others (Shen et al. 2020).

    Raises:
        TypeError: if G has no `z_dim`.
        ValueError: if there are not as many names as directions, or no readings for the numbers read.
    """

    name = "Attribute mixer"
    label_width = "7em"

    def __init__(
        self,
        G: Generator,
        directions: torch.Tensor,
        names: Sequence[str],
        *,
        read: Callable[[torch.Tensor], torch.Tensor],
        readings: Sequence[str],
        rows: int = 3,
        columns: int = 4,
        seed: int = 0,
        scale: float = 4.0,
    ):
        directions = nn.functional.normalize(torch.as_tensor(directions).detach().float().cpu(), dim=1)
        if len(names) != len(directions):
            raise ValueError(f"need a name for each direction, not {len(names)} for {len(directions)}")
        self.names, self.readings, self._reader = tuple(names), tuple(readings), read
        self.separate = latent.apart(directions)
        self._bars: np.ndarray | None = None  # as last drawn
        self._start_read: tuple[tuple, torch.Tensor] | None = None
        self.readings_canvas = PixelCanvas(css_width=WIDTH, smooth=True, alt=f"Bars: {', '.join(self.readings)}")
        super().__init__(G, directions=directions, rows=rows, columns=columns, seed=seed, scale=scale)

    def _controls(self, names: list[str], scale: float) -> list[ipywidgets.Widget]:
        controls = super()._controls(list(self.names), scale)
        self.keep = tick(False, "keep the others as they are")
        self.keep.observe(self.refresh, "value")
        where = controls.index(self.sliders[-1]) + 1
        return [*controls[:where], self.keep, *controls[where + 1 :]]  # without the line on the directions' origin

    def _lay_out(self, controls: list[ipywidgets.Widget], canvas: PixelCanvas) -> ipywidgets.Box:
        return beside(controls, canvas, self.readings_canvas)

    @property
    def state(self) -> AttributeState:
        """What the controls say now."""
        return AttributeState(**vars(super().state), apart=self.keep.value)

    def _z(self, state: AttributeState) -> torch.Tensor:
        start = super()._z(replace(state, offsets=(0.0,) * len(self.names)))
        chosen = self.separate if state.apart else self.directions
        return start + (torch.tensor(state.offsets) @ chosen).to(start)

    def _images(self, state: AttributeState) -> torch.Tensor:
        """Return the pictures that a state shows, (N, C, H, W)."""
        z, y = self._z(state), self._y(state)
        if state.image is not None:
            chosen = slice(state.image, state.image + 1)
            z, y = z[chosen], None if y is None else y[chosen]
        return self.sampler(z, y, seed=state.seed)

    def frame(self, state: AttributeState) -> Frame:
        """Draw the pictures of a state; what is wrong with the readings is said below them."""
        with cpu_threads(1):  # for all but G itself, which has its own number
            images = self._images(state)
            rows, columns = (self.rows, self.columns) if state.image is None else (1, 1)
            frame = Frame(tile(to_uint8(images), rows, columns), f"seed {state.seed}", faults(images))
            try:
                self._bars = self._drawn_bars(self._mean(images), self._before(state))
            except Exception as error:
                self._bars = None
                said = f"They could not be read. {type(error).__name__}: {error}"
                return replace(frame, message=frame.message or said)
        return frame

    def read(self, state: AttributeState) -> torch.Tensor:
        """Return the mean of every reading over the pictures of a state: (R,)."""
        return self._mean(self._images(state))

    @torch.inference_mode()
    def _mean(self, images: torch.Tensor) -> torch.Tensor:
        read = self._reader(images).float().mean(0).cpu()
        if read.shape != (len(self.readings),):
            raise ValueError(f"read must return {len(self.readings)} numbers a picture, not {tuple(read.shape)}")
        return read

    def _before(self, state: AttributeState) -> torch.Tensor:
        """Return what was read before the sliders moved; read once for each seed, class and picture shown large."""
        of = state.seed, state.label, state.image
        if self._start_read is None or self._start_read[0] != of:
            self._start_read = of, self.read(replace(state, offsets=(0.0,) * len(self.names)))
        return self._start_read[1]

    def refresh(self, _change=None) -> None:
        """Draw again; if called by hand, with everything read anew: training may have changed the network."""
        if _change is None and not self.closed:
            self._start_read = None
        super().refresh(_change)

    def bars(self, state: AttributeState) -> np.ndarray:
        """Draw what is read: a bar each, and a line where it stood before the sliders moved; uint8 (H, W, 3)."""
        with cpu_threads(1):
            return self._drawn_bars(self.read(state), self._before(state))

    def _drawn_bars(self, now: torch.Tensor, before: torch.Tensor) -> np.ndarray:
        sheet = Image.new("RGB", (WIDTH * SCALE, (ROW * len(now) + 30) * SCALE), "white")
        pen, type_ = ImageDraw.Draw(sheet), font(12 * SCALE)
        for k, name in enumerate(self.readings):
            top, middle = (ROW * k + 5) * SCALE, (ROW * k + 5 + ROW / 2 - 2) * SCALE
            pen.text(((LEFT - 8) * SCALE, middle), name, fill=INK, font=type_, anchor="rm")
            edges = [(LEFT + (RIGHT - LEFT) * float(share)) * SCALE for share in (0, now[k], 1, before[k])]
            low = top + (ROW - 6) * SCALE
            pen.rectangle([edges[0], top, edges[2], low], fill="#eeeeee")
            pen.rectangle([edges[0], top, edges[1], low], fill=plots.GAN)
            pen.line([(edges[3], top - 2 * SCALE), (edges[3], low + 2 * SCALE)], fill=INK, width=2 * SCALE)
            pen.text(((RIGHT + 8) * SCALE, middle), f"{float(now[k]):.2f}", fill=INK, font=type_, anchor="lm")
        note = "mean probability that the classifier gives; black line: before"
        pen.text((LEFT * SCALE, sheet.height - 12 * SCALE), note, fill=INK, font=font(11 * SCALE), anchor="lm")
        return np.asarray(sheet)

    def _draw(self, number: int) -> None:
        super()._draw(number)
        if self._bars is not None:
            self.readings_canvas.show(number, self._bars)

    def still(self) -> Image.Image:
        """Return a row of pictures as drawn, and the same ones moved along the first few directions, named."""
        parts = [self._row("as drawn", ())]
        parts += [self._row(f"{self.names[k]} +3", (0.0,) * k + (3.0,)) for k in range(min(STILL, len(self.names)))]
        return beneath(*parts, half(Image.fromarray(self.bars(self.state))))

    def _row(self, title: str, offsets: tuple[float, ...]) -> Image.Image:
        state = replace(self.state, offsets=offsets + (0.0,) * (len(self.names) - len(offsets)), image=None)
        images = self._images(state)[:8]
        large = enlarge(tile(to_uint8(images), 1, len(images)), WIDTH - LEFT)
        row = Image.new("RGB", (LEFT + large.width, large.height), "white")
        ImageDraw.Draw(row).text((LEFT - 8, large.height / 2), title, fill=INK, font=font(13), anchor="rm")
        row.paste(large.convert("RGB"), (LEFT, 0))
        return row

    def describe(self) -> str:
        """Return the alternative text."""
        return f"{super().describe()}; moved along directions for {', '.join(self.names)}"

    def __repr__(self) -> str:
        return super().__repr__().replace("LatentExplorer", "AttributeMixer", 1)
