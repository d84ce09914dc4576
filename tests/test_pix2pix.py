"""pix2pix on sketched faces: how it is judged, what ships, what was recorded, what the notebook teaches."""

import copy
import math

import pytest
import torch
from test_taught import cells_with
from torch.nn.functional import one_hot

from ganlib import data, experiments, losses, pretrained, recipes
from ganlib.data.sketch_faces import PARTS
from ganlib.experiments.pix2pix import VARIANTS, run_pix2pix
from ganlib.models import PatchDiscriminator, UNet, generate
from ganlib.recipes.pix2pix import faces_pix2pix, held_out, judge_maps, overlaps
from ganlib.train import PairedTraining, frozen


@pytest.fixture(scope="module")
def faces():
    return held_out(count=100)


def test_overlap_is_of_each_part():
    asked = torch.tensor([[[0, 0, 1, 1], [2, 2, 2, 0]]])
    found = torch.tensor([[[0, 0, 1, 2], [2, 2, 0, 0]]])
    shares = overlaps(found, asked, 4)
    assert shares[:3].tolist() == pytest.approx([3 / 4, 1 / 2, 2 / 4]) and math.isnan(shares[3])
    assert overlaps(asked, asked, 3).tolist() == [1, 1, 1]


def test_the_judge_tells_right_from_wrong_and_sharp_from_blurred(faces):
    right = judge_maps(faces.images, faces)
    assert right["pixels_right"] > 0.96 and right["small_parts"] > 0.6
    assert right["error"] == 0 and right["fine"] == right["colour"] == 1
    wrong = judge_maps(faces.images.roll(1, 0), faces)
    assert wrong["pixels_right"] < 0.85 and wrong["small_parts"] < 0.3 and wrong["error"] > 0.2
    grey = judge_maps(0.2 * faces.images + 0.2 * faces.images.mean(1, keepdim=True), faces)
    assert grey["colour"] < 0.3 and grey["fine"] < 0.3


def test_what_ships_keeps_to_maps_that_it_never_saw(faces):
    recorded = pretrained.index()["faces-pix2pix"].quality
    G = pretrained.load("faces-pix2pix")
    measured = judge_maps(generate(G, faces.segments), faces)
    for name in ("pixels_right", "small_parts", "fine", "colour"):
        assert measured[name] == pytest.approx(recorded[name], abs=0.08)
    assert measured["pixels_right"] > 0.93 and measured["fine"] > 0.5
    other = judge_maps(generate(G, faces.segments.roll(1, 0)), faces)
    assert other["small_parts"] < measured["small_parts"] / 2


def test_the_recipe_is_the_same_again_and_refuses_pictures_without_maps():
    train = data.load("sketch_faces", size=16, limit=20)
    one, other = (faces_pix2pix(train, seed=2, steps=3, batch_size=4) for _ in range(2))
    for training in (one, other):
        for _ in training.run(3):
            pass
    assert all(torch.equal(a, b) for a, b in zip(one.best_G.parameters(), other.best_G.parameters()))
    with pytest.raises(ValueError, match="no segments"):
        faces_pix2pix(data.load("digits"))


@pytest.mark.parametrize("name", ["faces-pix2pix", "faces-reader"])
def test_both_recipes_make_loadable_weights(name, tmp_path):
    _, quality = recipes.make(name, steps=1, place=tmp_path)
    assert 0 < quality["pixels_right"] < 1
    assert pretrained.load(name, place=tmp_path).training is False


@pytest.fixture
def taught():
    """Return the names that the notebook's cells need, and a pair of the notebook's size."""
    torch.manual_seed(0)
    G, D = UNet(len(PARTS), 3, (16, 32, 64)), PatchDiscriminator(3, len(PARTS))
    opt_G, opt_D = (torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.5, 0.99)) for network in (G, D))
    space = {"torch": torch, "G": G, "D": D, "opt_G": opt_G, "opt_D": opt_D, "loss": losses.non_saturating}
    return {**space, "frozen": frozen, "one_hot": one_hot, "PARTS": PARTS}


def test_the_step_of_the_notebook_is_the_step_of_the_library(taught, faces):
    exec(cells_with("08_conditional_gan", "def pix2pix_step("), taught)
    library = PairedTraining(copy.deepcopy(taught["G"]), copy.deepcopy(taught["D"]), faces, weight=30.0, seed=5)
    stream = torch.Generator().manual_seed(5)
    for step in library.run(3):
        chosen = torch.randint(len(faces), (16,), generator=stream)
        distance = taught["pix2pix_step"](faces.segments[chosen], faces.images[chosen])
        assert distance == pytest.approx(float(step.distance), abs=1e-4)
    for ours, theirs in zip(library.D.parameters(), taught["D"].parameters()):
        torch.testing.assert_close(ours, theirs, atol=2e-4, rtol=1e-2)


def test_the_network_of_the_notebook_is_the_network_of_the_library(taught, faces, capsys):
    exec(cells_with("08_conditional_gan", "def u_net(").partition("\nwith torch")[0], taught)
    G = taught["G"].eval()
    with torch.no_grad():
        torch.testing.assert_close(taught["u_net"](faces.segments[:3]), G(faces.segments[:3]))


def test_the_record_shows_what_the_notebook_says():
    runs = experiments.read("pix2pix-parts")["runs"]
    assert {run["variant"] for run in runs} == set(VARIANTS)
    assert all(sum(run["variant"] == name for run in runs) >= 3 for name in VARIANTS)


@pytest.mark.slow
def test_a_recorded_run_is_found_again():
    record = experiments.read("pix2pix-parts")
    recorded = next(run for run in record["runs"] if run["variant"] == "no short-cuts" and run["seed"] == 0)
    measured = run_pix2pix("no short-cuts", 0, record["steps"])
    for name in ("pixels_right", "small_parts", "colour"):
        assert measured[name] == pytest.approx(recorded[name], abs=0.12)
