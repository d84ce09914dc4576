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
from tools.pipeline.course import BuildError, Course, Problem, first_line, write_notebook
from tools.pipeline.execute import execute
from tools.pipeline.source import notebook_from_source

MARK = re.compile(r"\A(?:# NBVAL_CHECK_OUTPUT\n)?# EXERCISE: (\d\d-\d+) \(keep this line\)$", re.MULTILINE)
SOLUTION = re.compile(r"^( *)# BEGIN SOLUTION\n(.*?)\n *# END SOLUTION$", re.MULTILINE | re.DOTALL)
LEFT_OVER = re.compile(r"^ *# (BEGIN|END) SOLUTION", re.MULTILINE)
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


def check_exercises(course: Course, numbers: list[str] | None = None) -> list[Problem]:
    """Return what is wrong with the exercise notebooks; `numbers` as for the lectures."""
    problems = []
    sources = {path.stem: path for path in exercise_sources(course)}
    stubs = {path.stem: path for path in sorted((course.notebooks / "exercises").glob("*.ipynb"))}
    for name in sorted(sources.keys() | stubs.keys()):
        if numbers and not name.startswith(tuple(numbers)):
            continue
        file = f"notebooks/exercises/{name}.ipynb"
        if name not in stubs:
            problems.append(Problem(file, None, f"is missing: make build NB={name[:2]}"))
        elif name not in sources:
            problems.append(
                Problem(file, None, f"has no source: write notebooks/source/exercises/{name}.py or delete it")
            )
        else:
            problems += [Problem(file, *found) for found in check_one(stubs[name], sources[name], course)]
    return problems


def check_one(path: Path, source: Path, course: Course) -> rules.Found:
    """Yield what is wrong with one exercise notebook, as (cell or None, message)."""
    from tools.pipeline.check import differences

    stub = nbformat.read(path, as_version=4)
    solved = None
    try:
        yield from differences(stub, stub_notebook(source, course), source)
        solved = solved_notebook(source, course)
    except BuildError as error:
        yield None, str(error)
    yield from rules.rule_first_cell(stub)
    yield from rules.rule_setup_cell(stub)
    yield from rules.rule_short_cells(stub)
    yield from rules.rule_machine_paths(stub, str(course.root))
    yield from rules.rule_claim_tags(stub, course.claims())
    yield from rules.rule_claims_in_exercises(stub, course.claims(), path.stem[:2])
    yield from rule_no_outputs(stub)
    yield from rule_exercises(stub, path.stem[:2])
    yield from rule_questions(stub, path.stem[:2])
    if solved is not None:
        yield from rule_no_solution(stub, source.read_text(encoding="utf-8"))


def rule_no_outputs(stub: nbformat.NotebookNode) -> rules.Found:
    """A stub was never executed; the 0 of its checked cells is what makes nbval look at them."""
    for number, cell in rules.numbered(stub, "code"):
        if cell.outputs or cell.execution_count != (0 if rules.CHECKED.search(cell.source) else None):
            yield number, "was executed: a stub holds no outputs and only its checked cells a 0, build it again"


def rule_exercises(stub: nbformat.NotebookNode, number: str) -> rules.Found:
    """Each exercise that the checks know is there once, with its check cell and with a cell that goes on after it."""
    from ganlib.check.catalogue import of_notebook

    names = {one.id: one.name for one in of_notebook(number)}
    found = answers_in(stub)
    for missing in sorted(set(names) - set(found.values())):
        yield None, f"has no answer cell for {missing}, which ganlib/check/answers/nb{number}.py defines"
    for place, name in found.items():
        if name not in names:
            yield place + 1, f"{name} is no exercise of ganlib/check/answers/nb{number}.py"
            continue
        if list(found.values()).count(name) > 1:
            yield place + 1, f"{name} has more than one answer cell"
        yield from follow_up(stub, place, names[name], set(found))


def follow_up(stub: nbformat.NotebookNode, place: int, name: str, answers: set[int]) -> rules.Found:
    """An answer cell that is a stub is followed by its check cell and by a cell that goes on with the library's own."""
    if "raise NotImplementedError" not in stub.cells[place].source:
        yield place + 1, "has no stub: put the solution between # BEGIN SOLUTION and # END SOLUTION"
    check = stub.cells[place + 1] if place + 1 < len(stub.cells) else None
    if check is None or not re.search(rf"^check\.{name}\({name}\)$", check.source, re.MULTILINE):
        yield place + 2, f"must be the check cell of the cell before it: check.{name}({name})"
    elif not rules.CHECKED.search(check.source):
        yield place + 2, "is a check cell without the line # NBVAL_CHECK_OUTPUT"
    after = stub.cells[place + 2] if place + 2 < len(stub.cells) else None
    if after is None or place + 2 in answers or rules.CHECKED.search(after.source):
        yield place + 3, f"must go on after {name} with ganlib's own, so that nobody is stuck"


def rule_questions(stub: nbformat.NotebookNode, number: str) -> rules.Found:
    """Each question of this notebook is there: its text, and a checked call without an answer."""
    from ganlib.check.questions import QUESTIONS, as_markdown

    text = "\n".join(cell.source for _, cell in rules.numbered(stub, "markdown"))
    code = "\n".join(cell.source for _, cell in rules.numbered(stub, "code") if rules.CHECKED.search(cell.source))
    calls = QUIZ_CALL.findall(code)
    for name in QUESTIONS:
        if name[:2] == number and (as_markdown(name) not in text or (name, "") not in calls):
            call = f'check.quiz("{name}", "letters")'
            yield None, f"has no question {name}: a text cell {{{{quiz {name}}}}}, and a checked cell {call}"


def rule_no_solution(stub: nbformat.NotebookNode, source: str) -> rules.Found:
    """No solution's text is left in the stub."""
    for number, cell in enumerate(stub.cells, 1):
        if LEFT_OVER.search(cell.source):
            yield (
                number,
                f"`{first_line(cell)}` still shows # BEGIN SOLUTION or # END SOLUTION: they must come in pairs",
            )
        squeezed = "".join(cell.source.split())
        for solution in SOLUTION.finditer(source):
            words = "".join(solution[2].split())
            if len(words) > 12 and words in squeezed:
                yield number, f"`{first_line(cell)}` holds a solution: {solution[2].strip().splitlines()[0]}"


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
