"""The training player in JupyterLab in a real browser: slider, keys, curves and play."""

import numpy as np
import pytest
from lab import drag, grip, handles, pixels, settle

SETUP = """\
import torch
from types import SimpleNamespace
from ganlib.pictures import to_uint8
from ganlib.widgets import TrainingPlayer
from widget_stand_in import Blob
G, z, steps, images = Blob().eval(), torch.randn(16, 8, generator=torch.Generator().manual_seed(0)), [], []
for step in range(0, 1010, 50):
    G.step.data.fill_(step / 5000)
    steps.append(step)
    images.append(to_uint8(G(z).detach()))
curves = {"loss_D": [1.4 - s / 2000 for s in range(0, 1010, 10)], "accuracy_D": [s / 1000 for s in range(0, 1010, 10)]}
film = SimpleNamespace(steps=steps, images=torch.stack(images), curves=curves, curve_steps=list(range(0, 1010, 10)))"""


@pytest.fixture(scope="module")
def opened(open_cells):
    lab = open_cells("player", [SETUP, "player = TrainingPlayer(film, lines={'ln 2': 0.693})\nplayer"])
    yield lab
    assert not lab.errors


@pytest.fixture
def lab(opened):
    opened.run("player.position.value = 0")
    return opened


@pytest.fixture
def pictures(lab):
    return lab.panels.last.locator("canvas").nth(0)


@pytest.fixture
def curves(lab):
    return lab.panels.last.locator("canvas").nth(1)


def status(lab) -> str:
    return lab.panels.last.locator(".ganlib-status").first.inner_text()


def cursor_column(curves) -> float:
    """Find the cursor in the curves' own pixels: the column with most of its ink, in the upper box's middle."""
    shown = pixels(curves)
    band = shown[100 : shown.shape[0] // 2 - 120]
    ink = (band == 0x11).all(axis=2).sum(axis=0)
    assert ink.max() > 0.9 * len(band)
    return float(np.flatnonzero(ink == ink.max()).mean())


def test_the_slider_scrubs_and_comes_back(lab, pictures, curves):
    start, at_start = settle(pictures), cursor_column(curves)
    drag(lab.panels.last, 0, 300)
    moved = settle(pictures)
    assert not np.array_equal(moved, start)
    assert cursor_column(curves) > at_start + 50
    assert lab.run("print(f'step {player.step:,} ')").strip() in status(lab)
    handles(lab.panels.last).first.focus()
    for _ in range(20):
        lab.page.keyboard.press("ArrowLeft")
    assert np.array_equal(settle(pictures), start)
    assert cursor_column(curves) == at_start


def test_dragging_on_the_curves_scrubs(lab, pictures, curves):
    start = settle(pictures)
    box = curves.bounding_box()
    y = box["y"] + 100
    lab.page.mouse.move(box["x"] + 60, y)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + 200, y, steps=15)
    assert not np.array_equal(settle(pictures), start)
    scale = pixels(curves).shape[1] / box["width"]
    assert abs(cursor_column(curves) - 200 * scale) < 15, "the cursor stands where the mouse is"
    lab.page.mouse.move(box["x"] + 5, y, steps=15)
    lab.page.mouse.up()
    assert np.array_equal(settle(pictures), start)
    lab.page.keyboard.press("ArrowRight")
    assert not np.array_equal(settle(pictures), start)


def test_a_storm_ends_with_the_right_picture(lab, pictures):
    settle(pictures)
    x, y = grip(lab.panels.last, 0)
    started = lab.page.evaluate("performance.now()")
    while lab.page.evaluate("performance.now()") - started < 2000:
        for place in (500, 20, 350, 100):
            lab.page.mouse.move(x + place, y, steps=4)
    lab.page.mouse.move(x + 250, y)
    lab.page.mouse.up()
    final = settle(pictures)
    shown = np.array(eval(lab.run("print(player.render(player.state).tolist())")), np.uint8)
    assert np.array_equal(final[:, :, 0], shown)
    assert "step 0 " not in status(lab)


def test_play_moves_by_itself(lab, pictures):
    start = settle(pictures)
    lab.panels.last.locator(".jupyter-widgets.widget-play button, .widget-play button").first.click()
    lab.page.wait_for_function(
        "start => document.querySelector('.ganlib-status').textContent.split(' ')[1] !== start", arg="0"
    )
    lab.panels.last.locator(".widget-play button").first.click()
    assert not np.array_equal(settle(pictures, still=0.8), start)
