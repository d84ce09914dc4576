"""Pictures that appear pixel by pixel, and pictures that a network completes from their upper rows."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import ipywidgets
import matplotlib
import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn

from ganlib import autoregressive as ar
from ganlib.pictures import to_uint8
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import beside, choice, number, row, slider, text
from ganlib.widgets.base.curves import INK, font
from ganlib.widgets.base.panel import Frame, Panel

LARGE, SMALL, GAP, HEAD = 240, 64, 16, 22  # sides of pictures, distances and height of titles, in drawn pixels
BLANK = (226, 226, 230)  # a pixel that is not drawn yet
NEXT = "#D55E00"  # the frame around the pixel whose turn it is
GIVEN = np.array([0x00, 0x72, 0xB2], float)  # the tint of rows that were given


def blocks(pixels: np.ndarray, side: int) -> Image.Image:
    """Enlarge (H, W, 3) by whole pixels to about `side`."""
    times = max(1, round(side / pixels.shape[1]))
    return Image.fromarray(pixels).resize((pixels.shape[1] * times, pixels.shape[0] * times), Image.Resampling.NEAREST)


def colour_bar(sheet: Image.Image, left: int, top: int, high: int, colours) -> None:
    """Draw a bar from 1 (top) to 0 with its ends named."""
    column = np.linspace(1, 0, high)[:, None].repeat(10, 1)
    sheet.paste(Image.fromarray(np.uint8(255 * colours(column)[..., :3])), (left, top))
    for name, y, anchor in (("1", top, "lt"), ("0", top + high - 1, "lb")):
        ImageDraw.Draw(sheet).text((left + 14, y), name, fill=INK, font=font(13), anchor=anchor)


@dataclass(frozen=True)
class ReplayState:
    """How many pixels are drawn, and which image is shown large (from 0)."""

    pixels: int
    image: int


class PixelReplay(Panel):
    """Replay how binary images were drawn: one large, its probabilities beside it, the others small below.

    drawn: what `ganlib.autoregressive.sample` returned for a Bernoulli head: images (N, 1, H, W), log_probs (N, H, W).
    start: how many pixels are drawn at first; by default four tenths.
    Move the slider, use its arrow keys, or press play.

    Raises:
        ValueError: if the images are not binary, or the log-probabilities do not fit them.
    """

    name = "Pixel by pixel"
    timed = False

    def __init__(self, drawn, *, start: int | None = None):
        images = torch.as_tensor(drawn.images).cpu()
        if images.ndim != 4 or drawn.log_probs.shape != images[:, 0].shape or not bool((images.abs() == 1).all()):
            raise ValueError("drawn must hold binary images (N, 1, H, W) of -1 and 1, and log_probs (N, H, W) of them")
        self.images = to_uint8(images)[:, 0].numpy()
        self.logs = drawn.log_probs.cpu().double().flatten(1).numpy()
        ink = images[:, 0].flatten(1).numpy() > 0
        chance = np.exp(self.logs)
        self.ink = np.where(ink, chance, 1 - chance)  # p(ink | the pixels before)
        count, self.height, self.width = self.images.shape
        self.total = self.height * self.width
        self.colours = matplotlib.colormaps["cividis"]
        start = round(0.4 * self.total) if start is None else start
        self.position = slider(start, 0, self.total, "pixels", label="4em")
        self.choice = choice([(str(k + 1), k) for k in range(count)], 0, "image", label="3.5em")
        self.play = ipywidgets.Play(value=self.position.value, min=0, max=self.total, interval=60)
        link = ipywidgets.jslink((self.play, "value"), (self.position, "value"))
        for control in (self.position, self.choice):
            control.observe(self.refresh, "value")
        self.css_width = self.frame(self.state).pixels.shape[1]
        canvas = PixelCanvas(css_width=self.css_width, smooth=True, alt=self.describe())
        bar = row(self.play, self.position, self.choice)
        self._open(canvas, beside([bar], canvas, above=True))
        self._extra.append(link)

    @property
    def state(self) -> ReplayState:
        return ReplayState(self.position.value, self.choice.value)

    def partial(self, image: int, pixels: int) -> np.ndarray:
        """Return an image with its first `pixels` pixels drawn: (H, W, 3)."""
        shown = np.repeat(self.images[image].reshape(-1, 1), 3, axis=1)
        shown[pixels:] = BLANK
        return shown.reshape(self.height, self.width, 3)

    def heat(self, image: int, pixels: int) -> np.ndarray:
        """Return p(ink | pixels before) of the drawn pixels and of the next one, in colours: (H, W, 3)."""
        shown = (255 * self.colours(self.ink[image])[:, :3]).astype(np.uint8)
        shown[pixels + 1 :] = BLANK
        return shown.reshape(self.height, self.width, 3)

    def frame(self, state: ReplayState) -> Frame:
        """Draw the image, the probabilities, and all images small, when `state.pixels` pixels are drawn."""
        large = [blocks(draw(state.image, state.pixels), LARGE) for draw in (self.partial, self.heat)]
        wide, high = large[0].size
        small = [blocks(self.partial(k, state.pixels), SMALL) for k in range(len(self.images))]
        columns = max(1, (2 * wide + GAP + 32) // (small[0].width + 6))
        rows = math.ceil(len(small) / columns)
        size = (2 * wide + GAP + 32, HEAD + high + 10 + rows * (small[0].height + 6))
        sheet = Image.new("RGB", size, "white")
        pen = ImageDraw.Draw(sheet)
        for left, picture, title in zip((0, wide + GAP), large, ("drawn so far", "p(ink | pixels before)")):
            pen.text((left, 2), title, fill=INK, font=font(14))
            sheet.paste(picture, (left, HEAD))
            self._mark(pen, left, wide // self.width, state.pixels)
        colour_bar(sheet, 2 * wide + GAP + 6, HEAD, high, self.colours)
        for k, picture in enumerate(small):
            place = (k % columns * (picture.width + 6), HEAD + high + 10 + k // columns * (picture.height + 6))
            sheet.paste(picture, place)
        return Frame(np.asarray(sheet), self._say(state))

    def _mark(self, pen: ImageDraw.ImageDraw, left: int, side: int, pixels: int) -> None:
        if pixels < self.total:
            row, column = divmod(pixels, self.width)
            x, y = left + column * side, HEAD + row * side
            pen.rectangle((x, y, x + side - 1, y + side - 1), outline=NEXT, width=2)

    def _say(self, state: ReplayState) -> str:
        paid = abs(self.logs[state.image, : state.pixels].sum())  # not -0.0
        said = f"{state.pixels} of {self.total} pixels, −log p so far {paid:.1f} nats"
        if state.pixels == self.total:
            return said
        row, column = divmod(state.pixels, self.width)
        return f"{said} · next: row {row + 1}, column {column + 1}, p(ink) = {self.ink[state.image, state.pixels]:.2f}"

    def still(self) -> Image.Image:
        """Return three stages side by side, without the small images."""
        high = HEAD + LARGE // self.width * self.height
        pictures = []
        for share in (0.3, 0.6, 1.0):
            frame = self.frame(ReplayState(round(share * self.total), self.choice.value)).pixels
            pictures.append(Image.fromarray(frame[: high + 1]))
        sheet = Image.new("RGB", (pictures[0].width, 3 * (high + 8)), "white")
        for k, picture in enumerate(pictures):
            sheet.paste(picture, (0, k * (high + 8)))
        return sheet

    def describe(self) -> str:
        """Return the alternative text."""
        return (
            f"An image of {self.height} by {self.width} pixels at stages of its drawing, from the top left corner, and "
            "beside it, in colours, the probability of ink that each pixel was drawn with"
        )


@dataclass(frozen=True)
class CompleterState:
    """How many upper rows are given, which image, and the seed of the random numbers."""

    rows: int
    image: int
    seed: int


class ImageCompleter(Panel):
    """Give a network the upper rows of an image, and let it draw the rest, several times.

    network: as `ganlib.autoregressive.sample` takes it, with a Bernoulli head.
    images: (M, 1, H, W), binary, which the network should not have seen.
    copies: how many completions are shown.  rows: how many rows are given at first; by default half.
    All numbers of given rows are drawn at once, from the same random numbers, so the slider answers at once.

    Raises:
        ValueError: if there are no images (M, 1, H, W).
    """

    name = "Image completer"
    kept = 8  # pairs of image and seed whose completions are remembered

    def __init__(self, network: nn.Module, images: torch.Tensor, *, copies: int = 8, rows: int | None = None):
        if images.ndim != 4 or images.shape[1] != 1 or len(images) == 0:
            raise ValueError(f"images must be (M, 1, H, W), at least one, not {tuple(images.shape)}")
        self.network, self.images, self.copies = network, images, copies
        self.height, self.width = images.shape[-2:]
        self._memory: OrderedDict[tuple[int, int], tuple[torch.Tensor, torch.Tensor]] = OrderedDict()
        self.rows = slider(self.height // 2 if rows is None else rows, 0, self.height, "rows", label="4em")
        self.choice = choice([(str(k + 1), k) for k in range(len(images))], 0, "image", label="3.5em")
        self.seed = number(0, 0, 9999, "seed", label="3.5em")
        for control in (self.rows, self.choice, self.seed):
            control.observe(self.refresh, "value")
        self.css_width = self.frame(self.state).pixels.shape[1]
        canvas = PixelCanvas(css_width=self.css_width, smooth=True, alt=self.describe())
        note = text("Blue rows were given; the network drew the others.")
        self._open(canvas, beside([row(self.rows, self.choice, self.seed), note], canvas, above=True))

    @property
    def state(self) -> CompleterState:
        return CompleterState(self.rows.value, self.choice.value, self.seed.value)

    def completions(self, image: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return completions for every number of given rows, (H+1, copies, H, W), and the truth's log p a row (H,)."""
        if (image, seed) not in self._memory:
            generator = torch.Generator().manual_seed(seed)
            u = torch.rand(self.copies, self.height, self.width, generator=generator)
            count = self.height + 1
            known = torch.arange(self.height) < torch.arange(count)[:, None]  # (H+1, H)
            known = known.repeat_interleave(self.copies, 0)[:, :, None].expand(-1, -1, self.width)
            truth = self.images[image : image + 1]
            given = truth.expand(len(known), -1, -1, -1)
            u = u.repeat(count, 1, 1).to(truth.device)
            drawn = ar.sample(self.network, u, given=given, known=known)
            with torch.no_grad():
                rows = ar.log_likelihood(self.network, truth)[0].sum(1).cpu()
            self._memory[image, seed] = drawn.images[:, 0].cpu().unflatten(0, (count, self.copies)), rows
            if len(self._memory) > self.kept:
                self._memory.popitem(last=False)
        return self._memory[image, seed]

    def tinted(self, x: torch.Tensor, rows: int) -> np.ndarray:
        """Return an image (H, W) in colours (H, W, 3): rows that were given are tinted blue."""
        grey = np.repeat(to_uint8(x[None, None])[0, 0].numpy()[..., None], 3, axis=2)
        grey[:rows] = np.uint8(0.45 * grey[:rows] + 0.55 * GIVEN)
        return grey

    def frame(self, state: CompleterState) -> Frame:
        """Draw the true image, what of it is given, and the completions."""
        every, logs = self.completions(state.image, state.seed)
        truth = self.images[state.image, 0].cpu()
        large = blocks(self.tinted(truth, state.rows), 150)
        small = [blocks(self.tinted(x, state.rows), 96) for x in every[state.rows]]
        columns = math.ceil(len(small) / 2)
        left = large.width + GAP
        step = small[0].width + 8
        size = (left + columns * step - 8, HEAD + max(large.height, 2 * (small[0].height + 8)))
        sheet = Image.new("RGB", size, "white")
        pen = ImageDraw.Draw(sheet)
        pen.text((0, 2), "the true image", fill=INK, font=font(14))
        pen.text((left, 2), f"completed from {state.rows} rows", fill=INK, font=font(14))
        sheet.paste(large, (0, HEAD))
        for k, picture in enumerate(small):
            sheet.paste(picture, (left + k % columns * step, HEAD + k // columns * (picture.height + 8)))
        rest = abs(float(logs[state.rows :].sum()))  # not -0.0
        return Frame(
            np.asarray(sheet), f"{state.rows} of {self.height} rows given; the true rest costs {rest:.1f} nats"
        )

    def describe(self) -> str:
        """Return the alternative text."""
        return (
            f"A held-out image, and {self.copies} completions of it from its upper rows, which are tinted blue; "
            "the lower rows differ from one completion to the next"
        )
