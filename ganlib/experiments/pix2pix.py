"""What makes pix2pix work? The game, the distance, the short-cuts, and a D that sees the map: each left out once."""

from __future__ import annotations

from functools import partial

from ganlib import data as datasets
from ganlib import losses
from ganlib.experiments.experiment import Experiment
from ganlib.models import generate
from ganlib.recipes.pix2pix import SIZE, faces_pix2pix, held_out, judge_maps

# GAN alone: without targets it takes more rounds, which smaller batches pay for in part, and a D that is not steep
ALONE = {
    "weight": 0.0,
    "lr_D": 2e-3,
    "batch_size": 8,
    "penalty": partial(losses.zero_centred_penalty, weight=1.0),
}
LONGER = 3
VARIANTS = {
    "pix2pix": {},
    "distance alone": {"D": None},
    "no short-cuts": {"skips": False},
    "D without the map": {"D_sees_map": False},
    "GAN alone": ALONE,
    "GAN alone, D without the map": {**ALONE, "D_sees_map": False},
}


def run_pix2pix(variant: str, seed: int, steps: int) -> dict:
    """Train one variant on the sketched faces; returns what `judge_maps` says of held-out maps."""
    train = datasets.load("sketch_faces", size=SIZE, limit=4000)
    steps *= LONGER if variant.startswith("GAN alone") else 1
    training = faces_pix2pix(train, seed=seed, steps=steps, **VARIANTS[variant])
    for _ in training.run(steps):
        pass
    real = held_out()
    assert real.segments is not None  # sketched faces have them
    return judge_maps(generate(training.best_G, real.segments), real)


EXPERIMENTS = {
    "pix2pix-parts": Experiment(
        "notebook 08's pix2pix on sketched faces, each of its parts left out once", tuple(VARIANTS), run_pix2pix, 3, 350
    )
}
