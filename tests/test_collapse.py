"""Mode collapse: measures on known answers, discriminators of sets, unrolling, the cures."""

import math
from functools import partial

import pytest
import torch
from torch import nn

from ganlib import losses
from ganlib.data.mixtures import GaussianMixture, grid, ring, spiral
from ganlib.metrics.modes import coverage
from ganlib.models import MLP, MLPEnsemble
from ganlib.models.sets import MinibatchDiscrimination, MinibatchStd, NoisyInputs, Packed
from ganlib.recipes.collapse import CURES, ensemble_pair, measure, train_cured
from ganlib.train import train_ensemble
from ganlib.train.ensemble import per_member, summed
from ganlib.train.unrolled import look_ahead, update_G_unrolled
from ganlib.widgets.plane.data import FAIR, PlaneData

# Measures


@pytest.mark.parametrize("mixture", [ring(8), grid(5), spiral()], ids=["ring", "grid", "spiral"])
def test_the_data_themselves_are_covered_evenly_and_good_up_to_the_ceiling(mixture):
    found = coverage(mixture.sample(20_000, generator=torch.Generator().manual_seed(0)), mixture)
    assert found.modes == len(mixture.means)
    assert found.reverse_kl < 0.02 and found.entropy == pytest.approx(math.log(len(mixture.means)), abs=0.02)
    if len(mixture.means) < 40:  # the spiral's bumps touch
        assert found.good == pytest.approx(1 - math.exp(-4.5), abs=0.004)


def test_missing_modes_cost_the_logarithm_of_their_number():
    mixture = ring(8)
    one = coverage(mixture.means[2].expand(50, 2), mixture)
    assert (one.modes, one.good, one.entropy) == (1, 1.0, 0.0) and one.reverse_kl == pytest.approx(math.log(8))
    half = coverage(mixture.means[::2].repeat(10, 1), mixture)
    assert (
        half.modes == 4 and half.reverse_kl == pytest.approx(math.log(2)) and half.entropy == pytest.approx(math.log(4))
    )


def test_a_mode_needs_one_sample_within_three_sigma():
    mixture = ring(8, sigma=0.01)
    just_in, just_out = torch.tensor([[1.0299, 0.0]]), torch.tensor([[1.0301, 0.0]])
    assert coverage(just_in, mixture).modes == 1 and coverage(just_out, mixture).modes == 0
    assert coverage(just_out, mixture).reverse_kl == pytest.approx(math.log(8)), "it still belongs to its nearest mode"


def test_reverse_kl_is_taken_from_the_true_weights():
    mixture = GaussianMixture(torch.tensor([[0.0, 0.0], [5.0, 0.0]]), 0.1, torch.tensor([0.25, 0.75]))
    samples = mixture.means[torch.tensor([0, 1, 1, 1])]
    assert coverage(samples, mixture).reverse_kl == pytest.approx(0.0, abs=1e-6)
    assert coverage(mixture.means, mixture).reverse_kl == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3))


def test_broken_samples_are_bad_and_none_is_refused():
    broken = torch.full((4, 2), math.nan)
    assert (coverage(broken, ring(8)).modes, coverage(broken, ring(8)).good) == (0, 0.0)
    assert coverage(broken, ring(8)).reverse_kl == pytest.approx(math.log(8))
    mixed = torch.cat([broken, ring(8).means[:4]])
    assert coverage(mixed, ring(8)).good == 0.5
    for wrong in (torch.zeros(0, 2), torch.zeros(3, 3), torch.zeros(2, 3, 2)):
        with pytest.raises(ValueError, match=r"samples \(N, 2\)"):
            coverage(wrong, ring(8))


# Discriminators of sets


def test_packing_lays_neighbours_side_by_side():
    x = torch.arange(12.0).view(6, 2)
    assert Packed(nn.Identity(), 3)(x).tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert Packed(nn.Identity(), 2)(x.expand(4, 6, 2)).shape == (4, 3, 4)
    with pytest.raises(ValueError, match="multiple of 4"):
        Packed(nn.Identity(), 4)(x)


def set_networks() -> dict[str, nn.Module]:
    torch.manual_seed(0)
    head = MLP([9, 1])
    rows = MLP([8, 6])
    return {
        "std": MinibatchStd(MLP([2, 8]), head),
        "closeness": MinibatchDiscrimination(MLP([2, 8]), rows, MLP([10, 1]), 2),
        "packed": Packed(MLP([4, 8, 1]), 2),
        "noisy": NoisyInputs(MLP([2, 8, 1]), 0.3).eval(),
    }


@pytest.mark.parametrize("name", ["std", "closeness"])
def test_one_point_s_verdict_depends_on_its_company(name):
    D, x = set_networks()[name], torch.randn(10, 2)
    crowd = x[:1].expand(10, 2)
    assert (D(x)[0] - D(crowd)[0]).abs() > 1e-3
    torch.testing.assert_close(D.beside(x, x), D(x))
    torch.testing.assert_close(D.beside(crowd[:1], crowd), D(crowd)[:1])


def test_a_pack_s_verdict_on_one_point_is_averaged_over_partners():
    D, x, others = set_networks()["packed"], torch.randn(3, 2), torch.randn(40, 2)
    wanted = torch.stack([D.network(torch.cat([x, one.expand(3, 2)], 1)) for one in others[:8]]).mean(0)
    torch.testing.assert_close(D.beside(x, others), wanted)


def test_noise_is_added_in_training_only():
    D, x = set_networks()["noisy"], torch.randn(10, 2)
    assert torch.equal(D(x), D.network(x))
    assert not torch.equal(D.train()(x), D.network(x))
    D.sigma = 0.0
    assert torch.equal(D(x), D.network(x))


# Unrolling


def small_game():
    torch.manual_seed(0)
    return MLP([2, 8, 2]), MLP([2, 8, 1]), torch.randn(16, 2), torch.randn(16, 2)


def test_looking_ahead_takes_the_steps_that_plain_descent_takes():
    _, D, x_real, x_fake = small_game()
    opt = torch.optim.SGD(D.parameters(), lr=0.1)
    theta = look_ahead(D, opt_like(D, 0.1), x_real, x_fake, losses.non_saturating, 4)
    for _ in range(4):
        opt.zero_grad()
        losses.non_saturating.D(D(x_real), D(x_fake)).backward()
        opt.step()
    for name, weight in D.named_parameters():
        torch.testing.assert_close(theta[name], weight)


def opt_like(D, lr):
    """An Adam that has taken no step yet: its running means are not there, so steps are plain ones."""
    return torch.optim.Adam(D.parameters(), lr=lr)


def test_after_adam_s_first_steps_its_step_lengths_are_used():
    _, D, x_real, x_fake = small_game()
    opt = torch.optim.Adam(D.parameters(), lr=1e-2, betas=(0.5, 0.99))
    losses.non_saturating.D(D(x_real), D(x_fake)).backward()
    opt.step()
    theta = look_ahead(D, opt, x_real, x_fake, losses.non_saturating, 1)
    moved = torch.cat([(theta[name] - weight).detach().abs().flatten() for name, weight in D.named_parameters()])
    assert 0.5e-2 < float(moved.median()) < 1.5e-2, "about lr each, whatever the gradient's size"


def test_g_s_unrolled_gradient_is_that_of_finite_differences():
    G, D, x_real, z = small_game()
    G, D, x_real, z = G.double(), D.double(), x_real.double(), z.double()
    opt_G, opt_D = torch.optim.SGD(G.parameters(), lr=0.0), opt_like(D, 0.2)
    before = [weight.clone() for weight in D.parameters()]

    def loss():
        theta = look_ahead(D, opt_D, x_real, G(z), losses.non_saturating, 3)
        return losses.non_saturating.G(torch.func.functional_call(D, theta, G(z))).item()

    value = update_G_unrolled(G, D, opt_G, opt_D, x_real, z, losses.non_saturating, 3)
    assert float(value) == pytest.approx(loss())
    weight = next(G.parameters())
    slope = float(weight.grad[0, 0])
    weight.data[0, 0] += 1e-5
    above = loss()
    weight.data[0, 0] -= 2e-5
    below = loss()
    assert (above - below) / 2e-5 == pytest.approx(slope, rel=1e-4)
    assert all(torch.equal(a, b) for a, b in zip(before, D.parameters())) and D.layers[1].weight.grad is None


# Ensembles with cures


def test_penalties_are_those_of_each_member_alone():
    torch.manual_seed(0)
    D, x_real, x_fake = MLPEnsemble(3, [2, 8, 1]), torch.randn(3, 20, 2), torch.randn(3, 20, 2)
    total = per_member(partial(losses.zero_centred_penalty, weight=2.0))(D, x_real, x_fake)
    alone = 0.0
    for k in range(3):
        weights = [(w[k : k + 1], b[k : k + 1]) for w, b in zip(D.weights, D.biases)]

        def one(x, weights=weights):
            for number, (w, b) in enumerate(weights):
                x = x @ w[0] + b[0]
                x = torch.nn.functional.leaky_relu(x, 0.2) if number < len(weights) - 1 else x
            return x[:, 0]

        alone += losses.zero_centred_penalty(one, x_real[k], weight=2.0)
    assert torch.allclose(total, alone, rtol=1e-4)


@pytest.mark.parametrize("name", CURES)
def test_members_of_every_cure_do_not_feel_each_other(name):
    cure = CURES[name]
    G, D = ensemble_pair(cure, 3)
    x_real, x_fake = torch.randn(3, 60, 2), torch.randn(3, 60, 2, requires_grad=True)
    D.eval()
    logits = D(x_fake)
    (slope,) = torch.autograd.grad(summed(cure.loss, 3).G(logits[:1]), x_fake)
    assert slope[0].abs().sum() > 0 and slope[1:].abs().sum() == 0 and len(logits) == 3
    before = [weight.detach().clone() for weight in G.parameters()]
    for step in train_cured(cure, G, D.train(), ring(8), 2):
        assert math.isfinite(float(step.loss_D)) and math.isfinite(float(step.loss_G))
    assert all(not torch.equal(a, b) for a, b in zip(before, G.parameters()))
    assert x_real.shape[1] == 60 and len(measure(G, ring(8), samples=50)) == 3


def test_each_cure_is_what_it_says():
    def rates(cure, **changes):
        return {key: getattr(cure, key) for key in ("noise", "lr_G", "lr_D", "D_steps", "unroll")} | changes

    plain = rates(CURES["plain"])
    assert rates(CURES["instance noise"], noise=0.0) == plain and CURES["instance noise"].noise > 0
    assert rates(CURES["unrolled 5"], unroll=0) == plain and CURES["unrolled 5"].unroll == 5
    assert CURES["two time scales"].lr_D > CURES["two time scales"].lr_G > 0
    assert CURES["minimax"].loss is losses.minimax and rates(CURES["minimax"]) == plain
    for count in (2, 3, 4):
        D = ensemble_pair(CURES[f"packing {count}"], 2)[1]
        assert D(torch.zeros(2, 60, 2)).shape == (2, 60 // count) and rates(CURES[f"packing {count}"]) == plain


def test_instance_noise_falls_to_nothing():
    cure = CURES["instance noise"]
    G, D = ensemble_pair(cure, 2)
    sigmas = [D.sigma for _ in train_cured(cure, G, D, grid(5), 10)]
    assert sigmas[0] == pytest.approx(0.2 * 4 * 2**0.5) and sigmas[-1] == pytest.approx(sigmas[0] / 10)


def test_g_s_and_d_s_rates_and_steps_are_their_own():
    def moved(**changes):
        torch.manual_seed(0)
        G, D = MLPEnsemble(2, [2, 8, 2]), MLPEnsemble(2, [2, 8, 1])
        before = G.weights[0].detach().clone(), D.weights[0].detach().clone()
        for _ in train_ensemble(G, D, ring(8), 1, lr=1e-3, **changes):
            pass
        return [float((now.detach() - then).abs().max()) for now, then in zip((G.weights[0], D.weights[0]), before)]

    assert moved() == pytest.approx([1e-3, 1e-3], rel=0.05)
    assert moved(lr_D=1e-2) == pytest.approx([1e-3, 1e-2], rel=0.05)
    assert moved(D_steps=3)[1] > 2e-3


def test_a_bound_holds():
    G = MLPEnsemble(2, [2, 4, 2], keep_last=True, bound=1.5)
    assert G(1e3 * torch.randn(2, 50, 2)).abs().max() <= 1.5


def test_lab_and_lecture_count_modes_by_one_rule_with_two_thresholds():
    """Four modes with 1 % of the samples each: covered from one sample on, not from a fifth of the fair share on."""
    points = ring(8)
    mode = torch.cat([torch.arange(4).repeat_interleave(240), torch.arange(4, 8).repeat_interleave(10)])
    samples = points.means[mode]
    lab = PlaneData(samples, points.means, points.sigma)
    assert coverage(samples, points).modes == 8
    assert coverage(samples, points, least=FAIR).modes == lab.measure(samples)[0] == 4
