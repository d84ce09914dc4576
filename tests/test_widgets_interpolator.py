"""The interpolator and its ways through z, without a browser."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from widget_front_end import FrontEnd, point, press
from widget_stand_in import Blob

from ganlib.latent.ways import along, lerp, slerp, usual_length
from ganlib.widgets import Interpolator, InterpolatorState
from ganlib.widgets.interpolator import LEFT, RIGHT, WIDTH

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")

T = torch.linspace(0, 1, 11)
vectors = st.lists(st.floats(-3, 3, width=32), min_size=4, max_size=4).map(torch.tensor)


# Ways


@settings(max_examples=200, deadline=None)
@given(vectors, vectors)
def test_an_arc_joins_its_ends_and_its_length_changes_evenly(a, b):
    way = slerp(a, b, T)
    torch.testing.assert_close(way[0], a)
    torch.testing.assert_close(way[-1], b, atol=1e-5, rtol=1e-5)
    assert way.isfinite().all()
    if min(a.norm(), b.norm()) > 1e-3:
        torch.testing.assert_close(way.norm(dim=1), a.norm() + T * (b.norm() - a.norm()), atol=1e-4, rtol=1e-4)


def test_an_arc_turns_at_an_even_speed():
    way = slerp(torch.tensor([2.0, 0, 0]), torch.tensor([0, 2.0, 0]), T)
    angles = torch.atan2(way[:, 1], way[:, 0])
    torch.testing.assert_close(angles, T * torch.pi / 2)
    assert (way[:, 2] == 0).all()


def test_opposite_and_equal_and_zero_ends():
    a = torch.tensor([1.0, 2.0, -2.0])
    half_turn = slerp(a, -2 * a, T)
    torch.testing.assert_close(half_turn.norm(dim=1), 3 + 3 * T)
    assert abs(float(half_turn[5] @ a)) < 1e-5, "halfway it stands at right angles"
    torch.testing.assert_close(slerp(a, a, T), a.expand(11, 3))
    torch.testing.assert_close(slerp(a, 3 * a, T), lerp(a, 3 * a, T))
    torch.testing.assert_close(slerp(torch.zeros(3), a, T), lerp(torch.zeros(3), a, T))
    torch.testing.assert_close(slerp(torch.ones(1), -torch.ones(1), T), 1 - 2 * T[:, None])


@pytest.mark.parametrize("spherical", [False, True])
def test_a_way_meets_every_anchor_and_comes_back(spherical):
    anchors = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    open_way = along(anchors, torch.tensor([0, 1 / 3, 2 / 3, 1.0]), spherical=spherical, closed=False)
    torch.testing.assert_close(open_way, anchors)
    round_way = along(anchors, torch.linspace(0, 1, 5), spherical=spherical, closed=True)
    torch.testing.assert_close(round_way, torch.cat([anchors, anchors[:1]]))
    fine = along(anchors, torch.linspace(0, 1, 2001), spherical=spherical, closed=True)
    assert fine.diff(dim=0).norm(dim=1).max() < 0.02, "no jumps"


def test_the_usual_length_is_that_of_drawn_z():
    for z_dim in (1, 2, 64):
        lengths = torch.randn(40_000, z_dim, generator=torch.Generator().manual_seed(0)).norm(dim=1)
        mean, spread = usual_length(z_dim)
        assert abs(float(lengths.mean()) - mean) < 0.02 and abs(float(lengths.std()) - spread) < 0.02


# The widget


@pytest.fixture
def walker():
    a, b = torch.zeros(8), torch.zeros(8)
    a[0], b[0], b[1] = -3, 3, 0.5
    walker = Interpolator(Blob(), a, b)
    yield walker
    walker.close()


def column(picture) -> float:
    return float((picture.astype(float).sum(0) * np.arange(picture.shape[1])).sum() / picture.sum())


def test_the_slider_walks_from_a_to_b_and_back(walker):
    front, start = FrontEnd(walker), walker.canvas.pixels
    columns = []
    for place in range(0, 121, 12):
        front.drag(walker.position, [place])
        front.answer_all()
        columns.append(column(walker.canvas.pixels))
        assert walker.strip_canvas.cursor[0] == pytest.approx((LEFT + (RIGHT - LEFT) * place / 120) / WIDTH)
    assert columns == sorted(columns) and columns[-1] > columns[0] + 8
    torch.testing.assert_close(walker.z, torch.tensor([3, 0.5, 0, 0, 0, 0, 0, 0]))
    front.drag(walker.position, [0])
    front.answer_all()
    assert np.array_equal(walker.canvas.pixels, start)


def test_the_strip_shows_the_images_of_the_way_and_is_drawn_once_for_each_way(walker):
    sent = []
    walker.strip_canvas.observe(sent.append, "frame")
    strip = walker.strip_canvas.pixels
    for place in (30, 60, 90):
        walker.position.value = place
        walker._pump.acknowledge(walker._pump.number)
    assert not sent and np.array_equal(walker.strip_canvas.pixels, strip)
    walker.way.value = "arc"
    walker._pump.acknowledge(walker._pump.number)
    assert len(sent) == 1 and not np.array_equal(walker.strip_canvas.pixels, strip)
    step = 2 * (RIGHT - LEFT) / 8
    for k in range(9):  # each small image is bright where the image of its place is
        walker.position.value = 15 * k
        large = walker.render(walker.state)
        middle = 2 * LEFT + k * step
        small = strip if k in (0, 8) else walker.strip(walker.state).pixels
        part = small[40 : 40 + int(step - 8), int(middle - step / 2 + 4) : int(middle + step / 2 - 4), 0]
        assert abs(column(large) / 31 - column(part) / (part.shape[1] - 1)) < 0.05


def test_pointer_and_keys_on_the_strip_move_along_it(walker):
    point(walker.strip_canvas, (LEFT + 0.75 * (RIGHT - LEFT)) / WIDTH, 0.3)
    assert walker.state.t == 0.75
    for key, shift, wanted in (("ArrowRight", False, 91), ("ArrowDown", True, 81), ("ArrowLeft", False, 80)):
        press(walker.strip_canvas, key, shift)
        assert walker.position.value == wanted
    point(walker.strip_canvas, 1.0, 0.5)
    press(walker.strip_canvas, "ArrowRight")
    assert walker.state.t == 1.0


def test_play_is_linked_to_the_slider_and_goes_round(walker):
    assert walker._link.source == (walker.play, "value") and walker._link.target == (walker.position, "value")
    assert getattr(walker.play, "repeat", None) or walker.play._repeat


def test_the_status_names_the_length_of_z():
    walker = Interpolator(Blob(), torch.tensor([3.0] + 7 * [0]), torch.tensor([0, 4.0] + 6 * [0]))
    frames = {spherical: walker.frame(InterpolatorState(0.5, spherical)).status for spherical in (False, True)}
    assert "‖z‖ = 2.5 " in frames[False] and "‖z‖ = 3.5" in frames[True]
    walker.close()


def test_new_ends_are_drawn_for_those_that_were_not_given():
    a = torch.ones(8)
    walker = Interpolator(Blob(), a, seed=3)
    before = walker.z_at(walker.state, [0, 1])
    walker.renew.click()
    after = walker.z_at(walker.state, [0, 1])
    assert torch.equal(before[0], a) and torch.allclose(after[0], a) and not torch.allclose(before[1], after[1])
    assert not walker.renew.disabled
    walker.close()


def test_anchors_make_a_loop_and_classes_a_selector():
    anchors = torch.eye(8)[:3]
    walker = Interpolator(Blob(classes=3), anchors=anchors)
    assert walker.state.closed and walker.renew.disabled and walker.state.label == 0
    torch.testing.assert_close(walker.z_at(walker.state, [1 / 3, 1]), anchors[[1, 0]])
    one = walker.render(walker.state)
    walker.label.value = 2
    assert not np.array_equal(walker.render(walker.state), one)
    walker.close()


def test_after_training_a_refresh_draws_the_whole_way_again(walker):
    before = walker.strip_canvas.pixels
    walker.G.step.data.mul_(2)
    walker.refresh()
    assert not np.array_equal(walker.strip_canvas.pixels, before)


@pytest.mark.parametrize(
    "wrong",
    [
        {"a": torch.zeros(5)},
        {"a": torch.full((8,), torch.nan)},
        {"anchors": torch.zeros(1, 8)},
        {"anchors": torch.zeros(3, 7)},
        {"a": torch.zeros(8), "anchors": torch.zeros(3, 8)},
    ],
)
def test_ends_that_make_no_way_are_refused(wrong):
    with pytest.raises(ValueError, match="anchor"):
        Interpolator(Blob(), **wrong)


def test_the_static_picture_shows_both_ways(walker):
    still = np.asarray(walker.still())
    assert still.shape[1] == WIDTH and not np.array_equal(still[: len(still) // 2 - 4], still[len(still) // 2 + 4 :])
    assert walker.picture().width == WIDTH
