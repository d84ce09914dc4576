"""The pixel widgets in JupyterLab in a real browser: slider, keys, play, choice and seed."""

import numpy as np
import pytest
from lab import drag, handles, settle

SETUP = """\
import torch
from ganlib import autoregressive as ar, pretrained
from ganlib.widgets import ImageCompleter, PixelReplay
network = pretrained.load("digits-pixelcnn")
drawn = ar.sample(network, torch.rand(6, 16, 16, generator=torch.Generator().manual_seed(0)))"""
KERNEL = "print({0}.render({0}.state).astype(int).sum(), {0}.state)"


@pytest.fixture(scope="module")
def lab(open_cells):
    lab = open_cells(
        "pixels",
        [SETUP, "replay = PixelReplay(drawn)\nreplay", "complete = ImageCompleter(network, drawn.images)\ncomplete"],
    )
    yield lab
    assert not lab.errors


@pytest.fixture(params=["replay", "complete"])
def panel(lab, request):
    return request.param, lab.panels.nth(["replay", "complete"].index(request.param))


def kernel_sum(lab, name) -> int:
    return int(lab.run(KERNEL.format(name)).split()[0])


def after(canvas, act) -> np.ndarray:
    """Do something, wait for the next frame, however long the network takes, and return the picture at rest."""
    number = canvas.get_attribute("data-frame")
    act()
    arguments = [canvas.element_handle(), number]
    canvas.page.wait_for_function("([canvas, number]) => canvas.dataset.frame !== number", arg=arguments)
    return settle(canvas)


def test_mouse_and_keys_move_the_picture_and_bring_it_back(lab, panel):
    name, box = panel
    canvas = box.locator("canvas")
    start = settle(canvas)
    drag(box, 0, 60)
    moved = settle(canvas)
    assert not np.array_equal(moved, start) and int(moved.astype(int).sum()) == kernel_sum(lab, name)
    control = {"replay": "replay.position", "complete": "complete.rows"}[name]
    lab.run(f"{control}.value = {control}.max // 2")
    middle = settle(canvas)
    handles(box).first.focus()
    for _ in range(3):
        lab.page.keyboard.press("ArrowRight")
    assert not np.array_equal(settle(canvas), middle)
    for _ in range(3):
        lab.page.keyboard.press("ArrowLeft")
    assert np.array_equal(settle(canvas), middle)


def test_another_image_is_another_picture(lab, panel):
    name, box = panel
    canvas = box.locator("canvas")
    start = settle(canvas)
    choice = box.locator("select")
    assert not np.array_equal(after(canvas, lambda: choice.select_option("2")), start)
    assert np.array_equal(after(canvas, lambda: choice.select_option("1")), start)


def test_play_draws_pixel_after_pixel(lab):
    box = lab.panels.nth(0)
    lab.run("replay.position.value = 0; replay.play.value = 0")
    start = settle(box.locator("canvas"))
    box.locator(".widget-play button").first.click()
    lab.page.wait_for_function("!document.querySelector('.ganlib-status').textContent.startsWith('0 of')")
    box.locator(".widget-play button").first.click()
    assert not np.array_equal(settle(box.locator("canvas"), still=0.8), start)


def test_another_seed_gives_other_endings(lab):
    box = lab.panels.nth(1)
    canvas = box.locator("canvas")
    start = after(canvas, lambda: lab.run("complete.rows.value = 6"))
    seed = box.locator("input[type=number]")
    seed.fill("5")
    assert not np.array_equal(after(canvas, lambda: seed.press("Enter")), start)
