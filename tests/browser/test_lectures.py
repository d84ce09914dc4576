"""Every widget in every lecture notebook, dragged by mouse and by keyboard, there and back."""

import json

import numpy as np
import pytest
from lab import NOTEBOOKS, grip, handles, settle

WIDGETS = ("LatentExplorer(", "PlaneLab(", "TrainingPlayer(", "DiscriminatorBoard(", "GeneratorBoard(", "ToyPlayer(",
           "Interpolator(", "LatentPad(", "PixelReplay(", "ImageCompleter(", "Magnifier(",
           "AutoencoderWalk(", "MixtureView(", "SamplingView(", "StyleExplorer(", "AttributeMixer(",
           "MapPainter(")  # fmt: skip


def lectures_with_widgets() -> list[str]:
    """List the lecture notebooks whose code makes a widget."""
    found = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if any(name in code for name in WIDGETS):
            found.append(path.name)
    return found


def keys_there_and_back(handle) -> tuple[str, str]:
    """Return the arrow keys that move a slider away from where it is, and back."""
    at_end = handle.evaluate("h => Number(h.getAttribute('aria-valuenow')) >= Number(h.getAttribute('aria-valuemax'))")
    return ("ArrowLeft", "ArrowRight") if at_end else ("ArrowRight", "ArrowLeft")


def move_by_keyboard(lab, panel, canvas) -> None:
    start, handle = settle(canvas), handles(panel).first
    there, back = keys_there_and_back(handle)
    handle.focus()
    for _ in range(8):
        lab.page.keyboard.press(there)
    assert not np.array_equal(settle(canvas), start), "the keyboard moved the slider, and the picture stayed"
    for _ in range(8):
        lab.page.keyboard.press(back)
    assert np.array_equal(settle(canvas), start), "back where it was, the picture is another one"


def move_by_mouse(lab, panel, canvas) -> None:
    start = settle(canvas)
    there, _ = keys_there_and_back(handles(panel).first)
    x, y = grip(panel, 0)
    lab.page.mouse.move(x + (50 if there == "ArrowRight" else -50), y, steps=10)
    assert not np.array_equal(settle(canvas), start), "the mouse moved the slider, and the picture stayed"
    lab.page.mouse.move(x, y, steps=10)
    lab.page.mouse.up()
    assert np.array_equal(settle(canvas), start), "back where it was, the picture is another one"


def train_and_reset(panel, canvas) -> None:
    start = settle(canvas)
    panel.get_by_role("button", name="Step").click()
    assert not np.array_equal(settle(canvas), start), "the networks made a step, and the picture stayed"
    panel.get_by_role("button", name="Reset").click()
    assert np.array_equal(settle(canvas), start), "begun again, the picture is another one"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", lectures_with_widgets())
def test_every_widget_of_the_lecture_moves_and_comes_back(name, open_lecture):
    lab = open_lecture(name)
    count = lab.panels.count()
    assert count, f"{name} makes widgets in its code, but its page shows none"
    for index in range(count):
        panel = lab.panels.nth(index)
        panel.scroll_into_view_if_needed()
        canvas = panel.locator("canvas").first
        assert canvas.get_attribute("aria-label"), "a widget's picture needs its alternative text"
        if panel.get_by_role("button", name="Step").count():  # a live training: its sliders set rates
            train_and_reset(panel, canvas)
        else:
            move_by_keyboard(lab, panel, canvas)
            move_by_mouse(lab, panel, canvas)
        assert panel.locator(".ganlib-message:visible").count() == 0
    assert not lab.errors
