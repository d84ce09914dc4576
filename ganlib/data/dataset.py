"""The one shape in which every data set of the course comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Dataset:
    """Hold a whole set of images on one device.

    images: (N, C, H, W) float32 in [-1, 1] (-1 is the background of a digit, 1 its ink).
    labels: (N,) int64, or None.
    classes: the name of each label.
    attributes: further facts by name, each a tensor of length N.
    names: for attributes that are choices, the name of each choice.
    segments: (N, H, W) uint8, the part that each pixel shows, or None.  parts: the name of each part.
    masks: by name of a fine detail, (N, H, W) bool, the pixels that show it.
    """

    name: str
    images: torch.Tensor
    labels: torch.Tensor | None = None
    classes: tuple[str, ...] = ()
    attributes: dict[str, torch.Tensor] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    segments: torch.Tensor | None = None
    parts: tuple[str, ...] = ()
    masks: dict[str, torch.Tensor] = field(default_factory=dict)

    def __post_init__(self):
        if self.images.ndim != 4 or not self.images.is_floating_point():
            raise ValueError(f"images must be a float tensor (N, C, H, W), not {self.images.dtype} {self.images.shape}")
        maps = {"segments": self.segments, **self.masks}
        for what, tensor in {"labels": self.labels, **self.attributes, **maps}.items():
            if tensor is not None and len(tensor) != len(self.images):
                raise ValueError(f"{what} has {len(tensor)} entries for {len(self.images)} images")
        for what, tensor in maps.items():
            if tensor is not None and tensor.shape[1:] != self.images.shape[2:]:
                raise ValueError(f"{what} must be as high and wide as the images, not {tuple(tensor.shape)}")

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        n, c, h, w = self.images.shape
        labels = f", {len(self.classes)} classes" if self.classes else ""
        return f"Dataset({self.name}: {n:,} images, {c}x{h}x{w}{labels}, on {self.images.device})"

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of every image."""
        _, channels, height, width = self.images.shape
        return channels, height, width

    def take(self, index: torch.Tensor) -> Dataset:
        """Return the images at `index` (positions or a mask) as a data set, with all that is known of them."""
        index = index.to(self.images.device)
        return self._each(lambda values: values[index])

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Dataset:
        """Return the set with every tensor of length N changed."""
        return replace(
            self,
            images=change(self.images),
            labels=None if self.labels is None else change(self.labels),
            attributes={name: change(values) for name, values in self.attributes.items()},
            segments=None if self.segments is None else change(self.segments),
            masks={name: change(mask) for name, mask in self.masks.items()},
        )

    def sample(self, n: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Draw `n` images with replacement: (n, C, H, W). `generator` must live on the images' device."""
        return self.images[torch.randint(len(self), (n,), generator=generator, device=self.images.device)]

    def to(self, device: torch.device | str) -> Dataset:
        """Return the set with all tensors on `device`."""
        return self._each(lambda values: values.to(device))

    def resized(self, size: int) -> Dataset:
        """Return the set with square images of `size` pixels, anti-aliased when they shrink.

        A pixel of `segments` then shows what its middle showed; one of a mask, whether any of it showed the detail.

        Raises:
            ValueError: if `size` is not positive.
        """
        if size < 1:
            raise ValueError(f"size must be at least 1 pixel, not {size}")
        if self.images.shape[-2:] == (size, size):
            return self
        # on the CPU: Apple's GPUs shrink without anti-aliasing alone, and take maxima only of equal blocks
        images = F.interpolate(self.images.cpu(), size=(size, size), mode="bilinear", antialias=True)
        maps = {} if self.segments is None else {"segments": _nearest(self.segments, size)}
        masks = {name: _any(mask, size) for name, mask in self.masks.items()}
        return replace(self, images=images.clamp(-1, 1).to(self.images.device), masks=masks, **maps)


def _nearest(segments: torch.Tensor, size: int) -> torch.Tensor:
    """Resize a map of parts without mixing their numbers: (N, H, W) -> (N, size, size)."""
    return F.interpolate(segments[:, None], size=(size, size), mode="nearest-exact")[:, 0]


def _any(mask: torch.Tensor, size: int) -> torch.Tensor:
    """Resize a mask so that no marked pixel is lost: (N, H, W) bool -> (N, size, size) bool."""
    return (F.adaptive_max_pool2d(mask[:, None].cpu().float(), size)[:, 0] > 0).to(mask.device)


def augmented(
    data: Dataset,
    copies: int = 8,
    *,
    shift: float = 1.5,
    rotate: float = 8.0,
    zoom: float = 0.08,
    fill: float = -1.0,
    seed: int = 0,
) -> Dataset:
    """Return `copies` randomly moved versions of every image, the first of them unmoved; segments and masks go.

    shift: largest move in pixels, each axis.  rotate: largest turn in degrees.  zoom: largest relative change of size.
    All three are uniform. fill: the value of what moves in from outside (-1 is a digit's background).
    Small sets need this: a discriminator soon knows them by heart. `seed` makes it repeatable and leaves torch's own
    stream alone.

    Raises:
        ValueError: if `copies` is less than 1.
    """
    if copies < 1:
        raise ValueError(f"copies must be at least 1, not {copies}")
    generator = torch.Generator().manual_seed(seed)
    n, ink = len(data), data.images - fill
    images = data.images.repeat(copies, 1, 1, 1)
    for copy in range(1, copies):
        torch.add(_move(ink, shift, rotate, zoom, generator), fill, out=images[copy * n : (copy + 1) * n])
    return replace(
        data,
        images=images,
        labels=None if data.labels is None else data.labels.repeat(copies),
        attributes={name: torch.cat([values] * copies) for name, values in data.attributes.items()},
        segments=None,
        masks={},
    )


def _move(images, shift, rotate, zoom, generator):
    """Turn, zoom and shift each image by its own random amounts: (N, C, H, W) -> (N, C, H, W)."""
    n, _, height, width = images.shape
    amounts = torch.rand(4, n, generator=generator).mul(2).sub(1).to(images.device)
    angle = amounts[0] * torch.pi * rotate / 180
    scale = 1 + amounts[1] * zoom
    theta = torch.stack(
        [
            torch.stack([scale * angle.cos(), -scale * angle.sin(), amounts[2] * 2 * shift / width], dim=1),
            torch.stack([scale * angle.sin(), scale * angle.cos(), amounts[3] * 2 * shift / height], dim=1),
        ],
        dim=1,
    )
    where = F.affine_grid(theta, images.shape, align_corners=False)
    return F.grid_sample(images, where, mode="bilinear", padding_mode="zeros", align_corners=False)
