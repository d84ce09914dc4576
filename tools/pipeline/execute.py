"""Run a notebook's cells and bring its outputs into a form that a rebuild repeats and a page without a kernel shows."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from tools.pipeline.course import BuildError, first_line

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TOOK = re.compile(r"(: [\d,]+ \w+) in (?:\d+ min )?[\d.]+ s$")  # what `ganlib.train.progress` leaves


def execute(notebook: nbformat.NotebookNode, folder: Path, timeout: int = 600) -> None:
    """Run every cell in a fresh kernel with `folder` as the working folder; outputs are stored in `notebook`.

    `timeout` is in seconds, for each cell.

    Raises:
        BuildError: if a cell raises, writes to stderr, takes too long or kills its kernel.
    """
    started: list[int] = []
    client = NotebookClient(
        notebook,
        on_cell_execute=lambda cell, cell_index: started.append(cell_index),
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise BuildError(blame(notebook, started[-1] if started else 0, str(error))) from error
    for number, cell in enumerate(notebook.cells, 1):
        if text := stderr_of(cell):
            raise BuildError(f"cell {number} `{first_line(cell)}` wrote to stderr, which readers would see:\n{text}")
    normalise(notebook)


def blame(notebook: nbformat.NotebookNode, index: int, message: str) -> str:
    """Say that the cell at `index` failed, with its traceback in plain text, or with `message` if it left none."""
    cell = notebook.cells[index]
    errors = [out for out in cell.get("outputs", []) if out.output_type == "error"]
    detail = ANSI.sub("", "\n".join(errors[0].traceback) if errors else message)
    return f"cell {index + 1} `{first_line(cell)}` failed:\n{detail}"


def stderr_of(cell: nbformat.NotebookNode) -> str:
    """Return what a cell wrote to stderr."""
    return "".join(out.text for out in cell.get("outputs", []) if out.get("name") == "stderr")


def normalise(notebook: nbformat.NotebookNode) -> None:
    """Drop from an executed notebook, in place, what differs from run to run or says nothing without a kernel."""
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = normal_outputs(cell.outputs)


def normal_outputs(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return outputs with neighbouring streams joined, and widgets replaced by the picture that they carry, if any."""
    kept: list[nbformat.NotebookNode] = []
    for out in outputs:
        if out.output_type == "stream" and kept and kept[-1].get("name") == out.name:
            kept[-1].text += out.text
        elif out.output_type == "stream" or without_widget(out):
            kept.append(out)
    for out in kept:
        if out.output_type == "stream":
            out.text = "\n".join(as_left(line) for line in out.text.split("\n"))
        elif list(out.get("data", {})) == ["text/plain"]:
            out.data["text/plain"] = TOOK.sub(r"\1", out.data["text/plain"])
    return kept


def as_left(line: str) -> str:
    """Return what stays of a printed line after its carriage returns; of a finished loop not how long it took."""
    *overwritten, last = line.rstrip("\r").split("\r")
    return TOOK.sub(r"\1", last.rstrip()) if overwritten else last


def without_widget(out: nbformat.NotebookNode) -> bool:
    """Take a live widget's view out of an output, in place; say whether anything worth keeping is left."""
    data = out.get("data", {})
    if WIDGET_VIEW not in data:
        return True
    del data[WIDGET_VIEW]
    data.pop("text/plain", None)
    return bool(data)
