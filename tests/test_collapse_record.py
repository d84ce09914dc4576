"""Notebook 09's record, what it teaches against the library, and the paper's own set-up."""

import json
import math

import pytest
import torch
from test_collapse import opt_like, small_game
from test_taught import cells_with
from torch import nn

from ganlib import experiments, losses
from ganlib.__main__ import main
from ganlib.data.mixtures import grid, ring
from ganlib.experiments import pacgan
from ganlib.experiments.collapse import VARIANTS, run_collapse, summary
from ganlib.metrics.modes import coverage
from ganlib.models.sets import MinibatchDiscrimination, MinibatchStd, Packed
from ganlib.recipes.collapse import CURES
from ganlib.train.unrolled import look_ahead

# The record


def test_the_record_is_complete_and_orders_the_cures_as_the_papers_do():
    runs = experiments.read("mode-collapse")["runs"]
    assert {run["variant"] for run in runs} == set(VARIANTS) and len(runs) == 10 * len(VARIANTS)
    for kind in ("ring", "grid"):
        kl = {cure: summary(runs, f"{kind}: {cure}", "reverse_kl") for cure in CURES}
        for better in ("packing 2", "packing 3", "packing 4", "unrolled 5"):
            gap, error = kl["plain"][0] - kl[better][0], math.hypot(kl["plain"][1], kl[better][1])
            assert gap > 2 * error, (kind, better)


def test_what_was_not_recorded_is_refused():
    with pytest.raises(ValueError, match="ring: plain"):
        run_collapse("ring: prayer", 2, 1)
    with pytest.raises(ValueError, match="0 runs"):
        summary([], "ring: plain", "modes")


def test_recording_all_seeds_together_and_going_on(tmp_path, monkeypatch):
    calls = []

    def run(variant, seeds, steps):
        calls.append((variant, seeds))
        return [{"modes": seed} for seed in range(seeds)]

    experiment = experiments.Experiment("", ("a", "b"), run, 3, 5, together=True)
    monkeypatch.setitem(experiments.EXPERIMENTS, "made-up", experiment)
    experiments.record("made-up", tmp_path)
    experiments.record("made-up", tmp_path)
    assert calls == [("a", 3), ("b", 3)]
    experiments.record("made-up", tmp_path, seeds=4)
    assert calls[2:] == [("a", 4), ("b", 4)]
    runs = json.loads((tmp_path / "made-up.json").read_text())["runs"]
    assert sorted((run["variant"], run["seed"]) for run in runs) == [(v, s) for v in "ab" for s in range(4)]


@pytest.mark.slow
def test_a_part_of_the_record_can_be_made_again():
    runs = experiments.read("mode-collapse")["runs"]
    for cure in ("plain", "packing 2", "two time scales"):
        again = torch.tensor([one["reverse_kl"] for one in run_collapse(f"ring: {cure}", 10, 3000)])
        recorded, error = summary(runs, f"ring: {cure}", "reverse_kl")
        assert abs(float(again.mean()) - recorded) < 0.1 + 3 * math.hypot(error, float(again.std()) / 10**0.5)


# Taught and library


@pytest.fixture
def taught():
    space = {"torch": torch, "nn": nn, "losses": losses, "math": math, "points": ring(8), "S": 2}
    space |= {"functional_call": torch.func.functional_call}
    return space


def function(name: str) -> str:
    """Return one function that the notebook defines, without the lines around it."""
    cell = cells_with("09_mode_collapse", f"def {name}(")
    return cell[cell.index(f"def {name}(") :].partition("\n\n\n")[0]


def test_the_taught_measures_are_the_library_s(taught):
    exec(function("measures"), taught)
    mixture = grid(5)
    x = mixture.sample(500) + 0.1 * torch.randn(500, 2)
    found = coverage(x, mixture)
    count, good, reverse_kl = taught["measures"](x, mixture)
    assert count == found.modes and good == pytest.approx(found.good)
    assert reverse_kl == pytest.approx(found.reverse_kl, abs=1e-5)


def test_the_taught_cures_are_the_library_s(taught):
    for name in ("packed", "with_spread", "closeness", "look_ahead"):
        exec(function(name), taught)
    same, x, rows = nn.Identity(), torch.randn(2, 12, 2), torch.randn(12, 12)
    assert torch.equal(taught["packed"](x, 3), Packed(same, 3)(x))
    assert torch.allclose(taught["with_spread"](x), MinibatchStd(same, same, slope=1.0)(x))
    library = MinibatchDiscrimination(same, same, same, 3, slope=1.0)(rows)[:, 12:]
    assert torch.allclose(taught["closeness"](rows.view(12, 3, 4)), library, atol=1e-6)
    _, D, x_real, x_fake = small_game()
    mine = taught["look_ahead"](D, x_real, x_fake, lr=0.1, steps=3)
    theirs = look_ahead(D, opt_like(D, 0.1), x_real, x_fake, losses.non_saturating, 3)
    assert all(torch.allclose(mine[name], theirs[name]) for name in theirs)


# The paper's own set-up


def test_the_paper_s_command_runs_small_and_says_what_the_rest_costs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pacgan, "POINTS", 800)
    monkeypatch.setattr(pacgan, "SETTINGS", (pacgan.Setting("ring", 1), pacgan.Setting("grid", 2)))
    monkeypatch.setitem(pacgan.run_paper.__kwdefaults__, "settings", pacgan.SETTINGS)
    small = ["collapse", "--paper", "pacgan", "--runs", "2", "--device", "cpu", "--out", str(tmp_path)]
    assert main(small) == 1
    said = capsys.readouterr()
    assert "hours" in said.out and "--epochs 2" in said.err and not (tmp_path / "pacgan.json").exists()
    assert main([*small, "--epochs", "1"]) == 0
    said = capsys.readouterr().out
    assert "ring, GAN" in said and "grid, PacGAN2" in said and (tmp_path / "pacgan.json").exists()


def test_the_paper_s_networks_and_one_step_of_both_players():
    training = pacgan.PaperTraining(pacgan.Setting("grid", 3), 2)
    assert [tuple(layer.weight.shape[1:]) for layer in training.G.layers] == [(2, 400)] + 3 * [(400, 400)]
    assert tuple(training.D.network.weights[0].shape) == (2, 6, 1000)
    before = [weight.detach().clone() for weight in (*training.G.parameters(), *training.D.parameters())]
    x_real = next(training.batches())
    assert x_real.shape == (2, 300, 2)
    training.step(x_real)
    after = [*training.G.parameters(), *training.D.parameters()]
    assert all(not torch.equal(a, b) for a, b in zip(before, after))
    hidden = training.G.layers[0]
    out = hidden(torch.randn(2, 300, 2))
    assert (out == 0).float().mean() == pytest.approx(0.5, abs=0.2), "normalised before ReLU"


def test_a_maxout_unit_is_the_largest_of_its_pieces():
    D = pacgan.MaxoutNets(1, 2, hidden=3, pieces=2)
    x = torch.randn(1, 4, 2)
    hidden = x[0]
    for weight, bias in zip(D.weights[:-1], D.biases[:-1]):
        pieces = hidden @ weight[0] + bias[0]
        hidden = torch.maximum(pieces[:, ::2], pieces[:, 1::2])
    torch.testing.assert_close(D(x)[0], (hidden @ D.weights[-1][0] + D.biases[-1][0])[:, 0])
