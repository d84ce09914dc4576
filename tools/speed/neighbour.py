"""What does one busy program beside it cost a training? Steps a second on torch's threads, on one, and on the course's.

The neighbour is a process of equal rank that never rests, like a video call or a second notebook that trains. Every
number comes from one run of `--seconds`, which for the course's choice includes its trials.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import torch

from ganlib import autoregressive, data, runtime
from ganlib.models import ConvVAE
from ganlib.models.pixelcnn import GatedPixelCNN
from ganlib.recipes.autoregressive import DIGITS, binary_digits
from ganlib.recipes.dcgan import faces_dcgan
from ganlib.recipes.gan import moved_digits, rescued_gan
from ganlib.train import ELBOTraining

FOREVER = 10**6  # steps


@cache
def faces() -> data.Dataset:
    """Load the pictures of two of the forms, once."""
    return data.load("sketch_faces", size=32, limit=500)


def mlp() -> Iterator:
    """Begin notebook 06's GAN on digits."""
    return rescued_gan(moved_digits(data.load("digits"))).run(FOREVER)


def dcgan() -> Iterator:
    """Begin notebook 07's DCGAN on faces, with half of its batch."""
    return faces_dcgan(faces(), batch_size=32).run(FOREVER)


def vae() -> Iterator:
    """Begin a convolutional VAE on faces."""
    return ELBOTraining(ConvVAE((3, 32, 32), 32), faces()).run(FOREVER)


def pixelcnn() -> Iterator:
    """Begin notebook 02's gated PixelCNN on binary digits."""
    return autoregressive.fit(GatedPixelCNN(**DIGITS), binary_digits(copies=1), FOREVER)


FORMS = {"MLP, digits": mlp, "DCGAN, faces": dcgan, "VAE, faces": vae, "PixelCNN, digits": pixelcnn}
CHOICES = "torch's", "one", "the course's"  # numbers of threads


@contextmanager
def threads(choice: str) -> Iterator[None]:
    """Let torch, or the course, choose the number of threads for a while; torch's own is the number outside."""
    usual = torch.get_num_threads()
    if choice == "torch's":
        os.environ["OMP_NUM_THREADS"] = str(usual)  # torch has read it long ago, but ganlib.threads respects it
    if choice == "one":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        os.environ.pop("OMP_NUM_THREADS", None)
        torch.set_num_threads(usual)


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Keep `count` processes busy for a while."""
    spawn = multiprocessing.get_context("spawn")
    busy = [spawn.Process(target=spin, args=(os.getpid(),), daemon=True) for _ in range(count)]
    for process in busy:
        process.start()
    try:
        yield
    finally:
        for process in busy:
            process.terminate()
            process.join()


def spin(parent: int) -> None:
    """Use up a core for as long as the parent lives."""
    while os.getppid() == parent:
        pass


def rate(begin: Callable[[], Iterator], seconds: float) -> float:
    """Return steps a second over about `seconds`, at least one step; the first step warms up and is not counted."""
    steps = begin()
    next(steps)
    started, done = time.perf_counter(), 0
    while not done or time.perf_counter() < started + seconds:
        next(steps)
        done += 1
    return done / (time.perf_counter() - started)


def loads() -> str:
    """Name the programs that wanted to run, on average over 1, 5 and 15 minutes: the machine's other neighbours."""
    return ", ".join(f"{load:.1f}" for load in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


def neighbour(options: argparse.Namespace) -> None:
    """Measure every form with every choice, without a neighbour and with one, and print a table, line by line.

    Raises:
        SystemExit: if OMP_NUM_THREADS or MKL_NUM_THREADS is set, so that there is nothing to choose.
    """
    from ganlib.threads import FIXED

    if given := [name for name in FIXED if name in os.environ]:
        raise SystemExit(f"unset {' and '.join(given)} first: the number of threads is to be chosen here")
    runtime.make_quick()
    seconds = options.seconds or 6.0
    print(f"{seconds:g} s each, {runtime.device_name(torch.device('cpu'))} on {os.cpu_count()} cores")
    print(f"loads before: {loads()}", flush=True)
    print(f"{'steps/s, threads:':20}" + "".join(f"{choice:>14}" for choice in CHOICES))
    for count, title in ((0, "without a neighbour"), (1, "with a busy neighbour")):
        print(title)
        for form, begin in FORMS.items():
            rates = []
            with neighbours(count):
                for choice in CHOICES:
                    with threads(choice):
                        rates.append(rate(begin, seconds))
            print(f"  {form:18}" + "".join(f"{number:>14.2f}" for number in rates), flush=True)
    print(f"loads after: {loads()}")
