"""Sliders for directions of z over a grid of a generator's images."""

from __future__ import annotations

from dataclasses import dataclass

import ipywidgets
import torch

from ganlib.models.generate import Generator
from ganlib.pictures import tile, to_uint8
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import LABEL, beside, button, choice, class_choice, number, row, slider, text
from ganlib.widgets.base.images import faults
from ganlib.widgets.base.panel import Frame, Panel
from ganlib.widgets.base.sampler import Sampler, cpu_threads, draw_z, principal_directions

KEYS = "ArrowLeft ArrowRight ArrowUp ArrowDown Enter Space Escape"


@dataclass(frozen=True)
class ExplorerState:
    """What the controls of a LatentExplorer say.

    offsets: one number a direction.  seed: which z the images start from.
    label: a class, or None for all (one a column).  image: the one image shown large, or None for the grid.
    """

    offsets: tuple[float, ...]
    seed: int = 0
    label: int | None = None
    image: int | None = None


def choose_directions(sampler: Sampler, directions, count: int, seed: int) -> tuple[torch.Tensor, list[str], str]:
    """Return directions (K, z_dim), a name for each, and a sentence that says where they come from.

    Raises:
        ValueError: if `directions` is neither "principal", "axes" nor of shape (K, z_dim).
    """
    count = min(count, sampler.z_dim)
    if isinstance(directions, str) and directions == "principal":
        vectors, shares = principal_directions(sampler, count, seed=seed)
        names = [f"{k + 1} · {100 * float(share):.0f} %" for k, share in enumerate(shares)]
        return vectors, names, "%: a principal direction's share of the change in pixels (eigenvectors of E[JᵀJ])"
    if isinstance(directions, str) and directions == "axes":
        return torch.eye(sampler.z_dim)[:count], [f"z{k}" for k in range(count)], "The first axes of z"
    if isinstance(directions, str) or torch.as_tensor(directions).shape[1:] != (sampler.z_dim,):
        wanted = f'"principal", "axes" or a tensor (K, {sampler.z_dim})'
        raise ValueError(f"directions must be {wanted}, not {directions!r:.80}")
    vectors = torch.as_tensor(directions).detach().float().cpu()
    return vectors, [f"direction {k + 1}" for k in range(len(vectors))], "Directions as given"


class LatentExplorer(Panel):
    """Move a grid of a generator's images along directions of z with sliders.

    G: z (N, z_dim) -> images (N, C, H, W) in [−1, 1], with `G.z_dim`; a conditional one has `G.classes` and is
    called G(z, y). It may be training elsewhere: its mode, gradients and random numbers are left alone.
    directions: "principal", "axes", or a tensor (K, z_dim), whose rows a slider's value is multiplied with.
    n_directions: how many sliders, for the named choices.  scale: a slider runs from −scale to scale.
    rows, columns: of the grid; by default 8 × 8 for images of up to 64 pixels and fewer for larger ones.
    Each image has its own z0, drawn with `seed`; the sliders add the same offset to all of them.
    Click an image, or walk to it with the arrow keys and press Enter, to see it large; Escape shows the grid again.

    Raises:
        TypeError: if G has no `z_dim`.
        ValueError: if `directions` or the grid make no sense.
    """

    name = "Latent explorer"
    label_width = LABEL  # of the sliders' names

    def __init__(
        self,
        G: Generator,
        *,
        directions: str | torch.Tensor = "principal",
        n_directions: int = 8,
        rows: int | None = None,
        columns: int | None = None,
        seed: int = 0,
        scale: float = 3.0,  # three standard deviations of one coordinate of z
    ):
        self.G, self.sampler, self.seed = G, Sampler(G), seed
        self.directions, names, origin = choose_directions(self.sampler, directions, n_directions, seed)
        self._source = origin
        height, width = self.sampler(draw_z(1, G.z_dim, seed)).shape[-2:]
        self.rows = max(1, min(8, 512 // height)) if rows is None else rows
        self.columns = max(1, min(8, 512 // width)) if columns is None else columns
        if self.rows < 1 or self.columns < 1:
            raise ValueError(f"a grid needs at least one row and one column, not {rows} × {columns}")
        self.sampler.choose_speed(draw_z(self.rows * self.columns, G.z_dim, seed))
        self._start: tuple[int, torch.Tensor] | None = None
        self._sheet_width = self.columns * (width + 1) - 1
        self.css_width = self._sheet_width * max(1, round(520 / self._sheet_width))
        canvas = PixelCanvas(css_width=self.css_width, alt=self._describe_canvas(), pointer="click", hears=KEYS)
        self._open(canvas, self._lay_out(self._controls(names, scale), canvas))
        canvas.on_pointer, canvas.on_key = self._clicked, self._pressed

    def _lay_out(self, controls: list[ipywidgets.Widget], canvas: PixelCanvas) -> ipywidgets.Box:
        return beside(controls, canvas)

    def _controls(self, names: list[str], scale: float) -> list[ipywidgets.Widget]:
        label = self.label_width
        self.sliders = [
            slider(0.0, -scale, scale, name, step=scale / 30, readout_format="+.1f", label=label) for name in names
        ]
        grid = [(f"grid of {self.rows} × {self.columns}", "grid"), ("one image", "one")]
        self.view = choice(grid, "grid", "show", label="3em")
        self.image = number(1, 1, self.rows * self.columns, "no.", label="2em")
        self.image.disabled = True
        self.label = class_choice(self.sampler.classes, together=True)
        for control in filter(None, (*self.sliders, self.label, self.image)):
            control.observe(self.refresh, "value")
        self.view.observe(self._view_changed, "value")
        return [
            text("Move every image's z along", "heading"),
            *self.sliders,
            text(self._source),
            row(button("Reset sliders", self.reset), button("Resample z", self.resample, main=True)),
            *([self.label] if self.label else []),
            row(self.view, self.image),
        ]

    @property
    def state(self) -> ExplorerState:
        """What the controls say now."""
        return ExplorerState(
            offsets=tuple(slider.value for slider in self.sliders),
            seed=self.seed,
            label=self.label.value if self.label else None,
            image=self.image.value - 1 if self.view.value == "one" else None,
        )

    @property
    def z(self) -> torch.Tensor:
        """The z of all images, sliders included: (rows · columns, z_dim), on G's device."""
        return self._z(self.state)

    def _z(self, state: ExplorerState) -> torch.Tensor:
        device = self.sampler.device
        if self._start is None or self._start[0] != state.seed or self._start[1].device != device:
            self._start = state.seed, draw_z(self.rows * self.columns, self.sampler.z_dim, state.seed).to(device)
        return self._start[1] + (torch.tensor(state.offsets) @ self.directions).to(device)

    def _y(self, state: ExplorerState) -> torch.Tensor | None:
        if not self.sampler.classes:
            return None
        columns = torch.arange(self.rows * self.columns) % self.columns % self.sampler.classes
        return columns if state.label is None else torch.full_like(columns, state.label)

    def frame(self, state: ExplorerState) -> Frame:
        """Draw the images of a state: z = z0(seed) + Σ offset · direction, G(z), one uint8 picture."""
        with cpu_threads(1):  # for all but G itself, which has its own number
            z, y = self._z(state), self._y(state)
            rows, columns = self.rows, self.columns
            if state.image is not None:
                chosen = slice(state.image, state.image + 1)
                z, y, rows, columns = z[chosen], None if y is None else y[chosen], 1, 1
            images = self.sampler(z, y, seed=state.seed)
            shown = f"image {state.image + 1}, " if state.image is not None else ""
            status = f"{shown}seed {state.seed} · {images.device.type}"
            return Frame(tile(to_uint8(images), rows, columns), status, faults(images))

    def reset(self) -> None:
        """Put every slider back to 0."""
        with self._together():
            for slider in self.sliders:
                slider.value = 0.0

    def resample(self) -> None:
        """Draw new z for all images, with the next seed."""
        self.seed += 1
        self.refresh()

    def _view_changed(self, _change) -> None:
        self.image.disabled = self.view.value == "grid"
        self._mark()
        self.refresh()

    def _mark(self, shown: bool = True) -> None:
        """Put a ring on the chosen image of the grid, or none."""
        row, column = divmod(self.image.value - 1, self.columns)
        middle = [(column + 0.5) / self.columns, (row + 0.5) / self.rows]
        self.canvas.marker = middle if shown and self.view.value == "grid" else []

    def _clicked(self, x: float, y: float) -> None:
        """Show the clicked image large, or the grid again."""
        with self._together():
            if self.view.value == "one":
                self.view.value = "grid"
                self._mark(False)
                return
            row, column = min(int(y * self.rows), self.rows - 1), min(int(x * self.columns), self.columns - 1)
            self.image.value = row * self.columns + column + 1
            self.view.value = "one"

    def _pressed(self, key: str, _shift: bool) -> None:
        """Step through the images with the arrow keys, and open and close one with Enter and Escape."""
        if key in ("Enter", " ", "Escape"):
            self.view.value = "one" if key != "Escape" and self.view.value == "grid" else "grid"
            return
        move = {"ArrowLeft": -1, "ArrowRight": 1, "ArrowUp": -self.columns, "ArrowDown": self.columns}[key]
        started = bool(self.canvas.marker) or self.view.value == "one"  # the first key only shows where one is
        if started and 1 <= self.image.value + move <= self.image.max:
            self.image.value += move
        self._mark()

    def describe(self) -> str:
        """Return the alternative text."""
        kind = type(self.G).__name__
        return f"{self.rows} by {self.columns} grid of images that {kind} draws from z of length {self.G.z_dim}"

    def _describe_canvas(self) -> str:
        return f"{self.describe()}. Arrow keys choose an image, Enter shows it large, Escape the grid."

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        grid = f"{self.rows} x {self.columns} images"
        return f"LatentExplorer({type(self.G).__name__}, z_dim={self.G.z_dim}, {grid}, seed={self.seed})"
