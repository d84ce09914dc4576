"""What VAEs of scenes and faces forget, by the size and the layout of their code, from several seeds."""

from __future__ import annotations

from ganlib import data as datasets
from ganlib.experiments.experiment import Experiment
from ganlib.metrics import details
from ganlib.recipes.forgetting import SETS, detail_recipe, detail_vae

CODES = ("32", "512", "grid")
HELD_OUT, LOOKED_AT = 300, 1500  # pictures to measure on, and scenes from which the reader and the detectors learn


def run_forgetting(variant: str, seed: int, steps: int) -> dict:
    """Train a VAE on scenes and one on faces; returns what is left of each detail, and the models' own numbers."""
    trained = details.eyes(datasets.load("detail_scenes", limit=LOOKED_AT))
    measured = {}
    for kind, name in SETS.items():
        half, quality = detail_recipe(kind, variant).train(seed=seed, steps=steps)
        model = detail_vae(kind, variant)
        model.load_state_dict(half.state_dict())
        held_out = datasets.load(name, "test", limit=HELD_OUT)
        if kind == "scenes":
            left = details.left_in_scenes(model.eval(), held_out, trained)
        else:
            left = details.left_in_faces(model.eval(), held_out)
        measured |= {f"{kind} {what}": number for what, number in quality.items()}
        measured |= {what: round(share, 4) for what, share in left.items()}
    return measured


EXPERIMENTS = {
    "vae-forgetting": Experiment(
        "what notebook 04's VAEs of scenes and faces forget, by their code", CODES, run_forgetting, 3, 400
    ),
    "vae-forgetting-long": Experiment(
        "the same for a code of 32 numbers, trained five times as long", ("32",), run_forgetting, 1, 2000
    ),
}
