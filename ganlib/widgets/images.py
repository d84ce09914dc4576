"""From a generator's floats to one uint8 picture: tiles, and what is wrong with them."""

from __future__ import annotations

import io
import math

import numpy as np
import torch
from PIL import Image

GAP = 1  # pixels between two tiles
PAPER = 255  # their grey value


def square_grid(count: int) -> tuple[int, int]:
    """Return (rows, columns) of the squarest grid that holds `count` tiles, wider rather than higher."""
    columns = math.ceil(math.sqrt(count))
    return math.ceil(count / columns), columns


def tile(images: torch.Tensor, rows: int, columns: int) -> np.ndarray:
    """Lay uint8 images (N, C, H, W), C = 1 or 3, out row by row: (rows·(H+1)−1, columns·(W+1)−1[, 3]).

    Raises:
        ValueError: if there are more images than places, or if C is neither 1 nor 3.
    """
    N, C, H, W = images.shape
    if C not in (1, 3):
        raise ValueError(f"images have 1 channel (grey) or 3 (red, green, blue), not {C}")
    if rows * columns < N:
        raise ValueError(f"{N} images do not fit into {rows} rows of {columns}")
    cells = images.new_full((rows * columns, C, H + GAP, W + GAP), PAPER)
    cells[:N, :, :H, :W] = images
    sheet = cells.unflatten(0, (rows, columns)).permute(0, 3, 1, 4, 2).reshape(rows * (H + GAP), columns * (W + GAP), C)
    sheet = sheet[:-GAP, :-GAP].cpu().numpy()
    return sheet[:, :, 0] if C == 1 else sheet


def to_uint8(images: torch.Tensor) -> torch.Tensor:
    """Map floats in [−1, 1] to 0…255, clipping what lies outside; where a number is not finite, draw stripes."""
    scaled = images.float().mul(127.5).add_(128).clamp_(0, 255)
    finite = images.isfinite()
    if not finite.all():
        row = torch.arange(images.shape[-2], device=images.device)[:, None]
        column = torch.arange(images.shape[-1], device=images.device)
        scaled = torch.where(finite, scaled, 96.0 + 96.0 * ((row + column) // 2 % 2))
    return scaled.to(torch.uint8)


def faults(images: torch.Tensor) -> str:
    """Say what is wrong with images (N, C, H, W): numbers not finite, flat images, all the same; "" if nothing is."""
    N = len(images)
    low, high = images.float().flatten(1).aminmax(dim=1)
    low, high = low.cpu(), high.cpu()
    broken = int((~(low.isfinite() & high.isfinite())).sum())
    if broken:
        return f"{broken} of {N} images hold NaN or infinite numbers (drawn as stripes): the generator has diverged."
    flat = int((high - low < 1 / 127.5).sum())
    if flat:
        return f"{flat} of {N} images are constant: every pixel has the same value (the first image's: {low[0]:.2f})."
    same = N > 1 and bool((low == low[0]).all()) and bool((images == images[:1]).all())
    return f"All {N} images are the same picture." if same else ""


def enlarge(pixels: np.ndarray, width: int) -> Image.Image:
    """Return a picture as an image at least as wide as it is and about `width` pixels, by whole pixel repetition."""
    times = max(1, round(width / pixels.shape[1]))
    image = Image.fromarray(pixels)
    return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)


def png(image: Image.Image) -> bytes:
    """Encode an image as PNG."""
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()
