"""What a VAE forgets: the places, the reader, the detectors, the networks and the records of notebook 04."""

from dataclasses import replace

import pytest
import torch

from ganlib import experiments, pretrained
from ganlib.data import load, sketch_faces
from ganlib.experiments import blur, forgetting
from ganlib.metrics import details
from ganlib.metrics.sharpness import blurred
from ganlib.models import GridVAE
from ganlib.recipes import RECIPES
from ganlib.recipes.forgetting import CODES, SETS, detail_recipe, detail_vae, digits_vae, falling


@pytest.fixture(scope="module")
def scenes():
    return load("detail_scenes", "test", limit=60)


@pytest.fixture(scope="module")
def trained():
    return details.eyes(load("detail_scenes", limit=300), steps=250)


def test_every_letter_is_listed_where_its_ink_is(scenes):
    spots = details.letters(scenes)
    known = scenes.attributes
    assert len(spots.truth) == int((known["sign_text"] >= 0).sum() + (known["label_text"] >= 0).sum())
    mask = details.patches(scenes.masks["text"][:, None].float(), spots, (7, 5))
    assert float(mask.mean()) > 0.99, "a letter's cell is marked as text"
    beside = details.patches(scenes.masks["text"][:, None].float(), spots, details.LETTER)
    assert float(beside[:, :, 0].mean()) < 0.01, "the row above is not"


@pytest.mark.parametrize("what", details.BACKGROUND)
def test_things_lie_in_their_mask_and_empty_places_outside(scenes, what):
    spots = details.things(scenes, what)
    inside = details.patches(scenes.masks[what][:, None].float(), spots, (1, 1)).flatten() > 0
    assert inside[spots.truth == 1].float().mean() > 0.95
    assert inside[spots.truth == 0].float().mean() < 0.25
    assert min(int((spots.truth == k).sum()) for k in (0, 1)) > 50
    with pytest.raises(ValueError, match="windows, leaves, birds"):
        details.things(scenes, "cats")


def test_a_patch_is_cut_around_its_middle_and_repeats_edges():
    x = torch.arange(36.0).reshape(1, 1, 6, 6)
    spots = details.Spots(torch.tensor([0, 0]), torch.tensor([[3.5, 2.5], [0.5, 0.5]]), torch.tensor([0, 1]))
    cut = details.patches(x, spots, (3, 3))
    assert cut[0, 0].tolist() == x[0, 0, 1:4, 2:5].tolist()
    assert cut[1, 0].tolist() == [[0, 0, 1], [0, 0, 1], [6, 6, 7]]


def test_originals_are_read_and_seen_and_grey_pictures_are_not(scenes, trained):
    whole = details.left_in_scenes(lambda x: x, scenes, trained)
    assert whole["text"] > 0.9 and min(whole[what] for what in details.BACKGROUND) > 0.85
    assert all(whole[what] == pytest.approx(1) for what in details.TEXTURES)
    nothing = details.left_in_scenes(torch.zeros_like, scenes, trained)
    assert nothing["text"] < 0.15 and all(abs(nothing[what]) < 1e-6 for what in details.BACKGROUND)
    soft = details.left_in_scenes(lambda x: blurred(x, 2.0), scenes, trained)
    assert soft["text"] < 0.3 and soft["birds"] < 0.3 and soft["lace"] < 0.1


def test_a_detector_cries_wolf_as_often_as_it_may(scenes, trained):
    for what in details.BACKGROUND:
        _, alarms = details.share_found(trained[what], scenes.images, details.things(scenes, what))
        assert alarms < 0.1


def test_faces_that_come_back_unchanged_have_kept_everything():
    faces = load("sketch_faces", "test", limit=40)
    for factor in (1.0, 0.5, 0.0):
        left = details.left_in_faces(lambda x, factor=factor: factor * x, faces)
        assert left == pytest.approx({what: factor for what in details.FACE_DETAILS})
    plain = sketch_faces.change(faces, freckles="no", wrinkles="no", strands="no").images
    assert not torch.equal(plain, faces.images)


# Networks


def test_a_grid_code_keeps_places_apart():
    torch.manual_seed(0)
    model = GridVAE((3, 16, 16), depth=2, width=8)
    assert model.z_dim == 2 * 4 * 4
    x = torch.randn(2, 3, 16, 16).clamp(-1, 1)
    assert model(x).shape == x.shape and model.terms(x).kl.shape == (2,)
    z = torch.zeros(1, model.z_dim)
    there = torch.zeros(1, 2, 4, 4)
    there[0, :, 0, 0] = 3.0
    changed = (model.decode(there.flatten(1)) - model.decode(z)).abs().sum(1)[0] > 0
    assert changed[:4, :4].any() and not changed[12:, 12:].any(), "a number speaks of its own corner only"
    with pytest.raises(ValueError, match="that 4 divides"):
        GridVAE((3, 18, 18), depth=2)


def test_the_series_has_a_recipe_for_every_code():
    for kind in SETS:
        for code in (*CODES, "grid"):
            recipe = RECIPES[f"{kind}-vae-{code}"]
            model = pretrained.ARCHITECTURES["GridVAE" if code == "grid" else "ConvVAE"](**recipe.arguments)
            assert model.z_dim == detail_vae(kind, code).z_dim
    with pytest.raises(ValueError, match="scenes and faces"):
        detail_vae("cats", 8)


def test_training_a_model_of_the_series_lowers_its_error():
    recipe = replace(detail_recipe("faces", 8), load=lambda device: load("sketch_faces", limit=64, device=device))
    before = recipe.train(steps=1)[1]
    model, after = recipe.train(steps=12)
    assert after["mean_squared_error"] < before["mean_squared_error"]
    assert next(model.parameters()).dtype == torch.float16


def test_the_learning_rate_rises_and_falls():
    rate = falling(1000)
    assert rate(0) < rate(25) < rate(49) and rate(60) > rate(500) > rate(999) == pytest.approx(0.02)


def test_the_sweeps_run_and_measure():
    torch.manual_seed(1)
    outer = torch.get_rng_state()
    digits_vae(load("digits"), steps=1)
    assert torch.equal(torch.get_rng_state(), outer), "a training draws from its own stream"
    assert blur.run_blur("GAN", 0, 1).keys() < blur.run_blur("plain", 0, 1).keys()


def test_shipped_weights_are_small_and_say_how_good_they_are():
    shipped = {name: recipe for name, recipe in pretrained.index().items() if "-vae-" in name}
    assert {f"{kind}-vae-{code}" for kind in SETS for code in (*CODES, "grid")} <= set(shipped)
    for name in RECIPES:
        if "-vae-" in name:
            assert shipped[name].quality["mean_squared_error"] < 0.1
            assert (pretrained.folder() / f"{name}.safetensors").stat().st_size < 1.6e6


def test_the_records_hold_what_the_notebook_reads():
    runs = experiments.read("vae-blur")["runs"]
    assert {(run["variant"], run["seed"]) for run in runs} == {(v, seed) for v in blur.VARIANTS for seed in range(3)}
    runs = experiments.read("vae-forgetting")["runs"]
    assert {run["variant"] for run in runs} == set(forgetting.CODES)


@pytest.mark.slow
def test_the_records_can_be_made_again():
    record = experiments.read("vae-blur")
    for variant in ("plain", "Laplace"):
        again = blur.run_blur(variant, 0, record["steps"])
        then = next(run for run in record["runs"] if run["variant"] == variant and run["seed"] == 0)
        assert again["fine_rebuilt"] == pytest.approx(then["fine_rebuilt"], rel=0.15)
    again = forgetting.run_forgetting("32", 0, experiments.read("vae-forgetting")["steps"])
    assert again["text"] < 0.15 and again["birds"] < 0.15
