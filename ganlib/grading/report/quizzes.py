"""The quiz answers that were handed in, marked like exercises."""

from __future__ import annotations

from collections.abc import Iterable

from ganlib.check import questions
from ganlib.grading.grade import OUTCOMES, Mark


def marks(tasks: Iterable) -> list[Mark]:
    """Return a mark a student and question of the notebooks that are due: of several files the better one counts."""
    from ganlib.check.catalogue import exercises

    best: dict[tuple[str, str], Mark] = {}
    for task in tasks:
        numbers = sorted({exercises()[name].id[:2] for name in task.due})
        for name in (name for number in numbers for name in questions.of_notebook(number)):
            mark = marked(task, name)
            other = best.get((mark.student, name), mark)
            best[mark.student, name] = min(other, mark, key=lambda one: OUTCOMES.index(one.outcome))
    return list(best.values())


def marked(task, name: str) -> Mark:
    """Return the mark of one question in one file. A pass is exactly the letters of all that is true."""
    about = {"student": task.handed.student, "exercise": name, "name": questions.short_question(name),
             "file": task.handed.file}  # fmt: skip
    if task.problem:
        return Mark(**about, outcome="rejected", hint=task.problem)
    given = str(getattr(task, "quizzes", {}).get(name, ""))
    chosen = "".join(sorted({letter for letter in given.lower() if letter.isalnum()}))
    if not chosen:
        return Mark(**about, outcome="not done", hint="There is no answer to this question.")
    options = questions.options_of(name)
    true = "".join(letter for letter, option in options.items() if option["right"])
    if chosen == true:
        return Mark(**about, outcome="pass")
    if unknown := [letter for letter in chosen if letter not in options]:
        return Mark(**about, outcome="fail", hint=f"There is no option {', '.join(unknown)[:40]}.")
    wrong = [f"{letter} is false: {options[letter]['because']}" for letter in chosen if letter not in true]
    return Mark(**about, outcome="fail", hint=" ".join([questions.what_is_wrong(chosen, true), *wrong]))
