"""A notebook's page as Colab shows it: every cell's outputs in an isolated frame, widgets live."""

from __future__ import annotations

from colab_runtime import ColabRuntime, outputs
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

    def clear(self) -> None:
        """Remove all cells."""
        self.page.evaluate("() => clearCells()")
        self.errors.clear()
