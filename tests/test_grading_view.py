"""An environment of Python that lies around the work: its own parts are seen, whatever lies beside them is not."""

import sys
from pathlib import Path

import pytest
from submissions.makers import IMPORTS, marked, notebook

from ganlib.check.catalogue import exercises
from ganlib.grading.grade import grade
from ganlib.grading.parse import read
from ganlib.grading.sandbox import view
from ganlib.grading.sandbox.box import Box, Limits, available

needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"NO SANDBOX TESTED: {available()}")
LOOKS = """
import os
root, seen, written = {root!r}, [], []
for place, folders, files in os.walk(root):
    seen += [os.path.relpath(os.path.join(place, name), root) for name in files]
    for name in ('filler', 'ganlib/filler'):
        try:
            open(os.path.join(place, name), 'w').close()
            written.append(place)
        except OSError: pass
raise RuntimeError('%s %s' % (sorted(seen), written))
"""


def fill(root):
    for name in ("lib/python3/site-packages/numpy.py", "lib/python3/site-packages/ganlib/check/answers/nb06.py",
                 "bin/tool", "pyvenv.cfg", "in/ben.ipynb", "notebooks/source.py", ".git/config"):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("mine")


def test_whatever_is_in_ganlib_is_shown_or_hidden_on_purpose():
    there = {path.name for path in view.PACKAGE.iterdir()} - {"__pycache__", "_shipped"}
    assert there == {*view.SHOWN, *view.HIDDEN} and not set(view.SHOWN) & set(view.HIDDEN)


@needs_sandbox
def test_what_is_shown_needs_nothing_that_is_hidden():
    names = [name.removesuffix(".py") for name in view.SHOWN if name != "__init__.py"]
    with Box(Limits(), warm=(*(f"ganlib.{name}" for name in names), "ganlib.check.drive")) as box:
        box.start()


@needs_sandbox
def test_an_environment_that_is_a_link_is_found(tmp_path, monkeypatch):
    link = tmp_path / "venv"
    link.symlink_to(sys.prefix)
    monkeypatch.setattr(sys, "executable", str(link / "bin" / Path(sys.executable).name))
    with Box(Limits(), warm=()) as box:
        box.start()


@needs_sandbox
def test_beside_an_environment_nothing_is_seen_and_an_installed_course_is_empty(tmp_path, monkeypatch):
    fill(tmp_path)
    inner = tmp_path / "envs" / "inner"  # an environment in the folder of another one
    fill(inner)
    real = view.prefixes()
    installed = view.course_entries()
    monkeypatch.setattr(view, "prefixes", lambda: [*real, tmp_path, inner])
    monkeypatch.setattr(view, "course_entries", lambda: installed)
    monkeypatch.setattr(view, "PACKAGE", tmp_path / "lib/python3/site-packages/ganlib")
    view.file_arguments.cache_clear()
    cells = read(notebook(IMPORTS, marked("06-2", LOOKS.format(root=str(tmp_path))))).cells
    try:
        with Box(Limits(seconds=60.0, clock=200.0), warm=("torch", "ganlib.losses")) as box:
            (mark,) = grade(cells, [exercises()["loss_D"]], box, 1)
    finally:
        view.file_arguments.cache_clear()
    own = ["bin/tool", "lib/python3/site-packages/numpy.py", "pyvenv.cfg"]
    of_inner = [f"envs/inner/{name}" for name in (*own, "lib/python3/site-packages/ganlib/check/answers/nb06.py")]
    assert f"{sorted([*own, *of_inner])} []" in mark.hint, mark


def test_what_lies_in_a_part_that_is_shown_is_not_shown_twice(tmp_path, monkeypatch):
    inner = tmp_path / "lib" / "inner"
    fill(tmp_path)
    fill(inner)
    monkeypatch.setattr(view, "prefixes", lambda: [tmp_path, inner])
    assert view.parts_of_python() == [tmp_path / name for name in ("bin", "lib", "pyvenv.cfg")]
    monkeypatch.setattr(view, "prefixes", lambda: [Path("/")])
    assert not any(part.is_relative_to("/usr") for part in view.parts_of_python())
