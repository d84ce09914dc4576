"""What notebook 07 writes out in full equals what the library has."""

import pytest
import torch
from test_taught import cells_with

from ganlib.models import dcgan_pair, init_dcgan
from ganlib.recipes.dcgan import DIGITS

NOTEBOOK = "07_dcgan"


@pytest.fixture
def taught():
    space = {"torch": torch, "nn": torch.nn}
    exec(cells_with(NOTEBOOK, "G = nn.Sequential(", "D = nn.Sequential(", "def first_weights("), space)
    return space


def test_networks(taught):
    G, D = dcgan_pair((1, 32, 32))
    for ours, theirs in ((taught["G"], G), (taught["D"], D)):
        ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values())))
    z = torch.randn(5, 64)
    assert torch.allclose(taught["G"](z), G(z), atol=1e-6)  # another order in memory, another order of sums
    assert torch.equal(taught["D"](G(z)), D(G(z)))


def test_the_recipe_trains_these_networks(taught):
    G, _ = dcgan_pair(DIGITS["image_shape"], z_dim=DIGITS["z_dim"], channels_G=DIGITS["channels"])
    assert [p.shape for p in taught["G"].parameters()] == [p.shape for p in G.parameters()]


def test_first_weights(taught):
    G = dcgan_pair((1, 32, 32))[0]
    for network, draw in ((taught["G"], taught["first_weights"]), (G, init_dcgan)):
        torch.manual_seed(3)
        draw(network)
    assert all(torch.equal(a, b) for a, b in zip(taught["G"].parameters(), G.parameters()))


def test_the_diagnosis_reads_each_kind_of_curve():
    space = {}
    exec("import math\n" + cells_with(NOTEBOOK, "def diagnose("), space)
    cases = {
        "labels swapped": (0.01, 0.0, 0.0),
        "learning rate too high": (80.0, 600.0, 0.9),
        "D is never trained": (6.0, 0.01, 0.4),
        "D too strong": (0.02, 9.0, 1.0),
        "sigmoid twice": (1.2, 0.5, 1.0),
        "curves look healthy": (1.3, 0.9, 0.7),
    }
    for name, (loss_D, loss_G, right) in cases.items():
        run = {"loss_D": [9.0] * 30 + [loss_D] * 10, "loss_G": [9.0] * 30 + [loss_G] * 10, "accuracy_D": [right] * 40}
        assert space["diagnose"](run) == name


def test_the_longest_step_of_a_way():
    space = {}
    exec(cells_with(NOTEBOOK, "def longest_step(").partition("\nlongest = ")[0], space)
    even, jump = torch.linspace(0, 1, 11).view(-1, 1, 1, 1), torch.tensor([0.0, 0, 0, 1, 1]).view(-1, 1, 1, 1)
    assert space["longest_step"](even) == pytest.approx(0.1) and space["longest_step"](jump) == pytest.approx(1.0)
