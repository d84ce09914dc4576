"""axe-core, the accessibility checker, on a part of a page."""

from __future__ import annotations

from pathlib import Path

SOURCE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("critical", "serious")


OURS = (".jp-OutputArea-output", ".jp-MarkdownOutput")  # of a notebook's page: the rest is JupyterLab's


def load(page) -> None:
    """Put axe on a page, once."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SOURCE.read_text(encoding="utf-8"))


def said(violations: list[dict]) -> list[str]:
    """Return what is critical or serious, as "rule: element"."""
    serious = [rule for rule in violations if rule["impact"] in SERIOUS]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in serious for node in rule["nodes"]]


def findings(part, only: list[str] | None = None) -> list[str]:
    """Return what axe finds critical or serious in a locator's element; `only` by these rules."""
    load(part.page)
    options = {"runOnly": only} if only else {}
    return said(part.evaluate("async (part, options) => (await axe.run(part, options)).violations", options))


def page_findings(page) -> list[str]:
    """Return what axe finds critical or serious in all texts and outputs of the notebook on a page."""
    load(page)
    return said(page.evaluate("async (include) => (await axe.run({ include })).violations", list(OURS)))
