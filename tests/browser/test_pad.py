"""The latent pad in JupyterLab in a real browser: mouse, touch, arrow keys, storms."""

import base64

import numpy as np
import pytest
from lab import drag, pixels, settle

SETUP = """\
import torch
from widget_stand_in import Blob
from ganlib.widgets import LatentPad
u, v = torch.eye(8)[:2]"""
SHOW = "pad = LatentPad(Blob(), plane=(u, -v), origin=torch.zeros(8))\npad"
EXPECTED = "import base64; print(base64.b64encode(pad.render(pad.state).tobytes()).decode())"


@pytest.fixture(scope="module")
def opened(open_cells):
    lab = open_cells("pad", [SETUP, SHOW])
    yield lab
    assert not lab.errors


@pytest.fixture
def lab(opened):
    opened.run("pad.reset()")
    opened.panels.last.scroll_into_view_if_needed()
    return opened


@pytest.fixture
def field(lab):
    return lab.panels.last.locator("canvas").nth(0)


@pytest.fixture
def image(lab):
    return lab.panels.last.locator("canvas").nth(1)


def middle(picture) -> tuple[float, float]:
    weights = picture[:, :, 0].astype(float)
    rows, columns = np.indices(weights.shape)
    return (rows * weights).sum() / weights.sum(), (columns * weights).sum() / weights.sum()


def ring(field) -> tuple[float, float]:
    """Find the ring on the pad: row and column in shares."""
    shown = pixels(field)
    rows, columns = np.nonzero((shown == [0xD5, 0x5E, 0x00]).all(axis=2))
    return rows.mean() / shown.shape[0], columns.mean() / shown.shape[1]


def test_the_mouse_drags_the_ring_and_the_image_there_and_back(lab, field, image):
    start, whole = settle(image), settle(field)
    box = field.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x + 0.375 * box["width"], y - 0.25 * box["height"], steps=12)
    moved = settle(image)
    assert middle(moved)[1] > middle(start)[1] + 3 and middle(moved)[0] < middle(start)[0] - 2
    assert ring(field) == pytest.approx((0.25, 0.875), abs=0.01), "the ring stands where the mouse is"
    lab.page.mouse.move(x, y, steps=12)
    lab.page.mouse.up()
    assert np.array_equal(settle(image), start) and np.array_equal(pixels(field), whole)
    lab.page.mouse.move(x + 0.2 * box["width"], y)
    assert np.array_equal(settle(image), start), "without a pressed button nothing moves"


def test_arrow_keys_move_and_come_back(lab, field, image):
    start = settle(image)
    field.focus()
    for key in ("Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowUp"):
        lab.page.keyboard.press(key)
    moved = settle(image)
    assert middle(moved)[1] > middle(start)[1] and middle(moved)[0] < middle(start)[0]
    for key in ("Shift+ArrowLeft", "Shift+ArrowDown", "Shift+ArrowDown"):
        lab.page.keyboard.press(key)
    assert np.array_equal(settle(image), start)


def test_a_finger_drags_too_and_does_not_scroll_the_page(lab, field, image):
    start = settle(image)
    box = field.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = lab.page.context.new_cdp_session(lab.page)

    def send(kind, *at):
        points = [{"x": at[0], "y": at[1]}] if at else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", x, y)
    for k in range(1, 11):
        send("touchMove", x, y + 0.03 * box["height"] * k)
    lowered = settle(image)
    assert middle(lowered)[0] > middle(start)[0] + 3
    send("touchMove", x, y)
    send("touchEnd")
    assert np.array_equal(settle(image), start)
    assert field.bounding_box() == box, "the page stood still"
    touch.detach()


def test_two_seconds_of_fast_dragging_end_with_the_right_picture(lab, field, image):
    settle(image)
    before = int(image.get_attribute("data-frame"))
    box = field.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    started = lab.page.evaluate("performance.now()")
    while lab.page.evaluate("performance.now()") - started < 2000:
        for right, down in ((150, 40), (-150, 90), (20, -160), (-80, 0)):
            lab.page.mouse.move(x + right, y + down, steps=4)
    lab.page.mouse.move(x + 0.25 * box["width"], y + 0.125 * box["height"])
    lab.page.mouse.up()
    final = settle(image)
    expected = np.frombuffer(base64.b64decode(lab.run(EXPECTED)), np.uint8).reshape(32, 32)
    assert int(image.get_attribute("data-frame")) > before + 5
    assert np.array_equal(final[:, :, 0], expected)
    assert [float(part) for part in lab.run("print(*pad.pad.marker)").split()] == pytest.approx([0.75, 0.625], abs=0.01)


def test_sliders_do_the_same(lab, field, image):
    start = settle(image)
    drag(lab.panels.last, 0, 40)
    assert middle(settle(image))[1] > middle(start)[1] + 1 and ring(field)[1] > 0.55
    lab.panels.last.get_by_role("button", name="To the middle").click()
    assert np.array_equal(settle(image), start)
