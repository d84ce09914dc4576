"""`pytest --nbval-lax` passes on every solved exercise notebook, and fails on every stub: in its check cells alone.

A phase of its own in tools/test.py: each notebook runs twice, in kernels of its own. The solved one is not built for
this: what its checked cells must print is known, so it is written beside them, and nbval compares.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

from ganlib import check
from ganlib.check.catalogue import exercises
from tools.pipeline.course import Course
from tools.pipeline.exercises import QUIZ_CALL, exercise_sources, solved_notebook, stub_path
from tools.pipeline.rules import CHECKED

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course.load(ROOT)
SOURCES = exercise_sources(COURSE)
COMMAND = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-W", "default"]
PASSED = "\x1b[32m✓\x1b[0m"
NBVAL = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=900", "--timeout=1200"]


def nbval(notebook, folder, state="on"):
    """Run nbval on a notebook; return {cell number from 0, code cells only: did it pass?} and what pytest printed."""
    report = folder / "report.xml"
    call = [*COMMAND, *NBVAL, f"--junitxml={report}", str(notebook)]
    done = subprocess.run(call, cwd=ROOT, env=os.environ | {"GANLIB_STATE": state}, capture_output=True, text=True)
    cases = ElementTree.parse(report).getroot().iter("testcase")
    passed = {int(re.search(r"Cell (\d+)", case.get("name"))[1]): len(case) == 0 for case in cases}
    return passed, done.stdout[-3000:]


def code_cells(notebook):
    """Return the code cells of a notebook, in nbval's numbering."""
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def checked_cells(notebook):
    """Return the numbers of the cells whose output nbval compares."""
    return {number for number, cell in enumerate(code_cells(notebook)) if CHECKED.search(cell.source)}


def due(cell):
    """Return what a checked cell of a solved notebook must print."""
    if call := QUIZ_CALL.search(cell.source):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            check.quiz(*call.groups())
        return printed.getvalue().replace("✓", PASSED, 1)
    name = re.search(r"^check\.(\w+)\(", cell.source, re.MULTILINE)[1]
    return f"{PASSED} {exercises()[name].id} {name}: passed\n"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_solved_notebook_passes(source, tmp_path):
    notebook = solved_notebook(source, COURSE)
    for cell in notebook.cells:
        if cell.cell_type == "code" and CHECKED.search(cell.source):
            cell.execution_count = 1  # without a count nbval would skip the comparison
            cell.outputs = [new_output("stream", name="stdout", text=due(cell))]
            assert ": passed\n" in due(cell)
    solved = tmp_path / f"{source.stem}.ipynb"
    nbformat.write(notebook, solved)
    passed, output = nbval(solved, tmp_path)
    assert checked_cells(solved) <= set(passed) and all(passed.values()), output


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_stub_fails_in_its_check_cells_and_nowhere_else(source, tmp_path):
    stub = stub_path(source, COURSE)
    passed, output = nbval(stub, tmp_path, state="off")  # it runs where it lies
    failed = {number for number, good in passed.items() if not good}
    assert failed == checked_cells(stub) and failed, output


def test_there_are_exercises():
    assert SOURCES
