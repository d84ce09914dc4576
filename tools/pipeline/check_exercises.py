"""Do the exercise notebooks agree with their sources, with the checks, and with the course's rules?"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from tools.pipeline import rules
from tools.pipeline.compare import differences, walk
from tools.pipeline.course import BuildError, Course, Problem, first_line
from tools.pipeline.exercises import (
    QUIZ_CALL,
    SOLUTION,
    answers_in,
    exercise_sources,
    solved_notebook,
    stub_notebook,
)

LEFT_OVER = re.compile(r"^ *# (BEGIN|END) SOLUTION", re.MULTILINE)


def check_exercises(course: Course, numbers: list[str] | None = None) -> list[Problem]:
    """Return what is wrong with the exercise notebooks; `numbers` as for the lectures."""
    stubs = sorted((course.notebooks / "exercises").glob("*.ipynb"))
    return list(
        walk(
            "exercises/", stubs, exercise_sources(course), numbers, lambda path, source: check_one(path, source, course)
        )
    )


def check_one(path: Path, source: Path, course: Course) -> rules.Found:
    """Yield what is wrong with one exercise notebook, as (cell or None, message)."""
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
