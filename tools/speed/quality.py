"""Are the samples as good? Both forms of training for the same number of steps, over several seeds."""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable

import torch
from torch import nn

from ganlib import data, metrics, pretrained
from ganlib.models import generate

SAMPLES = 1000
MEASURES = ("classes", "confidence", "entropy", "frechet", "precision", "recall")
HALF = {"half": True, "one_pass": True}
# Precision of products (torch's, and `runtime.setup`'s) and options; the others are compared with the first.
FORMS = {
    "tutorial": ("highest", {"reuse": False}),
    "fakes twice": ("highest", {"reuse": True}),
    "ganlib": ("medium", {}),
    "ganlib bf16": ("medium", HALF),
    "ganlib bf16 twice": ("medium", {**HALF, "reuse": True}),
}
USUAL = ("tutorial", "fakes twice")  # the tutorial's loop; the others are `Training`


def judged(G: nn.Module, classifier: nn.Module, reference: data.Dataset) -> metrics.Quality:
    """Measure samples of G, brought to the classifier's 32x32, against held-out images that took the same way."""
    device = reference.images.device
    z = torch.randn(SAMPLES, G.z_dim, generator=torch.Generator().manual_seed(10**6)).to(device)
    samples = data.Dataset("samples", generate(G, z)).resized(32)
    return metrics.evaluate(classifier, samples.images, reference.images)


def real_against_real(images: data.Dataset, classifier: nn.Module, reference: data.Dataset) -> metrics.Quality:
    """Measure training images as if they were samples: what a perfect generator would get."""
    index = torch.linspace(0, len(images) - 1, min(SAMPLES, len(images))).round().long()
    return metrics.evaluate(classifier, images.take(index).resized(32).images, reference.images)


def summary(values: list[float]) -> str:
    """Return mean and standard error."""
    error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{statistics.mean(values):.3f} ± {error:.3f}"


def quality(options: argparse.Namespace, images: data.Dataset, tutorial: Callable, training: Callable) -> None:
    """Train all forms from each seed for the same steps and print mean and standard error of each measure."""
    classifier = pretrained.load("digits-classifier", device=images.images.device)
    held_out = data.load(images.name, "test", device=images.images.device)
    reference = held_out.resized(images.image_shape[-1]).resized(32)
    found: dict[str, list[metrics.Quality]] = {form: [] for form in FORMS}
    print(f"{options.steps} steps, {options.seeds} seeds, {SAMPLES} samples, {images}")
    with open(os.devnull, "w") as out:
        for seed in range(options.seeds):
            for form, (precision, settings) in FORMS.items():
                torch.set_float32_matmul_precision(precision)
                if form in USUAL:
                    trained = tutorial(images, out, seed, **settings)
                else:
                    trained = training(images, seed, **settings)
                for _ in trained.run(options.steps) or ():
                    pass
                found[form].append(judged(trained.G, classifier, reference))
                print(f"  seed {seed}, {form}: {found[form][-1]}", flush=True)
    print(table(found, real_against_real(images, classifier, reference)))


def table(found: dict[str, list[metrics.Quality]], real: metrics.Quality) -> str:
    """Lay out mean ± standard error, the differences from the first form seed by seed, and the real images."""
    first, *others = found
    heads = (*found, *(f"{name} − {first}" for name in others), "real images")
    lines = [f"{'':<12}" + "".join(f"{head:>24}" for head in heads)]
    for measure in MEASURES:
        columns = {name: [getattr(one, measure) for one in several] for name, several in found.items()}
        differences = [[mine - theirs for theirs, mine in zip(columns[first], columns[name])] for name in others]
        cells = [*map(summary, (*columns.values(), *differences)), f"{getattr(real, measure):.3f}"]
        lines.append(f"{measure:<12}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)
