"""Training in bfloat16: the float32 weights learn, and nothing of a training's promises is lost."""

import copy

import pytest
import torch
from torch import nn

from ganlib.data import Dataset
from ganlib.losses import GANLoss, gradient_penalty, non_saturating, zero_centred_penalty
from ganlib.models import dcgan_pair, mlp_pair
from ganlib.models.sets import MinibatchStd
from ganlib.train import Training, load_checkpoint, save_checkpoint, update_D, update_G

N = 16
DATA = Dataset("noise", torch.randn(32, 1, 8, 8, generator=torch.Generator().manual_seed(0)).clamp(-1, 1))


def pair(**options):
    torch.manual_seed(0)
    return mlp_pair((1, 8, 8), z_dim=4, hidden_G=(32,), hidden_D=(32,), **options)


def training(networks, **options):
    return Training(*copy.deepcopy(networks), DATA, batch_size=N, **options)


def test_the_losses_are_those_of_float32_up_to_rounding_and_everything_visible_stays_float32():
    networks, seen = pair(), []

    def noted(*logits):
        seen.extend(logit.dtype for logit in logits)
        return logits

    watched = GANLoss(
        "watched", lambda *logits: non_saturating.D(*noted(*logits)), lambda logits: non_saturating.G(*noted(logits))
    )
    exact, half = training(networks), training(networks, half=True, loss=watched)
    for _ in range(5):
        one, two = exact.step(), half.step()
        assert one.loss_D != two.loss_D
        assert torch.isclose(one.loss_D, two.loss_D, rtol=0.02) and torch.isclose(one.loss_G, two.loss_G, rtol=0.02)
    assert two.loss_D.dtype == two.loss_G.dtype == two.logits_fake.dtype == two.logits_real.dtype == torch.float32
    assert set(seen) == {torch.float32} and len(seen) == 15
    assert all(p.dtype == torch.float32 for p in (*half.G.parameters(), *half.D.parameters()))


@pytest.mark.parametrize("options", [
    {}, {"D_steps": 2, "one_pass": True}, {"reuse": True}, {"penalty": zero_centred_penalty, "penalty_every": 2},
    {"penalty": gradient_penalty},
], ids=["plain", "two steps of D", "reuse", "penalty", "penalty between"])  # fmt: skip
def test_a_training_ends_near_that_of_float32(options):
    networks, ends = pair(), {}
    for half in (False, True):
        trained = training(networks, half=half, lr_G=1e-3, lr_D=1e-3, **options)
        for _ in trained.run(60):
            pass
        ends[half] = torch.cat([p.detach().flatten() for net in (trained.G, trained.D) for p in net.parameters()])
    start = torch.cat([p.detach().flatten() for net in networks for p in net.parameters()])
    assert 0 < (ends[True] - ends[False]).norm() < 0.25 * (ends[False] - start).norm()


def test_layers_compute_in_bfloat16():
    trained, kinds = training(pair(batch_norm_G=True), half=True), set()
    for network in (trained.G, trained.D):
        for layer in network.modules():
            if isinstance(layer, nn.Linear):
                layer.register_forward_hook(lambda layer, inputs, output: kinds.add(output.dtype))
    trained.step()
    assert kinds == {torch.bfloat16}


@pytest.mark.parametrize(
    "options", [{}, {"reuse": True}, {"penalty": zero_centred_penalty}], ids=["plain", "reuse", "penalty"]
)
def test_every_pass_sees_the_weights_of_its_own_moment(options):
    """Autocast keeps rounded weights; kept for longer than one update, they would be those before the last step."""
    trained = training(pair(), half=True, D_steps=2, lr_D=0.1, lr_G=0.1, **options)
    passes = []

    def note(network, inputs, output):
        passes.append((network, copy.deepcopy(network.state_dict()), inputs[0].detach().clone(), output.detach()))

    hooks = [network.register_forward_hook(note) for network in (trained.G, trained.D)]
    trained.step(), trained.step()
    for hook in hooks:
        hook.remove()
    assert len(passes) >= 14
    for network, weights, x, output in passes:
        now = copy.deepcopy(network)
        now.load_state_dict(weights)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(now(x), output)


def test_steps_too_small_for_bfloat16_add_up():
    networks = pair()
    trained = training(networks, half=True, lr_G=0.0, lr_D=1e-5, betas=(0.0, 0.0))
    before = trained.D.layers[1].weight.detach().clone()
    for _ in range(100):  # Adam moves a weight by the rate; a bfloat16 weight of 0.1 has its neighbour 5e-4 away
        trained.step()
    moved = (trained.D.layers[1].weight - before).abs()
    assert moved.max() > 5e-4


def test_convolutions_and_their_batch_statistics_train_in_bfloat16():
    torch.manual_seed(0)
    networks = dcgan_pair((1, 8, 8), z_dim=4, channels_G=(8, 4), channels_D=(4, 8))
    exact, half = training(networks), training(networks, half=True, penalty=zero_centred_penalty)
    for _ in range(3):
        one, two = exact.step(), half.step()
    assert torch.isclose(one.loss_G, two.loss_G, rtol=0.05) and one.loss_G != two.loss_G


def test_batch_statistics_are_the_networks_own():
    trained = training(pair(batch_norm_G=True), half=True, ema=0.9)
    before = {name: buffer.clone() for name, buffer in trained.G.named_buffers()}
    for _ in range(3):
        trained.step()
    assert before and all(not torch.equal(before[name], buffer) for name, buffer in trained.G.named_buffers())


def test_a_checkpoint_goes_on_to_the_same_weights(tmp_path):
    networks = pair()
    first, second = training(networks, half=True), training(pair(), half=True)
    for _ in range(3):
        first.step()
    path = save_checkpoint(first, tmp_path / "half.safetensors")
    load_checkpoint(second, path)
    first.step(), second.step()
    assert all(torch.equal(a, b) for a, b in zip(first.G.parameters(), second.G.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(first.D.parameters(), second.D.parameters()))


def test_one_pass_of_D_changes_nothing_but_rounding():
    networks = pair()
    two, one = training(networks), training(networks, one_pass=True)
    seen = []
    one.D.register_forward_hook(lambda module, inputs, output: seen.append(len(inputs[0])))
    for _ in range(4):
        a, b = two.step(), one.step()
        assert torch.allclose(a.loss_D, b.loss_D, rtol=1e-4) and torch.allclose(a.loss_G, b.loss_G, rtol=1e-4)
        assert torch.allclose(a.logits_real, b.logits_real, atol=1e-4)
    assert seen[:2] == [2 * N, N]


@pytest.mark.parametrize("across", [nn.BatchNorm1d(8), MinibatchStd(nn.Identity(), nn.Identity())])
def test_one_pass_refuses_a_D_that_looks_across_the_batch(across):
    G, _ = pair()
    D = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), across, nn.LazyLinear(1), nn.Flatten(0))
    with pytest.raises(ValueError, match="one_pass"):
        Training(G, D, DATA, one_pass=True)


def test_what_is_computed_in_float64_stays_so():
    G, D = (network.double() for network in pair())
    optimisers = [torch.optim.SGD(network.parameters(), lr=0.1) for network in (D, G)]
    x, z = torch.rand(4, 1, 8, 8, dtype=torch.float64), torch.randn(4, G.z_dim, dtype=torch.float64)
    found = [*update_D(G, D, optimisers[0], x, z, non_saturating), update_G(G, D, optimisers[1], z, non_saturating)]
    assert {value.dtype for value in found} == {torch.float64}
