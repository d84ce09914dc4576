"""Exercise notebooks: one source with the solutions, from it the stub that students get and the solved notebook.

Stubs lie in `notebooks/exercises` and hold no outputs; solved ones are executed into `build/solutions`, ignored by git.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from tools.pipeline import rules
from tools.pipeline.course import BuildError, Course, write_notebook
from tools.pipeline.execute import execute
from tools.pipeline.source import notebook_from_source

MARK = re.compile(r"\A(?:# NBVAL_CHECK_OUTPUT\n)?# EXERCISE: (\d\d-\d+) \(keep this line\)$", re.MULTILINE)
SOLUTION = re.compile(r"^( *)# BEGIN SOLUTION\n(.*?)\n *# END SOLUTION$", re.MULTILINE | re.DOTALL)
QUIZ_CALL = re.compile(r'check\.quiz\("(\d\d-q\d+)", "([a-z]*)"\)')
QUIZ_TEXT = re.compile(r"^\{\{quiz (\d\d-q\d+)\}\}$", re.MULTILINE)


def stub_code(code: str) -> str:
    """Return a cell's code with every solution, and a quiz's letters, taken out."""
    code = SOLUTION.sub(r"\1# YOUR CODE HERE\n\1raise NotImplementedError", code)
    return QUIZ_CALL.sub(r'check.quiz("\1", "")', code)


def solved_code(code: str) -> str:
    """Return a cell's code with its solution, and without the lines that mark it."""
    return SOLUTION.sub(r"\2", code)


def with_question(text: str) -> str:
    """Return a text cell with `{{quiz 06-q1}}` replaced by the question and its options.

    Raises:
        BuildError: if there is no such question.
    """
    from ganlib.check.questions import QUESTIONS, as_markdown

    def put(match: re.Match) -> str:
        if match[1] not in QUESTIONS:
            raise BuildError(f"there is no question {match[1]} in ganlib/check/questions.toml")
        return as_markdown(match[1])

    return QUIZ_TEXT.sub(put, text)


def exercise_sources(course: Course) -> list[Path]:
    """Return the sources of the exercise notebooks, in the course's order."""
    return sorted((course.sources / "exercises").glob("[0-9][0-9]_*.py"))


def stub_path(source: Path, course: Course) -> Path:
    """Return where the stub notebook of `source` lies."""
    return course.notebooks / "exercises" / f"{source.stem}.ipynb"


def stub_notebook(source: Path, course: Course) -> nbformat.NotebookNode:
    """Return what a student gets.

    Cells whose output is checked say that they were run, and gave nothing: nbval skips a cell that was never run, so
    without the 0 it would pass on a stub.
    """
    notebook = notebook_from_source(source, course, f"exercises/{source.stem}", stub_code, with_question)
    for _, cell in rules.numbered(notebook, "code"):
        cell.execution_count = 0 if rules.CHECKED.search(cell.source) else None
    return notebook


def solved_notebook(source: Path, course: Course) -> nbformat.NotebookNode:
    """Return the notebook with its solutions, not yet executed."""
    return notebook_from_source(source, course, f"exercises/{source.stem}", solved_code, with_question)


def build_stub(source: Path, course: Course) -> Path:
    """Write the stub notebook of `source`; return its path."""
    target = stub_path(source, course)
    write_notebook(stub_notebook(source, course), target)
    return target


def build_solution(source: Path, course: Course, folder: Path | None = None) -> Path:
    """Execute the solved notebook of `source` into `folder`, `build/solutions` if none is given; return its path.

    Raises:
        BuildError: if a cell fails.
    """
    notebook = solved_notebook(source, course)
    work = course.notebooks / "exercises"
    work.mkdir(exist_ok=True)
    with nothing_kept():
        execute(notebook, work)
    target = (folder or course.root / "build" / "solutions") / f"{source.stem}.ipynb"
    write_notebook(notebook, target)
    return target


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Let kernels that are started meanwhile keep no state: solutions do not belong beside the stubs."""
    before = os.environ.get("GANLIB_STATE")
    os.environ["GANLIB_STATE"] = "off"
    try:
        yield
    finally:
        del os.environ["GANLIB_STATE"]
        if before is not None:
            os.environ["GANLIB_STATE"] = before


def answers_in(notebook: nbformat.NotebookNode) -> dict[int, str]:
    """Return the exercise ids of the answer cells, by the cells' positions from 0."""
    marks = ((place, MARK.search(cell.source)) for place, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    return {place: mark[1] for place, mark in marks if mark}


def solutions(source: Path) -> Iterator[tuple[str, str]]:
    """Yield (exercise id, code) of the solved answer cells of a source.

    Raises:
        SyntaxError: if a solution is no Python.
    """
    for cell in re.split(r"(?m)^# %%.*$\n?", source.read_text(encoding="utf-8")):
        if mark := MARK.search(cell):
            code = solved_code(cell.strip())
            ast.parse(code)
            yield mark[1], code
