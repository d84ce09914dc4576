"""The page for the teaching assistant: students against exercises, statistics, and each student's hints and notes."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from ganlib.grading.report.book import ALL_OUTCOMES, Book, Entry, Student, summed
from ganlib.grading.report.markup import SIGNS, document, kind, signed, text
from ganlib.grading.report.spreadsheet import number
from ganlib.grading.report.statistics import Statistic, statistics

MOST_HINTS = 5


def page(book: Book) -> str:
    """Return the whole page."""
    counts = Counter(entry.outcome for student in book.students for entry in student.entries)
    legend = "".join(f'<span class="{kind(name)}">{signed(name)}: {counts[name]}</span>' for name in ALL_OUTCOMES)
    warnings = "".join(f'<li class="note">{text(one)}</li>' for one in book.warnings)
    parts = [
        f"<h1>Marks</h1><p>{text(book.about)}</p>",
        f'<p class="legend">{legend} * with a note, ✎ set by hand</p>',
        f"<ul>{warnings}</ul>" if warnings else "",
        filters(book),
        f'<div class="matrix" role="region" aria-label="Marks" tabindex="0">{matrix(book)}</div>',
        "<h2>Exercises</h2>",
        f'<div class="scroll">{table_of_statistics(statistics(book))}</div>',
        "<h2>Students</h2>",
        *(section(place, student) for place, student in enumerate(book.students)),
    ]
    return document("Marks", ["base.css", "page.css"], parts, "page.js")


def filters(book: Book) -> str:
    """Return the form that the page's script shows."""
    outcomes = "".join(f'<option value="{kind(name)}">{name}</option>' for name in ALL_OUTCOMES)
    exercises = "".join(
        f'<option value="{column}">{text(name)} {text(title)}</option>'
        for column, (name, title) in enumerate(book.exercises(), start=1)
    )
    return (
        '<form class="filters" hidden><label>student <input name="name" type="search"></label>'
        f'<label>outcome <select name="outcome"><option value="">any</option>{outcomes}</select></label>'
        f'<label>in <select name="exercise"><option value="">any exercise</option>{exercises}</select></label>'
        '<output id="shown"></output></form>'
    )


def matrix(book: Book) -> str:
    """Return the table of students and exercises, these grouped by notebook."""
    exercises = book.exercises()
    groups = [list(group) for _, group in groupby(exercises, key=lambda one: one[0][:2])]
    over = "".join(f'<th scope="colgroup" colspan="{len(group)}">{text(group[0][0][:2])}</th>' for group in groups)
    ends = {group[-1][0] for group in groups}
    own = "".join(
        f'<th scope="col" data-c="{column}" title="{text(name)} {text(title)}"{last(name, ends)}>{text(name[3:])}</th>'
        for column, (name, title) in enumerate(exercises, start=1)
    )
    sums = ("points", "deducted", "total", "of", "passed", "late")
    after = "".join(f'<th scope="col" data-c="{len(exercises) + i}">{name}</th>' for i, name in enumerate(sums, 1))
    rows = "".join(row(place, student, exercises, ends) for place, student in enumerate(book.students))
    return (
        f'<table><thead><tr><th class="corner" scope="col" rowspan="2" data-c="0">student</th>{over}'
        f'<th scope="colgroup" colspan="{len(sums)}">in all</th></tr><tr>{own}{after}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def last(name: str, ends: set[str]) -> str:
    return ' class="last"' if name in ends else ""


def row(place: int, student: Student, exercises: list[tuple[str, str]], ends: set[str]) -> str:
    entries = {entry.mark.exercise: entry for entry in student.entries}
    cells = "".join(cell(entries.get(name), " last" if name in ends else "") for name, _ in exercises)
    whole = summed(student.entries)
    passed = sum(entry.outcome == "pass" for entry in student.entries)
    sums = (number(whole.points), number(whole.deducted), number(whole.total), number(whole.possible),
            f"{passed} of {len(student.entries)}", text(student.late))  # fmt: skip
    return (
        f'<tr data-s="{place}"><th scope="row"><a href="#s{place}">{text(student.name)}</a></th>{cells}'
        + "".join(f"<td>{value}</td>" for value in sums)
        + "</tr>\n"
    )


def cell(entry: Entry | None, more: str) -> str:
    if entry is None:
        return f'<td class="none{more}"></td>'
    signs = SIGNS[entry.outcome] + ("✎" if entry.override else "") + ("*" if entry.mark.notes else "")
    return f'<td class="{kind(entry.outcome)}{more}">{signs}</td>'


def table_of_statistics(found: list[Statistic]) -> str:
    """Return how each exercise went, and its most frequent hints: what to explain again."""
    rows = []
    for one in found:
        outcomes = ", ".join(f"{name} {one.outcomes[name]}" for name in ALL_OUTCOMES if one.outcomes[name])
        hints = "".join(f"<li>{count} × {text(hint)}</li>" for hint, count in one.hints[:MOST_HINTS])
        more = len(one.hints) - MOST_HINTS
        hints += f"<li>and {more} others</li>" if more > 0 else ""
        rate = "" if one.passed is None else f"{100 * one.passed:.0f} %"
        rows.append(
            f'<tr><th scope="row">{text(one.exercise)} {text(one.name)}</th><td class="number">{rate}</td>'
            f"<td>{outcomes}</td><td>{f'<ul>{hints}</ul>' if hints else ''}</td></tr>"
        )
    head = "<thead><tr><th>exercise</th><th>passed</th><th>outcomes</th><th>hints given</th></tr></thead>"
    return f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"


def section(place: int, student: Student) -> str:
    """Return what there is to read about one student; marks without a word to them share a line."""
    silent = [entry for entry in student.entries if not (entry.mark.hint or entry.mark.notes or entry.override)]
    lines = "".join(
        f'<p><span class="{kind(name)}">{signed(name)}</span>: {text(", ".join(same))}</p>'
        for name in ALL_OUTCOMES
        if (same := [entry.mark.exercise for entry in silent if entry.outcome == name])
    )
    rows = "".join(detail(entry) for entry in student.entries if entry not in silent)
    files = dict.fromkeys(entry.mark.file for entry in student.entries)
    about = ", ".join(text(word) for word in (student.id, student.email, *files, student.late) if word)
    return (
        f'<section class="student" id="s{place}"><h3>{text(student.name)}</h3>'
        f"{f'<p>{about}</p>' if about else ''}{lines}"
        f'{f"""<div class="scroll"><table>{rows}</table></div>""" if rows else ""}</section>'
    )


def detail(entry: Entry) -> str:
    mark, by_hand = entry.mark, entry.override
    said = [text(mark.hint)] if mark.hint else []
    if mark.notes:
        said.append(f'<span class="note">Note: {text("; ".join(mark.notes))}</span>')
    if by_hand:
        said.append(f"✎ set by hand, the grader found: {mark.outcome}. {text(by_hand.comment)}")
    points = f"{number(entry.points)} of {number(entry.possible)}"
    points += f", deducted {number(entry.deducted)}" if entry.deducted else ""
    return (
        f'<tr><th scope="row">{text(mark.exercise)} {text(mark.name)}</th>'
        f'<td class="outcome {kind(entry.outcome)}">{signed(entry.outcome)}</td><td class="number">{points}</td>'
        f"<td>{'<br>'.join(said)}</td></tr>"
    )
