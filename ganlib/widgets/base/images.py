"""What is wrong with a generator's images, and a picture as an enlarged PNG."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image


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


def beneath(*images: Image.Image, gap: int = 8) -> Image.Image:
    """Lay images one below the other on white."""
    sheet = Image.new("RGB", (max(i.width for i in images), sum(i.height + gap for i in images) - gap), "white")
    top = 0
    for image in images:
        sheet.paste(image, (0, top))
        top += image.height + gap
    return sheet


def side_by_side(*images: Image.Image, gap: int = 12) -> Image.Image:
    """Lay images beside each other on white."""
    sheet = Image.new("RGB", (sum(i.width + gap for i in images) - gap, max(i.height for i in images)), "white")
    left = 0
    for image in images:
        sheet.paste(image, (left, 0))
        left += image.width + gap
    return sheet


def png(image: Image.Image) -> bytes:
    """Encode an image as PNG; RGB is reduced to 256 colours, a third of the size, which may merge neighbouring greys.

    Where they must stay apart, hand in RGBA: it is kept as it is.
    """
    stream = io.BytesIO()
    if image.mode == "RGB":
        image = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()
