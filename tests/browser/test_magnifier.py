"""The magnifier in a real browser: the slider, the choice, the button, and the glass dragged over the picture."""

import numpy as np
import pytest
from lab import drag, settle

CELL = """
import torch
from ganlib.widgets import Magnifier

real = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
rebuilt = {"2": real * 0, "8": real * 0.5, "all": real}
magnifier = Magnifier(real, rebuilt, {"dot": [(0, 8.0, 8.0), (1, 20.0, 20.0)], "line": [(1, 28.0, 4.0)]}, glass=8)
magnifier
"""


@pytest.fixture(scope="module")
def lab(open_cells):
    lab = open_cells("magnifier", [CELL])
    lab.panels.first.scroll_into_view_if_needed()
    return lab


@pytest.mark.timeout(300)
def test_slider_glass_choice_and_button_move_the_picture(lab):
    panel = lab.panels.first
    canvas = panel.locator("canvas").first
    start = settle(canvas)
    drag(panel, 0, 300)
    rebuilt = settle(canvas)
    assert not np.array_equal(rebuilt, start) and "model: all" in panel.inner_text()
    box = canvas.bounding_box()
    lab.page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.12 * box["height"])
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + 0.35 * box["width"], box["y"] + 0.35 * box["height"], steps=8)
    lab.page.mouse.up()
    moved = settle(canvas)
    assert not np.array_equal(moved, rebuilt)
    canvas.press("ArrowLeft")
    assert not np.array_equal(settle(canvas), moved), "the arrow key moves the glass"
    panel.locator("button").first.click()
    assert "picture=1" in lab.run("print(magnifier.state)")
    other = settle(canvas)
    panel.locator("select").first.select_option("line")
    assert not np.array_equal(settle(canvas), other) and "line" in panel.inner_text()
    assert not lab.errors and panel.locator(".ganlib-message:visible").count() == 0
