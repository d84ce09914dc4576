"""Which functions of ganlib an answer calls, by what its names stand for when it runs, not by its text.

What a student's process says of itself may be forged: it makes a note for the teaching assistant, never a mark.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any

HANDED_OVER = ("ganlib.check",)  # the drivers' own networks and what these call in turn
HARMLESS = ("ganlib.runtime", "ganlib.plots", "ganlib.pictures", "ganlib.data", "ganlib.widgets")
MOST = 5


class Tracer:
    """Use as a context manager around an answer's run; `names()` are the functions of ganlib that it called itself."""

    def __init__(self, answer: Any, handed: Iterable[Any] = ()):
        """handed: what the notebook gave other exercises' names: it is there to be called."""
        inside = getattr(answer, "func", answer)  # of a functools.partial
        kind = inside if getattr(inside, "__module__", None) else type(inside)
        self.called: set[str] = set()
        self.handed = {code for thing in handed for code in codes_of(thing)}
        if is_library(module := str(getattr(kind, "__module__", ""))):
            self.called.add(f"{module}.{getattr(kind, '__qualname__', 'it')}")

    def __enter__(self) -> None:
        sys.setprofile(self.see)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def see(self, frame: FrameType, event: str, _: Any) -> None:
        """Note a call that comes out of a student's cell, straight or through a library such as torch."""
        if event == "call" and len(self.called) < MOST and is_library(module := module_of(frame)):
            caller = frame.f_back
            while caller is not None and not (module_of(caller).startswith(("ganlib.", "__main__"))):
                caller = caller.f_back
            ours = frame.f_code in self.handed or (caller is not None and caller.f_code in self.handed)
            if caller is not None and module_of(caller) == "__main__" and not ours:
                self.called.add(f"{module}.{frame.f_code.co_qualname}")

    def names(self) -> list[str]:
        return sorted(self.called)[:MOST]


def codes_of(thing: Any) -> list[CodeType]:
    """Return the code of a function, or of a class's own methods."""
    parts = list(vars(thing).values()) if isinstance(thing, type) else [thing]
    found = [getattr(part, "__code__", None) for part in parts]
    return [code for code in found if isinstance(code, CodeType)]


def module_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def is_library(module: str) -> bool:
    return module.startswith("ganlib.") and not module.startswith((*HANDED_OVER, *HARMLESS))
