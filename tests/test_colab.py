"""The set-up cell as Colab runs it: no ganlib, a stub of google.colab, and a clone on this machine as the address."""

import json
from pathlib import Path

import nbformat
import pytest
from clean_environment import CleanEnvironment, committed_clone
from nbformat.v4 import new_code_cell

from tools.pipeline.course import Course, tags_of
from tools.pipeline.stamp import stamp_all

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

STUB = """
import pathlib

def enable_custom_widget_manager():
    pathlib.Path({marker!r}).touch()
"""

QUESTION = """\
import json, ganlib, numpy, torch, IPython
print(json.dumps({
    "ganlib": ganlib.__file__, "shipped": str(runtime.shipped_folder()), "colab": runtime.in_colab(),
    "torch": [torch.__version__, torch.__file__], "numpy": [numpy.__version__, numpy.__file__],
    "device": str(device),
}))"""


def only_setup(path, *more):
    """Return the notebook at `path` with its set-up cell only, and cells with the code `more` behind it."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "setup" in tags_of(cell)]
    assert len(notebook.cells) == 1
    notebook.cells += [new_code_cell(source) for source in more]
    return notebook


def text_of(cell):
    """Return what a cell printed."""
    return "".join(out.get("text", "") for out in cell.outputs)


@pytest.fixture
def clean(tmp_path):
    return CleanEnvironment(tmp_path)


@pytest.fixture
def stub(tmp_path):
    """Return a folder with a stub of google.colab, and the file that it makes when asked for the widget manager."""
    package, marker = tmp_path / "stub" / "google" / "colab", tmp_path / "widget-manager-is-on"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "output.py").write_text(STUB.format(marker=str(marker)))
    return tmp_path / "stub", marker


def test_in_colab_the_set_up_cell_installs_ganlib_and_replaces_nothing(clean, stub, tmp_path):
    folder, marker = stub
    clone = committed_clone(tmp_path)
    stamped = tmp_path / "stamped"
    stamp_all(Course.load(ROOT, f"file://{clone}", "tried-out"), stamped)
    notebook = only_setup(stamped / "notebooks" / NOTEBOOKS[0].name, QUESTION)
    assert f"git+file://{clone}@tried-out" in notebook.cells[0].source
    before = clean.versions()
    assert "ganlib" not in before

    ran = clean.run_notebook(notebook, PYTHONPATH=str(folder))

    found = json.loads(text_of(ran.cells[1]))
    assert Path(found["ganlib"]).is_relative_to(clean.packages)
    assert Path(found["shipped"]) == clean.packages / "ganlib" / "_shipped"
    assert found["colab"] is True
    assert marker.exists()
    after = clean.versions()
    assert after.pop("ganlib")
    assert after == before
    for name in ("torch", "numpy"):
        version, file = found[name]
        assert version.split("+")[0] == before[name].split("+")[0]
        assert (clean.packages / name).is_symlink()
        assert Path(file).parent == clean.packages / name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_where_ganlib_is_installed_the_set_up_cell_installs_nothing(path, clean):
    (clean.packages / "checkout.pth").write_text(str(ROOT))
    before = sorted(entry.name for entry in clean.packages.iterdir())
    ran = clean.run_notebook(only_setup(path, "print(device)"))
    (line,) = text_of(ran.cells[0]).splitlines()
    assert line.startswith("ganlib ")
    assert text_of(ran.cells[1]).strip() in ("cpu", "cuda", "mps")
    assert sorted(entry.name for entry in clean.packages.iterdir()) == before


def test_there_are_notebooks_to_try():
    assert NOTEBOOKS
