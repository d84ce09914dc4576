"""No lecture lets its reader wait in silence: what the sources must not do, and the tool that measures the rest."""

import ast
import os
import sys
from pathlib import Path

import pytest

jupytext = pytest.importorskip("jupytext", reason="needs the tools that build notebooks")

from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402

from tools import watch_lectures  # noqa: E402
from tools.pipeline.course import Course  # noqa: E402
from tools.pipeline.source import notebook_from_source  # noqa: E402

SOURCES = sorted((Path(__file__).resolve().parents[1] / "notebooks" / "source").glob("[0-9]*.py"))
TRAININGS = {"run", "fit", "train_ensemble", "train_cured"}  # generators of steps: the caller shows how far they are
FEW = 50  # steps that need no bar
LARGEST = "04_vae_blurriness"  # the lecture that needs the most memory


def name_of(call: ast.expr) -> str:
    function = getattr(call, "func", None)
    return getattr(function, "attr", getattr(function, "id", ""))


def steps_of(call: ast.expr) -> float:
    """Return how many steps a training is asked for, as far as the source tells."""
    numbers = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    return max((number for number in numbers if isinstance(number, int)), default=float("inf"))


def silent_trainings(code: str) -> list[int]:
    """Return the lines that train many steps and show nothing."""
    found = []
    for node in ast.walk(ast.parse(code)):
        loop = node.iter if isinstance(node, ast.For | ast.comprehension) else None
        if name_of(loop) in TRAININGS and steps_of(loop) > FEW:
            found.append(loop.lineno)
        method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr
        if method == "finish" and not any(keyword.arg == "watch" for keyword in node.keywords):
            found.append(node.lineno)
    return sorted(found)


def code_of(source: Path) -> str:
    cells = jupytext.read(source, fmt="py:percent").cells
    lines = "\n".join(cell.source for cell in cells if cell.cell_type == "code").splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines).replace(
        "except ModuleNotFoundError:\n", "except ModuleNotFoundError:\n    pass\n"
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_training_is_silent(source):
    code = code_of(source)
    assert [code.splitlines()[line - 1] for line in silent_trainings(code)] == []


def test_silent_trainings_are_found_and_others_are_not():
    silent = "for _ in training.run(steps): pass\n[s for s in ar.fit(net, x, 100)]\nmodel = training.finish(800)"
    assert silent_trainings(silent) == [1, 2, 3]
    shown = "for _ in progress(training.run(steps), steps): pass\nfor s in training.run(8): pass\nt.finish(9, watch=w)"
    assert silent_trainings(shown) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_tool_measures_silence_and_memory_of_each_cell(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    cells = ["import time\nprint(1)\ntime.sleep(1)\nprint(2)", "much = b'x' * 200_000_000", "pass"]
    first, second, third = watch_lectures.watch(new_notebook(cells=[*map(new_code_cell, cells)]), tmp_path)
    assert 0.6 < first.silence <= first.seconds < 5 and third.silence < 0.5
    assert second.peak - first.peak > 150
    cell, rise = watch_lectures.steepest([first, second, third])
    assert cell is second and rise == second.peak - first.peak
    busy = [new_code_cell("import time\ntime.sleep(0.6)"), new_code_cell("for _ in range(10**8): pass")]
    asleep, awake = watch_lectures.watch(new_notebook(cells=busy), tmp_path, cpu=True)
    assert asleep.seconds < 0.2 < awake.seconds, "CPU seconds do not count what a cell waits for"
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        watch_lectures.watch(new_notebook(cells=[new_code_cell("1 / 0")]), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_largest_lecture_leaves_room_for_a_server(monkeypatch):
    """Binder gives 2 GB to kernel and server together; docs/performance.md has the other lectures."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    course = Course.load(watch_lectures.ROOT)
    notebook = notebook_from_source(course.sources / f"{LARGEST}.py", course)
    largest = max(watch_lectures.watch(notebook, course.notebooks, cpu=True), key=lambda cell: cell.peak)
    assert largest.peak < watch_lectures.MOST, largest
