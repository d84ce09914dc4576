"""The two-dimensional GAN lab in JupyterLab in a real browser: training, probing, drawing, layers, suggestions."""

import numpy as np
import pytest
from lab import pixels, settle

SETUP = "from ganlib.widgets import PlaneLab\nplane = PlaneLab(hidden=16)\nplane"
DATA, SAMPLE, RING = [0x00, 0x72, 0xB2], [0x00, 0x9E, 0x73], [0xD5, 0x5E, 0x00]


@pytest.fixture(scope="module")
def opened(open_cells):
    lab = open_cells("plane", [SETUP])
    yield lab
    assert not lab.errors


@pytest.fixture
def lab(opened):
    opened.run("plane.probe = None; plane.source.value = 'ring'; plane.tries.value = 'a fair game'; plane.reset()")
    opened.panels.last.scroll_into_view_if_needed()
    return opened


@pytest.fixture
def canvas(lab):
    return lab.panels.last.locator("canvas").nth(0)


def press(lab, name: str) -> None:
    lab.panels.last.get_by_role("button", name=name).click()


def places(picture: np.ndarray, colour: list[int]) -> np.ndarray:
    """Return rows and columns, in shares, of a colour above the legend."""
    shown = picture[:-22]
    return np.argwhere((shown == colour).all(axis=2)) / picture.shape[0]


def status(lab) -> str:
    return lab.panels.last.locator(".ganlib-status").first.inner_text()


def test_it_trains_while_cells_run_and_reset_brings_the_first_picture_back(lab, canvas):
    start = settle(canvas)
    press(lab, "Start")
    lab.page.wait_for_function(
        "Number(document.querySelector('.ganlib-status').textContent.split(' ')[1].replace(',', '')) > 1500",
        timeout=120_000,  # of a busy machine
    )
    assert lab.run("print(6 * 7)").strip() == "42"
    press(lab, "Pause")
    moved = settle(canvas, still=0.6)
    spread = places(moved, SAMPLE).std(0).max(), places(start, SAMPLE).std(0).max()
    assert spread[0] > 2 * spread[1], "the samples have gone out to the ring"
    press(lab, "Reset")
    assert np.array_equal(settle(canvas), start)


def test_one_step_moves_little(lab, canvas):
    start = settle(canvas)
    press(lab, "Step")
    stepped = settle(canvas)
    assert not np.array_equal(stepped, start) and status(lab).startswith("step 1 ")
    assert np.abs(places(stepped, SAMPLE).mean(0) - places(start, SAMPLE).mean(0)).max() < 0.05


def test_pointing_asks_d_there_and_back(lab, canvas):
    settle(canvas)
    box = canvas.bounding_box()
    lab.page.mouse.move(box["x"] + 100, box["y"] + 100)
    lab.page.mouse.down()
    there = settle(canvas)
    words = status(lab)
    lab.page.mouse.move(box["x"] + 300, box["y"] + 240, steps=10)
    elsewhere = settle(canvas)
    lab.page.wait_for_timeout(200)
    assert places(pixels(canvas), RING).mean(0) == pytest.approx((240 / 480, 300 / 480), abs=0.01)
    assert "D here" in status(lab) and not np.array_equal(elsewhere, there)
    lab.page.mouse.move(box["x"] + 100, box["y"] + 100, steps=10)
    lab.page.mouse.up()
    assert np.array_equal(settle(canvas), there) and status(lab) == words
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("ArrowRight")
    assert not np.array_equal(settle(canvas), there)


def test_layers_come_and_go(lab, canvas):
    start = settle(canvas)
    for name in ("D's map", "pulls", "net of z"):
        box = lab.panels.last.get_by_label(name)
        box.click()
        assert not np.array_equal(settle(canvas), start)
        box.click()
        assert np.array_equal(settle(canvas), start)


def test_a_drawn_stroke_becomes_data(lab, canvas):
    settle(canvas)
    select = lab.panels.last.locator("select").first
    select.select_option("my drawing")
    settle(canvas)
    box = canvas.bounding_box()
    lab.page.mouse.move(box["x"] + 120, box["y"] + 130)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + 360, box["y"] + 130, steps=25)
    lab.page.mouse.up()
    blue = places(settle(canvas), DATA)
    assert blue.mean(0) == pytest.approx((130 / 480, 0.5), abs=0.03) and np.ptp(blue[:, 1]) > 0.45
    assert np.diff(np.unique(blue[:, 1])).max() < 0.05, "a stroke without gaps"
    press(lab, "Step")
    settle(canvas)
    assert status(lab).startswith("step 1 ")
    press(lab, "Clear the drawing")
    assert not len(places(settle(canvas), DATA))
    press(lab, "Start")
    message = lab.panels.last.locator(".ganlib-message").first
    message.wait_for()
    assert "drag on the picture" in message.inner_text()


def test_a_suggestion_sets_the_controls_and_begins_again(lab, canvas):
    start = settle(canvas)
    press(lab, "Step")
    settle(canvas)
    lab.panels.last.locator("select").nth(1).select_option("Wasserstein")
    settle(canvas)
    said = lab.run("print(plane.training.number, plane.training.loss.name, plane.training.D_steps)").split()
    assert said == ["0", "wasserstein", "5"]
    lab.panels.last.locator("select").nth(1).select_option("a fair game")
    assert np.array_equal(settle(canvas), start)
