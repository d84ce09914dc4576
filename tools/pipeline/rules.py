"""What the course asks of one notebook. Each rule takes it and yields (cell's number or None, what to put right)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tools.pipeline.course import first_line, tags_of
from tools.pipeline.execute import WIDGET_VIEW, stderr_of
from tools.pipeline.stamp import BADGE_LINE

LONGEST_CELL = 25
SHORT_CELL = 8
SHORT_SHARE = 0.6
LONGEST_SETUP = 10
LARGEST_FILE = 1_500_000
CHECKED = re.compile(r"^# NBVAL_CHECK_OUTPUT\s*$", re.MULTILINE)
TIME_LINE = re.compile(r"\d+(\.\d+)?\s*(s|seconds?|min|minutes?)\b.*\btwo cores\b", re.IGNORECASE)
ROOTS = "home|Users|root|tmp|mnt|opt|var|private|srv|usr|work|workspace|content"
IMG = re.compile(r"<img\b[^>]*>")
ALT = re.compile(r'\balt="([^"]*)"')
DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]*")
MACHINE_PATH = re.compile(rf"(?<![\w.:/~-])/({ROOTS})/[\w.-]+|\b[A-Z]:\\+\w+")

Found = Iterator[tuple[int | None, str]]


def numbered(notebook: nbformat.NotebookNode, kind: str) -> list[tuple[int, nbformat.NotebookNode]]:
    """Return the cells of one kind, each with its number in the whole notebook, from 1."""
    return [(number, cell) for number, cell in enumerate(notebook.cells, 1) if cell.cell_type == kind]


def code_lines(cell: nbformat.NotebookNode) -> int:
    """Count a code cell's lines, comments and empty lines among them; nbval's own mark does not count."""
    return len(CHECKED.sub("", cell.source).strip().splitlines())


def rule_first_cell(notebook: nbformat.NotebookNode) -> Found:
    """Title, question, time and badges come first."""
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "markdown":
        yield 1, "the first cell must be text: a title, the notebook's question, its running time"
        return
    if not re.search(r"^# \S", first.source, re.MULTILINE):
        yield 1, "the first cell has no title: give it a line `# Title`"
    if "?" not in BADGE_LINE.sub("", first.source):
        yield 1, "the first cell asks no question: say in one sentence what the notebook answers"
    if not TIME_LINE.search(first.source):
        yield 1, "the first cell has no time line: add one like `**Time**: 40 s on two cores, 10 s on a GPU`"
    if "[Open in Colab](" not in first.source:
        yield 1, "the first cell has no badges: put a line {{badges}} into it in the source and build again"


def rule_setup_cell(notebook: nbformat.NotebookNode) -> Found:
    """One set-up cell, and a short one."""
    cells = [(number, cell) for number, cell in numbered(notebook, "code") if "setup" in tags_of(cell)]
    if len(cells) != 1:
        yield None, f'{len(cells)} cells are tagged setup: exactly one must be (# %% tags=["setup"])'
    for number, cell in cells:
        if (lines := len(cell.source.splitlines())) > LONGEST_SETUP:
            yield number, f"the set-up cell has {lines} lines: at most {LONGEST_SETUP}"


def rule_short_cells(notebook: nbformat.NotebookNode) -> Found:
    """Code in pieces that fit a slide."""
    code = numbered(notebook, "code")
    for number, cell in code:
        if (lines := code_lines(cell)) > LONGEST_CELL:
            yield number, f"`{first_line(cell)}` has {lines} lines: split it, {LONGEST_CELL} is the most"
    short = sum(code_lines(cell) <= SHORT_CELL for _, cell in code)
    if short < SHORT_SHARE * len(code):
        yield None, f"{short} of {len(code)} code cells have at most {SHORT_CELL} lines: {SHORT_SHARE:.0%} must"


def rule_more_text(notebook: nbformat.NotebookNode) -> Found:
    """More text than code."""
    code, text = len(numbered(notebook, "code")), len(numbered(notebook, "markdown"))
    if text <= code:
        yield None, f"{text} text cells and {code} code cells: there must be more text cells than code cells"


def rule_outputs(notebook: nbformat.NotebookNode) -> Found:
    """No errors, no stderr, no live widgets; outputs where a claim or a check needs them."""
    for number, cell in numbered(notebook, "code"):
        checked = [tag for tag in tags_of(cell) if tag.startswith("claim-") or tag == "nbval-check-output"]
        if CHECKED.search(cell.source):
            checked.append("NBVAL_CHECK_OUTPUT")
        if checked and not cell.outputs:
            yield number, f"is marked {', '.join(checked)} but has no output: print what shows it, and build again"
        if any(out.output_type == "error" for out in cell.outputs):
            yield number, "an error is stored as its output: mend the cell and build again"
        if stderr_of(cell):
            yield number, "stderr is stored as its output: silence the cause of the message and build again"
        if any(WIDGET_VIEW in out.get("data", {}) for out in cell.outputs):
            yield number, "a live widget's view is stored, which is empty without a kernel: build again"


def images_of(cell: nbformat.NotebookNode) -> list[str]:
    """Return the pictures among a code cell's outputs: the alternative text of each, "" where a page shows none.

    Pages show the alternative text of HTML images only; the one in the metadata of image/png they leave out.
    """
    found = []
    for out in cell.outputs:
        data = out.get("data", {})
        found += [html.unescape(alt[1]) if (alt := ALT.search(tag)) else "" for tag in IMG.findall(html_of(data))]
        found += [""] * sum(kind.startswith("image/") for kind in data)
    return found


def html_of(data: dict) -> str:
    """Return an output's HTML, the pictures' own bytes left out."""
    return DATA_URI.sub("data:", data.get("text/html", ""))


def rule_figures(notebook: nbformat.NotebookNode) -> Found:
    """One figure a cell, and every one with words for those who can't see it."""
    for number, cell in numbered(notebook, "code"):
        if (count := len(images_of(cell))) > 1:
            yield number, f"shows {count} pictures: one figure a cell"
        if not all(alt.strip() for alt in images_of(cell)):
            yield number, "its picture has no alt text: show it with plots.show(figure, alt=...) or a ganlib widget"


def texts_of(cell: nbformat.NotebookNode) -> Iterator[str]:
    """Yield all text of a cell that a reader sees: its source and its outputs, pictures left out."""
    yield cell.source
    for out in cell.get("outputs", []):
        yield out.get("text", "")
        data = out.get("data", {})
        yield from (str(value) for kind, value in data.items() if not kind.startswith(("image/", "text/html")))
        yield html_of(data)


def rule_machine_paths(notebook: nbformat.NotebookNode, root: str) -> Found:
    """Nothing that is true on one machine only."""
    for number, cell in enumerate(notebook.cells, 1):
        for text in texts_of(cell):
            found = MACHINE_PATH.search(text)
            if found or root in text:
                path = found[0] if found else root
                yield number, f"holds a path of one machine, {path}: print a name relative to the notebook instead"
                break


def rule_file_size(path: Path) -> Found:
    """Small enough for a classroom's network."""
    if (size := path.stat().st_size) > LARGEST_FILE:
        yield None, f"has {size / 1e6:.2f} MB, at most {LARGEST_FILE / 1e6} are allowed: draw smaller or fewer pictures"


def rule_claim_tags(notebook: nbformat.NotebookNode, claims: dict[str, dict]) -> Found:
    """A claim's tag names a claim of data/claims.toml."""
    for number, cell in enumerate(notebook.cells, 1):
        for tag in tags_of(cell):
            if tag.startswith("claim-") and tag.removeprefix("claim-") not in claims:
                yield number, f"the tag {tag} names no claim of data/claims.toml: correct it, or add the claim there"


def rule_claims_in_exercises(notebook: nbformat.NotebookNode, claims: dict[str, dict], number: str) -> Found:
    """Every claim that data/claims.toml leaves to this notebook's exercises is in them."""
    yield from rule_claims_shown(notebook, claims, number, exercises=True)


def rule_claims_shown(
    notebook: nbformat.NotebookNode, claims: dict[str, dict], number: str, exercises: bool = False
) -> Found:
    """Every claim that data/claims.toml promises for this notebook is in it; measured ones on code."""
    code = {tag for _, cell in numbered(notebook, "code") for tag in tags_of(cell)}
    text = {tag for _, cell in numbered(notebook, "markdown") for tag in tags_of(cell)}
    for name, claim in claims.items():
        if claim["notebook"] != number or bool(claim.get("exercises")) != exercises:
            continue
        if f"claim-{name}" not in code | text:
            yield None, f"no cell is tagged claim-{name}, which data/claims.toml promises for this notebook"
        elif claim["kind"] == "measure" and f"claim-{name}" not in code:
            yield None, f"claim-{name} is to be measured, so the tag must stand on a code cell that prints the result"
