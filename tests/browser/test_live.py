"""Live training in JupyterLab in a real browser: start, pause, step, reset, rates, cells beside it."""

import numpy as np
import pytest
from lab import KERNEL, grip, handles, pixels, settle

SETUP = """\
import torch
from ganlib.data import Dataset
from ganlib.models import mlp_pair
from ganlib.train import Training
from ganlib.widgets import LiveTraining
from widget_stand_in import Blob
blobs = Dataset("blobs", Blob().eval()(torch.randn(500, 8)).detach())

def make_training():
    torch.manual_seed(0)
    return Training(*mlp_pair((1, 32, 32), z_dim=8, hidden_G=(32,), hidden_D=(32,)), blobs, batch_size=16)"""


@pytest.fixture(scope="module")
def opened(open_cells):
    lab = open_cells("live", [SETUP, "live = LiveTraining(make_training, samples=16)\nlive"])
    yield lab
    assert not lab.errors


@pytest.fixture
def lab(opened):
    opened.run("live.reset()")
    opened.panels.last.scroll_into_view_if_needed()
    return opened


@pytest.fixture
def samples(lab):
    return lab.panels.last.locator("canvas").nth(0)


@pytest.fixture
def curves(lab):
    return lab.panels.last.locator("canvas").nth(1)


def press(lab, name: str) -> None:
    lab.panels.last.get_by_role("button", name=name).click()


def number(lab) -> int:
    return int(lab.run("print(live.training.number)"))


def test_one_step_and_reset(lab, samples, curves):
    start, no_curves = settle(samples), settle(curves)
    for _ in range(3):
        press(lab, "Step")
    stepped = settle(samples)
    assert not np.array_equal(stepped, start) and not np.array_equal(settle(curves), no_curves)
    assert number(lab) == 3
    press(lab, "Reset")
    assert np.array_equal(settle(samples), start) and np.array_equal(settle(curves), no_curves)


def test_it_trains_by_itself_cells_run_meanwhile_and_pause_holds(lab, samples):
    start = settle(samples)
    press(lab, "Start")
    lab.page.wait_for_function("document.querySelector('.ganlib-status').textContent.split(' ')[1] > 20")
    seen = [number(lab) for _ in range(4)]
    assert seen == sorted(set(seen)), "cells are answered while it trains, and it goes on"
    assert lab.run("print(6 * 7)").strip() == "42"
    press(lab, "Pause")
    stood = settle(samples, still=0.6)
    assert not np.array_equal(stood, start)
    held = number(lab)
    lab.page.wait_for_timeout(400)
    assert number(lab) == held and np.array_equal(pixels(samples), stood)


def interrupt(lab) -> None:
    """Press JupyterLab's stop button."""
    lab.page.evaluate("async () => { await jupyterapp.commands.execute('notebook:interrupt-kernel') }")


def start_until(lab, step: int) -> None:
    press(lab, "Start")
    lab.page.wait_for_function(f"document.querySelector('.ganlib-status').textContent.split(' ')[1] > {step}")


def test_the_stop_button_stops_it_and_start_goes_on(lab, samples):
    settle(samples)
    held, message = 0, lab.panels.last.locator(".ganlib-message").first
    for _ in range(2):
        start_until(lab, held + 10)
        message.wait_for(state="hidden")
        interrupt(lab)
        message.wait_for()
        assert "Stopped by the stop button" in message.inner_text()
        assert lab.panels.last.get_by_role("button", name="Start").count() == 1
        held = number(lab)
        lab.page.wait_for_timeout(400)
        assert number(lab) == held, "cells are answered, and no step was made"


def test_interrupting_a_cell_stops_it_too(lab, samples):
    settle(samples)
    start_until(lab, 10)
    lab.page.evaluate(f"code => {{ {KERNEL}.requestExecute({{ code, store_history: false }}) }}", "while True: pass")
    lab.page.wait_for_function(f"() => {KERNEL}?.status === 'busy'")
    interrupt(lab)
    lab.panels.last.locator(".ganlib-message").first.wait_for()
    assert lab.run("print(live.running, live.note)").startswith("False Stopped by the stop button")


def test_rates_change_while_it_runs(lab, samples):
    settle(samples)
    before = lab.run("print(live.training.lr_G, live.training.D_steps)").split()
    press(lab, "Start")
    x, y = grip(lab.panels.last, 0)
    lab.page.mouse.move(x + 40, y, steps=8)
    lab.page.mouse.up()
    handles(lab.panels.last).nth(2).focus()
    lab.page.keyboard.press("ArrowRight")
    lab.page.wait_for_timeout(300)
    after = lab.run("print(live.training.lr_G, live.training.D_steps, live.running)").split()
    assert float(after[0]) > float(before[0]) and int(after[1]) == int(before[1]) + 1 and after[2] == "True"
    press(lab, "Pause")
    lab.run("live.lr_G.value, live.D_steps.value = 1e-3, 1")


def test_divergence_is_said_and_a_reset_heals(lab, samples):
    start = settle(samples)
    press(lab, "Start")
    lab.run("next(live.training.D.parameters()).data.fill_(torch.nan)")
    message = lab.panels.last.locator(".ganlib-message").first
    message.wait_for()
    assert "diverged" in message.inner_text()
    assert lab.panels.last.get_by_role("button", name="Start").count() == 1, "it has paused"
    press(lab, "Reset")
    message.wait_for(state="hidden")
    assert np.array_equal(settle(samples), start)


def test_closing_while_it_trains_removes_it(lab, samples):
    press(lab, "Start")
    printed = lab.run(
        "import gc, weakref; gone = weakref.ref(live.training); live.close(); gc.collect(); print(gone() is None)"
    )
    assert "True" in printed or lab.run("gc.collect(); print(gone() is None)").strip() == "True"
    lab.page.wait_for_function("document.querySelectorAll('.ganlib-panel').length === 0")
