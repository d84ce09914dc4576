"""Time what a student waits for: from `make lab` to the first moved slider of notebook 00, in a headless Chromium.

python tools/bench_start.py [--repeats 3]    seconds since the command: server answers, notebook visible, kernel idle,
                                             set-up cell done, first widget visible, its picture follows the slider
python tools/bench_start.py --cold           without ganlib.warm, and beside it, in turns

The cells up to the first widget are run as soon as the kernel is idle, one after the other, as Shift-Enter does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "browser")]

from lab import KERNEL, NOTEBOOKS, LabServer, handles, launch  # noqa: E402

MOMENTS = ("server answers", "notebook visible", "kernel idle", "set-up cell done", "widget visible", "slider moved")
FIRST = "00_start_here.ipynb"
WARM = "--ServerApp.jpserver_extensions={'ganlib.warm': True}"  # as in the Makefile
CELL = ".jp-NotebookPanel .jp-CodeCell"


def start(play, warm: bool = True) -> dict[str, float]:
    """Start a server and a browser, move the first slider, and return the seconds to each of `MOMENTS`.

    warm: let the kernel begin with the server, as `make lab` does.
    """
    moments, began = {}, time.monotonic()

    def note(name: str) -> None:
        moments[name] = time.monotonic() - began

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        notebook = Path(folder) / "notebooks" / FIRST
        notebook.parent.mkdir()
        shutil.copy(NOTEBOOKS / FIRST, notebook)
        server = LabServer(Path(folder), options=(WARM, str(notebook)) if warm else ())
        browser = launch(play)
        try:
            server.wait()
            note("server answers")
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.goto(f"{server.url}/lab/tree/{FIRST}?token={server.token}", wait_until="commit")
            page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
            note("notebook visible")
            page.wait_for_function(f"() => {KERNEL}?.status === 'idle'", timeout=60_000)
            note("kernel idle")
            run_to_widget(page, note)
        finally:
            browser.close()
            server.close()
    return moments


def run_to_widget(page, note) -> None:
    """Run cells until a widget is there, and move its first slider by one key."""
    page.evaluate(
        """() => {
            const { content } = jupyterapp.shell.currentWidget;
            const source = cell => cell.model.sharedModel.getSource();
            content.activeCellIndex = 1 + content.widgets.findIndex(cell => source(cell).includes('LatentExplorer('));
            jupyterapp.commands.execute('notebook:run-all-above');
        }"""
    )
    page.wait_for_function(f"() => document.querySelector('{CELL} .jp-InputPrompt').textContent === '[1]:'")
    note("set-up cell done")
    canvas = page.locator(".ganlib-panel canvas[data-frame]").first
    canvas.wait_for(timeout=60_000)
    note("widget visible")
    before = canvas.get_attribute("data-frame")
    handles(page.locator(".ganlib-panel").first).first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.ganlib-panel canvas').dataset.frame !== before", arg=before, timeout=60_000
    )
    note("slider moved")


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cold", action="store_true", help="also without ganlib.warm")
    options = parser.parse_args()
    runs: dict[bool, list] = {warm: [] for warm in ((False, True) if options.cold else (True,))}
    with sync_playwright() as play:
        for _ in range(options.repeats):
            for warm, group in runs.items():
                load = os.getloadavg()[0]
                group.append(start(play, warm))
                print("warm" if warm else "cold", line(group[-1:]), f"(load before {load:.1f})", flush=True)
    for warm, group in runs.items():
        print("median,", "warm" if warm else "cold", line(group))


def line(runs: list[dict[str, float]]) -> str:
    """Write the medians of some runs."""
    return "  ".join(f"{name} {statistics.median(run[name] for run in runs):.1f}" for name in MOMENTS)


if __name__ == "__main__":
    main()
