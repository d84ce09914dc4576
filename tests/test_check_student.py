"""The bundle for students: complete enough to work, and without what they should not have."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from tools.pipeline.course import Course
from tools.pipeline.exercises import exercise_sources
from tools.student import FOLDER, write_bundle

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(folder / "student.zip")
    with zipfile.ZipFile(folder / "student.zip") as archive:
        archive.extractall(folder)
    return folder / FOLDER


def test_every_committed_exercise_is_in_it(bundle):
    call = ["git", "ls-files", "notebooks/exercises"]
    tracked = subprocess.run(call, cwd=ROOT, capture_output=True, text=True).stdout
    there = {path.name for path in (bundle / "notebooks" / "exercises").glob("*.ipynb")}
    assert there == {Path(name).name for name in tracked.split() if name.endswith(".ipynb")} and there


def test_no_source_no_solution_and_no_grader_is_in_it(bundle):
    assert not (bundle / "notebooks" / "source").exists() and not (bundle / "ganlib" / "grading").exists()
    assert not list(bundle.rglob("test_*")) and not (bundle / "tools").exists() and not (bundle / "build").exists()
    marked = [path for path in bundle.rglob("*") if path.suffix in (".ipynb", ".py", ".md")]
    assert marked and not [path for path in marked if "BEGIN SOLUTION" in path.read_text(encoding="utf-8")]
    for source in exercise_sources(Course.load(ROOT)):
        stub = bundle / "notebooks" / "exercises" / f"{source.stem}.ipynb"
        if stub.exists():
            code = [cell for cell in nbformat.read(stub, as_version=4).cells if cell.cell_type == "code"]
            answers = [cell.source for cell in code if "# EXERCISE:" in cell.source]
            assert answers and all("raise NotImplementedError" in answer for answer in answers)


def test_its_library_works_without_the_rest(bundle):
    program = "from ganlib import check, data; check.state('06'); print(len(data.load('digits')))"
    environment = os.environ | {"PYTHONPATH": str(bundle), "GANLIB_CACHE": str(bundle / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=bundle / "notebooks", env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "0 of 6 passed" in done.stdout and "1297" in done.stdout
    assert "pip install -e" in (bundle / "README.md").read_text(encoding="utf-8")
