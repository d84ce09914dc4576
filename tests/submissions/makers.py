"""A submission: its files, and what each exercise in it must come to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RIGHT = {
    "06-1": "def best_D(p, q):\n    return p / (p + q)",
    "06-2": "from torch.nn.functional import softplus\n"
    "def loss_D(logits_real, logits_fake):\n"
    "    return softplus(-logits_real).mean() + softplus(logits_fake).mean()",
    "06-3": "from torch.nn.functional import softplus\n"
    "def loss_G(logits_fake):\n    return softplus(-logits_fake).mean()",
}
STUBS = {
    "06-1": "def best_D(p, q):\n    # YOUR CODE HERE\n    raise NotImplementedError",
    "06-2": "def loss_D(logits_real, logits_fake):\n    # YOUR CODE HERE\n    raise NotImplementedError",
    "06-3": "def loss_G(logits_fake):\n    # YOUR CODE HERE\n    raise NotImplementedError",
}
NAMES = {"06-1": "best_D", "06-2": "loss_D", "06-3": "loss_G"}
IMPORTS = "import torch\nfrom ganlib import check, losses\nfrom torch import nn"


@dataclass(frozen=True)
class Submission:
    """due: exercise -> outcome, or the outcomes of which one must come.  write: puts the files into a folder.

    data: the file, where there is just one.  hint, note: words that the first exercise's hint and notes must hold.
    """

    name: str
    due: dict[str, str | tuple[str, ...]]
    data: bytes = b""
    file: str = ""
    hint: str = ""
    note: str = ""
    put: Callable[[Path], None] | None = None

    def write(self, folder: Path) -> None:
        if self.put is not None:
            return self.put(folder)
        path = folder / (self.file or f"{self.name}.ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.data)


def marked(exercise: str, source: str) -> str:
    return f"# EXERCISE: {exercise} (keep this line)\n{source}"


def code(source: str, printed: str = "") -> dict:
    outputs = [{"output_type": "stream", "name": "stdout", "text": [printed]}] if printed else []
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": outputs, "source": source}


def text(source: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": [source]}


def notebook(*cells: dict | str, **more: Any) -> bytes:
    """Return a notebook's file; a text stands for a code cell."""
    content = {
        "cells": [code(cell) if isinstance(cell, str) else cell for cell in cells],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content | more).encode()


def lesson(answers: dict[str, str], before: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> bytes:
    """Return a notebook as the course's are: imports, then answer, check and the library's own version in turns."""
    cells: list[dict | str] = [text("# Exercises"), IMPORTS, *before]
    for exercise, source in answers.items():
        name = NAMES[exercise]
        cells += [text("Write it."), marked(exercise, source), f"check.{name}({name})"]
        if name != "best_D":
            library = {"loss_D": "cross_entropy_D", "loss_G": "non_saturating_G"}[name]
            cells.append(f"{name} = losses.{library}")
    return notebook(*cells, *after)


def one(name: str, source: str, due: str | tuple[str, ...], **more: Any) -> Submission:
    """Return a submission with an answer to 06-2 and nothing else."""
    return Submission(name, {"06-2": due}, lesson({"06-2": source}), **more)
