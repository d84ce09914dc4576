"""The two-dimensional GAN lab: both players at work in the plane, where one sees everything they do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch

from ganlib.data.dataset import Dataset
from ganlib.data.mixtures import GaussianMixture
from ganlib.losses import BY_NAME
from ganlib.train import Training
from ganlib.widgets.base.canvas import ARROWS, PixelCanvas
from ganlib.widgets.base.controls import beside
from ganlib.widgets.base.panel import Frame
from ganlib.widgets.base.sampler import cpu_threads, draw_z, evaluating
from ganlib.widgets.plane.controls import PlaneControls
from ganlib.widgets.plane.data import DRAWING, MIXTURES, Drawing, PlaneData, from_mixture, from_points
from ganlib.widgets.plane.picture import SIZE, draw_plane, lattice
from ganlib.widgets.plane.players import (
    CURES,
    PlaneDiscriminator,
    PlaneGenerator,
    net,
    pulls,
    sample_faults,
    verdicts,
)

SHOWN, MEASURED, PULLED = 300, 1000, 100  # samples that are drawn, counted, and given an arrow


@dataclass(frozen=True)
class PlaneState:
    """What a PlaneLab shows: rounds done, a remark, the layers, the probed place, and how often data have changed."""

    number: int
    note: str = ""
    layers: tuple[str, ...] = ("heat", "pulls")
    probe: tuple[float, float] | None = None
    version: int = 0


class PlaneLab(PlaneControls):
    """Train two small networks on points of the plane, and see what each of them knows and does.

    data: "ring", "grid", "two bumps", "spiral" or "my drawing", a `GaussianMixture` in the plane, or points (N, 2).
    loss: a name of `ganlib.losses.BY_NAME`.  cure: against collapse or a wild D, a name of `plane_players.CURES`:
    "nothing", "R1 at the data" (Mescheder et al. 2018), "gradient near 1" (Gulrajani et al. 2017), "instance noise",
    "minibatch std", "minibatch discrimination", "packs of 2" or "packs of 4" (`ganlib.models.sets`). Where D judges
    several points, the map shows its verdict on one point beside G's others.  lr_G, lr_D, D_steps: as for `Training`.
    hidden: units in each of the two hidden layers of G and of D.
    Blue dots are data, green ones G(z); the map is D's verdict, orange for fake and blue for real; an arrow shows
    where, and how strongly, G's loss pulls a sample; the net is how G bends the plane of z.
    Everything may change while it trains. Drag on the picture to ask D about a place, or to draw data of your own.
    After Kahng et al. 2018, GAN Lab.

    Raises:
        ValueError: for unknown names, or data that do not lie in the plane.
    """

    name = "Two-dimensional GAN lab"
    css_width = SIZE
    timed = False  # the line below the picture is full
    curves_height = SIZE
    example_steps = 600  # most of what happens on the ring has happened

    def __init__(
        self,
        data: str | GaussianMixture | torch.Tensor = "ring",
        *,
        loss: str = "non_saturating",
        cure: str = "nothing",
        lr_G: float = 1e-3,
        lr_D: float = 1e-3,
        D_steps: int = 1,
        hidden: int = 64,
        z_dim: int = 2,
        batch_size: int = 128,
        seed: int = 0,
    ):
        for what, name, known in (("loss", loss, BY_NAME), ("cure", cure, CURES)):
            if name not in known:
                raise ValueError(f"there is no {what} {name!r}: use one of {', '.join(known)}")
        self._sizes = {"hidden": hidden, "z_dim": z_dim, "batch_size": batch_size}
        self._first_rates = {"lr_G": lr_G, "lr_D": lr_D, "D_steps": D_steps}
        self.seed, self.drawing, self.version, self.probe = seed, Drawing(), 0, None
        self._own, chosen = self._take(data)
        self._touched_at = float("-inf")
        self.z = draw_z(MEASURED, z_dim, seed + 1)
        self._choices(chosen, loss, cure)
        self.data = self._data_of(chosen)
        self._begin(self._make)
        canvas = PixelCanvas(css_width=SIZE, pointer="drag", hears=ARROWS, alt=self._describe_canvas())
        self._open(canvas, beside(self._controls(), canvas, self.chart_canvas))
        canvas.on_pointer, canvas.on_key = self._pointed, self._pressed

    # Data

    def _take(self, data) -> tuple[PlaneData | None, str]:
        """Return data that were given, if any, and the name of what is chosen."""
        if isinstance(data, GaussianMixture):
            return from_mixture(data), "given"
        if not isinstance(data, str):
            return from_points(data), "given"
        if data not in (*MIXTURES, DRAWING):
            raise ValueError(f"there are no data {data!r}: use one of {', '.join((*MIXTURES, DRAWING))}")
        return None, data

    def _data_of(self, name: str) -> PlaneData:
        if name == DRAWING:
            return self.drawing.data()
        return self._own if name == "given" and self._own is not None else from_mixture(MIXTURES[name]())

    def _dataset(self) -> Dataset:
        return Dataset("plane", self.data.points[:, :, None, None])

    def _make(self) -> Training:
        """Return a new training with the choices as they stand."""
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(self.seed)
            hidden = self._sizes["hidden"]
            cure = CURES[self.cure.value]
            G, D = PlaneGenerator(self._sizes["z_dim"], hidden), PlaneDiscriminator(cure, hidden)
        return Training(
            G,
            D,
            self._dataset(),
            loss=BY_NAME[self.loss.value],
            penalty=cure.penalty,
            batch_size=self._sizes["batch_size"],
            seed=self.seed,
            **self._first_rates,
        )

    # Pointer

    def _pointed(self, x: float, y: float) -> None:
        extent = self.data.extent
        self._go_to((2 * x - 1) * extent, (1 - 2 * y) * extent)

    def _pressed(self, key: str, shift: bool) -> None:
        step = self.data.extent * (0.1 if shift else 0.02)
        right, up = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowDown": (0, -1), "ArrowUp": (0, 1)}[key]
        x, y = self.probe or (0.0, 0.0)
        limit = self.data.extent
        self._touched_at = float("-inf")
        self._go_to(min(max(x + right * step, -limit), limit), min(max(y + up * step, -limit), limit))

    def _go_to(self, x: float, y: float) -> None:
        """Ask D about a place, and draw there if the data are one's own."""
        if self.source.value == DRAWING:
            self._draw_at(x, y)
        self.probe = (x, y)
        self._request()

    def _draw_at(self, x: float, y: float) -> None:
        """Draw from the last touch to this one, if it was a moment ago, so that a quick stroke has no gaps."""
        now, last = time.monotonic(), self.probe
        start = last if last is not None and now - self._touched_at < 0.3 else (x, y)
        pieces = max(1, round(np.hypot(x - start[0], y - start[1]) / 0.06))
        with self.runner.lock:
            for k in range(1, pieces + 1):
                share = k / pieces
                self.drawing.touch(start[0] + share * (x - start[0]), start[1] + share * (y - start[1]))
            self._touched_at, self.note = now, ""
            self._take_drawing()

    def _take_drawing(self) -> None:
        self.data = self.drawing.data()
        self.training.data = self._dataset()
        self.version += 1

    def clear_drawing(self) -> None:
        """Wipe the drawing out, and begin again."""
        self.runner.pause()
        self.drawing, self.probe = Drawing(), None
        self._take_drawing()
        self.reset()

    # Training

    def _work(self) -> None:
        if not len(self.data.points):
            raise ValueError("there are no data yet: drag on the picture to draw some")
        super()._work()

    def measure(self) -> tuple[int, float]:
        """Return how many modes G covers now, and which share of its samples is good."""
        with torch.inference_mode(), cpu_threads(1):
            return self.data.measure(evaluating(self.training.G)(self.z)[:, :, 0, 0])

    def _numbers(self, step) -> dict:
        with torch.inference_mode(), cpu_threads(1):
            samples = evaluating(self.training.G)(self.z)[:, :, 0, 0]
        modes, good = self.data.measure(samples)
        share = modes / max(1, len(self.data.places))
        shares = {"share_modes": share, "share_good": good, "share_entropy": self.data.evenness(samples)}
        return {"loss_D": step.loss_D, "loss_G": step.loss_G, **shares}

    def _no_numbers(self) -> dict:
        return {"loss_D": [], "loss_G": [], "share_modes": [], "share_good": [], "share_entropy": []}

    # Pictures

    @property
    def state(self) -> PlaneState:
        """What is shown now."""
        layers = tuple(kind for kind, box in self.layers.items() if box.value)
        return PlaneState(self.training.number, self.note, layers, self.probe, self.version)

    def frame(self, state: PlaneState) -> Frame:
        """Draw data, samples and D for the present weights."""
        G, D = evaluating(self.training.G), evaluating(cast("PlaneDiscriminator", self.training.D))
        extent, loss = self.data.extent, self.training.loss
        with cpu_threads(1):
            with torch.inference_mode():
                samples = G(self.z)[:, :, 0, 0]
                field = D.beside(torch.from_numpy(lattice(extent)), samples) if "heat" in state.layers else None
            arrows = pulls(D, loss, samples[:PULLED]).numpy() * extent if "pulls" in state.layers else None
            lines = net(G).numpy() if "net" in state.layers and self.training.G.z_dim == 2 else None
            pixels = draw_plane(
                verdicts=None if field is None else verdicts(field, loss.name).numpy(),
                data=self.data.points[:600].numpy(),
                samples=samples[:SHOWN].numpy(),
                pulls=arrows,
                net=lines,
                extent=extent,
            )
            return Frame(pixels, self._status(state, samples, D), state.note or sample_faults(samples, extent))

    def _status(self, state: PlaneState, samples: torch.Tensor, D: PlaneDiscriminator) -> str:
        modes, good = self.data.measure(samples)
        said = f"step {state.number:,} · {modes} of {len(self.data.places)} modes · {100 * good:.0f} % good"
        said += f" · entropy {100 * self.data.evenness(samples):.0f} %"
        if state.probe is None:
            return said
        with torch.inference_mode():
            score = float(D.beside(torch.tensor([state.probe]), samples))
        if self.training.loss.name in ("minimax", "non_saturating"):
            return f"{said} · D here {torch.tensor(score).sigmoid():.2f}"
        return f"{said} · D here {score:+.2f}"

    def _draw(self, number: int) -> None:
        super()._draw(number)
        extent = self.data.extent
        self.canvas.marker = (
            [] if self.probe is None else [(self.probe[0] / extent + 1) / 2, (1 - self.probe[1] / extent) / 2]
        )

    def describe(self) -> str:
        """Return the alternative text."""
        return "Points of the plane: data, samples of a generator, and a discriminator's verdict as a map behind them"

    def _describe_canvas(self) -> str:
        return f"{self.describe()}. Drag or use the arrow keys to ask D about a place, or to draw."

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"PlaneLab({self.source.value}, {self.loss.value}, step {self.training.number})"
