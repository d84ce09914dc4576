"""The interpolator in JupyterLab in a real browser: slider, strip, keys, ways, play."""

import numpy as np
import pytest
from lab import drag, handles, settle

SETUP = """\
import torch
from widget_stand_in import Blob
from ganlib.widgets import Interpolator
a, b = torch.zeros(8), torch.zeros(8)
a[0], b[1] = -4, 4"""


@pytest.fixture(scope="module")
def opened(open_cells):
    lab = open_cells("interpolator", [SETUP, "walker = Interpolator(Blob(), a, b)\nwalker"])
    yield lab
    assert not lab.errors


@pytest.fixture
def lab(opened):
    opened.run("walker.position.value = 0; walker.way.value = 'straight'; walker.closed_loop.value = False")
    return opened


@pytest.fixture
def image(lab):
    return lab.panels.last.locator("canvas").nth(0)


@pytest.fixture
def strip(lab):
    return lab.panels.last.locator("canvas").nth(1)


def middle(picture) -> tuple[float, float]:
    weights = picture[:, :, 0].astype(float)
    rows, columns = np.indices(weights.shape)
    return (rows * weights).sum() / weights.sum(), (columns * weights).sum() / weights.sum()


def test_the_slider_walks_and_comes_back(lab, image):
    start = settle(image)
    drag(lab.panels.last, 0, 120)
    moved = settle(image)
    assert middle(moved)[1] > middle(start)[1] + 2 and middle(moved)[0] > middle(start)[0] + 2
    handles(lab.panels.last).first.focus()
    lab.page.keyboard.press("Home")
    assert np.array_equal(settle(image), start)


def test_dragging_on_the_strip_walks_there_and_back(lab, image, strip):
    start, whole = settle(image), settle(strip)
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    times, y = box["width"] / 520, box["y"] + 40  # the picture is as large as the page allows
    lab.page.mouse.move(box["x"] + 60 * times, y)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + 400 * times, y, steps=15)
    assert not np.array_equal(settle(image), start)
    assert abs(float(lab.run("print(walker.state.t)")) - (400 - 52) / 432) < 0.02
    assert not np.array_equal(settle(strip), whole), "the cursor moved"
    lab.page.mouse.move(box["x"] + 20 * times, y, steps=15)
    lab.page.mouse.up()
    assert np.array_equal(settle(image), start) and np.array_equal(settle(strip), whole)
    lab.page.keyboard.press("Shift+ArrowRight")
    assert not np.array_equal(settle(image), start)


def test_the_arc_goes_another_way(lab, image, strip):
    lab.run("walker.position.value = 60")
    straight, whole = settle(image), settle(strip)
    lab.panels.last.get_by_role("button", name="arc", exact=True).click()
    assert not np.array_equal(settle(image), straight) and not np.array_equal(settle(strip), whole)
    lab.panels.last.get_by_role("button", name="straight", exact=True).click()
    assert np.array_equal(settle(image), straight) and np.array_equal(settle(strip), whole)


def test_play_walks_by_itself_and_stops(lab, image):
    start = settle(image)
    play = lab.panels.last.locator(".widget-play button").first
    play.click()
    lab.page.wait_for_function("!document.querySelector('.ganlib-status').textContent.startsWith('t = 0.00')")
    play.click()
    assert not np.array_equal(settle(image, still=0.8), start)
