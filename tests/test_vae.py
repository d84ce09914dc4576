"""VAEs and their training."""

import pytest
import torch

from ganlib.data import Dataset
from ganlib.likelihood import elbo
from ganlib.models import MLPVAE, VAE, ConvVAE, MLPAutoencoder, generate
from ganlib.train import ELBOTraining, constant_then_linear


def pictures(n=64, shape=(1, 8, 8), seed=0):
    """Return pictures that two numbers tell: a bright bar at one of the heights, with one of the strengths."""
    generator = torch.Generator().manual_seed(seed)
    images = -torch.ones(n, *shape)
    rows = torch.randint(shape[1], (n,), generator=generator)
    images[torch.arange(n), :, rows] = torch.rand(n, 1, 1, generator=generator) * 2 - 1
    return Dataset("bars", images)


@pytest.mark.parametrize("z_dim", [1, 2, 5])
@pytest.mark.parametrize(
    "make",
    [
        lambda z: MLPVAE((1, 8, 8), z, (16,)),
        lambda z: ConvVAE((3, 32, 32), z, 4),
        lambda z: ConvVAE((3, 64, 64), z, 4),
        lambda z: ConvVAE((1, 8, 8), z, 4),
    ],
)
def test_shapes(make, z_dim):
    torch.manual_seed(0)
    vae = make(z_dim)
    x = torch.rand(3, *vae.decode(torch.zeros(1, z_dim)).shape[1:]) * 2 - 1
    mean, log_var = vae.encode(x)
    terms = vae.terms(x)
    assert mean.shape == log_var.shape == (3, z_dim) and vae(x).shape == x.shape
    assert terms.reconstruction.shape == terms.kl.shape == (3,) and vae.log_weights(x, 4).shape == (4, 3)
    drawn = generate(vae.decoder, torch.randn(2, z_dim))
    assert drawn.shape == (2, *x.shape[1:]) and drawn.abs().max() < 1


def test_conv_vae_refuses_other_sizes():
    with pytest.raises(ValueError, match="power|8, 16"):
        ConvVAE((3, 48, 48), 4)
    with pytest.raises(ValueError, match="square"):
        ConvVAE((3, 32, 64), 4)


@pytest.mark.parametrize("options", [{"likelihood": "poisson"}, {"sigma": 0.0}])
def test_an_unknown_likelihood_or_a_sigma_of_zero_is_refused(options):
    with pytest.raises(ValueError, match="likelihood must be one of"):
        MLPVAE((1, 8, 8), 2, (16,), **options)


def test_one_weight_averages_to_the_two_terms():
    torch.manual_seed(0)
    vae = MLPVAE((1, 8, 8), 2, (16,), sigma=0.8)
    x = pictures(4).images
    with torch.no_grad():
        counted = vae.log_weights(x, 4000).mean(0)
        terms = [vae.terms(x) for _ in range(2000)]
    expected = torch.stack([pair.elbo() for pair in terms]).mean(0)
    assert torch.allclose(counted, expected, atol=0.3)


def test_the_same_generator_gives_the_same_terms():
    torch.manual_seed(0)
    vae, x = MLPVAE((1, 8, 8), 3, (16,)), pictures(4).images
    a, b, c = (vae.terms(x, torch.Generator().manual_seed(seed)).reconstruction for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.equal(a, c)


def test_the_gradient_reaches_mean_and_deviation():
    torch.manual_seed(0)
    vae, x = MLPVAE((1, 8, 8), 2, (16,)), pictures(8).images
    vae.terms(x).reconstruction.sum().backward()  # without the KL term: only through z = mean + sigma * noise
    last = vae.encoder.layers[-1].weight.grad
    assert (last[:2].abs().sum() > 0) and (last[2:].abs().sum() > 0)


def test_training_raises_the_bound_and_beats_the_mean_picture():
    data = pictures(256)
    torch.manual_seed(0)
    training = ELBOTraining(MLPVAE((1, 8, 8), 2, (32,), sigma=0.3), data, lr=5e-3, seed=0)
    bounds = [step.elbo for step in training.run(300)]
    assert sum(bounds[-20:]) > sum(bounds[:20]) and bounds[-1] > bounds[0]
    with torch.no_grad():
        error = (training.model(data.images) - data.images).square().mean()
    assert error < 0.5 * data.images.var(0).mean() and not training.model.training


def test_a_learned_sigma_comes_near_the_error_and_a_fixed_one_stays():
    data = pictures(256)
    for learn in (True, False):
        torch.manual_seed(0)
        vae = MLPVAE((1, 8, 8), 2, (32,), sigma=1.0, learn_sigma=learn)
        ELBOTraining(vae, data, lr=1e-2).finish(400)
        assert (vae.sigma < 0.5) if learn else (vae.sigma == pytest.approx(1.0))


def test_beta_trades_the_divergence():
    kls = []
    for beta in (0.1, 20.0):
        torch.manual_seed(0)
        vae = ELBOTraining(MLPVAE((1, 8, 8), 2, (32,), sigma=0.3), pictures(256), beta=beta, lr=5e-3).finish(200)
        with torch.no_grad():
            kls.append(float(vae.terms(pictures(256).images).kl.mean()))
    assert kls[1] < 0.5 * kls[0]


def test_a_step_is_one_step_of_adam_on_minus_the_elbo():
    data = pictures(64)
    torch.manual_seed(0)
    vae = MLPVAE((1, 8, 8), 2, (16,))
    torch.manual_seed(0)
    by_hand = MLPVAE((1, 8, 8), 2, (16,))
    training = ELBOTraining(vae, data, batch_size=16, beta=2.0, seed=5)
    step = training.step()
    generator = torch.Generator().manual_seed(5)
    opt = torch.optim.Adam([p for p in by_hand.parameters() if p.requires_grad], lr=1e-3)
    reconstruction, kl = by_hand.terms(data.sample(16, generator), generator)
    loss = -(reconstruction - 2.0 * kl).mean()
    loss.backward()
    opt.step()
    assert torch.isclose(step.loss, loss) and step.number == 1
    assert torch.isclose(step.loss, -(step.reconstruction - 2 * step.kl)) and step.elbo > -float(step.loss)
    for a, b in zip(vae.parameters(), by_hand.parameters()):
        assert torch.allclose(a, b, atol=1e-6)


def test_two_trainings_with_one_seed_are_one():
    ends = []
    for outside in (1, 2):
        torch.manual_seed(0)
        vae = MLPVAE((1, 8, 8), 2, (16,))
        torch.manual_seed(outside)  # the training has a stream of its own
        ELBOTraining(vae, pictures(), seed=3).finish(5)
        ends.append(vae.decode(torch.ones(1, 2)))
    assert torch.equal(*ends)


def test_warm_up_and_schedule():
    training = ELBOTraining(
        MLPVAE((1, 8, 8), 2, (16,)),
        pictures(),
        beta=4.0,
        warm_up=4,
        lr=0.1,
        schedule=constant_then_linear(10, start=0.5, end=0.0),
    )
    betas = [training.beta_now for _ in training.run(6) if True]
    assert betas == [2.0, 3.0, 4.0, 4.0, 4.0, 4.0]
    assert training.optimiser.param_groups[0]["lr"] == pytest.approx(0.1)
    training.finish(2)
    assert training.optimiser.param_groups[0]["lr"] == pytest.approx(0.06)


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"beta": -1.0}, {"warm_up": -1}])
def test_a_training_refuses_what_makes_no_sense(options):
    with pytest.raises(ValueError, match="need batch_size"):
        ELBOTraining(MLPVAE((1, 8, 8), 2, (16,)), pictures(), **options)


def test_the_elbo_of_an_untrained_vae_is_what_its_parts_say():
    torch.manual_seed(0)
    vae, x = MLPVAE((1, 8, 8), 2, (16,), sigma=0.7), pictures(3).images
    mean, log_var = vae.encode(x)
    z = elbo.reparametrised(mean, log_var, torch.randn(3, 2, generator=torch.Generator().manual_seed(0)))
    terms = vae.terms(x, torch.Generator().manual_seed(0))
    assert torch.allclose(terms.reconstruction, vae.log_likelihood(x, z))
    assert torch.allclose(terms.kl, elbo.gaussian_kl(mean, log_var))
    assert isinstance(vae, VAE)


def test_clipping_bounds_the_step_that_sgd_would_make():
    training = ELBOTraining(MLPAutoencoder((1, 8, 8), 2, (16,)), pictures(), clip=1e-3)
    training.step()
    total = torch.stack([p.grad.norm() for p in training.model.parameters()]).norm()
    assert total <= 1.01e-3
