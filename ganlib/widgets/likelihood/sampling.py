"""How many samples does log p(x) need? Their number, the dimension of z and the proposal under three sliders."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from ganlib import plots
from ganlib.likelihood import LinearTask, effective_samples
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import beside, slider, stops, text
from ganlib.widgets.base.panel import Frame, Panel
from ganlib.widgets.base.sampler import cpu_threads
from ganlib.widgets.base.sheet import Sheet, signed, true_colours
from ganlib.widgets.likelihood.picture import HEAVY, Plot, key, weight_colours

RUNS = 32  # independent estimates
DOUBLINGS = 15  # up to 2^15 = 32,768 samples
DIMENSIONS = (2, 16)
KNOWLEDGE = {"the prior": 0.0, "¼": 0.25, "½": 0.5, "¾": 0.75, "the posterior": 1.0}
DOTS = 400  # samples drawn
WIDTH, HEIGHT = 640, 372
LOWEST, HIGHEST = -16.0, 4.0  # of the errors' axis, in nats
BAND = "#cfe0ec"


@dataclass(frozen=True)
class SamplingState:
    """What a SamplingView's sliders say: samples an estimate, dimension of z, and what the proposal knows (0 to 1)."""

    samples: int
    dimension: int
    knowledge: float


@dataclass(frozen=True)
class Trials:
    """All estimates for one proposal.

    errors: (dimensions, RUNS, DOUBLINGS + 1), estimate minus exact value, for every dimension and power of two.
    log_weights: (dimensions, 2^DOUBLINGS), of the first run.  places: (2^DOUBLINGS, 2), its first two coordinates of z.
    """

    errors: np.ndarray
    log_weights: torch.Tensor
    places: np.ndarray


def make_trials(s: float, knowledge: float, *, seed: int = 0) -> Trials:
    """Draw from the proposal and estimate log p(x) for every dimension and number of samples."""
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(RUNS, 2**DOUBLINGS)
    errors, weights, places = [], [], []
    for dimension in range(1, DIMENSIONS[1] + 1):
        noise = torch.randn(RUNS, 2**DOUBLINGS, generator=generator)
        task = LinearTask(dimension, s)
        total = total + task.log_weights(noise[..., None], knowledge)
        mean, deviation = task.proposal(knowledge)
        if dimension <= 2:
            places.append(mean + deviation * noise[0])
        if dimension >= DIMENSIONS[0]:
            errors.append(_estimates(total) - task.exact)
            weights.append(total[0].clone())
    return Trials(torch.stack(errors).numpy(), torch.stack(weights), torch.stack(places, 1).numpy())


def _estimates(log_weights: torch.Tensor) -> torch.Tensor:
    """Return log-mean-exp of the first 1, 2, 4 … columns: (R, 2^n) -> (R, n + 1)."""
    sums = [log_weights[:, 0]]
    for k in range(DOUBLINGS):
        sums.append(torch.logaddexp(sums[-1], torch.logsumexp(log_weights[:, 2**k : 2 ** (k + 1)], 1)))
    return torch.stack([total - k * math.log(2) for k, total in enumerate(sums)], 1)


class SamplingView(Panel):
    """Estimate log p(x) = log E p(x|z) from K samples, where the exact value is known (`LinearTask`).

    samples: K, a power of two up to 32,768.  dimension: of z and x, 2 to 16.  s: the noise of x given z.
    The left picture shows the first two coordinates of z: grey samples that x rules out, vermilion ones that count.
    The right one shows 32 estimates from K samples each, as errors against the exact value.

    Raises:
        ValueError: if samples or dimension is none that the sliders have.
    """

    name = "How many samples?"
    css_width = WIDTH
    timed = False

    def __init__(self, samples: int = 64, dimension: int = 2, *, s: float = 0.5):
        powers = [2**k for k in range(DOUBLINGS + 1)]
        if samples not in powers or not DIMENSIONS[0] <= dimension <= DIMENSIONS[1]:
            raise ValueError(
                f"samples is a power of two up to {powers[-1]}, dimension from 2 to 16; not {samples} and {dimension}"
            )
        self.s, self._trials = s, {}
        self.samples = stops([(f"{k:,}", k) for k in powers], samples, "samples K")
        self.dimension = slider(dimension, *DIMENSIONS, "dimension")
        self.knowledge = stops(list(KNOWLEDGE.items()), next(iter(KNOWLEDGE.values())), "z from")
        controls = [self.samples, self.dimension, self.knowledge]
        for control in controls:
            control.observe(self.refresh, "value")
        canvas = PixelCanvas(css_width=WIDTH, smooth=True, alt=self.describe())
        note = text("x is what was seen; z is what may have caused it. Grey: a sample that x rules out.")
        self._open(canvas, beside([text("Estimate log p(x)", "heading"), *controls, note], canvas))

    @property
    def state(self) -> SamplingState:
        """What the sliders say now."""
        return SamplingState(self.samples.value, self.dimension.value, self.knowledge.value)

    def trials(self, knowledge: float) -> Trials:
        """Return the estimates for a proposal, made the first time they are asked for."""
        if knowledge not in self._trials:
            with cpu_threads(1):
                self._trials[knowledge] = make_trials(self.s, knowledge)
        return self._trials[knowledge]

    def frame(self, state: SamplingState) -> Frame:
        """Draw the samples and the estimates of a state."""
        trials, row = self.trials(state.knowledge), state.dimension - DIMENSIONS[0]
        log_weights = trials.log_weights[row, : state.samples]
        sheet = Sheet(WIDTH, HEIGHT)
        self._plane(sheet, state, trials.places[: state.samples], log_weights)
        errors = trials.errors[row]
        self._errors(sheet, state, errors)
        now = errors[:, round(math.log2(state.samples))]
        worth = float(effective_samples(log_weights))
        status = (
            f"typical error {np.median(abs(now)):.2f} nats · mean {signed(float(now.mean()))} nats · "
            f"the samples on the left are worth {worth:,.1f} that count in full"
        )
        return Frame(sheet.pixels, status)

    def _plane(self, sheet: Sheet, state: SamplingState, places: np.ndarray, log_weights: torch.Tensor) -> None:
        shares = (log_weights - log_weights.max()).exp()
        heaviest = shares.topk(min(len(shares), DOTS // 8)).indices.numpy()
        shares = shares.numpy()
        shown = np.union1d(np.arange(min(len(shares), DOTS - len(heaviest))), heaviest)
        shown = shown[np.argsort(shares[shown], kind="stable")]
        box = Plot(sheet, (40, 34, 310, 304), (-3.2, 3.2), (-3.2, 3.2))
        ticks = {k: signed(k, 0) for k in (-2, 0, 2)}
        box.axes("first coordinate of z", "second coordinate of z", ticks, ticks)
        box.discs(places[shown], weight_colours(shares[shown]), 1.6 + 3.4 * np.sqrt(shares[shown]))
        task = LinearTask(state.dimension, self.s)
        for (mean, deviation), colour, dashed in (
            (task.proposal(state.knowledge), plots.QUIET, True),
            (task.posterior, "#000000", False),
        ):
            box.ellipse([mean, mean], deviation**2 * np.eye(2), 2, colour, dashed=dashed, width=1.5)
        mean, deviation = task.posterior
        x, y = (box.place(mean, mean - 2 * deviation) + [0, 10]).tolist()
        sheet.text(x, y, "z given x", size=12)

    def _errors(self, sheet: Sheet, state: SamplingState, errors: np.ndarray) -> None:
        box = Plot(sheet, (372, 34, 628, 304), (-0.4, DOUBLINGS + 0.4), (LOWEST, HIGHEST))
        x_ticks = {math.log2(10**k): name for k, name in enumerate(("1", "10", "100", "1,000", "10,000"))}
        box.axes("samples K", "estimate − exact, nats", x_ticks, {k: signed(k, 0) for k in (-15, -10, -5, 0)})
        k = np.arange(DOUBLINGS + 1)
        low, middle, high = np.percentile(errors, [10, 50, 90], axis=0)
        box.band(k, low, high, BAND)
        box.curve(k, middle, plots.REAL)
        box.level(0, "exact", "#000000")
        box.level(-1, "one nat too low", below=True)
        now = round(math.log2(state.samples))
        box.upright(now)
        spread = now + 0.22 * np.linspace(-1, 1, len(errors))
        inside = errors[:, now].clip(LOWEST + 0.2, HIGHEST - 0.2)
        box.discs(np.stack([spread, inside], 1), [HEAVY] * len(errors), [2.4] * len(errors))
        key(sheet, 356, 360, [("median", plots.REAL), ("8 of 10", BAND), ("one estimate", HEAVY)])
        key(sheet, 40, 360, [("samples that count", HEAVY), ("that do not", "#c4c4c4")])

    def picture(self) -> Image.Image:
        """Return the picture of the present state in the size in which it is drawn."""
        return Image.fromarray(self._now().pixels)

    def still(self) -> Image.Image:
        """Return the picture for pages without a kernel."""
        return true_colours(self.picture())

    def describe(self) -> str:
        """Return the alternative text."""
        return (
            "Left: samples of z in the plane, few of them inside the ellipse that x allows. "
            "Right: errors of 32 estimates of log p(x), nearly all too low, closing in on zero as samples are added"
        )

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"SamplingView(samples={self.samples.value}, dimension={self.dimension.value})"
