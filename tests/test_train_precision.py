import copy

import torch

from ganlib.data import Dataset
from ganlib.models import mlp_pair
from ganlib.train import Training


def test_autocast_leaves_losses_and_weights_in_float32():
    G, D = mlp_pair((1, 8, 8), z_dim=4)
    data = Dataset("noise", torch.randn(32, 1, 8, 8).clamp(-1, 1))
    exact, half = (
        Training(*copy.deepcopy((G, D)), data, batch_size=16, autocast=kind) for kind in (None, torch.bfloat16)
    )
    one, two = exact.step(), half.step()
    assert two.loss_D.dtype == two.logits_fake.dtype == next(half.G.parameters()).dtype == torch.float32
    assert one.loss_D != two.loss_D and torch.isclose(one.loss_D, two.loss_D, rtol=0.02)
