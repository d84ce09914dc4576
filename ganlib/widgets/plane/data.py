"""Data in the plane for the two-dimensional GAN lab, and how well samples meet them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from ganlib.data.mixtures import GaussianMixture, grid, ring, spiral
from ganlib.metrics.modes import NEAR, covered

BRUSH = 0.05  # standard deviation of what one touch draws, in the units of the plane
TOUCH = 12  # points a touch
MOST = 3000  # points a drawing may have
FAIR = 0.2  # a mode counts as covered from this part of its fair share of the samples on


@dataclass(frozen=True)
class PlaneData:
    """Points (N, 2), the places (K, 2) that they scatter about with standard deviation sigma, and how far one looks.

    Samples within 3 sigma of a place count as good (Lin et al. 2018); with more than one dimension of spread, 99 %
    of the data do.
    """

    points: torch.Tensor
    places: torch.Tensor
    sigma: float
    extent: float = 1.25

    def measure(self, samples: torch.Tensor) -> tuple[int, float]:
        """Return how many places are covered and which share of the samples (N, 2) is good.

        A place is covered if at least FAIR of its fair share N / K of the samples, and at least one, is good and
        nearest to it. Numbers that are not finite are not good.
        """
        if not len(self.places) or not len(samples):
            return 0, 0.0
        distance, nearest = torch.cdist(samples.cpu(), self.places).min(1)
        good = distance <= NEAR * self.sigma
        return covered(nearest[good], len(self.places), len(samples), FAIR), float(good.float().mean())

    def evenness(self, samples: torch.Tensor) -> float:
        """Return the entropy of the places' shares of the samples (N, 2), over its largest value: 0 to 1.

        A sample counts for the place that it is nearest to; those that are not finite count for none.
        """
        samples = samples.cpu()[samples.cpu().isfinite().all(1)]
        if len(self.places) < 2 or not len(samples):
            return 0.0
        counts = torch.bincount(torch.cdist(samples, self.places).argmin(1), minlength=len(self.places))
        return float(torch.special.entr(counts / len(samples)).sum()) / math.log(len(self.places))


MIXTURES = {
    "ring": lambda: ring(8, radius=0.8, sigma=0.05),
    "grid": lambda: grid(5, spacing=0.4, sigma=0.03),
    "two bumps": lambda: GaussianMixture(torch.tensor([[-0.6, 0.0], [0.6, 0.0]]), 0.1),
    "spiral": spiral,
}
DRAWING = "my drawing"


def from_mixture(mixture: GaussianMixture, *, count: int = 4000, seed: int = 0) -> PlaneData:
    """Draw `count` points of a mixture in the plane.

    Raises:
        ValueError: if it does not lie in the plane.
    """
    if mixture.means.shape[1] != 2:
        raise ValueError(f"the lab needs data in the plane, (K, 2) means, not {tuple(mixture.means.shape)}")
    points = mixture.sample(count, generator=torch.Generator().manual_seed(seed))
    return PlaneData(points, mixture.means, mixture.sigma, max(1.25, 1.3 * float(mixture.means.abs().max())))


def from_points(points: torch.Tensor) -> PlaneData:
    """Take points (N, 2) as they are; each is a place of its own, as wide as the brush.

    Raises:
        ValueError: if they do not lie in the plane, or are not finite.
    """
    points = torch.as_tensor(points).detach().float().cpu()
    if points.ndim != 2 or points.shape[1] != 2 or not points.isfinite().all():
        raise ValueError(f"the lab needs points (N, 2) of finite numbers, not {tuple(points.shape)}")
    return PlaneData(points, points, BRUSH / 2, max(1.25, 1.3 * float(points.abs().max())) if len(points) else 1.25)


class Drawing:
    """Points that somebody draws: every touch scatters some about a place."""

    def __init__(self):
        self.places: list[tuple[float, float]] = []
        self.points = torch.zeros(0, 2)

    def touch(self, x: float, y: float) -> None:
        """Draw at a place; the oldest points go when there are too many."""
        source = torch.Generator().manual_seed(len(self.places))
        fresh = torch.tensor([x, y]) + BRUSH / 2 * torch.randn(TOUCH, 2, generator=source)
        self.places.append((x, y))
        self.points = torch.cat([self.points, fresh])[-MOST:]
        self.places = self.places[-(MOST // TOUCH) :]

    def data(self) -> PlaneData:
        """Return what has been drawn so far."""
        return PlaneData(self.points, torch.tensor(self.places).reshape(-1, 2), BRUSH / 2)
