"""How many submissions a minute does the grader judge, beside `nbgrader autograde` on the same notebooks and machine?

    python tools/bench_grader.py                        20 copies of the solved exercises of notebook 06
    python tools/bench_grader.py --n 40 --rounds 3      more of both, in turns
    python tools/bench_grader.py --nbgrader none        the course's grader alone
    python tools/bench_grader.py --wrong-half           and the course's grader where every second answer is wrong

nbgrader is no part of the course: it is installed into a folder of its own, which is kept (--nbgrader FOLDER) or thrown
away. It runs the notebooks with the course's Python. It runs one after the other and has no sandbox.
"""

from __future__ import annotations

import argparse
import copy
import csv
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.pipeline.course import Course  # noqa: E402
from tools.pipeline.exercises import answers_in, solved_notebook  # noqa: E402

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}


def submission(course: Course, number: str) -> tuple[nbformat.NotebookNode, set[int], set[int]]:
    """Return a solved exercise notebook, and the places of its answer cells and of its check cells."""
    source = next((course.sources / "exercises").glob(f"{number}_*.py"))
    notebook = solved_notebook(source, course)
    answers = set(answers_in(notebook))
    return notebook, answers, {place + 1 for place in answers}


def timed(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> float:
    """Run a command; return its seconds by the clock.

    Raises:
        RuntimeError: with the command's last words, if it fails.
    """
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=os.environ | ONE_THREAD | (environment or {}), capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{command[:4]}: {(done.stdout + done.stderr)[-1500:]}")
    return time.perf_counter() - started


def spoilt(notebook: nbformat.NotebookNode, answers: set[int]) -> nbformat.NotebookNode:
    """Return a copy in which every second answer runs and is wrong: what is called in the end is not called at all."""
    notebook = copy.deepcopy(notebook)
    for place in sorted(answers)[::2]:
        source = notebook.cells[place].source
        name = re.findall(r"^(?:def|class) (\w+)", source, re.MULTILINE)[-1]
        notebook.cells[place].source = f"{source}\n{name} = lambda *_, **__: 0.0"
    return notebook


def ours(notebook: nbformat.NotebookNode, n: int, jobs: int, right: int) -> float:
    """Return the submissions a minute of `python -m ganlib grade`; each must pass just so many exercises."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "submissions"
        folder.mkdir()
        for student in range(n):
            nbformat.write(notebook, folder / f"student{student:03}.ipynb")
        command = [sys.executable, "-m", "ganlib", "grade", str(folder), "--out", f"{place}/marks.csv",
                   "--jobs", str(jobs), *(["--as-root"] if os.getuid() == 0 else [])]  # fmt: skip
        seconds = timed(command, ROOT)
        rows = csv.DictReader((Path(place) / "marks.csv").read_text("utf-8-sig").splitlines())
        exercises = [row for row in rows if "-q" not in row["exercise"]]  # the questions' answers are no work
        if sum(row["outcome"] == "pass" for row in exercises) != n * right:
            raise RuntimeError("an answer was not judged as it must be: the figure would mean nothing")
    return 60 * n / seconds


def nbgrader_in(folder: Path) -> Path | None:
    """Return the path of nbgrader, installed into `folder` if it is not there; None if that does not work."""
    program = folder / "bin" / "nbgrader"
    if not program.exists():
        print("installing nbgrader into", folder, file=sys.stderr)
        make = [sys.executable, "-m", "venv", str(folder)], [f"{folder}/bin/pip", "install", "-q", "nbgrader"]
        if any(subprocess.run(command, capture_output=True).returncode for command in make):
            return None
    return program


def prepare(
    notebook: nbformat.NotebookNode, answers: set[int], checks: set[int], place: Path, n: int, program: Path
) -> dict[str, str]:
    """Lay out a course of nbgrader with n submissions; return the environment in which it finds the course's Python."""
    kernel = place / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    for index, cell in enumerate(notebook.cells):
        if index in answers | checks:
            cell.metadata["nbgrader"] = {
                "grade": index in checks, "solution": index in answers, "locked": index in checks, "task": False,
                "grade_id": f"cell{index}", "schema_version": 3, **({"points": 1} if index in checks else {}),
            }  # fmt: skip
    for folder in [place / "source" / "06", *(place / "submitted" / f"student{i:03}" / "06" for i in range(n))]:
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "06.ipynb")
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {"JUPYTER_PATH": str(place / "jupyter"), "HOME": str(place), "PATH": path}


def theirs(program: Path, course: Course, number: str, n: int) -> float:
    """Return the submissions a minute of `nbgrader autograde`."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        environment = prepare(*submission(course, number), place, n, program)
        timed([str(program), "generate_assignment", "06", "--create"], place, environment)
        seconds = timed([str(program), "autograde", "06"], place, environment)
        graded = len(list((place / "autograded").glob("*/06/06.ipynb")))
        if graded != n:
            raise RuntimeError(f"nbgrader graded {graded} of {n}")
    return 60 * n / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=20, help="submissions a round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="of the course's grader")
    parser.add_argument("--notebook", default="06")
    parser.add_argument("--wrong-half", action="store_true", help="also with every second answer wrong")
    parser.add_argument("--nbgrader", help="folder to keep it in (default: a new one, thrown away); none: leave it out")
    options = parser.parse_args()
    course = Course.load(ROOT)
    rates: dict[str, list[float]] = {"ganlib grade": [], "half of it wrong": [], "nbgrader autograde": []}
    with tempfile.TemporaryDirectory() as place:
        program = None if options.nbgrader == "none" else nbgrader_in(Path(options.nbgrader or place))
        if program is None:
            print("without nbgrader: " + ("as asked" if options.nbgrader == "none" else "it could not be installed"))
        for _ in range(options.rounds):
            notebook, answers, _ = submission(course, options.notebook)
            rates["ganlib grade"].append(ours(notebook, options.n, options.jobs, len(answers)))
            if options.wrong_half:
                half = ours(spoilt(notebook, answers), options.n, options.jobs, len(answers) // 2)
                rates["half of it wrong"].append(half)
            if program:
                rates["nbgrader autograde"].append(theirs(program, course, options.notebook, options.n))
    print(f"{options.n} submissions of notebook {options.notebook}, {options.rounds} rounds, {options.jobs} at once")
    for name, found in rates.items():
        if found:
            print(f"{name:20} {statistics.median(found):6.1f} a minute ({min(found):.1f}-{max(found):.1f})")


if __name__ == "__main__":
    main()
