"""Boards for the toy faces of notebook 05: a discriminator and a generator of one layer, every number a slider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets
from PIL import Image

from ganlib import plots
from ganlib.data.toy_faces import FACES, NO_FACES
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import beside, button, choice, row, slider, text
from ganlib.widgets.base.panel import Frame, Panel
from ganlib.widgets.base.sheet import Sheet, sigmoid, signed, true_colours, verdict

PLACES = ("top left", "top right", "bottom left", "bottom right")
OWN: tuple[float, ...] = ()  # the menu's entry for pixels that are none of the lecture's
SHOWN_Z = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the generator's row of pictures
LABEL = "7em"  # room for "bottom right"


@dataclass(frozen=True)
class DiscriminatorState:
    """What a DiscriminatorBoard's sliders say: pixels (4), white 0 and black 1, weights (4) and the bias."""

    pixels: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float


@dataclass(frozen=True)
class GeneratorState:
    """What a GeneratorBoard's sliders say: the random number z, weights (4) and biases (4)."""

    z: float
    weights: tuple[float, ...]
    biases: tuple[float, ...]


def four(name: str, values: Sequence[float]) -> tuple[float, ...]:
    """Return four numbers as floats, or say that there are not four."""
    values = tuple(float(value) for value in values)
    if len(values) != 4:
        raise ValueError(f"{name} must be four numbers, one a pixel, not {len(values)}")
    return values


def weight(value: float, low: float, high: float, name: str, step: float = 0.05) -> ipywidgets.FloatSlider:
    """Return one slider of a board, wide enough for `value` wherever that lies."""
    low, high = min(low, value), max(high, value)
    return slider(value, low, high, name, step=step, label=LABEL, readout_format=".2f")


class Board(Panel):
    """What both boards share: sliders by group, a button that puts them back, and the canvas."""

    width, height = 560, 360
    timed = False

    def _build(self, groups: dict[str, list[ipywidgets.FloatSlider]], first: Sequence[ipywidgets.Widget] = ()) -> None:
        self._groups = groups
        self._start = {control: control.value for controls in groups.values() for control in controls}
        column = list(first)
        for heading, controls in groups.items():
            column += [text(heading, "heading"), *controls]
            for control in controls:
                control.observe(self.refresh, "value")
        buttons = row(button("Back to the start", self.reset), button("Weights to zero", self.zero))
        canvas = PixelCanvas(css_width=self.width, smooth=True, alt=self.describe())
        self._open(canvas, beside([*column, buttons], canvas))

    def picture(self):
        """Return the picture of the present state in the size in which it is drawn."""
        return Image.fromarray(self._now().pixels)

    def still(self) -> Image.Image:
        """Return the picture of the present state for pages without a kernel."""
        return true_colours(self.picture())

    def zero(self) -> None:
        """Set all weights and biases to 0 and leave what goes in, pixels or z, as it is."""
        with self._together():
            for control in [control for group in list(self._groups.values())[1:] for control in group]:
                control.value = 0.0

    def reset(self) -> None:
        """Put every slider back to where it was when the board was made."""
        with self._together():
            for control, value in self._start.items():
                control.value = value


class DiscriminatorBoard(Board):
    """Move the pixels of a 2×2 picture and the weights of a one-neuron discriminator: p = σ(w·x + b).

    pixels, weights: four numbers each, row by row; pixels from 0 (white) to 1 (black).  bias: one number.
    The menu sets the pixels to one of the lecture's pictures.

    Raises:
        ValueError: if there are not four pixels or weights, or a pixel lies outside [0, 1].
    """

    name = "Discriminator board"

    def __init__(self, pixels=(1, 0, 0, 1), weights=(1, -1, -1, 1), bias: float = -1.0):
        pixels, weights = four("pixels", pixels), four("weights", weights)
        if not all(0 <= pixel <= 1 for pixel in pixels):
            raise ValueError(f"pixels lie between 0 (white) and 1 (black), not {pixels}")
        self.pixels = [weight(value, 0, 1, place) for value, place in zip(pixels, PLACES)]
        self.weights = [weight(value, -3, 3, place, 0.1) for value, place in zip(weights, PLACES)]
        self.bias = weight(float(bias), -3, 3, "bias", 0.1)
        kinds = [*(("face", face) for face in FACES), *(("no face", picture) for picture in NO_FACES)]
        options = [("your own", OWN), *((f"{kind}: " + "  ".join(f"{v:g}" for v in p), p) for kind, p in kinds)]
        self.menu = choice(options, self._in_menu(pixels), "picture", label=LABEL)
        self.menu.observe(self._chosen, "value")
        for control in self.pixels:
            control.observe(self._pixel_moved, "value")
        groups = {"Pixels, 0 white to 1 black": self.pixels, "Weights and bias": [*self.weights, self.bias]}
        self._build(groups, [self.menu])

    @staticmethod
    def _in_menu(pixels: tuple[float, ...]) -> tuple[float, ...]:
        return pixels if pixels in FACES + NO_FACES else OWN

    def _chosen(self, _change) -> None:
        """Put the pixels of the chosen picture on the sliders."""
        if self.menu.value and self.menu.value != self.state.pixels:
            with self._together():
                for control, value in zip(self.pixels, self.menu.value):
                    control.value = value

    def _pixel_moved(self, _change) -> None:
        """Say in the menu whether the pixels are still those of a picture of the lecture."""
        if not getattr(self._quiet, "on", False):
            self.menu.value = self._in_menu(self.state.pixels)

    def reset(self) -> None:
        """Put every slider back to where it was when the board was made, and the menu with them."""
        super().reset()
        self._pixel_moved(None)

    @property
    def state(self) -> DiscriminatorState:
        """What the sliders say now."""
        pixels = tuple(round(control.value, 6) for control in self.pixels)
        return DiscriminatorState(pixels, tuple(control.value for control in self.weights), self.bias.value)

    def frame(self, state: DiscriminatorState) -> Frame:
        """Draw picture, weights and their products, the sum, the sigmoid and the verdict."""
        products = [pixel * weight for pixel, weight in zip(state.pixels, state.weights)]
        score = sum(products) + state.bias
        answer = float(sigmoid(score))
        sheet, side = Sheet(self.width, self.height), 118
        for x, title in ((20, "pixels x"), (208, "weights w"), (396, "products x·w")):
            sheet.text(x + side / 2, 16, title)
        sheet.pixels_square(20, 30, side, state.pixels)
        sheet.weights_square(208, 30, side, state.weights)
        sheet.weights_square(396, 30, side, products)
        sheet.text(173, 89, "×", size=22)
        sheet.text(361, 89, "=", size=22)
        terms = " + ".join(f"({signed(value)})" if value < 0 else signed(value) for value in [*products, state.bias])
        sheet.text(20, 176, "score = products + bias", size=13, fill=plots.QUIET, anchor="lm")
        sheet.text(20, 198, f"{terms} = {signed(score)}", size=15, anchor="lm")
        sheet.sigmoid(40, 236, 260, 84, score)
        sheet.text(170, 347, "score", size=12, fill=plots.QUIET)
        word, colour = verdict(answer)
        sheet.text(434, 246, f"σ({signed(score)}) = {answer:.2f}", size=18)
        sheet.text(434, 286, word, size=26, fill=colour)
        sheet.text(434, 322, "the border is 0.50", size=13, fill=plots.QUIET)
        return Frame(sheet.pixels, f"score {signed(score)} · D(x) = {answer:.2f} · {word}")

    def describe(self) -> str:
        """Return the alternative text, with the numbers of the state that is shown."""
        state = self.state
        pixels, weights = (" ".join(f"{value:g}" for value in values) for values in (state.pixels, state.weights))
        return f"Pixels {pixels}, weights {weights}, bias {state.bias:g}: {self.frame(state).status}"

    def __repr__(self) -> str:
        return super().__repr__() if self.closed else f"DiscriminatorBoard({self.state})"


class GeneratorBoard(Board):
    """Move z and the weights of a one-layer generator: pixel i = σ(v_i z + c_i). A row shows it for other z too.

    weights, biases: four numbers each, row by row.  z: between 0 and 1.
    D_weights, D_bias: of the one-neuron discriminator that judges the pictures.

    Raises:
        ValueError: if there are not four weights or biases, or z lies outside [0, 1].
    """

    name = "Generator board"

    def __init__(
        self, weights=(0, 0, 0, 0), biases=(0, 0, 0, 0), z: float = 0.5, *, D_weights=(1, -1, -1, 1), D_bias=-1.0
    ):
        if not 0 <= z <= 1:
            raise ValueError(f"z lies between 0 and 1, not at {z}")
        self.D_weights, self.D_bias = four("D_weights", D_weights), float(D_bias)
        self.z = weight(float(z), 0, 1, "z")
        self.weights = [weight(v, -6, 6, place, 0.1) for v, place in zip(four("weights", weights), PLACES)]
        self.biases = [weight(v, -6, 6, place, 0.1) for v, place in zip(four("biases", biases), PLACES)]
        self._build({"The random number": [self.z], "Weights v": self.weights, "Biases c": self.biases})

    @property
    def state(self) -> GeneratorState:
        """What the sliders say now."""
        weights, biases = ([control.value for control in controls] for controls in (self.weights, self.biases))
        return GeneratorState(self.z.value, tuple(weights), tuple(biases))

    def _draws(self, state: GeneratorState, z: float) -> tuple[list[float], float]:
        """Return the pixels that are drawn from z, and D's answer to them."""
        pixels = [float(sigmoid(v * z + c)) for v, c in zip(state.weights, state.biases)]
        return pixels, float(sigmoid(sum(w * x for w, x in zip(self.D_weights, pixels)) + self.D_bias))

    def frame(self, state: GeneratorState) -> Frame:
        """Draw the four sums and the picture that they give, D's answer, and a row of pictures for other z."""
        pixels, answer = self._draws(state, state.z)
        word, colour = verdict(answer)
        sheet = Sheet(self.width, self.height)
        sheet.text(20, 18, f"z = {state.z:.2f}    pixel = σ(v·z + c)", size=15, anchor="lm")
        for k, (place, v, c, pixel) in enumerate(zip(PLACES, state.weights, state.biases, pixels)):
            y = 56 + 32 * k
            sheet.text(20, y, place, size=13, fill=plots.QUIET, anchor="lm")
            sign = "−" if c < 0 else "+"
            sheet.text(112, y, f"σ({signed(v, 1)} · {state.z:.2f} {sign} {abs(c):.1f}) = {pixel:.2f}", anchor="lm")
        sheet.pixels_square(318, 40, 126, pixels)
        sheet.text(502, 78, f"D: {answer:.2f}", size=17)
        sheet.text(502, 106, word, size=15, fill=colour)
        sheet.text(20, 204, "the same weights, other z", size=13, fill=plots.QUIET, anchor="lm")
        for column, z in enumerate(SHOWN_Z):
            pixels, other = self._draws(state, z)
            left = 20 + 108 * column
            sheet.pixels_square(left, 222, 84, pixels, digits=None)
            sheet.text(left + 42, 322, f"z = {z:.2f}", size=13)
            sheet.text(left + 42, 344, f"D: {other:.2f}", size=13, fill=verdict(other)[1])
        return Frame(sheet.pixels, f"z = {state.z:.2f} · D(G(z)) = {answer:.2f} · {word}")

    def describe(self) -> str:
        """Return the alternative text, with the numbers of the state that is shown."""
        state = self.state
        drawn = " ".join(f"{pixel:.2f}" for pixel in self._draws(state, state.z)[0])
        return f"A generator with four weights and four biases draws the pixels {drawn}; {self.frame(state).status}"

    def __repr__(self) -> str:
        return super().__repr__() if self.closed else f"GeneratorBoard({self.state})"
