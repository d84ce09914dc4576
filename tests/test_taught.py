"""What a notebook writes out in full equals what the library has."""

import re
from pathlib import Path

import pytest
import torch

from ganlib import losses, recipes
from ganlib.data import load
from ganlib.models import mlp_pair

SOURCES = Path(__file__).parents[1] / "notebooks" / "source"


def cells_with(notebook: str, *marks: str) -> str:
    """Return the code of the cells that hold one of the marks, in order."""
    cells = re.split(r"(?m)^# %%.*$", (SOURCES / f"{notebook}.py").read_text())
    found = [next((cell for cell in cells if mark in cell), None) for mark in marks]
    assert all(found), f"{notebook} has no cell with {marks[found.index(None)]!r}"
    return "\n".join(found)


@pytest.fixture
def vanilla():
    space = {"torch": torch, "nn": torch.nn, "device": torch.device("cpu"), "losses": losses}
    marks = ("G = nn.Sequential(", "D = nn.Sequential(", "def loss_D(", "def loss_G(")
    exec(cells_with("06_vanilla_gan", *marks), space)
    return space


def test_networks(vanilla):
    torch.manual_seed(0)
    G, D = mlp_pair((1, 32, 32))
    torch.manual_seed(0)
    exec(cells_with("06_vanilla_gan", "G = nn.Sequential(", "D = nn.Sequential("), vanilla)
    z = torch.randn(5, 64)
    assert torch.equal(vanilla["G"](z), G(z)) and torch.equal(vanilla["D"](G(z)), D(G(z)))


def test_losses(vanilla):
    real, fake = torch.randn(9).mul(3), torch.randn(9).mul(3)
    assert torch.allclose(vanilla["loss_D"](real, fake), losses.non_saturating.D(real, fake))
    assert torch.allclose(vanilla["loss_G"](fake), losses.non_saturating.G(fake))


def test_penalty(vanilla):
    source = cells_with("06_vanilla_gan", "def gradient_penalty(").partition("\nx_real =")[0]
    exec(source, vanilla)
    D, x = mlp_pair((1, 32, 32))[1], torch.randn(6, 1, 32, 32)
    ours = vanilla["gradient_penalty"](D, x, gamma=2.0)
    assert torch.allclose(ours, losses.zero_centred_penalty(D, x, weight=2.0))


def test_the_recipe_of_the_notebook_is_the_recipe_of_the_library():
    digits = load("digits")
    space = {"torch": torch, "digits": digits, "losses": losses, "mlp_pair": mlp_pair}
    exec("from ganlib import data\nfrom ganlib.train import Training, constant_then_linear", space)
    exec(cells_with("06_vanilla_gan", "moved = data.augmented("), space)
    theirs, ours = recipes.rescued_gan(recipes.moved_digits(digits), steps=recipes.STEPS), space["training"]
    for _ in range(2):
        ours.step(), theirs.step()
    assert all(torch.equal(a, b) for a, b in zip(ours.best_G.parameters(), theirs.best_G.parameters()))
    assert [ours.schedule(n) for n in range(0, 4000, 500)] == [theirs.schedule(n) for n in range(0, 4000, 500)]
