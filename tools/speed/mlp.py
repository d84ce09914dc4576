"""The multilayer perceptrons of the tutorials beside ganlib's training of the same pair."""

from __future__ import annotations

import argparse
import os
from functools import partial

import torch

from ganlib import data, models, runtime
from ganlib.train import Training
from tools.speed.timing import BATCH, COURSE, TORCH_DEFAULT, Form, measure, report, run_training, step_flops
from tools.speed.tutorial import TutorialGAN

SIDE, Z_DIM = 28, 256
HIDDEN_G, HIDDEN_D = (256, 256, 512, 1024), (512, 256)
ADAM = {"lr": 2e-4, "betas": (0.5, 0.999)}


def pair(seed: int = 0):
    """Return the MLP pair of the comparison, with weights that depend on the seed alone."""
    torch.manual_seed(seed)
    return models.mlp_pair((1, SIDE, SIDE), z_dim=Z_DIM, hidden_G=HIDDEN_G, hidden_D=HIDDEN_D)


def load_images(name: str, device: torch.device) -> data.Dataset:
    """Return 28x28 images on the device; "auto" is MNIST where it has been downloaded, else the offline digits."""
    if name == "auto":
        name = "mnist" if (runtime.cache_folder() / "MNIST" / "raw").is_dir() else "digits"
    return data.load(name, size=SIDE, device=device)


def tutorial(images: data.Dataset, out, seed: int = 0, reuse: bool = False) -> TutorialGAN:
    return TutorialGAN(*pair(seed), images.images, batch_size=BATCH, out=out, reuse=reuse, **ADAM)


def training(images: data.Dataset, seed: int = 0, **options) -> Training:
    settings = {"batch_size": BATCH, "lr_G": ADAM["lr"], "lr_D": ADAM["lr"], "betas": ADAM["betas"]}
    return Training(*pair(seed), images, **settings, **options, seed=seed)


def make_forms(images: data.Dataset, out) -> list[Form]:
    """Return what is timed: the tutorial's form, and ganlib's in torch's precision, the course's and bfloat16."""
    usual, reusing = tutorial(images, out), tutorial(images, out, reuse=True)
    plain, course = training(images), training(images)
    half, one_pass = training(images, half=True), training(images, half=True, one_pass=True)
    reused = training(images, half=True, one_pass=True, reuse=True)
    runs = {
        "tutorial": (TORCH_DEFAULT, usual.run),
        "tutorial, fakes used twice": (TORCH_DEFAULT, reusing.run),
        "ganlib, torch's precision": (TORCH_DEFAULT, partial(run_training, plain)),
        "ganlib, as the notebooks run": (COURSE, partial(run_training, course)),
        "ganlib, bfloat16": (COURSE, partial(run_training, half)),
        "ganlib, bfloat16, D in one pass": (COURSE, partial(run_training, one_pass)),
        "the same, fakes used twice": (COURSE, partial(run_training, reused)),
    }
    return [Form(name, precision, run, step_flops(run)) for name, (precision, run) in runs.items()]


def speed(options: argparse.Namespace, device: torch.device) -> None:
    """Time all forms in turns and print images/s, their ratio to the tutorial's, FLOP/s and the machine's share."""
    options.steps = options.steps or 40
    images = load_images(options.data, device)
    sizes_G, sizes_D = (Z_DIM, *HIDDEN_G, SIDE**2), (SIDE**2, *HIDDEN_D, 1)
    print(f"G {'-'.join(map(str, sizes_G))}, D {'-'.join(map(str, sizes_D))}, batch {BATCH}, {images}")
    print(f"{options.rounds} rounds of {options.steps} steps, in turns, {runtime.device_name(device)}")
    with open(os.devnull, "w") as out:
        forms = make_forms(images, out)
        products = measure(forms, device, options.rounds, options.steps)
    print(report(forms, products))


def quality(options: argparse.Namespace, device: torch.device) -> None:
    """Train the tutorial's form and ours for the same steps from each seed, and compare their samples."""
    from tools.speed.quality import quality as compare

    options.steps = options.steps or 2000
    compare(options, load_images(options.data, device), tutorial, training)
