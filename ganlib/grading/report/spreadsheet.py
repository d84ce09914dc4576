"""Tables that spreadsheets open: no text in them is taken for a formula, and what is written is read back unchanged."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

LONGEST = 1_000
SEPARATORS = ",;\t"
# A spreadsheet may split a line at a separator that is not ours, so a formula may begin after any of them. Full-width
# signs begin one in Japanese versions.
BEGINNING = rf"""((?:^|[{SEPARATORS}])[ "']*)"""
FORMULA = "(?=[=+@＝＋－＠-])"
LIVE, GUARDED = re.compile(BEGINNING + FORMULA), re.compile(BEGINNING + "'" + FORMULA)


class TornError(ValueError):
    """A table that can't be read; the message says which and where."""


def plain(text: str) -> str:
    """Return a text in one line, at most LONGEST long: control characters and halves of letters become blanks."""
    text = str(text)[:LONGEST]
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)


def guarded(text: str) -> str:
    """Return a text in which an apostrophe stands before each sign that a spreadsheet could take for a formula's."""
    return LIVE.sub(r"\1'", plain(text))


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return GUARDED.sub(r"\1", text)


def number(value: float) -> str:
    """Return a number of points, rounded to two places: 1, 0.5, 2.33."""
    return f"{round(value, 2) + 0:.12g}"


def field(value: object) -> str:
    return "" if value is None else number(value) if isinstance(value, int | float) else guarded(str(value))


def as_csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table, every field of it in quotes."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(map(field, columns))
    writer.writerows(map(field, row) for row in rows)
    return out.getvalue()


def read(path: Path, needed: Iterable[str]) -> list[tuple[int, dict[str, str]]]:
    """Return (line, fields by column) of a table that `as_csv` wrote, as it is or as a spreadsheet saved it again.

    Raises:
        TornError: if it has not the columns `needed`, or ends in the middle.
    """
    content = decoded(path.read_bytes())
    found, lacking = [], list(needed)
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
        try:
            head = [name.strip().lower() for name in next(reader, [])]
            if missing := [name for name in needed if name not in head]:
                lacking = min(lacking, missing, key=len)
                continue
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    found.append((reader.line_num, row_of(path, reader.line_num, head, cells)))
            return found
        except csv.Error as error:
            raise TornError(f"{path}, line {reader.line_num}, is torn ({error}): mend it, or write it anew") from error
    raise TornError(f"{path} has no column {', '.join(lacking)}: its first line must name {', '.join(needed)}")


def row_of(path: Path, line: int, head: list[str], cells: list[str]) -> dict[str, str]:
    """Return a row's fields by column; a row may end early, as spreadsheets save it."""
    if any(cell.strip() for cell in cells[len(head) :]):
        raise TornError(f"{path}, line {line}, has more fields than the first line: put texts with commas in quotes")
    return {name: unguarded(cell).strip() for name, cell in zip(head, [*cells, *[""] * len(head)])}


def decoded(data: bytes) -> str:
    """Return the text of a file that a spreadsheet may have saved: UTF-8, UTF-16 with its mark, or Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
