"""How many of the data's modes does a generator cover? Measures for mixtures whose modes are known."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch

from ganlib.data.mixtures import GaussianMixture

SAMPLES = 2500  # on which Lin et al. 2018 measure
NEAR = 3.0  # standard deviations within which a sample is good


@dataclass(frozen=True)
class Coverage:
    """What samples show of a mixture's modes.

    modes: how many are covered (`covered`).  good: share of samples within three sigma of a mode's centre.
    entropy: of the shares of the modes, in nats: log K if they are equal, 0 if there is one.
    reverse_kl: sum_k q_k log(q_k / w_k) of the samples' shares q from the true weights w, in nats; 0 if they agree.
    """

    modes: int
    good: float
    entropy: float
    reverse_kl: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}


def nearest_mode(samples: torch.Tensor, mixture: GaussianMixture) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the distance to the nearest mode's centre, in sigmas, and that mode: (..., N, d) -> (..., N), (..., N)."""
    distance = torch.cdist(samples, mixture.means.to(samples), compute_mode="donot_use_mm_for_euclid_dist")
    nearest = distance.min(-1)
    return nearest.values / mixture.sigma, nearest.indices


def covered(good: torch.Tensor, modes: int, samples: int, least: float = 0.0) -> int:
    """Count the modes that have enough good samples; good: (M,), the mode of each of M good ones among N `samples`.

    least: a mode is covered from this part of its fair share N / K of the samples on, and from one sample on in any
    case. With 0, one sample is enough (Lin et al. 2018), and noise covers much.
    """
    enough = max(1.0, least * samples / modes)
    return int((torch.bincount(good, minlength=modes) >= enough).sum())


def coverage(samples: torch.Tensor, mixture: GaussianMixture, *, least: float = 0.0) -> Coverage:
    """Measure samples (N, d) against the modes of a mixture (Srivastava et al. 2017; Lin et al. 2018, section 4).

    A sample counts for the mode that it is nearest to, and is good within three sigma of it. In the plane a perfect
    generator has 1 - exp(-9/2) = 98.9 % good samples. Samples that are not finite are counted as bad, in no mode.
    least: as for `covered`.

    Raises:
        ValueError: if there are no samples, or they have another dimension than the mixture.
    """
    if samples.ndim != 2 or not len(samples) or samples.shape[1] != mixture.means.shape[1]:
        raise ValueError(f"need samples (N, {mixture.means.shape[1]}) with N > 0, not {tuple(samples.shape)}")
    finite = samples[samples.isfinite().all(1)]
    sigmas, mode = nearest_mode(finite, mixture)
    good = sigmas <= NEAR
    kinds = len(mixture.means)
    counts = torch.bincount(mode, minlength=kinds).cpu().double()
    share = counts / counts.sum().clamp(min=1)
    lost = not len(finite)  # then the farthest that samples can be from the weights
    return Coverage(
        modes=covered(mode[good], kinds, len(samples), least),
        good=float(good.sum()) / len(samples),
        entropy=float(torch.special.entr(share).sum()),
        reverse_kl=float(-mixture.weights.min().log() if lost else _relative_entropy(share, mixture.weights.cpu())),
    )


def _relative_entropy(q: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    return torch.special.xlogy(q, q / p).sum()
