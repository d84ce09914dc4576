"""The replay of a drawing and the completer, without a browser."""

import gc
import weakref

import numpy as np
import pytest
import torch
from widget_front_end import FrontEnd, Still

from ganlib import autoregressive as ar
from ganlib.autoregressive import Drawn
from ganlib.models import GatedPixelCNN
from ganlib.widgets import CompleterState, ImageCompleter, PixelReplay, ReplayState
from ganlib.widgets.pixels import BLANK, HEAD, LARGE

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")

SIDE = LARGE // 8  # of one pixel in the large pictures, for images of 8×8


def network():
    torch.manual_seed(0)
    net = GatedPixelCNN(width=6, layers=2)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return net


@pytest.fixture(scope="module")
def drawn():
    return ar.sample(network(), torch.rand(5, 8, 8, generator=torch.Generator().manual_seed(0)))


@pytest.fixture
def replay(drawn):
    replay = PixelReplay(drawn, start=20)
    yield replay
    replay.close()


@pytest.fixture
def completer(drawn):
    completer = ImageCompleter(network(), drawn.images, copies=4)
    yield completer
    completer.close()


def at(picture, row, column, left=0):
    """Return the colour in the middle of a pixel of a large picture."""
    return picture[HEAD + row * SIDE + SIDE // 2, left + column * SIDE + SIDE // 2].tolist()


def test_pixels_appear_in_reading_order(replay, drawn):
    for count in (0, 1, 20, 63, 64):
        picture = replay.render(ReplayState(count, 2))
        for t in range(64):
            expected = [int(127.5 * float(drawn.images[2, 0].flatten()[t]) + 128)] * 3 if t < count else list(BLANK)
            assert at(picture, *divmod(t, 8)) == [min(255, value) for value in expected]


def test_the_heat_is_the_probability_of_ink(replay, drawn):
    chance = drawn.log_probs[1].exp().flatten()
    ink = torch.where(drawn.images[1, 0].flatten() > 0, chance, 1 - chance)
    picture = replay.render(ReplayState(30, 1))
    for t in (0, 7, 15, 30):
        row, column = divmod(t, 8)
        expected = (255 * np.array(replay.colours(float(ink[t]))[:3])).astype(int)
        assert np.abs(np.array(at(picture, row, column, left=LARGE + 16)) - expected).max() <= 1
    assert at(picture, 3, 7, left=LARGE + 16) == list(BLANK), "pixel 31 has no probability yet"


def test_the_status_adds_up_to_the_likelihood(replay, drawn):
    whole = float(ar.nll(network(), drawn.images)[3])
    assert replay.frame(ReplayState(64, 3)).status == f"64 of 64 pixels, −log p so far {whole:.1f} nats"
    assert "next: row 3, column 5, p(ink) = " in replay.frame(ReplayState(20, 3)).status
    assert "so far 0.0 nats" in replay.frame(ReplayState(0, 0)).status


def test_moving_the_slider_there_and_back(replay):
    front = FrontEnd(replay)
    start = replay.canvas.pixels
    replay.position.set_state({"value": 40})
    front.answer_all()
    moved = replay.canvas.pixels
    replay.choice.value = 4
    front.answer_all()
    assert not np.array_equal(moved, start) and not np.array_equal(replay.canvas.pixels, moved)
    replay.choice.value = 0
    replay.position.set_state({"value": 20})
    front.answer_all()
    assert np.array_equal(replay.canvas.pixels, start)


def test_play_is_linked_and_reaches_the_end(replay):
    assert replay._extra[0].source == (replay.play, "value") and replay._extra[0].target == (replay.position, "value")
    assert replay.play.max == replay.position.max == 64


def test_given_rows_stay_and_the_others_are_drawn(completer, drawn):
    every, logs = completer.completions(1, 0)
    assert every.shape == (9, 4, 8, 8)
    for rows in range(9):
        assert (every[rows, :, :rows] == drawn.images[1, 0, :rows]).all()
    assert (every[2, 0] != every[2, 1]).any() and torch.equal(every[8, 0], drawn.images[1, 0])
    assert float(-logs.sum()) == pytest.approx(float(ar.nll(network(), drawn.images[1:2])), rel=1e-4)


def test_completions_are_what_sampling_gives(completer, drawn):
    u = torch.rand(4, 8, 8, generator=torch.Generator().manual_seed(7))
    known = torch.arange(8)[:, None].expand(8, 8) < 3
    expected = ar.sample(network(), u, given=drawn.images[2:3].expand(4, -1, -1, -1), known=known).images[:, 0]
    assert torch.equal(completer.completions(2, 7)[0][3], expected)


def test_the_frame_is_a_function_of_the_state(completer):
    first = completer.render(CompleterState(4, 0, 0))
    for seed in range(12):  # more than are remembered
        completer.render(CompleterState(4, 1, seed))
    assert np.array_equal(completer.render(CompleterState(4, 0, 0)), first)
    assert not np.array_equal(completer.render(CompleterState(4, 0, 1)), first)
    assert not np.array_equal(completer.render(CompleterState(5, 0, 0)), first)
    assert len(completer._memory) <= completer.kept
    assert completer.frame(CompleterState(8, 0, 0)).status == "8 of 8 rows given; the true rest costs 0.0 nats"


def test_sliders_of_the_completer_move_the_picture_there_and_back(completer):
    front = FrontEnd(completer)
    start = completer.canvas.pixels
    for control, there, back in ((completer.rows, 6, 4), (completer.seed, 3, 0), (completer.choice, 2, 0)):
        control.value = there
        front.answer_all()
        assert not np.array_equal(completer.canvas.pixels, start)
        control.value = back
        front.answer_all()
        assert np.array_equal(completer.canvas.pixels, start)


def test_static_pictures_have_words(replay, completer):
    for widget, word in ((replay, "probability of ink"), (completer, "4 completions")):
        still = Still(widget)
        assert word in still.alt and still.picture.width > 100


def test_what_does_not_fit_is_refused(drawn):
    with pytest.raises(ValueError, match="binary images"):
        PixelReplay(Drawn(drawn.images / 2, drawn.log_probs))
    with pytest.raises(ValueError, match="binary images"):
        PixelReplay(Drawn(drawn.images, drawn.log_probs[:2]))
    with pytest.raises(ValueError, match="at least one"):
        ImageCompleter(network(), drawn.images[:0])


def test_closing_frees_the_network(drawn):
    net = network()
    completer = ImageCompleter(net, drawn.images, copies=2)
    gone = weakref.ref(net), weakref.ref(completer.canvas)
    completer.close()
    del net
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
    with pytest.raises(RuntimeError, match="closed"):
        completer.picture()
