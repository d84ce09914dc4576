"""The networks of pix2pix: shapes, what a patch sees, what the short-cuts carry."""

import pytest
import torch

from ganlib.models import PatchDiscriminator, UNet
from ganlib.models.unet import part_planes


def test_parts_become_planes():
    segments = torch.tensor([[[0, 2], [1, 1]]], dtype=torch.uint8)
    planes = part_planes(segments, 3)
    assert planes.shape == (1, 3, 2, 2) and planes.dtype == torch.float32
    assert torch.equal(planes.sum(1), torch.ones(1, 2, 2)) and torch.equal(planes.argmax(1), segments.long())
    picture = torch.randn(1, 3, 2, 2)
    assert part_planes(picture, 3) is picture


@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("channels", [(6, 8), (4, 6, 8, 10)])
def test_the_picture_is_as_large_as_the_condition(skips, channels):
    G = UNet(5, 3, channels, skips=skips)
    x = G(torch.randint(5, (2, 16, 24)))
    assert x.shape == (2, 3, 16, 24) and x.abs().max() <= 1
    assert G(torch.randn(2, 5, 16, 24)).shape == x.shape


def influence(network, side: int = 32) -> torch.Tensor:
    """Return which pixels of a picture the middle number of the output hangs on."""
    x = torch.randn(1, 3, side, side, requires_grad=True)
    out = network(x)
    while out.ndim > 3:
        out = out[:, 0]
    middle = out.shape[1] // 2
    out[0, middle, middle].backward()
    return x.grad[0].abs().sum(0) > 0


@pytest.mark.parametrize("channels", [(4,), (4, 8), (4, 8, 8)])
def test_a_logit_sees_one_patch_of_the_stated_size(channels):
    D = PatchDiscriminator(3, 0, channels)
    seen = influence(D, 64)
    rows, columns = seen.any(1).sum(), seen.any(0).sum()
    assert (rows, columns) == (D.patch, D.patch)


def test_a_pair_is_judged_as_a_pair():
    D = PatchDiscriminator(3, 4)
    x, right = torch.randn(2, 3, 16, 16), torch.randint(4, (2, 16, 16))
    wrong = (right + 1) % 4
    assert D(x, right).shape == (2, 4, 4)
    assert not torch.allclose(D(x, right), D(x, wrong))
    blind = PatchDiscriminator(3, 0)
    assert torch.equal(blind(x, right), blind(x, wrong))
    with pytest.raises(ValueError, match="judges pairs"):
        D(x)
    small = torch.randn(2, 4, 4, 4)
    assert torch.equal(D(x, small), D(x, small.repeat_interleave(4, 2).repeat_interleave(4, 3)))


def test_short_cuts_carry_single_pixels():
    """With the lowest map silenced, a U-Net's picture still follows its condition; without short-cuts nothing does."""
    changes = {}
    for skips in (True, False):
        torch.manual_seed(0)
        G = UNet(3, 3, (8, 8, 8), skips=skips).eval()
        torch.nn.init.zeros_(G.up[0][0].weight)
        one, other = torch.zeros(2, 3, 16, 16)
        other[:, 5, 5] = 1
        with torch.no_grad():
            changes[skips] = float((G(one[None]) - G(other[None])).abs().max())
    assert changes[True] > 0 and changes[False] == 0


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="at least two"):
        UNet(3, 3, (8,))
    with pytest.raises(ValueError, match="cannot be halved 2 times"):
        UNet(3, 3, (4, 4, 4))(torch.randn(1, 3, 10, 12))
