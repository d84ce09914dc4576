"""The line that says how far a loop is: plain text on stdout, whose last state is what a notebook keeps."""

import sys
import time
from types import SimpleNamespace

import pytest
from tiny_gan import tiny_training

from ganlib import progress_line
from ganlib.train import progress


@pytest.fixture(autouse=True)
def seconds(monkeypatch):
    """Let every look at the clock be a quarter of a second after the last one, so that each step is drawn."""
    ticks = iter(range(10**9))
    monkeypatch.setattr(progress_line.time, "monotonic", lambda: next(ticks) / 4)


def drawn(capsys) -> list[str]:
    """Return every state of the line, the last one with its end; nothing may be on stderr."""
    printed, complaints = capsys.readouterr()
    assert complaints == "" and "\x1b" not in printed, "JupyterLab 4, Notebook 7 and Colab know \\r, not every escape"
    return printed.split("\r")[1:]


def test_the_steps_are_passed_on_with_both_losses(capsys):
    steps = list(progress(tiny_training().run(5), 5, label="digits"))
    assert [step.number for step in steps] == [1, 2, 3, 4, 5]
    first, *_, second_last, last = drawn(capsys)
    assert first.startswith("digits:   0%|") and "0/5" in first
    losses = f"loss_D={float(steps[-1].loss_D):.2f}, loss_G={float(steps[-1].loss_G):.2f}"
    assert "5/5" in second_last and losses in second_last
    assert last.startswith("digits: 5 steps in ") and last.endswith("\n")


def test_every_state_covers_the_one_before(capsys):
    list(progress(range(3), label="a long name for so short a loop"))
    list(progress(range(3), label="b"))
    assert {len(text.rstrip("\n")) for text in drawn(capsys)} == {progress_line._width()}


def test_anything_can_be_looped_over_and_counts_its_own_length(capsys):
    assert list(progress(range(1200), label="PixelRNN", unit="epochs")) == list(range(1200))
    assert drawn(capsys)[-1].startswith("PixelRNN: 1,200 epochs in 10 min ")
    assert list(progress((letter for letter in "abc"), label="letters")) == ["a", "b", "c"]
    assert drawn(capsys)[-1].startswith("letters: 3 steps in ")


def test_an_interrupt_in_the_loop_or_in_the_step_says_where(capsys):
    def steps(stop: int):
        for number in range(10):
            if number == stop:
                raise KeyboardInterrupt
            yield number

    def cell(stop_inside: int, stop_outside: int):
        for number in progress(steps(stop_inside), 10):
            if number == stop_outside:
                raise KeyboardInterrupt

    for inside, outside, done in ((4, 99, 4), (99, 6, 7)):
        with pytest.raises(KeyboardInterrupt):
            cell(inside, outside)
        assert drawn(capsys)[-1].startswith(f"training: stopped at {done} of 10 steps after ")


def test_leaving_the_loop_says_where(capsys):
    for number in progress(range(10)):
        if number == 2:
            break
    assert drawn(capsys)[-1].startswith("training: stopped at 3 of 10 steps after ")


def test_nested_loops_leave_one_line_each(capsys):
    for rate in progress([1, 2], label="rates", unit="rates"):
        list(progress(range(2), label=f"rate {rate}"))
    lines = [text for text in drawn(capsys) if text.endswith("\n")]
    assert [text.split(" in ")[0] for text in lines] == ["rate 1: 2 steps", "rate 2: 2 steps", "rates: 2 rates"]


@pytest.mark.parametrize("seconds_, text", [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.7, "1 min 0 s")])
def test_times_are_for_people(seconds_, text):
    assert progress_line._duration(seconds_) == text


def test_it_needs_no_widget_and_costs_next_to_nothing(monkeypatch, capsys):
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    began = time.perf_counter()
    list(progress(range(100_000)))
    per_step = (time.perf_counter() - began) / 100_000
    assert per_step < 2e-5, "the quickest trainings of the course take a millisecond a step"


def test_in_a_notebook_the_line_is_one_output_whatever_is_shown_meanwhile(monkeypatch, capsys):
    import IPython

    shown = {}

    class Handle:
        def update(self, data, raw):
            shown[id(self)] = data["text/plain"]

    def display(data, raw, display_id):
        handle = Handle()
        handle.update(data, raw)
        return handle

    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr("IPython.display.display", display)
    for _ in progress(range(3), label="ring"):
        print("a picture")
    assert [text.split(" in ")[0] for text in shown.values()] == ["ring: 3 steps"]
    assert capsys.readouterr().out == "a picture\n" * 3


def test_a_built_notebook_keeps_the_line_without_its_time(capsys):
    execute = pytest.importorskip("tools.pipeline.execute", reason="builds no notebooks")
    from nbformat.v4 import new_output

    list(progress(range(1200), label="ring"))
    print("read in 3.2 s")
    output = new_output("stream", name="stdout", text=capsys.readouterr().out)
    assert execute.normal_outputs([output])[0].text == "ring: 1,200 steps\nread in 3.2 s\n"
