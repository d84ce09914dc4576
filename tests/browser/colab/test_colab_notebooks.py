"""Whole notebooks in a kernel like Colab's: run twice, restarted in the middle, saved there, opened in JupyterLab."""

import json

import nbformat
import numpy as np
import pytest
from colab_contract import breaches, views
from colab_page import ColabPage
from colab_runtime import ROOT, outputs, printed
from lab import LabPage

NOTEBOOKS = ROOT / "notebooks"
LECTURE, EXERCISE = "00_start_here.ipynb", "exercises/05_toy_faces.ipynb"
HANDLE = ".ui-slider-handle"  # of ipywidgets 7
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


def code_cells(name: str) -> list[str]:
    """Return the code of a notebook's cells."""
    cells = nbformat.read(NOTEBOOKS / name, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def saved_by_colab(cells: list[tuple[str, list[dict]]], models: dict) -> dict:
    """Return a notebook of cells with what they published, as Colab saves it: its own metadata everywhere.

    As in Colab's files, the widgets' states stand in the notebook's metadata without the key `state` around them.
    """
    saved = []
    for number, (source, messages) in enumerate(cells):
        colab = {"base_uri": "https://localhost:8080/", "height": 600, "referenced_widgets": list(models)}
        below = [{key: part for key, part in out.items() if key != "display_id"} for out in outputs(messages)]
        saved.append(
            {
                "cell_type": "code",
                "source": source.splitlines(keepends=True),
                "execution_count": number + 1,
                "metadata": {"id": f"cell{number}", "colab": colab, "outputId": f"out{number}"},
                "outputs": below,
            }
        )
    metadata = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "widgets": {WIDGET_STATE: models},
    }
    return {"nbformat": 4, "nbformat_minor": 0, "metadata": metadata, "cells": saved}


@pytest.fixture(scope="module")
def page(open_page, runtime):
    return ColabPage(open_page(1100, 1000), runtime)


@pytest.mark.parametrize("name", [LECTURE, EXERCISE])
def test_run_all_twice_and_a_restart_in_the_middle(runtime, name):
    cells = code_cells(name)
    for cell in cells[: len(cells) // 2]:
        runtime.run(cell)
    runtime.restart()
    for _ in range(2):
        ran = [runtime.run(cell) for cell in cells]
        assert [breach for messages in ran for breach in breaches(messages, runtime.models)] == []
        assert printed(ran[0]).startswith("ganlib ") and printed(ran[0]).count("\n") == 1, "nothing is installed again"
        assert bool(views([message for messages in ran for message in messages])) == (name == LECTURE)


def test_a_restarted_exercise_knows_what_was_passed(runtime):
    beginning = code_cells(EXERCISE)[:2]
    answer = "# EXERCISE: 05-1 (keep this line)\ndef toy_D(x, w, b):\n    return sigmoid(x @ w + b)"
    for cell in (*beginning, answer):
        runtime.run(cell)
    assert "passed" in printed(runtime.run("check.toy_D(toy_D)"))
    runtime.restart()
    for cell in beginning:
        runtime.run(cell)
    passed, *others = [line for line in printed(runtime.run('check.state("05")')).splitlines() if "passed" in line]
    assert " toy_D " in passed and "✓" in passed and all("of" in line for line in others)


def test_a_restarted_kernel_leaves_what_stands_and_the_cell_brings_it_back(page, runtime):
    cells = code_cells(LECTURE)
    last = next(number for number, cell in enumerate(cells) if "LatentExplorer(" in cell)
    shown = [runtime.run(cell) for cell in cells[: last + 1]][-1]
    before = page.show(shown)
    picture = page.settle(before.locator("canvas").first)
    runtime.restart()
    before.locator(HANDLE).first.focus()
    for _ in range(8):
        page.page.keyboard.press("ArrowRight")
    assert np.array_equal(page.settle(before.locator("canvas").first), picture), "a picture of a kernel that is gone"
    after = page.show([runtime.run(cell) for cell in cells[: last + 1]][-1])
    canvas = after.locator("canvas").first
    start = page.settle(canvas)
    after.locator(HANDLE).first.focus()
    for _ in range(8):
        page.page.keyboard.press("ArrowRight")
    assert page.changes(canvas, start) and page.errors == []
    reopened = page.show(shown)
    assert reopened.locator(".ganlib-panel").count() == 0, "a widget whose model is gone"
    assert reopened.locator(".ganlib-still").is_visible(), "opened again without its kernel, it shows nothing"


@pytest.fixture
def saved(runtime):
    """Return a lecture's notebook, run and saved as Colab does."""
    cells = code_cells(LECTURE)[:4]
    ran = [(cell, runtime.run(cell)) for cell in cells]
    assert views(ran[-1][1])
    return saved_by_colab(ran, runtime.models.saved())


def test_a_notebook_that_colab_saved_opens_in_jupyterlab_and_goes_back(saved, runtime, server, open_page):
    path = server.notebooks / "from_colab.ipynb"
    path.write_text(json.dumps(saved))
    nbformat.validate(nbformat.read(path, as_version=4))
    lab = LabPage(open_page(), server, path.name)
    try:
        still, dead = lab.page.locator("img.ganlib-still"), lab.page.get_by_text("Error displaying widget")
        still.scroll_into_view_if_needed()
        assert still.is_visible() and dead.locator("visible=true").count() == 0
        lab.save()
        lab.run_all()
        assert lab.panels.count() == 1 and not still.is_visible()
        lab.save()
    finally:
        lab.shut_down()
    assert lab.errors == []
    back = nbformat.read(path, as_version=4)
    nbformat.validate(back)
    assert back.metadata.colab.provenance == []
    assert all(cell.metadata.colab for cell in back.cells)
    for cell in back.cells:
        assert breaches(runtime.run(cell.source), runtime.models) == []
