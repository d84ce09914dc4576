"""The search for z: it finds what is there, says what it left over, and leaves the generator alone."""

import pytest
import torch
from widget_stand_in import Linear

from ganlib import pretrained
from ganlib.latent.inversion import invert, pixel_error
from ganlib.models import MLPGenerator, generate


def linear():
    return Linear(torch.linalg.qr(torch.randn(16, 4, generator=torch.Generator().manual_seed(0))).Q.T, (1, 4, 4))


def test_a_linear_generator_is_inverted_exactly():
    G = linear()
    z = torch.randn(5, 4)
    found = invert(G, G(z).detach(), steps=200)
    torch.testing.assert_close(found.z, z, atol=1e-2, rtol=0)
    assert (found.error < 1e-5).all() and found.passes == 200


def test_what_no_z_draws_remains_as_error():
    G = linear()
    x = torch.randn(3, 1, 4, 4)
    inside = (x.flatten(1) @ G.matrix.detach().T) @ G.matrix.detach()  # rows of the matrix are orthonormal
    found = invert(G, x, steps=300)
    torch.testing.assert_close(found.error, (x.flatten(1) - inside).square().mean(1), atol=1e-4, rtol=0)


def test_a_picture_is_searched_for_as_if_it_were_alone():
    torch.manual_seed(0)
    G = MLPGenerator(3, [16], (1, 4, 4))
    x, start = torch.randn(4, 1, 4, 4).tanh(), torch.randn(4, 3)
    together = invert(G, x, steps=20, start=start)
    for k in range(4):
        torch.testing.assert_close(invert(G, x[k : k + 1], steps=20, start=start[k : k + 1]).z, together.z[k : k + 1])


def test_more_starts_never_find_less():
    torch.manual_seed(0)
    G = MLPGenerator(3, [16], (1, 4, 4))
    found = invert(G, torch.randn(6, 1, 4, 4).tanh(), steps=30, restarts=4)
    assert found.all_z.shape == (4, 6, 3)
    errors = torch.stack([found.best_of(count) for count in (1, 2, 3, 4)])
    assert (errors.diff(dim=0) <= 0).all() and (errors[0] > errors[3]).any()
    assert torch.equal(errors[3], found.error)


def test_the_prior_pulls_z_towards_0():
    G, x = linear(), 3 * torch.randn(4, 1, 4, 4)
    lengths = [invert(G, x, steps=100, prior=prior).z.norm(dim=1).mean() for prior in (0.0, 0.1, 1.0)]
    assert lengths[0] > lengths[1] > lengths[2]


def test_the_generator_and_the_global_randomness_are_left_alone():
    G = MLPGenerator(3, [16], (1, 4, 4), batch_norm=True).train()
    before, state = [tensor.clone() for tensor in G.state_dict().values()], torch.get_rng_state()
    invert(G, torch.zeros(2, 1, 4, 4), steps=3)
    assert G.training and all(parameter.requires_grad and parameter.grad is None for parameter in G.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, G.state_dict().values()))
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"restarts": 0}, {"x": torch.zeros(0, 1, 4, 4)}])
def test_searches_that_make_no_sense_are_refused(wrong):
    options = {"x": torch.zeros(2, 1, 4, 4), **wrong}
    with pytest.raises(ValueError, match="need pictures"):
        invert(linear(), options.pop("x"), **options)


def test_restarts_find_samples_of_the_shipped_generator():
    G = pretrained.load("digits-mlp")
    x = generate(G, torch.randn(24, G.z_dim, generator=torch.Generator().manual_seed(5)))
    unrelated = pixel_error(x, x.roll(1, 0)).median()
    found = invert(G, x, restarts=4)
    assert (found.error > unrelated / 10).float().mean() < 0.15
    assert found.best_of(1).mean() > found.error.mean()
