"""Has a generator learned its training pictures by heart? A rank test of distances that can be failed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from ganlib.metrics import nearest_neighbours

COPIES, DOUBT = 0.65, 3.0  # share and z-score from which on we speak of copies


@dataclass(frozen=True)
class Copying:
    """Distances to the nearest training picture: of samples and of real pictures that were held out.

    share: of all pairs of a sample and a held-out picture, in how many the sample lies nearer to the training set;
        one half if the samples are as new as new data.  z: by how many standard errors share differs from one half
        (Mann and Whitney 1947).  samples, held_out: median distances.
    """

    share: float
    z: float
    samples: float
    held_out: float

    @property
    def copies(self) -> bool:
        """Whether the samples lie nearer to the training set than new data do, by much and not by chance."""
        return self.share > COPIES and self.z > DOUBT

    def __str__(self) -> str:
        verdict = "COPIES" if self.copies else "no copies"
        return (
            f"nearer than held-out data in {self.share:.0%} of pairs (z = {self.z:+.1f}), median distance "
            f"{self.samples:.2f} against {self.held_out:.2f}: {verdict}"
        )


def copying(samples: torch.Tensor, train: torch.Tensor, held_out: torch.Tensor) -> Copying:
    """Compare samples' distances to the training set with those of held-out pictures (Meehan et al. 2020, section 2).

    samples: (N, ...), train: (M, ...), held_out: (K, ...), pixels or features alike. A generator whose pictures are
    far from everything, noise for instance, passes this test: it only finds copies.

    Raises:
        ValueError: if there are fewer than 20 samples or held-out pictures.
    """
    if min(len(samples), len(held_out)) < 20:
        raise ValueError(f"need at least 20 samples and 20 held-out pictures, not {len(samples)} and {len(held_out)}")
    near, near_new = (nearest_neighbours(x, train)[0].cpu().double() for x in (samples, held_out))
    share = float((near[:, None] < near_new).double().mean() + 0.5 * (near[:, None] == near_new).double().mean())
    spread = math.sqrt((len(near) + len(near_new) + 1) / (12 * len(near) * len(near_new)))
    return Copying(share, (share - 0.5) / spread, float(near.median()), float(near_new.median()))
