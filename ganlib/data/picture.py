"""One picture file of whatever kind as an RGB square: upright, on white, with the right white."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

WHITES = (1.0, 255.0, 4095.0, 65535.0)  # full scales of floats, 8, 12 and 16 bits
LARGEST = 90_000_000  # pixels to unpack at once: 270 MB, and several threads do it
MIN_IS_WHITE = 0  # TIFF's PhotometricInterpretation (tag 262) of pictures whose least value is white


@dataclass(frozen=True)
class Deep:
    """A grey picture of more than 8 bits, (size, size) float32; which value is white, only its folder tells."""

    values: np.ndarray
    low: float
    high: float
    kind: str  # "f" for floats, "i" for whole numbers


def read_square(path: Path, size: int) -> np.ndarray | Deep:
    """Read one file's first frame, cropped to its middle square: (size, size, 3) uint8, or `Deep`.

    It is turned as its EXIF orientation says; what is transparent shows white.

    Raises:
        Exception: whatever Pillow raises for a damaged file, which can be nearly anything; `reason` puts it into words.
    """
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        picture.draft("RGB", (2 * size, 2 * size))  # JPEG alone: unpacks a half, a quarter or an eighth of each side
        if picture.width * picture.height > LARGEST:
            raise ValueError("too many pixels")
        inverted = getattr(picture, "tag_v2", {}).get(262) == MIN_IS_WHITE
        picture = ImageOps.exif_transpose(picture)
        if picture.mode == "F" or picture.mode.startswith("I"):
            return _deep(picture, size, inverted)
        return np.asarray(ImageOps.fit(_on_white(picture), (size, size)))


def _on_white(picture: Image.Image) -> Image.Image:
    """Return a picture of at most 8 bits a channel as RGB, what is transparent in it white."""
    from PIL import Image, ImageCms

    if picture.mode == "LAB":
        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return cast("Image.Image", ImageCms.profileToProfile(picture, lab, rgb, outputMode="RGB"))  # None: in place
    if picture.mode == "La":  # alpha multiplied in; Pillow knows only this way out of it
        picture = picture.convert("LA")
    entries = picture.palette.mode if picture.palette else ""
    if not (picture.mode + entries).lower().endswith("a") and "transparency" not in picture.info:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def _deep(picture: Image.Image, size: int, inverted: bool) -> Deep:
    """Scale a grey picture of more than 8 bits without losing any."""
    from PIL import Image, ImageOps

    array = np.asarray(picture)
    kind, values = ("f" if array.dtype.kind == "f" else "i"), array.astype(np.float32)
    seen = np.isfinite(values)
    if "transparency" in picture.info:
        seen &= values != picture.info["transparency"]
    low, high = (float(values[seen].min()), float(values[seen].max())) if seen.any() else (0.0, 0.0)
    values[~np.isfinite(values)] = min(low, 0.0)
    if "transparency" in picture.info:
        high = white(low, high)
        values[~seen] = high
    if inverted:
        values, low, high = white(low, high) - values, white(low, high) - high, white(low, high) - low
    return Deep(np.asarray(ImageOps.fit(Image.fromarray(values), (size, size))), low, high, kind)


def white(low: float, high: float) -> float:
    """Return the value that is white: the smallest usual full scale that holds `high`; without one, `high` itself."""
    return next((scale for scale in WHITES if low >= 0 and high <= scale), high)


def brought_to_bytes(squares: list[np.ndarray | Deep]) -> np.ndarray:
    """Return all squares as (N, size, size, 3) uint8.

    Deep pictures of one kind share their white, so that a dark one stays darker than a bright one: see `white`. Black
    is 0, or the smallest value of all if some are negative or above 65,535.
    """
    for kind in ("f", "i"):
        deep = [square for square in squares if isinstance(square, Deep) and square.kind == kind]
        if not deep:
            continue
        low, high = min(square.low for square in deep), max(square.high for square in deep)
        top = white(low, high)
        bottom = 0.0 if top in WHITES and low >= 0 else low
        squares = [_to_bytes(s, bottom, top) if isinstance(s, Deep) and s.kind == kind else s for s in squares]
    return np.stack(cast("list[np.ndarray]", squares))  # none is `Deep` any more


def _to_bytes(square: Deep, bottom: float, top: float) -> np.ndarray:
    shares = (square.values - bottom) / max(top - bottom, 1e-12)
    return np.repeat((shares.clip(0, 1) * 255).round().astype(np.uint8)[..., None], 3, axis=-1)


def reason(error: Exception) -> str:
    """Say in a few words why a file cannot be read."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "not a picture, or of a kind that is not known here: save it as JPEG or PNG"
    if isinstance(error, Image.DecompressionBombError):
        return "too many pixels"
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return text.splitlines()[0]
