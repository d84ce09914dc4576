"""Paired training: D judges pairs, G has targets; alone, together, and resumed to the last bit."""

import pytest
import torch
import torch.nn.functional as F
from tiny_gan import same, train, weights_of

from ganlib import losses
from ganlib.data import Dataset
from ganlib.models import PatchDiscriminator, UNet
from ganlib.train import PairedTraining, constant_then_linear, load_checkpoint, save_checkpoint
from ganlib.train.checkpoint import _tensors

PARTS = 3


def pairs(n: int = 24) -> Dataset:
    """Return n pictures of 8x8 pixels: each part has a colour of its own, and a little grain."""
    generator = torch.Generator().manual_seed(5)
    segments = torch.randint(PARTS, (n, 4, 4), generator=generator).repeat_interleave(2, 1).repeat_interleave(2, 2)
    colours = torch.tensor([[-0.8, -0.8, 0.0], [0.7, -0.5, -0.5], [0.0, 0.8, 0.8]])
    images = colours[segments].permute(0, 3, 1, 2) + 0.1 * torch.randn(n, 3, 8, 8, generator=generator)
    return Dataset("pairs", images.clamp(-1, 1), segments=segments.byte(), parts=("a", "b", "c"))


def networks(seed: int = 1, condition_channels: int = PARTS):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return UNet(PARTS, 3, (6, 8)), PatchDiscriminator(3, condition_channels, (6,))


def paired(*, data=None, D=..., seed=0, **arguments) -> PairedTraining:
    G, own_D = networks()
    return PairedTraining(G, own_D if D is ... else D, data or pairs(), **{"batch_size": 4, "seed": seed, **arguments})


def plain_loop(data, steps, *, seed, weight, lr):
    """pix2pix as one writes it by hand: the yardstick."""
    G, D = networks()
    opt_G = torch.optim.Adam(G.parameters(), lr=lr, betas=(0.5, 0.99))
    opt_D = torch.optim.Adam(D.parameters(), lr=lr, betas=(0.5, 0.99))
    stream = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        which = torch.randint(len(data), (4,), generator=stream)
        c, x_real = data.segments[which], data.images[which]
        p_real, p_fake = torch.sigmoid(D(x_real, c)), torch.sigmoid(D(G(c).detach(), c))
        loss_D = -torch.log(p_real).mean() - torch.log(1 - p_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
        x_fake = G(c)
        loss_G = -torch.log(torch.sigmoid(D(x_fake, c))).mean() + weight * (x_fake - x_real).abs().mean()
        opt_G.zero_grad()
        loss_G.backward()
        opt_G.step()
    return G, D


def test_it_is_the_loop_that_one_writes_by_hand():
    training = paired(seed=4, weight=7.0, lr_G=3e-3, lr_D=3e-3)
    train(training, 10)
    G, D = plain_loop(pairs(), 10, seed=4, weight=7.0, lr=3e-3)
    for ours, by_hand in ((training.G, G), (training.D, D)):
        for one, other in zip(ours.parameters(), by_hand.parameters()):
            torch.testing.assert_close(one, other, atol=2e-5, rtol=1e-3)


def test_the_step_tells_the_distance_apart_from_the_game():
    training = paired(weight=50.0)
    step = train(training, 1)
    assert step.logits_real.shape == step.logits_fake.shape == (4, 4, 4)
    assert torch.isclose(step.loss_D, losses.cross_entropy_D(step.logits_real, step.logits_fake))
    assert step.loss_G < 5 and 0 < step.distance < 2
    assert 0 <= step.accuracy_D <= 1


def test_each_player_moves_only_in_its_own_step():
    training = paired()
    before, slopes = (weights_of(training.G), weights_of(training.D)), {}

    def look():  # instead of D's step
        slopes.update({name: p.grad.clone() for name, p in training.D.named_parameters()})
        assert all(p.grad is None for p in training.G.parameters()), "D's step taught G"

    training.opt_D.step = look
    train(training, 1)
    assert same(weights_of(training.D), before[1]) and not same(weights_of(training.G), before[0])
    assert all(torch.equal(p.grad, slopes[name]) for name, p in training.D.named_parameters()), "G's step taught D"
    assert all(p.requires_grad for p in training.D.parameters())


def test_the_weight_pulls_the_fakes_to_their_targets():
    near = {weight: float(train(paired(weight=weight, lr_G=3e-3), 150).distance) for weight in (0.0, 100.0)}
    assert near[100.0] < 0.2 and near[100.0] < near[0.0] / 2


def test_without_a_discriminator_it_is_regression():
    training = paired(D=None, distance=F.mse_loss, weight=1.0, lr_G=3e-3)
    first, last = train(training, 1), train(training, 150)
    assert last.distance < first.distance / 5
    assert torch.equal(last.logits_fake, torch.zeros(4)) and last.loss_D == last.loss_G == 0
    assert training.D is None and not training.G.training


def test_a_lazy_penalty_is_charged_in_every_fourth_round_four_times():
    charged = []

    def penalty(D, x_real, x_fake):
        charged.append(training.number)
        return 0.1 * losses.zero_centred_penalty(D, x_real)

    training = paired(penalty=penalty, penalty_every=4)
    train(training, 9)
    assert charged == [0, 4, 8]
    lazy, often = (paired(penalty=penalty, penalty_every=every) for every in (4, 1))
    often.penalty = lambda D, x_real, x_fake: 4 * penalty(D, x_real, x_fake)
    lazy.step(), often.step()
    assert same(weights_of(lazy.D), weights_of(often.D)), "four times as much at once"


def test_conditions_may_be_pictures_of_another_size():
    data = pairs()
    small = data.resized(4).images
    with torch.random.fork_rng():
        torch.manual_seed(1)
        G = torch.nn.Sequential(torch.nn.Upsample(scale_factor=2), UNet(3, 3, (6, 8)))
        D = PatchDiscriminator(3, 3, (6,))
    training = PairedTraining(G, D, data, small, batch_size=4, lr_G=3e-3)
    first, last = train(training, 1), train(training, 60)
    assert last.distance < first.distance


def test_pairs_belong_together():
    data = pairs()
    conditions, images = paired(data=data).pairs(10)
    for condition, image in zip(conditions, images):
        (row,) = (data.images == image).flatten(1).all(1).nonzero()[0]
        assert torch.equal(data.segments[row], condition)


@pytest.mark.parametrize("settings", [
    {}, {"ema": 0.9, "schedule": constant_then_linear(12), "clip": 1.0},
    {"penalty": losses.zero_centred_penalty, "loss": losses.hinge}, {"D": None, "ema": 0.9},
], ids=["plain", "average", "penalty", "regression"])  # fmt: skip
def test_a_resumed_training_ends_with_the_same_bits(settings, tmp_path):
    whole, paused, resumed = paired(seed=3, **settings), paired(seed=3, **settings), paired(seed=8, **settings)
    train(whole, 12)
    train(paused, 5)
    load_checkpoint(resumed, save_checkpoint(paused, tmp_path / "run.safetensors"))
    assert train(resumed, 7).number == 12
    assert same(_tensors(whole), _tensors(resumed))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="no segments"):
        paired(data=Dataset("bare", torch.zeros(4, 3, 8, 8)))
    with pytest.raises(ValueError, match="2 conditions for 24"):
        paired(conditions=torch.zeros(2, 8, 8, dtype=torch.uint8))
    with pytest.raises(ValueError, match="negative"):
        paired(weight=-1.0)
    with pytest.raises(TypeError, match="D_steps"):
        paired(D_steps=2)
