"""The set-up cell as Colab runs it: no ganlib, a stand-in for google.colab, and a clone on this machine as the address.

What Colab makes of the widgets is tested in tests/browser/colab.
"""

import copy
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

STAND_IN = ROOT / "tests" / "browser" / "colab" / "stand_in"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
SHOW = "import ipywidgets\nfrom IPython.display import display\ndisplay(ipywidgets.IntSlider())"

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


def manager_of(cell):
    """Return the address of the widget manager that the only widget below a cell names, or None."""
    (shown,) = [output for output in cell.outputs if WIDGET_VIEW in output.get("data", {})]
    return shown.metadata.get(WIDGET_VIEW, {}).get("colab", {}).get("custom_widget_manager", {}).get("url")


@pytest.fixture
def stamped(tmp_path):
    """Return a lecture that installs from a clone on this machine, and that address."""
    clone = committed_clone(tmp_path)
    stamp_all(Course.load(ROOT, f"file://{clone}", "tried-out"), tmp_path / "stamped")
    return tmp_path / "stamped" / "notebooks" / NOTEBOOKS[0].name, f"git+file://{clone}@tried-out"


def test_in_colab_the_set_up_cell_installs_ganlib_and_replaces_nothing(clean, stamped):
    path, address = stamped
    notebook = only_setup(path, QUESTION, SHOW)
    assert address in notebook.cells[0].source
    before = clean.versions()
    assert "ganlib" not in before

    ran = clean.run_notebook(notebook, PYTHONPATH=str(STAND_IN))

    found = json.loads(text_of(ran.cells[1]))
    assert Path(found["ganlib"]).is_relative_to(clean.packages)
    assert Path(found["shipped"]) == clean.packages / "ganlib" / "_shipped"
    assert found["colab"] is True
    assert manager_of(ran.cells[2]), "set up, Colab gives every widget that is displayed a manager"
    after = clean.versions()
    assert after.pop("ganlib")
    assert after == before
    for name in ("torch", "numpy"):
        version, file = found[name]
        assert version.split("+")[0] == before[name].split("+")[0]
        assert (clean.packages / name).is_symlink()
        assert Path(file).parent == clean.packages / name


def test_run_all_twice_and_after_a_restart_nothing_is_installed_again(clean, stamped):
    notebook = only_setup(stamped[0], SHOW)
    notebook.cells += copy.deepcopy(notebook.cells)
    for cell, name in zip(notebook.cells, "abcd"):
        cell.id = name
    times, texts = [], []
    for _ in range(2):  # the second has a kernel of its own, as after a restart
        ran = clean.run_notebook(notebook, PYTHONPATH=str(STAND_IN))
        texts += [text_of(cell) for cell in ran.cells[::2]]
        times.append((clean.packages / "ganlib" / "__init__.py").stat().st_mtime_ns)
        assert all(manager_of(cell) for cell in ran.cells[1::2])
    assert times[0] == times[1]
    for text in texts[1:]:
        (line,) = text.splitlines()
        assert line.startswith("ganlib "), "pip has nothing to say where ganlib is installed"


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
