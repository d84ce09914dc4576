"""The walk over autoencoders in JupyterLab in a real browser: mouse, arrow keys, the button."""

import base64

import numpy as np
import pytest
from lab import drag, handles, settle

SETUP = """\
import torch
from ganlib import data
from ganlib.models import MLPAutoencoder, MLPVAE
from ganlib.widgets import AutoencoderWalk
torch.manual_seed(0)
digits = data.load("digits", "test")
models = {2: MLPAutoencoder((1, 32, 32), 2), 5: MLPVAE((1, 32, 32), 5), 16: MLPVAE((1, 32, 32), 16)}"""
SHOW = "walk = AutoencoderWalk(models, digits.images, what='numbers in the code')\nwalk"
EXPECTED = "import base64; print(base64.b64encode(walk.render(walk.state).tobytes()).decode())"


@pytest.fixture(scope="module")
def lab(open_cells):
    lab = open_cells("walk", [SETUP, SHOW])
    lab.panels.last.scroll_into_view_if_needed()
    yield lab
    assert not lab.errors


def shown_equals_rendered(lab, canvas) -> bool:
    shown = settle(canvas)
    expected = np.frombuffer(base64.b64decode(lab.run(EXPECTED).strip()), np.uint8)
    return np.array_equal(shown[:, :, 0].ravel(), expected)


def test_keys_and_mouse_walk_there_and_back(lab):
    panel = lab.panels.last
    canvas = panel.locator("canvas").first
    start = settle(canvas)
    handles(panel).first.focus()
    lab.page.keyboard.press("ArrowRight")
    second = settle(canvas)
    assert not np.array_equal(second, start) and shown_equals_rendered(lab, canvas)
    drag(panel, 0, 300)
    third = settle(canvas)
    assert not np.array_equal(third, second) and shown_equals_rendered(lab, canvas)
    drag(panel, 0, -600)
    assert np.array_equal(settle(canvas), start)


def test_the_button_brings_other_pictures(lab):
    panel = lab.panels.last
    canvas = panel.locator("canvas").first
    start = settle(canvas)
    panel.get_by_role("button", name="Other pictures").click()
    assert not np.array_equal(settle(canvas), start) and shown_equals_rendered(lab, canvas)
