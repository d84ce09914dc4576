"""The toy faces' boards and the player of their training in a real browser: every slider, the menu, the buttons."""

import numpy as np
import pytest
from lab import drag, handles, settle

IMPORTS = "from ganlib.widgets import DiscriminatorBoard, GeneratorBoard, ToyPlayer\n"
TRAINING = """
from types import SimpleNamespace
import numpy as np
history = [
    SimpleNamespace(w=np.ones(4), b=-1 + k / 300, v=np.full(4, k / 300), c=np.zeros(4),
                    error_real=1.0, error_fake=2.0, error_G=k / 300)
    for k in range(600)
]
player = ToyPlayer(history, pictures=60)
player
"""


@pytest.fixture(scope="module")
def lab(open_cells):
    boards = ["DiscriminatorBoard((0.5, 0.5, 0.5, 0.5))", "GeneratorBoard((1, -1, -1, 1))"]
    return open_cells("boards", [IMPORTS + cell for cell in (*boards, TRAINING)])


def parts(lab, index):
    panel = lab.panels.nth(index)
    panel.scroll_into_view_if_needed()
    return panel, panel.locator("canvas").first


@pytest.mark.parametrize("index", [0, 1])
def test_all_nine_sliders_move_the_picture(lab, index):
    panel, canvas = parts(lab, index)
    assert handles(panel).count() == 9
    for number in range(9):
        before = settle(canvas)
        drag(panel, number, 20, steps=4)
        assert not np.array_equal(settle(canvas), before), f"slider {number} was dragged, and the picture stayed"
    assert panel.locator(".ganlib-message:visible").count() == 0 and not lab.errors


def test_the_menu_and_the_buttons(lab):
    panel, canvas = parts(lab, 0)
    panel.get_by_text("Back to the start").click()
    settle(canvas)
    for option, said in (("face: 1 0 0 1", "0.73 · a face"), ("no face: 0.25 1 0.5 0.75", "0.18 · not a face")):
        options = panel.locator("select option").all_inner_texts()
        chosen = next(k for k, text in enumerate(options) if " ".join(text.split()) == option)
        panel.locator("select").select_option(index=chosen)
        settle(canvas)
        assert panel.locator(".ganlib-status").first.inner_text().endswith(said)
    panel.get_by_text("Weights to zero").click()
    settle(canvas)
    assert panel.locator(".ganlib-status").first.inner_text().endswith("undecided")


def test_the_training_is_scrubbed_by_its_curves(lab):
    panel, canvas = parts(lab, 2)
    before = settle(canvas)
    box = panel.locator("canvas").nth(1).bounding_box()
    lab.page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.25)
    assert not np.array_equal(settle(canvas), before)
    number = int(panel.locator(".ganlib-status").first.inner_text().split()[1])
    assert 250 < number < 450 and lab.run("print(player.step)").strip() == str(number)
