"""Reading notebooks of any age that were handed in, without running any of them."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from typing import Any

from ganlib.check.kernel import exercises_of

LARGEST_FILE = 100 * 2**20
MOST_CELLS, LONGEST_CODE = 2_000, 1_000_000
MOST_PARTS = 10_000_000  # brackets and commas: what a parser makes of them takes far more memory than the file
MOST_QUIZZES, LONGEST_ANSWER = 200, 30
QUIZ_CALL = re.compile(r"check\.quiz\(\s*[\"'](.*?)[\"']\s*,\s*[\"'](.*?)[\"']")  # where a cell is not plain Python
STUB = re.compile(r"^[ \t]*raise NotImplementedError", re.MULTILINE)
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class RejectedError(Exception):
    """What was handed in can't be graded; the message says why, to the student."""


@dataclass(frozen=True)
class Cell:
    """One code cell: its place among the code cells from 1, its source, and what its stored outputs say."""

    number: int
    source: str
    printed: str = ""

    @property
    def exercises(self) -> set[str]:
        """The ids of the exercises that its marker lines name."""
        return set(exercises_of(self.source))

    @property
    def stub(self) -> bool:
        """Whether it still is what was handed out."""
        return "# YOUR CODE HERE" in self.source and STUB.search(self.source) is not None


@dataclass(frozen=True)
class Content:
    """What a notebook holds. quizzes: letters by question, such as "06-q1"; python: the version that it was saved with,
    "" where it does not say."""

    cells: tuple[Cell, ...] = ()
    quizzes: dict[str, str] = field(default_factory=dict)
    python: str = ""


def read(data: bytes) -> Content:
    """Return a notebook's code cells, quiz answers and Python (nbformat 1 to 4; a file of `check.hand_in` is one).

    Its outputs are dropped, however large they are.

    Raises:
        RejectedError: if it is none, or not in Python.
    """
    if len(data) > LARGEST_FILE:
        raise RejectedError(
            f"The file is larger than {LARGEST_FILE // 2**20} MiB: clear the outputs and save it again."
        )
    if sum(data.count(sign) for sign in (b"[", b"{", b",")) > MOST_PARTS:
        raise RejectedError("The file has too many parts for a notebook: clear the outputs and save it again.")
    content = parsed(data)
    check_language(content)
    cells = [Cell(number, *parts) for number, parts in enumerate(code_cells(content), start=1)]
    if sum(len(cell.source) for cell in cells) > LONGEST_CODE:
        raise RejectedError("The notebook holds more than a million characters of code.")
    version = as_dict(as_dict(content.get("metadata")).get("language_info")).get("version")
    return Content(tuple(cells), quizzes_of(content, cells), version[:20] if isinstance(version, str) else "")


def quizzes_of(content: dict, cells: list[Cell]) -> dict[str, str]:
    """Return the letters given to each question: what `check.hand_in` noted, then what the cells' own calls say."""
    noted = as_dict(as_dict(as_dict(content.get("metadata")).get("ganlib")).get("quizzes"))
    given = [*noted.items(), *(pair for cell in cells for pair in quiz_calls(cell.source))]
    found: dict[str, str] = {}
    for name, letters in given[:10_000]:
        if isinstance(name, str) and isinstance(letters, str) and re.fullmatch(r"\d\d-q\d{1,2}", name):
            chosen = "".join(sorted({letter for letter in letters.lower()[:LONGEST_ANSWER] if letter.isalnum()}))
            if chosen and (name in found or len(found) < MOST_QUIZZES):
                found[name] = chosen
    return found


def quiz_calls(source: str) -> list[tuple[object, object]]:
    """Return the first two arguments of each `check.quiz("06-q1", "ab")` in a cell's code."""
    if "quiz" not in source:
        return []
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return QUIZ_CALL.findall(source)
    calls = [node for node in nodes if isinstance(node, ast.Call) and is_quiz(node.func)]
    found = []
    for call in sorted(calls, key=lambda one: one.lineno):
        given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "letters")]
        values = [one.value for one in given[:2] if isinstance(one, ast.Constant)]
        if len(values) == 2:
            found.append((values[0], values[1]))
    return found


def is_quiz(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr == "quiz"


def parsed(data: bytes) -> dict:
    """Decode JSON of any of its usual encodings."""
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    try:
        content = json.loads(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise RejectedError("The file is not text in UTF-8, so it is no notebook.") from error
    except RecursionError as error:
        raise RejectedError("The file's brackets are nested too deeply for a notebook.") from error
    except ValueError as error:
        raise RejectedError("The file is no notebook: it is not JSON. Download it again and check it opens.") from error
    if not isinstance(content, dict):
        raise RejectedError("The file is JSON but no notebook.")
    return content


def code_cells(content: dict) -> list[tuple[str, str]]:
    """Return (source, printed) of each code cell; formats before 4 kept cells in worksheets and code in `input`."""
    cells = content.get("cells")
    if cells is None and isinstance(content.get("worksheets"), list):
        cells = [
            cell for sheet in content["worksheets"] if isinstance(sheet, dict) for cell in as_list(sheet.get("cells"))
        ]
    if not isinstance(cells, list):
        raise RejectedError("The file is JSON but no notebook: it has no cells.")
    if len(cells) > MOST_CELLS:
        raise RejectedError(f"The notebook has more than {MOST_CELLS} cells.")
    code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return [(text_of(cell.get("source", cell.get("input", ""))), printed(cell)) for cell in code]


def check_language(content: dict) -> None:
    """Refuse a notebook that says it is in another language than Python."""
    metadata = as_dict(content.get("metadata"))
    kernel, language = as_dict(metadata.get("kernelspec")), as_dict(metadata.get("language_info"))
    name = language.get("name") or kernel.get("language") or "python"
    if not str(name).lower().startswith(("python", "ipython")):
        raise RejectedError(f"The notebook is written in {str(name)[:40]}, not in Python.")


def text_of(source: Any) -> str:
    """Join a cell's source, which is a text or a list of lines; Windows' line ends become plain ones."""
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    text = source if isinstance(source, str) else ""
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def printed(cell: dict) -> str:
    """Return the start of what a cell's stored outputs hold as plain text."""
    texts = [text_of(one.get("text"))[:2_000] for one in as_list(cell.get("outputs"))[:20] if isinstance(one, dict)]
    return "".join(texts)[:2_000]


def as_list(value: Any) -> list:
    return value if isinstance(value, list) else []


def as_dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}
