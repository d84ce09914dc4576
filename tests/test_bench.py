"""The bench's parts: its counts of operations, the tutorial's loop, its tables. It is never timed here."""

import io
import multiprocessing
import os
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ganlib.data import Dataset
from ganlib.metrics import Quality
from ganlib.models import mlp_pair
from ganlib.threads import FIXED
from ganlib.train import Training
from tools import bench
from tools.speed import dcgan, mlp, neighbour, timing
from tools.speed.apart import Apart
from tools.speed.quality import summary, table
from tools.speed.tutorial import TutorialGAN

N = 8


def images(n=40):
    return torch.rand(n, 1, 6, 6, generator=torch.Generator().manual_seed(0)) * 2 - 1


def pair():
    torch.manual_seed(1)
    return mlp_pair((1, 6, 6), z_dim=5, hidden_G=(7, 9), hidden_D=(11, 4))


def tutorial(out=None, **options):
    out = out or io.StringIO()
    return TutorialGAN(*pair(), images(), batch_size=N, lr=2e-3, betas=(0.5, 0.999), out=out, **options)


def test_the_operations_of_a_step_are_those_of_its_products():
    """From n to m numbers: 2nm an example forwards, as much for the weights, as much for the input."""
    g, d = ([2 * n * m for n, m in zip(sizes, sizes[1:])] for sizes in ((5, 7, 9, 36), (36, 11, 4, 1)))
    step_D = 2 * (2 * sum(d) + sum(d[1:]))  # two batches; the first layer's input needs no gradient
    step_G = 2 * sum(g) + sum(g[1:]) + 2 * sum(d)  # D stands still
    training = Training(*pair(), Dataset("tiny", images()), batch_size=N)
    assert timing.step_flops(lambda _: training.step()) == N * (sum(g) + step_D + step_G)
    thrown_away = N * sum(d)  # the tutorial's gradients of D's weights in G's step
    assert timing.step_flops(tutorial().run) == N * (sum(g) + step_D + step_G) + thrown_away


def test_the_networks_are_those_that_the_comparison_names():
    G, D = mlp.pair()
    sizes_G, sizes_D = (256, 256, 256, 512, 1024, 784), (784, 512, 256, 1)
    for network, sizes in ((G, sizes_G), (D, sizes_D)):
        layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
        assert [(layer.in_features, layer.out_features) for layer in layers] == list(zip(sizes, sizes[1:]))
    again = mlp.pair()[0]
    assert all(torch.equal(a, b) for a, b in zip(G.parameters(), again.parameters()))


def test_the_tutorial_sees_the_same_images_and_prints_every_batch():
    out = io.StringIO()
    form = tutorial(out)
    seen = torch.cat([batch for batch, _ in form.loader])
    assert seen.shape == (40, 1, 6, 6)
    distance = (seen[:, None] - images()[None]).abs().flatten(2).amax(2).min(0).values
    assert distance.max() <= 1 / 255 + 1e-6  # every image is there, to the nearest of 256 greys
    form.run(12)  # more than twice through the data
    assert form.done == 12 and len(out.getvalue().splitlines()) == 12


@pytest.mark.parametrize("reuse", [False, True])
def test_the_tutorial_trains_both_players_as_plain_gradients_would(reuse):
    """Its first step on a batch equals the loss' gradients on logits, through one step of Adam."""
    form, (G, D), batch = tutorial(reuse=reuse), pair(), images(N)
    torch.manual_seed(3)
    form.batch(batch)
    torch.manual_seed(3)
    opt_G, opt_D = (torch.optim.Adam(net.parameters(), lr=2e-3, betas=(0.5, 0.999)) for net in (G, D))
    x_fake = G(torch.randn(N, 5))
    softplus = torch.nn.functional.softplus
    (softplus(-D(batch)).mean() + softplus(D(x_fake.detach())).mean()).backward()
    opt_D.step()
    if not reuse:
        x_fake = G(torch.randn(N, 5))
    softplus(-D(x_fake)).mean().backward()
    opt_G.step()
    for ours, theirs in ((G, form.G), (D, form.D)):
        for one, other in zip(ours.parameters(), theirs.parameters()):
            assert torch.allclose(one, other, atol=1e-5)


def test_ratios_are_taken_round_by_round():
    forms = [timing.Form("tutorial", "highest", None, 64, [100.0, 50.0, 200.0])]
    forms.append(timing.Form("ganlib", "medium", None, 128, [300.0, 160.0, 400.0]))
    text = timing.report(forms, {"highest": [500.0, 500.0], "medium": [1e3, 1e3]})
    first, second = text.splitlines()[1:3]
    assert first.split()[:4] == ["tutorial", "100", "(50-200)", "1.00"]
    assert second.split()[:5] == ["ganlib", "300", "(160-400)", "3.00", "(2.00-3.20)"]
    assert second.split()[-1] == "60%"  # 300 images/s of 2 operations each, of 1,000 operations/s


def test_all_forms_are_timed_in_turns(monkeypatch):
    order = []
    monkeypatch.setattr(timing, "product_rate", lambda device, precision: 1.0)
    monkeypatch.setattr(timing, "seconds", lambda work, device: work() or 1.0)

    def form(name):
        return timing.Form(name, "highest", lambda steps: order.append((name, steps)), 1)

    forms = [form("one"), form("other")]
    products = timing.measure(forms, torch.device("cpu"), rounds=2, steps=5)
    assert order == [(name, 5) for name in ("other", "one", "one", "other", "other", "one")]
    assert all(form.rates == [5 * timing.BATCH] * 2 for form in forms)  # the warming-up round is not counted
    assert products == {"highest": [1.0, 1.0], "medium": [1.0, 1.0]}


def test_the_quality_table_gives_means_errors_and_differences():
    assert summary([1.0, 2.0, 3.0]) == "2.000 ± 0.577"

    def measured(frechet):
        return Quality(1000, 9, 0.8, 2.2, frechet, 0.5, 0.4)

    found = {"tutorial": [measured(10.0), measured(12.0)], "ganlib": [measured(9.0), measured(13.0)]}
    line = next(line for line in table(found, measured(1.5)).splitlines() if line.startswith("frechet"))
    assert line.split() == ["frechet", "11.000", "±", "1.000", "11.000", "±", "2.000", "0.000", "±", "1.000", "1.500"]


def test_every_form_is_trained_and_judged_for_quality(capsys, monkeypatch):
    monkeypatch.setattr("tools.speed.quality.SAMPLES", 140)
    monkeypatch.setattr("sys.argv", ["bench", "--quality", "--seeds", "2", "--steps", "2", "--data", "digits"])
    bench.main()
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("  seed")]) == 2 * 5
    assert next(line for line in lines if line.startswith("frechet")).count("±") == 9


def counting(first: int):
    """Build a form for `Apart`: a run that adds up its steps and fails at 100, and how many FLOPs it says it has."""
    done = [first]

    def run(steps: int) -> None:
        done[0] += steps
        if done[0] >= 100:
            raise ValueError("a hundred")

    return run, 7


def test_a_form_runs_in_a_process_of_its_own_until_it_is_closed():
    form = Apart(counting, 3, precision="medium", keep_memory=True)
    assert form.flops == 7 and form.process.pid != os.getpid()
    form.run(2)
    form.run(5)
    form.close()
    assert form.process.exitcode == 0


def test_a_form_that_fails_in_its_process_is_an_error_here(capfd):
    form = Apart(counting, 3, precision="highest", keep_memory=False)
    with pytest.raises(RuntimeError, match="failed in its process"):
        form.run(97)
    form.process.join()
    assert "a hundred" in capfd.readouterr().err


def test_the_forms_of_the_dcgan_do_as_much_as_they_say():
    made = {name: dcgan.make(name, torch.device("cpu")) for name in dcgan.FORMS}
    for run, _ in made.values():
        run(1)
    flops = {name: count for name, (_, count) in made.items()}
    assert flops["tutorial, fresh fakes for G"] > flops["tutorial"] == flops["tutorial, memory kept"]
    assert flops["tutorial"] > flops["ganlib, networks as they are"] > flops["ganlib, channels last, folded"]
    assert flops["the same, bfloat16"] == flops["ganlib, channels last, folded"]


def test_every_form_is_timed_beside_a_neighbour_on_every_number_of_threads(capsys, monkeypatch):
    for name in FIXED:
        monkeypatch.delenv(name, raising=False)
    seen, before = [], torch.get_num_threads()

    def tiny():
        """A run that notes how many threads there are, whether the course may choose, and who runs beside it."""
        while True:
            beside = len(multiprocessing.active_children())
            seen.append((torch.get_num_threads(), "OMP_NUM_THREADS" in os.environ, beside))
            yield 1

    monkeypatch.setattr(neighbour, "FORMS", {"tiny": tiny})
    monkeypatch.setattr("sys.argv", ["bench", "--neighbour", "--seconds", "1e-9"])
    try:
        torch.set_num_threads(3)
        bench.main()
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    kinds = ((3, True), (1, False), (3, False))
    assert seen == [(*kind, beside) for beside in (0, 1) for kind in kinds for _ in range(2)]
    assert not multiprocessing.active_children() and "OMP_NUM_THREADS" not in os.environ
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  tiny")]
    assert len(lines) == 2 and all(float(number) > 0 for line in lines for number in line[1:])


@pytest.mark.parametrize("form", neighbour.FORMS)
def test_the_forms_beside_a_neighbour_make_steps(form):
    assert neighbour.rate(neighbour.FORMS[form], 0.0) > 0


def test_with_a_number_given_there_is_nothing_to_choose(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setattr("sys.argv", ["bench", "--neighbour"])
    with pytest.raises(SystemExit, match="unset OMP_NUM_THREADS"):
        bench.main()
