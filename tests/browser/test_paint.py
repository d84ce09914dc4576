"""The map painter in JupyterLab in a real browser: the mouse draws, undo takes back, keys and a finger paint too."""

import numpy as np
import pytest
from lab import drag, handles, settle

SETUP = """\
import torch
from torch import nn
from ganlib.widgets import MapPainter

class Colours(nn.Module):
    def __init__(self):
        super().__init__()
        self.grey = nn.Parameter(torch.tensor([-1.0, 0.0, 0.5, 1.0]))

    def forward(self, segments):
        return self.grey[segments.long()][:, None]

parts = torch.zeros(2, 16, 16, dtype=torch.uint8)
parts[:, 3:14, 3:13] = 1
parts[:, 5:7, 5:7] = 2
parts[0, 10, 6:10] = 3"""
SHOW = 'painter = MapPainter(Colours(), parts, ("background", "skin", "eyes", "mouth"))\npainter'


@pytest.fixture(scope="module")
def opened(open_cells):
    lab = open_cells("paint", [SETUP, SHOW])
    yield lab
    assert not lab.errors


@pytest.fixture
def lab(opened):
    opened.run("painter._begin(0); painter._rest({}); painter._choose(3)")
    opened.panels.last.scroll_into_view_if_needed()
    return opened


@pytest.fixture
def field(lab):
    return lab.panels.last.locator("canvas").nth(0)


@pytest.fixture
def image(lab):
    return lab.panels.last.locator("canvas").nth(1)


def button(lab, name):
    return lab.panels.last.get_by_role("button", name=name, exact=True)


def at(field, column: float, row: float) -> tuple[float, float]:
    """Return where a pixel of the map lies on the page."""
    box = field.bounding_box()
    return box["x"] + box["width"] * (column + 0.5) / 16, box["y"] + box["height"] * (row + 0.5) / 16


def test_the_mouse_paints_and_undo_brings_the_same_picture_back(lab, field, image):
    start, whole = settle(image), settle(field)
    button(lab, "eyes").click()
    lab.page.mouse.move(*at(field, 1, 1))
    lab.page.mouse.down()
    for column, row in ((14, 1), (14, 14), (1, 14)):
        lab.page.mouse.move(*at(field, column, row), steps=3)
    lab.page.mouse.up()
    now = settle(image)[:, :, 0]
    eye = now[1, 1]
    assert (now[1, 1:15] == eye).all() and (now[1:15, 14] == eye).all() and (now[14, 1:15] == eye).all()
    assert np.array_equal(now[7:10, 5:10], start[7:10, 5:10, 0]), "what was not painted stays"
    lab.page.mouse.move(*at(field, 8, 8))
    assert np.array_equal(settle(image)[:, :, 0], now), "without a pressed button nothing is painted"
    button(lab, "Undo").click()
    assert np.array_equal(settle(image), start) and np.array_equal(settle(field), whole)


def test_two_strokes_are_two_steps_of_undo(lab, field, image):
    pictures = [settle(image)]
    for row in (1, 15):
        lab.page.mouse.move(*at(field, 2, row))
        lab.page.mouse.down()
        lab.page.mouse.move(*at(field, 12, row), steps=4)
        lab.page.mouse.up()
        pictures.append(settle(image))
    assert not np.array_equal(pictures[1], pictures[2])
    assert np.array_equal(pictures[2][8], pictures[0][8]), "no line from the end of one stroke to the next"
    for picture in pictures[1::-1]:
        button(lab, "Undo").click()
        assert np.array_equal(settle(image), picture)


def test_a_slider_pushes_the_eyes_by_mouse_and_by_keyboard(lab, field, image):
    start, whole = settle(image), settle(field)
    drag(lab.panels.last, 0, 40)
    assert not np.array_equal(settle(image), start) and not np.array_equal(settle(field), whole)
    button(lab, "Reset").click()
    assert np.array_equal(settle(image), start)
    handles(lab.panels.last).first.focus()
    for key, times in (("ArrowRight", 3), ("ArrowLeft", 3)):
        for _ in range(times):
            lab.page.keyboard.press(key)
        moved = settle(image)
        assert np.array_equal(moved, start) == (key == "ArrowLeft")
    assert np.array_equal(settle(field), whole)


def test_the_keyboard_paints(lab, field, image):
    start = settle(image)
    field.focus()
    lab.page.keyboard.press("Shift+ArrowUp")
    lab.page.keyboard.press("Space")
    assert not np.array_equal(settle(image), start)
    assert "painter" in lab.run("print('painter' if painter.painted[4, 8] == 3 else painter.painted)")
    button(lab, "Undo").click()
    assert np.array_equal(settle(image), start)


def test_a_finger_paints_and_does_not_scroll_the_page(lab, field, image):
    start, box = settle(image), field.bounding_box()
    touch = lab.page.context.new_cdp_session(lab.page)

    def send(kind, *place):
        points = [{"x": place[0], "y": place[1]}] if place else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", *at(field, 1, 2))
    for row in range(2, 14):
        send("touchMove", *at(field, 1, row))
    send("touchEnd")
    now = settle(image)
    assert not np.array_equal(now, start) and (now[2:14, 1] == now[2, 1]).all()
    assert field.bounding_box() == box, "the page stood still"
    button(lab, "Undo").click()
    assert np.array_equal(settle(image), start)
    touch.detach()


def test_another_example_has_another_map(lab, field, image):
    start = settle(image)
    button(lab, "Another").click()
    other = settle(image)
    assert not np.array_equal(other, start)
    button(lab, "Another").click()
    assert np.array_equal(settle(image), start)
