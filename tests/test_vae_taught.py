"""What notebook 03 writes out in full equals what the library has."""

import math

import pytest
import torch
from test_taught import cells_with

from ganlib.data import Dataset
from ganlib.likelihood import elbo
from ganlib.models import MLPVAE, MLPAutoencoder
from ganlib.train import ELBOTraining

NOTEBOOK = "03_autoencoders_and_vae"


@pytest.fixture
def space():
    data = Dataset("noise", torch.rand(40, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1)
    return {"torch": torch, "nn": torch.nn, "math": math, "device": torch.device("cpu"), "moved": data}


def test_divergence(space):
    source = cells_with(NOTEBOOK, "def gaussian_kl(")
    exec(source, space)
    mean, log_var = torch.randn(7, 3), torch.randn(7, 3)
    assert torch.allclose(space["gaussian_kl"](mean, log_var), elbo.gaussian_kl(mean, log_var))


def test_autoencoder_and_its_step(space):
    exec(cells_with(NOTEBOOK, "z_dim = 5\n", "optimiser = torch.optim.Adam("), space)
    torch.manual_seed(0)
    library = MLPAutoencoder((1, 32, 32), 5)
    x = space["moved"].images[:3]
    assert torch.equal(space["decoder"](space["encoder"](x)), library(x))
    for step in ELBOTraining(library, space["moved"], seed=0).run(3):
        assert torch.isclose(space["one_step"](), step.loss, rtol=1e-4)


def test_the_two_terms_of_the_vae(space):
    exec(cells_with(NOTEBOOK, "def gaussian_kl(", "z_dim, s = 16, 1.0", "def two_terms("), space)
    torch.manual_seed(0)
    library = MLPVAE((1, 32, 32), 16, sigma=1.0)
    x = space["moved"].images[:5]
    ours = space["two_terms"](x, torch.Generator().manual_seed(1))
    theirs = library.terms(x, torch.Generator().manual_seed(1))
    assert all(torch.allclose(a, b, rtol=1e-5) for a, b in zip(ours, theirs))
