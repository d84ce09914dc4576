import io
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ganlib import experiments, pretrained
from ganlib.data import Dataset
from ganlib.experiments import dcgan as recorded
from ganlib.models import DCGANDiscriminator, DCGANGenerator, dcgan_pair, generate, init_dcgan
from ganlib.models.dcgan import CHOSEN, Blur, NarrowConv2d, UpsampledConv2d
from ganlib.recipes.dcgan import FACES, digits_dcgan, faces_dcgan, judge_faces, plain_dcgan
from tools.speed import curve
from tools.speed import dcgan as speed


def tiny(n=12, channels=1, side=8):
    return Dataset("tiny", torch.rand(n, channels, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1)


def maps(network, x):
    """Return the shapes of the maps that a network goes through."""
    found = [tuple(x.shape[1:])]
    for layer in network.layers:
        x = layer(x)
        if x.ndim == 4 and tuple(x.shape[1:]) != found[-1]:
            found.append(tuple(x.shape[1:]))
    return [shape for shape in found if len(shape) == 3]


@pytest.mark.parametrize("strided", [True, False])
@pytest.mark.parametrize(("shape", "channels"), [((1, 32, 32), (8, 4, 2)), ((3, 16, 16), (6, 4))])
def test_the_discriminator_is_the_generators_mirror(shape, channels, strided):
    G = DCGANGenerator(5, channels, shape, strided=strided)
    D = DCGANDiscriminator(shape, channels[::-1], strided=True)
    grown, shrunk = maps(G, torch.randn(3, 5)), maps(D, torch.randn(3, *shape))
    assert grown == shrunk[::-1] and grown[-1] == shape and grown[0][0] == channels[0]
    x = G(torch.randn(3, 5))
    assert x.shape == (3, *shape) and x.abs().max() <= 1 and D(x).shape == (3,)


def test_pooling_halves_as_strides_do():
    D = DCGANDiscriminator((1, 16, 16), (4, 6), strided=False)
    assert D(torch.randn(2, 1, 16, 16)).shape == (2,) and any(isinstance(layer, nn.MaxPool2d) for layer in D.layers)


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 32, 16), (1, 4, 4)])
def test_pictures_that_cannot_be_halved_are_refused(shape):
    with pytest.raises(ValueError, match="cannot be halved 3 times"):
        DCGANGenerator(5, (8, 4, 2), shape)
    with pytest.raises(ValueError, match="cannot be halved 3 times"):
        DCGANDiscriminator(shape, (2, 4, 8))


def test_labels_are_asked_for_exactly_where_they_are_used():
    plain, labelled = dcgan_pair((1, 8, 8), channels_G=(4, 2), channels_D=(2, 4)), DCGANGenerator(
        64, (4, 2), (1, 8, 8), classes=3
    )  # fmt: skip
    z, y = torch.randn(2, 64), torch.tensor([0, 2])
    for network, arguments in ((plain[0], (z, y)), (plain[1], (torch.randn(2, 1, 8, 8), y)), (labelled, (z,))):
        with pytest.raises(ValueError, match="classes: (give|omit) y"):
            network(*arguments)


def test_the_label_changes_the_picture_and_the_judgement():
    G, D = dcgan_pair((1, 8, 8), channels_G=(4, 2), channels_D=(2, 4), classes=3)
    G.eval(), D.eval()
    z, x = torch.randn(4, 64), torch.randn(4, 1, 8, 8)
    first, second = torch.zeros(4, dtype=torch.long), torch.ones(4, dtype=torch.long)
    assert not torch.equal(G(z, first), G(z, second)) and not torch.equal(D(x, first), D(x, second))


def test_first_weights_are_radfords():
    torch.manual_seed(0)
    G = init_dcgan(DCGANGenerator(64, (64, 32), (1, 16, 16)))
    for layer in G.modules():
        if isinstance(layer, (nn.Linear, nn.ConvTranspose2d)):
            assert abs(layer.weight.mean()) < 0.005 and 0.015 < layer.weight.std() < 0.025
            assert layer.bias is None or not layer.bias.any()
        if isinstance(layer, nn.BatchNorm2d):
            assert 0.98 < layer.weight.mean() < 1.02 and layer.weight.std() > 0.005 and not layer.bias.any()
    again = DCGANGenerator(64, (64, 32), (1, 16, 16))
    torch.manual_seed(0)
    wider = init_dcgan(again, spread=0.2)
    assert wider.layers[0].weight.std() > 0.15


@pytest.mark.parametrize("bias", [True, False])
def test_folded_upsampling_equals_repeating_then_convolving(bias):
    folded = UpsampledConv2d(3, 5, bias=bias).double()
    usual = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(3, 5, 3, padding=1, bias=bias)).double()
    usual[1].load_state_dict(folded.state_dict())
    x = torch.randn(2, 3, 6, 7).double()
    assert torch.allclose(folded(x), usual(x))
    upstream = torch.randn(2, 5, 12, 14).double()
    slopes = [torch.autograd.grad((layer(x) * upstream).sum(), layer.parameters()) for layer in (folded, usual)]
    assert all(torch.allclose(a, b) for a, b in zip(*slopes))


def test_the_largest_of_the_first_numbers_chooses_an_island():
    G = DCGANGenerator(6, (4, 2), (1, 8, 8), choices=3).eval()
    z = torch.tensor([[0.1, 0.9, -2.0, 5.0, 6.0, 7.0]])
    assert torch.equal(G.choose(z), torch.tensor([[0.0, CHOSEN, 0.0, 5.0, 6.0, 7.0]]))
    louder, other, moved = z.clone(), z.clone(), z.clone()
    louder[0, 1], other[0, 2], moved[0, 5] = 4.0, 1.0, 0.0
    assert torch.equal(G(z), G(louder))  # the same island
    assert not torch.equal(G(z), G(other)) and not torch.equal(G(z), G(moved))
    connected = DCGANGenerator(6, (4, 2), (1, 8, 8))
    assert connected.choose(z) is z
    with pytest.raises(ValueError, match="between 0 and z_dim = 6, not 7"):
        DCGANGenerator(6, (4, 2), (1, 8, 8), choices=7)


def test_a_blurred_discriminator_sees_what_a_convolution_would_blur():
    blur, x = Blur(1.0, 16), torch.rand(3, 1, 16, 16) * 2 - 1
    line = torch.exp(-(torch.arange(-6, 7.0) ** 2) / 2)
    kernel = (line[:, None] * line / line.sum() ** 2)[None, None]
    assert torch.allclose(blur(x), nn.functional.conv2d(nn.functional.pad(x, (6,) * 4, value=-1), kernel), atol=1e-5)
    empty = torch.full((1, 1, 16, 16), -1.0)
    assert torch.allclose(blur(empty), empty)  # background stays background, at the edge too
    sharp, blurred = DCGANDiscriminator((1, 16, 16), (4, 6)), DCGANDiscriminator((1, 16, 16), (4, 6), blur=1.0)
    blurred.load_state_dict(sharp.state_dict())  # nothing more to learn, or to store
    assert torch.allclose(blurred(x), sharp(blur(x)))
    board = (torch.arange(16)[:, None] + torch.arange(16)) % 2 * 2.0 - 1
    assert blur(board[None, None])[..., 4:-4, 4:-4].abs().max() < 0.03


def test_parts_are_taken_away_from_the_recipe():
    trained = {name: digits_dcgan(tiny(side=32), steps=9, **changes) for name, changes in recorded.PARTS.items()}
    whole = trained.pop("the recipe")
    assert isinstance(whole.D.blur, Blur) and whole.G.choices and whole.penalty and whole.ema and whole.schedule(8) < 1
    assert not isinstance(trained.pop("D sees sharp edges").D.blur, Blur)
    assert trained.pop("a single island of noise").G.choices == 0
    assert trained.pop("no gradient penalty").penalty is None and trained.pop("no average of G").ema is None
    assert trained.pop("the rate stays").schedule(8) == 1 and set(trained) == {recorded.MOVED}


def test_moved_copies_are_put_in_where_the_recipe_has_none(monkeypatch):
    seen = []

    def recipe(data, **_):
        seen.append(len(data))
        return plain_dcgan(tiny(side=32), batch_size=4)

    monkeypatch.setattr(recorded, "digits_dcgan", recipe)
    monkeypatch.setattr(recorded, "_judged_twice", lambda G: {})
    for variant in ("the recipe", recorded.MOVED):
        recorded.run_digits(variant, 0, 1)
    assert seen == [1297, 16 * 1297]


@pytest.mark.parametrize("bias", [True, False])
def test_a_narrow_convolution_is_a_convolution(bias):
    narrow, usual = NarrowConv2d(5, 2, bias=bias), nn.Conv2d(5, 2, 3, padding=1, bias=bias)
    usual.load_state_dict(narrow.state_dict())
    x, upstream = torch.randn(3, 5, 6, 7), torch.randn(3, 2, 6, 7)
    assert torch.allclose(narrow(x), usual(x), atol=1e-5)
    slopes = [torch.autograd.grad((layer(x) * upstream).sum(), layer.parameters()) for layer in (narrow, usual)]
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(*slopes))


def test_recipes_differ_where_they_say():
    cured, plain = digits_dcgan(tiny(side=32), steps=10), plain_dcgan(tiny(side=32))
    assert cured.G.choices == 10 and plain.G.choices == 0
    assert isinstance(cured.D.blur, Blur) and not isinstance(plain.D.blur, Blur)
    assert not isinstance(digits_dcgan(tiny(side=32), options_D={"blur": 0.0}).D.blur, Blur)
    assert all(torch.equal(a, b) for a, b in zip(cured.G.parameters(), plain.G.parameters()))
    assert cured.schedule(9) < 0.3 and plain.schedule(9) == 1 and plain.G_ema is None and cured.G_ema is not None
    wild = plain_dcgan(tiny(side=32), options_D={"batch_norm": False}, spread=None, lr_D=0.5, half=False)
    assert wild.lr_D == 0.5 and not any(isinstance(layer, nn.BatchNorm2d) for layer in wild.D.modules())
    assert wild.G.layers[0].weight.std() > 2 * plain.G.layers[0].weight.std()


def test_a_recipe_gives_the_same_weights_again():
    one, other = (faces_dcgan(tiny(channels=3, side=32), steps=2, seed=4, batch_size=4) for _ in range(2))
    for training in (one, other):
        torch.manual_seed(torch.seed())  # whatever the caller's own stream is
        training.step(), training.step()
    assert all(torch.equal(a, b) for a, b in zip(one.best_G.parameters(), other.best_G.parameters()))


def test_shipped_faces_are_near_real_ones_and_untrained_ones_are_not():
    recorded = pretrained.index()["faces-dcgan"].quality
    measured = judge_faces(pretrained.load("faces-dcgan").float())
    assert measured["frechet"] == pytest.approx(recorded["frechet"], rel=0.1)
    torch.manual_seed(0)
    assert measured["frechet"] < 2.5 and judge_faces(DCGANGenerator(**FACES))["frechet"] > 100


def test_curves_are_means_over_equal_stretches(monkeypatch):
    monkeypatch.setattr(recorded, "POINTS", 3)
    training, again = (plain_dcgan(tiny(side=32), batch_size=4, half=False) for _ in range(2))
    found = recorded.curves(training, 6)
    steps = [float(step.loss_D) for step in again.run(6)]
    assert found["loss_D"] == pytest.approx([sum(steps[i : i + 2]) / 2 for i in (0, 2, 4)], abs=1e-3)
    assert {len(values) for values in found.values()} == {3}


def test_a_training_that_diverged_is_not_judged():
    training = plain_dcgan(tiny(side=32), batch_size=4)
    with torch.no_grad():
        next(training.G.parameters()).fill_(float("nan"))
    assert recorded._judged(training) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("dcgan-guidelines", "all guidelines"),
        ("dcgan-guidelines", "no batch norm"),
        ("dcgan-parts", "the recipe"),
        ("dcgan-parts", "D sees sharp edges"),
        ("dcgan-digits", "the recipe"),
    ],
)
def test_recorded_runs_come_out_the_same_again(name, variant):
    torch.set_float32_matmul_precision("medium")
    experiment = experiments.EXPERIMENTS[name]
    runs = [run["frechet"] for run in experiments.read(name)["runs"] if run["variant"] == variant]
    again = experiment.run(variant, 0, experiment.steps)["frechet"]
    assert 0.5 * min(runs) < again < 2 * max(runs)


def test_the_benchs_two_forms_are_the_same_networks():
    usual, folded = speed.pair(3, folded=False), speed.pair(3, folded=True)
    z = torch.randn(4, speed.Z_DIM)
    assert torch.allclose(generate(usual[0], z), generate(folded[0], z), atol=1e-6)
    assert [tuple(a.shape) for a in usual[0].parameters()] == [tuple(b.shape) for b in folded[0].parameters()]


def test_folding_saves_products_and_both_forms_train():
    images = tiny(n=64, side=32)
    theirs, ours = speed.tutorial(images, io.StringIO()), speed.training(images)
    flops = [speed.step_flops(run) for run in (theirs.run, lambda steps: list(ours.run(steps)))]
    assert 0.4 < flops[1] / flops[0] < 0.6
    assert theirs.done == 1 and ours.number == 1


def test_the_stopwatch_counts_work_alone():
    now = iter([0.0, 2.0, 10.0, 11.0])
    watch = curve.Stopwatch(clock=lambda: next(now))
    watch.work(lambda: None)
    assert watch.spent == 2.0
    watch.work(lambda: None)
    assert watch.spent == 3.0


def test_the_rate_falls_over_the_second_half_of_the_seconds():
    watch = curve.Stopwatch()
    factor = curve.falling(watch, 10.0)
    rates = []
    for watch.before in (0.0, 5.0, 7.5, 10.0, 12.0):
        rates.append(round(factor(0), 3))
    assert rates == [1.0, 1.0, 0.525, 0.05, 0.05]
