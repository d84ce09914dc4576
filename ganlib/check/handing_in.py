"""One file to hand in, made of what was run in this kernel and of what was kept before; in JupyterLab and in Colab.

The file is a notebook of its own, `hand_in_06_name.ipynb`: the kernel knows nothing of the notebook that is open in the
browser, but IPython remembers the cells that it ran, and `check_state.jsonl` those of an earlier kernel.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from ganlib.check import kept, kernel
from ganlib.check.catalogue import of_notebook
from ganlib.check.questions import of_notebook as questions_of

NO_ANSWER = "no answer cell was run yet in this kernel: run them ({}) and try again"
MOST_KEPT = 500  # cells beside the answers that an earlier kernel ran: the grader reads 2000 in all
NUMBERED = re.compile(r"# EXERCISE: (\d\d)-\d|\bcheck\.(?:state|quiz)\(\s*[\"'](\d\d)\b")


def answers_and_rest(history: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the last version of each answer cell by exercise id, and the other cells that were run, in their order.

    A cell as it was handed out never takes an answer's place. Of equal cells the last run counts; cells that only call
    a check are left out.
    """
    answers: dict[str, str] = {}
    rest: dict[str, None] = {}
    for source in history:
        name = kernel.exercise_of(source)
        if name and (name not in answers or not kernel.STUB.search(source)):
            answers[name] = source
        elif kernel.is_aside(source):
            rest.pop(source, None)
            rest[source] = None
    return answers, list(rest)


def as_notebook(answers: dict[str, str], rest: list[str], quizzes: dict[str, str], student: str) -> dict:
    """Return a notebook (nbformat 4.4) of the other cells, then of the answers by their ids, then of the quiz answers.

    quizzes: letters by question, in the metadata as well.
    """
    asked = [f'check.quiz("{name}", "{letters}")' for name, letters in quizzes.items()]
    sources = [*rest, *(answers[name] for name in sorted(answers)), *asked]
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"student": student, "answers": sorted(answers), "quizzes": quizzes}
    return {
        "cells": [cell | {"source": source} for source in sources],
        "metadata": {"kernelspec": kernelspec, "ganlib": about},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def hand_in(student: str = "", folder: str = ".", number: str | None = None) -> None:
    """Write the answers into one file, and say which; in Colab, download it.

    Those that were run in this kernel count; of the others, those that were kept from an earlier one.

    student: a name or number, which becomes part of the file's name.
    number: the notebook's, such as "06", where the kernel can't tell.

    Raises:
        RuntimeError: if this is no notebook.
        ValueError: if no name is given, or no answer is there yet, or if it is not clear of which notebook.
    """
    if kernel.shell() is None:
        raise RuntimeError("check.hand_in works in a notebook: call it in the last cell of an exercise notebook")
    if not student.strip():
        raise ValueError('whose is it? Write your name or number between the quotes: check.hand_in("...")')
    here, before = kernel.history(), kept.records()
    number = number or number_of(here, before)
    earlier = [one.source for one in before if one.id[:2] == number and one.source]
    kept_answers, kept_rest = answers_and_rest(earlier)
    answers, rest = answers_and_rest([*kept_rest[-MOST_KEPT:], *kept_answers.values(), *here])
    answers = {name: source for name, source in answers.items() if name[:2] == number}
    if not answers:
        raise ValueError(NO_ANSWER.format(kernel.run_all()))
    quizzes = quiz_answers(number)
    safe = re.sub(r"[^\w.-]+", "_", student.strip())
    path = Path(folder) / f"hand_in_{number}_{safe}.ipynb"
    content = as_notebook(answers, rest, quizzes, student.strip())
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    report(path, number, answers, quizzes, here)
    _download(path)


def number_of(here: list[str], before: list[kept.Record]) -> str:
    """Return the number of the notebook that this kernel runs; if it can't be seen, of the only one that is kept.

    Raises:
        ValueError: if neither says.
    """
    found = [mark[1] or mark[2] for cell in here for mark in NUMBERED.finditer(cell)]
    numbers = {one.id[:2] for one in before}
    if found or len(numbers) == 1:
        return found[-1] if found else numbers.pop()
    if not numbers:
        raise ValueError(NO_ANSWER.format(kernel.run_all()))
    known = ", ".join(sorted(numbers))
    raise ValueError(f'answers of several notebooks are kept here ({known}): say which, as in number="{min(numbers)}"')


def quiz_answers(number: str) -> dict[str, str]:
    """Return the last letters given to each question of a notebook, now or in an earlier kernel."""
    known = kept.latest() | {name: one for name, one in kept.NOW.items() if one.letters}
    return {name: known[name].letters for name in questions_of(number) if name in known and known[name].letters}


def report(path: Path, number: str, answers: dict[str, str], quizzes: dict[str, str], here: list[str]) -> None:
    """Say what the file holds, what of it is from an earlier kernel, and what is not in it."""
    print(f"wrote {path.name} with {', '.join([*sorted(answers), *quizzes])}")
    if earlier := [name for name, source in sorted(answers.items()) if source not in here]:
        print(f"as they were checked last time: {', '.join(earlier)}")
    missing = [one.id for one in of_notebook(number) if one.id not in answers]
    if missing:
        print(f"not in it, because the cell was not run: {', '.join(missing)}")
    if unasked := [name for name in questions_of(number) if name not in quizzes]:
        print(f"not in it, because the question has no answer: {', '.join(unasked)}")


def _download(path: Path) -> None:
    """In Colab, whose files vanish with the kernel, hand the file to the browser."""
    from ganlib import runtime

    if runtime.in_colab():
        from google.colab import files  # pyright: ignore[reportMissingImports]  only in Colab

        files.download(str(path))
