import io
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ganlib import experiments, pretrained
from ganlib.data import Dataset, grouped, load
from ganlib.experiments import dcgan as recorded
from ganlib.models import DCGANDiscriminator, DCGANGenerator, dcgan_pair, generate, init_dcgan
from ganlib.models.dcgan import CHOSEN
from ganlib.models.layers import Blur, NarrowConv2d, UpsampledConv2d
from ganlib.recipes import judge_digits
from ganlib.recipes.dcgan import FACES, digits_dcgan, faces_dcgan, judge_faces, plain_dcgan
from ganlib.train import ConditionalTraining, Training
from tools.speed import curve, timing
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
    plain, labelled = (
        dcgan_pair((1, 8, 8), channels_G=(4, 2), channels_D=(2, 4)),
        DCGANGenerator(64, (4, 2), (1, 8, 8), classes=3),
    )
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


def test_the_first_number_chooses_an_island():
    G = DCGANGenerator(4, (4, 2), (1, 8, 8), groups=3).eval()
    G.shares.copy_(torch.tensor([0.5, 0.25, 0.25]))
    z = torch.tensor([[0.1, 5.0, 6.0, 7.0]])  # above the median, below the upper quartile
    assert torch.equal(G.place(z), torch.tensor([[0.0, CHOSEN, 0.0, 5.0, 6.0, 7.0]]))
    nearby, beyond, moved = z.clone(), z.clone(), z.clone()
    nearby[0, 0], beyond[0, 0], moved[0, 3] = 0.6, 0.7, 0.0
    assert torch.equal(G(z), G(nearby))  # the same island
    assert not torch.equal(G(z), G(beyond)) and not torch.equal(G(z), G(moved))
    assert torch.equal(G(z, torch.tensor([2])), G(beyond)) and torch.equal(G(beyond, torch.tensor([1])), G(z))
    many = torch.randn(20_000, 4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(torch.bincount(G.group(many)) / len(many), G.shares, atol=0.02)
    other = DCGANGenerator(4, (4, 2), (1, 8, 8), groups=3)
    other.load_state_dict(G.state_dict())
    assert torch.equal(other.shares, G.shares), "the shares are stored with the weights"
    connected = DCGANGenerator(4, (4, 2), (1, 8, 8))
    assert connected.place(z) is z
    with pytest.raises(ValueError, match="no classes: omit y"):
        connected(z, torch.tensor([2]))
    with pytest.raises(ValueError, match="not both: 2 classes and 3 groups"):
        DCGANGenerator(4, (4, 2), (1, 8, 8), classes=2, groups=3)


def test_a_projected_label_weighs_the_last_map():
    D, x = DCGANDiscriminator((1, 8, 8), (4, 6), classes=3, projected=True).eval(), torch.randn(5, 1, 8, 8)
    y = torch.tensor([0, 2, 1, 1, 0])
    h = D.layers[:-1](x)
    weights, bias = D.layers[-1].weight + D.by_class.weight[y], D.layers[-1].bias + D.by_class.bias[y]
    assert torch.allclose(D(x, y), (weights * h).sum(1) + bias, atol=1e-6)  # Miyato and Koyama 2018, eq. 3
    assert D.layers[0].in_channels == 1, "no planes besides"
    with pytest.raises(ValueError, match="3 classes: give y"):
        D(x)
    assert DCGANDiscriminator((1, 8, 8), (4, 6), projected=True).by_class is None


def test_sharpening_steepens_the_last_tanh_when_samples_are_drawn_only():
    soft, sharp = DCGANGenerator(6, (4, 2), (1, 8, 8)).eval(), DCGANGenerator(6, (4, 2), (1, 8, 8), sharpen=2.0).eval()
    sharp.load_state_dict(soft.state_dict())
    z = torch.randn(5, 6)
    assert torch.allclose(sharp(z), torch.tanh(2 * torch.atanh(soft(z))), atol=1e-5)
    soft.train(), sharp.train()
    assert torch.equal(sharp(z), soft(z))


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


def test_groups_hold_pictures_that_look_alike():
    digits = load("digits")
    found = grouped(digits, 10)
    table = torch.bincount(10 * found.labels + digits.labels, minlength=100).view(10, 10)
    assert table.sum(1).min() > 30 and table.sum() == len(digits) and found.classes[9] == "group 9"
    assert table.amax(1).sum() / len(digits) > 0.7, "digits sort themselves, mostly"
    assert torch.equal(found.labels, grouped(Dataset("bare", digits.images), 10).labels), "labels are not looked at"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    assert torch.equal(found.labels, grouped(digits, 10).labels)
    torch.set_num_threads(threads)
    shapes = [Dataset("x", torch.rand(9, channels, side, side)) for channels, side in ((1, 8), (3, 32), (1, 70))]
    assert all(int(grouped(data, 2).labels.max()) == 1 for data in shapes)
    for count in (0, 13):
        with pytest.raises(ValueError, match=f"1 to 12 groups, not {count}"):
            grouped(tiny(), count)


def test_the_recipe_tells_D_the_group_and_draws_as_the_groups_are_frequent():
    digits = load("digits", limit=200)
    training = digits_dcgan(digits, steps=4, groups=4)
    assert isinstance(training, ConditionalTraining) and training.D.classes == 4 and training.D.by_class is not None
    found = torch.bincount(grouped(digits, 4).labels) / len(digits)
    assert torch.allclose(training.G.shares, found) and torch.allclose(training.best_G.shares, found)
    assert found.max() > 1.1 * found.min(), "else equal shares would pass too"
    started = [weight.clone() for weight in training.D.by_class.parameters()]
    for _ in training.run(2):
        pass
    assert not any(torch.equal(a, b) for a, b in zip(started, training.D.by_class.parameters()))
    z = torch.randn(50, training.G.z_dim)
    same = generate(training.best_G, z, training.best_G.group(z))
    assert torch.equal(generate(training.best_G, z), same)


def test_parts_are_taken_away_from_the_recipe():
    trained = {name: digits_dcgan(tiny(side=32), steps=9, **changes) for name, changes in recorded.PARTS.items()}
    whole = trained.pop("the recipe")
    assert isinstance(whole.D.blur, Blur) and whole.G.groups and whole.penalty and whole.ema and whole.schedule(8) < 1
    assert not isinstance(trained.pop("D sees sharp edges").D.blur, Blur)
    alone = trained.pop("no groups, one island of noise")
    assert alone.G.groups == 0 and alone.D.classes == 0 and type(alone) is Training
    assert trained.pop("no gradient penalty").penalty is None and trained.pop("no average of G").ema is None
    assert trained.pop("the rate stays").schedule(8) == 1 and set(trained) == {recorded.MOVED}


def test_without_groups_or_without_being_told():
    trained = {name: digits_dcgan(tiny(side=32), steps=9, **changes) for name, changes in recorded.GROUPS.items()}
    alone, silent = trained.pop("no groups"), trained.pop("D is not told the group")
    assert not trained and alone.G.groups == alone.D.classes == silent.D.classes == 0 and silent.G.groups == 10
    for training in (alone, silent):
        assert type(training) is Training
        training.step()


def test_a_generator_is_judged_by_the_mean_of_several_draws():
    G = pretrained.load("digits-mlp")
    draws = [judge_digits(G, 200, seed).frechet for seed in (1, 2, 3)]
    judged = recorded.judge_often(G, 200, draws=3)
    assert judged["frechet"] == pytest.approx(sum(draws) / 3, abs=0.01) and max(draws) > min(draws)
    assert judged["classes"] == 10 and 0.01 < judged["least_share"] < 0.1 and judged["n"] == 200


def test_moved_copies_are_put_in_where_the_recipe_has_none(monkeypatch):
    seen = []

    def recipe(data, **_):
        seen.append(len(data))
        return plain_dcgan(tiny(side=32), batch_size=4)

    monkeypatch.setattr(recorded, "digits_dcgan", recipe)
    monkeypatch.setattr(recorded, "judge_often", lambda G: {})
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
    two_tones = Dataset("two tones", tiny(side=32).images.sign())
    cured, plain = digits_dcgan(two_tones, steps=10), plain_dcgan(two_tones)
    assert digits_dcgan(tiny(side=32)).G.sharpen == 1, "greys are to stay"
    assert cured.G.groups == 10 and plain.G.groups == 0 and cured.G.sharpen == 2 and plain.G.sharpen == 1
    assert cured.G.layers[2].momentum == 0.02 and plain.G.layers[2].momentum == 0.1
    assert isinstance(cured.D.blur, Blur) and not isinstance(plain.D.blur, Blur)
    assert not isinstance(digits_dcgan(tiny(side=32), options_D={"blur": 0.0}).D.blur, Blur)
    connected = digits_dcgan(tiny(side=32), groups=0)
    assert all(torch.equal(a, b) for a, b in zip(connected.G.parameters(), plain.G.parameters()))
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
    flops = [timing.step_flops(run) for run in (theirs.run, lambda steps: list(ours.run(steps)))]
    assert 0.4 < flops[1] / flops[0] < 0.6
    assert theirs.done == 1 and ours.number == 1


def test_the_stopwatch_counts_work_alone():
    now = iter([0.0, 2.0, 10.0, 11.0])
    watch = curve.Stopwatch(clock=lambda: next(now))
    watch.work(lambda: None)
    assert watch.spent == 2.0
    watch.work(lambda: None)
    assert watch.spent == 3.0


def test_the_rate_falls_with_the_seconds_as_the_recipes_does_with_the_steps():
    watch = curve.Stopwatch()
    factor = curve.falling(watch, 10.0)
    rates = []
    for watch.before in (0.0, 2.5, 6.25, 10.0, 12.0):
        rates.append(round(factor(0), 3))
    assert rates == [1.0, 1.0, 0.525, 0.05, 0.05]


def test_the_bars_count_only_what_clears_all_three():
    good = {"least_share": 0.05, "confidence": 0.93, "frechet": 4.5}
    bad = [{**good, "least_share": 0.049}, {**good, "confidence": 0.929}, {**good, "frechet": 4.6}]
    assert curve.reached(good, 3.0) and not any(curve.reached(one, 3.0) for one in bad)
    lines = curve.table((5.0,), {"ganlib": [[(10, good)], *([(20, one)] for one in bad)]}, 3.0).splitlines()
    assert lines[1].split()[1:] == ["5", "20", "4.5", "(4.5-4.6)", "0.930", "(0.929-0.930)", "4.9%", "1", "of", "4"]


def test_the_clock_runs_while_the_recipe_prepares_and_stands_while_it_is_judged(monkeypatch):
    clock = [0.0]

    class Slow:
        number, best_G = 0, "G"

        def step(self):
            clock[0] += 1.0
            self.number += 1

    def prepare(images, *, seed, schedule):
        clock[0] += 2.0  # the groups
        return Slow()

    def judge(G):
        clock[0] += 100.0
        return G

    monkeypatch.setattr(curve, "digits_dcgan", prepare)
    monkeypatch.setattr(curve.Stopwatch.__init__, "__defaults__", (lambda: clock[0],))
    assert curve.ours(None, 0, 5.0, judge) == [(3, "G")]
