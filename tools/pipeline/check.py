"""Do the notebooks agree with their sources, and with the course's rules? Every problem says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat

from tools.pipeline import rules
from tools.pipeline.check_exercises import check_exercises
from tools.pipeline.compare import differences, walk
from tools.pipeline.course import BuildError, Course, Problem
from tools.pipeline.source import notebook_from_source
from tools.pipeline.stamp import TEXTS


def check_course(course: Course, numbers: list[str] | None = None) -> list[Problem]:
    """Return all problems of the course's notebooks; `numbers` such as `["06"]` looks at those notebooks only."""
    lectures = walk(
        "",
        course.notebook_files(),
        course.source_files(),
        numbers,
        lambda path, source: check_notebook(path, source, course),
    )
    return [*lectures, *check_exercises(course, numbers), *([] if numbers else check_stamps(course))]


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


def check_stamps(course: Course) -> Iterator[Problem]:
    """Yield the texts that repeat another address or version, and the changelog that says nothing of this one."""
    again = f"carries another address or tag than {course.repository} {course.tag}: make stamp"
    for name, stamped in TEXTS.items():
        text = (course.root / name).read_text(encoding="utf-8")
        try:
            if stamped(text, course) != text:
                yield Problem(name, None, again)
        except ValueError as error:
            yield Problem(name, None, str(error))
    if f"\n## [{course.version}]" not in (course.root / "CHANGELOG.md").read_text(encoding="utf-8"):
        yield Problem("CHANGELOG.md", None, f"has no heading ## [{course.version}]: say there what is new")
