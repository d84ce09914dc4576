"""BiGAN: two players against one, each with the loss that it should have, and what the shipped one can do."""

import pytest
import torch
from torch.nn.functional import softplus

from ganlib import metrics, pretrained
from ganlib.data import Dataset, load
from ganlib.models.bigan import BiGAN, bigan_pair
from ganlib.train.bigan import BiGANTraining

SHAPE = (1, 4, 4)


def data(n=40):
    return Dataset("noise", torch.rand(n, *SHAPE, generator=torch.Generator().manual_seed(0)) * 2 - 1)


def small(seed=0, **options):
    torch.manual_seed(seed)
    return BiGANTraining(*bigan_pair(SHAPE, z_dim=3, hidden=(16, 8)), data(), batch_size=8, **options)


def weights(network):
    return [parameter.detach().clone() for parameter in network.parameters()]


def changed(before, network):
    return [not torch.equal(a, b) for a, b in zip(before, network.parameters())]


def test_shapes_and_ranges():
    model, D = bigan_pair(SHAPE, z_dim=3, hidden=(16, 8))
    x, z = data(5).images, torch.randn(5, 3)
    assert model.encode(x).shape == (5, 3) and model.decode(z).shape == (5, *SHAPE) and model.decode(z).abs().max() < 1
    assert torch.equal(model(x), model.decode(model.encode(x)))
    assert D(x, z).shape == (5,)


def test_the_encoder_begins_with_z_of_the_usual_size():
    torch.manual_seed(0)
    model, _ = bigan_pair((1, 32, 32), z_dim=16)
    z = model.encode(load("digits", "test", limit=100).images).detach()
    assert 0.3 < float(z.square().mean().sqrt()) < 3


def test_d_looks_at_both_parts_of_a_pair():
    _, D = bigan_pair(SHAPE, z_dim=3, hidden=(16, 8))
    x, z = data(5).images, torch.randn(5, 3)
    logits = D(x, z)
    assert (D(x.roll(1, 0), z) != logits).all() and (D(x, z.roll(1, 0)) != logits).all()


def test_one_step_moves_every_weight_once():
    training = small()
    before, D_before = weights(training.model), weights(training.D)
    step = training.step()
    assert step.number == 1 and all(changed(before, training.model)) and all(changed(D_before, training.D))
    assert all(parameter.requires_grad for parameter in training.D.parameters())


def test_each_half_of_a_step_leaves_the_other_player_alone():
    training = small()
    before = weights(training.model)
    training._update_D()
    assert not any(changed(before, training.model))
    D_before = weights(training.D)
    training._update_EG()
    assert not any(changed(D_before, training.D)) and all(changed(before, training.model))


def test_losses_are_those_of_the_game():
    training, twin = small(gamma=0.0), small(gamma=0.0)
    stream = twin.generator.get_state()
    x, z = twin.data.sample(8, twin.generator), twin.noise()
    logits_encoder, logits_generator = twin.D(x, twin.model.encode(x)), twin.D(twin.model.decode(z), z)
    loss_D, logits_real, logits_fake = training._update_D()
    torch.testing.assert_close(logits_real, logits_encoder)
    torch.testing.assert_close(logits_fake, logits_generator)
    torch.testing.assert_close(loss_D, softplus(-logits_encoder).mean() + softplus(logits_generator).mean())
    twin.generator.set_state(stream)
    twin._update_D()
    x, z = twin.data.sample(8, twin.generator), twin.noise()
    wanted = softplus(twin.D(x, twin.model.encode(x))).mean() + softplus(-twin.D(twin.model.decode(z), z)).mean()
    torch.testing.assert_close(training._update_EG(), wanted)


def test_the_penalty_lowers_d_s_slope():
    slopes = []
    for gamma in (0.0, 30.0):
        training = small(gamma=gamma, lr=1e-2)
        for _ in training.run(60):
            pass
        x = data().images.requires_grad_()
        (slope,) = torch.autograd.grad(training.D(x, training.model.encode(x).detach()).sum(), x)
        slopes.append(slope.flatten(1).norm(dim=1).mean())
    assert slopes[1] < slopes[0] / 2


def test_the_same_seed_gives_the_same_weights_and_the_average_follows():
    one, other = small(seed=3), small(seed=3)
    start = weights(one.best)
    assert isinstance(one.finish(5), BiGAN)
    other.finish(5)
    assert all(torch.equal(a, b) for a, b in zip(one.best.parameters(), other.best.parameters()))
    for before, average, now in zip(start, one.best.parameters(), one.model.parameters()):
        assert (average - before).norm() < (now - before).norm()
    assert not one.best.training


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"gamma": -1.0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="batch_size >= 1 and gamma >= 0"):
        BiGANTraining(*bigan_pair(SHAPE, z_dim=3, hidden=(16, 8)), data(), **wrong)


def test_encoder_and_generator_become_each_other_s_inverse_where_the_game_is_easy():
    """Pictures of 4 pixels that are tanh of two Gaussian numbers and their sums: E and G must find their way back."""
    z = torch.randn(2000, 2, generator=torch.Generator().manual_seed(0))
    mixing = torch.tensor([[1.0, 0, 0.7, 0.7], [0, 1.0, 0.7, -0.7]])
    easy = Dataset("easy", torch.tanh(0.7 * z @ mixing).view(-1, 1, 2, 2))
    torch.manual_seed(0)
    model, D = bigan_pair((1, 2, 2), z_dim=2, hidden=(48, 48))
    training = BiGANTraining(model, D, easy, gamma=0.1, lr=2e-3, ema=0.99)
    before = float((training.best(easy.images) - easy.images).square().mean())
    after = float((training.finish(800)(easy.images) - easy.images).square().mean())
    assert after < before / 2


def test_the_shipped_one_rebuilds_mostly_the_same_digit_and_its_samples_are_digits():
    model, quality = pretrained.load("digits-bigan"), pretrained.index()["digits-bigan"].quality
    test = load("digits", "test")
    classifier = pretrained.load("digits-classifier")
    read = metrics.classify(classifier, model(test.images))[1].argmax(1)
    same = float((read == test.labels).float().mean())
    assert same == pytest.approx(quality["same_digit"], abs=0.02) and same > 0.5
    assert quality["classes"] == 10


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_part_of_the_recipe_already_learns_to_rebuild():
    """A fifth of the recipe's steps, which take a minute: the same digit more often than not, from any seed."""
    from ganlib.recipes.bigan import digits_bigan, measure_bigan, moved_digits

    measured = measure_bigan(digits_bigan(moved_digits(load("digits")), seed=1, steps=2000).finish(2000))
    assert measured["same_digit"] > 0.5 and measured["mean_squared_error"] < 0.5 and measured["classes"] == 10
