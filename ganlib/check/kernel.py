"""What the notebook's kernel knows: the cells that it ran, where it began, and whether its page shows colours.

The kernel never sees the notebook that is open in the browser, but IPython remembers every cell that was run.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tokenize
from pathlib import Path
from typing import Any

# `# EXERCISE: 06-2 (keep this line)`, also as students leave it: `## exercise 6-2`. Without a colon nothing may
# follow.
MARK = re.compile(
    r"^[ \t]*#+[ \t]*EXERCISE[ \t]*(?:[:\uff1a][ \t]*(\d{1,2})[ \t]*[-\u2010-\u2013][ \t]*(\d{1,2})\b"
    r"|[ \t](\d{1,2})[-\u2010-\u2013](\d{1,2})[ \t]*(?:\(.*)?$)",
    re.MULTILINE | re.IGNORECASE,
)
STUB = re.compile(r"# YOUR CODE HERE\s+raise NotImplementedError")
OWN_CALL = re.compile(r"^\s*check\.\w+\(", re.MULTILINE)


def shell() -> Any | None:
    """Return IPython's shell, or None in plain Python."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def history() -> list[str]:
    """Return the source of every cell that this kernel ran, as it was written; nothing in plain Python."""
    found = shell()
    return list(found.history_manager.input_hist_raw) if found is not None else []


def folder() -> Path:
    """Return the folder where the kernel began, which is the notebook's, whatever a cell has changed to since."""
    visited = getattr(shell(), "user_ns", {}).get("_dh") or [Path.cwd()]
    return Path(visited[0])


def shows_colours() -> bool:
    """Say whether what is printed goes to a notebook's page; a terminal and a file get plain text, as does NO_COLOR."""
    return getattr(shell(), "kernel", None) is not None and "NO_COLOR" not in os.environ


def run_all() -> str:
    """Name the menu entry that runs all cells."""
    from ganlib import runtime

    return "Runtime > Run all" if runtime.in_colab() else "Run > Run All Cells"


def exercises_of(cell: str) -> list[str]:
    """Return the ids of the exercises that a cell's marker lines name, as "06-2"; a line inside a text is none."""
    marks = list(MARK.finditer(cell))
    if marks and ('"""' in cell or "'''" in cell):
        inside = lines_of_texts(cell)
        marks = [mark for mark in marks if cell.count("\n", 0, mark.start()) + 1 not in inside]
    return [f"{int(mark[1] or mark[3]):02}-{int(mark[2] or mark[4])}" for mark in marks]


def lines_of_texts(cell: str) -> set[int]:
    """Return the numbers of the lines that lie in a text of several lines; none where a cell is not plain Python."""
    inside: set[int] = set()
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(cell).readline):
            if token.type == tokenize.STRING:
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
    return inside


def exercise_of(cell: str) -> str | None:
    """Return the id of the exercise whose answer a cell holds, by its first marker line."""
    return next(iter(exercises_of(cell)), None)


def is_aside(cell: str) -> bool:
    """Say whether a cell is neither an answer nor a call of a check, nor empty: an import or a helper, say."""
    return bool(cell.strip()) and not exercises_of(cell) and not OWN_CALL.search(cell)


def last_answer(exercise_id: str, cells: list[str]) -> str:
    """Return the last version of an exercise's answer cell, "" if there is none."""
    return next((cell for cell in reversed(cells) if exercise_of(cell) == exercise_id), "")


def overtaken(exercise_id: str, name: str, answer: Any, cells: list[str]) -> bool:
    """Say whether a later cell gave the exercise's name to something else than what the answer cell defines.

    The notebooks do so themselves: after each exercise they go on with the library's own.
    """
    if not last_answer(exercise_id, cells) or getattr(shell(), "user_ns", {}).get(name) is not answer:
        return False
    binds = re.compile(rf"^(?:def\s+{name}\b|{name}\s*=(?!=)|from\b.*\bimport\b.*\b{name}\b)", re.MULTILINE)
    for cell in reversed(cells):
        if exercise_of(cell) == exercise_id:
            return False
        if binds.search(cell):
            return True
    return False
