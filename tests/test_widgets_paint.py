"""The map painter, without a browser: brush, pushes, undo, and a picture that follows."""

import numpy as np
import pytest
import torch
from torch import nn
from widget_front_end import FrontEnd, Still, press

from ganlib.widgets import MapPainter
from ganlib.widgets.base.canvas import unpack
from ganlib.widgets.strokes import coloured, filled, moved, painted

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")
PARTS = ("background", "skin", "eyes", "mouth")


class Colours(nn.Module):
    """Draw each part in its own grey: what the picture shows, the map must hold."""

    def __init__(self):
        super().__init__()
        self.grey = nn.Parameter(torch.tensor([-1.0, 0.0, 0.5, 1.0]))

    def forward(self, segments):
        return self.grey[segments.long()][:, None]


def face() -> torch.Tensor:
    """Return two maps of 16 x 16: a square face with an eye and a mouth, and one without a mouth."""
    parts = torch.zeros(2, 16, 16, dtype=torch.uint8)
    parts[:, 3:14, 3:13] = 1
    parts[:, 5:7, 5:7] = 2
    parts[0, 10, 6:10] = 3
    return parts


@pytest.fixture
def painter():
    painter = MapPainter(Colours(), face(), PARTS)
    yield painter
    painter.close()


def stroke(painter, *places, start=True):
    content = {"kind": "stroke", "places": [value for place in places for value in place], "start": start}
    painter.pad._handle_custom_msg(content, [])


def shown(painter) -> np.ndarray:
    """Read the map that the browser was sent, as parts' numbers."""
    picture = unpack(painter.pad.frame)[0]
    return (picture[:, :, None] == coloured(np.arange(len(PARTS)))).all(3).argmax(2)


def test_a_stroke_is_as_wide_as_the_brush_and_has_no_gaps():
    empty = np.zeros((20, 20), np.uint8)
    line = painted(empty, [(2.5, 10.5), (17.5, 10.5)], 4, 1)
    assert line.sum() == 4 * 16 and (line[10, 2:18] == 4).all()
    wide = painted(empty, [(10.5, 10.5)], 1, 3)
    assert wide.sum() == 9 and wide[9:12, 9:12].all()
    slope = painted(empty, [(1.2, 1.7), (18.9, 12.1), (3.0, 19.0)], 1, 2)
    rows, columns = np.nonzero(slope)
    assert set(columns) >= set(range(1, 19)) and set(rows) >= set(range(1, 19))
    assert painted(empty, [(-3.0, 40.0)], 1, 3).sum() == 0 and empty.sum() == 0


def test_every_part_has_a_colour_of_its_own():
    pictures = coloured(np.arange(14).reshape(2, 1, 7))
    assert pictures.shape == (2, 1, 7, 3) and pictures.dtype == np.uint8
    assert len(np.unique(pictures.reshape(-1, 3), axis=0)) == 14


def test_moved_parts_leave_what_was_around_them():
    parts = face()[0].numpy()
    there = moved(parts, [2], 4, 1)
    assert (there[6:8, 9:11] == 2).all() and (there[5:7, 5:7] == 1).all() and (there == 2).sum() == 4
    assert np.array_equal(moved(parts, [2], 0, 0), parts)
    assert (moved(parts, [2], 20, 0) == 2).sum() == 0, "what leaves the map is lost"
    assert (moved(parts, [3], -8, 0) == 3).sum() == 2, "the left half of the mouth has left"


def test_holes_are_filled_from_their_nearest_edge():
    parts = np.array([[1, 9, 9, 9, 2]], np.uint8)
    assert filled(parts, parts == 9).tolist()[0][1] == 1 and filled(parts, parts == 9).tolist()[0][3] == 2
    assert 9 not in filled(parts, parts == 9)
    corner = np.array([[5, 5], [5, 9]], np.uint8)
    assert (filled(corner, corner == 9) == 5).all()
    edge = np.array([[9, 1, 2]], np.uint8)
    assert filled(edge, edge == 9).tolist() == [[1, 1, 2]], "nothing comes in from the other side"


def test_painting_changes_map_and_picture_and_undo_brings_both_back(painter):
    front = FrontEnd(painter)
    start, picture = shown(painter), painter.canvas.pixels
    painter._choose(2)
    stroke(painter, (0.1, 0.1), (0.9, 0.1))
    stroke(painter, (0.9, 0.9), start=False)
    front.answer_all()
    now = shown(painter)
    assert (now[1, 1:15] == 2).all() and (now[1:15, 14] == 2).all(), "the stroke goes on around the corner"
    assert (now[7, 8] == start[7, 8]).all()
    assert np.array_equal(painter.canvas.pixels == painter.canvas.pixels[1, 1], now == 2)
    assert "pixels changed" in front.header["status"] and not front.header["status"].startswith("0 of")
    painter.undo()
    front.answer_all()
    assert np.array_equal(shown(painter), start) and np.array_equal(painter.canvas.pixels, picture)
    painter.undo()  # nothing left: nothing happens
    assert np.array_equal(shown(painter), start)


def test_sliders_push_a_part_there_and_back(painter):
    front, start = FrontEnd(painter), painter.canvas.pixels
    front.drag(painter.right, range(1, 5))
    front.answer_all()
    assert np.array_equal(shown(painter), moved(face()[0].numpy(), [2], 4, 0))
    painter.group.value = "mouth"
    assert painter.right.value == 0
    painter.down.value = 2
    front.answer_all()
    assert (shown(painter)[12, 6:10] == 3).all() and (shown(painter)[5:7, 9:11] == 2).all()
    painter.group.value = "eyes"
    assert painter.right.value == 4
    painter.undo()
    painter.undo()
    front.answer_all()
    assert painter.right.value == 0 and np.array_equal(painter.canvas.pixels, start)


def test_painting_on_a_pushed_map_paints_what_is_seen(painter):
    FrontEnd(painter)
    painter.right.value = 4
    painter._choose(3)
    painter.brush.value = 1
    stroke(painter, (9.5 / 16, 5.5 / 16))
    FrontEnd(painter).answer_all()
    assert painter.right.value == 0, "the push has become part of the map"
    assert shown(painter)[5, 9] == 3 and shown(painter)[5, 10] == 2
    painter.undo()
    FrontEnd(painter).answer_all()
    assert painter.right.value == 4 and shown(painter)[5, 9] == 2


def test_the_keyboard_paints_too(painter):
    painter.brush.value = 1
    painter._choose(2)
    for key, shift in (("ArrowLeft", True), ("ArrowUp", False), ("ArrowRight", False)):
        press(painter.pad, key, shift)
    column, row = (int(share * 16) for share in painter.place)
    assert (column, row) == (5, 7) and painter.pad.marker == list(painter.place)
    press(painter.pad, " ")
    FrontEnd(painter).answer_all()
    assert shown(painter)[7, 5] == 2 and (shown(painter) == 2).sum() == 5
    for _ in range(9):
        press(painter.pad, "ArrowLeft", True)
    assert painter.place[0] == pytest.approx(0.5 / 16), "the ring stays on the map"


def test_start_again_and_another(painter):
    front = FrontEnd(painter)
    stroke(painter, (0.5, 0.5))
    painter.right.value = 2
    painter.reset()
    front.answer_all()
    assert np.array_equal(shown(painter), face()[0].numpy())
    painter.undo()
    front.answer_all()
    assert painter.right.value == 2
    painter.resample()
    front.answer_all()
    assert np.array_equal(shown(painter), face()[1].numpy()) and painter.right.value == 0
    painter.resample()
    front.answer_all()
    assert np.array_equal(shown(painter), face()[0].numpy())


def test_a_storm_of_strokes_ends_with_the_last_and_waits_for_the_browser(painter):
    front = FrontEnd(painter)
    for k in range(60):
        stroke(painter, ((k % 17) / 17, (k % 5) / 5), start=k % 10 == 0)
    assert len(front.frames) == 1, "one frame in flight"
    front.answer_all()
    assert np.array_equal(shown(painter), painter.map_of(painter.state))
    assert np.array_equal(painter.canvas.pixels, painter.render(painter.state))


def test_the_page_without_a_kernel_shows_map_and_picture(painter):
    assert "map" in Still(painter).alt
    picture = painter.picture()
    assert picture.width == 2 * painter.css_width + 12 and picture.height == painter.css_width


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="at least one map"):
        MapPainter(Colours(), face()[0], PARTS)
    with pytest.raises(ValueError, match="2 names"):
        MapPainter(Colours(), face(), PARTS[:2])
    with pytest.raises(ValueError, match="in groups"):
        MapPainter(Colours(), face(), ("a", "b", "c", "d"))


def test_closing_lets_go(painter):
    painter.close()
    assert repr(painter).endswith("(closed)")
    with pytest.raises(RuntimeError, match="closed"):
        painter.picture()
