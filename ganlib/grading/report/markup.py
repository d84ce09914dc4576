"""What both pages are made of. Students choose names and messages: everything goes through `text`."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
from importlib.resources import files

from ganlib.grading.report.spreadsheet import plain

SIGNS = {"pass": "✓", "fail": "✗", "not done": "○", "timeout": "T", "crashed": "!", "rejected": "R",
         "not handed in": "–"}  # fmt: skip


def text(value: object) -> str:
    """Return a text that stays text on a page, in attributes, too."""
    return html.escape(plain(str(value)))


@functools.cache
def shipped(name: str) -> str:
    return files("ganlib.grading.report").joinpath(name).read_text(encoding="utf-8")


def kind(outcome: str) -> str:
    """Return an outcome's class."""
    return outcome.replace(" ", "-")


def signed(outcome: str) -> str:
    return f"{SIGNS[outcome]} {outcome}"


def document(title: str, styles: list[str], parts: list[str], script: str = "") -> str:
    """Return a page that needs no other file and runs no script but `script`, whatever is in its parts."""
    code = shipped(script) if script else ""
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    policy = "default-src 'none'; style-src 'unsafe-inline'" + (f"; script-src 'sha256-{digest}'" if code else "")
    head = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{text(title)}</title><style>{''.join(map(shipped, styles))}</style></head><body>",
    ]
    return "\n".join([*head, *parts, f"<script>{code}</script>" if code else "", "</body></html>"])
