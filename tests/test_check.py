"""The rules of `make check`: each one is broken once, in a tiny notebook, and must be reported with what to do."""

import pytest
from nbformat.v4 import new_output
from tiny_course import CLAIMS, SOURCE, TinyCourse, picture

from tools import build
from tools.pipeline.execute import WIDGET_VIEW

LONG = "\n".join(f"x{i} = {i}" for i in range(26))
NINE = "\n".join(f"x{i} = {i}" for i in range(9))
TEXT = "\n# %% [markdown]\n# more text\n"


@pytest.fixture
def tiny(tmp_path):
    course = TinyCourse(tmp_path)
    course.write()
    return course


def test_a_good_notebook_has_no_problems(tiny):
    assert tiny.problems() == []


def set_source(number, text):
    def change(notebook):
        notebook.cells[number].source = text

    return change


def set_outputs(*outputs):
    def change(notebook):
        notebook.cells[3].outputs = list(outputs)

    return change


def set_tags(*tags):
    def change(notebook):
        notebook.cells[3].metadata.tags = list(tags)

    return change


def set_metadata(notebook):
    notebook.metadata.kernelspec.display_name = "My kernel"


def set_collapsed(notebook):
    notebook.cells[3].metadata.collapsed = True


def set_id(notebook):
    notebook.cells[3].id = "abc"


def swap(notebook):
    notebook.cells[2], notebook.cells[4] = notebook.cells[4], notebook.cells[2]


def drop_last(notebook):
    notebook.cells.pop()


def make_text(notebook):
    cell = notebook.cells[3]
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


ERROR = new_output("error", ename="E", evalue="no", traceback=["E: no"])
STDERR = new_output("stream", name="stderr", text="careful")
WIDGET = new_output("display_data", data={WIDGET_VIEW: {"model_id": "1"}, "text/plain": "w"})
ALT = {"alt": "a black pixel"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_source(3, "print(3)"), "cell 4: `print(3)` was edited"),
        (set_source(1, "import ganlib"), "cell 2: `import ganlib` was edited, or carries another address or tag"),
        (swap, "cell 3: `Two it is.` stands where the source has `Count.`"),
        (make_text, "cell 4: `print(1 + 1)` is a markdown cell where the source has a code cell"),
        (drop_last, "has 4 cells where 06_tiny.py has 5"),
        (set_tags("other"), "cell 4: has the tags ['other'] where the source has ['claim-counted']"),
        (set_id, "cell 4: has the id abc where the build gives"),
        (set_collapsed, "cell 4: has metadata that the build does not write: ['collapsed']"),
        (set_metadata, "its metadata is not what the build writes"),
        (set_outputs(), "is marked claim-counted, NBVAL_CHECK_OUTPUT but has no output"),
        (set_outputs(ERROR), "cell 4: an error is stored"),
        (set_outputs(STDERR), "cell 4: stderr is stored"),
        (set_outputs(WIDGET), "cell 4: a live widget's view is stored"),
        (set_outputs(picture()), "cell 4: its picture has no alt text"),
        (set_outputs(picture(alt="")), "cell 4: its picture has no alt text"),
        (set_outputs(picture(**ALT), picture(**ALT)), "cell 4: shows 2 pictures: one figure a cell"),
        (
            set_outputs(new_output("stream", name="stdout", text="/home/ada/data")),
            "cell 4: holds a path of one machine, /home/ada",
        ),
        (
            set_outputs(new_output("display_data", data={"text/html": "saved to C:\\Users\\ada"})),
            "cell 4: holds a path of one machine, C:\\Users",
        ),
        (
            set_outputs(new_output("stream", name="stdout", text="x" * 1_600_000)),
            "has 1.60 MB, at most 1.5 are allowed",
        ),
    ],
)
def test_a_notebook_that_was_changed_is_reported(tiny, change, said):
    tiny.change(change)
    problems = tiny.problems()
    assert any(said in problem for problem in problems), problems
    assert all(problem.startswith("notebooks/06_tiny.ipynb") for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# # Tiny\n", "# Tiny\n", "has no title"),
        ("Is one and one two? ", "", "asks no question"),
        ("on two cores", "on my machine", "has no time line"),
        ("# {{badges}}\n", "", "has no badges"),
        ("# %% [markdown]\n# # Tiny", "# %%\nx = 1\n# %% [markdown]\n# # Tiny", "the first cell must be text"),
        ('# %% tags=["setup"]\n', "", "0 cells are tagged setup"),
        ("# %% [markdown]\n# Two it is.", '# %% tags=["setup"]\n', "2 cells are tagged setup"),
        ("print(1 + 1)", f"print(1 + 1)\n{LONG}", "has 27 lines: split it, 25 is the most"),
        ("print(1 + 1)", f"print(1 + 1)\n{NINE}", "1 of 2 code cells have at most 8 lines: 60% must"),
        ("# %% [markdown]\n# Two it is.", "", "2 text cells and 2 code cells"),
        ("claim-counted", "claim-conted", "the tag claim-conted names no claim of data/claims.toml"),
        ('tags=["claim-counted"]', "", "no cell is tagged claim-counted, which data/claims.toml promises"),
        ("[markdown]\n# Count.", '[markdown] tags=["claim-counter"]\n# Count.', "claim-counter names no claim"),
        ("# Count.", "# See file:///srv and /opt/results.", "cell 3: holds a path of one machine, /opt/results."),
    ],
)
def test_a_source_that_breaks_a_rule_is_reported(tiny, old, new, said):
    assert old in SOURCE
    tiny.write(SOURCE.replace(old, new))
    problems = tiny.problems()
    assert any(said in problem for problem in problems), problems


def test_an_empty_notebook_is_reported(tiny):
    tiny.change(lambda notebook: notebook.cells.clear())
    assert any("the first cell must be text" in problem for problem in tiny.problems())


def test_of_many_differing_cells_and_many_paths_the_first_is_enough(tiny):
    tiny.change(swap)
    assert sum("stands where the source has" in problem for problem in tiny.problems()) == 1
    path = new_output("display_data", data={"text/html": "/srv/a", "text/plain": "/srv/a"})
    tiny.write()
    tiny.change(set_outputs(path))
    assert sum("holds a path of one machine" in problem for problem in tiny.problems()) == 1


def test_a_cell_of_another_kind_in_the_source_is_reported(tiny):
    tiny.source.write_text(SOURCE + "\n# %% [raw]\n# x\n")
    assert any("06_tiny.py has a raw cell" in problem for problem in tiny.problems())


def test_a_set_up_cell_of_eleven_lines_is_reported(tiny):
    tiny.change(set_source(1, "\n".join(["x = 1"] * 11)))
    assert any("the set-up cell has 11 lines: at most 10" in problem for problem in tiny.problems())


def test_a_tag_of_nbval_needs_an_output_too(tiny):
    tiny.write(SOURCE.replace("# %% [markdown]\n# Count.", '# %% tags=["nbval-check-output"]\nx = 1') + TEXT + TEXT)
    assert any("cell 3: is marked nbval-check-output but has no output" in problem for problem in tiny.problems())


def test_the_mark_of_nbval_counts_on_a_line_of_its_own_only(tiny):
    cell = '# %%\nx = "# NBVAL_CHECK_OUTPUT"\n\n# %% [markdown]\n# Count.'
    tiny.write(SOURCE.replace("# %% [markdown]\n# Count.", cell) + TEXT)
    assert tiny.problems() == []


def test_a_measured_claim_is_not_shown_by_text(tiny):
    text = '# %% [markdown] tags=["claim-counted"]\n# Count.'
    tiny.write(SOURCE.replace('# %% tags=["claim-counted"]', "# %%").replace("# %% [markdown]\n# Count.", text))
    assert any("claim-counted is to be measured" in problem for problem in tiny.problems())


def test_an_explained_claim_may_stand_in_text(tiny):
    (tiny.root / "data" / "claims.toml").write_text(CLAIMS.replace("measure", "explain"))
    text = '# %% [markdown] tags=["claim-counted"]\n# Count.'
    tiny.write(SOURCE.replace('# %% tags=["claim-counted"]', "# %%").replace("# %% [markdown]\n# Count.", text))
    assert tiny.problems() == []


def test_an_address_is_not_taken_for_a_path(tiny):
    tiny.write(SOURCE.replace("# Count.", "# https://example.org/home/page and data/tmp/x are no machine's paths."))
    assert tiny.problems() == []


@pytest.mark.parametrize("folder", ["Users", "tmp", "mnt", "opt", "var", "srv", "usr", "work", "workspace", "content"])
def test_the_usual_roots_of_paths_are_known(tiny, folder):
    tiny.write(SOURCE.replace("# Count.", f"# Saved in /{folder}/ada."))
    assert any(f"holds a path of one machine, /{folder}/ada" in problem for problem in tiny.problems())


def test_the_checkout_s_own_path_is_found(tiny):
    tiny.change(set_outputs(new_output("stream", name="stdout", text=f"in {tiny.root}/data")))
    assert any("holds a path of one machine" in problem for problem in tiny.problems())


def test_a_source_without_notebook_and_the_reverse_are_reported(tiny):
    tiny.source.rename(tiny.source.with_name("07_other.py"))
    problems = [str(problem) for problem in build.check_course(tiny.course)]
    assert "notebooks/06_tiny.ipynb: has no source: write notebooks/source/06_tiny.py or delete it" in problems
    assert "notebooks/07_other.ipynb: is missing: make build NB=07" in problems


def test_the_command_fails_when_there_are_problems(tiny, capsys):
    assert build.main(["check", "--root", str(tiny.root), "06"]) == 0
    tiny.change(drop_last)
    assert build.main(["check", "--root", str(tiny.root), "06"]) == 1
    assert "1 notebooks checked, 2 problems" in capsys.readouterr().out
