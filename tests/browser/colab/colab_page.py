"""A notebook's page as Colab shows it: every cell's outputs in an isolated frame, widgets live."""

from __future__ import annotations

import time

import numpy as np
from colab_runtime import ColabRuntime, outputs
from lab import pixels
from playwright.sync_api import Frame, Page


class ColabPage:
    """A page over a runtime's outputs, in a browser's `page`."""

    def __init__(self, page: Page, runtime: ColabRuntime):
        self.page, self.runtime = page, runtime
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.goto(f"{runtime.url}/page/notebook.html")
        self._number = 0

    def show(self, messages: list[dict]) -> Frame:
        """Show what a cell published, in a frame of its own; return it when all outputs stand."""
        self._number += 1
        name = f"cell-{self._number}"
        self.errors += self.page.evaluate("([name, all]) => showCell(name, all)", [name, outputs(messages)])
        frame = self.page.frame(name)
        assert frame is not None, "the outputs' frame is gone"
        return frame

    def settle(self, canvas, *, still: float = 0.25, seconds: float = 20) -> np.ndarray:
        """Wait until kernel and page have left each other alone for `still` seconds; return a canvas's pixels."""
        give_up = time.monotonic() + seconds
        canvas.page.wait_for_timeout(100)  # what was done last is on its way
        while time.monotonic() < give_up:
            if self.runtime.rest >= still and canvas.get_attribute("data-frame") is not None:
                return pixels(canvas)
            canvas.page.wait_for_timeout(20)
        raise AssertionError(f"the page did not come to rest within {seconds} s")

    def changes(self, canvas, start: np.ndarray) -> bool:
        """Say whether a canvas comes to show another picture than `start`."""
        return self._comes(lambda: not np.array_equal(pixels(canvas), start))

    def returns(self, canvas, start: np.ndarray) -> bool:
        """Say whether a canvas comes to show `start`, and stays there."""
        comes = self._comes(lambda: np.array_equal(pixels(canvas), start))
        return comes and np.array_equal(self.settle(canvas), start)

    def _comes(self, true, seconds: float = 20) -> bool:
        """Wait until something is true: on a busy machine a picture comes late."""
        give_up = time.monotonic() + seconds
        while not (now := true()) and time.monotonic() < give_up:
            self.page.wait_for_timeout(50)
        return now

    def clear(self) -> None:
        """Remove all cells."""
        self.page.evaluate("() => clearCells()")
        self.errors.clear()
