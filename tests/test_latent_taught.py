"""What notebook 10 writes out in full equals what the library has."""

import pytest
import torch
from test_taught import cells_with
from torch import nn

from ganlib import latent, metrics
from ganlib.latent import ways
from ganlib.latent.inversion import invert
from ganlib.metrics.memorisation import copying
from ganlib.models import MLPGenerator, bigan_pair
from ganlib.train.bigan import BiGANTraining

NOTEBOOK = "10_latent_space"


def points(n, width=6, seed=0):
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed))


def taught(mark: str, name: str, **space):
    """Return the function `name` of the cell that holds `mark`; what the cell does with it is left out."""
    source = cells_with(NOTEBOOK, mark)
    start = source.index(f"def {name}(")
    lines = source[start:].splitlines()
    body = [lines[0], *(line for line in _indented(lines[1:]))]
    exec("\n".join(body), space := {"torch": torch, "nn": nn, "metrics": metrics, **space})
    return space[name]


def _indented(lines):
    for line in lines:
        if line and not line.startswith(" "):
            return
        yield line


def test_straight_lines_and_arcs():
    t = torch.linspace(0, 1, 9)
    for seed in range(5):
        a, b = points(2, 64, seed)
        torch.testing.assert_close(taught("def slerp(", "lerp")(a, b, t), ways.lerp(a, b, t))
        torch.testing.assert_close(taught("def slerp(", "slerp")(a, b, t), ways.slerp(a, b, t), atol=1e-4, rtol=1e-4)


def test_differences_of_means():
    z, has = points(200), points(200, 3, 1) > 0.2
    mine = taught("def mean_differences(", "mean_differences")(z, has)
    torch.testing.assert_close(mine, latent.mean_differences(z, has))


def test_exemplars_are_means_of_those_that_were_asked_for():
    z, who = points(300), torch.arange(300) % 3 == 0
    device, generator = torch.device("cpu"), torch.Generator().manual_seed(0)
    exemplars = taught("def exemplars(", "exemplars", z=z, generator=generator, device=device)
    one = exemplars(who, 20, 1)
    assert (torch.cdist(one, z[who]).min(1).values < 0.01).all()
    many = exemplars(who, 50, 4000)
    torch.testing.assert_close(many.mean(0), z[who].mean(0), atol=0.02, rtol=0)


def test_share_of_nearer_samples():
    samples, train, new = points(50), points(60, seed=1), points(40, seed=2)
    mine = float(taught("def nearer(", "nearer")(samples, train, new))
    assert mine == pytest.approx(copying(samples, train, new).share, abs=1e-6)


def test_search_goes_downhill_as_the_library_does():
    torch.manual_seed(0)
    G, x, start = MLPGenerator(6, [16], (1, 4, 4)), points(3, 16, 4).tanh().view(3, 1, 4, 4), points(3, seed=5)
    search = taught("def search(", "search", noise=lambda n: start[:n].clone())
    found = search(G, x, steps=1, lr=0.05)
    torch.testing.assert_close(found, invert(G, x, steps=1, lr=0.05, start=start).z)


def test_losses_of_pairs():
    encoder, generator = points(9, 1)[:, 0], points(9, 1, 1)[:, 0]
    loss_D, loss_EG = (taught("def loss_EG(", name) for name in ("loss_D", "loss_EG"))
    torch.testing.assert_close(loss_EG(encoder, generator), loss_D(-encoder, -generator))
    torch.manual_seed(0)
    from ganlib.data import Dataset

    data = Dataset("noise", points(20, 16).tanh().view(20, 1, 4, 4))
    training = BiGANTraining(*bigan_pair((1, 4, 4), z_dim=3, hidden=(16, 8)), data, gamma=0.0, batch_size=8)
    value, logits_encoder, logits_generator = training._update_D()
    torch.testing.assert_close(loss_D(logits_encoder, logits_generator), value)
