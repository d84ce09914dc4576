"""How far a loop is, as one line of plain text: it needs no widget, and what it says last stays in the notebook."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Generator, Iterable, Sized
from typing import Any, TypeVar

Item = TypeVar("Item")
Watch = Callable[[Iterable[Any]], Iterable[Any]]  # wraps the steps of a loop, as `progress` and `iter` do
EVERY = 0.2  # seconds between two drawings
WIDTH = 80  # characters, fewer in a narrow terminal; every drawing covers the last one


def progress(
    steps: Iterable[Item], total: int | None = None, *, label: str = "training", unit: str = "steps"
) -> Generator[Item, None, None]:
    """Pass items on while one line says how far the loop is, how long it will take, and the losses if items have any.

    steps: a training's run, or anything else to loop over.  total: how many; by default `len(steps)` if that is known.
    The line that stays says how many there were and how long they took, or where the loop was left. Inside an
    `ipywidgets.Output`, which can't renew what it shows, it stays at 0 %.
    """
    line = _Line(label, len(steps) if total is None and isinstance(steps, Sized) else total, unit)
    finished = False
    try:
        for item in steps:
            line.done += 1
            yield item
            line.draw(item)
        finished = True
    finally:
        line.end(finished or line.done == line.total)


class _Line:
    """One line that is written again and again: in a notebook an output of its own, elsewhere the terminal's last line.

    done: items handed out so far.
    """

    def __init__(self, label: str, total: int | None, unit: str):
        self.label, self.total, self.unit, self.done = label, total, unit, 0
        self._output = None
        self._began = self._drawn = time.monotonic()
        self._write(self._bar())

    def draw(self, item) -> None:
        """Write how far it is, unless that was done a moment ago."""
        now = time.monotonic()
        if now - self._drawn >= EVERY:
            self._drawn = now
            self._write(self._bar(_losses(item)))

    def end(self, finished: bool) -> None:
        """Write what stays."""
        took = _duration(time.monotonic() - self._began)
        if finished:
            text = f"{self.label}: {self.done:,} {self.unit} in {took}"
        else:
            whole = "" if self.total is None else f" of {self.total:,}"
            text = f"{self.label}: stopped at {self.done:,}{whole} {self.unit} after {took}"
        self._write(text, "\n")

    def _bar(self, losses: str = "") -> str:
        from tqdm.std import tqdm

        elapsed = time.monotonic() - self._began
        return tqdm.format_meter(
            self.done,
            self.total,  # pyright: ignore[reportArgumentType]  tqdm takes None, its stubs do not say so
            elapsed,
            ncols=_width(),
            prefix=self.label,
            unit=f" {self.unit}",
            postfix=losses,
        )

    def _write(self, text: str, end: str = "") -> None:
        if not _in_notebook():
            sys.stdout.write("\r" + text.ljust(_width()) + end)
            sys.stdout.flush()
        elif self._output is None:  # not printed: a picture shown meanwhile would cut the printed line in two
            from IPython.display import display

            self._output = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self._output.update({"text/plain": text}, raw=True)


def _in_notebook() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


def _width() -> int:
    return min(WIDTH, shutil.get_terminal_size().columns - 1)


def _losses(item) -> str:
    names = [name for name in ("loss", "nll", "loss_D", "loss_G") if hasattr(item, name)]
    return ", ".join(f"{name}={float(getattr(item, name)):.2f}" for name in names)


def _duration(seconds: float) -> str:
    """Write a time for people: 3.2 s, 41 s, 3 min 20 s."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
