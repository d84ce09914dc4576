"""What changed between two runs, from their tables of marks."""

from __future__ import annotations

from pathlib import Path

from ganlib.grading.report.spreadsheet import plain, read

NEEDED = ("student", "exercise", "outcome")


def changes(old: Path, new: Path) -> list[str]:
    """Return a line for each mark that changed, came or went, by student and exercise.

    Raises:
        ValueError: if one of the files is no table of marks.
    """
    before, after = said(old), said(new)
    lines = []
    for place in sorted(set(before) | set(after)):
        was, now = before.get(place, "(no mark)"), after.get(place, "(no mark)")
        if was != now:
            lines.append(f"{place[0]}  {place[1]}  {was} → {now}")
    return lines


def said(path: Path) -> dict[tuple[str, str], str]:
    """Return each mark in words."""
    found = {}
    for line, row in read(path, NEEDED):
        place = plain(row["student"]), plain(row["exercise"])
        if place in found:
            raise ValueError(f"{path}, line {line}: {' '.join(place)} stands there twice")
        points = row.get("points", "")
        found[place] = plain(row["outcome"] + (f" ({points} points)" if points else ""))
    return found


def report(old: Path, new: Path) -> str:
    """Return what changed, as text."""
    lines = changes(old, new)
    return "\n".join([*lines, f"{len(lines)} of the marks differ" if lines else "nothing changed"])
