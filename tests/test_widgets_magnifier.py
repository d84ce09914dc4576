"""The magnifier, without a browser."""

import gc
import weakref

import numpy as np
import pytest
import torch
from widget_front_end import FrontEnd, Still, is_live, point, press

from ganlib.widgets import Magnifier
from ganlib.widgets.magnifier import GAP, HEAD, SIDE

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")

SPOTS = {"dot": [(0, 8.0, 8.0), (1, 24.0, 20.0)], "line": [(2, 30.0, 2.0)]}


def pictures() -> torch.Tensor:
    return torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture
def magnifier():
    real = pictures()
    rebuilt = {"2": real * 0, "8": real * 0.5, "all": real}
    magnifier = Magnifier(real, rebuilt, SPOTS, what="numbers", notes={"8": {"dot": "half of it"}}, glass=8)
    yield magnifier
    magnifier.close()


def quarter(pixels: np.ndarray, row: int, column: int) -> np.ndarray:
    """Return one of the four enlarged pictures of a frame, without its frame."""
    top, left = HEAD + row * (SIDE + GAP), column * (SIDE + GAP)
    return pixels[top + 3 : top + SIDE - 3, left + 3 : left + SIDE - 3]


def test_the_slider_walks_through_what_was_rebuilt(magnifier):
    front = FrontEnd(magnifier)
    start = magnifier.canvas.pixels
    assert len(np.unique(quarter(start, 1, 1))) == 1, "rebuilt from two numbers, it is grey"
    front.drag(magnifier.slider, [2])
    front.answer_all()
    shown = magnifier.canvas.pixels
    assert np.array_equal(quarter(shown, 1, 0), quarter(shown, 1, 1)), "the last one rebuilds everything"
    assert np.array_equal(quarter(shown, 0, 0), quarter(start, 0, 0)), "the real picture stays"
    front.drag(magnifier.slider, [1, 0])
    front.answer_all()
    assert np.array_equal(magnifier.canvas.pixels, start)


def test_the_glass_shows_what_lies_under_it(magnifier):
    seen = quarter(magnifier.canvas.pixels, 1, 0)
    x, y = magnifier.corner(magnifier.state)
    assert (x, y) == (4, 4)
    part = magnifier.real[0, y : y + 8, x : x + 8]
    times = SIDE // 8
    assert np.array_equal(seen[times // 2 :: times, times // 2 :: times], part)


def test_a_detail_brings_its_places_one_after_the_other(magnifier):
    front = FrontEnd(magnifier)
    assert magnifier.state.picture == 0
    magnifier.show_example(1)
    assert (magnifier.state.picture, magnifier.state.x, magnifier.state.y) == (1, 24.0, 20.0)
    magnifier.show_example(2)
    assert magnifier.state.picture == 0, "round again"
    magnifier.detail.value = "line"
    front.answer_all()
    assert magnifier.state.picture == 2 and magnifier.corner(magnifier.state) == (24, 0), "the glass stays inside"
    assert "line" in front.header["status"]


def test_dragging_on_either_picture_moves_the_glass_and_on_the_crops_does_not(magnifier):
    wide, high = 2 * SIDE + GAP, HEAD + 2 * SIDE + GAP
    for left in (0, SIDE + GAP):
        point(magnifier.canvas, (left + 0.25 * SIDE) / wide, (HEAD + 0.5 * SIDE) / high)
        assert (magnifier.state.x, magnifier.state.y) == pytest.approx((8.0, 16.0))
        magnifier.show_example(0)
    before = magnifier.state
    point(magnifier.canvas, 0.2, (HEAD + 1.5 * SIDE) / high)
    assert magnifier.state == before


def test_arrow_keys_move_the_glass_and_stop_at_the_edge(magnifier):
    press(magnifier.canvas, "ArrowRight")
    press(magnifier.canvas, "ArrowDown", shift=True)
    assert (magnifier.state.x, magnifier.state.y) == (9.0, 12.0)
    for _ in range(60):
        press(magnifier.canvas, "ArrowUp")
    assert magnifier.state.y == 4.0


def test_remarks_stand_below(magnifier):
    front = FrontEnd(magnifier)
    front.drag(magnifier.slider, [1])
    front.answer_all()
    assert front.header["status"] == "numbers: 8 · dot · half of it"


def test_the_static_picture_shows_every_detail_and_model(magnifier):
    assert is_live(magnifier) and "dot, line" in Still(magnifier).alt
    still = np.asarray(magnifier.still())
    assert still.shape[1] > 2 * 72 and still.shape[0] > 4 * 72
    assert Still(magnifier).picture.size == (still.shape[1], still.shape[0])


def test_grey_pictures_are_shown_too():
    grey = pictures()[:, :1]
    magnifier = Magnifier(grey, {"a": grey}, {"dot": [(0, 5.0, 5.0)]}, glass=8)
    assert magnifier.canvas.pixels.shape[2] == 3
    magnifier.close()


@pytest.mark.parametrize(
    "rebuilt, spots, words",
    [
        ({}, SPOTS, "at least one"),
        ({"a": pictures()}, {"dot": []}, "at least one"),
        ({"a": pictures()[:2]}, SPOTS, "as the real ones"),
        ({"a": pictures()}, {"dot": [(3, 1.0, 1.0)]}, "outside"),
        ({"a": pictures()}, {"dot": [(0, 32.0, 1.0)]}, "outside"),
    ],
)
def test_what_does_not_fit_is_refused(rebuilt, spots, words):
    with pytest.raises(ValueError, match=words):
        Magnifier(pictures(), rebuilt, spots)


def test_closing_lets_go():
    real = pictures()
    magnifier = Magnifier(real, {"a": real}, {"dot": [(0, 5.0, 5.0)]}, glass=8)
    gone = weakref.ref(magnifier.canvas), weakref.ref(magnifier.box)
    magnifier.close()
    gc.collect()
    assert [reference() for reference in gone] == [None, None] and repr(magnifier).endswith("(closed)")
    with pytest.raises(RuntimeError, match="closed"):
        magnifier.picture()
