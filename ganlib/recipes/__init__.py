"""How networks are made, by name: those that ship, which `python -m ganlib train NAME` makes again, and on own data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from ganlib import pretrained
from ganlib.recipes import autoregressive, bigan, conditional, dcgan, forgetting, gan, own_data, pix2pix, readers
from ganlib.recipes.gan import STEPS, judge_digits, moved_digits, plain_gan, rescued_gan
from ganlib.recipes.recipe import Recipe

__all__ = ["OWN_DATA", "RECIPES", "STEPS", "Recipe", "judge_digits", "make", "moved_digits", "plain_gan", "rescued_gan"]

MODULES = readers, gan, dcgan, bigan, conditional, pix2pix, autoregressive, forgetting
RECIPES: dict[str, Recipe] = {name: recipe for module in MODULES for name, recipe in module.RECIPES.items()}
OWN_DATA: dict[str, Recipe] = own_data.RECIPES


def make(
    name: str,
    *,
    seed: int = 0,
    device: torch.device | str = "cpu",
    steps: int | None = None,
    place: Path | None = None,
    watch: Callable = iter,
) -> tuple[Path, dict]:
    """Train the network `name` in one go, write its weights and recipe into `place`, return (path, quality).

    steps: None for the recipe's own.  place: None for the shipped folder.

    Raises:
        ValueError: for an unknown name or fewer than 1 step.
    """
    if name not in RECIPES:
        raise ValueError(f"there is no recipe {name!r}: use one of {', '.join(sorted(RECIPES))}")
    recipe = RECIPES[name]
    steps = recipe.steps if steps is None else steps
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps}")
    network, quality = recipe.train(seed=seed, device=device, steps=steps, watch=watch)
    command = f"python -m ganlib train {name} --seed {seed} --steps {steps}"
    path = pretrained.save(
        name, network, arguments=recipe.arguments_for(), command=command, data=recipe.data, seed=seed, quality=quality,
        place=place,
    )  # fmt: skip
    return path, quality
