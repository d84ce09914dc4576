"""A plugin for nbval: after its last cell each lecture's widgets are moved in the notebook's own kernel, and back.

    pytest -p tests.nbval_widgets --nbval-lax notebooks/06_vanilla_gan.ipynb

A browser shows every widget class on small networks (tests/browser) and, in `make test-slow`, every lecture.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STILL = re.compile(r'class=\\"ganlib-still\\"[^>]*?data-view=\\"(\w+)\\"')
MOVES = Path(__file__).resolve().parent / "lecture_moves.py"


class WidgetsItem(pytest.Item):
    """Moves what a notebook has shown; its parent is nbval's file, whose kernel has run all cells."""

    def runtest(self) -> None:
        kernel = self.parent.kernel
        shown = len(set(STILL.findall(self.path.read_text(encoding="utf-8"))))  # as it was built
        code = f"exec(compile(open({str(MOVES)!r}, encoding='utf-8').read(), 'moves', 'exec'), {{'SHOWN': {shown}}})"
        number = kernel.execute_cell_input(code)
        failed = None
        while True:
            message = kernel.get_message("iopub", timeout=self.config.option.nbval_cell_timeout)
            if message["parent_header"].get("msg_id") != number:
                continue
            if message["msg_type"] == "error":
                failed = "\n".join(message["content"]["traceback"])
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        if failed:
            raise MovesError(failed)

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value) if excinfo.errisinstance(MovesError) else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}::widgets"


class MovesError(Exception):
    """What went wrong in the kernel."""


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """Add an item at the end of each notebook."""
    outcome = yield
    report = outcome.get_result()
    if type(collector).__name__ == "IPyNbFile" and report.passed:
        report.result = [*report.result, WidgetsItem.from_parent(collector, name="widgets")]
