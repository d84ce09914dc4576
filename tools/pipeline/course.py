"""Where the course's files lie, which address and version it has, and how a problem in it is reported."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat


class BuildError(Exception):
    """A notebook could not be made, or the course not be read; the message says what to do."""


@dataclass(frozen=True)
class Course:
    """A checkout: its folder, and the address and tag that its badges and set-up cells name: `v1.0` for 1.0."""

    root: Path
    repository: str
    tag: str

    @classmethod
    def load(cls, root: Path, repository: str | None = None, tag: str | None = None) -> Course:
        """Read the address from pyproject.toml and the version from ganlib/__init__.py in `root`, unless given.

        Raises:
            BuildError: if ganlib/__init__.py has no version.
        """
        table = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["course"]
        repository = (repository or table["repository"]).rstrip("/")
        return cls(root.resolve(), repository, tag or f"v{version_of(root)}")

    @property
    def version(self) -> str:
        """Return the version whose tag this is, without the v."""
        return self.tag.removeprefix("v")

    @property
    def notebooks(self) -> Path:
        """Return the folder of the built lectures."""
        return self.root / "notebooks"

    @property
    def sources(self) -> Path:
        """Return the folder of their sources."""
        return self.notebooks / "source"

    def source_files(self) -> list[Path]:
        """Return the lectures' sources, in the course's order."""
        return sorted(self.sources.glob("[0-9][0-9]_*.py"))

    def notebook_files(self) -> list[Path]:
        """Return the built lectures, in the course's order."""
        return sorted(self.notebooks.glob("*.ipynb"))

    def notebook_of(self, source: Path) -> Path:
        """Return where the notebook of `source` lies."""
        return self.notebooks / f"{source.stem}.ipynb"

    def claims(self) -> dict[str, dict]:
        """Return the table of claims, by id."""
        return tomllib.loads((self.root / "data" / "claims.toml").read_text())


def version_of(root: Path) -> str:
    """Return `__version__` of the checkout in `root`, read and not imported: its one place, hatch reads it, too.

    Raises:
        BuildError: if there is none.
    """
    found = re.search(r'(?m)^__version__ = "(.+)"$', (root / "ganlib" / "__init__.py").read_text(encoding="utf-8"))
    if not found:
        raise BuildError('ganlib/__init__.py has no line such as __version__ = "1.0": write the version there')
    return found[1]


@dataclass(frozen=True)
class Problem:
    """Something to put right: in which file, in which cell (1 is the first, None is the whole file), and how."""

    file: str
    cell: int | None
    message: str

    def __str__(self) -> str:
        where = self.file if self.cell is None else f"{self.file}, cell {self.cell}"
        return f"{where}: {self.message}"


def tags_of(cell: nbformat.NotebookNode) -> list[str]:
    """Return a cell's tags."""
    return cell.metadata.get("tags", [])


def first_line(cell: nbformat.NotebookNode) -> str:
    """Return the first line of a cell that says something, shortened, to name the cell by."""
    lines = (line for line in cell.source.splitlines() if line.strip() not in ("", "# NBVAL_CHECK_OUTPUT"))
    line = next(lines, "")
    return line if len(line) <= 60 else line[:57] + "..."


def write_notebook(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook beside `path` and rename it there, so that no half-written one is ever seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
