"""The rooms of ganlib/ and what each imports, as the files say it and as docs/architecture.md does."""

from __future__ import annotations

import ast
import functools
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ganlib"
PAGE = ROOT / "docs" / "architecture.md"


@functools.cache
def rooms() -> dict[str, list[Path]]:
    """Return each module and folder of ganlib/ by its name, with its files."""
    found = {path.name: sorted(path.rglob("*.py")) if path.is_dir() else [path] for path in PACKAGE.iterdir()}
    return {name.removesuffix(".py"): files for name, files in found.items() if any(map(is_python, files))}


def is_python(path: Path) -> bool:
    return path.suffix == ".py" and path.is_file()


@functools.cache
def imported(path: Path) -> set[str]:
    """Return every module that a file imports, also inside its functions; of `from a import b` a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def uses(path: Path, module: str) -> bool:
    """Say whether a file imports a module or something below it."""
    return any(name == module or name.startswith(module + ".") for name in imported(path))


def of_ganlib(room: str) -> set[str]:
    """Return the other rooms that a room imports; the package's own few lines, its version, are open to all."""
    names = {name.split(".")[1] for path in rooms()[room] for name in imported(path) if name.startswith("ganlib.")}
    return names & set(rooms()) - {room}


def libraries(room: str) -> set[str]:
    """Return what a room imports that is neither Python's nor ganlib's nor a file of its own."""
    files = rooms()[room]
    names = {name.split(".")[0] for path in files for name in imported(path)}
    return names - sys.stdlib_module_names - {"ganlib"} - {path.stem for path in files}


def table() -> dict[str, dict[str, set[str]]]:
    """Return the page's table: room -> {"imports", "libraries", "never"} -> names."""
    rows = re.findall(r"^\| `(\w+)` \| .*? \| (.*?) \| (.*?) \| (.*?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    kinds = ("imports", "libraries", "never")
    return {room: {kind: set(re.findall(r"[\w.]+", cell)) for kind, cell in zip(kinds, cells)} for room, *cells in rows}


def floors() -> list[set[str]]:
    """Return the rooms on each floor of the page's picture, the lowest first."""
    picture = re.search(r"<!-- house -->\n```\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    return [set(re.findall(r"\w+", line.partition("│")[2])) for line in reversed(picture.splitlines()) if "│" in line]
