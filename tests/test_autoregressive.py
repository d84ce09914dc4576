"""Exact likelihood, sampling with and without a cache, training."""

import pytest
import torch

from ganlib import autoregressive as ar
from ganlib.autoregressive.heads import Categorical
from ganlib.models import GatedPixelCNN, MaskedConv2d, PixelCNN, PixelRNN
from ganlib.recipes.autoregressive import binary_digits, quality

NETWORKS = {
    "plain": lambda outputs=1: PixelCNN(width=8, layers=2, outputs=outputs),
    "short-cuts": lambda outputs=1: PixelCNN(width=8, layers=2, first=5, shortcuts=True, outputs=outputs),
    "gated": lambda outputs=1: GatedPixelCNN(width=8, layers=2, outputs=outputs),
    "gated without": lambda outputs=1: GatedPixelCNN(width=8, layers=2, kernel=5, shortcuts=False, outputs=outputs),
    "rnn": lambda outputs=1: PixelRNN(hidden=8, outputs=outputs),
}
# all 512 images of 3×3 pixels
EVERY = torch.tensor([[1.0 if n >> k & 1 else -1.0 for k in range(9)] for n in range(512)]).view(512, 1, 3, 3).double()


def loud(network, seed=0):
    """Return the network in double precision with large random weights, so that its guesses differ from a coin's."""
    torch.manual_seed(seed)
    for weight in network.double().parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return network


def uniform(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", NETWORKS)
def test_all_images_share_a_probability_of_one(name):
    p = (-ar.nll(loud(NETWORKS[name]()), EVERY)).exp()
    assert p.sum() == pytest.approx(1, abs=1e-12) and p.max() > 4 * p.min(), "not a coin's"


def test_a_network_that_peeks_does_not_add_up():
    torch.manual_seed(0)
    peeking = torch.nn.Sequential(MaskedConv2d("B", 1, 8, 3), torch.nn.ReLU(), MaskedConv2d("B", 8, 1, 3)).double()
    for _ in ar.fit(peeking, EVERY, 100):
        pass
    assert (-ar.nll(peeking, EVERY)).exp().sum() > 10


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("shape", [(6, 6), (3, 8)])
def test_the_cache_draws_the_same_images(name, shape):
    network, u = loud(NETWORKS[name]()), uniform(7, *shape)
    fast, slow = ar.sample(network, u), ar.sample(network, u, cached=False)
    assert torch.equal(fast.images, slow.images)
    assert torch.allclose(fast.log_probs, slow.log_probs, atol=1e-6)
    assert 0.02 < (fast.images > 0).double().mean() < 0.98


@pytest.mark.parametrize("name", NETWORKS)
def test_the_likelihood_of_a_sample_is_the_product_of_its_chances(name):
    network = loud(NETWORKS[name]())
    drawn = ar.sample(network, uniform(5, 4, 4))
    assert torch.allclose(-drawn.log_probs.double().sum((1, 2)), ar.nll(network, drawn.images), atol=1e-5)


def test_samples_come_as_often_as_their_probability_says():
    network = loud(PixelCNN(width=8, layers=1), seed=3)
    x = ar.sample(network, uniform(20_000, 2, 2)).images
    index = (x.flatten(1) > 0).long() @ torch.tensor([1, 2, 4, 8])
    every = torch.tensor([[1.0 if n >> k & 1 else -1.0 for k in range(4)] for n in range(16)]).view(16, 1, 2, 2)
    p = (-ar.nll(network, every.double())).exp()
    assert (torch.bincount(index, minlength=16) / 20_000 - p).abs().max() < 0.015


@pytest.mark.parametrize("cached", [True, False])
def test_given_pixels_stay_and_steer_the_others(cached):
    network, u = loud(GatedPixelCNN(width=8, layers=2)), uniform(6, 5, 5)
    given = torch.ones(6, 1, 5, 5, dtype=torch.float64)
    known = torch.arange(5)[:, None].expand(5, 5) < 2
    drawn = ar.sample(network, u, given=given, known=known, cached=cached).images
    assert (drawn[:, :, :2] == 1).all()
    other = ar.sample(network, u, given=-given, known=known, cached=cached).images
    assert (drawn[:, :, 2:] != other[:, :, 2:]).any(), "what is drawn hangs on what was given"
    each = known.expand(6, 5, 5).clone()
    each[0] = True
    assert (ar.sample(network, u, given=given, known=each, cached=cached).images[0] == 1).all()
    with pytest.raises(ValueError, match="come together"):
        ar.sample(network, u, given=given)


def test_coarse_to_fine_adds_up_and_draws_with_its_context():
    """Four pixels first, then the other five of 3×3 with these in view: still all of the probability."""
    coarse, fine = loud(PixelCNN(width=8, layers=1)), loud(GatedPixelCNN(width=8, layers=2, context=1), seed=1)
    first = ar.grid_of((3, 3)).double()
    assert first.sum() == 4
    rest = {"look": lambda x: x * first, "count": 1 - first}
    total = ar.nll(coarse, EVERY[..., ::2, ::2]) + ar.nll(fine, EVERY, **rest)
    assert (-total).exp().sum() == pytest.approx(1, abs=1e-12)
    assert (-ar.nll(fine, EVERY, look=rest["look"])).exp().sum() != pytest.approx(1, abs=1e-3), "else counted twice"
    context, u = EVERY[:9] * first, uniform(9, 3, 3)
    options = {"given": EVERY[:9], "known": first, "context": context}
    fast, slow = (ar.sample(fine, u, cached=cached, **options).images for cached in (True, False))
    assert torch.equal(fast, slow) and torch.equal(fast * first, context)


def test_grey_levels_are_drawn_too():
    head = Categorical(5)
    network, u = loud(GatedPixelCNN(width=8, layers=2, outputs=5)), uniform(6, 4, 4)
    fast, slow = ar.sample(network, u, head), ar.sample(network, u, head, cached=False)
    assert torch.equal(fast.images, slow.images) and len(fast.images.unique()) == 5
    assert torch.allclose(-fast.log_probs.double().sum((1, 2)), ar.nll(network, fast.images, head), atol=1e-5)


def test_a_cache_for_an_unknown_network_is_refused():
    with pytest.raises(TypeError, match="cached=False"):
        ar.sample(torch.nn.Conv2d(1, 1, 3, padding=1), uniform(1, 2, 2))
    with pytest.raises(ValueError, match=r"u must be \(N, H, W\)"):
        ar.sample(PixelCNN(width=4, layers=1), uniform(2, 2))


def test_training_lowers_the_likelihoods_price_and_is_repeatable():
    images = binary_digits(copies=1)

    def train(seed):
        torch.manual_seed(0)
        network = PixelCNN(width=8, layers=2, shortcuts=True)
        values = [float(step.nll) for step in ar.fit(network, images, 25, seed=seed)]
        assert not network.training
        return values

    first = train(0)
    assert first[0] > 160 and first[-1] < 100 and train(0) == first and train(1) != first


def test_only_what_counts_is_learned_and_batches_are_prepared():
    torch.manual_seed(0)
    seen = []
    network = PixelCNN(width=4, layers=1)
    count = torch.zeros(3, 3)
    images = EVERY.float()
    for step in ar.fit(network, images, 3, count=count, prepare=lambda x: seen.append(x) or -x):
        assert step.nll == 0
    assert len(seen) == 3 and seen[0].shape == (32, 1, 3, 3)


def test_binarising_by_threshold_and_by_chance():
    grey = torch.tensor([-1.0, -0.4, 0.4, 1.0]).view(4, 1, 1, 1).expand(4, 1, 100, 100)
    assert ar.binarise(grey)[:, 0, 0, 0].tolist() == [-1, -1, 1, 1]
    chance = (ar.binarise(grey, torch.Generator().manual_seed(0)) > 0).float().mean((1, 2, 3))
    assert torch.allclose(chance, torch.tensor([0, 0.3, 0.7, 1]), atol=0.02)


def test_the_recipe_reports_nats_and_bits():
    report = quality(PixelCNN(width=4, layers=1).eval(), EVERY[:9].float(), EVERY[:9].float())
    bits = report["held_out_nats"] / (9 * 0.693147)
    assert report["held_out_bits_per_pixel"] == pytest.approx(bits, abs=1e-3) and 0.5 < bits < 2
