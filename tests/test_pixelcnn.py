"""No network of this family looks at the pixel it guesses or at a later one; the gated one sees all others."""

import pytest
import torch

from ganlib.models import GatedPixelCNN, MaskedConv2d, PixelCNN, PixelRNN

NETWORKS = {
    "plain": lambda: PixelCNN(width=8, layers=3),
    "short-cuts": lambda: PixelCNN(width=8, layers=3, first=5, shortcuts=True, outputs=2),
    "gated": lambda: GatedPixelCNN(width=8, layers=3),
    "gated, other sizes": lambda: GatedPixelCNN(width=6, layers=2, first=5, kernel=5, shortcuts=False, outputs=3),
    "rnn": lambda: PixelRNN(hidden=8, outputs=2),
}


def binary(n, height, width, seed=0):
    return torch.where(torch.rand(n, 1, height, width, generator=torch.Generator().manual_seed(seed)) < 0.5, 1.0, -1.0)


def dependence(network, height=6, width=6):
    """Return the largest |d output_t / d x_s| over 20 images: (HW, HW)."""
    x = binary(20, height, width).double().requires_grad_(True)
    outputs = network.double()(x).sum((0, 1)).flatten()
    return torch.stack(
        [torch.autograd.grad(output, x, retain_graph=True)[0].flatten(1).abs().amax(0) for output in outputs]
    )


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("shape", [(6, 6), (4, 7)])
def test_a_guess_depends_on_earlier_pixels_only_and_without_masks_on_all_of_them(name, shape):
    torch.manual_seed(0)
    table = dependence(NETWORKS[name](), *shape)
    assert (table.triu() == 0).all()
    assert name in ("plain", "short-cuts") or (table.tril(-1) > 0).sum() == len(table) * (len(table) - 1) / 2


def test_the_plain_stack_has_a_blind_spot_and_the_gated_one_has_none():
    torch.manual_seed(0)
    earlier = torch.ones(64, 64).tril(-1).bool()
    plain, gated = (
        dependence(make(), 8, 8) > 0
        for make in (lambda: PixelCNN(width=8, layers=9, first=3), lambda: GatedPixelCNN(width=8, layers=9, first=3))
    )
    unseen = (earlier & ~plain)[4 * 8 + 3].view(8, 8)
    assert unseen[3, 5:].all() and unseen[2, 6:].all() and not unseen[:, :4].any(), "a wedge to the upper right"
    assert (gated == earlier).all()


def test_masks():
    a, b = (MaskedConv2d(kind, 1, 1, 3).mask.int().tolist() for kind in "AB")
    assert a == [[1, 1, 1], [1, 0, 0], [0, 0, 0]] and b == [[1, 1, 1], [1, 1, 0], [0, 0, 0]]
    for kind, kernel in (("C", 3), ("A", 4)):
        with pytest.raises(ValueError, match="kind 'A' or 'B' with an odd kernel"):
            MaskedConv2d(kind, 1, 1, kernel)


def test_a_context_is_seen_whole_and_asked_for():
    torch.manual_seed(0)
    network = GatedPixelCNN(width=8, layers=3, context=1)
    x, context = binary(4, 6, 6), binary(4, 6, 6, seed=1).requires_grad_(True)
    (gradient,) = torch.autograd.grad(network(x, context)[:, 0, 0, 0].sum(), context)
    assert (gradient[:, 0, :3, :3] != 0).any(0).all(), "the first guess already sees the context around it"
    with pytest.raises(ValueError, match="give a context picture"):
        network(x)
    with pytest.raises(ValueError, match="give a context picture"):
        GatedPixelCNN(width=8, layers=1)(x, context)


@pytest.mark.parametrize("name", NETWORKS)
def test_any_size_and_any_device_type(name):
    network = NETWORKS[name]()
    outputs = {"rnn": 2, "short-cuts": 2, "gated, other sizes": 3}.get(name, 1)
    assert network(binary(3, 5, 9)).shape == (3, outputs, 5, 9)
