"""How many components? A mixture of Gaussians fitted with each number of them, its map and its likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from ganlib import plots
from ganlib.data.mixtures import GaussianMixture
from ganlib.likelihood import FullMixture, fit_mixture
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import beside, slider, text
from ganlib.widgets.base.panel import Frame, Panel
from ganlib.widgets.base.sampler import cpu_threads
from ganlib.widgets.base.sheet import Sheet, signed
from ganlib.widgets.likelihood.picture import HEAVY, Plot, key

WIDTH, HEIGHT = 640, 372
SIDE = 71  # places a side at which the density is asked
MAP = "#3F8FC4"


@dataclass(frozen=True)
class MixtureState:
    """What a MixtureView's slider says: how many components."""

    components: int


@dataclass(frozen=True)
class Fit:
    """A fitted mixture, and the mean log p, in nats, of points that it has seen and of others."""

    mixture: FullMixture
    train: float
    held_out: float


def fit(x: torch.Tensor, held_out: torch.Tensor, components: int) -> Fit:
    """Fit a mixture to x (N, 2) and judge it on others (M, 2)."""
    mixture = fit_mixture(x, components)
    return Fit(mixture, *(float(mixture.log_prob(points).mean()) for points in (x, held_out)))


class MixtureView(Panel):
    """Choose the number of components of p(x) = sum_z p(z) N(x; mean_z, covariance_z), fitted to points of the plane.

    points: (N, 2), to fit.  held_out: (M, 2), to judge.  components: 1 to `most`.  truth: whose points they are.
    The map is the fitted density, the ellipses its components; the curves are the mean log p of points that the fit
    has seen and of points that it has not.

    Raises:
        ValueError: if points are not in the plane, or fewer than two for each component, or components is too large.
    """

    name = "Mixture of Gaussians"
    css_width = WIDTH
    timed = False

    def __init__(
        self,
        points: torch.Tensor,
        held_out: torch.Tensor,
        *,
        components: int = 3,
        most: int = 20,
        truth: GaussianMixture | None = None,
    ):
        if points.ndim != 2 or points.shape[1] != 2 or held_out.shape[1:] != (2,):
            shapes = f"{tuple(points.shape)} and {tuple(held_out.shape)}"
            raise ValueError(f"need points of the plane, (N, 2) and (M, 2), not {shapes}")
        if not 1 <= components <= most or len(points) < 2 * most:
            raise ValueError(
                f"components lies in 1 … most = {most}, with two points for each: "
                f"not {components} for {len(points)} points"
            )
        with cpu_threads(1):
            self.fits = [fit(points.cpu(), held_out.cpu(), k) for k in range(1, most + 1)]
        self.points = points.cpu().double().numpy()
        self.truth = None if truth is None else float(truth.log_prob(held_out.cpu()).mean())
        self.extent = 1.15 * float(np.abs(self.points).max())
        self.components = slider(components, 1, most, "components", label="6.5em")
        self.components.observe(self.refresh, "value")
        canvas = PixelCanvas(css_width=WIDTH, smooth=True, alt=self.describe())
        note = text(f"{len(points):,} points to fit, {len(held_out):,} others to judge")
        self._open(canvas, beside([text("p(x) = Σ p(z) p(x|z)", "heading"), self.components, note], canvas))

    @property
    def state(self) -> MixtureState:
        """What the slider says now."""
        return MixtureState(self.components.value)

    def frame(self, state: MixtureState) -> Frame:
        """Draw the fit with that many components."""
        fit, sheet = self.fits[state.components - 1], Sheet(WIDTH, HEIGHT)
        self._plane(sheet, fit)
        self._curves(sheet, state)
        truth = "" if self.truth is None else f" · of the truth {signed(self.truth)}"
        status = f"log p a point: seen {signed(fit.train)} · held out {signed(fit.held_out)}{truth} nats"
        return Frame(sheet.pixels, status)

    def _plane(self, sheet: Sheet, fit: Fit) -> None:
        extent = self.extent
        box = Plot(sheet, (40, 34, 310, 304), (-extent, extent), (-extent, extent))
        line = np.linspace(-extent, extent, SIDE)
        places = torch.from_numpy(np.stack(np.meshgrid(line, line), -1).reshape(-1, 2))
        with cpu_threads(1):
            density = fit.mixture.log_prob(places).exp().reshape(SIDE, SIDE).numpy()
        box.heat((density / np.percentile(density, 99)).clip(0, 1) ** 0.5, MAP)
        ticks = {k: signed(k, 0) for k in range(-int(extent), int(extent) + 1)}
        box.discs(self.points, ["#333333"] * len(self.points), [1.2] * len(self.points))
        for mean, covariance in zip(fit.mixture.means.numpy(), fit.mixture.covariances.numpy()):
            box.ellipse(mean, covariance, 2, HEAVY, width=1.5)
        box.axes("x₁", "x₂", ticks, ticks, grid=False)
        key(sheet, 40, 360, [("density", MAP), ("components, 2 deviations", HEAVY)])

    def _curves(self, sheet: Sheet, state: MixtureState) -> None:
        k = np.arange(1, len(self.fits) + 1)
        train, held = (np.array([getattr(fit, name) for fit in self.fits]) for name in ("train", "held_out"))
        low, high = min(train.min(), held.min()), max(train.max(), held.max(), self.truth or -np.inf)
        margin = 0.08 * (high - low)
        box = Plot(sheet, (372, 34, 628, 304), (0.4, len(k) + 0.6), (low - margin, high + margin))
        step = next(s for s in (0.1, 0.25, 0.5, 1, 2, 5, 10, 100) if (high - low) / s <= 6)
        y_ticks = {t * step: signed(t * step) for t in range(math.ceil(low / step), math.floor(high / step) + 1)}
        box.axes("components", "mean log p, nats a point", {j: f"{j}" for j in k if j % 4 == 0 or j == 1}, y_ticks)
        box.upright(state.components)
        box.curve(k, train, plots.QUIET)
        box.curve(k, held, plots.REAL)
        if self.truth is not None:
            box.level(self.truth, "the true density", "#000000")
        for values, colour in ((train, plots.QUIET), (held, plots.REAL)):
            sheet.dot(*box.place(state.components, values[state.components - 1]).tolist(), fill=colour, radius=4.5)
        key(sheet, 372, 360, [("points seen", plots.QUIET), ("held out", plots.REAL)])

    def picture(self) -> Image.Image:
        """Return the picture of the present state in the size in which it is drawn."""
        return Image.fromarray(self._now().pixels)

    def still(self) -> Image.Image:
        """Return the picture for pages without a kernel."""
        return self.picture()

    def describe(self) -> str:
        """Return the alternative text."""
        return (
            "Left: points of the plane, a fitted mixture's density behind them, an ellipse for each component. "
            "Right: mean log-likelihood against the number of components, for points seen and held out"
        )

    def __repr__(self) -> str:
        return super().__repr__() if self.closed else f"MixtureView(components={self.components.value})"
