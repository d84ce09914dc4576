import pytest
import torch

from ganlib import losses
from ganlib.data.mixtures import two_bumps
from ganlib.models import MLP, MLPEnsemble
from ganlib.train import constant, constant_then_linear, train_ensemble


def member(ensemble: MLPEnsemble, index: int) -> MLP:
    """Copy one member's weights into a network of its own."""
    sizes = [ensemble.weights[0].shape[1], *(weight.shape[2] for weight in ensemble.weights)]
    alone = MLP(sizes)
    linear = [layer for layer in alone.layers if isinstance(layer, torch.nn.Linear)]
    with torch.no_grad():
        for layer, weight, bias in zip(linear, ensemble.weights, ensemble.biases):
            layer.weight.copy_(weight[index].T)
            layer.bias.copy_(bias[index, 0])
    return alone


def test_each_member_is_an_mlp_of_its_own():
    torch.manual_seed(0)
    ensemble = MLPEnsemble(3, [2, 8, 5, 1])
    x = torch.randn(3, 7, 2)
    for index in range(3):
        assert torch.allclose(ensemble(x)[index], member(ensemble, index)(x[index]), atol=1e-6)


def test_members_do_not_touch_each_other():
    ensemble = MLPEnsemble(3, [2, 8, 1])
    ensemble(torch.randn(3, 7, 2))[1].sum().backward()
    for weight in (*ensemble.weights, *ensemble.biases):
        assert weight.grad[[0, 2]].abs().max() == 0
    assert ensemble.weights[0].grad[1].abs().max() > 0


def test_members_start_like_linear_layers_and_differ():
    torch.manual_seed(0)
    ensemble = MLPEnsemble(2, [100, 50, 1])
    assert 0.09 < ensemble.weights[0].abs().max() <= 0.1  # 1 / sqrt(100)
    assert not torch.equal(ensemble.weights[0][0], ensemble.weights[0][1])


def test_the_last_axis_is_kept_for_points_and_dropped_for_logits():
    z = torch.randn(4, 6, 3)
    assert MLPEnsemble(4, [3, 5, 1])(z).shape == (4, 6)
    assert MLPEnsemble(4, [3, 5, 1], keep_last=True)(z).shape == (4, 6, 1)


def test_a_member_learns_as_it_would_alone():
    """The gradients of the summed loss are those of one member's own loss: adding members changes nothing."""
    torch.manual_seed(0)
    G, D = MLPEnsemble(3, [1, 8, 1], keep_last=True), MLPEnsemble(3, [1, 8, 1])
    alone_G, alone_D = member(G, 0), member(D, 0)
    data = two_bumps()
    generator = torch.Generator().manual_seed(5)
    x_real = data.sample(3, 16, generator=generator)
    z_D, z_G = (torch.randn(3, 16, 1, generator=generator) for _ in range(2))

    for _ in train_ensemble(G, D, data, 1, batch_size=16, lr=1e-2, seed=5):
        pass

    opt_D = torch.optim.Adam(alone_D.parameters(), lr=1e-2, betas=(0.5, 0.99))
    loss_D = losses.non_saturating.D(alone_D(x_real[0]), alone_D(alone_G(z_D[0]).detach()[:, None]))
    loss_D.backward()
    opt_D.step()
    opt_G = torch.optim.Adam(alone_G.parameters(), lr=1e-2, betas=(0.5, 0.99))
    alone_G.zero_grad()
    losses.non_saturating.G(alone_D(alone_G(z_G[0])[:, None])).backward()
    opt_G.step()
    for trained, alone in ((G, alone_G), (D, alone_D)):
        for left, right in zip(member(trained, 0).parameters(), alone.parameters()):
            assert torch.allclose(left, right, atol=1e-5)


def small_pair():
    torch.manual_seed(0)
    return MLPEnsemble(2, [1, 8, 1], keep_last=True), MLPEnsemble(2, [1, 8, 1])


def test_a_schedule_lets_the_rates_of_both_fall_to_nearly_nothing():
    def distances(schedule):
        G, D = small_pair()
        weights = [
            (G.weights[0].detach().clone(), D.weights[0].detach().clone())
            for _ in train_ensemble(G, D, two_bumps(), 40, lr=1e-2, schedule=schedule)
        ]
        return [float((last - before).abs().max()) for last, before in zip(weights[-1], weights[-3])]

    falling, staying = distances(constant_then_linear(40)), distances(constant)
    assert all(a < 0.3 * b for a, b in zip(falling, staying))


@pytest.mark.parametrize("lr_D", [0.0, 1e-3, None])
def test_D_learns_at_its_own_rate_and_not_at_all_at_none(lr_D):
    G, D = small_pair()
    before = [[p.detach().clone() for p in net.parameters()] for net in (G, D)]
    for _ in train_ensemble(G, D, two_bumps(), 1, lr=1e-2, lr_D=lr_D):
        pass
    moved = [
        max(float((p.detach() - was).abs().max()) for p, was in zip(net.parameters(), old))
        for net, old in zip((G, D), before)
    ]
    assert moved == pytest.approx([1e-2, 1e-2 if lr_D is None else lr_D], rel=1e-3)  # Adam's first step is the rate


def test_the_bench_times_both_forms_in_turns(capsys, monkeypatch):
    import argparse

    from tools.speed import ensemble

    calls = []

    def seconds(work, device):
        work()
        calls.append(work)
        return 1.0 + len(calls) % 2

    monkeypatch.setattr(ensemble, "seconds", seconds)
    ensemble.ensemble(argparse.Namespace(steps=1, rounds=2), torch.device("cpu"))
    said = capsys.readouterr().out
    assert len(calls) == 6 and calls[0] is calls[3] and calls[1] is calls[2], "in turns"
    assert "one at a time" in said and "speed-up" in said
