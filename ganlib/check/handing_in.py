"""One file to hand in, written from what was run in this notebook's kernel; the same in JupyterLab and in Colab.

The file is a notebook of its own, `hand_in_06_name.ipynb`, made of IPython's history: the kernel knows nothing of the
notebook that is open in the browser, but it does remember every cell that it ran.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from ganlib.check.catalogue import of_notebook

MARK = re.compile(r"^\s*# EXERCISE: (\d\d-\d+) \(keep this line\)\s*$", re.MULTILINE)
OWN_CALL = re.compile(r"^\s*check\.\w+\(", re.MULTILINE)


def answers_and_rest(history: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the last version of each answer cell by exercise id, and the other cells that were run, in their order.

    Of equal cells the last run counts; cells that only call a check are left out.
    """
    answers: dict[str, str] = {}
    rest: dict[str, None] = {}
    for source in history:
        mark = MARK.search(source)
        if mark:
            answers[mark[1]] = source
        elif source.strip() and not OWN_CALL.search(source):
            rest.pop(source, None)
            rest[source] = None
    return answers, list(rest)


def as_notebook(answers: dict[str, str], rest: list[str], student: str) -> dict:
    """Return a notebook (nbformat 4.4) of the other cells, then of the answers by their ids."""
    sources = [*rest, *(answers[name] for name in sorted(answers))]
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [cell | {"source": source} for source in sources],
        "metadata": {"kernelspec": kernel, "ganlib": {"student": student, "answers": sorted(answers)}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def history_of_kernel() -> list[str]:
    """Return the source of every cell that this kernel ran, as it was written.

    Raises:
        RuntimeError: if this is no notebook.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        raise RuntimeError("check.hand_in works in a notebook: call it in the last cell of an exercise notebook")
    return list(shell.history_manager.input_hist_raw)


def hand_in(student: str = "", folder: str = ".") -> None:
    """Write the answers that were run in this kernel into one file, and say which; in Colab, download it.

    student: a name or number, which becomes part of the file's name.

    Raises:
        RuntimeError: if this is no notebook.
        ValueError: if no name is given, or no answer cell was run yet.
    """
    if not student.strip():
        raise ValueError('whose is it? Write your name or number between the quotes: check.hand_in("...")')
    answers, rest = answers_and_rest(history_of_kernel())
    if not answers:
        raise ValueError("no answer cell was run yet in this kernel: run them (Run > Run All Cells) and try again")
    number = max(answers)[:2]
    safe = re.sub(r"[^\w.-]+", "_", student.strip())
    path = Path(folder) / f"hand_in_{number}_{safe}.ipynb"
    path.write_text(json.dumps(as_notebook(answers, rest, student.strip()), indent=1) + "\n", encoding="utf-8")
    missing = [one.id for one in of_notebook(number) if one.id not in answers]
    print(f"wrote {path.name} with {', '.join(sorted(answers))}")
    if missing:
        print(f"not in it, because the cell was not run in this kernel: {', '.join(missing)}")
    _download(path)


def _download(path: Path) -> None:
    """In Colab, whose files vanish with the kernel, hand the file to the browser."""
    from ganlib import runtime

    if runtime.in_colab():
        from google.colab import files

        files.download(str(path))
