"""Do the notebooks agree with their sources, and with the course's rules? Every problem says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat

from tools.pipeline import rules
from tools.pipeline.course import BuildError, Course, Problem, first_line, tags_of
from tools.pipeline.exercises import check_exercises
from tools.pipeline.source import METADATA, notebook_from_source
from tools.pipeline.stamp import TEXTS


def check_course(course: Course, numbers: list[str] | None = None) -> list[Problem]:
    """Return all problems of the course's notebooks; `numbers` such as `["06"]` looks at those notebooks only."""
    problems = []
    sources = {path.stem: path for path in course.source_files()}
    notebooks = {path.stem: path for path in course.notebook_files()}
    for name in sorted(sources.keys() | notebooks.keys()):
        if numbers and not name.startswith(tuple(numbers)):
            continue
        file = f"notebooks/{name}.ipynb"
        if name not in notebooks:
            problems.append(Problem(file, None, f"is missing: make build NB={name[:2]}"))
        elif name not in sources:
            problems.append(Problem(file, None, f"has no source: write notebooks/source/{name}.py or delete it"))
        else:
            problems += [Problem(file, *found) for found in check_notebook(notebooks[name], sources[name], course)]
    return problems + check_exercises(course, numbers) + ([] if numbers else list(check_stamps(course)))


def check_notebook(path: Path, source: Path, course: Course) -> rules.Found:
    """Yield what is wrong with one notebook, as (cell or None, message)."""
    notebook = nbformat.read(path, as_version=4)
    claims = course.claims()
    try:
        yield from differences(notebook, notebook_from_source(source, course), source)
    except BuildError as error:
        yield None, str(error)
    yield from rules.rule_first_cell(notebook)
    yield from rules.rule_setup_cell(notebook)
    yield from rules.rule_short_cells(notebook)
    yield from rules.rule_more_text(notebook)
    yield from rules.rule_outputs(notebook)
    yield from rules.rule_figures(notebook)
    yield from rules.rule_machine_paths(notebook, str(course.root))
    yield from rules.rule_file_size(path)
    yield from rules.rule_claim_tags(notebook, claims)
    yield from rules.rule_claims_shown(notebook, claims, path.stem[:2])


def differences(found: nbformat.NotebookNode, wanted: nbformat.NotebookNode, source: Path) -> rules.Found:
    """Yield the first cell in which a notebook differs from what its source would give, and its metadata if wrong."""
    again = f"make build NB={source.stem[:2]}"
    for number, (cell, model) in enumerate(zip(found.cells, wanted.cells), 1):
        if difference := cell_difference(cell, model):
            yield number, f"{difference}: change {source.name}, not the notebook, then {again}"
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


def check_stamps(course: Course) -> Iterator[Problem]:
    """Yield the texts whose badges or addresses differ from pyproject.toml's."""
    for name, stamped in TEXTS.items():
        text = (course.root / name).read_text(encoding="utf-8")
        try:
            if stamped(text, course) != text:
                yield Problem(name, None, "carries another address or tag than pyproject.toml: make stamp")
        except ValueError as error:
            yield Problem(name, None, str(error))
