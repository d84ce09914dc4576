"""The marks as a table for programs (CSV) and as a page for people (HTML). Students choose names and messages."""

from __future__ import annotations

import csv
import html
import io
from collections import Counter
from pathlib import Path

from ganlib.homework.grade import OUTCOMES, Mark

COLUMNS = ("student", "exercise", "name", "outcome", "hint", "notes", "file")
LONGEST = 1_000
COLOURS = {"pass": "#bfe3c0", "fail": "#f6c7b6", "not done": "#e8e8e8", "timeout": "#f7dfa5", "crashed": "#e3c4ea",
           "rejected": "#c9d4f2"}  # fmt: skip
STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border: 1px solid #bbb; padding: .25rem .6rem; text-align: left; vertical-align: top; }
td.o { white-space: nowrap; text-align: center; }
section { margin-top: 2rem; }
.note { color: #7a4a00; }
""" + "\n".join(f".{name.replace(' ', '-')} {{ background: {colour}; }}" for name, colour in COLOURS.items())


def clean(text: str) -> str:
    """Return a text in one line, short, without control characters or halves of letters."""
    plain = "".join(letter if letter.isprintable() else " " for letter in str(text)[: 4 * LONGEST])
    return " ".join(plain.split())[:LONGEST]


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    text = clean(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def table(marks: list[Mark]) -> str:
    """Return the CSV, one row a student and exercise."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for mark in marks:
        row = {**vars(mark), "notes": "; ".join(mark.notes)}
        writer.writerow([guarded(row[column]) for column in COLUMNS])
    return out.getvalue()


def page(marks: list[Mark], about: str) -> str:
    """Return the HTML page: students against exercises, then every student's hints."""
    students = list(dict.fromkeys(mark.student for mark in marks))
    exercises = sorted({(mark.exercise, mark.name) for mark in marks})
    by_place = {(mark.student, mark.exercise): mark for mark in marks}
    counts = Counter(mark.outcome for mark in marks)
    head = "".join(f"<th>{text(name)}<br>{text(title)}</th>" for name, title in exercises)
    rows = [matrix_row(student, number, exercises, by_place) for number, student in enumerate(students)]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Marks</title>',
        f"<style>{STYLE}</style></head><body><h1>Marks</h1>",
        f"<p>{text(about)}</p><p>{', '.join(f'{name}: {counts[name]}' for name in OUTCOMES if counts[name])}</p>",
        f"<table><thead><tr><th>student</th>{head}<th>passed</th></tr></thead><tbody>{''.join(rows)}</tbody></table>",
        *(student_section(number, [mark for mark in marks if mark.student == student])
          for number, student in enumerate(students)),
        "</body></html>",
    ]  # fmt: skip
    return "\n".join(parts)


def matrix_row(student: str, number: int, exercises: list[tuple[str, str]], by_place: dict) -> str:
    found = [by_place.get((student, exercise)) for exercise, _ in exercises]
    cells = "".join(
        f'<td class="o {mark.outcome.replace(" ", "-")}">{mark.outcome}{"*" if mark.notes else ""}</td>'
        if mark else "<td></td>" for mark in found
    )  # fmt: skip
    passed = sum(mark is not None and mark.outcome == "pass" for mark in found)
    due = sum(mark is not None for mark in found)
    return f'<tr><th><a href="#s{number}">{text(student)}</a></th>{cells}<td class="o">{passed} of {due}</td></tr>'


def student_section(number: int, marks: list[Mark]) -> str:
    rows = "".join(
        f'<tr><td>{text(mark.exercise)} {text(mark.name)}</td><td class="o {mark.outcome.replace(" ", "-")}">'
        f"{mark.outcome}</td><td>{text(mark.hint)}"
        + (f'<br><span class="note">Note: {text("; ".join(mark.notes))}</span>' if mark.notes else "")
        + f"</td><td>{text(mark.file)}</td></tr>"
        for mark in marks
    )
    return f'<section id="s{number}"><h2>{text(marks[0].student)}</h2><table>{rows}</table></section>'


def text(value: str) -> str:
    """Return a text that stays text on a page."""
    return html.escape(clean(value))


def write(marks: list[Mark], out: Path, about: str) -> Path:
    """Write the table to `out` and the page beside it; return the page's path. A byte order mark tells Excel UTF-8."""
    other = out.with_suffix(".html")
    for path, content, encoding in ((out, table(marks), "utf-8-sig"), (other, page(marks, about), "utf-8")):
        fresh = path.with_name(path.name + ".tmp")
        fresh.write_text(content, encoding=encoding, errors="replace")
        fresh.replace(path)
    return other
