"""Measures of samples: of their distribution (handed on here), of modes, sharpness, details, copying and attributes."""

from ganlib.metrics.samples import (
    Quality,
    class_entropy,
    class_shares,
    classes_covered,
    classify,
    confusion,
    evaluate,
    frechet_distance,
    mean_confidence,
    nearest_neighbours,
    precision_recall,
    psnr,
)

__all__ = [
    "Quality",
    "class_entropy",
    "class_shares",
    "classes_covered",
    "classify",
    "confusion",
    "evaluate",
    "frechet_distance",
    "mean_confidence",
    "nearest_neighbours",
    "precision_recall",
    "psnr",
]
