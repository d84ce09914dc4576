"""What notebook 02 writes out in full equals what the library has, and its record comes out again."""

import math

import pytest
import torch
import torch.nn.functional as F
from test_taught import cells_with

from ganlib import autoregressive as ar
from ganlib import experiments, models, pretrained
from ganlib.autoregressive.heads import DiscretisedLogistic
from ganlib.recipes.autoregressive import binary_digits, quality

NOTEBOOK = "02_autoregressive_models"


@pytest.fixture(scope="module")
def taught():
    space = {"torch": torch, "nn": torch.nn, "F": F, "device": torch.device("cpu")}
    marks = ("class MaskedConv2d(", "class PixelCNN(", "class GatedLayer(", "class PixelRNN(")
    exec(cells_with(NOTEBOOK, *marks), space)
    exec(cells_with(NOTEBOOK, "def nll(").partition("\n\n\ntorch.manual_seed")[0], space)
    exec(cells_with(NOTEBOOK, "def draw(").partition("\n\n\nu = ")[0], space)
    exec(cells_with(NOTEBOOK, "def discretised_logistic(").partition("\n\n\nprobabilities")[0], space)
    return space


def digits(n=20):
    return binary_digits("test")[:n]


@pytest.mark.parametrize(
    ("name", "arguments", "others"),
    [
        ("PixelRNN", {"hidden": 20}, {}),
        ("PixelCNN", {"width": 8, "layers": 3}, {}),
        ("PixelCNN", {"width": 8, "layers": 2, "first": 5, "shortcuts": True}, {}),
    ],
)
def test_networks(taught, name, arguments, others):
    torch.manual_seed(0)
    mine = taught[name](**arguments)
    torch.manual_seed(0)
    library = getattr(models, name)(**arguments, **others)
    assert torch.equal(mine(digits()), library(digits()))
    assert torch.allclose(taught["nll"](mine, digits()), ar.nll(library, digits()), rtol=1e-5)
    u = torch.rand(3, 6, 6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(taught["draw"](mine, u), ar.sample(library, u).images)


@pytest.mark.parametrize("first", [True, False])
def test_gated_layer(taught, first):
    channels = 1 if first else 6
    torch.manual_seed(0)
    mine = taught["GatedLayer"](channels, 6, 5, first)
    torch.manual_seed(0)
    library = models.pixelcnn.GatedLayer(channels, 6, 5, first=first)
    v, h = torch.randn(2, 3, channels, 7, 7)
    for ours, theirs in zip(mine(v, h), library(v, h)):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(("levels", "mu", "s"), [(17, -0.3, 0.1), (256, 0.95, 0.05), (2, 0.0, 1.0)])
def test_discretised_logistic(taught, levels, mu, s):
    numbers = torch.tensor([0.0, mu, math.log(s) + 2]).view(1, 3, 1, 1)
    library = DiscretisedLogistic(levels).table(numbers)[0, :, 0, 0].exp()
    assert torch.allclose(taught["discretised_logistic"](levels, mu, s), library, atol=1e-6)


def test_the_shipped_network_is_as_good_as_its_recipe_says():
    recorded = pretrained.index()["digits-pixelcnn"].quality
    measured = quality(pretrained.load("digits-pixelcnn"), binary_digits()[:1297], binary_digits("test"))
    assert measured["held_out_nats"] == pytest.approx(recorded["held_out_nats"], abs=0.02)
    assert recorded["held_out_nats"] < 41


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("variant", ["plain", "short-cuts", "five logistics on 100 pictures"])
def test_recorded_improvements_come_out_again(variant):
    torch.set_float32_matmul_precision("medium")
    experiment = experiments.EXPERIMENTS["pixelcnn-improvements"]
    recorded = [run["nll"] for run in experiments.read("pixelcnn-improvements")["runs"] if run["variant"] == variant]
    again = experiment.run(variant, 0, experiment.steps)["nll"]
    assert 0.97 * min(recorded) < again < 1.03 * max(recorded)


def test_each_variant_runs_and_is_measured():
    experiment = experiments.EXPERIMENTS["pixelcnn-improvements"]
    for variant in ("coarse to fine", "one Gaussian on 100 pictures"):
        result = experiment.run(variant, 0, 4)
        assert (
            50 < result["nll"] < 2000
            and result["parameters"] > 10_000
            and set(result) == {"nll", "nll_train", "parameters", "cpu_seconds"}
        )
