"""Live training, its runner and its history, without a browser."""

import asyncio
import gc
import signal
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from IPython.core.events import EventManager, available_events
from tiny_gan import tiny_training
from widget_front_end import FrontEnd, Still

from ganlib.widgets import LiveTraining
from ganlib.widgets.base import runner
from ganlib.widgets.base.history import History, trouble
from ganlib.widgets.base.runner import CHUNK, INTERRUPTED, LEFT_ALONE, PATIENCE, Runner

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


# The runner


class Watched:
    """A runner whose work takes a fixed time on the test's own clock, and what happened to it."""

    def __init__(self, work=lambda: None, seconds: float = CHUNK / 5):
        self.pieces, self.looks, self.errors, self.reasons = 0, 0, [], []
        self.now, self.seconds, self.work = 0.0, seconds, work
        self.runner = Runner(
            self._piece, self._look, failed=self.errors.append, stopped=self._stopped, clock=lambda: self.now
        )

    def _piece(self):
        self.now += self.seconds
        self.work()
        self.pieces += 1

    def _look(self):
        self.looks += 1

    def _stopped(self, reason):
        self.reasons.append(reason)


def test_the_loop_is_free_between_short_chunks_and_stops_when_told():
    async def scene():
        watched, turns = Watched(), []
        watched.runner.start()
        while watched.pieces < 50:
            before = watched.pieces
            await asyncio.sleep(0)
            turns.append(watched.pieces - before)
        watched.runner.pause()
        pieces = watched.pieces
        await asyncio.sleep(0.02)
        return max(turns), watched.pieces - pieces

    most, after = asyncio.run(scene())
    assert 1 <= most <= 6, "a chunk of five pieces, and no two chunks without a turn for others"
    assert after == 0


def test_pausing_and_starting_at_once_does_not_run_twice():
    async def scene():
        watched = Watched()
        for _ in range(5):
            watched.runner.start()
            watched.runner.pause()
        watched.runner.start()
        await asyncio.sleep(0.03)
        tasks = [task for task in asyncio.all_tasks() if "_go_on" in repr(task)]
        watched.runner.pause()
        await asyncio.sleep(0.02)
        return len(tasks)

    assert asyncio.run(scene()) == 1


def test_an_error_ends_the_run_and_is_handed_on():
    def stumble():
        raise ValueError("a stone")

    async def scene():
        watched = Watched(stumble)
        watched.runner.start()
        await asyncio.sleep(0.02)
        return watched

    watched = asyncio.run(scene())
    assert [str(error) for error in watched.errors] == ["a stone"] and not watched.runner.running


@pytest.mark.parametrize("somebody, stops", [(True, False), (False, True)])
def test_it_stops_when_nobody_watches(somebody, stops):
    async def scene():
        watched = Watched(seconds=1.0)
        if somebody:
            watched._look = watched.runner._look = watched.runner.watched
        watched.runner.start()
        while watched.pieces < PATIENCE + 5 and (watched.runner.running or not watched.pieces):
            await asyncio.sleep(0)
        ran = watched.runner.running
        watched.runner.close()
        return ran, watched.reasons

    assert asyncio.run(scene()) == (not stops, [LEFT_ALONE] if stops else [])


@pytest.fixture
def idle_kernel():
    """Ignore SIGINT, as ipykernel does while no cell runs; whatever stands there afterwards is put right again."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_stops_every_run_and_the_kernels_handler_comes_back(idle_kernel):
    async def scene():
        both = Watched(), Watched()
        for _ in range(2):
            for watched in both:
                watched.runner.start()
            await asyncio.sleep(0.02)
            assert all(watched.runner.running for watched in both)
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0.02)
            assert not any(watched.runner.running for watched in both)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        return [watched.reasons for watched in both]

    assert asyncio.run(scene()) == [[INTERRUPTED] * 2] * 2


def test_a_run_leaves_the_interrupts_of_cells_and_scripts_alone(idle_kernel):
    async def scene():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # as in an awaiting cell
        watched = Watched()
        watched.runner.start()
        await asyncio.sleep(0.02)
        assert watched.pieces and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        watched.runner.pause()
        await asyncio.sleep(0.02)
        return signal.getsignal(signal.SIGINT), watched.reasons

    assert asyncio.run(scene()) == (signal.default_int_handler, [])


def test_an_interrupted_cell_stops_the_run_and_other_errors_do_not(monkeypatch):
    shell = SimpleNamespace(events=EventManager(None, available_events))
    monkeypatch.setattr(runner, "get_ipython", lambda: shell)

    async def scene():
        watched = Watched()
        watched.runner.start()
        await asyncio.sleep(0.02)
        for error, running in ((None, True), (ValueError(), True), (KeyboardInterrupt(), False)):
            shell.events.trigger("post_run_cell", SimpleNamespace(error_in_exec=error))
            await asyncio.sleep(0.02)
            assert watched.runner.running == running
        return watched.reasons, shell.events.callbacks["post_run_cell"]

    assert asyncio.run(scene()) == ([INTERRUPTED], [])


def test_a_script_is_told_that_there_is_no_loop():
    with pytest.raises(RuntimeError, match=r"call step\(\)"):
        Watched().runner.start()


# The history


def test_the_history_is_bounded_and_keeps_the_whole_range():
    history = History(limit=100)
    for step in range(1, 5001):
        if history.wants(step):
            history.add(step, {"loss_D": torch.tensor(float(step)), "share": step / 2})
    steps, curves = history.read()
    assert 50 <= len(steps) < 100 and steps[0] < 100 and steps[-1] > 4900
    assert curves == {"loss_D": [float(step) for step in steps], "share": [step / 2 for step in steps]}
    assert np.unique(np.diff(steps)).size == 1


def test_trouble_names_what_is_no_number():
    assert trouble({"a": 1.0, "b": -2.0}) == ""
    assert trouble({"the loss of D": float("nan"), "b": 1.0, "c": float("inf")}) == "the loss of D is nan and c is inf"


# The widget


@pytest.fixture
def live():
    live = LiveTraining(tiny_training, samples=6)
    yield live
    live.close()


def test_one_step_changes_the_picture_and_reset_brings_the_first_back(live):
    front, start = FrontEnd(live), live.canvas.pixels
    live.one_step.click()
    front.answer_all()
    assert live.training.number == 1 and not np.array_equal(live.canvas.pixels, start)
    for _ in range(4):
        live.one_step.click()
    front.answer_all()
    five = live.canvas.pixels
    live.again.click()
    front.answer_all()
    assert live.training.number == 0 and np.array_equal(live.canvas.pixels, start)
    live.advance(5)
    front.answer_all()
    assert np.array_equal(live.canvas.pixels, five), "the same seeds, the same training"


def test_watching_does_not_change_the_training(live):
    front = FrontEnd(live)
    for _ in range(6):
        live.step()
        front.answer_all()
        live.picture()
    alone = tiny_training()
    for _ in alone.run(6):
        pass
    for one, other in zip(live.training.G.parameters(), alone.G.parameters()):
        assert torch.equal(one, other)


def test_rates_and_ratio_act_at_once_and_outlive_a_reset(live):
    live.lr_G.value = 0.02
    live.lr_D.value = 5e-5
    live.D_steps.value = 3
    for _ in range(2):
        live.step()
        training = live.training
        assert (training.lr_G, training.lr_D, training.D_steps) == (0.02, 5e-5, 3)
        assert training.opt_G.param_groups[0]["lr"] == 0.02 and training.opt_D.param_groups[0]["lr"] == 5e-5
        live.reset()
        assert live.training is not training


def test_it_trains_by_itself_while_others_get_their_turn():
    async def scene():
        live = LiveTraining(tiny_training, samples=4)
        front, turns = FrontEnd(live), 0
        start = live.canvas.pixels
        live.toggle.click()
        assert live.running and live.toggle.description == "Pause"
        while live.training.number < 60:
            await asyncio.sleep(0.001)
            front.answer_all()
            turns += 1
        live.toggle.click()
        stood = live.training.number
        await asyncio.sleep(0.05)
        front.answer_all()
        assert live.training.number == stood and live.toggle.description == "Start"
        assert not np.array_equal(live.canvas.pixels, start) and turns >= 2
        assert front.header["status"].startswith(f"step {stood} ")
        live.start()
        live.reset()
        await asyncio.sleep(0.05)
        assert live.training.number == 0 and not live.running, "a reset pauses"
        live.close()

    asyncio.run(scene())


def test_closing_stops_and_frees():
    async def scene():
        live = LiveTraining(tiny_training, samples=4)
        gone = weakref.ref(live.training), weakref.ref(live.canvas), weakref.ref(live.chart_canvas)
        live.start()
        await asyncio.sleep(0.05)
        live.close()
        await asyncio.sleep(0.05)
        gc.collect()
        return live, [reference() for reference in gone]

    live, left = asyncio.run(scene())
    assert left == [None] * 3 and repr(live).endswith("(closed)")


def test_it_pauses_and_says_so_when_the_widget_is_shown_nowhere(live):
    live.runner._stopped(LEFT_ALONE)
    FrontEnd(live).answer_all()
    assert "nobody was watching" in live.frame(live.state).message


def test_divergence_pauses_with_a_message_and_a_reset_heals(live):
    front = FrontEnd(live)
    with torch.no_grad():
        next(live.training.D.parameters()).fill_(torch.nan)
    live.step()
    front.answer_all()
    assert "diverged" in front.header["message"] and "loss of D is nan" in front.header["message"]
    live.reset()
    front.answer_all()
    assert front.header["message"] == ""


def test_a_failing_step_pauses_with_a_message(live):
    front = FrontEnd(live)

    def strike():
        raise RuntimeError("out of ink")

    live.training.step = strike
    live.one_step.click()
    front.answer_all()
    assert front.header["message"] == "The training has stopped. RuntimeError: out of ink"
    live.reset()
    live.step()
    front.answer_all()
    assert front.header["message"] == "" and live.training.number == 1


def test_curves_hold_every_step_and_the_static_picture_shows_both(live):
    before = live.curves()
    live.advance(30)
    steps, curves = live.history.read()
    assert steps == list(range(1, 31)) and set(curves) == {"loss_D", "loss_G", "accuracy_D"}
    assert not np.array_equal(live.curves(), before)
    assert live.still().width == live.css_width + 12 + 300
    assert "6 images" in Still(live).alt


def test_every_control_has_a_label(live):
    controls = (live.toggle, live.one_step, live.again, live.lr_G, live.lr_D, live.D_steps)
    assert all(control.description for control in controls)
