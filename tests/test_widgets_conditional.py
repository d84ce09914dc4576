"""The style explorer: what is asked for is what is drawn."""

import numpy as np
import pytest
import torch
from widget_front_end import FrontEnd, Still, point, press
from widget_stand_in import Blob

from ganlib.pictures import to_uint8
from ganlib.widgets import StyleExplorer

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


@pytest.fixture
def explorer():
    explorer = StyleExplorer(Blob(classes=10), directions="axes", label=3)
    yield explorer
    explorer.close()


def spots(picture: np.ndarray) -> int:
    """Count the spots of an image that `Blob` has drawn: bright runs in its brightest row."""
    bright = picture[picture.sum(1).argmax()] > 150
    return int((np.diff(np.concatenate([[0], bright, [0]]).astype(int)) == 1).sum())


def large(picture):
    return picture[2:130, 2:130]


def small(picture, label):
    row, column = divmod(label, 5)
    top, left = row * 66 + 1, 132 + 6 + column * 66 + 1
    return picture[top : top + 64, left : left + 64]


def test_the_chosen_class_is_large_and_all_are_beside_it_in_one_style(explorer):
    picture = explorer.render(explorer.state)
    assert picture.shape == (132, 132 + 6 + 5 * 66)
    with torch.no_grad():
        z = explorer.style(explorer.state).expand(10, -1)
        images = to_uint8(explorer.G.eval()(z, torch.arange(10)))[:, 0].numpy()
    assert np.array_equal(large(picture)[::4, ::4], images[3])
    for label in range(10):
        assert np.array_equal(small(picture, label)[::2, ::2], images[label])
    assert spots(images[0]) == 1 < spots(images[3]), "the stand-in draws more spots for higher classes"


def test_only_the_chosen_class_has_a_white_frame(explorer):
    for label in (0, 4, 5, 9):
        explorer.label.value = label
        picture = explorer.render(explorer.state)
        corners = [picture[k // 5 * 66, 138 + k % 5 * 66] for k in range(10)]
        assert [k for k in range(10) if corners[k] == 255] == [label]


def test_sliders_move_the_style_of_all_and_back_again(explorer):
    front, before = FrontEnd(explorer), explorer.canvas.pixels
    front.drag(explorer.sliders[0], [2.0])
    front.answer_all()
    after = explorer.canvas.pixels
    assert all(not np.array_equal(small(before, k), small(after, k)) for k in range(10))
    explorer.reset()
    front.answer_all()
    assert np.array_equal(explorer.canvas.pixels, before)
    explorer.resample()
    front.answer_all()
    assert explorer.state.seed == 1 and not np.array_equal(explorer.canvas.pixels, before)


def test_a_click_and_the_arrow_keys_choose_the_class(explorer):
    front = FrontEnd(explorer)
    point(explorer.canvas, (138 + 4 * 66 + 30) / 468, 0.75)
    assert explorer.state.label == 9
    press(explorer.canvas, "ArrowUp")
    assert explorer.state.label == 4
    press(explorer.canvas, "ArrowUp")
    assert explorer.state.label == 4, "there is no row above"
    point(explorer.canvas, 0.1, 0.5)
    assert explorer.state.label == 4, "the large picture chooses nothing"
    front.answer_all()
    assert np.array_equal(explorer.canvas.pixels, explorer.render(explorer.state))


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(TypeError, match="no classes"):
        StyleExplorer(Blob())
    with pytest.raises(ValueError, match="no 10"):
        StyleExplorer(Blob(classes=10), label=10)


def test_colour_and_an_odd_number_of_classes():
    class Flag(Blob):
        def forward(self, z, y):
            return super().forward(z, y).expand(-1, 3, -1, -1)

    explorer = StyleExplorer(Flag(classes=3), directions="axes")
    assert explorer.render(explorer.state).shape == (132, 132 + 6 + 2 * 66, 3)
    point(explorer.canvas, 0.95, 0.9)
    assert explorer.state.label == 0, "the empty place chooses nothing"
    assert "3 classes" in Still(explorer).alt
    explorer.close()
