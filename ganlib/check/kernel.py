"""What the notebook's kernel knows: the cells that it ran, where it began, and whether its page shows colours.

The kernel never sees the notebook that is open in the browser, but IPython remembers every cell that was run.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

MARK = re.compile(r"^\s*# EXERCISE: (\d\d-\d+) \(keep this line\)\s*$", re.MULTILINE)
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


def exercise_of(cell: str) -> str | None:
    """Return the id of the exercise whose answer a cell holds, by its marker line."""
    mark = MARK.search(cell)
    return mark[1] if mark else None


def is_aside(cell: str) -> bool:
    """Say whether a cell is neither an answer nor a call of a check, nor empty: an import or a helper, say."""
    return bool(cell.strip()) and not MARK.search(cell) and not OWN_CALL.search(cell)


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
