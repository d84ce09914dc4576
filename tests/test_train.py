"""Training: what each update may change, equality with a plain loop, one seed, interruptions."""

import copy

import pytest
import torch
from tiny_gan import SHAPE, same, tiny_data, tiny_pair, tiny_training, train, weights_of

from ganlib import losses
from ganlib.train import Step, Training, frozen, progress, update_D, update_G


def optimiser(network, lr=1e-2):
    return torch.optim.Adam(network.parameters(), lr=lr)


def gradients(network):
    return {name: None if p.grad is None else p.grad.clone() for name, p in network.named_parameters()}


def test_a_step_of_D_changes_D_alone():
    G, D = tiny_pair()
    before = weights_of(G), weights_of(D)
    x_real, z = tiny_data(8).images, torch.randn(8, 3)
    loss_D, logits_real, logits_fake = update_D(G, D, optimiser(D), x_real, z, losses.non_saturating)
    assert same(weights_of(G), before[0])
    assert all(gradient is None for gradient in gradients(G).values())
    after = weights_of(D)
    assert all(not torch.equal(after[name], before[1][name]) for name in after)
    assert logits_real.shape == logits_fake.shape == (8,) and loss_D.ndim == 0
    assert not any(t.requires_grad for t in (loss_D, logits_real, logits_fake))
    assert torch.equal(loss_D, losses.cross_entropy_D(logits_real, logits_fake))


def test_a_step_of_G_changes_G_alone():
    G, D = tiny_pair(dropout_D=0.3)
    D.layers[1].bias.requires_grad_(False)  # what was frozen before must stay so
    update_D(G, D, optimiser(D), tiny_data(8).images, torch.randn(8, 3), losses.non_saturating)
    before, flags = weights_of(G), [p.requires_grad for p in D.parameters()]
    of_D, slopes = weights_of(D), gradients(D)
    loss_G = update_G(G, D, optimiser(G), torch.randn(8, 3), losses.non_saturating)
    assert same(weights_of(D), of_D)
    for name, slope in gradients(D).items():
        assert (slope is None) == (slopes[name] is None) and (slope is None or torch.equal(slope, slopes[name]))
    assert [p.requires_grad for p in D.parameters()] == flags and flags.count(False) == 1
    after = weights_of(G)
    assert all(not torch.equal(after[name], before[name]) for name in after)
    assert loss_G.ndim == 0 and not loss_G.requires_grad


def test_steps_go_downhill():
    G, D = tiny_pair()
    x_real, z = tiny_data(8).images, torch.randn(8, 3)
    with torch.no_grad():
        first_D = losses.cross_entropy_D(D(x_real), D(G(z)))
    update_D(G, D, optimiser(D), x_real, z, losses.non_saturating)
    with torch.no_grad():
        assert losses.cross_entropy_D(D(x_real), D(G(z))) < first_D
        first_G = losses.non_saturating_G(D(G(z)))
    update_G(G, D, optimiser(G), z, losses.non_saturating)
    with torch.no_grad():
        assert losses.non_saturating_G(D(G(z))) < first_G


def test_freezing_ends_with_its_block_also_after_an_error():
    D = tiny_pair()[1]
    D.layers[1].weight.requires_grad_(False)
    flags = [p.requires_grad for p in D.parameters()]
    x = torch.randn(2, *SHAPE, requires_grad=True)
    with frozen(D):
        assert not any(p.requires_grad for p in D.parameters())
        D(x).sum().backward()
    assert x.grad.abs().sum() > 0 and all(p.grad is None for p in D.parameters())
    assert [p.requires_grad for p in D.parameters()] == flags
    with pytest.raises(KeyboardInterrupt), frozen(D):
        raise KeyboardInterrupt
    assert [p.requires_grad for p in D.parameters()] == flags


def test_a_penalty_moves_D_but_not_the_reported_loss():
    found = {}
    for weight in (0.0, 5.0):
        G, D = tiny_pair()
        torch.manual_seed(0)
        found[weight] = update_D(
            G, D, optimiser(D), tiny_data(8).images, torch.randn(8, 3), losses.non_saturating,
            penalty=lambda D, x_real, x_fake, w=weight: losses.zero_centred_penalty(D, x_real, x_fake, weight=w),
        )[0], weights_of(D)  # fmt: skip
    assert torch.equal(found[0.0][0], found[5.0][0])
    assert not same(found[0.0][1], found[5.0][1])


def test_clipping_bounds_the_gradient():
    for clip, bound in ((0.01, 0.01), (None, float("inf"))):
        G, D = tiny_pair()
        plain = torch.optim.SGD(D.parameters(), lr=0)
        update_D(G, D, plain, 50 * tiny_data(8).images, torch.randn(8, 3), losses.least_squares, clip=clip)
        norm = torch.cat([p.grad.flatten() for p in D.parameters()]).norm()
        assert norm <= bound * 1.001 and norm > 0.009
        update_G(G, D, torch.optim.SGD(G.parameters(), lr=0), torch.randn(8, 3), losses.wasserstein, clip=clip)
        assert torch.cat([p.grad.flatten() for p in G.parameters()]).norm() <= bound * 1.001


def plain_loop(steps, *, seed, batch_size, lr, D_steps=1):
    """The loop of Goodfellow et al. 2014 as one writes it by hand: the yardstick for `Training`."""
    (G, D), data = tiny_pair(), tiny_data()
    opt_G = torch.optim.Adam(G.parameters(), lr=lr, betas=(0.5, 0.99))
    opt_D = torch.optim.Adam(D.parameters(), lr=lr, betas=(0.5, 0.99))
    stream = torch.Generator().manual_seed(seed)
    history = []
    for _ in range(steps):
        for _ in range(D_steps):
            x_real = data.images[torch.randint(len(data), (batch_size,), generator=stream)]
            z = torch.randn(batch_size, 3, generator=stream)
            p_real, p_fake = torch.sigmoid(D(x_real)), torch.sigmoid(D(G(z).detach()))
            loss_D = -torch.log(p_real).mean() - torch.log(1 - p_fake).mean()
            opt_D.zero_grad()
            loss_D.backward()
            opt_D.step()
        loss_G = -torch.log(torch.sigmoid(D(G(torch.randn(batch_size, 3, generator=stream))))).mean()
        opt_G.zero_grad()
        opt_D.zero_grad()
        loss_G.backward()
        opt_G.step()
        history.append((loss_D.item(), loss_G.item()))
    return G, D, history


@pytest.mark.parametrize("D_steps", [1, 3])
def test_a_training_equals_the_loop_written_by_hand(D_steps):
    G, D, history = plain_loop(60, seed=5, batch_size=8, lr=2e-3, D_steps=D_steps)
    training = tiny_training(seed=5, lr_G=2e-3, lr_D=2e-3, D_steps=D_steps)
    steps = list(training.run(60))
    assert [(float(s.loss_D), float(s.loss_G)) for s in steps] == [pytest.approx(pair, abs=1e-5) for pair in history]
    for ours, plain in ((training.G, G), (training.D, D)):
        for one, other in zip(ours.parameters(), plain.parameters()):
            assert torch.allclose(one, other, atol=2e-5)


EVERYTHING = {"dropout_D": 0.3, "batch_norm_G": True, "ema": 0.9, "D_steps": 2, "clip": 1.0}


def test_one_seed_is_one_result_whatever_the_caller_draws_between_steps():
    results = []
    for outer in (1, 2):
        torch.manual_seed(outer)
        training = tiny_training(seed=3, **EVERYTHING)
        for _ in training.run(15):
            torch.rand(outer)
        results.append((weights_of(training.G), weights_of(training.D), weights_of(training.G_ema)))
    assert all(same(one, other) for one, other in zip(*results))
    other = tiny_training(seed=4, **EVERYTHING)
    train(other, 15)
    assert not same(weights_of(other.G), results[0][0])


def test_a_training_leaves_the_global_stream_alone():
    torch.manual_seed(11)
    state = torch.get_rng_state()
    training = tiny_training(seed=3, **EVERYTHING)
    train(training, 5)
    assert torch.equal(torch.get_rng_state(), state)

    def torn(D, x_real, x_fake):
        torch.rand(3)
        raise RuntimeError("torn off")

    training.penalty = torn
    with pytest.raises(RuntimeError, match="torn off"):
        train(training, 1)
    assert torch.equal(torch.get_rng_state(), state)


def test_dropout_draws_something_new_each_step():
    training = tiny_training(dropout_D=0.5, lr_G=0.0, lr_D=0.0)
    seen = []
    training.D.layers[3].register_forward_hook(lambda _, __, output: seen.append((output == 0).clone()))
    train(training, 2)
    masks = [mask for mask in seen if mask.shape == seen[0].shape]
    assert len(masks) >= 4 and not any(torch.equal(one, masks[0]) for one in masks[1:])


def interrupt(*_):
    raise KeyboardInterrupt


def usable(training):
    assert not training.G.training and not training.D.training
    assert all(p.requires_grad for network in (training.G, training.D) for p in network.parameters())
    assert training.G(torch.randn(2, 3)).isfinite().all()
    number = training.number
    train(training, 2)  # and it goes on
    assert training.number == number + 2


def test_interrupting_inside_a_step_leaves_usable_networks():
    training = tiny_training(batch_norm_G=True)
    train(training, 2)
    training.penalty = interrupt
    with pytest.raises(KeyboardInterrupt):
        train(training, 1)
    training.penalty = None
    assert training.number == 2
    usable(training)


def test_interrupting_while_D_is_frozen_leaves_usable_networks():
    training = tiny_training()
    training.loss = losses.GANLoss("torn", losses.cross_entropy_D, interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(training, 1)
    training.loss = losses.non_saturating
    usable(training)


def test_interrupting_the_callers_loop_leaves_usable_networks():
    training = tiny_training()

    def cell():
        for step in progress(training.run(10), 10):
            if step.number == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cell()
    assert training.number == 3
    usable(training)


def test_a_run_can_be_left_and_taken_up():
    whole, parts = tiny_training(seed=2), tiny_training(seed=2)
    train(whole, 7)
    for step in parts.run(100):
        if step.number == 3:
            break
    assert not parts.G.training
    assert [step.number for step in parts.run(4)] == [4, 5, 6, 7]
    assert same(weights_of(whole.G), weights_of(parts.G)) and same(weights_of(whole.D), weights_of(parts.D))


def test_rates_may_be_changed_between_steps():
    training = tiny_training(lr_G=1e-2, lr_D=1e-2)
    train(training, 1)
    before = weights_of(training.G), weights_of(training.D)
    training.lr_G = 0.0
    train(training, 1)
    assert same(weights_of(training.G), before[0]) and not same(weights_of(training.D), before[1])
    training.lr_G, training.lr_D = 1e-2, 0.0
    before = weights_of(training.G), weights_of(training.D)
    train(training, 1)
    assert not same(weights_of(training.G), before[0]) and same(weights_of(training.D), before[1])


def test_a_schedule_scales_both_rates():
    training = tiny_training(lr_G=0.4, lr_D=0.2, schedule=lambda step: 1 / (step + 1))
    for number in range(1, 4):
        train(training, 1)
        for opt, rate in ((training.opt_G, 0.4), (training.opt_D, 0.2)):
            assert opt.param_groups[0]["lr"] == pytest.approx(rate / number)


def test_the_average_generator_is_the_average_computed_by_hand():
    training = tiny_training(ema=0.8, batch_norm_G=True, lr_G=1e-2)
    assert training.best_G is training.G_ema
    by_hand = weights_of(training.G)
    for _ in training.run(6):
        for name, now in training.G.state_dict().items():
            averaged = "running" not in name and "num_batches" not in name
            by_hand[name] = 0.8 * by_hand[name] + 0.2 * now if averaged else now.clone()
    for name, tensor in training.G_ema.state_dict().items():
        assert torch.allclose(tensor, by_hand[name], atol=1e-6), name
    assert not training.G_ema.training and not any(p.requires_grad for p in training.G_ema.parameters())
    plain = tiny_training()
    assert plain.best_G is plain.G


def test_a_step_says_what_happened():
    step = train(tiny_training(), 3)
    assert step.number == 3 and step.logits_real.shape == step.logits_fake.shape == (8,)
    nothing = torch.tensor(0.0)
    known = Step(1, nothing, nothing, torch.tensor([1.0, 2.0, -1.0, 3.0]), torch.tensor([-1.0, 1.0]))
    assert known.accuracy_D == pytest.approx((0.75 + 0.5) / 2)
    with pytest.raises(AttributeError):
        step.number = 4


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"D_steps": 0}, {"ema": 1.0}, {"ema": -0.1}])
def test_impossible_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Training(*tiny_pair(), tiny_data(), **wrong)


def test_fakes_used_twice_are_drawn_once_and_teach_G_as_fresh_ones_would():
    trained = tiny_training(reuse=True)
    G, D, drawn = copy.deepcopy(trained.G), copy.deepcopy(trained.D), []
    trained.G.register_forward_hook(lambda module, inputs, output: drawn.append((inputs[0], output)))
    step = trained.step()
    ((z, x_fake),) = drawn  # one pass through G for both players
    assert torch.equal(step.logits_fake, D(x_fake))
    loss_G = update_G(G, trained.D, optimiser(G), z, trained.loss)  # D has made its step by then
    assert torch.allclose(loss_G, step.loss_G)
    for mine, its in zip(G.parameters(), trained.G.parameters()):
        assert torch.allclose(mine.grad, its.grad, atol=1e-7)
    assert all(p.requires_grad for p in trained.D.parameters())


def test_a_lazy_penalty_is_charged_in_every_third_round_three_times():
    charged = []

    def penalty(D, x_real, x_fake):
        charged.append(trained.number)
        return sum(p.square().sum() for p in D.parameters())

    trained = tiny_training(penalty=penalty, penalty_every=3)
    for _ in range(7):
        trained.step()
    assert charged == [0, 3, 6]
    lazy, full = (tiny_training(penalty=penalty, penalty_every=every) for every in (3, 1))
    weight = 3.0
    full.penalty = lambda D, x_real, x_fake: weight * penalty(D, x_real, x_fake)
    trained = lazy
    lazy.step(), full.step()
    assert same(weights_of(lazy.D), weights_of(full.D))


def test_G_s_gradient_is_clipped_on_reused_fakes_too():
    trained = tiny_training(reuse=True, clip=1e-4)
    trained.step()
    assert sum(p.grad.square().sum() for p in trained.G.parameters()) ** 0.5 <= 1.001e-4
