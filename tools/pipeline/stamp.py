"""The set-up cell, the badges and the citation: the places that repeat the course's address, version and tag."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import nbformat

from tools.pipeline.course import Course, tags_of, write_notebook

SETUP = """\
try:
    import ganlib
except ModuleNotFoundError:
    %pip install --quiet "git+{repository}@{tag}"

from ganlib import runtime

device = runtime.setup(seed=0)"""

PLACEHOLDER = "{{badges}}"
BADGE_LINE = re.compile(r"^(\[Open in Colab\]\(.*|\{\{badges\}\})$", re.MULTILINE)
GITHUB = "https://github.com/"
COLAB_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
BINDER_IMAGE = "https://mybinder.org/badge_logo.svg"


def colab_link(course: Course, name: str) -> str:
    """Return the address that opens the notebook `name` in Colab, which only knows GitHub's repositories."""
    if not course.repository.startswith(GITHUB):
        return "https://colab.research.google.com/"
    path = course.repository.removeprefix(GITHUB)
    return f"https://colab.research.google.com/github/{path}/blob/{course.tag}/notebooks/{name}.ipynb"


def binder_link(course: Course, name: str) -> str:
    """Return the address that opens the notebook `name` in Binder."""
    if course.repository.startswith(GITHUB):
        place = "gh/" + course.repository.removeprefix(GITHUB)
    else:
        place = "git/" + quote(course.repository, safe="")
    return f"https://mybinder.org/v2/{place}/{course.tag}?urlpath=lab/tree/notebooks/{name}.ipynb"


def stamp_cells(notebook: nbformat.NotebookNode, course: Course, name: str) -> None:
    """Write address and tag into the set-up cell and into the badges' line of the first text cell, in place."""
    setup = SETUP.format(repository=course.repository, tag=course.tag)
    for cell in notebook.cells:
        if "setup" in tags_of(cell):
            cell.source = setup
    first = next((cell for cell in notebook.cells if cell.cell_type == "markdown"), None)
    if first is not None:
        badges = f"[Open in Colab]({colab_link(course, name)}) · [Open in Binder]({binder_link(course, name)})"
        first.source = BADGE_LINE.sub(lambda match: badges, first.source, count=1)


def readme_blocks(course: Course) -> dict[str, str]:
    """Return what stands between the README's markers, by the marker's name."""
    first = "00_start_here"
    folder = course.repository.rsplit("/", 1)[-1].removesuffix(".git")
    return {
        "badges": f"[![Open in Colab]({COLAB_IMAGE})]({colab_link(course, first)})\n"
        f"[![Open in Binder]({BINDER_IMAGE})]({binder_link(course, first)})",
        "clone": f"```\ngit clone {course.repository}\ncd {folder}\nmake lab\n```",
    }


def stamp_readme(text: str, course: Course) -> str:
    """Return the README's text with its marked blocks written anew.

    Raises:
        ValueError: if a block's markers are missing.
    """
    for name, block in readme_blocks(course).items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"README.md has no <!-- {name} --> … <!-- /{name} --> to write between: put them back")
        text = pattern.sub(lambda match, block=block: f"{match[1]}{block}\n{match[2]}", text)
    return text


def stamp_citation(text: str, course: Course) -> str:
    """Return CITATION.cff's text with its address and version written anew."""
    text = re.sub(r"(?m)^repository-code: .*$", lambda _: f'repository-code: "{course.repository}"', text)
    return re.sub(r"(?m)^version: .*$", lambda _: f'version: "{course.version}"', text)


TEXTS = {"README.md": stamp_readme, "CITATION.cff": stamp_citation}


def stamp_all(course: Course, folder: Path) -> list[Path]:
    """Stamp every notebook, keeping its outputs, the README and the citation into `folder`; return what changed."""
    changed = []
    for path in [*course.notebook_files(), *sorted((course.notebooks / "exercises").glob("*.ipynb"))]:
        notebook = nbformat.read(path, as_version=4)
        before = nbformat.writes(notebook)
        stamp_cells(notebook, course, path.relative_to(course.notebooks).with_suffix("").as_posix())
        target = folder / path.relative_to(course.root)
        if nbformat.writes(notebook) != before or target != path:
            write_notebook(notebook, target)
            changed.append(target)
    for name, stamped in TEXTS.items():
        before = (course.root / name).read_text(encoding="utf-8")
        after = stamped(before, course)
        target = folder / name
        if after != before or target != course.root / name:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(after, encoding="utf-8")
            changed.append(target)
    return changed
