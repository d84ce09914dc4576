"""The latent explorer in JupyterLab in a real browser: mouse, keyboard, storms, errors, two at once, stored pages."""

import base64
import io
import json

import numpy as np
import pytest
from lab import drag, grip, handles, pixels, settle
from PIL import Image

from ganlib.widgets.base.panel import SETTLED

SETUP = "from widget_stand_in import Blob\nfrom ganlib.widgets import LatentExplorer\nG = Blob()"
SHOW = "explorer = LatentExplorer(G, directions='axes', n_directions=3)\nexplorer"
EXPECTED = (
    "import base64; explorer_now = explorer.render(explorer.state);"
    "print(explorer_now.shape, base64.b64encode(explorer_now.tobytes()).decode(), sep='|')"
)


def middle(picture: np.ndarray) -> tuple[float, float]:
    """Return row and column of the first image's centre of brightness."""
    first = picture[:32, :32, 0].astype(float)
    rows, columns = np.indices(first.shape)
    return (rows * first).sum() / first.sum(), (columns * first).sum() / first.sum()


def kernel_picture(lab) -> np.ndarray:
    """Ask the kernel for the picture of the explorer's present state."""
    shape, data = lab.run(EXPECTED).strip().split("|")
    height, width = map(int, shape.strip("()").split(","))
    grey = np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width)
    return np.repeat(grey[:, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def opened(open_cells):
    lab = open_cells("explorer", [SETUP, SHOW])
    yield lab
    assert not lab.errors


@pytest.fixture
def lab(opened):
    opened.run("explorer.seed = 0\nexplorer.view.value = 'grid'\nexplorer.reset()")
    return opened


@pytest.fixture
def canvas(lab):
    return lab.panels.last.locator("canvas")


def test_mouse_and_keyboard_move_the_picture_and_bring_it_back(lab, canvas):
    start = settle(canvas)
    assert canvas.get_attribute("aria-label").startswith("8 by 8 grid")
    drag(lab.panels.last, 0, 45)
    moved = settle(canvas)
    assert middle(moved)[1] > middle(start)[1] + 2, "z[0] moves the spots right"
    assert abs(middle(moved)[0] - middle(start)[0]) < 0.5
    assert np.array_equal(moved, kernel_picture(lab))
    lab.panels.last.get_by_role("button", name="Reset sliders").click()
    assert np.array_equal(settle(canvas), start)

    handles(lab.panels.last).nth(1).focus()
    for _ in range(8):
        lab.page.keyboard.press("ArrowRight")
    lowered = settle(canvas)
    assert middle(lowered)[0] > middle(start)[0] + 1, "z[1] moves the spots down"
    for _ in range(8):
        lab.page.keyboard.press("ArrowLeft")
    assert np.array_equal(settle(canvas), start)


def test_dragging_there_and_back_restores_every_pixel(lab, canvas):
    start = settle(canvas)
    x, y = grip(lab.panels.last, 0)
    lab.page.mouse.move(x - 50, y, steps=10)
    assert not np.array_equal(settle(canvas), start)
    lab.page.mouse.move(x, y, steps=10)
    lab.page.mouse.up()
    assert np.array_equal(settle(canvas), start)


def test_two_seconds_of_fast_dragging_end_with_the_right_picture(lab, canvas):
    settle(canvas)
    before = int(canvas.get_attribute("data-frame"))
    x, y = grip(lab.panels.last, 0)
    started = lab.page.evaluate("performance.now()")
    while lab.page.evaluate("performance.now()") - started < 2000:
        for place in (55, -55, 20, -35):
            lab.page.mouse.move(x + place, y, steps=4)
    lab.page.mouse.move(x + 37, y)
    lab.page.mouse.up()
    final = settle(canvas)
    assert int(canvas.get_attribute("data-frame")) > before + 5, "it moved on the way, too"
    assert np.array_equal(final, kernel_picture(lab))
    assert lab.run("print(explorer.sliders[0].value > 0.5)").strip() == "True"


def test_clicking_an_image_and_resampling(lab, canvas):
    grid = settle(canvas)
    size = canvas.bounding_box()
    canvas.click(position={"x": size["width"] * 2.5 / 8, "y": size["height"] * 1.5 / 8})
    assert np.array_equal(settle(canvas), grid[33:65, 66:98])
    lab.page.keyboard.press("ArrowRight")
    assert np.array_equal(settle(canvas), grid[33:65, 99:131])
    canvas.click()
    assert np.array_equal(settle(canvas), grid)
    lab.panels.last.get_by_role("button", name="Resample z").click()
    again = settle(canvas)
    assert not np.array_equal(again, grid) and np.array_equal(again, kernel_picture(lab))


def test_an_error_is_shown_and_passes(lab, canvas):
    start = settle(canvas)
    message = lab.panels.last.locator(".ganlib-message")
    assert message.is_hidden()
    lab.run("def strike(self, z, y=None): raise RuntimeError('on strike')\ngood, Blob.forward = Blob.forward, strike")
    drag(lab.panels.last, 0, 30)
    message.wait_for()
    assert "RuntimeError: on strike" in message.inner_text()
    lab.run("Blob.forward = good")
    lab.panels.last.get_by_role("button", name="Reset sliders").click()
    message.wait_for(state="hidden")
    assert np.array_equal(settle(canvas), start)


def test_the_live_page_shows_the_widget_and_a_stored_page_the_picture(lab, canvas, server, browser):
    """The build tool strips the live view from stored notebooks; here the test does."""
    settle(canvas)
    assert not lab.page.locator("img.ganlib-still").is_visible(), "live: the widget, not the picture beside it"
    lab.save()
    lab.page.wait_for_timeout(300)
    stored = json.loads((server.notebooks / "explorer.ipynb").read_text())
    still, view = stored["cells"][1]["outputs"]
    assert 'alt="8 by 8 grid' in "".join(still["data"]["text/html"])
    assert "application/vnd.jupyter.widget-view+json" in view["data"]
    stored["cells"][1]["outputs"] = [still]
    (server.notebooks / "stored.ipynb").write_text(json.dumps(stored))
    page = browser.new_page()
    page.goto(f"{server.url}/doc/tree/stored.ipynb?token={server.token}")
    picture = page.locator(".jp-OutputArea-output img")
    picture.wait_for(timeout=30_000)
    assert page.get_by_text("Error displaying widget").count() == 0
    assert picture.evaluate("image => image.naturalWidth") == 526
    page.close()


def test_a_saved_page_holds_what_was_seen_last(lab, canvas, server):
    drag(lab.panels.last, 0, 45)
    moved = settle(canvas)
    lab.page.wait_for_timeout(1000 * SETTLED + 1500)
    lab.save()
    lab.page.wait_for_timeout(500)
    stored = json.loads((server.notebooks / "explorer.ipynb").read_text())
    page = "".join(stored["cells"][1]["outputs"][0]["data"]["text/html"])
    png = base64.b64decode(page.split(";base64,")[1].split('"')[0])
    still = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    times = still.shape[1] // moved.shape[1]
    assert np.array_equal(still[::times, ::times], moved)


def test_a_second_view_draws_at_once_and_both_follow(lab, canvas):
    start = settle(canvas)
    lab.page.evaluate("""async () => {
        await jupyterapp.commands.execute('notebook:insert-cell-below');
        jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource('explorer');
        await jupyterapp.commands.execute('notebook:run-cell');
    }""")
    second = lab.panels.nth(1).locator("canvas")
    assert np.array_equal(settle(second), start)
    drag(lab.panels.last, 0, 40)
    assert np.array_equal(settle(second), settle(lab.panels.first.locator("canvas")))
    assert not np.array_equal(pixels(second), start)


def test_closing_removes_the_views_and_frees_the_networks(lab, canvas):
    settle(canvas)
    printed = lab.run(
        "import weakref, gc; gone = weakref.ref(G); explorer.close(); del G; gc.collect(); print(gone() is None)"
    )
    assert printed.strip() == "True"
    lab.page.wait_for_function("document.querySelectorAll('.ganlib-panel').length === 0")
