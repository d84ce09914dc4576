"""One JupyterLab and one Chromium for all browser tests of a process."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from lab import NOTEBOOKS, LabPage, LabServer, find_chromium, launch, write_notebook

TESTS = Path(__file__).resolve().parents[1]
STAND_INS = TESTS / "widget_stand_in.py"
sys.path.insert(0, str(TESTS))  # widget_gallery.py


@pytest.hookimpl(optionalhook=True)  # where xdist is switched off there is no such hook
def pytest_xdist_make_scheduler(config, log):
    """Share the work between processes: each lecture by itself, the other tests file by file."""
    from xdist.scheduler import LoadScopeScheduling

    class ByLecture(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if "test_lectures.py" in nodeid else nodeid.split("::")[0]

    return ByLecture(config, log)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = LabServer(tmp_path_factory.mktemp("lab"))
    shutil.copy(STAND_INS, server.notebooks)
    try:
        yield server.wait()
    finally:
        server.close()


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all: a process can hold one Playwright only."""
    if find_chromium() is None:
        pytest.skip("no Chromium on this machine: install it (apt-get install chromium) to run the browser tests")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: pip install playwright")
    with playwright.sync_playwright() as play:
        browser = launch(play)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def open_page(browser):
    """Return a function that opens an empty page; all close with the module's last test."""
    contexts = []

    def open_page(width: int = 1280, height: int = 1000, **options):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def open_cells(server, open_page):
    """Return a function that opens a notebook of the given cells and runs it; its kernel ends with the module."""
    labs = []

    def open_cells(name: str, cells: list[str], *, size=(1280, 1000), mode: str = "doc", **options) -> LabPage:
        write_notebook(server.notebooks / f"{name}.ipynb", cells)
        labs.append(LabPage(open_page(*size, **options), server, f"{name}.ipynb", mode=mode))
        labs[-1].run_all()
        return labs[-1]

    yield open_cells
    for lab in labs:
        lab.shut_down()


@pytest.fixture
def open_lecture(server, open_page):
    """Return a function that opens a temporary copy of a lecture's notebook and runs all of it.

    Its kernel ends with the test: a dozen of them would fill a small machine's memory.
    """
    labs = []

    def open_lecture(name: str, *, seconds: float = 1500) -> LabPage:
        shutil.copy(NOTEBOOKS / name, server.notebooks / name)
        labs.append(LabPage(open_page(), server, name))
        labs[-1].run_all(seconds)
        return labs[-1]

    yield open_lecture
    for lab in labs:
        lab.shut_down()
