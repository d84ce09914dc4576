"""A page for each student to be sent back: what came of each exercise and why. Nothing of anybody else is in it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from ganlib.grading.report.book import Entry, Student, Sum, summed
from ganlib.grading.report.markup import document, kind, signed, text
from ganlib.grading.report.spreadsheet import number

PATH = re.compile(r"(?<![\w/.:])~?/(?:[^\s/'\"<>|:]+/)+([^\s/'\"<>|:]*)")
OURS = re.compile(r"^The grader (failed|could not judge)")
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names of devices in Windows
LONGEST_NAME = 100  # bytes


def file_names(students: Iterable[str]) -> dict[str, str]:
    """Return a file name for each student that is one on every system; where two would be equal, a number is added."""
    plain = {student: safe(student) for student in students}
    counts = Counter(name.casefold() for name in plain.values())
    return {
        student: (name if counts[name.casefold()] == 1 else f"{name}~{digest(student)}") + ".html"
        for student, name in plain.items()
    }


def digest(student: str) -> str:
    return hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def safe(student: str) -> str:
    """Return a name of letters, digits, dots and dashes, neither hidden nor reserved nor too long."""
    name = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFKC", student)).strip("._-") or "student"
    name = f"_{name}" if RESERVED.fullmatch(name) else name
    short = name.encode()[:LONGEST_NAME].decode(errors="ignore")
    return name if short == name else f"{short}~{digest(student)}"


def page(student: Student) -> str:
    """Return one student's page."""
    notebooks = list(dict.fromkeys(entry.notebook for entry in student.entries))
    whole = summed(student.entries)
    parts = [
        f"<h1>Feedback for {text(student.name)}</h1><p>Total: <strong>{said(whole)}</strong></p>",
        *(section(number, student.of(number)) for number in notebooks),
    ]
    return document(f"Feedback for {student.name}", ["base.css", "feedback.css"], parts)


def said(whole: Sum) -> str:
    deducted = f" − {number(whole.deducted)} for being late = {number(whole.total)}" if whole.deducted else ""
    return f"{number(whole.points)}{deducted} of {number(whole.possible)} points"


def section(notebook: str, entries: list[Entry]) -> str:
    """Return the table of one notebook."""
    late = next((entry.late for entry in entries if entry.late), "")
    files = dict.fromkeys(
        PurePosixPath(entry.mark.file.replace("\\", "/")).name for entry in entries if entry.mark.file
    )
    about = ", ".join([*files, *([late] if late else [])])
    return (
        f"<h2>Notebook {text(notebook)}</h2>{f'<p>{text(about)}</p>' if about else ''}"
        "<table><thead><tr><th>exercise</th><th>outcome</th><th>points</th><th>what to know</th></tr></thead>"
        f"<tbody>{''.join(map(row, entries))}</tbody><tfoot><tr><th>sum</th><td></td>"
        f'<td class="number" colspan="2">{said(summed(entries))}</td></tr></tfoot></table>'
    )


def row(entry: Entry) -> str:
    mark = entry.mark
    lines = [text(for_student(mark.hint))] if mark.hint else []
    if entry.override:
        lines.append(f"Your teacher set this by hand (was: {mark.outcome}). {text(entry.override.comment)}")
    return (
        f'<tr><th scope="row">{text(mark.exercise)} {text(mark.name)}</th>'
        f'<td class="outcome {kind(entry.outcome)}">{signed(entry.outcome)}</td>'
        f'<td class="number">{number(entry.points)} of {number(entry.possible)}</td><td>{"<br>".join(lines)}</td></tr>'
    )


def for_student(hint: str) -> str:
    """Return a hint without folders of any machine; a failure of the grader is not the student's to read."""
    if OURS.match(hint):
        return "The grader could not judge this. It is not your doing: your teacher will look at it."
    return PATH.sub(r"\1", hint)
