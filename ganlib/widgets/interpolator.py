"""From one z to another: the images on the way, straight or along an arc."""

from __future__ import annotations

import contextlib
import string
from dataclasses import dataclass, replace
from typing import cast

import ipywidgets
import numpy as np
import torch
from PIL import Image, ImageDraw

from ganlib import plots
from ganlib.latent.ways import along, usual_length
from ganlib.models.generate import Generator
from ganlib.pictures import to_uint8
from ganlib.widgets.base.canvas import ARROWS, PixelCanvas
from ganlib.widgets.base.controls import beside, button, class_choice, row, slider, text, tick
from ganlib.widgets.base.curves import INK, SCALE, Chart, PlotBox, font, half, lighter
from ganlib.widgets.base.images import beneath, enlarge, faults
from ganlib.widgets.base.panel import Frame, Panel
from ganlib.widgets.base.sampler import Sampler, cpu_threads, draw_z

WAYS = {"straight": (False, "#D55E00"), "arc": (True, plots.REAL)}
WIDTH, LEFT, RIGHT = 520, 52, 484  # of the strip, and of the way in it, CSS pixels


@dataclass(frozen=True)
class InterpolatorState:
    """What the controls of an Interpolator say.

    t: how far on the way, in [0, 1].  spherical: along arcs.  closed: back to the first anchor at the end.
    seed: of the anchors that were not given.  label: a class, for a conditional generator.
    """

    t: float
    spherical: bool = False
    closed: bool = False
    seed: int = 0
    label: int | None = None


class Interpolator(Panel):
    """Walk from z = a to z = b, or through several anchors and back, and see the image of every z on the way.

    G: as for `LatentExplorer`.  a, b: (z_dim,); what is not given is drawn with `seed`.
    anchors: (K, z_dim) with K ≥ 2, instead of a and b: the way goes through all of them.
    spherical: begin with arcs instead of straight lines.  closed: come back to the first anchor; by default if
    `anchors` are given.  frames: how many places the slider has.
    Below the image stands the whole way with the length of z on it; drag there, move the slider, or press play.

    Raises:
        TypeError: if G has no `z_dim`.
        ValueError: if a, b or anchors have another shape, or hold numbers that are not finite.
    """

    name = "Interpolator"

    def __init__(
        self,
        G: Generator,
        a: torch.Tensor | None = None,
        b: torch.Tensor | None = None,
        *,
        anchors: torch.Tensor | None = None,
        spherical: bool = False,
        closed: bool | None = None,
        frames: int = 120,  # six seconds at the speed of play
        seed: int = 0,
    ):
        self.G, self.sampler, self.seed, self.frames = G, Sampler(G), seed, frames
        self.given = self._check(a, b, anchors)
        self.sampler.choose_speed(draw_z(9, G.z_dim, seed))
        width = self.sampler(draw_z(1, G.z_dim, seed)).shape[-1]
        self.css_width = width * max(1, round(352 / width))
        canvas = PixelCanvas(css_width=self.css_width, alt=self.describe())
        self.strip_canvas = PixelCanvas(
            css_width=WIDTH, smooth=True, pointer="scrub", hears=ARROWS, alt=self._describe_strip()
        )
        controls = self._controls(spherical, anchors is not None if closed is None else closed)
        self._strip_of, self._strip = None, None
        self._open(canvas, beside(controls, canvas, self.strip_canvas))
        self._extra.append(self._link)
        self.strip_canvas.on_pointer, self.strip_canvas.on_key = self._dragged, self._pressed

    def _check(self, a, b, anchors) -> list[torch.Tensor | None]:
        """Return the anchors, None for each that is to be drawn."""
        if anchors is not None and (a is not None or b is not None):
            raise ValueError("give either a and b or anchors, not both")
        given = [a, b] if anchors is None else list(torch.as_tensor(anchors))
        if len(given) < 2:
            raise ValueError(f"a way needs at least two anchors, not {len(given)}")
        given = [z if z is None else torch.as_tensor(z).detach().float().cpu() for z in given]
        for z in given:
            if z is not None and (z.shape != (self.sampler.z_dim,) or not z.isfinite().all()):
                raise ValueError(f"each anchor must be ({self.sampler.z_dim},) finite numbers, not {tuple(z.shape)}")
        return given

    def _controls(self, spherical: bool, closed: bool) -> list[ipywidgets.Widget]:
        last = self.frames
        self.position = slider(0, 0, last, "place", label="3.5em", readout=False)
        self.play = ipywidgets.Play(value=0, min=0, max=last, interval=50, description="play")
        self.play.set_trait("repeat" if self.play.has_trait("repeat") else "_repeat", True)
        self._link = ipywidgets.jslink((self.play, "value"), (self.position, "value"))
        self.way = ipywidgets.ToggleButtons(
            options=[("straight", "straight"), ("arc", "arc")],
            value="arc" if spherical else "straight",
            description="way",
            style={"description_width": "3.5em", "button_width": "6em"},
        )
        self.closed_loop = tick(closed, "and back to A")
        self.label = class_choice(self.sampler.classes, together=False)
        self.renew = button("Draw new ends", self.resample, main=True)
        self.renew.disabled = None not in self.given
        for control in filter(None, (self.position, self.way, self.closed_loop, self.label)):
            control.observe(self.refresh, "value")
        heading = text("Walk through z from A to " + string.ascii_uppercase[min(len(self.given), 26) - 1], "heading")
        extras = [self.label] if self.label else []
        return [heading, row(self.play, self.position), self.way, self.closed_loop, *extras, self.renew]

    @property
    def state(self) -> InterpolatorState:
        """What the controls say now."""
        return InterpolatorState(
            t=self.position.value / self.frames,
            spherical=WAYS[cast("str", self.way.value)][0],
            closed=self.closed_loop.value,
            seed=self.seed,
            label=self.label.value if self.label else None,
        )

    @property
    def z(self) -> torch.Tensor:
        """The z whose image is shown: (z_dim,)."""
        return self.z_at(self.state, [self.state.t])[0]

    def z_at(self, state: InterpolatorState, t) -> torch.Tensor:
        """Return the z at places t (N,) of a state's way: (N, z_dim)."""
        drawn = draw_z(len(self.given), self.sampler.z_dim, state.seed)
        ends = torch.stack([own if z is None else z for z, own in zip(self.given, drawn)])
        t = torch.as_tensor(t, dtype=torch.float64)
        return along(ends, t, spherical=state.spherical, closed=state.closed)

    def _images(self, state: InterpolatorState, z: torch.Tensor) -> torch.Tensor:
        y = None if state.label is None else torch.full((len(z),), state.label)
        return self.sampler(z, y, seed=state.seed)

    def frame(self, state: InterpolatorState) -> Frame:
        """Draw the image at the place t of the way."""
        with cpu_threads(1):
            z = self.z_at(state, [state.t])
            images = self._images(state, z)
            pixels = to_uint8(images)[0].permute(1, 2, 0).cpu().numpy()
            status = f"t = {state.t:.2f} · ‖z‖ = {float(z.norm()):.1f} · {images.device.type}"
            return Frame(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels, status, faults(images))

    def strip(self, state: InterpolatorState) -> Chart:
        """Draw the whole way of a state: images at even distances, and the length of z for both kinds of way."""
        parts = len(self.given) if state.closed else len(self.given) - 1
        t = np.linspace(0, 1, max(1, round(8 / parts)) * parts + 1)
        images = to_uint8(self._images(state, self.z_at(state, t)))
        step = (RIGHT - LEFT) / (len(t) - 1)
        height = round((step - 4) * images.shape[2] / images.shape[3])
        top, bottom = 20 + height + 44, 20 + height + 170
        sheet = Image.new("RGB", (WIDTH * SCALE, (bottom + 44) * SCALE), "white")
        for place, image in zip(t, images):
            pixels = image.permute(1, 2, 0).cpu().numpy().squeeze()
            small = Image.fromarray(pixels).resize((round((step - 4) * SCALE), height * SCALE), 0)
            middle = LEFT + (RIGHT - LEFT) * place
            sheet.paste(small, (round((middle - (step - 4) / 2) * SCALE), 20 * SCALE))
        self._letters(sheet, state.closed)
        self._lengths(sheet, state, top, bottom)
        high = sheet.height / SCALE
        spans = ((20 + height, 32 + height), (top, bottom))  # of the cursor: below the images and through the curves
        boxes = tuple((LEFT / WIDTH, upper / high, RIGHT / WIDTH, lower / high) for upper, lower in spans)
        return Chart(np.asarray(sheet), boxes, 0.0, 1.0)

    def _letters(self, sheet: Image.Image, closed: bool) -> None:
        """Name the anchors above their images."""
        parts = len(self.given) if closed else len(self.given) - 1
        for k in range(parts + 1):
            name = string.ascii_uppercase[k % len(self.given) % 26]
            x = LEFT + (RIGHT - LEFT) * k / parts
            ImageDraw.Draw(sheet).text((x * SCALE, 17 * SCALE), name, fill=INK, font=font(13 * SCALE), anchor="mb")

    def _lengths(self, sheet: Image.Image, state: InterpolatorState, top: float, bottom: float) -> None:
        """Draw ‖z‖ along straight lines and arcs, and where the length of a drawn z usually lies."""
        t = np.linspace(0, 1, 121)
        curves = {}
        for name, (spherical, _) in WAYS.items():
            way = InterpolatorState(0.0, spherical, state.closed, state.seed)
            curves[name] = self.z_at(way, t).norm(dim=1).numpy()
        mean, spread = usual_length(self.sampler.z_dim)
        highest = 1.15 * max(mean + 2 * spread, *(curve.max() for curve in curves.values()))
        edges = [edge * SCALE for edge in (LEFT, top, RIGHT, bottom)]
        box = PlotBox(sheet, edges, (0.0, 1.0), (0.0, highest))
        (left, low), (right, high) = box.place(0, max(mean - 2 * spread, 0)), box.place(1, mean + 2 * spread)
        box.pen.rectangle([left, high, right, low], fill="#e6e6e6")
        box.axes("‖z‖ on the way (grey: 95 % of drawn z)", "t")
        chosen = "arc" if state.spherical else "straight"
        for name in sorted(curves, key=lambda name: name == chosen):  # the chosen one on top
            colour = WAYS[name][1]
            box.curve(t, curves[name], *((colour, 3 * SCALE) if name == chosen else (lighter(colour, 0.45), SCALE)))
        box.legend([(name, colour) for name, (_, colour) in WAYS.items()])

    def refresh(self, _change=None) -> None:
        """Draw again, the whole way included if called by hand: training may have changed the network."""
        if _change is None and not self.closed:
            self._strip_of = None
        super().refresh(_change)

    def _draw(self, number: int) -> None:
        super()._draw(number)
        state = self.state
        path = (state.spherical, state.closed, state.seed, state.label)
        if self._strip_of != path:
            with contextlib.suppress(Exception), cpu_threads(1):  # the large picture says what is wrong
                self._strip, self._strip_of = self.strip(state), path
                self.strip_canvas.show(number, self._strip.pixels)
        if self._strip:
            self.strip_canvas.cursor = self._strip.cursor(state.t)

    def resample(self) -> None:
        """Draw new ends, with the next seed."""
        self.seed += 1
        self.refresh()

    def _dragged(self, x: float, _y: float) -> None:
        if self._strip:
            self.position.value = round(self._strip.step_at(x) * self.frames)

    def _pressed(self, key: str, shift: bool) -> None:
        move = {"ArrowLeft": -1, "ArrowRight": 1, "ArrowDown": -1, "ArrowUp": 1}[key] * (10 if shift else 1)
        self.position.value = min(max(self.position.value + move, 0), self.frames)

    def picture(self) -> Image.Image:
        """Return the image, large, above the whole way with its cursor."""
        large = enlarge(self._now().pixels, self.css_width)
        return beneath(large, half(self.strip(self.state).with_cursor(self.state.t)))

    def still(self) -> Image.Image:
        """Return the whole way twice: along straight lines and along arcs."""
        self._now()  # says if the widget is closed or G fails
        ways = [replace(self.state, spherical=spherical) for spherical in (False, True)]
        return beneath(*(half(Image.fromarray(self.strip(way).pixels)) for way in ways))

    def describe(self) -> str:
        """Return the alternative text."""
        kind, count = type(self.G).__name__, len(self.given)
        return f"Images that {kind} draws on the way through {count} points of its z of length {self.sampler.z_dim}"

    def _describe_strip(self) -> str:
        return "The images on the whole way and the length of z. Drag or use the arrow keys to move along it."

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"Interpolator({type(self.G).__name__}, z_dim={self.sampler.z_dim}, {len(self.given)} anchors)"
