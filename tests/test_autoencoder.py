"""Autoencoders, and the slider over several of them."""

import numpy as np
import pytest
import torch
from widget_front_end import Still

from ganlib.data import Dataset
from ganlib.models import MLPVAE, MLPAutoencoder
from ganlib.train import ELBOTraining
from ganlib.widgets import AutoencoderWalk, WalkState

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


@pytest.mark.parametrize("z_dim", [1, 3])
def test_shapes_and_terms(z_dim):
    torch.manual_seed(0)
    model, x = MLPAutoencoder((3, 8, 8), z_dim, (16,)), torch.rand(4, 3, 8, 8) * 2 - 1
    assert model.encode(x).shape == (4, z_dim) and model(x).shape == x.shape and model.z_dim == z_dim
    assert torch.equal(model(x), model.decode(model.encode(x)))
    terms = model.terms(x)
    assert torch.allclose(-terms.reconstruction, (x - model(x)).square().sum((1, 2, 3))) and not terms.kl.any()


def test_a_wider_middle_rebuilds_better():
    generator = torch.Generator().manual_seed(0)
    basis = torch.linalg.qr(torch.randn(64, 4, generator=generator)).Q.T
    images = (torch.randn(400, 4, generator=generator) @ basis).tanh().view(-1, 1, 8, 8)
    errors = []
    for z_dim in (1, 4):
        torch.manual_seed(0)
        model = ELBOTraining(MLPAutoencoder((1, 8, 8), z_dim, (32,)), Dataset("four", images), lr=5e-3).finish(300)
        with torch.no_grad():
            errors.append(float((model(images) - images).square().mean()))
    assert errors[1] < 0.5 * errors[0]


@pytest.fixture
def walk():
    torch.manual_seed(0)
    models = {1: MLPAutoencoder((1, 8, 8), 1, (16,)), 2: MLPVAE((1, 8, 8), 2, (16,))}
    panel = AutoencoderWalk(models, torch.rand(30, 1, 8, 8) * 2 - 1, what="numbers", columns=6, notes={2: "a VAE"})
    yield panel
    panel.close()


def test_the_picture_shows_real_rebuilt_and_drawn_rows(walk):
    pixels = walk.frame(WalkState(1, 0)).pixels
    row, seam = 8, 6
    assert pixels.shape == (row + seam + row + seam + 2 * 9 - 1, 6 * 9 - 1)
    rebuilt, drawn = walk.results(WalkState(1, 0))
    assert rebuilt.shape == (6, 1, 8, 8) and drawn.shape == (12, 1, 8, 8)
    assert (pixels[row : row + seam] == 255).all()


def test_every_model_has_its_own_picture_and_a_state_always_the_same(walk):
    first, second = walk.render(WalkState(0)), walk.render(WalkState(1))
    assert not np.array_equal(first, second) and np.array_equal(first[:8], second[:8])
    assert np.array_equal(walk.render(WalkState(0)), first)
    assert not np.array_equal(walk.render(WalkState(0, 1))[:8], first[:8])


def test_moving_the_slider_and_the_button_change_the_state(walk):
    walk.slider.value = 1
    assert walk.state == WalkState(1, 0) and "a VAE" in walk.frame(walk.state).status
    walk.resample()
    assert walk.state == WalkState(1, 1)


def test_the_error_said_is_the_error_shown(walk):
    rebuilt, _ = walk.results(WalkState(0))
    error = float((rebuilt - walk.shown(WalkState(0))).square().mean())
    assert f"mean squared error {error:.3f}" in walk.frame(WalkState(0)).status


def test_training_mode_and_weights_are_left_alone(walk):
    model = MLPVAE((1, 8, 8), 2, (16,)).train()
    panel = AutoencoderWalk({"one": model}, torch.rand(12, 1, 8, 8), columns=4, rows=0)
    before = panel.render(panel.state)
    with torch.no_grad():
        model.decoder.mlp.layers[-1].bias.add_(1.0)
    assert model.training and not np.array_equal(panel.render(panel.state), before)  # follows a training
    panel.close()


def test_the_static_picture_names_every_model_and_has_alternative_text(walk):
    assert "numbers: 1, 2" in Still(walk).alt
    assert walk.still().height > 3 * 8 + 3 * 20


def test_nothing_to_walk_through_is_refused():
    with pytest.raises(ValueError, match="at least one model"):
        AutoencoderWalk({}, torch.rand(20, 1, 8, 8))
    with pytest.raises(ValueError, match="8 images"):
        AutoencoderWalk({"a": MLPVAE((1, 8, 8), 2, (16,))}, torch.rand(3, 1, 8, 8))
