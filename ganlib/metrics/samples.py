"""How good are the samples? Measures on a small classifier's features and verdicts, and in pixels.

All of them compare finite sets and have a bias that shrinks with their size: compare only figures taken with the same
numbers of images, and always beside the figure of real images against other real images.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import cast

import torch
from torch import nn

from ganlib.models.convnet import ConvNet
from ganlib.models.modes import evaluated

CHUNK = 100


@torch.no_grad()
def classify(classifier: nn.Module, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return features (N, F) and class probabilities (N, K) of images (N, C, H, W), the classifier in eval mode.

    The classifier needs a method `features` and a `head` that maps features to logits, as `ConvNet` has.
    """
    with evaluated(classifier):
        network = cast("ConvNet", classifier)  # or any other that has the two
        features = torch.cat([network.features(part) for part in images.split(CHUNK)])
        return features, network.head(features).softmax(1)


def frechet_distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """Return the Fréchet distance between Gaussians fitted to two sets of features (Dowson and Landau 1982, eq. 4).

    d^2 = |mu_a - mu_b|^2 + Tr(A + B - 2 (A B)^(1/2)), the quantity that Heusel et al. 2017 (eq. 6) call FID when the
    features are an Inception network's. The root's trace is taken as the sum of the singular values of
    A^(1/2) B^(1/2), computed from the data matrices, which is real and not negative by construction.

    a: (N, F), b: (M, F) -> d^2 >= 0, in squared units of the features.

    Raises:
        ValueError: if a set has fewer than 2 F rows (its covariance would be mostly noise), or holds NaN or infinity.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"need two feature tables of equal width, not {tuple(a.shape)} and {tuple(b.shape)}")
    for name, rows in (("first", a), ("second", b)):
        if len(rows) < 2 * rows.shape[1]:
            raise ValueError(
                f"the {name} set has {len(rows)} rows for {rows.shape[1]} features: a covariance needs at least "
                f"{2 * rows.shape[1]}; draw more samples"
            )
        if not torch.isfinite(rows).all():
            raise ValueError(f"the {name} set holds NaN or infinite features: look at its images first")
    a, b = a.cpu().double(), b.cpu().double()  # Apple's GPUs have no float64
    centred = [(rows - rows.mean(0)) / (len(rows) - 1) ** 0.5 for rows in (a, b)]
    # Tr (A B)^(1/2) is the nuclear norm of X_a X_b^T, here of the small matrix R_a R_b^T of their QR factors
    factors = [torch.linalg.qr(rows, mode="r").R for rows in centred]
    root = torch.linalg.svdvals(factors[0] @ factors[1].T).sum()
    means = (a.mean(0) - b.mean(0)).square().sum()
    total = means + centred[0].square().sum() + centred[1].square().sum() - 2 * root
    return max(float(total), 0.0)


def precision_recall(real: torch.Tensor, fake: torch.Tensor, k: int = 3) -> tuple[float, float]:
    """Return (precision, recall) by k-nearest-neighbour balls (Kynkäänniemi et al. 2019, eqs. 1-2).

    precision: the share of fakes that lie within some real point's distance to its k-th neighbour: quality.
    recall: the share of real points within some fake's ball: variety.
    real: (N, F), fake: (M, F) features.

    Raises:
        ValueError: if a set has no k neighbours.
    """
    if min(len(real), len(fake)) <= k:
        raise ValueError(f"need more than k={k} points in each set, not {len(real)} and {len(fake)}")
    real, fake = real.cpu().double(), fake.cpu().double()
    return _inside(real, fake, k), _inside(fake, real, k)


def _inside(centres: torch.Tensor, points: torch.Tensor, k: int) -> float:
    """Return the share of points that lie in a ball around a centre whose radius is that to its k-th neighbour."""
    radius = _distances(centres, centres).kthvalue(k + 1, dim=1).values  # the nearest is the centre itself
    return float((_distances(points, centres) <= radius).any(1).double().mean())


def _distances(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return Euclidean distances (N, M), without the loss of digits of the |a|^2 + |b|^2 - 2ab shortcut."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def class_shares(probabilities: torch.Tensor) -> torch.Tensor:
    """Return the share of images that the classifier gives to each class: (N, K) -> (K,), sum 1."""
    votes = probabilities.argmax(1).cpu()
    return torch.bincount(votes, minlength=probabilities.shape[1]).double() / len(votes)


def classes_covered(probabilities: torch.Tensor, least: float = 0.02) -> int:
    """Count the classes that get at least the share `least` of the images."""
    return int((class_shares(probabilities) >= least).sum())


def class_entropy(probabilities: torch.Tensor) -> float:
    """Return the entropy of the class shares in nats: log K if all K are equally frequent, 0 if there is only one."""
    shares = class_shares(probabilities)
    return float(torch.special.entr(shares).sum())


def mean_confidence(probabilities: torch.Tensor) -> float:
    """Return the mean of the largest class probability: (N, K) -> between 1/K and 1."""
    return float(probabilities.max(1).values.cpu().double().mean())


def confusion(classifier: nn.Module, images: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Count how often class i was asked for and class j is read: images (N, C, H, W), y (N,) -> (K, K), and (N,).

    The first is the confusion matrix of whole numbers, asked down and read across; the second what is read.
    """
    _, probabilities = classify(classifier, images)
    K, read = probabilities.shape[1], probabilities.argmax(1)
    return torch.bincount(K * y + read, minlength=K * K).view(K, K).cpu(), read


def psnr(images: torch.Tensor, truth: torch.Tensor) -> float:
    """Return the peak signal-to-noise ratio of images in [-1, 1], in decibels: 10 log10(2^2 / mean squared error)."""
    error = (images - truth).square().cpu().double().mean()
    return float(10 * (4 / error).log10())


def nearest_neighbours(queries: torch.Tensor, references: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Find for each query the nearest reference: (N, ...), (M, ...) -> distances (N,), positions (N,).

    Euclidean distance over all entries (pixels, if images are given).

    Raises:
        ValueError: if there is no reference.
    """
    if len(references) == 0:
        raise ValueError("there are no references to search")
    flat = references.flatten(1)
    found = [_distances(part.flatten(1), flat).min(1) for part in queries.split(CHUNK)]
    return torch.cat([pair.values for pair in found]), torch.cat([pair.indices for pair in found])


@dataclass(frozen=True)
class Quality:
    """Measured quality of a set of samples against real images.

    classes: how many of them get at least 2 % of the samples.  confidence: the classifier's mean certainty.
    entropy: of the class shares, nats.  frechet: squared distance in feature space.  precision, recall: shares.
    """

    n: int
    classes: int
    confidence: float
    entropy: float
    frechet: float
    precision: float
    recall: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}

    def __str__(self) -> str:
        return (
            f"{self.classes} classes, confidence {self.confidence:.2f}, Fréchet distance {self.frechet:.1f}, "
            f"precision {self.precision:.2f}, recall {self.recall:.2f} ({self.n} samples)"
        )


def evaluate(classifier: nn.Module, images: torch.Tensor, reference: torch.Tensor) -> Quality:
    """Measure images (N, C, H, W) against real reference images (M, C, H, W) with a classifier of their classes."""
    features, probabilities = classify(classifier, images)
    real, _ = classify(classifier, reference)
    precision, recall = precision_recall(real, features)
    return Quality(
        n=len(images),
        classes=classes_covered(probabilities),
        confidence=mean_confidence(probabilities),
        entropy=class_entropy(probabilities),
        frechet=frechet_distance(features, real),
        precision=precision,
        recall=recall,
    )
