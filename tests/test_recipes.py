import json

import pytest
import torch

from ganlib import data, experiments, pretrained, recipes
from ganlib.__main__ import main
from ganlib.recipes.bigan import digits_bigan
from ganlib.recipes.conditional import digits_cgan
from ganlib.recipes.dcgan import digits_dcgan
from ganlib.recipes.readers import disturbed, non_digits
from ganlib.recipes.super_resolution import enlarging
from ganlib.train import constant


def test_the_recipes_make_what_the_index_says(tmp_path):
    path, quality = recipes.make("digits-mlp", seed=3, steps=2, place=tmp_path)
    recipe = pretrained.index(tmp_path)["digits-mlp"]
    assert path == tmp_path / "digits-mlp.safetensors" and recipe.quality == quality
    assert recipe.command == "python -m ganlib train digits-mlp --seed 3 --steps 2"
    G = pretrained.load("digits-mlp", place=tmp_path)
    assert G(torch.zeros(2, G.z_dim)).shape == (2, 1, 32, 32)


def test_a_recipe_gives_the_same_weights_again():
    one, other = (recipes.rescued_gan(data.load("digits"), seed=4, steps=3) for _ in range(2))
    for training in (one, other):
        torch.manual_seed(torch.seed())  # whatever the caller's own stream is
        for _ in training.run(3):
            pass
    assert all(torch.equal(a, b) for a, b in zip(one.best_G.parameters(), other.best_G.parameters()))


SETTINGS = {
    "rescued_gan": lambda digits, **wrong: recipes.rescued_gan(digits, **wrong),
    "rescued_gan, pair": lambda digits, **wrong: recipes.rescued_gan(digits, pair=wrong),
    "digits_dcgan": lambda digits, **wrong: digits_dcgan(digits, groups=0, **wrong),
    "digits_dcgan, G": lambda digits, **wrong: digits_dcgan(digits, groups=0, options_G=wrong),
    "digits_dcgan, D": lambda digits, **wrong: digits_dcgan(digits, groups=0, options_D=wrong),
    "digits_cgan": lambda digits, **wrong: digits_cgan(digits, **wrong),
    "enlarging": lambda digits, **wrong: enlarging(digits, 4, **wrong),
    "digits_bigan": lambda digits, **wrong: digits_bigan(digits, **wrong),
}


@pytest.mark.parametrize("recipe", SETTINGS)
def test_a_setting_that_does_not_exist_is_refused_by_its_name(recipe):
    with pytest.raises(TypeError, match="shedule"):
        SETTINGS[recipe](data.load("digits", limit=20), shedule=constant)


def test_every_shipped_network_names_a_recipe_that_exists():
    for name, recipe in pretrained.index().items():
        assert name in recipes.RECIPES and recipe.command.split()[4] == name
        assert recipe.arguments == recipes.RECIPES[name].arguments


def test_shipped_quality_is_what_the_course_needs():
    classifier, generator = (pretrained.index()[name].quality for name in ("digits-classifier", "digits-mlp"))
    assert classifier["held_out_accuracy"] > 0.98 and classifier["confidence_on_noise"] < 0.2
    assert generator["classes"] == 10 and generator["confidence"] > 0.85


def test_shipped_quality_is_measured_again():
    recorded = pretrained.index()["digits-mlp"].quality
    measured = recipes.judge_digits(pretrained.load("digits-mlp")).as_dict()
    assert measured["classes"] == recorded["classes"]
    assert measured["confidence"] == pytest.approx(recorded["confidence"], abs=0.02)
    assert measured["frechet"] == pytest.approx(recorded["frechet"], rel=0.1)


def test_the_classifier_learns_and_doubts():
    _, quality = recipes.RECIPES["digits-classifier"].train(steps=40)
    assert quality["held_out_accuracy"] > 0.6 and quality["confidence_on_noise"] < 0.5


def test_non_digits_and_disturbances_keep_shape_and_range():
    generator = torch.Generator().manual_seed(0)
    x = data.load("digits").images[:31]
    for made in (non_digits(x, generator), disturbed(x, generator)):
        assert made.shape == x.shape and made.abs().max() <= 1
    assert (non_digits(x, generator) != x).flatten(1).any(1).all()


def test_an_experiment_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    runs = []

    def run(variant, seed, steps):
        runs.append((variant, seed))
        if len(runs) == 3:
            raise KeyboardInterrupt
        return {"value": 1}

    monkeypatch.setitem(experiments.EXPERIMENTS, "tiny", experiments.Experiment("", ("a", "b"), run, seeds=2, steps=5))
    with pytest.raises(KeyboardInterrupt):
        experiments.record("tiny", tmp_path)
    experiments.record("tiny", tmp_path)
    assert runs == [("a", 0), ("b", 0), ("a", 1), ("a", 1), ("b", 1)]
    assert len(json.loads((tmp_path / "tiny.json").read_text())["runs"]) == 4
    with pytest.raises(ValueError, match="move it away"):
        experiments.record("tiny", tmp_path, steps=6)


def test_every_recorded_experiment_is_complete():
    for name, experiment in experiments.EXPERIMENTS.items():
        record = experiments.read(name)
        found = {(run["variant"], run["seed"]) for run in record["runs"]}
        assert record["steps"] == experiment.steps
        assert found == {(variant, seed) for variant in experiment.variants for seed in range(experiment.seeds)}


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["plain", "gradient penalty"])
def test_recorded_cures_come_out_the_same_again(variant):
    torch.set_float32_matmul_precision("medium")
    experiment = experiments.EXPERIMENTS["digit-cures"]
    recorded = [run["frechet"] for run in experiments.read("digit-cures")["runs"] if run["variant"] == variant]
    again = experiment.run(variant, 0, experiment.steps)["frechet"]
    assert 0.5 * min(recorded) < again < 2 * max(recorded)


def test_command_line_trains_samples_and_reports(tmp_path, capsys):
    assert main(["train", "digits-mlp", "--steps", "1", "--device", "cpu", "--out", str(tmp_path / "w")]) == 0
    assert (tmp_path / "w" / "digits-mlp.safetensors").is_file()
    assert main(["sample", "--n", "6", "--out", str(tmp_path / "deep" / "six.png"), "--device", "cpu"]) == 0
    from PIL import Image

    with Image.open(tmp_path / "deep" / "six.png") as picture:
        assert picture.size == (3 * 33 - 1, 2 * 33 - 1)
    assert main(["doctor"]) == 0
    assert "torch" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sample", "no-such"], "there are no weights 'no-such'"),
        (["sample", "digits-classifier"], "not a generator"),
        (["sample", "--device", "abacus"], "abacus"),
    ],
)
def test_command_line_tells_mistakes_in_one_line(arguments, says, capsys):
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1
