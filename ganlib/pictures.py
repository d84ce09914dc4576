"""From a network's floats to uint8 pictures: the one way that films, figures and widgets share."""

from __future__ import annotations

import base64
import html
import math

import numpy as np
import torch

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


def as_html(png: bytes, alt: str, **attributes: str) -> str:
    """Return a PNG as an HTML image: the one form of output whose alternative text reaches every page.

    JupyterLab, Notebook 7 and nbconvert show the output type image/png without the text that its metadata hold.
    attributes: further ones of the element; an underscore stands for a hyphen, as in class_ or data_view.

    Raises:
        ValueError: if `alt` is empty.
    """
    if not alt.strip():
        raise ValueError("alt must say in a sentence what the picture shows")
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()} | {"alt": alt}
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in named.items())
    return f'<img {written} src="data:image/png;base64,{base64.b64encode(png).decode()}">'
