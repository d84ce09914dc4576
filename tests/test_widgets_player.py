"""The training player and its curves, without a browser."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from widget_front_end import Still

from ganlib.widgets import TrainingPlayer
from ganlib.widgets.base.canvas import unpack
from ganlib.widgets.base.curves import draw_chart, groups, nice_ticks, running_mean

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


def film(pictures=5, count=6, channels=1, every=100, **curves):
    """Make a film whose picture number t is grey of 40 t, with 10 points of curves a picture."""
    images = np.zeros((pictures, count, channels, 8, 8), np.uint8) + (
        40 * np.arange(pictures, dtype=np.uint8)[:, None, None, None, None]
    )
    curve_steps = list(range(0, every * pictures, every // 10))
    curves = curves or {"loss_D": [1.0 + 0.01 * k for k in range(len(curve_steps))]}
    steps = [every * k for k in range(pictures)]
    return SimpleNamespace(steps=steps, images=images, curves=curves, curve_steps=curve_steps)


@pytest.fixture
def player():
    player = TrainingPlayer(film())
    yield player
    player.close()


def answer(player):
    player.canvas._handle_custom_msg({"kind": "drawn", "number": unpack(player.canvas.frame)[1]["number"]}, [])


def test_scrubbing_shows_the_recorded_picture_and_its_numbers(player):
    for index in (4, 2, 0, 3):
        player.position.set_state({"value": index})
        pixels, header = unpack(player.canvas.frame)
        assert pixels[0, 0] == 40 * index and header["status"].startswith(f"step {100 * index} · loss of D ")
        assert header["status"].endswith(f"{1 + 0.1 * index:.2f}")
        answer(player)
    assert player.step == 300


def test_fast_scrubbing_shows_the_last_picture_in_the_end(player):
    for index in (1, 2, 3, 4, 1, 3):
        player.position.set_state({"value": index})
    assert player.canvas.pixels[0, 0] == 40
    answer(player)
    assert player.canvas.pixels[0, 0] == 120


def test_the_cursor_follows_and_dragging_it_scrubs(player):
    player.position.value = 4
    x, top, bottom = player.chart_canvas.cursor
    assert 0 <= top < bottom <= 1
    player.position.value = 0
    answer(player)
    assert player.chart_canvas.cursor[0] < x
    player.chart_canvas._handle_custom_msg({"kind": "pointer", "x": x, "y": 0.5}, [])
    assert player.state == 4
    for key, wanted in (("ArrowLeft", 3), ("ArrowUp", 4), ("ArrowRight", 4)):
        player.chart_canvas._handle_custom_msg({"kind": "key", "key": key, "shift": False}, [])
        assert player.state == wanted


def test_the_curves_are_sent_once(player):
    sent = []
    player.chart_canvas.observe(lambda change: sent.append(change["name"]))
    for index in (1, 2, 3):
        player.position.value = index
        answer(player)
    assert set(sent) == {"cursor"}


def test_play_is_linked_to_the_slider(player):
    assert player._link.source == (player.play, "value") and player._link.target == (player.position, "value")
    assert player.play.max == player.position.max == 4


def test_a_loss_that_is_no_number_is_named():
    player = TrainingPlayer(film(2, loss_D=[1.0] * 15 + [np.nan] * 5, loss_G=[1.0] * 20))
    player.position.value = 0
    assert player.frame(0).message == ""
    assert TrainingPlayer(film(2, loss_D=[1.0] * 5 + [np.nan] * 15)).frame(1).message.startswith("loss_D is no finite")
    player.close()


def test_the_static_picture_shows_stages_and_curves(player):
    player.position.value = 2
    still = np.asarray(player.still())
    assert [still[26, 2 + k * (26 + 14), 0] for k in range(3)] == [0, 40, 160], "pictures 0, 1 and 4, 14 pixels apart"
    dark = (still[60:] < 60).all(axis=2).sum()
    assert dark > 500, "axes and texts of the curves"
    assert "6 images of the same z at 5 steps" in Still(player).alt


def test_a_film_without_curves_plays_too():
    plain = film(3, channels=3)
    plain.curves = {"loss_D": []}
    player = TrainingPlayer(plain)
    player.position.value = 2
    assert player.canvas.pixels[0, 0].tolist() == [80, 80, 80] and player.chart_canvas is None
    assert player.picture().size[0] == player.css_width
    player.close()


@pytest.mark.parametrize("change", [{"steps": []}, {"steps": [0, 1]}, {"images": np.zeros((5, 6, 8, 8), np.uint8)}])
def test_a_film_that_does_not_fit_is_refused(change):
    with pytest.raises(ValueError, match="record the film first"):
        TrainingPlayer(SimpleNamespace(**{**vars(film()), **change}))


def test_curves_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="every curve needs 50 values"):
        TrainingPlayer(film(loss_D=[1.0, 2.0]))


def test_closing_frees_the_pictures():
    record = film()
    record.images = torch.as_tensor(record.images)
    player = TrainingPlayer(record)
    gone = weakref.ref(player.images), weakref.ref(player.chart_canvas), weakref.ref(player._link)
    player.close()
    del record
    gc.collect()
    assert [reference() for reference in gone] == [None] * 3


# Curves


def test_curves_are_sorted_into_boxes():
    assert groups(["loss_G", "modes", "accuracy_D", "loss_D", "D_real"]) == [
        ("loss (nats)", ["loss_G", "loss_D"]),
        ("share or probability", ["accuracy_D", "D_real"]),
        ("modes", ["modes"]),
    ]


def test_a_curve_is_drawn_where_its_values_are():
    chart = draw_chart([0, 50, 100], {"accuracy_D": [0.0, 0.5, 1.0]}, width=300, height=200)
    left, top, right, bottom = chart.boxes[0]
    height, width = chart.pixels.shape[:2]
    for share in (0.25, 0.75):
        x, y = left + (right - left) * share, bottom - (bottom - top) * share
        around = chart.pixels[round(y * height) - 2 : round(y * height) + 3, round(x * width)]
        assert (around == [0xD5, 0x5E, 0x00]).all(axis=1).any(), "D's colour"


def test_gaps_where_values_are_not_finite():
    def coloured(values):
        chart = draw_chart(range(5), {"accuracy_D": values})
        return int((chart.pixels == [0xD5, 0x5E, 0x00]).all(axis=2).sum())

    assert coloured([0.2, 0.2, np.nan, 0.2, 0.2]) < coloured([0.2] * 5)
    assert draw_chart(range(3), {"loss_D": [np.nan] * 3}).pixels.shape[2] == 3


def test_cursor_and_step_undo_each_other():
    chart = draw_chart([0, 1000], {"loss_D": [1.0, 2.0], "accuracy_D": [0.5, 0.6]})
    for step in (0, 333, 1000):
        x, *edges = chart.cursor(step)
        assert chart.step_at(x) == pytest.approx(step) and len(edges) == 4
    assert chart.step_at(-1) == 0 and chart.step_at(2) == 1000


@pytest.mark.parametrize("low, high, ticks", [(0, 1, [0, 0.25, 0.5, 0.75, 1]), (0, 8000, [0, 2000, 4000, 6000, 8000])])
def test_ticks_are_round_numbers(low, high, ticks):
    assert nice_ticks(low, high, 4) == ticks


def test_the_running_mean_leaves_out_what_is_not_finite():
    values = np.array([1.0, np.nan, 3.0, 5.0])
    np.testing.assert_allclose(running_mean(values, 3), [1.0, np.nan, 4.0, 4.0])
