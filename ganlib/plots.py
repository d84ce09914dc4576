"""Axes-first drawing in one style. Colours: Okabe and Ito's palette, which colour-blind people can tell apart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import cast

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

from ganlib.pictures import as_html, square_grid, tile, to_uint8

REAL = "#0072B2"  # blue: whatever is data
VAE = "#E69F00"  # orange: whatever a VAE made
GAN = "#009E73"  # green: whatever a GAN made
PLAYER_D = "#D55E00"  # vermilion: the discriminator's curves
PLAYER_G = "#009E73"  # the generator's curves: the colour of what it makes
QUIET = "#767676"  # grey: reference lines and remarks
SIZE = 11  # of all type, in points


def use_style() -> None:
    """Set matplotlib's defaults to the course's style (a notebook's set-up does this; importing does not)."""
    plt.rcParams.update(
        {
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": SIZE,
            "axes.titlesize": SIZE,
            "axes.labelsize": SIZE,
            "xtick.labelsize": SIZE - 1,
            "ytick.labelsize": SIZE - 1,
            "legend.fontsize": SIZE - 1,
            "legend.frameon": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=[REAL, PLAYER_D, GAN, VAE, "#56B4E9", "#CC79A7", "#000000"]),
            "lines.linewidth": 1.8,
            "image.cmap": "gray",
            "image.interpolation": "nearest",
        }
    )


def show(figure: Figure, alt: str) -> None:
    """Display a finished figure with a text for people who cannot see it, and close it.

    Raises:
        ValueError: if `alt` is empty.
    """
    from IPython.display import display

    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    picture = as_html(stream.getvalue(), alt)
    plt.close(figure)
    display({"text/html": picture, "text/plain": alt}, raw=True)


def image_grid(
    ax: Axes, images: torch.Tensor, *, columns: int | None = None, title: str = "", colour: str | None = None
) -> None:
    """Draw images (N, C, H, W) in [-1, 1] as one sheet, with a title and a frame in `colour`."""
    rows, wide = square_grid(len(images))
    if columns is not None:
        rows, wide = -(-len(images) // columns), columns
    sheet = tile(to_uint8(images.detach()), rows, wide)
    ax.imshow(sheet, cmap="gray", vmin=0, vmax=255)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(colour is not None)
        spine.set(color=colour or "none", linewidth=3)
    ax.set_title(title)


def curve(ax: Axes, steps: Sequence[int], values: Sequence[float], *, colour: str, label: str = "") -> None:
    """Draw a noisy curve: each value thin, and the mean over a twentieth of all of them thick."""
    window = max(1, len(values) // 20)
    ax.plot(steps, values, color=colour, linewidth=0.6, alpha=0.4)
    if len(values) >= window:
        means = np.convolve(values, np.ones(window) / window, mode="valid")
        ax.plot(steps[window - 1 :], means, color=colour, label=label)


def losses(ax: Axes, steps: Sequence[int], loss_D: Sequence[float], loss_G: Sequence[float]) -> None:
    """Draw both players' losses over the steps, with ln 4 and ln 2: their values when D can only guess."""
    curve(ax, steps, loss_D, colour=PLAYER_D, label="loss of D")
    curve(ax, steps, loss_G, colour=PLAYER_G, label="loss of G")
    for value, name in ((np.log(4), "ln 4"), (np.log(2), "ln 2")):
        ax.axhline(value, color=QUIET, linewidth=1, linestyle=":")
        ax.annotate(name, (1.01, value), xycoords=("axes fraction", "data"), color=QUIET, ha="left", va="center")
    ax.set(xlabel="step", ylabel="loss (nats)")
    ax.legend()


def bars(ax: Axes, names: Sequence[str], values: Sequence[float], *, label: str, colour: str = REAL) -> None:
    """Draw labelled bars."""
    ax.bar(names, values, color=colour)
    ax.set_ylabel(label)


def to_array(figure: Figure) -> np.ndarray:
    """Return a finished figure as uint8 (H, W, 3) and close it: a frame for a film."""
    canvas = cast("FigureCanvasAgg", figure.canvas)  # a notebook draws with Agg
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    plt.close(figure)
    return pixels


class LiveImage:
    """A picture in a cell's output that is replaced as a training goes on; the last one stays."""

    def __init__(self, alt: str):
        self.alt = alt
        self.handle = None

    def update(self, images: torch.Tensor, *, columns: int | None = None, enlarge: int = 2) -> None:
        """Show images (N, C, H, W) in [-1, 1] as one sheet, each pixel `enlarge` pixels wide."""
        from IPython.display import display
        from PIL import Image

        rows, wide = square_grid(len(images))
        if columns is not None:
            rows, wide = -(-len(images) // columns), columns
        picture = Image.fromarray(tile(to_uint8(images), rows, wide))
        stream = io.BytesIO()
        picture.resize((picture.width * enlarge, picture.height * enlarge), 0).save(stream, "PNG")
        bundle = {"text/html": as_html(stream.getvalue(), self.alt), "text/plain": self.alt}
        if self.handle is None:
            self.handle = display(bundle, raw=True, display_id=True)
        else:
            self.handle.update(bundle, raw=True)


def live(alt: str) -> LiveImage:
    """Return a picture to be updated while something trains; `alt` says what its last state shows."""
    return LiveImage(alt)


def tree(ax: Axes, root: str, families: dict[str, Sequence[str]], *, colours: Sequence[str]) -> None:
    """Draw a tree of three levels: `root`, the families in their colours, and each family's members below it."""
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white"}
    widths = [2.0 if len(members) > 4 else 1.2 for members in families.values()]
    left = 0.0
    ax.text(sum(widths) / 2, 2.0, root, ha="center", va="center", bbox={**box, "edgecolor": "black"}, zorder=3)
    for (name, members), width, colour in zip(families.items(), widths, colours):
        centre = left + width / 2
        ax.plot([sum(widths) / 2, centre], [2.0, 1.0], color=QUIET, linewidth=1)
        ax.text(centre, 1.0, name, ha="center", va="center", weight="bold", bbox={**box, "edgecolor": colour}, zorder=3)
        half = -(-len(members) // 2) if len(members) > 4 else len(members)
        columns = [members[:half], members[half:]] if half < len(members) else [members]
        for column, lines in enumerate(columns):
            x = left + width * (column + 0.5) / len(columns)
            ax.text(x, 0.62, "\n".join(lines), ha="center", va="top", color=colour)
        left += width
    ax.set(xlim=(0, sum(widths)), ylim=(-0.15, 2.2))
    ax.axis("off")
