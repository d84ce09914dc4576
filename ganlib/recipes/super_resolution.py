"""Super-resolution of digits, as notebook 08 trains it: regression first, then a discriminator that judges pairs."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import nn

from ganlib import data as datasets
from ganlib import pretrained
from ganlib.data import Dataset
from ganlib.metrics import classify, frechet_distance, psnr
from ganlib.metrics.sharpness import gradient_energy
from ganlib.models import generate, init_dcgan
from ganlib.models.patch import PatchDiscriminator
from ganlib.models.super_resolution import SubPixelNet
from ganlib.recipes.gan import moved_digits
from ganlib.train import constant_then_linear
from ganlib.train.paired import PairedTraining

SR_STEPS = 400  # of each of the two trainings: some seconds
WEIGHT = 30.0  # of the squared error beside D's opinion: enough to stay near the truth, little enough to be sharp


def shrink(images: torch.Tensor, scale: int) -> torch.Tensor:
    """Return the means of blocks of scale x scale pixels: (N, C, H, W) -> (N, C, H/scale, W/scale)."""
    return F.avg_pool2d(images, scale)


def bicubic(c: torch.Tensor, scale: int) -> torch.Tensor:
    """Enlarge by bicubic interpolation, clipped to [-1, 1]: (N, C, h, w) -> (N, C, scale*h, scale*w)."""
    return F.interpolate(c, scale_factor=scale, mode="bicubic", align_corners=False).clamp(-1, 1)


def enlarging(
    data: Dataset,
    scale: int,
    *,
    weight: float | None = None,
    G: nn.Module | None = None,
    seed: int = 0,
    steps: int = SR_STEPS,
    **changes,
) -> PairedTraining:
    """Return a training that enlarges block means of `data` by `scale`, ready to run for `steps` rounds.

    weight: of the squared error beside D's opinion; None for no D: G then learns the squared error alone.
    G: a network to go on with (a copy of it is trained), or None for a new one. Ledig et al. 2017 too begin their GAN
    with the network that regression has taught.
    changes: keyword arguments of `PairedTraining` to replace.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        G = SubPixelNet(scale, channels=data.image_shape[0], width=32) if G is None else copy.deepcopy(G)
        planes = data.image_shape[0]
        D = None if weight is None else init_dcgan(PatchDiscriminator(planes, planes, (16, 32, 64)))
    settings = {
        "distance": F.mse_loss,
        "weight": 1.0 if weight is None else weight,
        "batch_size": 32,
        "lr_G": 2e-3 if weight is None else 1e-3,  # D's opinion is noisier than a squared error
        "lr_D": 2e-3,
        "schedule": constant_then_linear(steps, start=0.5, end=0.05),
        "seed": seed,
    }
    return PairedTraining(G, D, data, shrink(data.images, scale), **{**settings, **changes})


def judge_enlarged(x: torch.Tensor, test: Dataset, scale: int) -> dict:
    """Compare enlarged digits x (N, 1, 32, 32) with the true ones of `test`, in their order.

    psnr: decibels, how near each picture is to its own truth.  sharpness: mean squared gradient over the truth's.
    right: share that the classifier reads rightly.  frechet: distance of all pictures together to the true ones.
    consistent: mean distance between the small picture and the result made small again, in grey values from 0 to 1.
    """
    classifier = pretrained.load("digits-classifier", device=x.device)
    features, probabilities = classify(classifier, x)
    real, _ = classify(classifier, test.images)
    steep = gradient_energy(x).mean() / gradient_energy(test.images).mean()
    return {
        "psnr": round(psnr(x, test.images), 3),
        "sharpness": round(float(steep), 4),
        "right": round(float((probabilities.argmax(1) == test.labels).cpu().double().mean()), 4),
        "frechet": round(frechet_distance(features, real), 3),
        "consistent": round(float((shrink(x, scale) - shrink(test.images, scale)).abs().mean() / 2), 4),
    }


def enlarge_digits(scale: int, weight: float | None, *, seed: int = 0, steps: int = SR_STEPS) -> dict:
    """Train on the moved digits for twice `steps`, the second half with D unless weight is None; return the quality."""
    train, test = moved_digits(datasets.load("digits")), datasets.load("digits", "test")
    G: nn.Module | None = None
    for part, w in enumerate((None, weight)):
        training = enlarging(train, scale, weight=w, G=G, seed=seed + 100 * part, steps=steps)
        for _ in training.run(steps):
            pass
        G = training.G
    assert G is not None  # of the second part
    return judge_enlarged(generate(G, shrink(test.images, scale)), test, scale)
