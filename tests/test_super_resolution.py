"""Enlarging: the network, what is called truth, the measures, and the two trainings."""

import pytest
import torch
from tiny_gan import same, train

from ganlib import data, experiments, metrics
from ganlib.experiments.super_resolution import ENLARGERS, run_enlarging
from ganlib.models.super_resolution import SubPixelNet
from ganlib.recipes.super_resolution import bicubic, enlarge_digits, enlarging, judge_enlarged, shrink
from ganlib.train import load_checkpoint, save_checkpoint
from ganlib.train.checkpoint import _tensors


@pytest.fixture(scope="module")
def test_digits():
    return data.load("digits", "test")


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_network_enlarges_pictures_of_any_size(scale):
    net = SubPixelNet(scale, channels=3, width=8, blocks=1)
    assert net(torch.randn(2, 3, 5, 4)).shape == (2, 3, 5 * scale, 4 * scale)
    assert net(torch.randn(2, 3, 5, 4)).abs().max() < 1


def test_other_scales_are_refused():
    for scale in (1, 3, 6):
        with pytest.raises(ValueError, match=f"not {scale}"):
            SubPixelNet(scale)


def test_a_pixel_is_drawn_from_its_neighbourhood_only():
    net = SubPixelNet(4, width=8, blocks=1).eval()
    c = torch.randn(1, 1, 12, 12, requires_grad=True)
    net(c)[0, 0, 24, 24].backward()
    reach = c.grad[0, 0].abs().sum(0).nonzero()
    assert c.grad.abs().sum() > 0 and int((reach - 6).abs().max()) <= 4, (
        "3 convolutions here, and one at the large size"
    )


def test_the_small_digits_are_counts_and_the_large_ones_computed_from_them(test_digits):
    counts = (shrink(test_digits.images, 4) + 1) * 8
    assert torch.equal(counts, counts.round()) and counts.max() == 16
    assert torch.equal(data.restore(counts[:, 0]) * 2 - 1, test_digits.images)


def test_psnr_of_a_known_error():
    x = torch.zeros(3, 1, 4, 4)
    assert metrics.psnr(x + 0.2, x) == pytest.approx(20.0, abs=1e-4), "2 squared over 0.04 is 100"
    assert metrics.psnr(x, x) == float("inf")


def test_bicubic_keeps_flat_pictures_and_their_means(test_digits):
    flat = torch.full((1, 1, 8, 8), 0.3)
    assert torch.allclose(bicubic(flat, 4), torch.tensor(0.3), atol=1e-6)
    assert bicubic(shrink(test_digits.images, 4), 4).abs().max() <= 1


def test_the_measures_say_what_they_should(test_digits):
    truth = judge_enlarged(test_digits.images, test_digits, 4)
    soft = judge_enlarged(bicubic(shrink(test_digits.images, 4), 4), test_digits, 4)
    swapped = judge_enlarged(test_digits.images.roll(1, 0), test_digits, 4)
    assert truth["sharpness"] == 1 and truth["frechet"] < 0.01 and truth["consistent"] == 0 and truth["right"] > 0.98
    assert soft["sharpness"] < 0.3 and soft["consistent"] > 0.01 and soft["frechet"] > 5
    assert swapped["frechet"] < 0.01, "as a set they look real"
    assert swapped["psnr"] < soft["psnr"] and swapped["sharpness"] == 1, "and each is far from its own truth"


def test_without_a_weight_there_is_no_discriminator_and_a_start_is_copied():
    digits = data.load("digits", limit=100)
    first = enlarging(digits, 4)
    train(first, 2)
    weights = {name: tensor.clone() for name, tensor in first.G.state_dict().items()}
    gan = enlarging(digits, 4, weight=3.0, G=first.G)
    assert first.D is None and gan.D is not None and gan.weight == 3.0
    assert same(weights, gan.G.state_dict())
    train(gan, 2)
    assert same(weights, first.G.state_dict()) and not same(weights, gan.G.state_dict())


def test_regression_lowers_the_squared_error(test_digits):
    training = enlarging(data.load("digits"), 4, steps=60)
    error = [float(step.distance) for step in training.run(60)]
    assert sum(error[-10:]) < 0.6 * sum(error[:10])


def test_a_resumed_training_ends_with_the_same_bits(tmp_path):
    digits = data.load("digits", limit=100)
    whole, paused, resumed = (enlarging(digits, 8, weight=3.0, seed=seed, steps=6) for seed in (1, 1, 1))
    train(whole, 6)
    train(paused, 3)
    load_checkpoint(resumed, save_checkpoint(paused, tmp_path / "run.safetensors"))
    train(resumed, 3)
    assert same(_tensors(whole), _tensors(resumed))


def test_the_record_has_every_variant_from_several_seeds():
    runs = experiments.read("super-resolution")["runs"]
    for variant in ENLARGERS:
        assert len([run for run in runs if run["variant"] == variant]) >= 3


@pytest.mark.slow
def test_the_record_can_be_had_again():
    soft, sharp = (run_enlarging(f"4x4, {name}", 0, 150) for name in ("squared error", "GAN"))
    assert sharp["sharpness"] > 1.3 * soft["sharpness"] and sharp["psnr"] < soft["psnr"]
    assert enlarge_digits(4, None, steps=20)["psnr"] > 8
