"""What notebook 08 writes out in full equals what the library has."""

import pytest
import torch
from test_taught import cells_with
from torch.nn.functional import one_hot

from ganlib import losses, metrics, pretrained
from ganlib.data import load
from ganlib.recipes.conditional import cgan_pair
from ganlib.train import ConditionalTraining, frozen


@pytest.fixture
def space():
    names = {"torch": torch, "device": torch.device("cpu"), "digits": load("digits"), "losses": losses}
    return {**names, "one_hot": one_hot, "frozen": frozen}


def taught(space, *marks):
    """Run the cells that hold one of the marks, without what they show."""
    for mark in marks:
        source = cells_with("08_conditional_gan", mark)
        exec("\n".join(line for line in source.splitlines() if not line.startswith(("print(", "seen_by_D"))), space)
    return space


def test_labels_go_in_where_the_networks_put_them(space):
    taught(space, "def append_label(", "def append_planes(")
    G, D = (network.eval() for network in cgan_pair((1, 32, 32)))
    z, y = torch.randn(20, G.z_dim), torch.arange(20) % 10
    x = G(z, y)
    assert torch.equal(torch.tanh(G.layers(space["append_label"](z, y))), x)
    assert torch.equal(D.layers(space["append_planes"](x, y)).squeeze(1), D(x, y))


def test_the_step_is_the_librarys(space):
    pair = cgan_pair((1, 32, 32))
    library = ConditionalTraining(*cgan_pair((1, 32, 32)), space["digits"], seed=0)
    space.update(G=pair[0], D=pair[1])
    taught(space, "opt_D = torch.optim.Adam(", "def one_step(")
    for step in library.run(3):
        value_D, value_G = space["one_step"]()
        assert abs(value_D - step.loss_D) < 1e-3 and abs(value_G - step.loss_G) < 1e-3
    for ours, theirs in zip(pair, (library.G, library.D)):
        gaps = [(a - b).detach().abs().mean() for a, b in zip(ours.parameters(), theirs.parameters())]
        assert max(gaps) < 3e-4, "of three steps of 1e-3 each"


def test_the_confusion_matrix_is_the_librarys(space):
    source = cells_with("08_conditional_gan", "def confusion(").partition("\nimages, asked =")[0]
    exec(source, space)
    test, classifier = load("digits", "test", limit=200), pretrained.load("digits-classifier")
    counts, read = metrics.confusion(classifier, test.images, test.labels.flip(0))
    assert torch.equal(space["confusion"](read, test.labels.flip(0)), counts)
