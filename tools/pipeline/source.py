"""From a py:percent source to a notebook without outputs: cells, ids and metadata that depend on the text alone."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from pathlib import Path

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.pipeline.course import BuildError, Course, tags_of
from tools.pipeline.stamp import stamp_cells

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def cell_id(kind: str, source: str, taken: set[str]) -> str:
    """Return an id made of the cell's kind and text, so that inserting a cell changes no other cell's.

    Two equal cells get `-2`, `-3` and so on behind it. The id is added to `taken`.
    """
    digest = hashlib.sha256(f"{kind}\n{source}".encode()).hexdigest()[:12]
    name, count = digest, 1
    while name in taken:
        count += 1
        name = f"{digest}-{count}"
    taken.add(name)
    return name


def unchanged(text: str) -> str:
    """Return a cell's text as it stands."""
    return text


def notebook_from_source(
    path: Path,
    course: Course,
    name: str | None = None,
    code: Callable[[str], str] = unchanged,
    text: Callable[[str], str] = unchanged,
) -> nbformat.NotebookNode:
    """Return the notebook of the source `path`: stamped, without outputs, tags as the only cell metadata.

    name: the notebook's place below `notebooks/`, the source's own name if there is none.
    code, text: what happens to each code and text cell on the way; exercises lose their solutions here.

    Raises:
        BuildError: if a cell is neither code nor markdown.
    """
    cells, taken = [], set()
    for cell in jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells:
        if cell.cell_type not in ("code", "markdown"):
            raise BuildError(f"{path.name} has a {cell.cell_type} cell: use `# %%` or `# %% [markdown]`")
        metadata = {"tags": list(tags_of(cell))} if tags_of(cell) else {}
        new_cell, change = (new_code_cell, code) if cell.cell_type == "code" else (new_markdown_cell, text)
        source = change(cell.source)
        cells.append(new_cell(source, id=cell_id(cell.cell_type, source, taken), metadata=metadata))
    notebook = new_notebook(cells=cells, metadata=copy.deepcopy(METADATA), nbformat_minor=5)
    stamp_cells(notebook, course, name or path.stem)
    nbformat.validate(notebook)
    return notebook
