"""Between the controls and the canvas: at most one frame on its way, the newest state wins, the last one is drawn."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable


def call_later(seconds: float, function: Callable, *arguments):
    """Schedule a call on the running event loop; without one (a plain script) nothing is scheduled."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return loop.call_later(seconds, function, *arguments)


class FramePump:
    """Call `draw(number)` for the newest request, and not again before `acknowledge(number)` or the time-out.

    `draw` renders the present state and sends it as frame `number`; it must not raise.
    A request during a frame's journey is remembered once, however many there are, and drawn when the answer comes.
    timeout: seconds after which an answer counts as lost (a closed tab, no view, a dead connection).
    Safe to call from several threads: JupyterLab delivers a slider's messages on another one than a cell's code.
    """

    def __init__(self, draw: Callable[[int], None], *, timeout: float = 1.0, clock=time.monotonic, later=call_later):
        self._draw, self.timeout, self._clock, self._later = draw, timeout, clock, later
        self._lock = threading.RLock()
        self._deadline = 0.0
        self._drawing = self._wanted = self.closed = False
        self.number = 0
        self.in_flight: int | None = None

    def request(self) -> None:
        """Ask for a picture of the present state: now, or when the frame on its way has been answered."""
        with self._lock:
            self._wanted = True
        self._advance()

    def acknowledge(self, number: int) -> None:
        """Note that a view has drawn frame `number`; answers to older frames are ignored."""
        with self._lock:
            if number != self.in_flight:
                return
            self.in_flight = None
        self._advance()

    def close(self) -> None:
        """Stop for good and let go of the drawing function."""
        with self._lock:
            self.closed, self._draw = True, None

    def _advance(self) -> None:
        while claimed := self._claim():
            draw, number = claimed
            try:
                draw(number)
            finally:
                self._release()

    def _claim(self) -> tuple[Callable[[int], None], int] | None:
        """Take the right to draw the next frame, if one is wanted and none is being drawn or on its way."""
        with self._lock:
            if self.in_flight is not None and not self._drawing and self._clock() >= self._deadline:
                self.in_flight = None
            if self.closed or self._draw is None or self._drawing or not self._wanted or self.in_flight is not None:
                return None
            self._drawing, self._wanted = True, False
            self.number += 1
            self.in_flight = self.number
            return self._draw, self.number

    def _release(self) -> None:
        with self._lock:
            self._drawing = False
            if self.closed or self.in_flight is None:
                return
            self._deadline = self._clock() + self.timeout
            self._later(self.timeout, self._expire, self.in_flight)

    def _expire(self, number: int) -> None:
        with self._lock:
            if number == self.in_flight and not self._drawing:
                self.in_flight = None
        self._advance()
