"""Files that are no notebooks, or hardly."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .makers import IMPORTS, RIGHT, Submission, code, lesson, marked, notebook

REJECTED = {"06-2": "rejected"}
FINE = lesson({"06-2": RIGHT["06-2"]})


def link_to_a_file(folder: Path) -> None:
    (folder / "link.ipynb").symlink_to("/etc/passwd")


def link_to_another(folder: Path) -> None:
    """A link to what somebody else handed in."""
    (folder / ".original.ipynb").write_bytes(FINE)
    (folder / "copycat.ipynb").symlink_to(".original.ipynb")


def link_to_a_folder(folder: Path) -> None:
    (folder / "link-to-folder").symlink_to("/etc")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.ipynb")


def picture_only(folder: Path) -> None:
    (folder / "picture-only").mkdir(exist_ok=True)
    (folder / "picture-only" / "screenshot.png").write_bytes(b"\x89PNG")


def huge(folder: Path) -> None:
    """More bytes than any notebook has; most of them take no room on the disk."""
    with (folder / "huge.ipynb").open("wb") as file:
        file.write(FINE)
        file.truncate(101 * 2**20)


def strange_types() -> bytes:
    cells = [7, None, {}, {"cell_type": "code"}, {"cell_type": "code", "source": 5, "outputs": "x"},
             {"cell_type": "code", "source": [1, "a = 1\n", None], "outputs": [1, {"text": 3}]},
             code(marked("06-2", RIGHT["06-2"]))]  # fmt: skip
    return notebook(*cells, metadata=[])


BROKEN = (
    Submission("empty", REJECTED, b""),
    Submission("not-json", REJECTED, b"print('hello')", hint="not JSON"),
    Submission("cut-off", REJECTED, FINE[: len(FINE) // 2]),
    Submission("binary", REJECTED, bytes(range(256)) * 40),
    Submission("list", REJECTED, b"[1, 2, 3]"),
    Submission("deep", REJECTED, b"[" * 200_000 + b"]" * 200_000, hint="nested"),
    Submission("long-number", REJECTED, b'{"cells": ' + b"9" * 100_000 + b"}"),
    Submission("huge", REJECTED, put=huge, hint="larger than 100 MiB"),
    Submission("no-cells", REJECTED, b'{"nbformat": 4}'),
    Submission("many-cells", REJECTED, notebook(*(["x = 1"] * 3_000)), hint="2000 cells"),
    Submission("much-code", REJECTED, notebook("x = 1\n" * 200_000), hint="million"),
    Submission("r-kernel", REJECTED,
               notebook(marked("06-2", "a <- 1"), metadata={"kernelspec": {"language": "R"}}), hint="written in R"),
    Submission("word-file", REJECTED, b"PK\x03\x04", file="word-file.docx", hint="no notebook"),
    Submission("link", REJECTED, put=link_to_a_file),
    Submission("copycat", REJECTED, put=link_to_another),
    Submission("link-to-folder", REJECTED, put=link_to_a_folder),
    Submission("pipe", REJECTED, put=pipe),
    Submission("picture-only", REJECTED, put=picture_only, hint="screenshot.png"),
    Submission("strange-types", {"06-2": "pass"}, strange_types()),
    Submission("nul-bytes", {"06-2": "pass"}, lesson({"06-2": RIGHT["06-2"]}, before=("a = 1\0", "'\0'"))),
    Submission("half-letters", {"06-2": "pass"}, notebook("x = '\ud800'", IMPORTS, marked("06-2", RIGHT["06-2"]))),
    Submission("deep-brackets", {"06-2": "pass"},
               lesson({"06-2": RIGHT["06-2"]}, before=("x = " + "(" * 5_000 + ")" * 5_000, "-" * 90_000 + "1"))),
    Submission("same-key-twice", {"06-2": "pass"}, b'{"cells": [], ' + FINE[1:]),
    Submission("no-sources", {"06-2": "not done"}, json.dumps({"cells": [{"cell_type": "code"}]}).encode()),
)  # fmt: skip
