"""Exercise notebooks: built from one source, and each rule of `make check` about them is broken once."""

import nbformat
import pytest
from tiny_course import TinyCourse

from tools import build
from tools.pipeline.check_exercises import check_exercises
from tools.pipeline.exercises import build_stub, solutions, stub_path

# Five of notebook 05's exercises, since the rules ask for all that the checks know.
ANSWER = """\
# %% [markdown]
# Write it.

# %%
# EXERCISE: {id} (keep this line)
def {name}(x):
    # BEGIN SOLUTION
    y = x + 4711
    return y * 4712
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.{name}({name})

# %% [markdown]
# On we go.

"""
NAMES = ("toy_D", "errors", "slopes_D", "slopes_G", "step_D")
HEAD = """\
# %% [markdown]
# # Tiny exercises
#
# Can you? **Time**: 1 s on two cores.
#
# {{badges}}

# %% tags=["setup"]

"""
SOURCE = HEAD + "".join(ANSWER.format(id=f"05-{number}", name=name) for number, name in enumerate(NAMES, 1))


@pytest.fixture
def tiny(tmp_path):
    course = TinyCourse(tmp_path)
    (course.root / "notebooks/source/exercises").mkdir()
    course.exercise = course.root / "notebooks/source/exercises/05_tiny.py"
    course.exercise.write_text(SOURCE)
    build_stub(course.exercise, course.course)
    return course


def problems(tiny):
    return [str(problem) for problem in check_exercises(tiny.course)]


def test_a_good_one_has_no_problems_and_its_stub_no_solution(tiny):
    assert problems(tiny) == []
    stub = nbformat.read(stub_path(tiny.exercise, tiny.course), as_version=4)
    text = "\n".join(cell.source for cell in stub.cells)
    assert "4711" not in text and "SOLUTION" not in text
    assert text.count("    # YOUR CODE HERE\n    raise NotImplementedError") == 5
    assert "notebooks/exercises/05_tiny.ipynb" in stub.cells[0].source
    assert not any(cell.get("outputs") for cell in stub.cells)
    assert [name for name, _ in solutions(tiny.exercise)] == [f"05-{number}" for number in range(1, 6)]
    assert all("return y * 4712" in code and "SOLUTION" not in code for _, code in solutions(tiny.exercise))


def without(text):
    return lambda source: source.replace(text, "", 1)


def instead(old, new):
    return lambda source: source.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (instead("EXERCISE: 05-2", "EXERCISE: 05-9"), "05-9 is no exercise"),
        (instead("EXERCISE: 05-2", "EXERCISE: 05-1"), "more than one answer cell"),
        (instead("EXERCISE: 05-2", "EXERCISE: 05-1"), "no answer cell for 05-2"),
        (instead("check.errors(errors)", "print(1)"), "must be the check cell"),
        (instead("# NBVAL_CHECK_OUTPUT\ncheck.errors", "check.errors"), "without the line # NBVAL_CHECK_OUTPUT"),
        (instead("# %% [markdown]\n# On we go.\n\n# %% [markdown]\n# Write it.\n\n", ""), "must go on after toy_D"),
        (without("    # END SOLUTION"), "come in pairs"),
        (instead("# On we go.", "# y = x + 4711\n#     return y * 4712"), "holds a solution"),
        (instead("# Can you?", "# You can."), "asks no question"),
    ],
)
def test_each_rule_can_be_broken(tiny, change, said):
    tiny.exercise.write_text(change(SOURCE))
    build_stub(tiny.exercise, tiny.course)
    assert any(said in problem for problem in problems(tiny)), problems(tiny)


def test_a_changed_stub_an_executed_one_and_a_missing_one_are_reported(tiny):
    path = stub_path(tiny.exercise, tiny.course)
    stub = nbformat.read(path, as_version=4)
    stub.cells[3].source += "\n# hello"
    stub.cells[4].execution_count = 3
    nbformat.write(stub, path)
    assert any("was edited" in problem for problem in problems(tiny))
    assert any("was executed" in problem for problem in problems(tiny))
    path.unlink()
    assert problems(tiny) == ["notebooks/exercises/05_tiny.ipynb: is missing: make build NB=05"]
    tiny.exercise.unlink()
    nbformat.write(stub, path)
    assert any("has no source" in problem for problem in problems(tiny))


def test_questions_are_asked_without_their_answers(tiny):
    question = '# %% [markdown]\n# {{quiz 06-q1}}\n\n# %%\n# NBVAL_CHECK_OUTPUT\ncheck.quiz("06-q1", "abd")\n'
    tiny.exercise.write_text(SOURCE + question)
    build_stub(tiny.exercise, tiny.course)
    stub = nbformat.read(stub_path(tiny.exercise, tiny.course), as_version=4)
    assert "- **a**" in stub.cells[-2].source and "**Question 06-q1.**" in stub.cells[-2].source
    assert 'check.quiz("06-q1", "")' in stub.cells[-1].source
    tiny.exercise.write_text(SOURCE + "# %% [markdown]\n# {{quiz 06-q99}}\n")
    assert any("no question 06-q99" in problem for problem in problems(tiny))


def test_build_writes_the_stub_and_the_executed_solution(tiny, capsys):
    source = HEAD + "# %% [markdown]\n# Count.\n\n# %%\n# NBVAL_CHECK_OUTPUT\nprint(1 + 1)\n"
    tiny.exercise.write_text(source)
    assert build.main(["build", "05", "--root", str(tiny.root)]) == 1  # the exercises that the checks know are missing
    assert "build/solutions/05_tiny.ipynb" in capsys.readouterr().out
    solved = nbformat.read(tiny.root / "build/solutions/05_tiny.ipynb", as_version=4)
    assert solved.cells[-1].outputs[0].text == "2\n"
    assert not nbformat.read(stub_path(tiny.exercise, tiny.course), as_version=4).cells[-1].outputs
