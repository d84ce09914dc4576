"""Training in bfloat16 on working copies: the float32 weights learn, nothing of a training's promises is lost."""

import copy

import pytest
import torch
from torch import nn

from ganlib.data import Dataset
from ganlib.models import mlp_pair
from ganlib.models.sets import MinibatchStd
from ganlib.train import Training, load_checkpoint, save_checkpoint
from ganlib.train.half import HalfCopy

N = 16
DATA = Dataset("noise", torch.randn(32, 1, 8, 8, generator=torch.Generator().manual_seed(0)).clamp(-1, 1))


def pair(**options):
    torch.manual_seed(0)
    return mlp_pair((1, 8, 8), z_dim=4, **options)


def training(networks, **options):
    return Training(*copy.deepcopy(networks), DATA, batch_size=N, **options)


def test_the_losses_are_those_of_float32_up_to_rounding_and_everything_visible_stays_float32():
    networks = pair()
    exact, half = training(networks), training(networks, half=True)
    for _ in range(5):
        one, two = exact.step(), half.step()
        assert one.loss_D != two.loss_D
        assert torch.isclose(one.loss_D, two.loss_D, rtol=0.02) and torch.isclose(one.loss_G, two.loss_G, rtol=0.02)
    assert two.loss_D.dtype == two.logits_fake.dtype == torch.float32
    assert all(p.dtype == torch.float32 for p in (*half.G.parameters(), *half.D.parameters()))


def test_the_copy_computes_in_bfloat16_and_holds_the_rounded_weights():
    trained = training(pair(batch_norm_G=True), half=True)
    trained.step()
    for working, network in zip(trained.half, (trained.G, trained.D)):
        kinds = {type(module): p.dtype for module in working.module.modules() for p in module.parameters(recurse=False)}
        assert kinds.pop(nn.Linear) == torch.bfloat16
        assert set(kinds.values()) <= {torch.float32}
        assert all(
            torch.equal(own, p.to(own.dtype)) for own, p in zip(working.module.parameters(), network.parameters())
        )


def test_steps_too_small_for_bfloat16_add_up():
    layer = nn.Linear(1, 1, bias=False)
    nn.init.ones_(layer.weight)
    working = HalfCopy(layer, torch.optim.SGD(layer.parameters(), lr=1e-4))
    for _ in range(100):  # one step of 1e-4 is lost beside a bfloat16 one, whose neighbour is 0.996
        working.zero_grad()
        working.module(torch.ones(1, 1)).sum().backward()
        working.step()
    assert layer.weight.item() == pytest.approx(0.99, abs=1e-5)
    assert working.module.weight.item() == pytest.approx(0.99, abs=0.004)


def test_batch_statistics_are_the_networks_own():
    trained = training(pair(batch_norm_G=True), half=True, ema=0.9)
    before = {name: buffer.clone() for name, buffer in trained.G.named_buffers()}
    for _ in range(3):
        trained.step()
    assert before and all(not torch.equal(before[name], buffer) for name, buffer in trained.G.named_buffers())


def test_a_weight_without_a_gradient_is_left_alone():
    layer = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    working = HalfCopy(layer, torch.optim.Adam(layer.parameters(), lr=0.1))
    working.module(torch.ones(1, 2)).sum().backward()
    working.step()
    before = copy.deepcopy(layer[1].state_dict())
    working.zero_grad()
    working.module[0](torch.ones(1, 2).bfloat16()).sum().backward()
    working.step()
    assert all(torch.equal(before[name], value) for name, value in layer[1].state_dict().items())


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
