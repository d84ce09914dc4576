"""The two likelihood widgets without a browser: pictures, numbers, refusals, closing."""

import gc
import weakref

import numpy as np
import pytest
import torch
from widget_front_end import FrontEnd, Still

from ganlib.data.mixtures import ring
from ganlib.likelihood import LinearTask, fit_mixture, log_mean_exp
from ganlib.widgets import MixtureView, SamplingView
from ganlib.widgets.likelihood.mixture import MixtureState
from ganlib.widgets.likelihood.sampling import DOUBLINGS, SamplingState, make_trials

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


@pytest.fixture(scope="module")
def trials():
    return {knowledge: make_trials(0.5, knowledge) for knowledge in (0.0, 0.5, 1.0)}


@pytest.fixture
def sampling(trials):
    view = SamplingView(64, 2)
    view._trials |= trials
    yield view
    view.close()


@pytest.fixture(scope="module")
def points():
    generator = torch.Generator().manual_seed(0)
    truth = ring(3, radius=2.0, sigma=0.2)
    return truth.sample(60, generator=generator), truth.sample(500, generator=generator), truth


@pytest.fixture
def mixtures(points):
    view = MixtureView(points[0], points[1], components=2, most=6, truth=points[2])
    yield view
    view.close()


# How many samples


def test_every_estimate_is_log_mean_exp_of_the_first_samples(trials):
    for knowledge in (0.0, 0.5):
        made = trials[knowledge]
        for row, dimension in ((0, 2), (14, 16)):
            for k in (0, 3, DOUBLINGS):
                expected = log_mean_exp(made.log_weights[row, : 2**k]) - LinearTask(dimension).exact
                assert made.errors[row, 0, k] == pytest.approx(float(expected), abs=2e-3)


def test_the_prior_is_low_and_the_posterior_exact(trials):
    prior, posterior = trials[0.0].errors, trials[1.0].errors
    assert prior[:, :, 3].mean(1).max() < -0.2 and np.abs(posterior).max() < 0.01
    assert np.all(np.diff(prior[:, :, 5].mean(1)) < 0.5) and prior[-1, :, 5].mean() < prior[0, :, 5].mean() - 5
    assert np.abs(trials[0.5].errors[8, :, 8]).mean() < np.abs(prior[8, :, 8]).mean() / 2


def test_the_samples_drawn_are_the_ones_weighed(trials):
    made, task = trials[0.5], LinearTask(2)
    mean, deviation = task.proposal(0.5)
    noise = (torch.from_numpy(made.places) - mean) / deviation
    assert torch.allclose(task.log_weights(noise, 0.5), made.log_weights[0], atol=1e-3)


@pytest.mark.parametrize("name", ["samples", "dimension", "knowledge"])
def test_each_slider_changes_the_picture_and_back(sampling, name):
    front, control = FrontEnd(sampling), getattr(sampling, name)
    front.answer_all()
    before, start = sampling.canvas.pixels, control.value
    control.value = {"samples": 1024, "dimension": 10, "knowledge": 0.5}[name]
    front.answer_all()
    assert not np.array_equal(sampling.canvas.pixels, before) and front.header["message"] == ""
    control.value = start
    front.answer_all()
    assert np.array_equal(sampling.canvas.pixels, before)


def test_the_status_tells_the_error(sampling, trials):
    for state in (SamplingState(64, 2, 0.0), SamplingState(1, 16, 0.0), SamplingState(2**DOUBLINGS, 16, 1.0)):
        status = sampling.frame(state).status
        k = round(np.log2(state.samples))
        error = np.median(np.abs(trials[state.knowledge].errors[state.dimension - 2, :, k]))
        assert status.startswith(f"typical error {error:.2f} nats")
    worth = float(status.partition("worth ")[2].split()[0].replace(",", ""))
    assert worth == pytest.approx(2**DOUBLINGS, rel=1e-3), "samples of the posterior count in full"


@pytest.mark.parametrize(("samples", "dimension"), [(100, 2), (2**16, 2), (64, 1), (64, 17)])
def test_positions_that_no_slider_has_are_refused(samples, dimension):
    with pytest.raises(ValueError, match="power of two"):
        SamplingView(samples, dimension)


# How many components


def test_the_curves_are_the_fits_own_likelihoods(mixtures, points):
    for k in (1, 3, 6):
        mixture = fit_mixture(points[0], k)
        assert mixtures.fits[k - 1].train == pytest.approx(float(mixture.log_prob(points[0]).mean()))
        assert mixtures.fits[k - 1].held_out == pytest.approx(float(mixture.log_prob(points[1]).mean()))
    assert mixtures.truth == pytest.approx(float(points[2].log_prob(points[1]).mean()))
    held = [fit.held_out for fit in mixtures.fits]
    assert int(np.argmax(held)) + 1 == 3, "three clumps"


def test_the_slider_changes_picture_and_status_and_back(mixtures):
    front = FrontEnd(mixtures)
    front.answer_all()
    before = mixtures.canvas.pixels
    mixtures.components.set_state({"value": 5})
    front.answer_all()
    assert not np.array_equal(mixtures.canvas.pixels, before)
    assert f"held out −{-mixtures.fits[4].held_out:.2f}" in front.header["status"]
    mixtures.components.set_state({"value": 2})
    front.answer_all()
    assert np.array_equal(mixtures.canvas.pixels, before)


def test_the_map_is_dark_where_the_density_is_high(mixtures):
    picture = mixtures.render(MixtureState(3)).astype(float)
    scale, extent = picture.shape[1] / 640, mixtures.extent

    def around(place):
        across = int((40 + 270 * (place[0] + extent) / (2 * extent)) * scale)
        down = int((304 - 270 * (place[1] + extent) / (2 * extent)) * scale)
        return picture[down - 4 : down + 4, across - 4 : across + 4, 0]

    assert around((0.0, 0.0)).min() > 250, "nothing in the middle"
    assert around(mixtures.fits[2].mixture.means[0].tolist()).mean() < 180


def test_what_cannot_be_fitted_is_refused(points):
    with pytest.raises(ValueError, match="points of the plane"):
        MixtureView(torch.zeros(100, 3), points[1])
    with pytest.raises(ValueError, match="components lies in 1 … most"):
        MixtureView(points[0], points[1], components=7, most=6)
    with pytest.raises(ValueError, match="two points for each"):
        MixtureView(points[0][:10], points[1], most=6)


# Both


@pytest.mark.parametrize("kind", ["sampling", "mixtures"])
def test_static_picture_alt_text_and_closing(kind, request):
    view = request.getfixturevalue(kind)
    assert len(view.outputs()[0]["text/html"]) < 120_000 and len(Still(view).alt) > 60
    gone = weakref.ref(view.canvas)
    view.close()
    gc.collect()
    assert gone() is None and repr(view).endswith("(closed)")
    with pytest.raises(RuntimeError, match="closed"):
        view.picture()
