"""A small rasteriser: a batch of pictures at a time, anti-aliased, and the same to the last bit on every machine.

Only + − × ÷, square roots, comparisons and floor are used, elementwise, in NumPy: IEEE 754 fixes the result of each of
them, so no processor may round differently (sin, exp or a sum over pixels could). Random numbers are the raw output
of PCG64, which NumPy promises never to change. Lengths are in 64ths of the picture's side, x to the right, y down.
"""

from __future__ import annotations

from copy import copy

import numpy as np

UNITS = 64  # the side of every picture, in drawing units


def uniform(count: int, columns: int, *key: int) -> np.ndarray:
    """Return numbers in [0, 1) with 24 random bits each, fixed by the whole numbers `key`: (count, columns) float32."""
    bits = np.random.PCG64(np.random.SeedSequence(key)).random_raw(count * columns)
    return ((bits >> np.uint64(40)).astype(np.float32) / np.float32(2**24)).reshape(count, columns)


def pick(u: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Turn uniform numbers into choices: k comes weights[…, k] times in weights.sum(): (N,) -> (N,) int64.

    weights: whole numbers, (K,) or (N, K).
    """
    edges = np.cumsum(weights, axis=-1)
    return (u.astype(np.float64)[:, None] * edges[..., -1:] >= edges[..., :-1]).sum(axis=-1).astype(np.int64)


class Canvas:
    """Hold a batch of pictures while they are drawn, with the part and the fine details that each pixel shows.

    values: by name, one number (N,) or several (N, K) a picture; `canvas["smile"]` gives them as (N, 1, 1).
    rgb: (3, N, size, size) float32 in [0, 1].  parts: (N, size, size) uint8.  masks: by name, (N, size, size) float32.
    """

    def __init__(self, values: dict[str, np.ndarray], size: int, masks: tuple[str, ...] = ()):
        count = len(next(iter(values.values())))
        self.values, self.size, self.pixel = values, size, np.float32(UNITS / size)
        self.rgb = np.zeros((3, count, size, size), np.float32)
        self.parts = np.zeros((count, size, size), np.uint8)
        self.masks = {name: np.zeros((count, size, size), np.float32) for name in masks}
        self.marked: set[str] = set()  # masks that are no longer empty
        line = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * self.pixel
        self.x, self.y = line[None, None, :], line[None, :, None]
        self.rows, self.zoom = np.arange(count), (0.0, 0.0, 1.0)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.column(self.values[name])

    def column(self, values: np.ndarray) -> np.ndarray:
        """Return one number a picture in a shape that goes with grids of pixels: (N,) -> (rows, 1, 1)."""
        return values[self.rows, None, None]

    def only(self, mask: np.ndarray) -> Canvas:
        """Return a view of those pictures where `mask`, (N,) bool, holds: what is painted there lands here."""
        part = copy(self)
        part.rows = self.rows[mask[self.rows]]
        return part

    def turned(self, centre: tuple, scale: float, slope: np.ndarray, shift: np.ndarray) -> Canvas:
        """Return a view for a part of the picture that moves and turns as a whole.

        Its x and y are counted from `centre` + (shift, 0), in units `scale` times as large, and turned by the angle
        2·arctan(slope). slope, shift: (N,).
        """
        slope, part = slope[:, None, None], copy(self)
        cosine, sine = (1 - slope * slope) / (1 + slope * slope), 2 * slope / (1 + slope * slope)
        x, y = self.x - np.float32(centre[0]) - shift[:, None, None], self.y - np.float32(centre[1])
        x, y = x / np.float32(scale), y / np.float32(scale)
        part.x, part.y = cosine * x + sine * y, cosine * y - sine * x
        part.pixel, part.zoom = self.pixel / np.float32(scale), (*centre, scale)
        return part

    def window(self, left: float = 0, top: float = 0, right: float = UNITS, bottom: float = UNITS) -> Window:
        """Return the pixels of a rectangle of the picture, the smaller the quicker to paint in.

        In a turned view, the rectangle is counted from the centre.
        """
        x, y, scale = self.zoom
        edges = np.array([x + left * scale, x + right * scale, y + top * scale, y + bottom * scale]) * self.size / UNITS
        low, high = np.floor(edges[::2]), np.ceil(edges[1::2])
        columns, rows = (slice(max(0, int(a)), min(self.size, int(b))) for a, b in zip(low, high))
        return Window(self, rows, columns)

    def pictures(self) -> np.ndarray:
        """Return the pictures as (N, 3, size, size) uint8."""
        levels = np.floor(np.clip(self.rgb, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
        return np.ascontiguousarray(levels.transpose(1, 0, 2, 3))


class Window:
    """Paint in a rectangle of a canvas: shapes are signed distances in drawing units, negative inside."""

    def __init__(self, canvas: Canvas, rows: slice, columns: slice):
        self.canvas, self.pixel = canvas, canvas.pixel
        self.whole = len(canvas.rows) == canvas.rgb.shape[1]
        self.index = (slice(None) if self.whole else canvas.rows, rows, columns)
        self.x, self.y = self._cut(canvas.x), self._cut(canvas.y)

    def _cut(self, grid: np.ndarray) -> np.ndarray:
        """Cut the window out of a grid of coordinates, of which any axis may have length 1."""
        return grid[tuple(part if length > 1 else slice(None) for part, length in zip(self.index, grid.shape))]

    def fill(self, distance: np.ndarray) -> np.ndarray:
        """Return how much of each pixel a shape covers, 0 to 1, from its signed distance."""
        return np.clip(np.float32(0.5) - distance / self.pixel, 0, 1)

    def stroke(self, distance: np.ndarray, half: float | np.ndarray) -> np.ndarray:
        """Return how much of each pixel a line covers, from the distance to its middle and half its width."""
        return np.clip(
            (half - np.abs(distance)) / self.pixel + np.float32(0.5), 0, np.minimum(1, 2 * half / self.pixel)
        )

    def paint(self, cover: np.ndarray, colour, part: int | None = None) -> None:
        """Lay a colour over the picture; details below disappear. colour: three numbers, or three (rows, 1, 1)."""
        for plane, value in zip(self.canvas.rgb, colour):
            old = plane[self.index]
            change = value - old
            change *= cover
            old += change
            self._put(plane, old)
        self.label(cover, part)
        if self.canvas.marked:
            left = 1 - cover
        for name in self.canvas.marked:
            self.canvas.masks[name][self.index] *= left

    def _put(self, plane: np.ndarray, new: np.ndarray) -> None:
        """Write what was changed back: where all pictures are painted, `new` is the plane's own memory."""
        if not self.whole:
            plane[self.index] = new

    def shade(self, cover: np.ndarray, amount: float | np.ndarray) -> None:
        """Darken (amount > 0) towards a warm shadow or lighten (amount < 0) what is there."""
        for plane, tint in zip(self.canvas.rgb, (0.8, 1.0, 0.95)):
            plane[self.index] = plane[self.index] * (1 - cover * (amount * np.float32(tint)))

    def label(self, cover: np.ndarray, part: int | None) -> None:
        """Write the number of a part into the pixels of which the shape covers half."""
        if part is not None:
            old = self.canvas.parts[self.index]
            np.copyto(old, np.uint8(part), where=cover >= np.float32(0.5))
            self._put(self.canvas.parts, old)

    def mark(self, name: str, cover: np.ndarray) -> None:
        """Add to the mask of a fine detail."""
        self.canvas.marked.add(name)
        mask = self.canvas.masks[name]
        mask[self.index] = np.maximum(mask[self.index], cover)


def ellipse(x, y, centre_x, centre_y, radius_x, radius_y) -> np.ndarray:
    """Return the signed distance to an ellipse, nearly: k₀(k₀ − 1)/k₁ with k₀ = |p/r|, k₁ = |p/r²|."""
    a, b = (x - centre_x) / radius_x, (y - centre_y) / radius_y
    k0 = np.sqrt(a * a + b * b)
    a, b = a / radius_x, b / radius_y
    return k0 * (k0 - 1) / np.sqrt(a * a + b * b + np.float32(1e-6))


def circle(x, y, centre_x, centre_y, radius) -> np.ndarray:
    """Return the signed distance to a circle."""
    a, b = x - centre_x, y - centre_y
    return np.sqrt(a * a + b * b) - radius


def box(x, y, centre_x, centre_y, half_x, half_y, round_by=0.0) -> np.ndarray:
    """Return the signed distance to a rectangle with rounded corners."""
    a, b = np.abs(x - centre_x) - (half_x - round_by), np.abs(y - centre_y) - (half_y - round_by)
    outside_x, outside_y = np.maximum(a, 0), np.maximum(b, 0)
    return np.sqrt(outside_x * outside_x + outside_y * outside_y) + np.minimum(np.maximum(a, b), 0) - round_by


def segment(x, y, x0, y0, x1, y1) -> np.ndarray:
    """Return the distance to a straight line from (x0, y0) to (x1, y1)."""
    a, b, p, q = x1 - x0, y1 - y0, x - x0, y - y0
    along = np.clip((p * a + q * b) / (a * a + b * b + np.float32(1e-6)), 0, 1)
    p, q = p - along * a, q - along * b
    return np.sqrt(p * p + q * q)


def arch(x, y, centre_x, centre_y, half, rise) -> np.ndarray:
    """Return the distance, nearly, to a parabola y = centre_y + rise·t², t = (x − centre_x)/half, |t| ≤ 1."""
    t = np.clip((x - centre_x) / half, -1, 1)
    over, slope = x - centre_x - t * half, 2 * rise * t / half
    down = (y - centre_y - rise * t * t) / np.sqrt(1 + slope * slope)
    return np.sqrt(over * over + down * down)


def wave(t: np.ndarray) -> np.ndarray:
    """Return a smooth wave of period 1 between −1 and 1, made of parabolas: 0 at 0, 1 at ¼, −1 at ¾."""
    t = t - np.floor(t)
    return np.where(t < 0.5, 16 * t * (np.float32(0.5) - t), -16 * (t - np.float32(0.5)) * (1 - t))


def table(*codes: str) -> np.ndarray:
    """Turn colour codes like "ffcc00" into numbers: (len(codes), 3) float32 in [0, 1]."""
    return np.array([list(bytes.fromhex(code)) for code in codes], np.float32) / np.float32(255)


def hue(canvas: Canvas, colours: np.ndarray, name: str, dark: float = 0.0) -> list[np.ndarray]:
    """Return the colour that an attribute picks from a table, darker by a share: three (rows, 1, 1)."""
    rows = colours[canvas.values[name]] * np.float32(1 - dark)
    return [canvas.column(rows[:, channel]) for channel in range(3)]


def blend(colours, other, share: float) -> list[np.ndarray]:
    """Mix a share of another colour in."""
    return [one + np.float32(share) * (two - one) for one, two in zip(colours, other)]
