"""The plane of the two-dimensional GAN lab as a picture: NumPy and PIL only, a few milliseconds."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from ganlib import plots
from ganlib.widgets.base.curves import INK, font

SIZE = 480  # pixels of the square picture
FIELDS = 41  # of D's map a side, enlarged smoothly
ARROW = "#333333"
NET = "#7fb8a4"


def rgb(colour: str) -> np.ndarray:
    """Return #rrggbb as three numbers."""
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], float)


@cache
def palette() -> np.ndarray:
    """Return 256 colours (256, 3) from orange (fake) over white (D cannot tell) to blue (real).

    Orange and blue stay apart for every kind of colour blindness, and both grow darker from the middle outwards.
    """
    fake, real, white = rgb("#E8853A"), rgb("#4C9ACB"), np.full(3, 250.0)
    share = np.linspace(-1, 1, 256)[:, None]
    share = np.sign(share) * np.abs(share) ** 0.6  # a slight lean of D's is seen, too
    return np.where(share < 0, white - share * (fake - white), white + share * (real - white)).astype(np.uint8)


def to_pixels(places: np.ndarray, extent: float) -> np.ndarray:
    """Map places (N, 2) of the plane to pixels (N, 2): column, row. What is not finite goes far outside."""
    places = np.nan_to_num(np.asarray(places, float), nan=1e6, posinf=1e6, neginf=-1e6).clip(-1e6, 1e6)
    return (places * [1, -1] / extent + 1) / 2 * (SIZE - 1)


def lattice(extent: float) -> np.ndarray:
    """Return the places (FIELDS², 2) at which D is asked, row by row from the top left corner."""
    line = np.linspace(-extent, extent, FIELDS)
    x, y = np.meshgrid(line, line[::-1])
    return np.stack([x, y], axis=-1).reshape(-1, 2).astype(np.float32)


def heat(shares: np.ndarray) -> np.ndarray:
    """Draw D's verdicts (FIELDS²,) in [0, 1], 1 for real: (SIZE, SIZE, 3). What is not finite is grey."""
    shares = shares.reshape(FIELDS, FIELDS)
    good = np.isfinite(shares)
    levels = np.where(good, np.nan_to_num(shares).clip(0, 1), 0.5) * 255
    small = palette()[levels.round().astype(int)]
    small[~good] = 128
    return np.array(Image.fromarray(small).resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def disc(radius: float) -> np.ndarray:
    """Return the offsets (K, 2) of a disc's pixels: column, row."""
    reach = int(np.ceil(radius))
    line = np.arange(-reach, reach + 1)
    column, row = np.meshgrid(line, line)
    inside = column**2 + row**2 <= radius**2
    return np.stack([column[inside], row[inside]], axis=1)


def stamp(picture: np.ndarray, places: np.ndarray, colour: str, radius: float) -> None:
    """Draw a disc at each place (N, 2), in pixels, that lies in the picture (changed in place)."""
    spots = (places.round().astype(int)[:, None] + disc(radius)).reshape(-1, 2)
    inside = ((spots >= 0) & (spots < SIZE)).all(axis=1)
    picture[spots[inside, 1], spots[inside, 0]] = rgb(colour)


def dots(picture: np.ndarray, places: np.ndarray, colour: str, radius: float) -> None:
    """Draw discs with a white rim, which keeps them apart from each other and from the map."""
    stamp(picture, places, "#ffffff", radius + 1)
    stamp(picture, places, colour, radius)


def lines(picture: np.ndarray, curves: np.ndarray, colour: str, width: int = 1) -> np.ndarray:
    """Draw curves (K, P, 2), in pixels, and return the new picture."""
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    for curve in curves.clip(-SIZE, 2 * SIZE):
        pen.line(curve.ravel().tolist(), fill=colour, width=width)
    return np.array(image)


def arrows(picture: np.ndarray, tails: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """Draw arrows between places (N, 2), in pixels; those shorter than two pixels are left out."""
    along = heads - tails
    length = np.linalg.norm(along, axis=1, keepdims=True)
    long = length[:, 0] >= 2
    tails, heads, along, length = tails[long], heads[long], along[long], length[long]
    unit = along / length
    side = unit[:, ::-1] * [-1, 1]
    barb = np.minimum(0.4 * length, 5.0)
    left, right = heads - barb * unit + 0.6 * barb * side, heads - barb * unit - 0.6 * barb * side
    return lines(picture, np.stack([tails, heads, left, heads, right], axis=1), ARROW)


@cache
def legend() -> np.ndarray:
    """Return the line of explanations at the foot of the picture: (22, SIZE, 3)."""
    strip = np.full((22, SIZE, 3), 255, np.uint8)
    strip[5:17, 214:294] = palette()[np.linspace(0, 255, 80).astype(int)]
    for x, colour in ((12, plots.REAL), (78, plots.GAN)):
        spots = np.array([[x, 11]]) + disc(4)
        strip[spots[:, 1], spots[:, 0]] = rgb(colour)
    image = Image.fromarray(strip)
    pen = ImageDraw.Draw(image)
    entries = ((22, "data"), (88, "G(z)"), (158, "D: fake"), (300, "real"), (346, "→ pull on a sample"))
    for x, words in entries:
        pen.text((x, 11), words, fill=INK, font=font(12), anchor="lm")
    return np.array(image)


def draw_plane(
    *,
    verdicts: np.ndarray | None,
    data: np.ndarray,
    samples: np.ndarray,
    pulls: np.ndarray | None,
    net: np.ndarray | None,
    extent: float,
) -> np.ndarray:
    """Draw the plane from −extent to extent: (SIZE, SIZE, 3), uint8.

    verdicts: D's, in [0, 1], at `lattice(extent)`, or None.  data: (N, 2).  samples: (M, 2).
    pulls: (P, 2), which way and how far each of the first P samples is drawn, or None.
    net: (K, L, 2), lines of the plane of z as G maps them, or None.
    """
    picture = np.full((SIZE, SIZE, 3), 250, np.uint8) if verdicts is None else heat(verdicts)
    if net is not None:
        picture = lines(picture, np.stack([to_pixels(line, extent) for line in net]), NET)
    stamp(picture, to_pixels(data, extent), plots.REAL, 1.5)
    if pulls is not None:
        tails = samples[: len(pulls)]
        picture = arrows(picture, to_pixels(tails, extent), to_pixels(tails + pulls, extent))
    dots(picture, to_pixels(samples, extent), plots.GAN, 2.5)
    picture[-22:] = legend()
    return picture
