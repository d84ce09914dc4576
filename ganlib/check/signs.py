"""How verdicts look: a sign that is readable without colour, in front of the words, and a colour for the sign.

The colours are a terminal's plain ones. JupyterLab, Colab and VS Code each have their own shades of these for light and
for dark pages; the words keep the page's own colour.
"""

from __future__ import annotations

import sys
import textwrap

from ganlib.check import kernel

SIGNS = {  # outcome: sign, the same in ASCII, colour
    "passed": ("✓", "+", 32),
    "wrong": ("✗", "x", 31),
    "error": ("!", "!", 35),
    "not yet": ("…", ".", 34),
    "not checked": ("·", "-", None),
}
WIDTH = 100


def sign(outcome: str, *, now: bool = True) -> str:
    """Return an outcome's sign, in its colour if the verdict is of `now` and the page shows colours."""
    signs, plain, colour = SIGNS.get(outcome, SIGNS["not checked"])
    chosen = signs if can_print(signs) else plain
    return f"\x1b[{colour}m{chosen}\x1b[0m" if colour and now and kernel.shows_colours() else chosen


def can_print(text: str) -> bool:
    """Say whether where `print` goes has these letters: a pipe on Windows often has not."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def say(outcome: str, text: str) -> None:
    """Print a verdict: its sign, then the text, its lines folded at 100 characters."""
    head, *rest = text.splitlines()
    print(f"{sign(outcome)} {folded(head, WIDTH - 2)}", *(folded(line, WIDTH) for line in rest), sep="\n")


def folded(line: str, width: int) -> str:
    return textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
