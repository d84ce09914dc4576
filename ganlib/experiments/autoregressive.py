"""What each improvement of the PixelCNN is worth: one change at a time, several seeds, held-out likelihood."""

from __future__ import annotations

import time

import torch
from torch import nn

from ganlib import autoregressive as ar
from ganlib.autoregressive.heads import Categorical, DiscretisedGaussian, DiscretisedLogistic
from ganlib.experiments.experiment import Experiment
from ganlib.models import count_parameters
from ganlib.models.pixelcnn import GatedPixelCNN, PixelCNN
from ganlib.models.pixelrnn import PixelRNN
from ganlib.recipes.autoregressive import binary_digits, moved

# of about 50,000 numbers each, so that none wins by size
NETWORKS = {
    "PixelRNN": lambda: PixelRNN(hidden=108),
    "plain": lambda: PixelCNN(width=32, layers=5),
    "short-cuts": lambda: PixelCNN(width=32, layers=5, shortcuts=True),
    "gated": lambda: GatedPixelCNN(width=21, layers=5, shortcuts=False),
    "gated, short-cuts": lambda: GatedPixelCNN(width=21, layers=5),
}
HEADS = {  # on 256 grey levels
    "softmax": lambda: Categorical(256),
    "one Gaussian": lambda: DiscretisedGaussian(256),
    "one logistic": lambda: DiscretisedLogistic(256),
    "five logistics": lambda: DiscretisedLogistic(256, 5),
}
COARSE, FEW = "coarse to fine", " on 100 pictures"
VARIANTS = (*NETWORKS, COARSE, *HEADS, *(name + FEW for name in HEADS))


def run_improvement(variant: str, seed: int, steps: int) -> dict:
    """Train one variant and return held-out and training -log p an image in nats, its size and its CPU seconds."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        started = time.process_time()
        if variant in NETWORKS:
            result = binary_run(NETWORKS[variant](), seed, steps)
        elif variant == COARSE:
            result = coarse_run(seed, steps)
        else:
            result = grey_run(HEADS[variant.removesuffix(FEW)](), seed, steps, few=variant.endswith(FEW))
    return {**result, "cpu_seconds": round(time.process_time() - started, 1)}


def measured(networks: list[nn.Module], held_out: torch.Tensor, train: torch.Tensor) -> dict:
    """Put -log p of each image, (N,) each, and the networks' size into a record."""
    return {
        "nll": round(float(held_out.cpu().double().mean()), 3),
        "nll_train": round(float(train.cpu().double().mean()), 3),
        "parameters": sum(map(count_parameters, networks)),
    }


def binary_run(network: nn.Module, seed: int, steps: int) -> dict:
    """Train on binary 16×16 digits."""
    images, held_out = binary_digits(), binary_digits("test")
    for _ in ar.fit(network, images, steps, seed=seed):
        pass
    return measured([network], ar.nll(network, held_out), ar.nll(network, images[:1297]))


def coarse_run(seed: int, steps: int) -> dict:
    """Draw every second pixel of every second row first, then the rest with these in view: a quarter, then the rest."""
    images, held_out = binary_digits(), binary_digits("test")
    coarse = GatedPixelCNN(width=12, layers=4)
    fine = GatedPixelCNN(width=18, layers=5, context=1)
    first = ar.grid_of((16, 16))
    rest = {"look": lambda x: x * first, "count": 1 - first}
    for _ in ar.fit(coarse, images[..., ::2, ::2], steps, seed=seed):
        pass
    for _ in ar.fit(fine, images, steps, seed=seed, **rest):
        pass
    total = [ar.nll(coarse, x[..., ::2, ::2]) + ar.nll(fine, x, **rest) for x in (held_out, images[:1297])]
    return measured([coarse, fine], *total)


def grey_run(head, seed: int, steps: int, *, few: bool = False) -> dict:
    """Train on 8×8 digits of 256 grey levels; the held-out ones are moved in the same way, and never seen.

    few: on 100 pictures only, other ones for each seed, and for a quarter of the steps, before they are known by heart.
    """
    images = head.quantise(moved(size=8))
    held_out = head.quantise(moved("test", size=8, copies=2, seed=99)[500:])
    seen = images[1297:2594]  # moved ones, like the held-out
    if few:
        images = seen = seen[torch.randperm(len(seen), generator=torch.Generator().manual_seed(seed))[:100]]
        steps = max(1, steps // 4)
    network = GatedPixelCNN(width=16, layers=4, outputs=head.outputs)
    for _ in ar.fit(network, images, steps, head, seed=seed):
        pass
    return measured([network], ar.nll(network, held_out, head), ar.nll(network, seen, head))


EXPERIMENTS = {
    "pixelcnn-improvements": Experiment(
        "notebook 02's PixelCNN with each improvement alone", VARIANTS, run_improvement, 5, 500
    )
}
