"""Conditional training: who is told which label, pausing and resuming, obedience, and the bugs made on purpose."""

import pytest
import torch
from sklearn.metrics import confusion_matrix
from tiny_gan import same, train
from torch import nn

from ganlib import experiments, losses, metrics, pretrained
from ganlib.data import Dataset, load
from ganlib.experiments.obedience import VARIANTS, Deaf, MixedUp, NeverTheLast
from ganlib.models import DCGANDiscriminator, DCGANGenerator, generate
from ganlib.recipes.conditional import judge_obedience, samples_of_each
from ganlib.train import ConditionalTraining, Given, load_checkpoint, save_checkpoint
from ganlib.train.checkpoint import _tensors

CLASSES = 3


def labelled(n: int = 60) -> Dataset:
    """Return images whose every pixel is their label, halved: what is drawn shows which label belongs to it."""
    y = torch.arange(n) % CLASSES
    images = (y / 2 - 0.5)[:, None, None, None].expand(-1, 1, 8, 8).contiguous()
    return Dataset("labelled", images, y, tuple("abc"))


def tiny(seed: int = 0, *, kind=ConditionalTraining, wrap=lambda G, D: (G, D), **settings):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        G = DCGANGenerator(3, (4, 2), (1, 8, 8), classes=CLASSES)
        D = DCGANDiscriminator((1, 8, 8), (2, 4), classes=CLASSES, batch_norm=False, dropout=0.2)
    return kind(*wrap(G, D), labelled(), **{"batch_size": 8, "seed": seed, **settings})


class Spy(nn.Module):
    """Note what a network of two inputs is called with."""

    def __init__(self, network):
        super().__init__()
        self.network, self.calls = network, []
        self.z_dim, self.classes = getattr(network, "z_dim", None), network.classes

    def forward(self, first, y):
        self.calls.append((first.detach().clone(), y.clone()))
        return self.network(first, y)


def test_both_players_are_told_the_same_label_and_real_images_come_with_theirs():
    training = tiny(wrap=lambda G, D: (Spy(G), Spy(D)))
    for _ in range(5):
        training.G.calls.clear(), training.D.calls.clear()
        training.step()
        (_, y_D), (_, y_G) = training.G.calls
        (x_real, told_real), (_, told_fake), (_, told_G) = training.D.calls
        assert torch.equal((x_real[:, 0, 0, 0] * 2 + 1).long(), told_real), "a real image with another one's label"
        assert torch.equal(y_D, told_fake) and torch.equal(y_D, told_real) and torch.equal(y_G, told_G)
        assert not torch.equal(y_D, y_G), "G's own step asks for other labels"


def test_with_reuse_G_learns_on_the_fakes_and_the_labels_that_D_has_judged():
    training = tiny(wrap=lambda G, D: (Spy(G), Spy(D)), reuse=True)
    before = training.G.network.layers[0].weight.clone()
    for _ in range(3):
        training.G.calls.clear(), training.D.calls.clear()
        training.step()
        ((_, y_D),) = training.G.calls  # one pass through G
        _, (fakes, told_fake), (again, told_G) = training.D.calls
        assert torch.equal(fakes, again) and torch.equal(y_D, told_fake) and torch.equal(y_D, told_G)
    assert not torch.equal(before, training.G.network.layers[0].weight)


def test_in_one_pass_the_fakes_follow_the_real_ones_with_the_same_labels():
    training = tiny(one_pass=True, wrap=lambda G, D: (G, Spy(D)))
    training.step()
    x, y = training.D.calls[0]
    assert len(x) == 16 and torch.equal(y[:8], y[8:])
    assert torch.equal((x[:8, 0, 0, 0] * 2 + 1).long(), y[:8])


def test_every_class_is_asked_for_the_last_one_too():
    training = tiny(batch_size=300)
    counts = torch.bincount(training.ask(), minlength=CLASSES)
    assert len(counts) == CLASSES and counts.min() > 70


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"ema": 0.9, "D_steps": 2},
        {"reuse": True},
        {"one_pass": True, "penalty": losses.zero_centred_penalty, "clip": 1.0},
    ],
    ids=["plain", "average", "reuse", "penalty"],
)
def test_a_resumed_training_ends_with_the_same_bits(settings, tmp_path):
    whole, paused, resumed = tiny(3, **settings), tiny(3, **settings), tiny(99, **settings)
    train(whole, 9)
    train(paused, 4)
    path = save_checkpoint(paused, tmp_path / "run.safetensors")
    train(resumed, 1)
    load_checkpoint(resumed, path)
    train(resumed, 5)
    assert resumed.number == 9 and same(_tensors(whole), _tensors(resumed))


def test_a_pair_is_given_its_second_input():
    D = tiny().D.eval()
    x, y = torch.randn(8, 1, 8, 8), torch.arange(8) % CLASSES
    given = Given(D, y)
    assert torch.equal(given(x), D(x, y)) and not given.training
    assert torch.equal(given(torch.cat([x, -x])), torch.cat([D(x, y), D(-x, y)]))
    assert [id(p) for p in given.parameters()] == [id(p) for p in D.parameters()]


def test_generating_in_chunks_keeps_each_label_with_its_z():
    G = tiny().G.eval()
    z, y = torch.randn(25, 3), torch.arange(25) % CLASSES
    with torch.no_grad():
        torch.testing.assert_close(generate(G, z, y, chunk=10), G(z, y))


def test_what_cannot_be_trained_is_refused():
    G, D, data = tiny().G, tiny().D, labelled()
    with pytest.raises(ValueError, match="none"):
        ConditionalTraining(G, D, Dataset("bare", data.images))
    with pytest.raises(ValueError, match="0 to 3"):
        ConditionalTraining(G, D, Dataset("more", data.images, torch.arange(60) % 4))


def test_the_confusion_matrix_is_scikit_learns():
    test = load("digits", "test", limit=100)
    asked = test.labels.roll(3)
    counts, read = metrics.confusion(pretrained.load("digits-classifier"), test.images, asked)
    assert torch.equal(counts, torch.from_numpy(confusion_matrix(asked, read, labels=range(10))))


class Album(nn.Module):
    """A generator that shows real digits: those asked for, or always the same."""

    def __init__(self, obedient: bool):
        super().__init__()
        self.obedient, self.z_dim, self.classes = obedient, 2, 10
        self.unused = nn.Parameter(torch.zeros(1))
        digits = load("digits")
        self.pages = [digits.images[digits.labels == k] for k in range(10)]

    def forward(self, z, y):
        which = (z[:, 0].abs() * 1000).long()
        return torch.stack([self.pages[int(k) if self.obedient else 4][int(w) % 100] for k, w in zip(y, which)])


def test_obedience_tells_who_listens():
    good, bad = judge_obedience(Album(True), 200), judge_obedience(Album(False), 200)
    assert good["obedience"] > 0.97 and good["least"] > 0.8 and good["same"] < 0.13
    assert bad["obedience"] < 0.15 and bad["least"] < 0.1 and bad["same"] > 0.95
    images, y = samples_of_each(Album(True), 50)
    assert torch.equal(y, torch.arange(50) % 10) and images.shape == (50, 1, 32, 32)


def test_the_bugs_are_the_bugs_that_the_notebook_names():
    G, D = tiny().G, tiny().D.eval()
    spy, y = Spy(G), torch.arange(8) % CLASSES
    MixedUp(spy).train()(torch.randn(8, 3), y)
    MixedUp(spy).eval()(torch.randn(8, 3), y)
    assert not torch.equal(spy.calls[0][1], y) and torch.equal(spy.calls[0][1].sort().values, y.sort().values)
    assert torch.equal(spy.calls[1][1], y), "asked on its own, it gets the right labels"
    careless = tiny(kind=NeverTheLast, batch_size=300)
    assert set(careless.ask().tolist()) == {0, 1}
    deaf = Deaf(DCGANDiscriminator((1, 8, 8), (2, 4), batch_norm=False)).eval()
    x = torch.randn(8, 1, 8, 8)
    assert torch.equal(deaf(x, y), deaf(x, 2 - y)) and not torch.equal(D(x, y), D(x, 2 - y))


def test_every_variant_trains(monkeypatch):
    digits = load("digits", limit=200)
    for variant, make in VARIANTS.items():
        training = make(digits, 0, 2)
        before = [p.clone() for p in training.G.parameters()]
        train(training, 2)
        assert not all(torch.equal(a, b) for a, b in zip(before, training.G.parameters())), variant


def test_the_shipped_weights_obey():
    recipe = pretrained.index()["digits-cgan"]
    found = judge_obedience(pretrained.load("digits-cgan"))
    assert found["obedience"] >= 0.95 and found["obedience"] == pytest.approx(recipe.quality["obedience"], abs=0.02)


def test_the_record_has_every_variant_from_several_seeds():
    runs = experiments.read("cgan-obedience")["runs"]
    for variant in VARIANTS:
        chosen = [run for run in runs if run["variant"] == variant]
        assert len(chosen) >= 3
        for run in chosen:
            counts = torch.tensor([[int(count) for count in row.split()] for row in run["read"]])
            share = counts.diagonal().sum() / counts.sum()
            assert counts.shape == (10, 10) and float(share) == pytest.approx(run["obedience"], abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_record_can_be_had_again(variant):
    torch.set_float32_matmul_precision("medium")
    experiment = experiments.EXPERIMENTS["cgan-obedience"]
    recorded = [run["obedience"] for run in experiments.read("cgan-obedience")["runs"] if run["variant"] == variant]
    again = experiment.run(variant, 0, experiment.steps)["obedience"]
    assert min(recorded) - 0.05 < again < max(recorded) + 0.05
