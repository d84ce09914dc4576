"""One JupyterLab and one Chromium for all browser tests of a run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lab import CHROMIUM_FLAGS, LabPage, LabServer, find_chromium, write_notebook

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    if find_chromium() is None:
        pytest.skip("no Chromium on this machine: install it (apt-get install chromium) to run the browser tests")
    server = LabServer(tmp_path_factory.mktemp("lab"))
    try:
        yield server.wait()
    finally:
        server.close()


@pytest.fixture(scope="session")
def browser(server):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: pip install playwright")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), headless=True, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    yield context.new_page()
    context.close()


@pytest.fixture
def open_cells(server, page):
    """Return a function that opens a notebook of the given cells and runs it."""

    def open_cells(name: str, cells: list[str]) -> LabPage:
        write_notebook(server.notebooks / f"{name}.ipynb", cells)
        lab = LabPage(page, server, f"{name}.ipynb")
        lab.run_all()
        return lab

    return open_cells


@pytest.fixture
def open_lecture(server, page):
    """Return a function that opens a temporary copy of a lecture's notebook and runs all of it."""

    def open_lecture(name: str, *, seconds: float = 300) -> LabPage:
        shutil.copy(NOTEBOOKS / name, server.notebooks / name)
        lab = LabPage(page, server, name)
        lab.run_all(seconds)
        return lab

    return open_lecture
