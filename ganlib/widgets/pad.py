"""A pad to drag on: every place is a z of a plane, and its image stands beside it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import ipywidgets
import numpy as np
import torch
from PIL import Image, ImageDraw

from ganlib.models.generate import Generator
from ganlib.pictures import tile, to_uint8
from ganlib.widgets.base.canvas import ARROWS, PixelCanvas
from ganlib.widgets.base.controls import beside, button, class_choice, slider, text
from ganlib.widgets.base.images import enlarge, faults, side_by_side
from ganlib.widgets.base.panel import Frame, Panel
from ganlib.widgets.base.sampler import Sampler, cpu_threads, draw_z, principal_directions

PAD = 400  # CSS pixels, about
# of points, by class: ten colours of which neighbours differ in lightness
KINDS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000", "#999999", "#7B3FA0")
FINE = 200  # steps of a slider to each side: whole numbers, because the browser rounds others and sends them back
RING = "#d55e00"  # as in canvas.js
EDGE = 0.005  # the least and 1 − the greatest share of the normal distribution that a pad of quantiles reaches


BILINEAR = Image.Resampling.BILINEAR


@dataclass(frozen=True)
class PadState:
    """What the controls of a LatentPad say: the place in the plane, the seed of its origin, a class or None."""

    x: float = 0.0
    y: float = 0.0
    seed: int = 0
    label: int | None = None


def legend(classes: np.ndarray) -> str:
    """Return a line of HTML that names the colour of every class among the points."""
    dot = '<span style="color:{};-webkit-text-stroke:.5px #888">●</span>&nbsp;{}'
    return "Dots, by class: " + " ".join(dot.format(KINDS[k % len(KINDS)], k) for k in np.unique(classes))


class LatentPad(Panel):
    """Drag over a plane of z, z = origin + x u + y v, and see the image of the place.

    G: a generator or a VAE's decoder, z (N, z_dim) -> images (N, C, H, W) in [−1, 1], with `G.z_dim`; a conditional
    one as for `LatentExplorer`.
    plane: (u, v), each (z_dim,). By default the axes where z has two numbers (a VAE's manifold), and else the two
    principal directions.  origin: (z_dim,); by default 0 for two numbers, and else drawn with `seed`.
    extent: x and y run from −extent to extent.  quantiles: equal distances on the pad are equal shares of N(0, 1)
    instead, as in Kingma and Welling 2014, figure 4.
    side: so many small images a row make the map under the pad; 0 for a plain one.
    points: (N, 2), places to be marked on the pad (encoded images, for instance), and `classes` (N,) their colours.
    Drag, use the arrow keys (with Shift for larger steps), or move the sliders.

    Raises:
        TypeError: if G has no `z_dim`.
        ValueError: if the plane, the origin or the points have another shape, or the extent is not positive.
    """

    name = "Latent pad"

    def __init__(
        self,
        G: Generator,
        *,
        plane: tuple[torch.Tensor, torch.Tensor] | None = None,
        origin: torch.Tensor | None = None,
        extent: float = 3.0,  # three standard deviations of one coordinate of z
        quantiles: bool = False,
        side: int | None = None,
        points: torch.Tensor | None = None,
        classes: torch.Tensor | None = None,
        seed: int = 0,
    ):
        self.G, self.sampler, self.seed, self.quantiles = G, Sampler(G), seed, quantiles
        if not extent > 0:
            raise ValueError(f"extent must be a positive number, not {extent}")
        edge = torch.tensor(1 - EDGE, dtype=torch.float64)
        self.extent = float(torch.special.ndtri(edge)) if quantiles else float(extent)
        self.plane, self._source = self._choose_plane(plane, seed)
        self.origin = None if origin is None else self._vector(origin, "origin")
        self.points, self.classes = self._check_points(points, classes)
        self.sampler.choose_speed(draw_z(1, G.z_dim, seed))
        height, width = self.sampler(draw_z(1, G.z_dim, seed)).shape[-2:]
        self.side = max(1, PAD // max(height, width)) if side is None else side
        self.css_width = width * max(1, round(320 / width))
        canvas = PixelCanvas(css_width=self.css_width, alt=self.describe())
        self.pad = PixelCanvas(css_width=PAD, smooth=True, pointer="drag", hears=ARROWS, alt=self._describe_pad())
        self._map_of = None
        self._open(canvas, beside(self._controls(), self.pad, canvas))
        self.pad.on_pointer, self.pad.on_key = self._dragged, self._pressed

    def _vector(self, values, what: str) -> torch.Tensor:
        vector = torch.as_tensor(values).detach().float().cpu()
        if vector.shape != (self.sampler.z_dim,) or not vector.isfinite().all():
            raise ValueError(f"{what} must be ({self.sampler.z_dim},) finite numbers, not {tuple(vector.shape)}")
        return vector

    def _choose_plane(self, plane, seed: int) -> tuple[torch.Tensor, str]:
        """Return (u, v) as (2, z_dim) and a sentence that says where they come from."""
        z_dim = self.sampler.z_dim
        if plane is not None:
            if len(plane) != 2:
                raise ValueError(f"a plane has two directions (u, v), not {len(plane)}")
            return torch.stack(
                [self._vector(direction, "each direction of the plane") for direction in plane]
            ), "u and v"
        if z_dim < 2:
            raise ValueError("a plane needs z of at least two numbers: use LatentExplorer for one")
        if z_dim == 2:
            return torch.eye(2), "z<sub>0</sub> and z<sub>1</sub>"
        return principal_directions(self.sampler, 2, seed=seed)[0], "the two directions that change most"

    def _check_points(self, points, classes) -> tuple[np.ndarray | None, np.ndarray | None]:
        if points is None:
            return None, None
        points = torch.as_tensor(points).detach().float().cpu().numpy()
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"points must be (N, 2) places in the plane, not {points.shape}")
        classes = np.zeros(len(points), int) if classes is None else torch.as_tensor(classes).cpu().numpy().astype(int)
        if len(classes) != len(points):
            raise ValueError(f"{len(points)} points need as many classes, not {len(classes)}")
        return points, classes

    def _controls(self) -> list[ipywidgets.Widget]:
        self.x, self.y = (slider(0, -FINE, FINE, name, label="1.5em", readout=False) for name in "xy")
        self.label = class_choice(self.sampler.classes, together=False)
        reset = button("To the middle", self.reset)
        self.renew = button("Another plane", self.resample, main=True)
        for control in filter(None, (self.x, self.y, self.label)):
            control.observe(self.refresh, "value")
        own_origin = self.origin is None and self.sampler.z_dim > 2
        return [
            text("Drag over a plane of z", "heading"),
            text(f"x and y: along {self._source}"),
            self.x,
            self.y,
            *([self.label] if self.label else []),
            reset,
            *([self.renew] if own_origin else []),
            *([text(legend(self.classes))] if self.classes is not None else []),
        ]

    @property
    def state(self) -> PadState:
        """What the controls say now."""
        unit = self.extent / FINE
        return PadState(self.x.value * unit, self.y.value * unit, self.seed, self.label.value if self.label else None)

    @property
    def z(self) -> torch.Tensor:
        """The z whose image is shown: (z_dim,)."""
        state = self.state
        return self.z_at(state, [[state.x, state.y]])[0]

    def z_at(self, state: PadState, places) -> torch.Tensor:
        """Return the z of places (N, 2) in a state's plane: (N, z_dim)."""
        z_dim = self.sampler.z_dim
        origin = self.origin if self.origin is not None else draw_z(1, z_dim, state.seed)[0] * (z_dim > 2)
        return origin + torch.as_tensor(places, dtype=torch.float32) @ self.plane

    def share(self, place: np.ndarray | float) -> np.ndarray:
        """Map coordinates of the plane to shares of the pad's side, from its low end."""
        if self.quantiles:
            low = torch.special.ndtr(torch.as_tensor(place, dtype=torch.float64)).numpy()
            return (low - EDGE) / (1 - 2 * EDGE)
        return (np.asarray(place, float) / self.extent + 1) / 2

    def place(self, share) -> np.ndarray:
        """Undo `share`."""
        if self.quantiles:
            inside = torch.as_tensor(np.asarray(share, float) * (1 - 2 * EDGE) + EDGE, dtype=torch.float64)
            return torch.special.ndtri(inside).numpy()
        return (2 * np.asarray(share, float) - 1) * self.extent

    def _images(self, state: PadState, z: torch.Tensor) -> torch.Tensor:
        y = None if state.label is None else torch.full((len(z),), state.label)
        return self.sampler(z, y, seed=state.seed)

    def frame(self, state: PadState) -> Frame:
        """Draw the image of a place."""
        with cpu_threads(1):
            z = self.z_at(state, [[state.x, state.y]])
            images = self._images(state, z)
            pixels = tile(to_uint8(images), 1, 1)
            status = f"x {state.x:+.2f}, y {state.y:+.2f} · ‖z‖ {float(z.norm()):.1f}"
            return Frame(pixels, status, faults(images))

    def map(self, state: PadState) -> np.ndarray:
        """Draw the pad of a state: small images of the middles of its fields, and the points."""
        if self.side:
            middles = self.place((np.arange(self.side) + 0.5) / self.side)
            x, y = np.meshgrid(middles, middles[::-1])  # y grows upwards
            z = self.z_at(state, np.stack([x, y], axis=-1).reshape(-1, 2))
            images = torch.cat([self._images(state, part) for part in z.split(64)])
            C, H, W = images.shape[1:]
            fields = to_uint8(images).unflatten(0, (self.side, self.side)).permute(0, 3, 1, 4, 2)
            sheet = fields.reshape(self.side * H, self.side * W, C).squeeze(2).cpu().numpy()
            picture = Image.fromarray(sheet).convert("RGB").resize((2 * PAD, round(2 * PAD * H / W)), BILINEAR)
        else:
            picture = Image.new("RGB", (2 * PAD, 2 * PAD), "#eeeeee")
        if self.points is not None:
            self._mark_points(picture)
        return np.asarray(picture)

    def _mark_points(self, picture: Image.Image) -> None:
        pen = ImageDraw.Draw(picture)
        assert self.points is not None and self.classes is not None  # they come together
        across, up = self.share(self.points[:, 0]) * picture.width, (1 - self.share(self.points[:, 1])) * picture.height
        for x, y, kind in zip(across, up, self.classes):
            pen.ellipse([x - 7, y - 7, x + 7, y + 7], fill=KINDS[kind % len(KINDS)], outline="white")

    def refresh(self, _change=None) -> None:
        """Draw again, the map included if called by hand: training may have changed the network."""
        if _change is None and not self.closed:
            self._map_of = None
        super().refresh(_change)

    def _draw(self, number: int) -> None:
        super()._draw(number)
        state = self.state
        if self._map_of != (state.seed, state.label):
            with contextlib.suppress(Exception), cpu_threads(1):  # the image says what is wrong
                self.pad.show(number, self.map(state))
                self._map_of = state.seed, state.label
        self.pad.marker = [float(self.share(state.x)), 1 - float(self.share(state.y))]

    def move(self, x: float, y: float) -> None:
        """Go to a place of the plane, or to the nearest on the pad."""
        with self._together():
            for slider, value in ((self.x, x), (self.y, y)):
                slider.value = min(max(round(value / self.extent * FINE), -FINE), FINE)

    def reset(self) -> None:
        """Go back to the middle."""
        self.move(0.0, 0.0)

    def resample(self) -> None:
        """Lay the plane through another z, drawn with the next seed."""
        self.seed += 1
        self.refresh()

    def _dragged(self, x: float, y: float) -> None:
        across, up = self.place([x, 1 - y])
        self.move(float(across), float(up))

    def _pressed(self, key: str, shift: bool) -> None:
        step = self.extent * (0.1 if shift else 0.02)
        right, up = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowDown": (0, -1), "ArrowUp": (0, 1)}[key]
        state = self.state
        self.move(state.x + right * step, state.y + up * step)

    def picture(self) -> Image.Image:
        """Return the pad with its ring, and the image beside it."""
        large = enlarge(self._now().pixels, self.css_width).convert("RGB")
        state = self.state
        pad = Image.fromarray(self.map(state))
        x, y = float(self.share(state.x)) * pad.width, (1 - float(self.share(state.y))) * pad.height
        for colour, width, radius in (("white", 12, 21), (RING, 5, 18)):
            box = [x - radius, y - radius, x + radius, y + radius]
            ImageDraw.Draw(pad).ellipse(box, outline=colour, width=width)
        pad = pad.resize((PAD, pad.height // 2), Image.Resampling.LANCZOS)
        return side_by_side(pad, large)

    def describe(self) -> str:
        """Return the alternative text."""
        return f"The image that {type(self.G).__name__} draws from one place of a plane in its z"

    def _describe_pad(self) -> str:
        wide = f"{self.extent:.1f}"
        return f"Pad over a plane of z, x and y from -{wide} to {wide}. Drag or use the arrow keys."

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"LatentPad({type(self.G).__name__}, z_dim={self.sampler.z_dim}, {self.side} x {self.side} map)"
