"""How a notebook differs from what its source would give, and one walk over both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat

from tools.pipeline import rules
from tools.pipeline.course import Problem, first_line, tags_of
from tools.pipeline.source import METADATA

CheckOne = Callable[[Path, Path], rules.Found]  # (notebook, source) -> what is wrong


def walk(
    folder: str, notebooks: list[Path], sources: list[Path], numbers: list[str] | None, check_one: CheckOne
) -> Iterator[Problem]:
    """Yield the problems of the notebooks of a folder, and those that lack a source or a notebook.

    numbers: such as `["06"]`, for those notebooks only.
    """
    named_sources, named = ({path.stem: path for path in paths} for paths in (sources, notebooks))
    for name in sorted(named_sources.keys() | named.keys()):
        if numbers and not name.startswith(tuple(numbers)):
            continue
        file = f"notebooks/{folder}{name}.ipynb"
        if name not in named:
            yield Problem(file, None, f"is missing: make build NB={name[:2]}")
        elif name not in named_sources:
            yield Problem(file, None, f"has no source: write notebooks/source/{folder}{name}.py or delete it")
        else:
            for found in check_one(named[name], named_sources[name]):
                yield Problem(file, *found)


def differences(found: nbformat.NotebookNode, wanted: nbformat.NotebookNode, source: Path) -> rules.Found:
    """Yield the cells in which a notebook differs from what its source would give, and its metadata if wrong.

    After a cell that stands where the source has another one, nothing more can be compared.
    """
    again = f"make build NB={source.stem[:2]}"
    for number, (cell, model) in enumerate(zip(found.cells, wanted.cells), 1):
        if difference := cell_difference(cell, model):
            yield number, f"{difference}: change {source.name}, not the notebook, then {again}"
            if cell.get("id") != model.id:
                return
    if len(found.cells) != len(wanted.cells):
        yield None, f"has {len(found.cells)} cells where {source.name} has {len(wanted.cells)}: {again}"
    if found.metadata != METADATA or found.nbformat_minor != 5:
        yield None, f"its metadata is not what the build writes: {again}"


def cell_difference(cell: nbformat.NotebookNode, model: nbformat.NotebookNode) -> str | None:
    """Say how a cell differs from the one that its source would give, None if it does not."""
    if cell.cell_type != model.cell_type:
        return f"`{first_line(cell)}` is a {cell.cell_type} cell where the source has a {model.cell_type} cell"
    if cell.source != model.source:
        if cell.get("id") == model.id:
            return f"`{first_line(cell)}` was edited, or carries another address or tag (then: make stamp)"
        return f"`{first_line(cell)}` stands where the source has `{first_line(model)}`"
    if tags_of(cell) != tags_of(model):
        return f"has the tags {tags_of(cell)} where the source has {tags_of(model)}"
    if cell.get("id") != model.id:
        return f"has the id {cell.get('id')} where the build gives {model.id}"
    if cell.metadata != model.metadata:
        return f"has metadata that the build does not write: {sorted(set(cell.metadata) - set(model.metadata))}"
    return None
