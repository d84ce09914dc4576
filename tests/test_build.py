"""tools/build.py: notebooks from sources, executed, normalised, stamped, and never half written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from tiny_course import SOURCE, TinyCourse

from tools import build
from tools.pipeline.execute import WIDGET_VIEW, normal_outputs
from tools.pipeline.source import notebook_from_source

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def tiny(tmp_path):
    return TinyCourse(tmp_path)


def run(tiny, *arguments):
    """Run the command in this process; return its exit code."""
    return build.main([*arguments, "--root", str(tiny.root)])


def command(tiny, *arguments):
    """Return the words that run the command in a process of its own."""
    return [sys.executable, str(ROOT / "tools" / "build.py"), *arguments, "--root", str(tiny.root)]


def test_a_built_notebook_is_executed_and_passes_the_check(tiny, capsys):
    assert run(tiny, "build") == 0
    assert "06_tiny.ipynb: 5 cells" in capsys.readouterr().out
    notebook = nbformat.read(tiny.path, as_version=4)
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"] == [1, 2]
    assert notebook.cells[1].outputs[0].text == "set up with 0\n"
    assert notebook.cells[3].outputs[0].text == "2\n"
    assert notebook.cells[3].metadata == {"tags": ["claim-counted"]}
    assert run(tiny, "stamp") == 0  # the README's badges, which the notebook's build leaves alone
    assert run(tiny, "check") == 0
    assert "1 notebooks checked, 0 problems" in capsys.readouterr().out


def test_a_second_build_gives_the_same_bytes(tiny):
    run(tiny, "build")
    first = tiny.path.read_bytes()
    tiny.path.unlink()
    run(tiny, "build", "06")
    assert tiny.path.read_bytes() == first


def test_ids_come_from_the_text_so_that_inserting_a_cell_changes_no_other(tiny):
    before = [cell.id for cell in notebook_from_source(tiny.source, tiny.course).cells]
    tiny.source.write_text(SOURCE.replace("# %% [markdown]\n# Count.", "# %%\nx = 1\n\n# %% [markdown]\n# Count."))
    after = [cell.id for cell in notebook_from_source(tiny.source, tiny.course).cells]
    assert len(after) == len(before) + 1
    assert [name for name in after if name in before] == before


def test_equal_cells_get_different_ids_and_stamps_get_none(tiny):
    tiny.source.write_text(SOURCE + "\n# %%\nx = 1\n\n# %%\nx = 1\n")
    ids = [cell.id for cell in notebook_from_source(tiny.source, tiny.course).cells]
    assert len(set(ids)) == len(ids)
    elsewhere = build.Course.load(tiny.root, "https://github.com/another/place", "v10")
    assert [cell.id for cell in notebook_from_source(tiny.source, elsewhere).cells] == ids


def test_the_set_up_cell_is_filled_in_and_short(tiny):
    setup = notebook_from_source(tiny.source, tiny.course).cells[1].source
    assert '%pip install --quiet "git+https://github.com/someone/tiny@v9"' in setup
    assert len(setup.splitlines()) <= 10


def test_badges_name_the_notebook_and_the_tag(tiny):
    first = notebook_from_source(tiny.source, tiny.course).cells[0].source
    assert "(https://colab.research.google.com/github/someone/tiny/blob/v9/notebooks/06_tiny.ipynb)" in first
    assert "(https://mybinder.org/v2/gh/someone/tiny/v9?urlpath=lab/tree/notebooks/06_tiny.ipynb)" in first


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("print(1 / 0)", "ZeroDivisionError: division by zero"),
        ("import sys; print('careful', file=sys.stderr)", "wrote to stderr, which readers would see:\ncareful"),
        ("import os; os._exit(1)", "failed:\n"),
    ],
    ids=["raises", "stderr", "kernel dies"],
)
def test_a_failing_cell_is_named_and_the_old_notebook_stays(tiny, capsys, line, said):
    tiny.write()
    old = tiny.path.read_bytes()
    tiny.source.write_text(SOURCE.replace("print(1 + 1)", line))
    assert run(tiny, "build") == 1
    out = capsys.readouterr().out
    assert f"notebooks/source/06_tiny.py, cell 4 `{line}`" in out
    assert said in out
    assert "06_tiny.ipynb was left as it was" in out
    assert tiny.path.read_bytes() == old
    assert list(tiny.course.notebooks.glob("*.tmp")) == []


def test_an_interrupted_build_leaves_the_old_notebook(tiny):
    tiny.write()
    old = tiny.path.read_bytes()
    waiting = "import pathlib, time; pathlib.Path('started').touch(); time.sleep(100)"
    tiny.source.write_text(SOURCE.replace("print(1 + 1)", waiting))
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command(tiny, "build"), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while not (tiny.course.notebooks / "started").exists():
            assert process.poll() is None, "the build ended before it ran the cell"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) != 0
    assert tiny.path.read_bytes() == old
    assert list(tiny.course.notebooks.glob("*.tmp")) == []


def test_an_interrupted_write_leaves_the_old_notebook(tiny, monkeypatch):
    notebook = tiny.write()
    old = tiny.path.read_bytes()

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stopped)
    notebook.cells.pop()
    with pytest.raises(KeyboardInterrupt):
        build.write_notebook(notebook, tiny.path)
    assert tiny.path.read_bytes() == old
    assert list(tiny.course.notebooks.glob("*.tmp")) == []


def test_one_failing_notebook_does_not_stop_the_others(tiny, capsys):
    tiny.write()
    (tiny.course.sources / "01_broken.py").write_text(SOURCE.replace("1 + 1", "1 / 0"))
    before = tiny.path.stat().st_mtime_ns
    assert run(tiny, "build") == 1
    assert tiny.path.stat().st_mtime_ns > before
    assert not (tiny.course.notebooks / "01_broken.ipynb").exists()


def test_a_number_without_a_source_is_refused(tiny, capsys):
    with pytest.raises(SystemExit) as exit_:
        run(tiny, "build", "99")
    assert exit_.value.code == 2
    assert "no source begins with '99'; there are: 06_tiny" in capsys.readouterr().err


def test_streams_that_follow_each_other_become_one():
    outputs = [new_output("stream", name="stdout", text=text) for text in ("a\n", "b\n")]
    assert [out.text for out in normal_outputs(outputs)] == ["a\nb\n"]


def test_of_a_line_written_over_and_over_the_last_stays():
    outputs = [new_output("stream", name="stdout", text="10%\r50%\r100%\ndone\r\n")]
    assert normal_outputs(outputs)[0].text == "100%\ndone\n"


def test_a_widget_leaves_its_picture_and_one_without_leaves_nothing():
    view = {WIDGET_VIEW: {"model_id": "1"}, "text/plain": "Widget()"}
    still = {"text/html": '<img alt="digits" src="data:image/png;base64,">', "text/plain": "digits"}
    outputs = [new_output("display_data", data=dict(data)) for data in (view, still, view)]
    kept = normal_outputs(outputs)
    assert [out.data for out in kept] == [still]


def test_of_a_finished_loop_stays_how_many_steps_and_not_how_long():
    texts = ("ring: 1,200 steps in 3.2 s", "ring: 1,200 steps in 1 min 4 s", "ring: stopped at 3 of 9 steps after 2 s")
    outputs = [new_output("display_data", data={"text/plain": text}) for text in texts]
    kept = [out.data["text/plain"] for out in normal_outputs(outputs)]
    assert kept == ["ring: 1,200 steps", "ring: 1,200 steps", "ring: stopped at 3 of 9 steps after 2 s"]


def test_real_widgets_and_progress_bars_are_normalised_when_built(tiny):
    lines = "import ipywidgets, tqdm.auto\nfor i in tqdm.auto.tqdm(range(2)):\n    print(i)\nipywidgets.IntSlider()"
    tiny.source.write_text(SOURCE.replace("print(1 + 1)", lines))
    assert run(tiny, "build") == 0
    notebook = nbformat.read(tiny.path, as_version=4)
    assert [out.output_type for out in notebook.cells[3].outputs] == ["stream"]
    assert notebook.cells[3].outputs[0].text == "0\n1\n"
    assert "widgets" not in notebook.metadata


def test_stamping_changes_address_and_tag_and_keeps_outputs(tiny, tmp_path):
    tiny.write()
    out = tmp_path / "out"
    old = tiny.path.read_bytes()
    address = "file:///srv/clone"
    assert run(tiny, "stamp", "--repository", address, "--tag", "main", "--out", str(out)) == 0
    stamped = (out / "notebooks" / "06_tiny.ipynb").read_text()
    assert "git+file:///srv/clone@main" in stamped
    assert "someone/tiny" not in stamped + (out / "README.md").read_text() + (out / "CITATION.cff").read_text()
    assert nbformat.reads(stamped, as_version=4).cells[3].outputs[0].text == "2\n"
    assert tiny.path.read_bytes() == old


def test_stamping_again_restores_and_then_changes_nothing(tiny, capsys):
    tiny.write()
    run(tiny, "stamp")
    before = {path: path.read_bytes() for path in tiny.root.rglob("*") if path.is_file()}
    run(tiny, "stamp", "--repository", "https://github.com/other/course", "--tag", "v2")
    assert "github.com/other/course" in tiny.path.read_text()
    problems = [str(problem).split(" ")[0:3] for problem in build.check_course(tiny.course)]
    assert ["README.md:", "carries", "another"] in problems and ["CITATION.cff:", "carries", "another"] in problems
    run(tiny, "stamp")
    capsys.readouterr()
    run(tiny, "stamp")
    assert capsys.readouterr().out == ""
    assert {path: path.read_bytes() for path in tiny.root.rglob("*") if path.is_file()} == before


def test_another_version_makes_every_place_that_repeats_it_stale_until_it_is_stamped(tiny, capsys):
    tiny.write()
    run(tiny, "stamp")
    (tiny.root / "ganlib" / "__init__.py").write_text('__version__ = "10"\n')
    capsys.readouterr()
    assert run(tiny, "check") == 1
    places = [line.partition(": ")[0] for line in capsys.readouterr().out.splitlines()[:-1]]
    cells = ["notebooks/06_tiny.ipynb, cell 1", "notebooks/06_tiny.ipynb, cell 2"]
    assert places == [*cells, "README.md", "CITATION.cff", "CHANGELOG.md"]
    (tiny.root / "CHANGELOG.md").write_text("# Changes\n\n## [10]\n")
    assert (run(tiny, "stamp"), run(tiny, "check")) == (0, 0)
    assert 'version: "10"' in (tiny.root / "CITATION.cff").read_text()


def test_a_library_without_a_version_is_told_in_a_sentence(tiny, capsys):
    (tiny.root / "ganlib" / "__init__.py").write_text("")
    with pytest.raises(SystemExit):
        run(tiny, "check")
    assert "write the version there" in capsys.readouterr().err


def test_a_readme_without_markers_is_reported(tiny):
    tiny.write()
    (tiny.root / "README.md").write_text("# bare\n")
    assert any("README.md has no <!-- badges -->" in str(problem) for problem in build.check_course(tiny.course))
